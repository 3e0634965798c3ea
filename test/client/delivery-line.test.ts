// Deliveries that are committed together: each is answered as if it had come alone, nothing is lost or taken twice, and
// one that cannot be stored does not take the others with it.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createDeliveryLine } from '../../client/delivery-line.ts';
import { recordDeliveries, type Delivery } from '../../db/carrier-events.ts';
import { openDatabase, type Database } from '../../db/database.ts';
import {
  addTestChannel,
  addTestOrder,
  at,
  CHANNEL,
  countOf,
  emptyAll,
  fact,
  openTestDatabase,
  orderRow,
  outboxRows,
} from '../db/order-life.ts';

let db: Database;
beforeAll(async () => {
  db = await openTestDatabase(import.meta.url);
});
afterAll(() => db.close());
beforeEach(async () => {
  await emptyAll(db);
  await addTestChannel(db);
});

const delivery = (
  orderId: number | null,
  what: Parameters<typeof fact>[0],
  more: Parameters<typeof fact>[1] = {},
  deliveryId = randomUUID(),
): Delivery => ({
  channelId: CHANNEL,
  source: 'http',
  body: '{"a":"é\u0000\\u0000"}',
  facts: [{ orderId, fact: fact(what, more) }],
  deliveryId,
  now: at(5),
});

describe('deliveries in one transaction', () => {
  test('are answered each for itself, and an order is told once', async () => {
    await addTestOrder(db, 1001);
    await addTestOrder(db, 1002);

    const results = await recordDeliveries(db, CHANNEL, [
      delivery(1001, 'label.created', { id: 'a', number: 'N1' }),
      delivery(1002, 'label.created', { id: 'b', number: 'N2' }),
      delivery(1001, 'in_transit', { id: 'c', number: 'N1' }),
      delivery(1003, 'label.created', { id: 'd', number: 'N3' }),
    ]);

    expect(
      results.map(({ newFacts, parked, wake }) => [newFacts, parked, wake.map(({ orderId }) => orderId)]),
    ).toEqual([
      [1, 0, [1001]],
      [1, 0, [1002]],
      [1, 0, []],
      [1, 1, []],
    ]);
    expect((await orderRow(db, 1001))?.stage).toBe('shipped');
    expect(await outboxRows(db)).toEqual([
      { orderId: 1001, first: false },
      { orderId: 1002, first: false },
    ]);
    expect(await countOf(db, 'carrier_deliveries')).toBe(4);
    const [kept] = await db.sql<{ body: string }[]>`select body from carrier_deliveries limit 1`;
    expect(kept?.body).toBe('{"a":"é\u{FFFD}\\u0000"}');
  });

  test('count a fact once that several of them bring, and the same delivery twice as a repeat', async () => {
    await addTestOrder(db, 1001);
    const id = randomUUID();
    const results = await recordDeliveries(db, CHANNEL, [
      delivery(1001, 'label.created', { id: 'a', number: 'N1' }, id),
      delivery(1001, 'label.created', { id: 'a', number: 'N1' }, id),
      delivery(1001, 'label.created', { id: 'a', number: 'N1' }),
    ]);
    expect(results.map(({ newFacts }) => newFacts)).toEqual([1, 0, 0]);
    expect(await countOf(db, 'carrier_events')).toBe(1);
    expect(await countOf(db, 'carrier_deliveries')).toBe(2);
  });

  test('find an order by the number that another of them has just brought', async () => {
    await addTestOrder(db, 1001);
    await recordDeliveries(db, CHANNEL, [
      delivery(null, 'in_transit', { id: 'b', number: 'N1' }),
      delivery(1001, 'label.created', { id: 'a', number: 'N1' }),
    ]);
    expect((await orderRow(db, 1001))?.stage).toBe('shipped');
    expect(await db.sql`select 1 from carrier_events where state = 'parked'`).toHaveLength(0);
  });
});

describe('the line', () => {
  test('commits what comes at the same time together, and leaves the rows as if each had come alone', async () => {
    const orders = Array.from({ length: 30 }, (_, n) => 2001 + n);
    for (const id of orders) await addTestOrder(db, id);
    const record = createDeliveryLine(db);
    const before = await transactions();
    const scans = ['label.created', 'trackable', 'in_transit', 'delivered'] as const;
    const results = await Promise.all(
      scans.flatMap((scan) =>
        orders.map((orderId) =>
          record(
            delivery(orderId, scan, { id: `${scan}-${String(orderId)}`, number: `N${String(orderId)}` }),
          ),
        ),
      ),
    );
    expect(results.every(({ newFacts }) => newFacts === 1)).toBe(true);
    expect(await countOf(db, 'carrier_events')).toBe(orders.length * scans.length);
    for (const id of orders) expect((await orderRow(db, id))?.stage).toBe('delivered');
    const wakes = results.flatMap(({ wake }) => wake.map(({ orderId }) => orderId));
    expect(new Set(wakes)).toEqual(new Set(orders));
    expect((await transactions()) - before).toBeLessThan(orders.length);
  });

  test('refuses only the one that cannot be stored', async () => {
    await addTestOrder(db, 1001);
    await addTestOrder(db, 1002);
    const record = createDeliveryLine(db);
    const bad = { ...delivery(1002, 'label.created', { id: 'bad', number: 'N2' }), deliveryId: 'no uuid' };
    const answers = await Promise.allSettled([
      record(delivery(1001, 'label.created', { id: 'a', number: 'N1' })),
      record(delivery(1001, 'trackable', { id: 'b', number: 'N1' })),
      record(bad),
      record(delivery(1001, 'in_transit', { id: 'c', number: 'N1' })),
    ]);
    expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
    expect(await countOf(db, 'carrier_events')).toBe(3);
  });

  test('answers everybody with the error while Postgres is away', async () => {
    const away = openDatabase('postgres://waybill@127.0.0.1:1/waybill', { max: 2 });
    const record = createDeliveryLine(away);
    const answers = await Promise.allSettled(
      Array.from({ length: 5 }, (_, n) => record(delivery(1001, 'label.created', { id: `e${String(n)}` }))),
    );
    await away.close();
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set(['rejected']));
  });
});

/** Deliveries carry the transaction that stored them in their rows. */
async function transactions(): Promise<number> {
  const [row] = await db.sql<
    { count: number }[]
  >`select count(distinct xmin::text)::int as count from carrier_deliveries`;
  return row?.count ?? 0;
}
