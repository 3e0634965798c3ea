// Every write that did not go out carries one word from the moment of the event on, before any worker looked at it
// (capabilities P-37), and an order that no rule takes in is explained and offered (K-7).
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { explainOrder, type Explanation } from '../../client/explanation.ts';
import { explainFacts } from '../../db/explain-order.ts';
import { lookUpOrder } from '../../activities/look-up-order.ts';
import { asAttempt, CHANNEL, importAll, settle, write } from './store-side.ts';
import { factOnly, openShop, say, setFulfillment, type Shop } from './write-back-side.ts';

let shop: Shop;
beforeAll(async () => {
  shop = await openShop(import.meta.url, 12);
}, 120_000);
afterAll(() => shop.side.close());

const now = (): string => shop.side.deps.clock();
async function explain(orderId: number, ask = false): Promise<Explanation> {
  const { side } = shop;
  const asked = ask ? await asAttempt(() => lookUpOrder(side.deps, { channelId: CHANNEL, orderId })) : null;
  const facts = await explainFacts(side.db, CHANNEL, orderId);
  if (facts === null) throw new Error('there is no such channel');
  return explainOrder(facts, asked, now());
}
async function wordsOf(orderId: number): Promise<string[]> {
  return (await explain(orderId)).unsent.map(({ reason }) => reason);
}
const setChannel = (enabled: boolean) => shop.side.db.sql`update channels set enabled = ${enabled}`;

describe('a confirmation that is not sent carries', () => {
  it.each([
    ['push_disabled', { push_enabled: false }],
    ['dry_run', { dry_run: true }],
    ['waiting_for_trigger', { trigger: ['shipment.manifested'] }],
    ['no_tracking_number', {}],
  ])('%s as soon as its event is stored', async (word, settings) => {
    const orderId = shop.next();
    await setFulfillment(shop.side, settings);
    await factOnly(shop.side, orderId, 'label.created', word === 'no_tracking_number' ? { number: '' } : {});
    expect(new Set(await wordsOf(orderId))).toEqual(new Set([word]));
  });

  it('channel_disabled while the channel is', async () => {
    const orderId = shop.next();
    await setFulfillment(shop.side, {});
    await setChannel(false);
    try {
      await factOnly(shop.side, orderId, 'label.created');
      expect(new Set(await wordsOf(orderId))).toEqual(new Set(['channel_disabled']));
    } finally {
      await setChannel(true);
    }
  });

  it('import_only where nothing is ever written', async () => {
    const orderId = shop.next();
    const profile = (value: string) =>
      shop.side.db
        .sql`update channels set settings = jsonb_set(settings, '{channel,profile}', to_jsonb(${value}::text))`;
    await profile('import_only');
    try {
      await factOnly(shop.side, orderId, 'label.created');
      expect(await wordsOf(orderId)).toEqual(['import_only']);
    } finally {
      await profile('import_and_writeback');
    }
  });

  it('protected_status where the store says Cancelled', async () => {
    const orderId = shop.next();
    await setFulfillment(shop.side, {});
    shop.side.store.editOrder(orderId, { status_id: 5 });
    await say(shop.side, orderId, 'label.created');
    expect(await wordsOf(orderId)).toContain('protected_status');
  });

  it('missing_scope where the store answers 403, token_refused where it answers 401', async () => {
    for (const [fault, word] of [
      ['403', 'missing_scope'],
      ['401', 'token_refused'],
    ] as const) {
      const orderId = shop.next();
      await setFulfillment(shop.side, {});
      await factOnly(shop.side, orderId, 'label.created');
      const { due } = await settle(shop.side, orderId);
      shop.side.store.setFaults([{ match: { method: 'POST' }, fault, times: 1 }]);
      await write(shop.side, orderId, due?.writeBackId ?? '');
      expect((await wordsOf(orderId))[0]).toBe(word);
    }
  });

  it('order_not_found where the store has it no more, and where it was never taken in', async () => {
    const orderId = shop.next();
    await setFulfillment(shop.side, {});
    await factOnly(shop.side, orderId, 'label.created');
    const { due } = await settle(shop.side, orderId);
    shop.side.store.setFaults([{ match: { method: 'GET' }, fault: 'status', status: 404, times: 1 }]);
    expect(await write(shop.side, orderId, due?.writeBackId ?? '')).toEqual({ outcome: 'refused' });
    expect(await wordsOf(orderId)).toContain('order_not_found');

    await factOnly(shop.side, 987_654, 'label.created');
    expect((await explain(987_654)).unsent).toMatchObject([{ reason: 'order_not_found' }]);
  });
});

describe('of a fresh channel and an order in each of the fifteen statuses', () => {
  it('what does not come in has its reason, its setting and the command that takes it in', async () => {
    const { side } = shop;
    const ids = side.store.addOrders(
      Array.from({ length: 15 }, (_, statusId) => ({ kind: 'plain', statusId })),
    );
    await importAll(side);
    const seen: number[] = [];
    for (const [statusId, orderId] of ids.entries()) {
      const told = await explain(orderId, true);
      if (told.seen) {
        seen.push(statusId);
        continue;
      }
      expect(told.rule[0]).toMatch(
        new RegExp(
          `^rejected:default_exclude: Status ${String(statusId)} \\(.+\\) is in orders\\.import\\.statuses\\.default_exclude`,
        ),
      );
      expect(told.rule.join('\n')).toContain('The store has it: ');
      const without = JSON.stringify([0, 1, 2, 4, 5, 6, 7, 10, 12, 13].filter((id) => id !== statusId));
      expect(told.todo.map(({ command }) => command)).toEqual([
        `waybill import ${CHANNEL} --ids ${String(orderId)} --include-excluded`,
        `waybill channel set ${CHANNEL} 'orders.import.statuses.default_exclude=${without}' --fetch-admitted`,
      ]);
    }
    expect(seen).toEqual([3, 8, 9, 11, 14]);
  });
});
