// The control API: what a merchant or a test does to a store over HTTP, and what it reads about it.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runSimulator } from '../../simulator/main.ts';
import { lines, record, rows, send, startBench } from './harness.ts';
import type { Bench } from './harness.ts';

const S = '/stores/teststore1';

let bench: Bench;
beforeAll(async () => {
  bench = await startBench();
});
afterAll(() => bench.close());

const add = async (spec: object): Promise<number> => {
  const ids = record((await bench.control('POST', `${S}/orders`, spec)).json)['ids'];
  return Array.isArray(ids) ? Number(ids[0]) : NaN;
};

describe('stores', () => {
  it('a store can be created, listed, replaced and changed', async () => {
    const made = await bench.control('PUT', '/stores/second2', {
      token: 't2',
      weightUnits: 'LBS',
      quota: null,
    });
    expect(made.status).toBe(200);
    await bench.control('POST', '/stores/second2/seed', { count: 3 });
    const api = `${bench.simulator.url}/stores/second2/v2`;
    const store = record((await send(`${api}/store`, 'GET', undefined, { 'X-Auth-Token': 't2' })).json);
    expect(store).toMatchObject({ id: 'second2', weight_units: 'LBS' });
    const listed = rows((await bench.control('GET', '/stores')).json);
    expect(listed.map((row) => [row['storeHash'], row['orders']])).toContainEqual(['second2', 3]);
    await bench.control('PATCH', '/stores/second2', {
      weightUnits: 'KGS',
      quota: { requests: 1, windowMs: 30_000 },
    });
    const changed = await send(`${api}/store`, 'GET', undefined, { 'X-Auth-Token': 't2' });
    expect(record(changed.json)['weight_units']).toBe('KGS');
    expect((await send(`${api}/store`, 'GET', undefined, { 'X-Auth-Token': 't2' })).status).toBe(429);
    await bench.control('PUT', '/stores/second2', { token: 't3' });
    expect((await bench.control('GET', '/stores/second2/orders')).json).toEqual([]);
  });

  it('a store without a token, an unknown store and an unknown call are refused with a sentence', async () => {
    expect((await bench.control('PUT', '/stores/third3', {})).status).toBe(400);
    const unknown = await bench.control('GET', '/stores/nowhere/writes');
    expect(unknown.status).toBe(404);
    expect(record(unknown.json)['title']).toBe('There is no store nowhere.');
    expect((await bench.control('POST', `${S}/tea`, {})).status).toBe(404);
    expect((await bench.control('POST', `${S}/seed`, '{')).status).toBe(400);
  });
});

