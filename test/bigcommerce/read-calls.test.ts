// What Waybill reads besides orders: each family of calls against the simulated store, and the odd shapes beside it.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createStoreClient, type StoreClient } from '../../bigcommerce/client.ts';
import { ID_FILTER_MAX } from '../../bigcommerce/paging.ts';
import { answeringServer, type AnsweringServer } from './answering-server.ts';
import { simulatedSide, storeErrorOf, type SimulatedSide } from './simulated.ts';

let side: SimulatedSide;
beforeAll(async () => {
  side = await simulatedSide({ weightUnits: 'LBS', currency: 'EUR' });
});
afterAll(() => side.bench.close());
let server: AnsweringServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

/** A client of a server that answers each call with this body. */
async function answered(body: unknown, status = 200): Promise<StoreClient> {
  server = await answeringServer((response) =>
    response
      .writeHead(status, { 'content-type': 'application/json' })
      .end(body === undefined ? '' : JSON.stringify(body)),
  );
  return createStoreClient({
    apiBaseUrl: server.url,
    storeHash: 'abc123',
    token: 't',
    timeoutMs: 60_000,
    userAgent: 'Waybill/test',
    allowLoopback: true,
    extraHosts: [],
  });
}
const v3 = (data: unknown[], total = data.length): unknown => ({ data, meta: { pagination: { total } } });

describe('the store', () => {
  it('tells its units, its currency and its clock', async () => {
    expect(await side.client.storeInformation()).toMatchObject({
      storeHash: 'teststore1',
      plan: 'Pro',
      status: 'live',
      currency: 'EUR',
      weightUnits: 'LBS',
      timeZone: 'UTC',
      multiStorefront: true,
      defaultStorefrontId: 1,
      more: { dimension_units: 'Centimeters' },
    });
    expect(await side.client.storeTime()).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  });

  it('has fifteen statuses with the labels of the merchant', async () => {
    side.bench.store.renameStatus(10, 'Delivered');
    const statuses = await side.client.orderStatuses();
    expect(statuses.map((status) => status.statusId).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 15 }, (_, id) => id),
    );
    expect(statuses.find((status) => status.statusId === 10)).toEqual({
      statusId: 10,
      name: 'Completed',
      label: 'Delivered',
    });
  });

  it('tells whether shoppers are mailed and when stock moves', async () => {
    expect(await side.client.emailStatuses()).toMatchObject({
      orderStatus: true,
      all: { invoice_email: true },
    });
    side.bench.store.configure({ orderStatusEmails: false });
    expect((await side.client.emailStatuses()).orderStatus).toBe(false);
    expect(await side.client.inventorySettings()).toMatchObject({ updateStockBehavior: 'order_placed' });
  });

  it('says nothing about mails where a storefront takes the setting of the store', async () => {
    const client = await answered({ data: { combined_order_status_email: null }, meta: {} });
    expect((await client.emailStatuses(2)).orderStatus).toBeNull();
    expect(server?.received[0]?.url).toContain('?channel_id=2');
  });

  it('lists its storefronts and the address of a site', async () => {
    const { rows, mayGoOn } = await side.client.storefronts(1);
    expect(rows).toMatchObject([
      { storefrontId: 1, type: 'storefront', status: 'active' },
      { storefrontId: 2, type: 'marketplace', platform: 'amazon' },
    ]);
    expect(mayGoOn).toBe(false);
    expect(await side.client.storefrontUrl(1)).toBe('https://teststore1.store.example');
    expect(await side.client.storefrontUrl(99)).toBeNull();
  });
});

describe('products and variants', () => {
  it('come with picture, fields and variants, in one call for up to 250 of them', async () => {
    const { rows, mayGoOn } = await side.client.productsById({
      productIds: [77, 79, 84],
      include: ['primary_image', 'variants', 'custom_fields'],
      page: 1,
    });
    expect(mayGoOn).toBe(false);
    const [tote, scarf, cards] = rows;
    expect(tote).toMatchObject({ productId: 77, name: 'Canvas tote', weight: '0.3500' });
    expect(tote?.primaryImage?.standard).toMatch(/^https:\/\/.*w=386$/);
    expect(scarf?.variants.map((variant) => variant.options[0]?.value)).toEqual(['Red', 'Blue', 'Green']);
    // A variant without a weight of its own has the product's.
    expect(scarf?.variants[0]).toMatchObject({ productId: 79, weight: '0.2200' });
    expect(cards?.primaryImage).toBeNull();
  });

  it('that are gone are not among the answer, and the next page tells that nothing follows', async () => {
    const ask = { productIds: [77, 12], include: [] };
    const first = await side.client.productsById({ ...ask, page: 1 });
    expect(first.rows.map((product) => product.productId)).toEqual([77]);
    expect(first.mayGoOn).toBe(true);
    expect(await side.client.productsById({ ...ask, page: 2 })).toEqual({ rows: [], mayGoOn: false });
  });

  it('are asked for by 1 to 250 ids: none would mean all', async () => {
    await expect(side.client.productsById({ productIds: [], include: [], page: 1 })).rejects.toThrow(
      RangeError,
    );
    const many = Array.from({ length: ID_FILTER_MAX + 1 }, (_, index) => index + 1);
    await expect(side.client.variantsOfProducts(many, 1)).rejects.toThrow(RangeError);
    expect((await side.client.variantsOfProducts(many.slice(1), 1)).rows.length).toBeGreaterThan(0);
  });

  it('have pictures of their own, and none is an empty list', async () => {
    const { rows } = await side.client.productImages(77, 1);
    expect(rows.map((image) => image.isThumbnail)).toEqual([true, false]);
    expect(await side.client.productImages(84, 1)).toEqual({ rows: [], mayGoOn: false });
    expect(await storeErrorOf(side.client.productImages(5, 1))).toMatchObject({
      code: 'BigCommerceNotFound',
    });
  });
});

