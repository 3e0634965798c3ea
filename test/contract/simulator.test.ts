// Every answer of the simulator fits the published description, except for the known differences.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startBench, data, record, rows } from '../simulator/harness.ts';
import type { Bench } from '../simulator/harness.ts';
import { DifferenceBook } from './differences.ts';
import { KNOWN_DIFFERENCES } from './known-differences.ts';
import { contractIsRequired, descriptionFolder, Descriptions, FOLDER_ABSENT } from './openapi.ts';

const folder = descriptionFolder();
if (folder === null && !contractIsRequired())
  process.stdout.write(`contract check skipped: ${FOLDER_ABSENT}\n`);

it.runIf(contractIsRequired())('the published descriptions are there', () => {
  expect(folder, FOLDER_ABSENT).not.toBeNull();
});

const FULL = 'include=consignments.line_items,fees&consignment_structure=object';
const BILLING = {
  first_name: 'Ada',
  last_name: 'Archer',
  street_1: '1 Mill Lane',
  city: 'Austin',
  zip: '78701',
  country_iso2: 'US',
};

interface CallValues {
  readonly path?: Record<string, string | number>;
  readonly query?: string;
  readonly body?: unknown;
  readonly token?: string;
  /** Keeps a spelling of the call apart that differs from the description in its own way. */
  readonly variant?: string;
}