describe('orders', () => {
  it('an explicit order takes what it says and the rest from its kind', async () => {
    const id = await add({
      kind: 'cod',
      id: 5000,
      status_id: 11,
      dateCreated: '2026-01-02T03:04:05Z',
      dateModified: '2026-01-02T03:04:06Z',
      externalOrderId: 'E',
      lines: [{ sku: 'ABC', quantity: 3, weight: '0.5', type: 'physical' }],
      shippingAddress: { city: 'Genova' },
      formFields: [{ name: 'Point', value: 'P1' }],
    });
    expect(id).toBe(5000);
    const full = `/v2/orders/${id}?include=consignments.line_items&consignment_structure=object`;
    const order = record((await bench.api('GET', full)).json);
    expect(order).toMatchObject({
      status_id: 11,
      payment_method: 'Cash on Delivery',
      external_order_id: 'E',
      date_created: 'Fri, 02 Jan 2026 03:04:05 +0000',
      date_modified: 'Fri, 02 Jan 2026 03:04:06 +0000',
    });
    expect(lines(order)).toMatchObject([{ sku: 'ABC', quantity: 3, weight: '0.5', type: 'physical' }]);
    expect(rows(record(order['consignments'])['shipping'])[0]).toMatchObject({
      city: 'Genova',
      form_fields: [{ name: 'Point', value: 'P1' }],
    });
  });

  it('several orders at once answer their ids; unknown members, kinds and dates are refused', async () => {
    const reply = await bench.control('POST', `${S}/orders`, [{ kind: 'guest' }, {}]);
    expect(record(reply.json)['ids']).toHaveLength(2);
    for (const body of [{ sort: 1 }, { kind: 'nonsense' }, { dateCreated: 'soon' }]) {
      expect((await bench.control('POST', `${S}/orders`, body)).status).toBe(400);
    }
  });

  it('an edit bumps date_modified, mails when the status changes and not otherwise', async () => {
    const id = await add({});
    bench.store.setClock({ advanceMs: 3_000 });
    const edited = await bench.control('PATCH', `${S}/orders/${id}`, {
      status_id: 12,
      staff_notes: 'hold',
      paymentMethod: 'Cheque',
    });
    const order = record(record(edited.json)['order']);
    expect(order).toMatchObject({ status_id: 12, staff_notes: 'hold', payment_method: 'Cheque' });
    expect(Date.parse(String(order['date_modified']))).toBeGreaterThan(
      Date.parse(String(order['date_created'])),
    );
    await bench.control('PATCH', `${S}/orders/${id}`, { status_id: 12, staff_notes: 'still' });
    expect(record(record((await bench.control('GET', `${S}/mails`)).json)['byOrder'])[String(id)]).toBe(1);
    expect((await bench.control('PATCH', `${S}/orders/${id}`, { colour: 1 })).status).toBe(400);
    expect((await bench.control('PATCH', `${S}/orders/999999`, {})).status).toBe(404);
  });

  it('an edit changes, adds, refunds and removes lines, and archives', async () => {
    const id = await add({
      lines: [
        { sku: 'A', quantity: 1 },
        { sku: 'B', quantity: 1 },
      ],
    });
    await bench.control('PATCH', `${S}/orders/${id}`, {
      lines: [
        { sku: 'A', quantity: 4, refunded: 1 },
        { sku: 'B', remove: true },
        { sku: 'C', quantity: 2 },
      ],
      is_deleted: true,
      date_modified: '2026-02-03T04:05:06Z',
      form_fields: [{ name: 'Point', value: 'P9' }],
    });
    const products = rows((await bench.api('GET', `/v2/orders/${id}/products`)).json);
    expect(products.map((line) => [line['sku'], line['quantity'], line['quantity_refunded']])).toEqual([
      ['A', 4, 1],
      ['C', 2, 0],
    ]);
    expect(record((await bench.api('GET', `/v2/orders/${id}`)).json)).toMatchObject({
      is_deleted: true,
      date_modified: 'Tue, 03 Feb 2026 04:05:06 +0000',
    });
    expect(
      (await bench.control('PATCH', `${S}/orders/${id}`, { lines: [{ id: 1_000_000, quantity: 2 }] })).status,
    ).toBe(400);
  });

  it('a person ships everything or a part, with the same effects as through the API', async () => {
    const id = await add({ lines: [{ sku: 'A', quantity: 2 }] });
    const line = Number(rows((await bench.api('GET', `/v2/orders/${id}/products`)).json)[0]?.['id']);
    const first = await bench.control('POST', `${S}/orders/${id}/shipments`, {
      items: [{ order_product_id: line, quantity: 1 }],
      tracking_number: 'HAND-1',
    });
    expect(first.status).toBe(200);
    expect(record((await bench.api('GET', `/v2/orders/${id}`)).json)['status_id']).toBe(3);
    await bench.control('POST', `${S}/orders/${id}/shipments`, {});
    expect(record((await bench.api('GET', `/v2/orders/${id}`)).json)['status_id']).toBe(2);
    expect((await bench.control('POST', `${S}/orders/${id}/shipments`, {})).status).toBe(400);
    await bench.control('DELETE', `${S}/orders/${id}/shipments`, { id: record(first.json)['id'] });
    expect(rows((await bench.api('GET', `/v2/orders/${id}/shipments`)).json)).toHaveLength(1);
    expect(bench.store.writes().some((write) => write.path.includes(`/${id}/`))).toBe(false);
  });

  it('a raw order is served as it is, in the middle of its page, until it is taken back', async () => {
    const own = await startBench();
    try {
      own.store.seed({ count: 3, kind: 'plain' });
      const garbage = '{"id":101,"date_modified":"Sun, 22 Nov 2026 08:00:00 +0000","billing_address":7}';
      await own.control('PUT', '/stores/teststore1/orders/101/raw', garbage);
      const page = rows((await own.api('GET', '/v2/orders')).json);
      expect(page.map((row) => row['id'])).toEqual([100, 101, 102]);
      expect(page[1]).toEqual(JSON.parse(garbage));
      await own.control('PUT', '/stores/teststore1/orders/102/raw', '{"id":102,"broken":');
      expect((await own.api('GET', '/v2/orders')).json).toBeUndefined();
      await own.control('DELETE', '/stores/teststore1/orders/102/raw');
      expect(rows((await own.api('GET', '/v2/orders')).json)).toHaveLength(3);
      await own.control('PUT', '/stores/teststore1/orders/555/raw', '{"id":555}');
      expect((await own.api('GET', '/v2/orders/555')).json).toEqual({ id: 555 });
    } finally {
      await own.close();
    }
  });

  it('an order in the place of another with its id is served anew', async () => {
    await add({ id: 7000, staffNotes: 'first' });
    expect(record((await bench.api('GET', '/v2/orders/7000')).json)['staff_notes']).toBe('first');
    await add({ id: 7000, staffNotes: 'second' });
    expect(record((await bench.api('GET', '/v2/orders/7000')).json)['staff_notes']).toBe('second');
    expect(bench.store.orderIds().filter((id) => id === 7000)).toHaveLength(1);
  });

  it('the dumps give one order in full and all orders in brief', async () => {
    const id = await add({ kind: 'cod' });
    await bench.api('POST', `/v3/orders/${id}/metafields`, {
      permission_set: 'read',
      namespace: 'n',
      key: 'k',
      value: 'v',
    });
    const full = record((await bench.control('GET', `${S}/orders/${id}`)).json);
    expect(full).toMatchObject({ id, status_id: 7 });
    expect(record(full['order'])['id']).toBe(id);
    expect(rows(full['metafields'])).toMatchObject([{ namespace: 'n', key: 'k', value: 'v' }]);
    expect(rows(full['transactions'])).toMatchObject([{ gateway: 'cod' }]);
    const brief = rows((await bench.control('GET', `${S}/orders?fields=id,items_total`)).json);
    expect(Object.keys(brief[0] ?? {})).toEqual(['id', 'items_total']);
    expect(bench.store.orderIds()).toContain(id);
  });
});