describe('metafields of variants', () => {
  it('come for many variants in one call', async () => {
    const { rows } = await side.client.variantsOfProducts([79], 1);
    const variantIds = rows.map((variant) => variant.variantId);
    const fields = await side.client.variantMetafields({ variantIds, namespace: 'warehouse', page: 1 });
    expect(fields.mayGoOn).toBe(false);
    expect(fields.rows.filter((field) => field.key === 'shelf').map((field) => field.resourceId)).toEqual(
      variantIds,
    );
  });
});

describe('pickup methods', () => {
  it('have a name and a place', async () => {
    expect(await side.client.pickupMethods(1)).toMatchObject({
      rows: [{ pickupMethodId: 1, locationId: 1, name: 'Collect at the shop' }, { pickupMethodId: 2 }],
      mayGoOn: false,
    });
  });
});

describe('what hangs on an order', () => {
  it('shipping addresses, none for an order without physical lines', async () => {
    const [plain = 0, digital = 0] = side.bench.store.addOrders([
      { kind: 'two_addresses' },
      { kind: 'digital' },
    ]);
    expect(await side.client.orderShippingAddresses(plain, 1)).toHaveLength(2);
    expect(await side.client.orderShippingAddresses(digital, 1)).toEqual([]);
  });

  it('messages, where there are any', async () => {
    const [plain = 0] = side.bench.store.addOrders([{}]);
    expect(await side.client.orderMessages(plain, 1)).toEqual({ rows: [], mayGoOn: false });
    const client = await answered([
      { id: 4, staff_id: 0, subject: 'When?', message: 'Soon?', status: 'unread' },
    ]);
    expect((await client.orderMessages(100, 1)).rows).toMatchObject([
      { messageId: 4, staffId: 0, message: 'Soon?', more: { status: 'unread' } },
    ]);
  });
});

describe('customs information', () => {
  it('has codes by destination; products without any are left out', async () => {
    const { rows } = await side.client.customsInformation([77, 78, 81], 1);
    expect(rows.map((row) => row.productId)).toEqual([77, 78]);
    expect(rows[0]).toMatchObject({ international: true, hsCodes: { ALL: '620477' } });
    expect(Object.keys(rows[1]?.hsCodes ?? {})).toEqual(['ALL', 'US']);
  });

  it('takes codes that come as numbers, and leaves empty ones out', async () => {
    const client = await answered(
      v3([{ product_id: 5, country_of_origin: null, hs_codes: { ALL: 620400, US: null, DE: '' } }]),
    );
    expect((await client.customsInformation([5], 1)).rows).toMatchObject([
      { productId: 5, countryOfOrigin: null, international: false, hsCodes: { ALL: '620400' } },
    ]);
  });
});

describe('payments of an order', () => {
  const order = (kind: string): number => side.bench.store.addOrders([{ kind }])[0] ?? 0;

  it('tell cash on delivery by gateway and method, without any card data', async () => {
    const { rows, total } = await side.client.orderTransactions(order('cod'), 1);
    expect(total).toBe(1);
    expect(rows).toMatchObject([
      { event: 'pending', gateway: 'cod', method: 'offline', test: false, currency: 'EUR' },
    ]);
    const [card] = (await side.client.orderTransactions(order('plain'), 1)).rows;
    expect(card).toMatchObject({ method: 'credit_card', event: 'purchase' });
    expect(JSON.stringify(card)).not.toMatch(/1111|411111|2031/);
  });

  it('are an empty list where there are none', async () => {
    expect(await side.client.orderTransactions(order('pending'), 1)).toEqual({
      rows: [],
      total: 0,
      mayGoOn: false,
    });
  });

  it('need a scope of their own', async () => {
    side.bench.store.addToken({ token: 'no-payments', scopes: ['store_v2_orders'] });
    expect(await storeErrorOf(side.as('no-payments').orderTransactions(order('plain'), 1))).toMatchObject({
      code: 'BigCommerceAuth',
      reason: 'forbidden',
    });
  });
});

