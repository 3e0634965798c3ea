// One order with everything: a line to collect in the shop, two addresses, a download, a line with a refunded unit,
// shipped in three parcels by two carriers. Timeline, store and `waybill order` agree after every fact.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { orderView, type OrderView } from '../../db/order-view.ts';
import { previewPlan } from '../../db/plan-preview.ts';
import { CHANNEL, importAll, openStoreSide, settle, type StoreSide } from './store-side.ts';
import { say, setFulfillment, shipmentsIn, storeStatus, writesOf, type Words } from './write-back-side.ts';

let side: StoreSide;
let orderId: number;
/** Line ids by what they are. */
let line: { home: number; refunded: number; office: number; download: number; counter: number };

beforeAll(async () => {
  side = await openStoreSide(import.meta.url);
  [orderId = 0] = side.store.addOrders([
    { kind: 'two_addresses', statusId: 11, lines: [{ sku: 'HOME', quantity: 2 }] },
  ]);
  const order = side.store.state.order(orderId);
  const [first] = order?.lines ?? [];
  const [home, office] = order?.shipping ?? [];
  if (order === undefined || first === undefined || home === undefined || office === undefined)
    throw new Error('the simulator made another order than was asked for');
  order.pickups.push({
    ...{ id: side.store.state.nextId('address'), methodId: 3, displayName: 'Counter' },
    ...{ instructions: '', timeDescription: '' },
  });
  const other = (sku: string, over: Partial<typeof first>) => ({
    ...first,
    ...{ id: side.store.state.nextId('line'), sku, name: sku },
    ...over,
  });
  order.lines = [
    { ...first, addressId: home.id },
    other('REFUNDED', { addressId: home.id, quantity: 3, refunded: 1 }),
    other('OFFICE', { addressId: office.id, quantity: 1 }),
    other('DOWNLOAD', { addressId: 0, type: 'digital', quantity: 1 }),
    other('COUNTER', { addressId: 0, pickupId: order.pickups[0]?.id ?? 0, quantity: 1 }),
  ];
  const [a, b, c, d, e] = order.lines.map((one) => one.id);
  line = { home: a ?? 0, refunded: b ?? 0, office: c ?? 0, download: d ?? 0, counter: e ?? 0 };
  await importAll(side);
  await setFulfillment(side, {
    status: { on_delivered: true },
    pickup: { enabled: true, write_pickup_record: true },
  });
}, 120_000);
afterAll(() => side.close());

async function view(): Promise<OrderView> {
  const found = await orderView(side.db, CHANNEL, orderId);
  if (found === null) throw new Error('the order is gone');
  return found;
}

/** What is left to ship of each line, as people are shown it. */
async function left(): Promise<Record<string, number>> {
  return Object.fromEntries((await view()).lines.map((one) => [one.sku, one.remaining]));
}

/** What the store counts as shipped must be what the view says of the store, line by line, and what the timeline tells. */
async function everythingAgrees(): Promise<void> {
  const shown = await view();
  const order = side.store.state.order(orderId);
  for (const one of shown.lines) {
    const inStore = order?.lines.find((candidate) => candidate.id === one.orderProductId)?.shipped;
    expect([one.sku, one.inStore]).toEqual([one.sku, inStore]);
  }
  expect(shown.statusId).toBe(storeStatus(side, orderId));
  const created = shown.writeBacks.filter(
    (row) => row.kind === 'create_shipment' && row.state === 'confirmed',
  );
  expect(created.map((row) => row.storeShipmentId).sort()).toEqual(
    shipmentsIn(side, orderId)
      .map((one) => one.id)
      .sort(),
  );
  const confirmed = shown.timeline.filter(
    (entry) => entry.kind === 'write_back' && entry.what === 'confirmed',
  );
  expect(confirmed).toHaveLength(writesOf(side, orderId).length);
  expect(await settle(side, orderId)).toMatchObject({ due: null });
}

const parcel = (number: string, carrier: string, units: [number, number][]): Words => ({
  number,
  carrier,
  lines: units.map(([orderProductId, quantity]) => ({ orderProductId, quantity })),
});

it('is shipped, collected and delivered part by part, and everything agrees', async () => {
  expect(await left()).toEqual({ HOME: 2, REFUNDED: 2, OFFICE: 1, DOWNLOAD: 0, COUNTER: 1 });

  // First parcel: home, a part only.
  await say(
    side,
    orderId,
    'label.created',
    parcel('UPS1', 'ups', [
      [line.home, 2],
      [line.refunded, 1],
    ]),
  );
  expect(shipmentsIn(side, orderId)).toMatchObject([
    {
      tracking_number: 'UPS1',
      items: [
        { order_product_id: line.home, quantity: 2 },
        { order_product_id: line.refunded, quantity: 1 },
      ],
    },
  ]);
  expect(storeStatus(side, orderId)).toBe(3);
  expect(await left()).toEqual({ HOME: 0, REFUNDED: 1, OFFICE: 1, DOWNLOAD: 0, COUNTER: 1 });
  await everythingAgrees();

  // Second parcel claims a unit more than is left after the refund: the store gets what is needed, people are told.
  await say(side, orderId, 'label.created', parcel('DPD2', 'dpd', [[line.refunded, 2]]));
  expect(shipmentsIn(side, orderId)[1]).toMatchObject({
    tracking_number: 'DPD2',
    items: [{ order_product_id: line.refunded, quantity: 1 }],
  });
  expect(await view()).toMatchObject({ attention: 'over_shipment' });
  await everythingAgrees();

  // Third parcel: the other address.
  await say(side, orderId, 'label.created', parcel('DPD3', 'dpd', [[line.office, 1]]));
  const addresses = shipmentsIn(side, orderId).map((one) => one.order_address_id);
  expect(new Set(addresses).size).toBe(2);
  expect(await left()).toEqual({ HOME: 0, REFUNDED: 0, OFFICE: 0, DOWNLOAD: 0, COUNTER: 1 });
  expect(storeStatus(side, orderId)).toBe(3);
  await everythingAgrees();

  // What is collected waits at the counter: everything else is on its way, so the order awaits its pickup.
  await say(side, orderId, 'pickup.ready');
  expect(storeStatus(side, orderId)).toBe(8);
  expect(await left()).toMatchObject({ COUNTER: 0 });
  await everythingAgrees();

  for (const number of ['UPS1', 'DPD2', 'DPD3']) {
    await say(side, orderId, 'picked_up', { number });
    await say(side, orderId, 'delivered', { number });
  }
  expect((await view()).stage).toBe('trackable');
  expect(storeStatus(side, orderId)).toBe(8);
  await everythingAgrees();

  await say(side, orderId, 'pickup.collected');
  expect(storeStatus(side, orderId)).toBe(10);
  expect(await view()).toMatchObject({
    stage: 'delivered',
    counts: { needed: 6, delivered: 6 },
    lifecycleState: 'closed',
  });
  await everythingAgrees();

  expect(writesOf(side, orderId)).toEqual([
    'POST shipment UPS1 x3',
    'POST shipment DPD2 x1',
    'POST shipment DPD3 x1',
    'POST pickup ready',
    'PUT order {"status_id":8}',
    'PUT pickup collected',
    'PUT order {"status_id":10}',
    'POST metafield waybill.delivered_at',
  ]);
  // The download was never in a shipment, and nothing is planned any more.
  expect(JSON.stringify(shipmentsIn(side, orderId).map((one) => one.items))).not.toContain(
    String(line.download),
  );
  expect(await previewPlan(side.db, { channelId: CHANNEL, orderId })).toMatchObject({
    steps: [],
    mailsNow: 0,
  });
});
