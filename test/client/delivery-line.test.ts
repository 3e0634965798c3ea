// Deliveries that are committed together: each is answered as if it had come alone, nothing is lost or taken twice, and
// one that cannot be stored does not take the others with it.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createDeliveryLine, LineBusyError, type RecordDelivery } from '../../client/delivery-line.ts';
import { recordDeliveries, type Delivery, type DeliveryResult } from '../../db/carrier-events.ts';
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
    const record = createDeliveryLine(db, {
      waitingMax: 500,
      waitMs: 60_000,
      patience: { lockMs: 60_000, statementMs: 60_000 },
    });
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

describe('a line that gets more than it can store', () => {
  /** Holds the rows of orders as an import's slice does, until it is told to let go. */
  async function hold(orderIds: number[]): Promise<() => Promise<void>> {
    let letGo = (): void => undefined;
    const told = new Promise<void>((resolve) => (letGo = resolve));
    let held = (): void => undefined;
    const holding = new Promise<void>((resolve) => (held = resolve));
    const over = db.sql.begin(async (sql) => {
      await sql`select 1 from orders where order_id = any(${orderIds}) for update`;
      held();
      await told;
    });
    await holding;
    return async () => {
      letGo();
      await over;
    };
  }
  const storedIds = async (): Promise<string[]> => {
    const rows = await db.sql<{ id: string }[]>`select event_id as id from carrier_events order by event_id`;
    return rows.map(({ id }) => id);
  };
  const scansOf = (orderId: number, count: number): Delivery[] =>
    Array.from({ length: count }, (_, n) =>
      delivery(orderId, 'in_transit', { id: `e${String(n).padStart(3, '0')}`, number: 'N1' }),
    );
  /** Repeats what is refused for want of time, as senders do. */
  async function untilTaken(
    record: RecordDelivery,
    one: Delivery,
    onRefusal: () => void = () => undefined,
  ): Promise<DeliveryResult> {
    for (;;) {
      try {
        return await record(one);
      } catch (error) {
        if (!(error instanceof LineBusyError)) throw error;
        onRefusal();
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    }
  }
  const busy = (answers: PromiseSettledResult<unknown>[]): PromiseSettledResult<unknown>[] =>
    answers.filter(({ status }) => status === 'rejected');

  test('refuses at once whoever comes when it is full, and stores nothing of what it refused', async () => {
    await addTestOrder(db, 1001);
    const letGo = await hold([1001]);
    const limits = { waitingMax: 10, waitMs: 300, patience: { lockMs: 200, statementMs: 2_000 } };
    const record = createDeliveryLine(db, limits);
    const sent = scansOf(1001, 100);
    const answers = await Promise.allSettled(sent.map(record));
    expect(busy(answers)).toHaveLength(sent.length);
    for (const answer of answers)
      expect(answer).toMatchObject({ reason: expect.any(LineBusyError) as LineBusyError });
    expect(await storedIds()).toEqual([]);

    await letGo();
    // The same line takes them again; as a sender does, until it does: its patience is short for a busy machine.
    await Promise.all(sent.slice(0, 10).map((one) => untilTaken(record, one)));
    expect(await storedIds()).toHaveLength(10);
  });

  test('refuses those whose turn does not come, although no transaction ends', async () => {
    await addTestOrder(db, 1001);
    const letGo = await hold([1001]);
    const limits = { waitingMax: 500, waitMs: 200, patience: { lockMs: 20_000, statementMs: 30_000 } };
    const record = createDeliveryLine(db, limits);
    const sent = scansOf(1001, 120);
    const answers = sent.map(record);
    // The first goes alone, the next two together; the others wait in vain while both are held up.
    const [taken, late] = [Promise.allSettled(answers.slice(0, 3)), Promise.allSettled(answers.slice(3))];
    expect(busy(await late)).toHaveLength(117);
    await letGo();
    expect(busy(await taken)).toEqual([]);
    expect(await storedIds()).toHaveLength(3);
  });

  test('stores what it can of a transaction that waits for one locked order', async () => {
    const orders = Array.from({ length: 8 }, (_, n) => 2001 + n);
    for (const id of orders) await addTestOrder(db, id);
    const letGo = await hold([2004]);
    const limits = { waitingMax: 500, waitMs: 20_000, patience: { lockMs: 200, statementMs: 20_000 } };
    const record = createDeliveryLine(db, limits);
    const answers = await Promise.allSettled(
      orders.map((id) =>
        record(delivery(id, 'label.created', { id: `a${String(id)}`, number: `N${String(id)}` })),
      ),
    );
    await letGo();
    expect(orders.filter((_, at) => answers[at]?.status === 'rejected')).toEqual([2004]);
    expect(await storedIds()).toEqual(orders.filter((id) => id !== 2004).map((id) => `a${String(id)}`));
  });

  test('loses nothing that it accepted and takes nothing twice when everybody repeats until it is taken', async () => {
    const orders = Array.from({ length: 5 }, (_, n) => 3001 + n);
    for (const id of orders) await addTestOrder(db, id);
    const record = createDeliveryLine(db, {
      waitingMax: 20,
      waitMs: 50,
      patience: { lockMs: 50, statementMs: 2_000 },
    });
    let refusals = 0;
    const results = await Promise.all(
      orders.flatMap((id) =>
        Array.from({ length: 40 }, async (_, n) => {
          const one = delivery(id, 'in_transit', {
            id: `${String(id)}-${String(n)}`,
            number: `N${String(id)}`,
          });
          return untilTaken(record, one, () => (refusals += 1));
        }),
      ),
    );
    expect(refusals).toBeGreaterThan(0);
    expect(results.every(({ newFacts }) => newFacts === 1)).toBe(true);
    expect(await countOf(db, 'carrier_events')).toBe(200);
  });
});

/** Deliveries carry the transaction that stored them in their rows. */
async function transactions(): Promise<number> {
  const [row] = await db.sql<
    { count: number }[]
  >`select count(distinct xmin::text)::int as count from carrier_deliveries`;
  return row?.count ?? 0;
}
