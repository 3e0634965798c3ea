// The contract check itself: it finds what does not fit, takes out known differences and nothing else, and knows the
// request bodies and webhook samples of the description.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { resolve } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { record, startBench } from '../simulator/harness.ts';
import { DifferenceBook } from './differences.ts';
import { descriptionFolder, Descriptions } from './openapi.ts';

const folder = descriptionFolder();

describe.runIf(folder !== null)('the contract check', () => {
  let descriptions: Descriptions;
  beforeAll(() => {
    descriptions = new Descriptions(folder ?? '');
  });

  const places = (method: string, template: string, status: number, value: unknown): string[] =>
    (descriptions.responseSchema(method, template, status)?.(value) ?? []).map((misfit) => misfit.at);
  const requestPlaces = (method: string, template: string, value: unknown): string[] =>
    (descriptions.requestSchema(method, template)?.(value) ?? []).map((misfit) => misfit.at);

  it('finds a wrong type, a wrong word and a member that is not described, at any depth', () => {
    const orders = [
      {
        id: '1',
        payment_status: 'perhaps',
        colour: 'red',
        consignments: { shipping: [{ id: 1, line_items: [{ id: 1, type: 'gas', extra: true }] }] },
      },
    ];
    const found = places('GET', '/v2/orders', 200, orders);
    expect(found).toContain('/*/id');
    expect(found).toContain('/*/payment_status');
    expect(found).toContain('/*/colour');
    expect(found).toContain('/*/consignments/shipping/*/line_items/*/type');
    expect(found).toContain('/*/consignments/shipping/*/line_items/*/extra');
  });

  it('accepts null only where the description says nullable', () => {
    const line = { id: 1, wrapping_name: null, event_date: null };
    expect(places('GET', '/v2/orders/{order_id}/products', 200, [line])).toEqual([]);
    expect(places('GET', '/v2/orders/{order_id}/products', 200, [{ id: null }])).toEqual(['/*/id']);
  });

  it('tells an operation, a status or a body that is not described', () => {
    expect(descriptions.statuses('GET', '/v2/orders')).toEqual(['200']);
    expect(descriptions.statuses('PATCH', '/v2/orders')).toBeNull();
    expect(descriptions.responseSchema('GET', '/v2/orders', 204)).toBeNull();
    expect(descriptions.requestSchema('GET', '/v2/orders')).toBeNull();
    expect(descriptions.requestSchema('POST', '/v9/nothing')).toBeNull();
  });

  it('checks request bodies: what is described passes, what is not is found', () => {
    const shipment = {
      order_address_id: 1,
      items: [{ order_product_id: 1, quantity: 2 }],
      tracking_number: '92',
      tracking_link: 'https://t.example/92',
      shipping_provider: '',
      tracking_carrier: 'usps',
      comments: '',
    };
    expect(requestPlaces('POST', '/v2/orders/{order_id}/shipments', shipment)).toEqual([]);
    expect(
      requestPlaces('POST', '/v2/orders/{id}/shipments', { ...shipment, tracking_number: '1'.repeat(51) }),
    ).toEqual(['/tracking_number']);
    expect(requestPlaces('PUT', '/v2/orders/{order_id}/shipments/{shipment_id}', { items: [] })).toEqual([
      '/items',
    ]);
    expect(requestPlaces('PUT', '/v2/orders/{order_id}', { status_id: 2 })).toEqual([]);
    expect(requestPlaces('PUT', '/v2/orders/{order_id}', { status: 'Shipped' })).toEqual(['/status']);
    const field = { permission_set: 'app_only', namespace: 'n', key: 'k', value: 'v' };
    expect(requestPlaces('POST', '/v3/orders/{order_id}/metafields', field)).toEqual([]);
    expect(
      requestPlaces('POST', '/v3/orders/{order_id}/metafields', { ...field, permission_set: 'all' }),
    ).toEqual(['/permission_set']);
    expect(
      requestPlaces('POST', '/v3/hooks', {
        scope: 'store/order/*',
        destination: 'https://x.example',
        headers: null,
      }),
    ).toEqual([]);
  });

  it('takes out known differences and nothing beside them, and names the entries nothing needed', () => {
    const book = new DifferenceBook([
      { call: 'GET /v2/orders', at: '/*/custom_status', why: 'label' },
      { call: 'GET /v2/orders', at: '/*/cart_id', why: 'never met' },
      { call: 'GET /v3/*', at: '/data/**', why: 'another call' },
    ]);
    const check = descriptions.responseSchema('GET', '/v2/orders', 200);
    if (check === null) throw new Error('the list of orders is not described');
    expect(
      book.unknownMisfits('GET /v2/orders', check, [{ custom_status: 'x' }, { custom_status: 'y' }]),
    ).toEqual([]);
    const left = book.unknownMisfits('GET /v2/orders', check, [{ custom_status: 'x', id: 'one' }]);
    expect(left.map((misfit) => misfit.at)).toEqual(['/*/id']);
    expect(book.covers('GET /v3/hooks', '/data/*/id')).toBe(true);
    expect(book.unused().map((entry) => entry.at)).toEqual(['/*/cart_id']);
  });

  it('webhooks of the simulator have the members of the published samples', async () => {
    const bodies = new Map<string, Record<string, unknown>>();
    const server = createServer((request, response) => {
      let text = '';
      request.on('data', (chunk: Buffer) => (text += chunk.toString()));
      request.on('end', () => {
        const body = record(JSON.parse(text));
        bodies.set(String(body['scope']), body);
        response.end();
      });
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const bench = await startBench();
    try {
      bench.store.setDeliveries({ deliverHooks: true });
      const address = server.address();
      const destination = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/`;
      for (const scope of ['store/order/*', 'store/shipment/*']) {
        expect((await bench.api('POST', '/v3/hooks', { scope, destination })).status).toBe(200);
      }
      const [id = 0] = bench.store.addOrders([{}]);
      const shipment = bench.store.shipInControlPanel(id);
      await bench.api('PUT', `/v2/orders/${id}/shipments/${shipment}`, { comments: 'x' });
      await bench.api('DELETE', `/v2/orders/${id}/shipments/${shipment}`);
      await bench.api('DELETE', `/v2/orders/${id}`);
      await bench.store.state.hooks.delivery.settled();
      for (const scope of [
        'order_created',
        'order_updated',
        'order_statusUpdated',
        'order_archived',
        'shipment_created',
        'shipment_updated',
        'shipment_deleted',
      ]) {
        const sample: unknown = JSON.parse(
          readFileSync(resolve(folder ?? '', `webhook-payloads/store_${scope}.json`), 'utf8'),
        );
        const name = `store/${scope.replace('_', '/')}`;
        expect(shape(bodies.get(name)), name).toEqual(shape(sample));
      }
    } finally {
      await bench.close();
      await new Promise((done) => server.close(done));
    }
  });
});

/** Member names and types of a value, at every depth. */
function shape(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return typeof value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, shape(member)]));
}
