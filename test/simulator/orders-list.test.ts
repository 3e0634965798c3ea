// The list of orders: paging, filters and includes behave as the API reference says, traps included.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { data, lines, record, rows, startBench } from './harness.ts';
import type { Bench } from './harness.ts';

const FULL = 'include=consignments.line_items,fees&consignment_structure=object';

let bench: Bench;
beforeAll(async () => {
  bench = await startBench();
  bench.store.seed({ count: 300, kind: 'plain', seed: 7 });
});
afterAll(() => bench.close());

const ids = (json: unknown): unknown[] => rows(json).map((row) => row['id']);

describe('paging', () => {
  it('a page holds 50 orders unless told otherwise, ascending by id from 100', async () => {
    const reply = await bench.api('GET', '/v2/orders');
    expect(ids(reply.json)).toEqual(Array.from({ length: 50 }, (_, index) => 100 + index));
  });

  it('250 orders fit on a page and 251 answer 413', async () => {
    expect(rows((await bench.api('GET', '/v2/orders?limit=250')).json)).toHaveLength(250);
    expect((await bench.api('GET', '/v2/orders?limit=251')).status).toBe(413);
  });

  it('a page beyond the last order answers 204 without a body', async () => {
    const reply = await bench.api('GET', '/v2/orders?limit=250&page=3');
    expect(reply.status).toBe(204);
    expect(reply.text).toBe('');
  });

  it('min_id and max_id are inclusive', async () => {
    expect(ids((await bench.api('GET', '/v2/orders?min_id=110&max_id=112')).json)).toEqual([110, 111, 112]);
  });

  it('a page below 1 and a limit that is no number are refused', async () => {
    expect((await bench.api('GET', '/v2/orders?page=0')).status).toBe(400);
    expect((await bench.api('GET', '/v2/orders?limit=many')).status).toBe(400);
  });
});

describe('filters', () => {
  it('an unparsable date filter is ignored silently and all orders come back', async () => {
    for (const broken of ['yesterday', '2026-01-01T00%253A00%253A00Z', '2999-01-01T00:00:00+00:00']) {
      const reply = await bench.api('GET', `/v2/orders?limit=250&min_date_modified=${broken}`);
      expect(rows(reply.json)).toHaveLength(250);
    }
  });

  it('a date filter works in both spellings and is inclusive', async () => {
    const newest = rows((await bench.api('GET', '/v2/orders?sort=date_modified:desc&limit=1')).json)[0];
    const modified = String(newest?.['date_modified']);
    const iso = new Date(modified).toISOString();
    for (const spelling of [
      encodeURIComponent(modified),
      encodeURIComponent(iso),
      iso.replace('Z', '%2B00:00'),
    ]) {
      const reply = await bench.api('GET', `/v2/orders?min_date_modified=${spelling}`);
      expect(ids(reply.json)).toContain(newest?.['id']);
      expect(rows(reply.json).length).toBeLessThan(50);
    }
  });

  it('one status at a time can be asked for, a list of statuses is refused', async () => {
    expect((await bench.api('GET', '/v2/orders?status_id=5')).status).toBe(204);
    expect((await bench.api('GET', '/v2/orders?status_id=2,11')).status).toBe(400);
  });

  it('external_order_id, payment method, e-mail, storefront and total narrow the list', async () => {
    const [id] = bench.store.addOrders([
      { externalOrderId: 'EXT-9', paymentMethod: 'Bonifico', channelId: 2 },
    ]);
    expect(ids((await bench.api('GET', '/v2/orders?external_order_id=EXT-9')).json)).toEqual([id]);
    expect(ids((await bench.api('GET', '/v2/orders?payment_method=Bonifico')).json)).toEqual([id]);
    expect(ids((await bench.api('GET', '/v2/orders?channel_id=2')).json)).toEqual([id]);
    const order = record((await bench.api('GET', `/v2/orders/${id}`)).json);
    const email = encodeURIComponent(String(record(order['billing_address'])['email']));
    expect(ids((await bench.api('GET', `/v2/orders?limit=250&email=${email}&min_id=${id}`)).json)).toEqual([
      id,
    ]);
    expect((await bench.api('GET', '/v2/orders?min_total=100000000')).status).toBe(204);
  });

  it('archived orders are hidden from the list, readable one by one, and counted', async () => {
    const [id] = bench.store.addOrders([{ kind: 'archived' }]);
    expect((await bench.api('GET', `/v2/orders?min_id=${id}&max_id=${id}`)).status).toBe(204);
    expect(ids((await bench.api('GET', '/v2/orders?is_deleted=true')).json)).toEqual([id]);
    expect(record((await bench.api('GET', `/v2/orders/${id}`)).json)['is_deleted']).toBe(true);
    const count = record((await bench.api('GET', `/v2/orders/count?min_id=${id}&max_id=${id}`)).json);
    expect(count['count']).toBe(1);
  });

  it('the count lists every status and leaves incomplete orders out of the sum', async () => {
    const [id] = bench.store.addOrders([{ kind: 'incomplete' }]);
    const count = record((await bench.api('GET', `/v2/orders/count?min_id=${id}&max_id=${id}`)).json);
    expect(count['count']).toBe(0);
    const statuses = rows(count['statuses']);
    expect(statuses).toHaveLength(15);
    expect(statuses.find((status) => status['id'] === 0)?.['count']).toBe(1);
  });
});

