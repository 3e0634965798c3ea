// Writes that fail for hours (S-42): tried again by themselves, given up after 72 hours of failures with a person asked,
// never twice in the store. The clock is an argument; Postgres and the simulated store are real.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { pauseOrder, resumeOrder } from '../../db/operator-words.ts';
import { orderView } from '../../db/order-view.ts';
import { retryOrder } from '../../db/retry-steps.ts';
import { CHANNEL, failureOf, settle, write, writeAll } from './store-side.ts';
import { factOnly, openShop, setFulfillment, shipmentsIn, writesOf, type Shop } from './write-back-side.ts';

const HOUR_MS = 3_600_000;
const ORDERS = 20;

let shop: Shop;
beforeAll(async () => {
  shop = await openShop(import.meta.url, ORDERS);
}, 120_000);
afterAll(() => shop.side.close());
beforeEach(() => {
  shop.side.store.setFaults([]);
});

const ship = (orderId: number): string => `POST shipment T${String(orderId)} x2`;
const away = (): void => shop.side.store.setFaults([{ fault: '503' }]);
const word = (orderId: number) => ({
  ...{ channelId: CHANNEL, orderId, step: null, reason: 'asked', by: 'ana' },
  now: shop.side.deps.clock(),
});
const attention = async (orderId: number): Promise<string | null> => {
  await settle(shop.side, orderId);
  return (await orderView(shop.side.db, CHANNEL, orderId))?.attention ?? null;
};
const creation = async (orderId: number) => {
  const rows = await shop.side.db.sql<
    { state: string; n: number; outcome: string | null; failing: boolean }[]
  >`select state, n, outcome, failing_since is not null as failing from write_backs
    where order_id = ${orderId} and kind = 'create_shipment' order by n`;
  return [...rows];
};

/** An order with a label whose shipment is due. */
async function due(): Promise<{ orderId: number; attempt: () => Promise<{ outcome: string }> }> {
  const orderId = shop.next();
  await setFulfillment(shop.side, {});
  await factOnly(shop.side, orderId, 'label.created');
  return {
    orderId,
    attempt: async () => write(shop.side, orderId, (await settle(shop.side, orderId)).due?.writeBackId ?? ''),
  };
}

describe('a write to a store that is away', () => {
  it('is a failure that is tried again, and is written once when the store is back', async () => {
    const { orderId, attempt } = await due();
    away();
    for (let minutes = 0; minutes < 10; minutes += 1) {
      expect(await failureOf(attempt())).toMatchObject({
        type: 'BigCommerceUnavailable',
        nonRetryable: false,
      });
      shop.side.clockOffsetMs += 60_000;
    }
    expect(await creation(orderId)).toMatchObject([{ state: 'planned', n: 0, failing: true }]);
    expect(await attention(orderId)).toBeNull();
    shop.side.store.setFaults([]);
    expect(await attempt()).toEqual({ outcome: 'confirmed' });
    expect(await creation(orderId)).toMatchObject([{ state: 'confirmed', n: 0, failing: false }]);
    expect(writesOf(shop.side, orderId)).toEqual([ship(orderId)]);
  });

  it('for 72 hours is given up with attention; a retry by hand writes it once', async () => {
    const { orderId, attempt } = await due();
    away();
    await failureOf(attempt());
    shop.side.clockOffsetMs += 71 * HOUR_MS;
    expect(await failureOf(attempt())).toMatchObject({ type: 'BigCommerceUnavailable' });
    expect(await attention(orderId)).toBeNull();
    shop.side.clockOffsetMs += HOUR_MS;
    expect(await attempt()).toEqual({ outcome: 'refused' });
    expect(await attention(orderId)).toBe('refused');
    expect((await creation(orderId))[0]?.outcome).toMatch(/^Given up after 72 hours .*answered 503/);
    // By itself nothing happens any more.
    shop.side.store.setFaults([]);
    expect(await writeAll(shop.side, orderId)).toEqual([]);

    expect(await retryOrder(shop.side.db, word(orderId))).toMatchObject({ ok: true, changed: true });
    expect(await attention(orderId)).toBeNull();
    expect(await writeAll(shop.side, orderId)).toContain('create_shipment confirmed');
    expect(writesOf(shop.side, orderId)).toEqual([ship(orderId)]);
  });

  it('whose outcome is unclear is never ended by that: a person is asked, and it goes on being looked up', async () => {
    const { orderId, attempt } = await due();
    shop.side.store.setFaults([
      { match: { method: 'POST', path: `/orders/${String(orderId)}/shipments` }, fault: 'cut-after' },
    ]);
    expect(await failureOf(attempt())).toMatchObject({ type: 'OutcomeUnclear' });
    away();
    shop.side.clockOffsetMs += HOUR_MS;
    expect(await failureOf(attempt())).toMatchObject({ type: 'BigCommerceUnavailable' });
    expect(await attention(orderId)).toBeNull();
    shop.side.clockOffsetMs += 71 * HOUR_MS;
    expect(await attempt()).toEqual({ outcome: 'unclear:asked' });
    expect(await attention(orderId)).toBe('refused');
    expect(await creation(orderId)).toMatchObject([{ state: 'sent', n: 0 }]);
    // Once is enough.
    expect(await failureOf(attempt())).toMatchObject({ type: 'BigCommerceUnavailable' });

    shop.side.store.setFaults([]);
    expect(await attempt()).toEqual({ outcome: 'confirmed' });
    expect(await attention(orderId)).toBeNull();
    expect(shipmentsIn(shop.side, orderId)).toHaveLength(1);
    expect(writesOf(shop.side, orderId)).toEqual([ship(orderId)]);
  });

  it('is not given up for waiting: quota, a pause and a switch that is off are no failures', async () => {
    const { orderId, attempt } = await due();
    shop.side.store.setFaults([{ fault: '429' }]);
    await failureOf(attempt());
    expect(await creation(orderId)).toMatchObject([{ failing: false }]);
    await shop.side.db
      .sql`update quotas set blocked_until = null, refusals = 0, live_limit = null, live_left = null, live_until = null`;

    away();
    await failureOf(attempt());
    await pauseOrder(shop.side.db, word(orderId));
    shop.side.clockOffsetMs += 100 * HOUR_MS;
    await resumeOrder(shop.side.db, word(orderId));
    expect(await failureOf(attempt())).toMatchObject({ type: 'BigCommerceUnavailable' });

    await setFulfillment(shop.side, { push_enabled: false });
    await settle(shop.side, orderId);
    shop.side.clockOffsetMs += 100 * HOUR_MS;
    await setFulfillment(shop.side, {});
    await shop.side.db.sql`update write_backs set blocked = null where order_id = ${orderId}`;
    expect(await failureOf(attempt())).toMatchObject({ type: 'BigCommerceUnavailable' });
    expect(await creation(orderId)).toMatchObject([{ state: 'planned', failing: true }]);
  });

  it('is tried at once by a retry, which begins the patience anew', async () => {
    const { orderId, attempt } = await due();
    away();
    await failureOf(attempt());
    shop.side.clockOffsetMs += 71 * HOUR_MS;
    expect(await retryOrder(shop.side.db, word(orderId))).toMatchObject({ ok: true });
    await failureOf(attempt());
    shop.side.clockOffsetMs += 2 * HOUR_MS;
    expect(await failureOf(attempt())).toMatchObject({ type: 'BigCommerceUnavailable' });
  });
});
