// V3 beside the orders: metafields, pickups, webhooks with their deliveries, catalog, customers, store settings.
import { createServer } from 'node:http';
import type { IncomingHttpHeaders, Server } from 'node:http';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { data, record, rows, startBench } from './harness.ts';
import type { Bench } from './harness.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await startBench();
  bench.store.addOrders([{ id: 100 }, { id: 101 }, { id: 102, kind: 'store_pickup' }]);
});
afterAll(() => bench.close());

describe('order metafields', () => {
  const field = { permission_set: 'read', namespace: 'waybill', key: 'state', value: '{"a":1}' };

  it('a second one with the same client, namespace, key and order answers 409', async () => {
    expect((await bench.api('POST', '/v3/orders/100/metafields', field)).status).toBe(200);
    expect((await bench.api('POST', '/v3/orders/100/metafields', field)).status).toBe(409);
    expect((await bench.api('POST', '/v3/orders/101/metafields', field)).status).toBe(200);
  });

  it('are listed per order and for all orders, filtered by namespace and key', async () => {
    expect(
      data((await bench.api('GET', '/v3/orders/100/metafields?namespace=waybill&key=state')).json),
    ).toHaveLength(1);
    expect(data((await bench.api('GET', '/v3/orders/100/metafields?namespace=other')).json)).toEqual([]);
    expect(
      data((await bench.api('GET', '/v3/orders/metafields?namespace:in=waybill,other')).json),
    ).toHaveLength(2);
  });

  it('are updated and deleted by id, by their owner or where others may write', async () => {
    const own = data((await bench.api('GET', '/v3/orders/100/metafields')).json)[0];
    const path = `/v3/orders/100/metafields/${String(own?.['id'])}`;
    expect(record(record((await bench.api('PUT', path, { value: 'new' })).json)['data'])['value']).toBe(
      'new',
    );
    bench.store.addToken({ token: 'other', clientId: 'other' });
    const asOther = { 'X-Auth-Token': 'other' };
    expect((await bench.api('PUT', path, { value: 'stolen' }, asOther)).status).toBe(403);
    expect((await bench.api('DELETE', path, undefined, asOther)).status).toBe(403);
    expect((await bench.api('DELETE', path)).status).toBe(204);
    expect((await bench.api('GET', path)).status).toBe(404);
  });

  it('are refused without value, with a long key or an unknown permission set', async () => {
    for (const wrong of [
      { value: '' },
      { key: 'k'.repeat(65) },
      { permission_set: 'all' },
      { namespace: undefined },
    ]) {
      expect((await bench.api('POST', '/v3/orders/102/metafields', { ...field, ...wrong })).status).toBe(422);
    }
  });

  it('a batch keeps what worked and lists what did not', async () => {
    const batch = [
      { ...field, key: 'one', resource_id: 100 },
      { ...field, key: 'one', resource_id: 100 },
      { ...field, key: 'two', resource_id: 999_999 },
    ];
    const made = await bench.api('POST', '/v3/orders/metafields', batch);
    expect(made.status).toBe(422);
    expect(record(made.json)['meta']).toEqual({ total: 3, success: 1, failed: 2 });
    const id = data(made.json)[0]?.['id'];
    const changed = await bench.api('PUT', '/v3/orders/metafields', [
      { ...field, key: 'one', value: 'x', id },
    ]);
    expect(changed.status).toBe(200);
    expect(record((await bench.api('DELETE', '/v3/orders/metafields', [id])).json)['data']).toEqual([id]);
  });
});

