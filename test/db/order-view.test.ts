// What people are shown of an order and of a number, on a real server: complete, in time's order, without a person.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Database } from '../../db/database.ts';
import { findByNumber, orderView } from '../../db/order-view.ts';
import {
  addTestChannel,
  addTestOrder,
  at,
  CHANNEL,
  deliver,
  emptyAll,
  fact,
  openTestDatabase,
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

describe('an order', () => {
  test('is shown with parcels, write-backs and everything that happened', async () => {
    await addTestOrder(db, 1001, { quantities: [2] });
    await deliver(db, 1001, [fact('label.created', { minute: 5 }), fact('in_transit', { minute: 6 })]);
    await settle(db, 1001, { now: at(7) });

    const view = await orderView(db, CHANNEL, 1001);

    expect(view).toMatchObject({
      stage: 'shipped',
      stageChangedAt: at(6),
      statusId: 11,
      statusName: 'Awaiting Fulfillment',
      lifecycleState: 'open',
      lastNewsAt: at(6),
      lines: [{ orderProductId: 10010, sku: 'SKU-0', quantity: 2, refunded: 0, kind: 'physical' }],
      shipments: [{ trackingNumber: 'TRACK-1', position: 'in_transit' }],
    });
    expect(view?.progress).toContain('2 of 2');
    expect(view?.writeBacks[0]).toMatchObject({ kind: 'create_shipment', state: 'planned' });
    expect(view?.timeline.map((entry) => entry.what)).toEqual(
      expect.arrayContaining([
        'label.created',
        'tracking.updated in_transit',
        'shipped',
        'planned',
      ]) as string[],
    );
    const times = view?.timeline.map((entry) => entry.at) ?? [];
    expect(times).toEqual([...times].sort());
    expect(JSON.stringify(view)).not.toMatch(/Ada|Springfield|example\.com/);
  });

  test('that nobody knows is null', async () => {
    expect(await orderView(db, CHANNEL, 4711)).toBeNull();
  });
});

describe('a tracking number', () => {
  test('finds every order it serves, however it is spelled', async () => {
    await addTestOrder(db, 1001);
    await addTestOrder(db, 1002);
    await deliver(db, 1001, fact('label.created', { number: '1Z 999-AA1' }));
    await deliver(db, 1002, fact('label.created', { number: '1Z999AA1' }));

    const { found, parked } = await findByNumber(db, { number: '1z.999.aa1' });

    expect(found.map((entry) => entry.orderId)).toEqual([1001, 1002]);
    expect(found[0]?.shipment.numbers).toEqual(['1Z999AA1']);
    expect(parked).toEqual([]);
    expect((await findByNumber(db, { number: '1Z999AA1', channelId: 'other' })).found).toEqual([]);
  });

  test('finds a number that was replaced', async () => {
    await addTestOrder(db, 1001);
    await deliver(db, 1001, fact('label.created', { number: 'OLD-1' }));
    await deliver(db, 1001, fact('label.replaced', { number: 'NEW-1', replaces: 'OLD-1' }));

    expect((await findByNumber(db, { number: 'OLD-1' })).found[0]?.shipment.trackingNumber).toBe('NEW-1');
  });

  test('shows events that wait for it', async () => {
    await deliver(db, null, fact('in_transit', { minute: 3 }));

    expect((await findByNumber(db, { number: 'TRACK-1' })).parked).toEqual([
      { channelId: CHANNEL, orderId: 0, occurredAt: at(3), type: 'tracking.updated', status: 'in_transit' },
    ]);
  });
});