describe('clock', () => {
  it('can be moved, set and frozen; the Date header and writes follow', async () => {
    const own = await startBench();
    try {
      const now = '2030-05-06T07:08:09.000Z';
      expect((await own.control('POST', '/clock', { now, freeze: true })).json).toEqual({ now });
      const reply = await own.api('GET', '/v2/time');
      expect(record(reply.json)['time']).toBe(Date.parse(now) / 1000);
      expect(reply.headers.get('date')).toBe('Mon, 06 May 2030 07:08:09 GMT');
      await own.control('POST', '/clock', { advanceMs: 86_400_000 });
      const [id] = own.store.addOrders([{}]);
      expect(record((await own.api('GET', `/v2/orders/${id}`)).json)['date_modified']).toBe(
        'Tue, 07 May 2030 07:08:09 +0000',
      );
      expect((await own.control('POST', '/clock', { now: 'noon' })).status).toBe(400);
      await own.control('POST', '/clock', { freeze: false });
      expect((await own.control('GET', '/clock')).status).toBe(200);
    } finally {
      await own.close();
    }
  });
});

describe('what happened', () => {
  it('requests are counted by route and window, listed, and forgotten on demand', async () => {
    const own = await startBench();
    try {
      own.store.addOrders([{ id: 100 }]);
      await own.api('GET', '/v2/orders?limit=1');
      await own.api('GET', '/v2/orders/100');
      await own.api('GET', '/v2/orders/101');
      const requests = record((await own.control('GET', `${S}/requests`)).json);
      expect(requests).toMatchObject({
        total: 3,
        maxInAnyWindow: 3,
        byRoute: { 'GET /v2/orders': 1, 'GET /v2/orders/{order_id}': 2 },
      });
      expect(rows(requests['list']).map((row) => [row['path'], row['status']])).toEqual([
        ['/v2/orders?limit=1', 200],
        ['/v2/orders/100', 200],
        ['/v2/orders/101', 404],
      ]);
      await own.control('DELETE', `${S}/requests`);
      expect(record((await own.control('GET', `${S}/requests`)).json)).toMatchObject({
        total: 0,
        maxInAnyWindow: 0,
      });
      expect((await own.control('GET', `${S}/writes`)).json).toEqual([]);
    } finally {
      await own.close();
    }
  });
});