describe('pickups', () => {
  it('are made ready, collected, read in bulk and deleted, without moving the order', async () => {
    const line = rows((await bench.api('GET', '/v2/orders/102/products')).json)[0];
    const item = { order_product_id: line?.['id'], quantity: 1 };
    const made = await bench.api('POST', '/v3/orders/pickups', [
      { pickup_method_id: 1, order_id: 102, ready_at: '2026-05-01T10:00:00Z', pickup_items: [item] },
    ]);
    expect(made.status).toBe(200);
    const pickup = data(made.json)[0];
    expect(rows(pickup?.['pickup_items'])[0]).toMatchObject({
      status: 'AWAITING_COLLECTION',
      collected_at: null,
    });
    const id = pickup?.['id'];
    const done = await bench.api('PUT', '/v3/orders/pickups', [
      { id, pickup_id: id, collected_at: '1777629600' },
    ]);
    expect(rows(data(done.json)[0]?.['pickup_items'])[0]).toMatchObject({
      status: 'COLLECTED',
      collected_at: '2026-05-01T10:00:00.000Z',
    });
    expect(data((await bench.api('GET', '/v3/orders/pickups?order_id:in=102,103')).json)).toHaveLength(1);
    expect(record((await bench.api('GET', '/v2/orders/102')).json)['status_id']).toBe(11);
    expect((await bench.api('DELETE', `/v3/orders/pickups?id:in=${String(id)}`)).status).toBe(204);
    expect(data((await bench.api('GET', '/v3/orders/pickups')).json)).toEqual([]);
  });

  it('are refused as problem documents', async () => {
    const reply = await bench.api('POST', '/v3/orders/pickups', [{ pickup_method_id: 1, order_id: 102 }]);
    expect(reply.status).toBe(422);
    expect(reply.headers.get('content-type')).toBe('application/problem+json');
    expect((await bench.api('PUT', '/v3/orders/pickups', [{ pickup_id: 1 }])).status).toBe(422);
  });
});

