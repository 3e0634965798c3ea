// What a person does in the store between our steps: each case once went wrong in a random history. The order is read
// again as the comparison with the store does it, and only an order in the outbox is carried on.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CHANNEL, importAll, writeAll } from './store-side.ts';
import {
  factOnly,
  openShop,
  say,
  setFulfillment,
  shipmentsIn,
  storeStatus,
  type Shop,
} from './write-back-side.ts';

let shop: Shop;
beforeAll(async () => {
  shop = await openShop(import.meta.url, 10);
}, 120_000);
afterAll(() => shop.side.close());

/** Reads the order again; tells whether its lifecycle is to be woken. */
async function readAgain(orderId: number): Promise<boolean> {
  const { db } = shop.side;
  await db.sql`delete from outbox where channel_id = ${CHANNEL} and order_id = ${orderId}`;
  await importAll(shop.side, { orderIds: [orderId] });
  const rows = await db.sql`select 1 from outbox where channel_id = ${CHANNEL} and order_id = ${orderId}`;
  return rows.length > 0;
}

test('a shipment that waits for a person’s status goes out when the person takes it back', async () => {
  await setFulfillment(shop.side, {});
  const orderId = shop.next();
  shop.side.store.editOrder(orderId, { status_id: 2 });
  await readAgain(orderId);
  expect(await say(shop.side, orderId, 'label.created')).toEqual([]);
  shop.side.store.editOrder(orderId, { status_id: 9 });
  expect(await readAgain(orderId)).toBe(true);
  expect(await writeAll(shop.side, orderId)).toEqual(['create_shipment confirmed']);
  expect(storeStatus(shop.side, orderId)).toBe(2);
});

test('our own shipment, read again, wakes nobody', async () => {
  await setFulfillment(shop.side, {});
  const orderId = shop.next();
  await say(shop.side, orderId, 'label.created');
  expect(await readAgain(orderId)).toBe(false);
});

test('our own shipment, read again while the status is still to be written, wakes nobody', async () => {
  await setFulfillment(shop.side, { status: { on_delivered: true }, delivered_marker: 'none' });
  const orderId = shop.next();
  await say(shop.side, orderId, 'label.created');
  await factOnly(shop.side, orderId, 'delivered');
  shop.side.store.editOrder(orderId, { staff_notes: 'seen' });
  expect(await readAgain(orderId)).toBe(false);
});

test('a shipment that a person made with the number is adopted before a voided one is taken over', async () => {
  await setFulfillment(shop.side, {});
  const orderId = shop.next();
  const line = shop.side.store.state.order(orderId)?.lines[0]?.id ?? 0;
  const lines = [{ orderProductId: line, quantity: 1 }];
  await say(shop.side, orderId, 'label.created', { number: 'OLD1', lines });
  await say(shop.side, orderId, 'label.voided', { number: 'OLD1' });
  shop.side.store.shipInControlPanel(orderId, {
    tracking_number: 'NEW1',
    items: [{ order_product_id: line, quantity: 1 }],
  });
  await readAgain(orderId);
  await say(shop.side, orderId, 'label.created', { number: 'NEW1', lines });
  expect(shipmentsIn(shop.side, orderId).map((one) => one.tracking_number)).toEqual(['OLD1', 'NEW1']);
});

test('Shipped is not set again where a person took one of the shipments away', async () => {
  await setFulfillment(shop.side, {});
  const orderId = shop.next();
  const line = shop.side.store.state.order(orderId)?.lines[0]?.id ?? 0;
  const lines = [{ orderProductId: line, quantity: 1 }];
  await say(shop.side, orderId, 'label.created', { number: 'ONE1', lines });
  await say(shop.side, orderId, 'label.created', { number: 'TWO1', lines });
  const [first] = shipmentsIn(shop.side, orderId);
  shop.side.store.deleteShipment(orderId, first?.id ?? 0);
  shop.side.store.editOrder(orderId, { status_id: 3 });
  await readAgain(orderId);
  await say(shop.side, orderId, 'in_transit', { number: 'TWO1', lines });
  expect(storeStatus(shop.side, orderId)).toBe(3);
  expect(shipmentsIn(shop.side, orderId).map((one) => one.tracking_number)).toEqual(['TWO1']);
});