describe('sorting', () => {
  it('orders of one second come in no order of ids', async () => {
    const own = await startBench();
    try {
      own.store.seed({ count: 60, kind: 'plain', modifiedWithinOneSecond: 60 });
      const listed = ids((await own.api('GET', '/v2/orders?sort=date_modified:asc&limit=60')).json).map(
        Number,
      );
      const sorted = [...listed].sort((a, b) => a - b);
      expect(listed).not.toEqual(sorted);
      expect(new Set(listed).size).toBe(60);
      const seconds = rows((await own.api('GET', '/v2/orders?limit=60')).json).map(
        (row) => row['date_modified'],
      );
      expect(new Set(seconds).size).toBe(1);
    } finally {
      await own.close();
    }
  });

  it('descending by id starts with the newest, an unknown sort is refused', async () => {
    const listed = ids((await bench.api('GET', '/v2/orders?sort=id:desc&limit=3')).json).map(Number);
    expect(listed).toEqual([...listed].sort((a, b) => b - a));
    expect((await bench.api('GET', '/v2/orders?sort=total:asc')).status).toBe(400);
    expect((await bench.api('GET', '/v2/orders?sort=status_id:asc&limit=2')).status).toBe(200);
  });

  it('an order that is changed moves to the end of date_modified:asc', async () => {
    bench.store.setClock({ advanceMs: 10_000 });
    await bench.api('PUT', '/v2/orders/105', { staff_notes: 'seen' });
    const last = rows((await bench.api('GET', '/v2/orders?sort=date_modified:desc&limit=1')).json)[0];
    expect(last?.['id']).toBe(105);
  });
});

