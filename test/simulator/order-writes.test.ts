// Changing and creating orders: what is stored, refused, recalculated, mailed and recorded.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lines, record, rows, startBench } from './harness.ts';
import type { Bench } from './harness.ts';

const FULL = '?include=consignments.line_items,fees&consignment_structure=object';
const BILLING = {
  first_name: 'Ada',
  last_name: 'Archer',
  street_1: '1 Mill Lane',
  city: 'Austin',
  zip: '78701',
  country_iso2: 'US',
  email: 'ada@shopper.example',
};

let bench: Bench;
beforeAll(async () => {
  bench = await startBench();
});
afterAll(() => bench.close());

const add = (spec: object = {}): number => bench.store.addOrders([spec])[0] ?? 0;
const read = async (id: number): Promise<Record<string, unknown>> =>
  record((await bench.api('GET', `/v2/orders/${id}${FULL}`)).json);

describe('PUT of an order', () => {
  it('a status by number is stored, mailed once per write and bumps date_modified', async () => {
    const id = add();
    const before = await read(id);
    bench.store.setClock({ advanceMs: 5_000 });
    const reply = await bench.api('PUT', `/v2/orders/${id}`, { status_id: 9 });
    expect(reply.status).toBe(200);
    expect(record(reply.json)).toMatchObject({ status_id: 9, status: 'Awaiting Shipment' });
    const after = await read(id);
    expect(Date.parse(String(after['date_modified']))).toBeGreaterThan(
      Date.parse(String(before['date_modified'])),
    );
    expect(bench.store.mails().byOrder[id]).toBe(1);
    await bench.api('PUT', `/v2/orders/${id}`, { status_id: 9 });
    expect(bench.store.mails().byOrder[id]).toBe(2);
    expect(bench.store.mails().list.at(-1)).toMatchObject({
      kind: 'status',
      statusId: 9,
      hasTracking: false,
    });
  });

  it('status text alone changes nothing', async () => {
    const id = add();
    expect((await bench.api('PUT', `/v2/orders/${id}`, { status: 'Shipped' })).status).toBe(200);
    expect((await read(id))['status_id']).toBe(11);
    expect(bench.store.mails().byOrder[id]).toBeUndefined();
  });

  it('a status that does not exist is refused', async () => {
    const id = add();
    expect((await bench.api('PUT', `/v2/orders/${id}`, { status_id: 15 })).status).toBe(400);
    expect((await bench.api('PUT', `/v2/orders/${id}`, { status_id: 'Shipped' })).status).toBe(400);
  });

  it.each([
    'id',
    'date_modified',
    'order_source',
    'payment_status',
    'coupon_discount',
    'external_id',
    'total_tax',
  ])('the read-only field %s is refused and nothing is stored', async (field) => {
    const id = add();
    const reply = await bench.api('PUT', `/v2/orders/${id}`, { status_id: 2, [field]: '1' });
    expect(reply.status).toBe(400);
    expect(rows(reply.json)[0]?.['message']).toBe(
      `The field '${field}' cannot be written to. Please remove it from your request before trying again.`,
    );
    expect((await read(id))['status_id']).toBe(11);
  });

  it('a field that does not exist is refused', async () => {
    expect((await bench.api('PUT', `/v2/orders/${add()}`, { colour: 'red' })).status).toBe(400);
  });

  it('texts are replaced whole and external_merchant_id only once', async () => {
    const id = add();
    await bench.api('PUT', `/v2/orders/${id}`, {
      staff_notes: 'a',
      external_order_id: 'X-1',
      external_merchant_id: 'M',
    });
    expect(await read(id)).toMatchObject({
      staff_notes: 'a',
      external_order_id: 'X-1',
      external_merchant_id: 'M',
    });
    expect((await bench.api('PUT', `/v2/orders/${id}`, { external_merchant_id: 'N' })).status).toBe(400);
    expect((await bench.api('PUT', `/v2/orders/${id}`, { staff_notes: 'x'.repeat(65_536) })).status).toBe(
      400,
    );
  });

  it('a status alone leaves coupons and totals untouched; money in the body wipes the coupon', async () => {
    const id = add({ kind: 'coupon' });
    const before = await read(id);
    await bench.api('PUT', `/v2/orders/${id}`, { status_id: 9 });
    expect(await read(id)).toMatchObject({
      coupon_discount: '5.0000',
      total_inc_tax: before['total_inc_tax'],
    });
    await bench.api('PUT', `/v2/orders/${id}`, {
      status_id: 9,
      shipping_cost_ex_tax: '5.0000',
      shipping_cost_inc_tax: '5.5000',
    });
    const after = await read(id);
    expect(after['coupon_discount']).toBe('0.0000');
    expect(Number(after['total_inc_tax'])).toBeCloseTo(Number(before['total_inc_tax']) + 5);
  });

  it('overriding one sum of a pair corrupts the totals', async () => {
    const id = add();
    const before = await read(id);
    await bench.api('PUT', `/v2/orders/${id}`, { total_inc_tax: '1.0000' });
    expect(await read(id)).toMatchObject({ total_inc_tax: '1.0000', total_ex_tax: before['total_ex_tax'] });
  });

  it('products change by id, clear their discounts, and quantity 0 removes them', async () => {
    const id = add({ kind: 'coupon' });
    const [first, second] = lines(await read(id));
    const reply = await bench.api('PUT', `/v2/orders/${id}`, {
      products: [
        { id: first?.['id'], quantity: 7 },
        { id: second?.['id'], quantity: 0 },
        { name: 'Ribbon', quantity: 1, price_ex_tax: 1, price_inc_tax: 1.1 },
      ],
    });
    expect(reply.status).toBe(200);
    const left = lines(await read(id));
    expect(left.map((line) => [line['quantity'], line['name']])).toEqual([
      [7, first?.['name']],
      [1, 'Ribbon'],
    ]);
    expect(left[0]?.['applied_discounts']).toEqual([]);
  });

  it('fees are replaced as a whole', async () => {
    const id = add({ kind: 'fee' });
    const fee = { type: 'custom_fee', display_name_customer: 'Lift', cost_ex_tax: 3, cost_inc_tax: 3.3 };
    await bench.api('PUT', `/v2/orders/${id}`, { fees: [fee] });
    expect(rows((await read(id))['fees']).map((row) => row['display_name_customer'])).toEqual(['Lift']);
    await bench.api('PUT', `/v2/orders/${id}`, { fees: [] });
    expect((await read(id))['fees']).toEqual([]);
  });

  it('a shipping address changes without moving taxes or shipping cost', async () => {
    const id = add();
    const before = await read(id);
    const address = rows((await bench.api('GET', `/v2/orders/${id}/shipping_addresses`)).json)[0];
    const path = `/v2/orders/${id}/shipping_addresses/${String(address?.['id'])}`;
    expect(record((await bench.api('PUT', path, { city: 'Elsewhere' })).json)['city']).toBe('Elsewhere');
    expect((await read(id))['total_inc_tax']).toBe(before['total_inc_tax']);
    expect((await bench.api('PUT', `/v2/orders/${id}/shipping_addresses/1`, { city: 'X' })).status).toBe(404);
  });

  it('DELETE archives, and is_deleted does the same', async () => {
    const [first, second] = [add(), add()];
    expect((await bench.api('DELETE', `/v2/orders/${first}`)).status).toBe(204);
    await bench.api('PUT', `/v2/orders/${second}`, { is_deleted: true });
    expect((await read(first))['is_deleted']).toBe(true);
    expect((await read(second))['is_deleted']).toBe(true);
    expect((await bench.api('DELETE', '/v2/orders/999999')).status).toBe(404);
  });

  it('no mail goes out where the store mails nobody', async () => {
    const quiet = await startBench({ orderStatusEmails: false });
    try {
      const [id] = quiet.store.addOrders([{}]);
      await quiet.api('PUT', `/v2/orders/${id}`, { status_id: 2 });
      expect(quiet.store.mails().total).toBe(0);
    } finally {
      await quiet.close();
    }
  });
});