describe.runIf(folder !== null)('the simulator fits the published description', () => {
  let bench: Bench;
  let descriptions: Descriptions;
  const book = new DifferenceBook(KNOWN_DIFFERENCES);
  const ids: Record<string, number> = {};
  const problems = new Set<string>();

  beforeAll(async () => {
    descriptions = new Descriptions(folder ?? '');
    bench = await startBench();
    bench.store.seed({ count: 80, kind: 'mixed', startId: 100 });
    const kinds = [
      'plain',
      'two_addresses',
      'store_pickup',
      'cod',
      'coupon',
      'fee',
      'partially_refunded',
      'pending',
      'digital',
    ];
    for (const kind of kinds) ids[kind] = bench.store.addOrders([{ kind }])[0] ?? 0;
    bench.store.addToken({
      token: 'reader',
      scopes: ['store_v2_orders_read_only', 'store_v2_information_read_only'],
    });
  });
  afterAll(() => bench.close());
  afterEach(() => {
    const found = [...problems];
    problems.clear();
    expect(found).toEqual([]);
  });

  /** Makes a call and holds status and body against the description; what does not fit is collected. */
  async function fits(
    method: string,
    template: string,
    values: CallValues = {},
    status = 200,
  ): Promise<unknown> {
    const call = `${method} ${template}${values.variant === undefined ? '' : ` (${values.variant})`}`;
    const path = template.replace(/\{(\w+)\}/g, (_match, name: string) =>
      String(values.path?.[name] ?? 'absent'),
    );
    const url = values.query === undefined ? path : `${path}?${values.query}`;
    const headers = values.token === undefined ? {} : { 'X-Auth-Token': values.token };
    const reply = await bench.api(method, url, values.body, headers);
    expect(`${call}: ${reply.status}`).toBe(`${call}: ${status}`);
    const described = descriptions.statuses(method, template);
    if (described === null) problems.add(`${call} is not described at all`);
    else if (!described.includes(String(status)) && !book.covers(call, `status ${status}`)) {
      problems.add(`${call} does not describe status ${status}`);
    } else if (reply.text !== '') {
      // A success whose status is not described is still held against the success that is.
      const shown = described.includes(String(status)) || status > 299 ? status : 200;
      const check = descriptions.responseSchema(method, template, shown);
      const misfits = check === null ? [] : book.unknownMisfits(call, check, reply.json);
      for (const misfit of misfits) problems.add(`${call} ${status}: ${misfit.at} ${misfit.message}`);
    }
    return reply.json;
  }

  const order = (kind: string): { path: Record<string, number> } => ({ path: { order_id: ids[kind] ?? 0 } });

  it('orders: list, count, one', async () => {
    for (const query of [
      'limit=250',
      `limit=250&${FULL}`,
      'limit=250&include=consignments&consignment_structure=object',
    ]) {
      await fits('GET', '/v2/orders', { query });
    }
    await fits('GET', '/v2/orders', {
      query: 'include=consignments.line_items',
      variant: 'without structure',
    });
    await fits('GET', '/v2/orders', { query: 'page=99' }, 204);
    await fits('GET', '/v2/orders', { query: 'limit=251' }, 413);
    await fits('GET', '/v2/orders/count');
    await fits('GET', '/v2/orders/{order_id}', order('plain'));
    await fits('GET', '/v2/orders/{order_id}', { path: { order_id: 9_999_999 } }, 404);
  });

  it('orders: what hangs on one', async () => {
    for (const kind of ['plain', 'coupon', 'partially_refunded', 'digital']) {
      await fits('GET', '/v2/orders/{order_id}/products', order(kind));
    }
    const line = rows((await bench.api('GET', `/v2/orders/${ids['plain']}/products`)).json)[0];
    const path = { order_id: ids['plain'] ?? 0, product_id: Number(line?.['id']) };
    await fits('GET', '/v2/orders/{order_id}/products/{product_id}', { path });
    await fits('GET', '/v2/orders/{order_id}/shipping_addresses', order('two_addresses'));
    await fits('GET', '/v2/orders/{order_id}/shipping_addresses', order('digital'), 204);
    const address = { order_id: ids['plain'] ?? 0, id: Number(line?.['order_address_id']) };
    await fits('GET', '/v2/orders/{order_id}/shipping_addresses/{id}', { path: address });
    await fits('PUT', '/v2/orders/{order_id}/shipping_addresses/{id}', {
      path: address,
      body: { city: 'Leeds' },
    });
    await fits(
      'PUT',
      '/v2/orders/{order_id}/shipping_addresses/{id}',
      { path: { ...address, id: 1 }, body: {} },
      404,
    );
    await fits('GET', '/v2/orders/{order_id}/consignments', {
      ...order('store_pickup'),
      query: 'include=consignments.line_items',
    });
    await fits('GET', '/v2/orders/{order_id}/consignments', order('plain'));
    await fits('GET', '/v2/orders/{order_id}/coupons', order('coupon'));
    await fits('GET', '/v2/orders/{order_id}/coupons', order('plain'), 204);
    await fits('GET', '/v2/orders/{order_id}/taxes', order('plain'));
    await fits('GET', '/v2/orders/{order_id}/taxes', { ...order('plain'), query: 'details=true' });
    await fits('GET', '/v2/orders/{order_id}/messages', order('plain'), 204);
    await fits('GET', '/v2/orders/{order_id}/fees', order('fee'));
    await fits('GET', '/v2/order_statuses');
    await fits('GET', '/v2/order_statuses/{status_id}', { path: { status_id: 11 } });
  });

  it('orders: written', async () => {
    await fits('PUT', '/v2/orders/{order_id}', { ...order('plain'), body: { status_id: 9 } });
    await fits('PUT', '/v2/orders/{order_id}', { ...order('plain'), body: { id: 1 } }, 400);
    const products = [{ name: 'Box', quantity: 1, price_ex_tax: 20, price_inc_tax: 22 }];
    await fits('POST', '/v2/orders', { body: { billing_address: BILLING, products } }, 201);
    const consignments = { pickups: [{ pickup_method_id: 1, line_items: products }] };
    await fits('POST', '/v2/orders', { body: { billing_address: BILLING, consignments }, query: FULL }, 201);
    await fits('POST', '/v2/orders', { body: { products } }, 400);
    await fits('DELETE', '/v2/orders/{order_id}', order('digital'), 204);
  });

  it('shipments', async () => {
    const line = rows((await bench.api('GET', `/v2/orders/${ids['cod']}/products`)).json)[0];
    const items = [{ order_product_id: line?.['id'], quantity: 1 }];
    const body = {
      order_address_id: line?.['order_address_id'],
      items,
      tracking_number: '92',
      shipping_provider: 'usps',
    };
    await fits('GET', '/v2/orders/{order_id}/shipments', order('cod'), 204);
    const made = record(
      await fits('POST', '/v2/orders/{order_id}/shipments', { ...order('cod'), body }, 201),
    );
    await fits(
      'POST',
      '/v2/orders/{order_id}/shipments',
      { ...order('cod'), body: { ...body, items: [] } },
      400,
    );
    await fits('GET', '/v2/orders/{order_id}/shipments', order('cod'));
    await fits('GET', '/v2/orders/{order_id}/shipments/count', order('cod'));
    const path = { order_id: ids['cod'] ?? 0, shipment_id: Number(made['id']) };
    await fits('GET', '/v2/orders/{order_id}/shipments/{shipment_id}', { path });
    await fits('PUT', '/v2/orders/{order_id}/shipments/{shipment_id}', {
      path,
      body: { tracking_link: 'https://t.example/92' },
    });
    await fits('DELETE', '/v2/orders/{order_id}/shipments/{shipment_id}', { path }, 204);
  });

  it('payments', async () => {
    for (const kind of ['plain', 'cod']) await fits('GET', '/v3/orders/{order_id}/transactions', order(kind));
    await fits('GET', '/v3/orders/{order_id}/transactions', order('pending'), 204);
    await fits('GET', '/v3/orders/{order_id}/transactions', { path: { order_id: 9_999_999 } }, 404);
    await fits('GET', '/v3/orders/payment_actions/refunds', {
      query: `order_id:in=${ids['partially_refunded']}`,
    });
    const list = await fits(
      'GET',
      '/v3/orders/{order_id}/payment_actions/refunds',
      order('partially_refunded'),
    );
    const path = { refund_id: Number(data(list)[0]?.['id']) };
    await fits('GET', '/v3/orders/payment_actions/refunds/{refund_id}', { path });
  });

  it('metafields', async () => {
    const field = { permission_set: 'read', namespace: 'waybill', key: 'state', value: 'x' };
    const all = '/v3/orders/metafields';
    const list = '/v3/orders/{order_id}/metafields';
    const one = '/v3/orders/{order_id}/metafields/{metafield_id}';
    const made = record(record(await fits('POST', list, { ...order('plain'), body: field }))['data']);
    await fits('POST', list, { ...order('plain'), body: field }, 409);
    await fits('POST', list, { ...order('plain'), body: { ...field, value: '' } }, 422);
    await fits('GET', list, order('plain'));
    await fits('GET', list, order('cod'));
    await fits('GET', all);
    await fits('GET', all, { query: 'namespace=waybill&key=state&date_modified:min=2026-05-01T00:00:00Z' });
    const path = { order_id: ids['plain'] ?? 0, metafield_id: Number(made['id']) };
    await fits('GET', one, { path });
    await fits('PUT', one, { path, body: { value: 'y' } });
    await fits('DELETE', one, { path }, 204);
    const batch = await fits('POST', all, { body: [{ ...field, resource_id: ids['cod'] }] });
    const id = data(batch)[0]?.['id'];
    await fits('PUT', all, { body: [{ ...field, value: 'z', id }] });
    await fits('POST', all, { body: [{ ...field, resource_id: ids['cod'] }] }, 422);
    await fits('DELETE', all, { body: [id] });
  });

  it('pickups', async () => {
    const line = rows((await bench.api('GET', `/v2/orders/${ids['store_pickup']}/products`)).json)[0];
    const pickup = {
      pickup_method_id: 1,
      order_id: ids['store_pickup'],
      ready_at: '2026-05-01T10:00:00Z',
      pickup_items: [{ order_product_id: line?.['id'], quantity: 1 }],
    };
    const made = data(await fits('POST', '/v3/orders/pickups', { body: [pickup] }))[0];
    await fits('POST', '/v3/orders/pickups', { body: [{}] }, 422);
    await fits('GET', '/v3/pickup/methods');
    await fits('GET', '/v3/orders/pickups', { query: `order_id:in=${ids['store_pickup']}` });
    const change = { id: made?.['id'], pickup_id: made?.['id'], collected_at: '2026-05-02T10:00:00Z' };
    await fits('PUT', '/v3/orders/pickups', { body: [change] });
    await fits('DELETE', '/v3/orders/pickups', { query: `id:in=${String(made?.['id'])}` }, 204);
  });

  it('webhooks', async () => {
    await fits('GET', '/v3/hooks');
    const body = { scope: 'store/order/*', destination: 'https://hooks.example/in', headers: null };
    const made = record(record(await fits('POST', '/v3/hooks', { body }))['data']);
    await fits('POST', '/v3/hooks', { body }, 422);
    await fits('GET', '/v3/hooks');
    const path = { webhook_id: Number(made['id']) };
    await fits('GET', '/v3/hooks/{webhook_id}', { path });
    await fits('PUT', '/v3/hooks/{webhook_id}', { path, body: { is_active: false } });
    await fits('GET', '/v3/hooks/admin');
    await fits('PUT', '/v3/hooks/admin', { body: { emails: ['a@b.example'] } }, 204);
    await fits('DELETE', '/v3/hooks/{webhook_id}', { path });
    await fits('GET', '/v3/hooks', { token: 'unknown' }, 401);
  });

  it('catalog and customs', async () => {
    await fits('GET', '/v3/catalog/products', { query: 'limit=250' });
    await fits('GET', '/v3/catalog/products', {
      query: 'include=primary_image,images,variants,custom_fields,options,modifiers,channels',
    });
    await fits('GET', '/v3/catalog/products', { query: 'id:in=99999' });
    await fits('GET', '/v3/catalog/products/{product_id}', { path: { product_id: 77 } });
    await fits('GET', '/v3/catalog/products/{product_id}', { path: { product_id: 1 } }, 404);
    await fits('GET', '/v3/catalog/products/{product_id}/images', { path: { product_id: 77 } });
    await fits('GET', '/v3/catalog/products/{product_id}/images', { path: { product_id: 84 } }, 204);
    await fits('GET', '/v3/catalog/products/{product_id}/variants', { path: { product_id: 80 } });
    await fits('GET', '/v3/catalog/products/{product_id}/custom-fields', { path: { product_id: 77 } });
    await fits('GET', '/v3/catalog/variants', { query: 'limit=250' });
    await fits('GET', '/v3/catalog/variants/metafields', { query: 'resource_id:in=303,304' });
    await fits('GET', '/v3/catalog/products/metafields', { query: 'key=hs_code' });
    await fits('GET', '/v3/shipping/products/customs-information');
    const row = {
      product_id: 77,
      country_of_origin: 'FR',
      commodity_description: 'Bag',
      international_shipping: true,
    };
    await fits('PUT', '/v3/shipping/products/customs-information', {
      body: [{ ...row, hs_codes: { ALL: '4202' } }],
    });
  });

  it('the store, its storefronts, settings and customers', async () => {
    await fits('GET', '/v2/store');
    await fits('GET', '/v2/time');
    await fits('GET', '/v3/channels');
    await fits('GET', '/v3/channels/{channel_id}', { path: { channel_id: 1 } });
    await fits('GET', '/v3/channels/{channel_id}/site', { path: { channel_id: 1 } });
    await fits('GET', '/v3/settings/email-statuses');
    await fits('GET', '/v3/settings/inventory');
    for (const path of ['/v3/settings/email-statuses', '/v3/settings/inventory'])
      await fits('GET', path, { query: 'channel_id=2', variant: 'of a storefront' });
    await fits('GET', '/v3/orders/settings');
    await fits('PUT', '/v3/orders/settings', { body: { notifications: {} } });
    await fits('GET', '/v3/customers', { query: 'id:in=1,2,3' });
  });

  it('every known difference is still needed', () => {
    expect(book.unused()).toEqual([]);
  });
});
