// Tariff codes in metafields of products, and records of customers: read only where a setting asks for it, in batches, and
// once a run.
import { afterEach, expect, test } from 'vitest';
import { recordCheck } from '../../db/channels.ts';
import { getOrder } from '../../db/orders.ts';
import { orderLabel } from '../../domain/order-label.ts';
import type { Order } from '../../domain/order.ts';
import { CHANNEL, importAll, openStoreSide, type StoreSide } from './store-side.ts';

let side: StoreSide;
afterEach(() => side.close());

async function open(settings: object): Promise<void> {
  side = await openStoreSide(import.meta.url, { settings: { orders: { import: settings } } });
}
async function stored(orderId: number | undefined): Promise<Order> {
  const row = await getOrder(side.db, CHANNEL, orderId ?? 0);
  if (row === null) throw new Error(`order ${String(orderId)} is not stored`);
  return row.canonical;
}
const callsTo = (part: string): number =>
  side.store.requests().list.filter((call) => call.path.includes(part)).length;

/** The country of the store, as a connection check learns it: what leaves it is known by that. */
async function homeIs(countryCode: string): Promise<void> {
  const report = { store: { countryCode } };
  await recordCheck(side.db, { id: CHANNEL, ok: true, report, clockSkewMs: null, now: side.deps.clock() });
}
const abroad = (productId: number) => ({
  lines: [{ productId, quantity: 1 }],
  shippingAddress: { country_iso2: 'DE' },
});
/** Of the simulated catalog: without customs information, with a metafield. */
const WITHOUT_CUSTOMS = 81;
const WITH_BOTH = 77;

test('a code in a metafield is used where customs information has none, after it in the usual sequence (S-35)', async () => {
  await open({ hs_code: { metafield: 'customs.hs_code' } });
  await homeIs('US');
  const [bare, both] = side.store.addOrders([abroad(WITHOUT_CUSTOMS), abroad(WITH_BOTH)]);
  await importAll(side);
  expect((await stored(bare)).lineItems[0]?.customs).toMatchObject({
    hsCode: `6109${String(WITHOUT_CUSTOMS)}`,
    hsCodeFrom: 'product_metafield',
  });
  expect((await stored(both)).lineItems[0]?.customs).toMatchObject({ hsCodeFrom: 'customs_information' });
  expect(callsTo('/products/metafields')).toBe(1);
});

test('a code in a metafield wins where the channel puts it first; of several with that key the oldest', async () => {
  await open({ hs_code: { metafield: 'hs_code', sources: ['product_metafield', 'customs_information'] } });
  await homeIs('US');
  const [id] = side.store.addOrders([abroad(WITH_BOTH)]);
  await importAll(side);
  expect((await stored(id)).lineItems[0]?.customs).toMatchObject({
    hsCode: `6109${String(WITH_BOTH)}`,
    hsCodeFrom: 'product_metafield',
  });
});

test('metafields are asked for in batches, once a run, and only for what leaves the country', async () => {
  await open({ hs_code: { metafield: 'customs.hs_code' } });
  await homeIs('US');
  side.store.addOrders(Array.from({ length: 300 }, () => abroad(WITHOUT_CUSTOMS)));
  side.store.addOrders([{ lines: [{ productId: 79 }], shippingAddress: { country_iso2: 'US' } }]);
  await importAll(side);
  expect(callsTo('/products/metafields')).toBe(1);
});

test.each([
  ['without the setting', {}],
  ['without the source', { hs_code: { metafield: 'customs.hs_code', sources: ['option'] } }],
])('no metafield of a product is asked for %s', async (_, settings) => {
  await open(settings);
  await homeIs('US');
  side.store.addOrders([abroad(WITHOUT_CUSTOMS)]);
  await importAll(side);
  expect(callsTo('/products/metafields')).toBe(0);
});

test('records of customers are read in batches, once a run, and complete the consignee (Q-46)', async () => {
  await open({ customers: { read: true } });
  const phoneless = { shippingAddress: { phone: '' }, billing: { phone: '' } };
  const [member, other, guest] = side.store.addOrders([
    { customerId: 4, ...phoneless },
    { customerId: 5 },
    { kind: 'guest', customerId: 0 },
  ]);
  side.store.addOrders(Array.from({ length: 300 }, (_, n) => ({ customerId: (n % 40) + 1 })));
  await importAll(side);
  expect((await stored(member)).customer).toMatchObject({ groupId: 2, notes: 'Ring twice' });
  expect((await stored(other)).customer).toMatchObject({ groupId: null, notes: '' });
  expect(await stored(guest)).not.toHaveProperty('customer');
  const order = await stored(member);
  expect(orderLabel(order, {}).consignee.phone).toBe(order.customer?.phone);
  expect(order.customer?.phone).not.toBe('');
  // Two list pages: the second one brings customers that the first one did not have, if any.
  expect(callsTo('/customers')).toBeLessThanOrEqual(2);
});

test('records of customers are the same order again when they are read again', async () => {
  await open({ customers: { read: true } });
  const [id = 0] = side.store.addOrders([{ customerId: 4 }]);
  await importAll(side);
  expect((await importAll(side, { orderIds: [id] })).counts).toMatchObject({ unchanged: 1 });
});

test('no customer is asked for without the setting', async () => {
  await open({});
  const [id] = side.store.addOrders([{ customerId: 4 }]);
  await importAll(side);
  expect(callsTo('/customers')).toBe(0);
  expect(await stored(id)).not.toHaveProperty('customer');
});