describe('webhooks', () => {
  const hook = { scope: 'store/order/*', destination: 'https://hooks.example/in' };

  it('are registered, changed, listed and deleted; a twin is refused', async () => {
    const made = record(
      record((await bench.api('POST', '/v3/hooks', { ...hook, headers: { a: 'b' } })).json)['data'],
    );
    expect(made).toMatchObject({ ...hook, headers: { a: 'b' }, is_active: true, store_hash: 'teststore1' });
    expect((await bench.api('POST', '/v3/hooks', hook)).status).toBe(422);
    const path = `/v3/hooks/${String(made['id'])}`;
    expect(
      record(record((await bench.api('PUT', path, { is_active: false })).json)['data'])['is_active'],
    ).toBe(false);
    expect(data((await bench.api('GET', '/v3/hooks?is_active=false')).json)).toHaveLength(1);
    const admin = record(record((await bench.api('GET', '/v3/hooks/admin')).json)['data']);
    expect(rows(admin['hooks_list'])[0]?.['status']).toBe('deactivated');
    expect((await bench.api('PUT', '/v3/hooks/admin', { emails: ['a@b.example'] })).status).toBe(204);
    expect(record((await bench.api('DELETE', path)).json)['data']).toMatchObject({ id: made['id'] });
    expect((await bench.api('GET', path)).status).toBe(404);
  });

  it('need https on port 443 and a scope that exists; ten per scope fit', async () => {
    for (const wrong of [
      { destination: 'http://hooks.example/in' },
      { destination: 'https://hooks.example:8443/in' },
      { destination: 'http://127.0.0.1:9/in' },
      { scope: 'store/orders/created' },
      { scope: 'order/created' },
      { scope: undefined },
    ]) {
      expect((await bench.api('POST', '/v3/hooks', { ...hook, ...wrong })).status).toBe(422);
    }
    const post = (n: number): ReturnType<Bench['api']> =>
      bench.api('POST', '/v3/hooks', {
        scope: 'store/cart/converted',
        destination: `https://hooks.example/${n}`,
      });
    for (let n = 0; n < 10; n += 1) expect((await post(n)).status).toBe(200);
    expect((await post(10)).status).toBe(422);
  });

  describe('deliveries', () => {
    interface Delivery {
      headers: IncomingHttpHeaders;
      body: string;
    }
    const received: Delivery[] = [];
    let answer = 200;
    let server: Server;
    let sender: Bench;
    let destination: string;
    beforeAll(async () => {
      server = createServer((request, response) => {
        let body = '';
        request.on('data', (chunk: Buffer) => (body += chunk.toString()));
        request.on('end', () => {
          received.push({ headers: request.headers, body });
          response.writeHead(answer).end();
        });
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const address = server.address();
      destination = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/hook`;
      sender = await startBench({ clientSecret: 'my-secret' });
      await sender.control('POST', '/stores/teststore1/hooks/deliveries', { deliverHooks: true });
      const made = await sender.api('POST', '/v3/hooks', {
        scope: 'store/order/*',
        destination,
        headers: { 'x-key': 'k' },
      });
      expect(made.status).toBe(200);
    });
    afterAll(async () => {
      await sender.close();
      await new Promise((resolve) => server.close(resolve));
    });
    const settled = (): Promise<void> => sender.store.state.hooks.delivery.settled();

    it('carry the ids, the fingerprint, own headers and a Standard Webhooks signature', async () => {
      const [id = 0] = sender.store.addOrders([{}]);
      await sender.api('PUT', `/v2/orders/${id}`, { status_id: 9 });
      await settled();
      const scopes = received.map((delivery) => String(record(JSON.parse(delivery.body))['scope'])).sort();
      expect(scopes).toEqual(['store/order/created', 'store/order/statusUpdated', 'store/order/updated']);
      const moved = received.find((delivery) => delivery.body.includes('statusUpdated'));
      const payload = record(JSON.parse(moved?.body ?? ''));
      expect(payload).toMatchObject({
        producer: 'stores/teststore1',
        data: { type: 'order', id, status: { previous_status_id: 11, new_status_id: 9 } },
      });
      expect(String(payload['hash'])).toMatch(/^[0-9a-f]{40}$/);
      expect(moved?.headers['x-key']).toBe('k');
      const verifier = new Webhook(Buffer.from('my-secret').toString('base64'));
      const headers = Object.fromEntries(
        ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map((name) => [
          name,
          String(moved?.headers[name]),
        ]),
      );
      expect(verifier.verify(moved?.body ?? '', headers)).toEqual(payload);
    });

    it('that fail are kept and can be sent again; switched-off hooks get nothing', async () => {
      answer = 500;
      const [id] = sender.store.addOrders([{}]);
      await settled();
      expect(sender.store.deliveries().at(-1)).toMatchObject({ status: 'failed', attempts: 1 });
      answer = 200;
      await sender.control('POST', '/stores/teststore1/hooks/deliveries/retry');
      await settled();
      expect(sender.store.deliveries().at(-1)).toMatchObject({ status: 'delivered', attempts: 2 });
      const hook = rows((await sender.control('GET', '/stores/teststore1/hooks')).json)[0];
      await sender.control('PATCH', `/stores/teststore1/hooks/${String(hook?.['id'])}`, { is_active: false });
      const before = sender.store.deliveries().length;
      await sender.api('PUT', `/v2/orders/${id}`, { status_id: 9 });
      expect(sender.store.deliveries()).toHaveLength(before);
      await sender.control('PATCH', `/stores/teststore1/hooks/${String(hook?.['id'])}`, { is_active: true });
    });

    it('can be doubled, lost and unsigned', async () => {
      const deliver = async (settings: object): Promise<Delivery[]> => {
        received.length = 0;
        sender.store.setDeliveries({ duplicates: 0, losses: 0, signed: true, ...settings });
        sender.store.addOrders([{}]);
        await settled();
        return [...received];
      };
      const twice = await deliver({ duplicates: 1 });
      expect(twice).toHaveLength(2);
      expect(twice[0]?.body).toBe(twice[1]?.body);
      expect(await deliver({ losses: 1 })).toEqual([]);
      expect((await deliver({ signed: false }))[0]?.headers['webhook-signature']).toBeUndefined();
    });
  });
});

describe('catalog', () => {
  it('products come with images, variants and custom fields; one has no image', async () => {
    const reply = await bench.api(
      'GET',
      '/v3/catalog/products?limit=250&include=primary_image,images,variants,custom_fields',
    );
    const products = data(reply.json);
    expect(products.length).toBeGreaterThan(5);
    expect(products.filter((product) => rows(product['images']).length === 0)).toHaveLength(1);
    expect(products.some((product) => rows(product['variants']).length > 1)).toBe(true);
    expect(products.some((product) => rows(product['custom_fields']).length > 0)).toBe(true);
    expect(products.find((product) => product['name'] === 'Postcard set')?.['primary_image']).toBeNull();
  });

  it('with options a page has ten products, whatever limit and meta say', async () => {
    const reply = await bench.api('GET', '/v3/catalog/products?limit=250&include=options');
    expect(data(reply.json)).toHaveLength(10);
    const meta = record(record(record(reply.json)['meta'])['pagination']);
    expect(meta).toMatchObject({ per_page: 250, total_pages: 1 });
    const second = await bench.api('GET', '/v3/catalog/products?limit=250&include=options&page=2');
    expect(data(second.json).length).toBeGreaterThan(0);
  });

  it('is filtered by ids and SKU, page by page, and a bad list answers 422', async () => {
    const all = data((await bench.api('GET', '/v3/catalog/products?limit=250')).json);
    const wanted = all.slice(0, 2).map((product) => product['id']);
    const found = data((await bench.api('GET', `/v3/catalog/products?id:in=${wanted.join(',')},99999`)).json);
    expect(found.map((product) => product['id'])).toEqual(wanted);
    const sku = encodeURIComponent(String(all[3]?.['sku']));
    expect(data((await bench.api('GET', `/v3/catalog/products?sku=${sku}`)).json)).toHaveLength(1);
    expect((await bench.api('GET', '/v3/catalog/products?id:in=a,b')).status).toBe(422);
    expect((await bench.api('GET', '/v3/catalog/products?limit=251')).status).toBe(413);
    expect(data((await bench.api('GET', '/v3/catalog/products?limit=5&page=9')).json)).toEqual([]);
    expect((await bench.api('GET', '/v3/catalog/products/99999')).status).toBe(404);
  });

  it('variants inherit a null price and show the calculated one; fields can be narrowed', async () => {
    const variants = data((await bench.api('GET', '/v3/catalog/variants?limit=250')).json);
    expect(
      variants.some((variant) => variant['price'] === null && Number(variant['calculated_price']) > 0),
    ).toBe(true);
    const narrow = data((await bench.api('GET', '/v3/catalog/variants?include_fields=sku,image_url')).json);
    expect(Object.keys(narrow[0] ?? {}).sort()).toEqual(['id', 'image_url', 'sku']);
  });

  it('customs data is read in bulk and written per product; its page count is spelt total_page', async () => {
    const reply = await bench.api('GET', '/v3/shipping/products/customs-information?product_id:in=77,78');
    expect(data(reply.json).length).toBeGreaterThan(0);
    expect(record(record(record(reply.json)['meta'])['pagination'])['total_page']).toBe(1);
    const row = {
      product_id: 77,
      country_of_origin: 'FR',
      commodity_description: 'Bag',
      international_shipping: true,
      hs_codes: { ALL: '420292' },
    };
    expect(
      data((await bench.api('PUT', '/v3/shipping/products/customs-information', [row])).json)[0],
    ).toMatchObject(row);
    const many = Array.from({ length: 51 }, () => row);
    expect((await bench.api('PUT', '/v3/shipping/products/customs-information', many)).status).toBe(413);
  });
});

describe('the store itself', () => {
  it('tells name, units, mails, stock behavior, storefronts, customers and labels', async () => {
    expect(record((await bench.api('GET', '/v2/store')).json)).toMatchObject({
      id: 'teststore1',
      weight_units: 'KGS',
    });
    const mails = record(record((await bench.api('GET', '/v3/settings/email-statuses')).json)['data']);
    expect(mails['combined_order_status_email']).toBe(true);
    expect((await bench.api('GET', '/v3/settings/inventory')).status).toBe(200);
    expect(data((await bench.api('GET', '/v3/channels?type:in=storefront')).json)).toHaveLength(1);
    expect((await bench.api('GET', '/v3/channels/1/site')).status).toBe(200);
    expect((await bench.api('GET', '/v3/channels/9')).status).toBe(404);
    const customers = data((await bench.api('GET', '/v3/customers?id:in=1,2,4')).json);
    expect(customers.map((customer) => customer['customer_group_id'])).toEqual([0, 0, 2]);
    await bench.control('PUT', '/stores/teststore1/statuses/9', { custom_label: 'Picked' });
    const statuses = rows((await bench.api('GET', '/v2/order_statuses')).json);
    expect(statuses).toHaveLength(15);
    expect(record((await bench.api('GET', '/v2/order_statuses/9')).json)).toMatchObject({
      name: 'Awaiting Shipment',
      custom_label: 'Picked',
    });
    expect((await bench.api('GET', '/v2/order_statuses/15')).status).toBe(404);
    const [id] = bench.store.addOrders([{ kind: 'awaiting_shipment' }]);
    expect(record((await bench.api('GET', `/v2/orders/${id}`)).json)).toMatchObject({
      status: 'Awaiting Shipment',
      custom_status: 'Picked',
    });
  });

  it('order settings are read and written without a data wrapper', async () => {
    const body = { notifications: { forward_invoice: { email_addresses: ['x@y.example'] } } };
    expect((await bench.api('PUT', '/v3/orders/settings', body)).status).toBe(200);
    const settings = record((await bench.api('GET', '/v3/orders/settings')).json);
    expect(record(settings['notifications'])['forward_invoice']).toEqual({
      email_addresses: ['x@y.example'],
    });
  });
});