describe('refunds', () => {
  it('of many orders come in one call, with the lines they return', async () => {
    const [refunded = 0, plain = 0] = side.bench.store.addOrders([
      { kind: 'partially_refunded' },
      { kind: 'plain' },
    ]);
    const { rows, mayGoOn } = await side.client.refundsOfOrders([refunded, plain], 1);
    expect(mayGoOn).toBe(false);
    expect(rows).toMatchObject([
      { orderId: refunded, counts: true, items: [{ kind: 'PRODUCT', quantity: 1 }] },
    ]);
    expect(rows[0]?.totalAmount).toMatch(/^\d+\.\d{4}$/);
  });

  it('with a declined payment do not count', async () => {
    const client = await answered(
      v3([
        {
          id: 3,
          order_id: 100,
          total_amount: '12.5',
          payments: [{ provider_id: 'stripe', amount: 12.5, is_declined: true }],
        },
      ]),
    );
    expect((await client.refundsOfOrders([100], 1)).rows).toMatchObject([
      { refundId: 3, counts: false, totalAmount: '12.5000', items: [] },
    ]);
  });
});

describe('customers', () => {
  it('come by id in one call, with their group', async () => {
    const { rows, mayGoOn } = await side.client.customersById({ customerIds: [1, 4], page: 1 });
    expect(rows).toMatchObject([
      { customerId: 1, groupId: null, originStorefrontId: 1 },
      { customerId: 4, groupId: 2 },
    ]);
    expect(mayGoOn).toBe(false);
  });

  it('never include guests, who are nobody to ask for', async () => {
    await expect(side.client.customersById({ customerIds: [0, 1], page: 1 })).rejects.toThrow(RangeError);
  });

  it('have form fields of any kind', async () => {
    const client = await answered(
      v3([
        {
          id: 7,
          phone: 5551234,
          form_fields: [
            { name: 'Locker', value: ['A', 3] },
            { name: 'Level', value: 2 },
          ],
        },
      ]),
    );
    const { rows } = await client.customersById({ customerIds: [7], formFields: true, page: 1 });
    expect(server?.received[0]?.url).toContain('include=formfields');
    expect(rows[0]).toMatchObject({
      phone: '5551234',
      formFields: [
        { name: 'Locker', value: ['A', 3] },
        { name: 'Level', value: 2 },
      ],
    });
  });
});

describe('a filter by ids', () => {
  it('that the store does not apply is noticed, because rows not asked for would be taken', async () => {
    const client = await answered(v3([{ id: 5, order_id: 5, product_id: 5, resource_id: 5 }]));
    const calls = [
      () => client.productsById({ productIds: [4], include: [], page: 1 }),
      () => client.variantsOfProducts([4], 1),
      () => client.variantMetafields({ variantIds: [4], page: 1 }),
      () => client.customsInformation([4], 1),
      () => client.refundsOfOrders([4], 1),
      () => client.pickupsOfOrders([4]),
      () => client.customersById({ customerIds: [4], page: 1 }),
    ];
    for (const call of calls)
      expect(await storeErrorOf(call())).toMatchObject({ code: 'FilterIgnored', retryable: false });
    expect((await client.productsById({ productIds: [4, 5], include: [], page: 1 })).rows).toHaveLength(1);
  });
});

describe('an answer with a wrong shape', () => {
  it('is named by its path, without the value', async () => {
    const client = await answered(v3([{ id: 7 }, { id: 'ada@example.com', email: 'ada@example.com' }]));
    const error = await storeErrorOf(client.customersById({ customerIds: [7, 8], page: 1 }));
    expect(error).toMatchObject({ code: 'UnexpectedAnswer', reason: 'shape', retryable: true });
    expect(error.message).toContain('data.1.id');
    expect(error.message).not.toContain('ada@');
  });

  it('is one without the envelope too', async () => {
    for (const body of [[], {}, { data: {} }, 7, null])
      expect(await storeErrorOf((await answered(body)).storefronts(1))).toMatchObject({ reason: 'shape' });
    expect(await storeErrorOf((await answered([])).emailStatuses())).toMatchObject({ reason: 'shape' });
  });

  it('is not one that has members which nobody knows yet: they are kept', async () => {
    const client = await answered(v3([{ id: 1, name: 'x', hologram: { on: true } }]));
    expect((await client.storefronts(1)).rows[0]?.more).toEqual({ hologram: { on: true } });
  });
});