describe('a storefront with a switch of its own', () => {
  it('counts before the one of the store', async () => {
    const mixed = await startBench({ orderStatusEmails: false, storefrontEmails: { 1: true } });
    try {
      const [id] = mixed.store.addOrders([{}]);
      await mixed.api('PUT', `/v2/orders/${id}`, { status_id: 2 });
      expect(mixed.store.mails().total).toBe(1);
    } finally {
      await mixed.close();
    }
  });
});

describe('POST of an order', () => {
  const custom = { name: 'Subscription box', quantity: 1, price_ex_tax: 20, price_inc_tax: 22 };

  it('is pending unless told otherwise, comes from "external", and mails nobody', async () => {
    const before = bench.store.mails().total;
    const reply = await bench.api('POST', '/v2/orders', { billing_address: BILLING, products: [custom] });
    expect(reply.status).toBe(201);
    expect(record(reply.json)).toMatchObject({
      status_id: 1,
      order_source: 'external',
      cart_id: null,
      subtotal_inc_tax: '22.0000',
    });
    expect(bench.store.mails().total).toBe(before);
  });

  it('takes the catalog price unless both prices are given, and takes stock', async () => {
    const product = [...bench.store.state.catalog.products.values()].find(
      (candidate) => candidate.variants.length === 1,
    );
    const variant = product?.variants[0];
    const stock = variant?.stock ?? 0;
    const line = { product_id: product?.id, quantity: 2 };
    const reply = await bench.api('POST', `/v2/orders${FULL}`, {
      billing_address: BILLING,
      products: [line],
      status_id: 11,
    });
    const order = record(reply.json);
    expect(order['status_id']).toBe(11);
    expect(Number(lines(order)[0]?.['price_ex_tax'])).toBe((product?.priceCents ?? 0) / 100);
    expect(variant?.stock).toBe(stock - 2);
    const many = { product_id: product?.id, quantity: 100_000 };
    expect(
      (await bench.api('POST', '/v2/orders', { billing_address: BILLING, products: [many] })).status,
    ).toBe(400);
    const half = { ...line, price_ex_tax: 1 };
    expect(
      (await bench.api('POST', '/v2/orders', { billing_address: BILLING, products: [half] })).status,
    ).toBe(400);
  });

  it('a product with variants needs one', async () => {
    const product = [...bench.store.state.catalog.products.values()].find(
      (candidate) => candidate.variants.length > 1,
    );
    const line = { product_id: product?.id, quantity: 1 };
    expect(
      (await bench.api('POST', '/v2/orders', { billing_address: BILLING, products: [line] })).status,
    ).toBe(400);
    const variant = product?.variants[1];
    const option = variant?.options[0];
    for (const choice of [
      { variant_id: variant?.id },
      { product_options: [{ id: option?.optionId, value: String(option?.valueId) }] },
    ]) {
      const products = [{ ...line, ...choice }];
      const reply = await bench.api('POST', `/v2/orders${FULL}`, { billing_address: BILLING, products });
      expect(lines(record(reply.json))[0]?.['sku']).toBe(variant?.sku);
    }
  });

  it('is found by external_order_id, which is not unique', async () => {
    const order = {
      billing_address: BILLING,
      products: [custom],
      external_order_id: 'SALE-1',
      external_source: 'checkout',
    };
    await bench.api('POST', '/v2/orders', order);
    await bench.api('POST', '/v2/orders', order);
    expect(rows((await bench.api('GET', '/v2/orders?external_order_id=SALE-1')).json)).toHaveLength(2);
  });

  it('may take a moment to be found by external_order_id', async () => {
    const slow = await startBench({ externalIdLagMs: 60_000 });
    try {
      const body = { billing_address: BILLING, products: [custom], external_order_id: 'LATE' };
      const id = String(record((await slow.api('POST', '/v2/orders', body)).json)['id']);
      expect((await slow.api('GET', '/v2/orders?external_order_id=LATE')).status).toBe(204);
      expect((await slow.api('GET', `/v2/orders/${id}`)).status).toBe(200);
    } finally {
      await slow.close();
    }
  });

  it('ships to the billing address when no other is given', async () => {
    const reply = await bench.api('POST', `/v2/orders${FULL}`, {
      billing_address: BILLING,
      products: [custom],
    });
    const consignments = record(record(reply.json)['consignments']);
    expect(rows(consignments['shipping'])[0]).toMatchObject({ street_1: '1 Mill Lane', city: 'Austin' });
  });

  it('can be one store pickup instead, but never both', async () => {
    const consignments = { pickups: [{ pickup_method_id: 1, line_items: [custom] }] };
    const reply = await bench.api('POST', `/v2/orders${FULL}`, { billing_address: BILLING, consignments });
    expect(reply.status).toBe(201);
    expect(rows(record(record(reply.json)['consignments'])['pickups'])).toHaveLength(1);
    const both = { billing_address: BILLING, consignments, products: [custom] };
    expect((await bench.api('POST', '/v2/orders', both)).status).toBe(400);
  });

  it.each([
    ['no billing address', { products: [custom] }],
    ['a billing address without zip', { billing_address: { ...BILLING, zip: '' }, products: [custom] }],
    ['no products', { billing_address: BILLING }],
    [
      'a product that does not exist',
      { billing_address: BILLING, products: [{ product_id: 1, quantity: 1 }] },
    ],
    ['a custom line without prices', { billing_address: BILLING, products: [{ name: 'X', quantity: 1 }] }],
    ['a customer that does not exist', { billing_address: BILLING, products: [custom], customer_id: 4000 }],
    ['a storefront that does not exist', { billing_address: BILLING, products: [custom], channel_id: 77 }],
    ['an unreadable date', { billing_address: BILLING, products: [custom], date_created: 'soon' }],
  ])('%s is refused', async (_what, body) => {
    expect((await bench.api('POST', '/v2/orders', body)).status).toBe(400);
  });
});