describe('includes', () => {
  it('without includes an order carries links, spelt in the old way, to this simulator', async () => {
    const order = record((await bench.api('GET', '/v2/orders/100')).json);
    expect(order['shipping_addresses']).toEqual({
      url: `${bench.simulator.url}/stores/teststore1/v2/orders/100/shippingaddresses`,
      resource: '/orders/100/shippingaddresses',
    });
    expect(record(order['consignments'])['resource']).toBe('/orders/100/consignments');
  });

  it('consignments arrive as an object when asked for, else in a one-element array', async () => {
    const order = record((await bench.api('GET', `/v2/orders/100?${FULL}`)).json);
    expect(lines(order)).toHaveLength(2);
    expect(order['fees']).toEqual([]);
    const legacy = record((await bench.api('GET', '/v2/orders/100?include=consignments.line_items')).json);
    expect(rows(legacy['consignments'])).toHaveLength(1);
  });

  it('consignments without line items carry links to the products', async () => {
    const order = record(
      (await bench.api('GET', '/v2/orders/100?include=consignments&consignment_structure=object')).json,
    );
    expect(String(lines(order)[0]?.['resource'])).toMatch(/^\/orders\/100\/products\/\d+$/);
  });

  it('at most 50 line items of a consignment are included, and only __warning__ says so', async () => {
    const [id] = bench.store.addOrders([{ kind: 'sixty_lines' }]);
    const order = record((await bench.api('GET', `/v2/orders/${id}?${FULL}`)).json);
    expect(lines(order)).toHaveLength(50);
    const consignment = rows(record(order['consignments'])['shipping'])[0];
    expect(String(record(consignment?.['__warning__'])['message'])).toContain('Not all line items');
    expect(rows((await bench.api('GET', `/v2/orders/${id}/products`)).json)).toHaveLength(50);
    expect(rows((await bench.api('GET', `/v2/orders/${id}/products?page=2`)).json)).toHaveLength(10);
    expect(rows((await bench.api('GET', `/v2/orders/${id}/products?limit=250`)).json)).toHaveLength(60);
  });

  it('an order may show no included line items although it has some', async () => {
    const [id] = bench.store.addOrders([{ kind: 'hidden_lines' }]);
    const order = record((await bench.api('GET', `/v2/orders/${id}?${FULL}`)).json);
    expect(lines(order)).toEqual([]);
    expect(Number(order['items_total'])).toBeGreaterThan(0);
    expect(rows((await bench.api('GET', `/v2/orders/${id}/products`)).json)).toHaveLength(2);
  });

  it('money is text with four places in orders and a number in consignments; dates are RFC 2822', async () => {
    const order = record((await bench.api('GET', `/v2/orders/100?${FULL}`)).json);
    expect(String(order['total_inc_tax'])).toMatch(/^\d+\.\d{4}$/);
    expect(typeof rows(record(order['consignments'])['shipping'])[0]?.['cost_ex_tax']).toBe('number');
    expect(String(order['date_created'])).toMatch(
      /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} \+0000$/,
    );
    expect(order['date_shipped']).toBe('');
    expect(order['refunded_amount']).toBe('0.0000');
  });
});

