// Delivered markers against the store: one list call while they agree, each put back once where it is gone.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { compareOpenOrders } from '../../activities/compare-open-orders.ts';
import { orderView } from '../../db/order-view.ts';
import {
  asAttempt,
  CHANNEL,
  importAll,
  openStoreSide,
  STORE_HASH,
  TOKEN,
  writeAll,
  type StoreSide,
} from './store-side.ts';
import { say, setFulfillment, writesOf } from './write-back-side.ts';

const DAY_MS = 86_400_000;
const SETTLED_MS = 10 * 60_000;

let side: StoreSide;
beforeEach(async () => {
  side = await openStoreSide(import.meta.url);
  await setFulfillment(side, { status: { on_delivered: true } });
});
afterEach(() => side.close());

const compare = () =>
  asAttempt(() =>
    compareOpenOrders(side.deps, {
      ...{ channelId: CHANNEL, afterOrderId: 0 },
      createdBefore: new Date(Date.now() + DAY_MS).toISOString(),
    }),
  );
const markersIn = (orderId: number) => side.store.order(orderId).metafields;
/** Orders that were delivered and marked some time ago. */
async function delivered(count = 1): Promise<number[]> {
  const ids = side.store.addOrders(
    Array.from({ length: count }, () => ({
      ...{ kind: 'plain' as const, statusId: 11, lines: [{ sku: 'MUG', quantity: 1 }] },
    })),
  );
  await importAll(side);
  for (const orderId of ids) {
    await say(side, orderId, 'label.created');
    await say(side, orderId, 'delivered');
    expect(markersIn(orderId)).toMatchObject([{ namespace: 'waybill', key: 'delivered_at' }]);
  }
  await importAll(side, { orderIds: ids });
  side.clockOffsetMs += SETTLED_MS;
  side.store.resetRequests();
  return ids;
}
async function takeAway(orderId: number): Promise<void> {
  const id = String(markersIn(orderId)[0]?.id);
  const url = `${side.simulator.url}/stores/${STORE_HASH}/v3/orders/${String(orderId)}/metafields/${id}`;
  const answer = await fetch(url, { method: 'DELETE', headers: { 'X-Auth-Token': TOKEN } });
  expect(answer.status).toBe(204);
}

describe('delivered markers', () => {
  it('that are all there cost one list call', async () => {
    await delivered(3);
    expect(await compare()).toMatchObject({ repaired: 0, apiCalls: 1 });
  });

  it('that are gone are put back once, with the time they had, and the order ends again', async () => {
    const [kept = 0, orderId = 0] = await delivered(2);
    const value = markersIn(orderId)[0]?.value;
    await takeAway(orderId);
    expect(await compare()).toMatchObject({ repaired: 1, apiCalls: 2 });
    const before = [writesOf(side, orderId).length, writesOf(side, kept).length];
    expect(await writeAll(side, orderId)).toEqual(['mark_delivered confirmed']);
    expect(markersIn(orderId)).toMatchObject([{ value }]);
    expect(writesOf(side, orderId).slice(before[0])).toEqual(['POST metafield waybill.delivered_at']);
    expect(writesOf(side, kept)).toHaveLength(before[1] ?? 0);
    expect(await orderView(side.db, CHANNEL, orderId)).toMatchObject({ lifecycleState: 'closed' });
    const told = await side.db.sql`select order_id from decisions where outcome = 'marker_lost'`;
    expect(told).toEqual([{ order_id: orderId }]);
  });

  it('that are gone a second time stay away', async () => {
    const [orderId = 0] = await delivered();
    await takeAway(orderId);
    await compare();
    await writeAll(side, orderId);
    side.clockOffsetMs += SETTLED_MS;
    await takeAway(orderId);
    expect(await compare()).toMatchObject({ repaired: 0 });
    expect(markersIn(orderId)).toEqual([]);
  });

  it('that are planned anew already are not planned twice', async () => {
    const [orderId = 0] = await delivered();
    await takeAway(orderId);
    expect(await compare()).toMatchObject({ repaired: 1 });
    expect(await compare()).toMatchObject({ repaired: 0 });
    const rows = await side.db.sql`select n from write_backs where kind = 'mark_delivered' order by n`;
    expect(rows).toEqual([{ n: 0 }, { n: 1 }]);
  });

  it('that the list leaves out, being older than their row, are asked for by their order', async () => {
    const [orderId = 0] = await delivered();
    side.clockOffsetMs = 10 * DAY_MS;
    const confirmedAt = new Date(Date.now() + 9 * DAY_MS).toISOString();
    await side.db.sql`update write_backs set updated_at = ${confirmedAt} where order_id = ${orderId}`;
    expect(await compare()).toMatchObject({ repaired: 0, apiCalls: 2 });
  });

  it.each([
    ['the channel marks nothing', { delivered_marker: 'none' }],
    ['it marks in the staff notes, which are people’s', { delivered_marker: 'staff_note' }],
    ['push is off', { push_enabled: false }],
    ['it is a dry run', { dry_run: true }],
  ])('are not asked for where %s', async (_, settings) => {
    const [orderId = 0] = await delivered();
    await takeAway(orderId);
    await setFulfillment(side, { status: { on_delivered: true }, ...settings });
    expect(await compare()).toMatchObject({ repaired: 0, apiCalls: 0 });
    expect(await writeAll(side, orderId)).toEqual([]);
  });
});
