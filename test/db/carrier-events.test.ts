// The ingress of carrier events on a real server: once each, found or parked, and a wake only where it may matter.
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { recordDelivery } from '../../db/carrier-events.ts';
import type { Database } from '../../db/database.ts';
import {
  addTestChannel,
  addTestOrder,
  at,
  clearOutbox,
  countOf,
  deliver,
  emptyAll,
  eventRows,
  fact,
  openTestDatabase,
  orderRow,
  outboxRows,
  outcomesOf,
  settingsDoc,
  settle,
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

describe('a delivery', () => {
  test('is kept as received, with its facts, and answers what was new', async () => {
    await addTestOrder(db, 1001);
    const deliveryId = '0b8f1c6a-3f5e-4a0e-9a44-0c3f0f6f2f11';

    const result = await deliver(db, 1001, fact('label.created', { id: 'evt-a', minute: 5 }), { deliveryId });

    expect(result).toEqual({
      deliveryId,
      facts: 1,
      newFacts: 1,
      parked: 0,
      wake: [{ orderId: 1001, first: false, generation: expect.any(Number) as number }],
    });
    const [kept] =
      await db.sql`select source, received_at, facts, new_facts from carrier_deliveries where id = ${deliveryId}`;
    expect(kept).toEqual({ source: 'http', received_at: at(5), facts: 1, new_facts: 1 });
    expect(await outboxRows(db)).toEqual([{ orderId: 1001, first: false }]);
  });

  test('moves the stage and writes the projection in the same transaction', async () => {
    await addTestOrder(db, 1001);

    await deliver(db, 1001, fact('label.created', { minute: 5 }));
    await deliver(db, 1001, fact('in_transit', { minute: 6 }));

    const row = await orderRow(db, 1001);
    expect(row).toMatchObject({ stage: 'shipped', stageChangedAt: at(6), lastNewsAt: at(6) });
    const numbers = await db.sql`select number, order_id from shipment_numbers`;
    expect([...numbers]).toEqual([{ number: 'TRACK1', order_id: 1001 }]);
    expect(await outcomesOf(db, 1001, 'stage')).toEqual(['imported', 'shipped']);
  });

  test('with an empty list of facts is kept and changes nothing', async () => {
    const result = await deliver(db, null, []);

    expect(result).toMatchObject({ facts: 0, newFacts: 0, parked: 0, wake: [] });
    expect(await countOf(db, 'carrier_deliveries')).toBe(1);
  });

  test('whose text no database can store is kept with replacements', async () => {
    await addTestOrder(db, 1001);
    const odd = fact('in_transit', { number: 'ODD-1' });
    odd.location = 'Spring\u0000field \ud800';

    await expect(deliver(db, 1001, odd)).resolves.toMatchObject({ newFacts: 1 });
  });
});

describe('a repeat', () => {
  test('of an event changes nothing and is answered all the same', async () => {
    await addTestOrder(db, 1001);
    const label = fact('label.created', { id: 'evt-once' });
    await deliver(db, 1001, label);
    await clearOutbox(db);

    const again = await deliver(db, 1001, label);

    expect(again).toMatchObject({ facts: 1, newFacts: 0, parked: 0, wake: [] });
    expect(await outboxRows(db)).toEqual([]);
    expect(await countOf(db, 'carrier_events')).toBe(1);
  });

  test('of ten equal events at once changes once', async () => {
    await addTestOrder(db, 1001);
    const label = fact('label.created', { id: 'evt-once' });

    const results = await Promise.all(Array.from({ length: 10 }, () => deliver(db, 1001, label)));

    expect(results.map((result) => result.newFacts).sort()).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
    expect(results.filter((result) => result.wake.length > 0)).toHaveLength(1);
    expect(await countOf(db, 'carrier_events')).toBe(1);
    expect(await countOf(db, 'shipments')).toBe(1);
  });

  test('of an event for an unknown order at once is parked once', async () => {
    const label = fact('label.created', { id: 'evt-once' });

    const results = await Promise.all(Array.from({ length: 10 }, () => deliver(db, 4711, label)));

    expect(results.reduce((sum, result) => sum + result.parked, 0)).toBe(1);
    expect(await eventRows(db)).toEqual([{ eventId: 'evt-once', orderId: 4711, state: 'parked' }]);
  });

  test('of a delivery id after an unclear commit changes nothing', async () => {
    await addTestOrder(db, 1001);
    const deliveryId = '0b8f1c6a-3f5e-4a0e-9a44-0c3f0f6f2f12';
    const label = fact('label.created');

    await deliver(db, 1001, label, { deliveryId });
    await deliver(db, 1001, label, { deliveryId });

    const [kept] = await db.sql`select new_facts from carrier_deliveries`;
    expect(kept).toEqual({ new_facts: 1 });
  });

  test('of an event id for another order is another fact', async () => {
    await addTestOrder(db, 1001);
    await addTestOrder(db, 1002);
    const merged = fact('label.created', { id: 'evt-merged' });

    const result = await recordDelivery(db, {
      channelId: 'shop',
      source: 'http',
      body: '{}',
      facts: [
        { orderId: 1002, fact: merged },
        { orderId: 1001, fact: merged },
      ],
      deliveryId: '0b8f1c6a-3f5e-4a0e-9a44-0c3f0f6f2f13',
      now: at(9),
    });

    expect(result).toMatchObject({ facts: 2, newFacts: 2 });
    expect(result.wake.map((wake) => wake.orderId)).toEqual([1001, 1002]);
  });
});

describe('an event without an order', () => {
  test('is found by its number, however that is spelled', async () => {
    await addTestOrder(db, 1001);
    await deliver(db, 1001, fact('label.created', { number: '9205-5901 7554' }));

    const result = await deliver(db, null, fact('in_transit', { number: '920559017554' }));

    expect(result).toMatchObject({ newFacts: 1, parked: 0 });
    expect((await orderRow(db, 1001)).stage).toBe('shipped');
  });

  test('speaks of every order of a merged parcel', async () => {
    await addTestOrder(db, 1001);
    await addTestOrder(db, 1002);
    await deliver(db, 1001, fact('label.created'));
    await deliver(db, 1002, fact('label.created'));

    const result = await deliver(db, null, fact('delivered', { id: 'evt-d' }));

    expect(result.newFacts).toBe(2);
    expect(await eventRows(db)).toContainEqual({ eventId: 'evt-d', orderId: 1002, state: 'applied' });
    expect((await orderRow(db, 1001)).stage).toBe('delivered');
    expect((await orderRow(db, 1002)).stage).toBe('delivered');
  });

  test('goes to the orders of its carrier where two carriers use one number', async () => {
    await addTestOrder(db, 1001);
    await addTestOrder(db, 1002);
    await deliver(db, 1001, fact('label.created', { carrier: 'usps' }));
    await deliver(db, 1002, fact('label.created', { carrier: 'royal-mail' }));

    await deliver(db, null, fact('in_transit', { id: 'evt-r', carrier: 'Royal Mail' }));

    expect((await orderRow(db, 1001)).stage).toBe('imported');
    expect((await orderRow(db, 1002)).stage).toBe('shipped');
  });

  test('is parked while its number is not known, and a repeat of it is one', async () => {
    const scan = fact('in_transit', { id: 'evt-p' });

    const first = await deliver(db, null, scan);
    const second = await deliver(db, null, scan);

    expect([first.parked, second.parked]).toEqual([1, 0]);
    expect(await eventRows(db)).toEqual([{ eventId: 'evt-p', orderId: 0, state: 'parked' }]);
    expect(await outboxRows(db)).toEqual([]);
  });

  test('is parked when it has no number either', async () => {
    const result = await deliver(db, null, fact('in_transit', { number: null }));

    expect(result).toMatchObject({ newFacts: 1, parked: 1 });
  });

  test('meets the label that comes at the same time, whoever is first', async () => {
    for (let round = 0; round < 10; round += 1) {
      const orderId = 2000 + round;
      const number = `RACE-${String(round)}`;
      await addTestOrder(db, orderId);

      await Promise.all([
        deliver(db, orderId, fact('label.created', { number })),
        deliver(db, null, fact('in_transit', { number })),
      ]);

      expect((await orderRow(db, orderId)).stage).toBe('shipped');
      expect((await eventRows(db, number)).map((event) => event.state)).toEqual(['applied', 'applied']);
    }
  });
});

describe('a wake', () => {
  test('comes only where it may matter: ten scans of a parcel make three', async () => {
    await addTestOrder(db, 1001);
    const scans = [
      fact('label.created'),
      fact('trackable'),
      fact('trackable'),
      fact('in_transit'),
      fact('in_transit'),
      fact('in_transit'),
      fact('out_for_delivery'),
      fact('attempt_failed'),
      fact('out_for_delivery'),
      fact('in_transit'),
    ];
    let wakes = 0;
    for (const scan of scans) wakes += (await deliver(db, 1001, scan)).wake.length;

    expect(wakes).toBe(3);
    expect(await countOf(db, 'carrier_events')).toBe(10);
  });

  test('does not depend on the order in which events come', async () => {
    await addTestOrder(db, 1001);
    const label = fact('label.created', { minute: 1 });
    const transit = fact('in_transit', { minute: 2 });
    const delivered = fact('delivered', { minute: 3 });

    for (const late of [delivered, transit, label]) await deliver(db, 1001, late, { now: at(10) });

    expect((await orderRow(db, 1001)).stage).toBe('delivered');
    expect(await outboxRows(db)).toEqual([{ orderId: 1001, first: false }]);
  });

  test('leaves the same rows behind for any order and any repetition of the same facts', async () => {
    const scans = [
      'label.created',
      'trackable',
      'in_transit',
      'exception',
      'available_for_pickup',
      'delivered',
    ] as const;
    const facts = scans.map((scan, index) => ({ scan, minute: 10 + index, id: `evt-${scan}` }));
    let orderId = 5000;
    await fc.assert(
      fc.asyncProperty(
        fc.shuffledSubarray([...facts, ...facts], { minLength: facts.length }),
        async (arrivals) => {
          orderId += 1;
          const number = `ANY-${String(orderId)}`;
          await addTestOrder(db, orderId);
          for (const { scan, minute, id } of arrivals) {
            await deliver(db, orderId, fact(scan, { minute, id, number }), { now: at(60) });
          }
          const told = new Set(arrivals.map((arrival) => arrival.id));
          const sorted = facts.filter((entry) => told.has(entry.id));
          orderId += 1;
          await addTestOrder(db, orderId);
          const inOrder = sorted.map(({ scan, minute, id }) =>
            fact(scan, { minute, id, number: `ANY-${String(orderId)}` }),
          );
          await deliver(db, orderId, inOrder, { now: at(60) });

          const [one, other] = [await orderRow(db, orderId - 1), await orderRow(db, orderId)];
          expect([one.stage, one.counts, one.attention]).toEqual([
            other.stage,
            other.counts,
            other.attention,
          ]);
          const events = await db.sql`select order_id, count(*)::int from carrier_events
            where order_id in (${orderId - 1}, ${orderId}) group by 1 order by 1`;
          expect(events.map((row) => Number(row['count']))).toEqual([sorted.length, sorted.length]);
        },
      ),
      { numRuns: 10 },
    );
  });

  test('of a disabled channel is left to the day it is enabled', async () => {
    await db.sql`update channels set enabled = false`;
    await addTestOrder(db, 1001);

    const result = await deliver(db, 1001, fact('label.created'));

    expect(result).toMatchObject({ newFacts: 1, wake: [] });
    expect(await outboxRows(db)).toEqual([{ orderId: 1001, first: false }]);
  });

  test('clears what the watchdog had raised', async () => {
    await addTestOrder(db, 1001);
    await db.sql`update orders set stale = true, attention = 'stale'`;

    const result = await deliver(db, 1001, fact('label.created'));

    expect(result.wake).toHaveLength(1);
    expect(await orderRow(db, 1001)).toMatchObject({ stale: false, attention: null });
  });
});

describe('an order that is not open', () => {
  test('opens for a fact that moves its stage', async () => {
    await addTestOrder(db, 1001, { lifecycleState: 'none' });

    const result = await deliver(db, 1001, [fact('label.created'), fact('in_transit')]);

    expect(result.wake).toHaveLength(1);
    expect(await orderRow(db, 1001)).toMatchObject({ lifecycleState: 'open', stage: 'shipped' });
    expect(await outboxRows(db)).toEqual([{ orderId: 1001, first: false }]);
    expect(await outcomesOf(db, 1001, 'lifecycle')).toEqual(['opened']);
  });

  test('opens for a label that makes a write-back due', async () => {
    await addTestOrder(db, 1001, { lifecycleState: 'closed', closedReason: 'no_news' });

    await deliver(db, 1001, fact('label.created'));

    expect(await orderRow(db, 1001)).toMatchObject({ lifecycleState: 'open', stage: 'imported' });
    expect(await outcomesOf(db, 1001, 'lifecycle')).toEqual(['reopened']);
  });

  test('stays as it is for a label while push is off, and still knows the parcel', async () => {
    await pushOff();
    await addTestOrder(db, 1001, { lifecycleState: 'closed', closedReason: 'no_news' });

    const label = await deliver(db, 1001, fact('label.created', { id: 'evt-l' }));
    expect(label.wake).toEqual([]);
    expect((await orderRow(db, 1001)).lifecycleState).toBe('closed');

    const scan = await deliver(db, null, fact('in_transit'));
    expect(scan.wake).toHaveLength(1);
    expect(await orderRow(db, 1001)).toMatchObject({ lifecycleState: 'open', stage: 'shipped' });
  });

  test('re-opens when its parcels come back', async () => {
    await pushOff();
    await addTestOrder(db, 1001);
    await deliver(db, 1001, [fact('label.created'), fact('delivered')]);
    await endQuietly(1001);

    const result = await deliver(db, 1001, fact('returned'));

    expect(result.wake).toHaveLength(1);
    expect(await orderRow(db, 1001)).toMatchObject({
      lifecycleState: 'open',
      stage: 'returned',
      closedAt: null,
    });
  });

  test('keeps a fact that would move an ended order back as late', async () => {
    await pushOff();
    await addTestOrder(db, 1001);
    await deliver(db, 1001, [fact('label.created'), fact('delivered')]);
    await endQuietly(1001);

    const result = await deliver(db, 1001, fact('label.voided', { id: 'evt-void' }));

    expect(result).toMatchObject({ newFacts: 1, wake: [] });
    expect(await orderRow(db, 1001)).toMatchObject({ lifecycleState: 'closed', stage: 'delivered' });
    expect(await eventRows(db)).toContainEqual({ eventId: 'evt-void', orderId: 1001, state: 'late' });
    expect(await outcomesOf(db, 1001, 'event')).toEqual(['late']);
  });

  test('never opens when nothing of it travels', async () => {
    await addTestOrder(db, 1001, { digital: true, lifecycleState: 'none' });

    const result = await deliver(db, 1001, [fact('label.created'), fact('in_transit')]);

    expect(result.wake).toEqual([]);
    expect((await orderRow(db, 1001)).lifecycleState).toBe('none');
  });
});

/** As the lifecycle ends it. Push is off, so that nothing is due in the store. */
async function endQuietly(orderId: number): Promise<void> {
  const settled = await settle(db, orderId);
  expect(settled.done).toBe(true);
  await clearOutbox(db);
}

async function pushOff(): Promise<void> {
  await db.sql`update channels set settings = ${JSON.stringify(settingsDoc({ push: false }))}::jsonb`;
}
