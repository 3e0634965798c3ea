// Deliveries that name an order beside a tracking number nobody knows (Sendcloud, Starshipit, AfterShip): they find that
// order where it can be meant, at once or when it is imported later; a known tracking number always goes first.
import { createHash, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { recordDelivery, type DeliveryResult } from '../../db/carrier-events.ts';
import type { Database } from '../../db/database.ts';
import { applyDueParkedEvents } from '../../db/parked-events.ts';
import { factsOfScans } from '../../domain/carriers/provider-facts.ts';
import type { ProviderId } from '../../domain/carriers/provider-ids.ts';
import { PROVIDERS } from '../../domain/carriers/registry.ts';
import { fill, readFixture } from '../fixtures/carriers/read-fixture.ts';
import {
  addTestChannel,
  addTestOrder,
  at,
  CHANNEL,
  deliver,
  emptyAll,
  fact,
  openTestDatabase,
  orderRow,
  outboxRows,
} from './order-life.ts';

/** The order number in the fixtures' bodies. */
const ORDER = 100;
const NAMING = ['sendcloud', 'starshipit', 'aftership'] as const satisfies ProviderId[];
const NOW = '2026-01-02T12:00:00.000Z';

let db: Database;
beforeAll(async () => {
  db = await openTestDatabase(import.meta.url);
});
afterAll(() => db.close());
beforeEach(async () => {
  await emptyAll(db);
  await addTestChannel(db);
});

/** The fixture's body, with its order number changed where one is given. */
function bodyOf(id: ProviderId, word: string, orderNumber?: string): unknown {
  const fixture = readFixture(id);
  const text = JSON.stringify(fill(fixture, fixture.words[word]?.at(-1) ?? ''));
  return JSON.parse(orderNumber === undefined ? text : text.replaceAll('"100"', JSON.stringify(orderNumber)));
}

function send(id: ProviderId, body: unknown): Promise<DeliveryResult> {
  const read = PROVIDERS[id].read(body);
  if (!read.ok) throw new Error('the fixture cannot be read');
  const facts = factsOfScans(read.scans, {
    ...{ provider: id, receivedAt: NOW, nowMs: Date.parse(NOW), unproven: false },
    hash: (text) => createHash('sha256').update(text).digest('hex'),
  });
  return recordDelivery(db, {
    ...{ channelId: CHANNEL, source: id, body: JSON.stringify(body), deliveryId: randomUUID(), now: NOW },
    facts: facts.map((one) => ({ orderId: null, fact: one })),
  });
}

/** An order of the shop that was made before the scans of the fixtures. */
async function order(orderId = ORDER, createdAt = '2025-12-20T10:00:00.000Z'): Promise<void> {
  await addTestOrder(db, orderId);
  await db.sql`update orders set store_created_at = ${createdAt} where order_id = ${orderId}`;
}
const stateOf = async () =>
  (
    await db.sql<{ orderId: number; state: string }[]>`
    select order_id as "orderId", state from carrier_events order by id`
  ).map((row) => ({ ...row }));

describe.each(NAMING)('a delivery of %s with an unknown tracking number', (id) => {
  test('finds the order that it names, and moves it', async () => {
    await order();
    const result = await send(id, bodyOf(id, 'in_transit'));
    expect(result).toMatchObject({ newFacts: 1, parked: 0, wake: [{ orderId: ORDER }] });
    expect((await orderRow(db, ORDER)).stage).toBe('shipped');
    // From now on the tracking number itself leads there.
    await send(id, bodyOf(id, 'delivered', 'something else'));
    expect((await orderRow(db, ORDER)).stage).toBe('delivered');
  });

  test('finds it with a # before the number', async () => {
    await order();
    await send(id, bodyOf(id, 'in_transit', '#100'));
    expect((await orderRow(db, ORDER)).stage).toBe('shipped');
  });

  test.each(['100-A', 'S100', '0', '', '99999999999'])(
    'waits where it names no order of the store: %j',
    async (name) => {
      await order();
      expect(await send(id, bodyOf(id, 'in_transit', name))).toMatchObject({ parked: 1, wake: [] });
      expect((await orderRow(db, ORDER)).stage).not.toBe('shipped');
    },
  );

  test('goes to the order that has its tracking number, whatever it names', async () => {
    await order();
    await order(1001);
    const number = readFixture(id).example.facts[0]?.number ?? '';
    await deliver(db, 1001, {
      ...fact('label.created', { number, carrier: null }),
      occurredAt: '2026-01-01T00:00:00.000Z',
    });
    await send(id, bodyOf(id, 'in_transit'));
    expect((await orderRow(db, 1001)).stage).toBe('shipped');
    expect((await orderRow(db, ORDER)).stage).not.toBe('shipped');
  });

  test('waits for an order that comes later, and the sweep brings it there, once', async () => {
    expect(await send(id, bodyOf(id, 'in_transit'))).toMatchObject({ parked: 1 });
    const sweep = () => applyDueParkedEvents(db, { limit: 10, now: at(1_000) });
    expect(await sweep()).toMatchObject({ applied: 0 });
    await order();
    expect(await sweep()).toMatchObject({ applied: 1, wake: [{ orderId: ORDER }] });
    expect((await orderRow(db, ORDER)).stage).toBe('shipped');
    expect(await stateOf()).toEqual([{ orderId: ORDER, state: 'applied' }]);
    expect(await sweep()).toMatchObject({ applied: 0 });
  });

  test.each([
    ['is younger than the scan: its number was another shop’s', '2026-01-20T10:00:00.000Z', null],
    ['is at its end', '2025-12-20T10:00:00.000Z', 'delivered'],
  ] as const)('leaves an order alone that %s', async (_name, createdAt, stage) => {
    await order(ORDER, createdAt);
    if (stage !== null)
      await db.sql`update orders set stage = ${stage}, lifecycle_state = 'closed', closed_reason = 'end'`;
    const before = await orderRow(db, ORDER);
    expect(await send(id, bodyOf(id, 'in_transit'))).toMatchObject({ parked: 1, wake: [] });
    expect(await applyDueParkedEvents(db, { limit: 10, now: at(1_000) })).toMatchObject({ applied: 0 });
    expect(await orderRow(db, ORDER)).toEqual(before);
    expect(await outboxRows(db)).toEqual([]);
  });
});

test('two deliveries at the same moment, by number and by name, end at one order', async () => {
  await order();
  await Promise.all(NAMING.map((id) => send(id, bodyOf(id, 'in_transit'))));
  expect(new Set((await stateOf()).map(({ orderId }) => orderId))).toEqual(new Set([ORDER]));
});