describe('seeding', () => {
  it('plain orders are in status 11 with two physical lines and one consignment', async () => {
    const own = await startBench();
    try {
      const seeded = await own.control('POST', `${S}/seed`, { count: 20, kind: 'plain', startId: 1000 });
      expect(seeded.json).toEqual({ count: 20, firstId: 1000, lastId: 1019 });
      const orders = rows(
        (await own.api('GET', '/v2/orders?include=consignments.line_items&consignment_structure=object'))
          .json,
      );
      for (const order of orders) {
        expect(order['status_id']).toBe(11);
        expect(lines(order)).toHaveLength(2);
        expect(lines(order).every((line) => line['type'] === 'physical')).toBe(true);
      }
      expect(new Set(orders.map((order) => order['date_modified'])).size).toBeGreaterThan(15);
    } finally {
      await own.close();
    }
  });

  it('the same seed gives the same orders, another seed gives others', async () => {
    const dump = async (seed: number): Promise<string> => {
      const own = await startBench();
      try {
        own.store.setClock({ now: '2026-11-01T00:00:00Z', freeze: true });
        own.store.seed({ count: 40, kind: 'mixed', seed });
        const { text } = await own.api('GET', '/v2/orders?limit=250&include=consignments.line_items,fees');
        return text.replaceAll(own.simulator.url, '');
      } finally {
        await own.close();
      }
    };
    const first = await dump(3);
    expect(await dump(3)).toBe(first);
    expect(await dump(4)).not.toBe(first);
  });

  it('mixed orders cover every status from 0 to 14 and every kind of line', async () => {
    const own = await startBench();
    try {
      own.store.seed({ count: 80 });
      const orders = rows(
        (
          await own.control(
            'GET',
            `${S}/orders?fields=status_id,payment_method,default_currency_code,customer_id`,
          )
        ).json,
      );
      expect(new Set(orders.map((order) => order['status_id']))).toEqual(
        new Set(Array.from({ length: 15 }, (_, id) => id)),
      );
      expect(orders.some((order) => order['payment_method'] === 'Cash on Delivery')).toBe(true);
      expect(orders.some((order) => order['default_currency_code'] === 'EUR')).toBe(true);
      expect(orders.some((order) => order['customer_id'] === 0)).toBe(true);
    } finally {
      await own.close();
    }
  });

  it('as many orders as asked for share the newest second, within the given days', async () => {
    const own = await startBench();
    try {
      await own.control('POST', `${S}/seed`, {
        count: 50,
        kind: 'plain',
        modifiedWithinOneSecond: 10,
        createdFrom: '2026-03-01T00:00:00Z',
        createdTo: '2026-03-05T00:00:00Z',
      });
      const orders = rows((await own.api('GET', '/v2/orders')).json);
      const seconds = orders.map((order) => Date.parse(String(order['date_modified'])));
      const newest = Math.max(...seconds);
      expect(seconds.filter((second) => second === newest)).toHaveLength(10);
      expect(newest).toBeLessThanOrEqual(Date.parse('2026-03-05T00:00:00Z'));
      expect(Math.min(...seconds)).toBeGreaterThanOrEqual(Date.parse('2026-03-01T00:00:00Z'));
      expect((await own.control('POST', `${S}/seed`, { count: 0 })).status).toBe(400);
      expect((await own.control('POST', `${S}/seed`, { kind: 'plain' })).status).toBe(400);
    } finally {
      await own.close();
    }
  });
});

describe('as a program', () => {
  it('says how to reach the store it starts', async () => {
    const written: string[] = [];
    const options = {
      port: 0,
      host: '127.0.0.1',
      storeHash: 'demo1',
      token: 'demo-token',
      orders: 5,
      seed: 1,
      quota: null,
    };
    const simulator = await runSimulator(options, { write: (line) => void written.push(line) });
    try {
      expect(written.join('\n')).toContain(`${simulator.url}/stores/demo1/v2/orders`);
      expect(written.join('\n')).toContain('demo-token');
      const reply = await send(`${simulator.url}/stores/demo1/v2/orders`, 'GET', undefined, {
        'X-Auth-Token': 'demo-token',
      });
      expect(rows(reply.json)).toHaveLength(5);
    } finally {
      await simulator.close();
      await simulator.close();
    }
  });

  it('two stores in one process share nothing but the clock', async () => {
    await bench.control('PUT', '/stores/lonely1', { token: 't' });
    const id = await add({});
    const reply = await send(`${bench.simulator.url}/stores/lonely1/v2/orders/${id}`, 'GET', undefined, {
      'X-Auth-Token': 't',
    });
    expect(reply.status).toBe(404);
    expect(() => bench.simulator.store('absent')).toThrow('no store absent');
  });
});