describe('what hangs on an order', () => {
  it('digital and pickup orders have no shipping address: 204', async () => {
    const [digital, pickup] = bench.store.addOrders([{ kind: 'digital' }, { kind: 'store_pickup' }]);
    expect((await bench.api('GET', `/v2/orders/${digital}/shipping_addresses`)).status).toBe(204);
    expect((await bench.api('GET', `/v2/orders/${pickup}/shipping_addresses`)).status).toBe(204);
    const order = record((await bench.api('GET', `/v2/orders/${pickup}?${FULL}`)).json);
    const consignment = rows(record(order['consignments'])['pickups'])[0];
    const line = rows(consignment?.['line_items'])[0];
    expect(line?.['order_address_id']).toBe(0);
    expect(line?.['order_pickup_method_id']).toBe(consignment?.['id']);
  });

  it('addresses, one address, consignments, coupons, fees and one product can be read by themselves', async () => {
    const [coupon, fee] = bench.store.addOrders([{ kind: 'coupon' }, { kind: 'fee' }]);
    const addresses = rows((await bench.api('GET', `/v2/orders/${coupon}/shipping_addresses`)).json);
    expect(typeof addresses[0]?.['cost_ex_tax']).toBe('string');
    const one = `/v2/orders/${coupon}/shipping_addresses/${String(addresses[0]?.['id'])}`;
    expect((await bench.api('GET', one)).json).toEqual(addresses[0]);
    expect((await bench.api('GET', `/v2/orders/${coupon}/shipping_addresses/99999`)).status).toBe(404);
    expect(rows((await bench.api('GET', `/v2/orders/${coupon}/coupons`)).json)[0]?.['code']).toBe('WELCOME5');
    expect((await bench.api('GET', `/v2/orders/${fee}/coupons`)).status).toBe(204);
    expect(rows(record((await bench.api('GET', `/v2/orders/${fee}/fees`)).json)['fees'])).toHaveLength(1);
    const products = rows((await bench.api('GET', `/v2/orders/${fee}/products`)).json);
    const product = await bench.api('GET', `/v2/orders/${fee}/products/${String(products[0]?.['id'])}`);
    expect(product.json).toEqual(products[0]);
    expect(
      rows(record((await bench.api('GET', `/v2/orders/${fee}/consignments`)).json)['shipping']),
    ).toHaveLength(1);
    expect((await bench.api('GET', `${one}/shipping_quotes`)).status).toBe(204);
    expect(
      rows((await bench.api('GET', `/v2/orders/${fee}/taxes?details=true`)).json)[0]?.['line_item_type'],
    ).toBe('item');
    expect((await bench.api('GET', `/v2/orders/${fee}/messages`)).status).toBe(204);
  });

  it('transactions tell cash on delivery; an order without any answers 204', async () => {
    const [cod, pending] = bench.store.addOrders([{ kind: 'cod' }, { kind: 'pending' }]);
    const transaction = data((await bench.api('GET', `/v3/orders/${cod}/transactions`)).json)[0];
    expect(transaction).toMatchObject({ gateway: 'cod', method: 'offline', order_id: String(cod) });
    expect((await bench.api('GET', `/v3/orders/${pending}/transactions`)).status).toBe(204);
    expect((await bench.api('GET', '/v3/orders/999999/transactions')).status).toBe(404);
  });

  it('refunds of many orders come in one call', async () => {
    const [part, full, none] = bench.store.addOrders([
      { kind: 'partially_refunded' },
      { kind: 'refunded' },
      {},
    ]);
    const reply = await bench.api(
      'GET',
      `/v3/orders/payment_actions/refunds?order_id:in=${part},${full},${none}`,
    );
    expect(data(reply.json).map((refund) => refund['order_id'])).toEqual([part, full]);
    const single = await bench.api('GET', `/v3/orders/${part}/payment_actions/refunds`);
    expect(data(single.json)).toHaveLength(1);
    const id = String(data(single.json)[0]?.['id']);
    expect((await bench.api('GET', `/v3/orders/payment_actions/refunds/${id}`)).status).toBe(200);
    const line = rows((await bench.api('GET', `/v2/orders/${part}/products`)).json)[0];
    expect(line?.['quantity_refunded']).toBe(1);
  });
});

describe('errors', () => {
  it('V2 errors are an array and V3 errors an object', async () => {
    const v2 = await bench.api('GET', '/v2/orders/999999');
    expect(v2.status).toBe(404);
    expect(v2.json).toEqual([{ status: 404, message: 'The requested resource was not found.' }]);
    const v3 = await bench.api('GET', '/v3/orders/999999/metafields');
    expect(record(v3.json)).toMatchObject({ status: 404, title: 'The requested resource was not found.' });
  });

  it('a wrong method answers 405, XML alone 406, a body that is no JSON type 415, broken JSON 400', async () => {
    expect((await bench.api('PATCH', '/v2/orders/100')).status).toBe(405);
    expect((await bench.api('GET', '/v2/orders', undefined, { accept: 'application/xml' })).status).toBe(406);
    const text = await bench.api('PUT', '/v2/orders/100', '{}', { 'content-type': 'text/plain' });
    expect(text.status).toBe(415);
    expect((await bench.api('PUT', '/v2/orders/100', '{"status_id":')).status).toBe(400);
    expect((await bench.api('GET', '/v2/nothing')).status).toBe(404);
  });
});
