// Questions about many orders, and putting many into the outbox.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { inTransaction, type Database } from '../../db/database.ts';
import {
  countCreatedByStatus,
  getOrder,
  offerOpenOrders,
  offerOpenPage,
  openOrderIds,
  ordersWithAttention,
  reportChannel,
} from '../../db/orders.ts';
import {
  addTestChannel,
  addTestOrder,
  at,
  CHANNEL,
  emptyAll,
  openTestDatabase,
  outboxRows,
} from './order-life.ts';

let db: Database;

beforeAll(async () => {
  db = await openTestDatabase(import.meta.url);
});
afterAll(() => db.close());
beforeEach(async () => {
  await emptyAll(db);
  await addTestChannel(db);
  for (const orderId of [1, 2, 3, 4]) await addTestOrder(db, orderId, { statusId: orderId === 4 ? 5 : 11 });
  await db.sql`update orders set lifecycle_state = 'closed' where order_id = 4`;
});

describe('reading', () => {
  it('finds an order by its channel and id', async () => {
    expect((await getOrder(db, CHANNEL, 1))?.orderId).toBe(1);
    expect(await getOrder(db, 'other', 1)).toBeNull();
    expect(await getOrder(db, CHANNEL, 9)).toBeNull();
  });

  it('counts by creation and status, the window’s end left out', async () => {
    const from = '2026-03-01T08:00:00Z';
    await db.sql`update orders set gone = 'archived' where order_id = 3`;
    const counted = await countCreatedByStatus(db, { channelId: CHANNEL, from, to: '2026-03-01T08:00:01Z' });
    expect([...counted.listed]).toEqual([
      [5, 1],
      [11, 2],
    ]);
    expect([...counted.gone]).toEqual([
      [5, 0],
      [11, 1],
    ]);
    expect(
      await countCreatedByStatus(db, { channelId: CHANNEL, from: '2026-03-01T07:00:00Z', to: from }),
    ).toEqual({ listed: new Map(), gone: new Map() });
  });

  it('reports stages and what asks for attention, the longest without news first', async () => {
    await db.sql`update orders set attention = 'exception', attention_reason = 'damaged', last_news_at = ${at(5)} where order_id = 1`;
    await db.sql`update orders set attention = 'stale', last_news_at = ${at(1)} where order_id = 2`;
    const report = await reportChannel(db, CHANNEL);

    expect(report).toMatchObject({
      orders: 4,
      open: 3,
      stages: { imported: 3, cancelled: 1 },
      // The fourth was cancelled although it is paid.
      attention: { exception: 1, stale: 1, money: 1 },
    });
    expect(report.oldest.map((row) => row.orderId)).toEqual([4, 2, 1]);
    expect(await ordersWithAttention(db, { channelId: CHANNEL, limit: 5, attention: 'exception' })).toEqual([
      { orderId: 1, stage: 'imported', attention: 'exception', reason: 'damaged', since: at(5) },
    ]);
  });
});

describe('offering open orders', () => {
  it('tells all of them, or those with news since a time', async () => {
    await db.sql`update orders set last_news_at = ${at(9)} where order_id in (2, 4)`;
    expect(
      await inTransaction(db, (tx) =>
        offerOpenOrders(tx, { channelId: CHANNEL, now: at(10), newsSince: at(9) }),
      ),
    ).toBe(1);
    expect(await outboxRows(db)).toEqual([{ orderId: 2, first: false }]);
    expect(await inTransaction(db, (tx) => offerOpenOrders(tx, { channelId: CHANNEL, now: at(10) }))).toBe(3);
    expect(await outboxRows(db)).toHaveLength(3);
  });

  it('pages through them for plain starts, leaving alone what waits already', async () => {
    await inTransaction(db, (tx) =>
      offerOpenOrders(tx, { channelId: CHANNEL, now: at(10), newsSince: at(-1) }),
    );
    await db.sql`delete from outbox where order_id <> 2`;
    const page = (afterOrderId: number) =>
      inTransaction(db, (tx) =>
        offerOpenPage(tx, { channelId: CHANNEL, afterOrderId, limit: 2, now: at(11) }),
      );

    expect(await openOrderIds(db, { channelId: CHANNEL, afterOrderId: 1, limit: 9 })).toEqual([2, 3]);
    expect(await page(0)).toEqual({ offered: 1, lastOrderId: 2, done: false });
    expect(await page(2)).toEqual({ offered: 1, lastOrderId: 3, done: true });
    expect(await page(3)).toEqual({ offered: 0, lastOrderId: 3, done: true });
    expect(await outboxRows(db)).toEqual([
      { orderId: 1, first: true },
      { orderId: 2, first: false },
      { orderId: 3, first: true },
    ]);
  });
});
