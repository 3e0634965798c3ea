// An order that we moved in the store is told of where it is now, before any import has read it again.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { explainOrder } from '../../client/explanation.ts';
import { channelReport } from '../../db/channel-report.ts';
import { requireChannel } from '../../db/channels.ts';
import { explainFacts } from '../../db/explain-order.ts';
import { stuckOrders } from '../../db/stuck-orders.ts';
import { CHANNEL } from './store-side.ts';
import { openShop, say, setFulfillment, storeStatus, type Shop } from './write-back-side.ts';

let shop: Shop;
beforeAll(async () => {
  shop = await openShop(import.meta.url, 3);
}, 120_000);
afterAll(() => shop.side.close());

const inThreeDays = (): string => new Date(Date.now() + 72 * 3_600_000).toISOString();
async function stuckIn(): Promise<Record<string, number[]>> {
  const channel = await requireChannel(shop.side.db, CHANNEL);
  const groups = await stuckOrders(shop.side.db, channel, inThreeDays());
  return Object.fromEntries(groups.map(({ reason, orders }) => [reason, orders.map((one) => one.orderId)]));
}
async function historyOf(orderId: number): Promise<string> {
  const facts = await explainFacts(shop.side.db, CHANNEL, orderId);
  return facts === null ? '' : explainOrder(facts, null, inThreeDays()).history.join('\n');
}

it('a shipped order is stuck in no status any more, and is explained and reported by its new one', async () => {
  const [moved, left, unnumbered] = [shop.next(), shop.next(), shop.next()];
  await setFulfillment(shop.side, { tracking: { require_number: false } });
  expect((await stuckIn())['status:11']).toEqual([moved, left, unnumbered]);
  await say(shop.side, moved, 'label.created');
  await say(shop.side, unnumbered, 'label.created', { number: '' });
  expect(storeStatus(shop.side, moved)).toBe(2);
  expect(await stuckIn()).toEqual({ 'status:11': [left] });
  expect(await historyOf(moved)).toContain('In the store: Shipped (2).');
  expect(await historyOf(left)).toMatch(/In the store: Awaiting Fulfillment \(11\), changed \S+\.$/m);
  const report = await channelReport(shop.side.db, CHANNEL);
  expect(report.withoutNumber).toMatchObject({ count: 1, orders: [{ orderId: unnumbered, statusId: 2 }] });
});
