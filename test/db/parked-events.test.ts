// Events that came too early, on a real server: parked, and applied once their order or their parcel is there.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { inTransaction, type Database } from '../../db/database.ts';
import { applyDueParkedEvents, applyParkedEvents } from '../../db/parked-events.ts';
import {
  addTestChannel,
  addTestOrder,
  at,
  CHANNEL,
  deliver,
  emptyAll,
  eventRows,
  fact,
  openTestDatabase,
  orderRow,
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
});

function arrive(orderIds: number[]) {
  return inTransaction(db, (tx) => applyParkedEvents(tx, { channelId: CHANNEL, orderIds, now: at(60) }));
}

describe('an event that names an order nobody knows', () => {
  test('keeps its order and is applied when the order arrives', async () => {
    await deliver(db, 1001, [fact('label.created'), fact('in_transit')]);
    expect((await eventRows(db)).map((event) => [event.orderId, event.state])).toEqual([
      [1001, 'parked'],
      [1001, 'parked'],
    ]);

    await addTestOrder(db, 1001);
    const result = await arrive([1001, 1002]);

    expect(result).toMatchObject({ applied: 2, wake: [{ orderId: 1001, first: false }] });
    expect((await orderRow(db, 1001)).stage).toBe('shipped');
    expect((await eventRows(db)).every((event) => event.state === 'applied')).toBe(true);
  });

  test('opens an order that the import itself did not follow', async () => {
    await deliver(db, 1001, [fact('label.created'), fact('in_transit')]);
    await addTestOrder(db, 1001, { lifecycleState: 'none' });

    await arrive([1001]);

    expect((await orderRow(db, 1001)).lifecycleState).toBe('open');
    expect(await outboxRows(db)).toEqual([{ orderId: 1001, first: false }]);
  });

  test('brings along the events of the number that its label makes known', async () => {
    await deliver(db, null, fact('in_transit', { id: 'evt-scan' }));
    await deliver(db, 1001, fact('label.created'));
    await addTestOrder(db, 1001);

    await arrive([1001]);

    expect((await orderRow(db, 1001)).stage).toBe('shipped');
    expect(await eventRows(db)).toContainEqual({ eventId: 'evt-scan', orderId: 1001, state: 'applied' });
  });

  test('costs nothing where nothing is parked', async () => {
    await addTestOrder(db, 1001);

    expect(await arrive([1001])).toEqual({ applied: 0, wake: [] });
    expect(await arrive([])).toEqual({ applied: 0, wake: [] });
    expect(await outboxRows(db)).toEqual([]);
  });
});

describe('an event that is known by its number alone', () => {
  test('is applied by the label that brings the number', async () => {
    await addTestOrder(db, 1001);
    await deliver(db, null, [fact('in_transit', { id: 'evt-1' }), fact('delivered', { id: 'evt-2' })]);

    const result = await deliver(db, 1001, fact('label.created', { id: 'evt-3' }));

    expect(result.wake).toHaveLength(1);
    expect((await orderRow(db, 1001)).stage).toBe('delivered');
    expect((await eventRows(db)).map((event) => [event.eventId, event.orderId, event.state])).toEqual([
      ['evt-1', 1001, 'applied'],
      ['evt-2', 1001, 'applied'],
      ['evt-3', 1001, 'applied'],
    ]);
  });

  test('serves the second order of a merged parcel too, whose label comes later', async () => {
    await addTestOrder(db, 1001);
    await addTestOrder(db, 1002);
    await deliver(db, 1001, fact('label.created'));
    await deliver(db, null, fact('in_transit'));

    await deliver(db, 1002, fact('label.created'));

    expect((await orderRow(db, 1002)).stage).toBe('shipped');
    expect((await orderRow(db, 1001)).stage).toBe('shipped');
  });

  test('does not bring another order its label or its lines', async () => {
    await addTestOrder(db, 1001);
    await addTestOrder(db, 1002);
    await deliver(db, 1001, [fact('label.created', { id: 'evt-l' }), fact('label.voided', { id: 'evt-v' })]);

    await deliver(db, 1002, fact('label.created', { id: 'evt-m' }));

    const own = (await eventRows(db)).filter((event) => event.orderId === 1002);
    expect(own.map((event) => event.eventId)).toEqual(['evt-m']);
  });

  test('keeps apart the parcels of two carriers that share a number', async () => {
    await addTestOrder(db, 1001);
    await addTestOrder(db, 1002);
    await deliver(db, 1001, [
      fact('label.created', { carrier: 'usps' }),
      fact('delivered', { carrier: 'usps' }),
    ]);

    await deliver(db, 1002, fact('label.created', { carrier: 'dhl' }));

    expect((await orderRow(db, 1002)).stage).toBe('imported');
  });
});

describe('the sweep', () => {
  test('applies what an import and an ingress at the same time left behind', async () => {
    // Both transactions saw nothing of each other: the order is there, its event is parked.
    await deliver(db, 1001, [fact('label.created'), fact('in_transit')]);
    await addTestOrder(db, 1001);

    const result = await applyDueParkedEvents(db, { limit: 100, now: at(60) });

    expect(result).toMatchObject({ applied: 2, wake: [{ channelId: CHANNEL, orderId: 1001 }] });
    expect((await orderRow(db, 1001)).stage).toBe('shipped');
    expect(await applyDueParkedEvents(db, { limit: 100, now: at(61) })).toEqual({ applied: 0, wake: [] });
  });

  test('applies events whose number is known by now, to every order it serves', async () => {
    await addTestOrder(db, 1001);
    await addTestOrder(db, 1002);
    await deliver(db, 1001, fact('label.created'));
    await deliver(db, 1002, fact('label.created'));
    await deliver(db, 1001, fact('in_transit', { id: 'evt-9' }));
    // As a version that did not hold numbers would have left it.
    await db.sql`update carrier_events set order_id = 0, state = 'parked' where event_id = 'evt-9'`;

    const result = await applyDueParkedEvents(db, { channelId: CHANNEL, limit: 100, now: at(60) });

    expect(result.applied).toBe(2);
    expect((await orderRow(db, 1002)).stage).toBe('shipped');
    expect((await eventRows(db)).filter((event) => event.state === 'parked')).toEqual([]);
  });

  test('leaves alone what still waits, and other channels', async () => {
    await deliver(db, 4711, fact('label.created'));
    await deliver(db, null, fact('in_transit', { number: 'NOBODY' }));
    await addTestChannel(db, { id: 'other', storeHash: 'zzz999' });

    expect(await applyDueParkedEvents(db, { limit: 100, now: at(60) })).toEqual({ applied: 0, wake: [] });
    expect(await applyDueParkedEvents(db, { channelId: 'other', limit: 100, now: at(60) })).toEqual({
      applied: 0,
      wake: [],
    });
  });
});