describe('the record of writes', () => {
  it('every write that took effect is kept in order with its body; refused ones are not', async () => {
    const own = await startBench();
    try {
      const [id] = own.store.addOrders([{}]);
      await own.api('PUT', `/v2/orders/${id}`, { staff_notes: 'one' });
      await own.api('PUT', `/v2/orders/${id}`, { status_id: 99 });
      await own.api('PUT', `/v2/orders/${id}`, { status_id: 9 });
      expect(
        own.store.writes().map(({ method, path, body, effect }) => ({ method, path, body, effect })),
      ).toEqual([
        {
          method: 'PUT',
          path: `/v2/orders/${id}`,
          body: { staff_notes: 'one' },
          effect: `order ${id}: staff_notes written`,
        },
        {
          method: 'PUT',
          path: `/v2/orders/${id}`,
          body: { status_id: 9 },
          effect: `order ${id}: status 11 -> 9`,
        },
      ]);
    } finally {
      await own.close();
    }
  });
});

describe('a store whose reads lag', () => {
  it('shows order and shipments as they were for a moment, although the write happened', async () => {
    const slow = await startBench({ staleReadMs: 60_000 });
    try {
      const [id = 0] = slow.store.addOrders([{}]);
      const before = await slow.api('GET', `/v2/orders/${id}`);
      const written = await slow.api('PUT', `/v2/orders/${id}`, { status_id: 9 });
      expect(record(written.json)['status_id']).toBe(9);
      expect((await slow.api('GET', `/v2/orders/${id}`)).text).toBe(before.text);
      slow.store.shipInControlPanel(id);
      expect((await slow.api('GET', `/v2/orders/${id}/shipments`)).status).toBe(204);
      expect(record(slow.store.order(id)['order'])['status_id']).toBe(2);
    } finally {
      await slow.close();
    }
  });

  it('catches up', async () => {
    const slow = await startBench({ staleReadMs: 150 });
    try {
      const [id = 0] = slow.store.addOrders([{}]);
      await slow.api('GET', `/v2/orders/${id}`);
      await slow.api('PUT', `/v2/orders/${id}`, { status_id: 9 });
      const status = async (): Promise<unknown> =>
        record((await slow.api('GET', `/v2/orders/${id}`)).json)['status_id'];
      await expect.poll(status, { timeout: 60_000 }).toBe(9);
    } finally {
      await slow.close();
    }
  });
});
