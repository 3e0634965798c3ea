// Shipments: what they raise, move and mail, and what the store refuses.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lines, record, rows, startBench } from './harness.ts';
import type { Bench } from './harness.ts';

const FULL = '?include=consignments.line_items&consignment_structure=object';

let bench: Bench;
beforeAll(async () => {
  bench = await startBench();
});
afterAll(() => bench.close());

interface Made {
  id: number;
  path: string;
  address: number;
  line: number;
}

async function make(quantity = 2, spec: object = {}): Promise<Made> {
  const [id = 0] = bench.store.addOrders([{ lines: [{ sku: 'A', quantity }], ...spec }]);
  const line = lines(await read(id))[0];
  return {
    id,
    path: `/v2/orders/${id}/shipments`,
    address: Number(line?.['order_address_id']),
    line: Number(line?.['id']),
  };
}

async function read(id: number): Promise<Record<string, unknown>> {
  return record((await bench.api('GET', `/v2/orders/${id}${FULL}`)).json);
}

const shipment = (made: Made, quantity: number, rest: object = {}): object => ({
  order_address_id: made.address,
  items: [{ order_product_id: made.line, quantity }],
  ...rest,
});

describe('creating a shipment', () => {
  it('raises the shipped units, moves the order to Shipped, sets date_shipped and mails once', async () => {
    const made = await make();
    const reply = await bench.api(
      'POST',
      made.path,
      shipment(made, 2, { tracking_number: '9205', tracking_carrier: 'usps', shipping_provider: '' }),
    );
    expect(reply.status).toBe(201);
    expect(record(reply.json)).toMatchObject({
      order_id: made.id,
      tracking_number: '9205',
      items: [{ order_product_id: made.line, product_id: 0, quantity: 2 }],
    });
    const order = await read(made.id);
    expect(order).toMatchObject({ status_id: 2, items_shipped: 2 });
    expect(order['date_shipped']).not.toBe('');
    expect(lines(order)[0]?.['quantity_shipped']).toBe(2);
    expect(bench.store.mails().list.filter((mail) => mail.orderId === made.id)).toMatchObject([
      { kind: 'shipment', hasTracking: true },
    ]);
  });

  it('of a part moves the order to Partially Shipped and leaves date_shipped empty', async () => {
    const made = await make(3);
    await bench.api('POST', made.path, shipment(made, 1));
    expect(await read(made.id)).toMatchObject({ status_id: 3, items_shipped: 1, date_shipped: '' });
    expect(bench.store.mails().list.at(-1)).toMatchObject({ kind: 'shipment', hasTracking: false });
    await bench.api('POST', made.path, shipment(made, 2));
    expect((await read(made.id))['status_id']).toBe(2);
  });

  it('does not need digital lines to be shipped', async () => {
    const [id = 0] = bench.store.addOrders([{ kind: 'mixed' }]);
    bench.store.shipInControlPanel(id);
    expect((await read(id))['status_id']).toBe(2);
  });

  it('does not count refunded units as missing', async () => {
    const made = await make(2);
    bench.store.editOrder(made.id, { lines: [{ id: made.line, refunded: 1 }] });
    await bench.api('POST', made.path, shipment(made, 1));
    expect((await read(made.id))['status_id']).toBe(2);
  });

  it('leaves the status alone in a store with that habit', async () => {
    const calm = await startBench({ shipmentMovesStatus: false });
    try {
      const [id = 0] = calm.store.addOrders([{}]);
      calm.store.shipInControlPanel(id);
      expect(record((await calm.api('GET', `/v2/orders/${id}`)).json)['status_id']).toBe(11);
    } finally {
      await calm.close();
    }
  });

  it('of more units than are left is refused with the quantity that is available', async () => {
    const made = await make(2);
    await bench.api('POST', made.path, shipment(made, 2));
    const reply = await bench.api('POST', made.path, shipment(made, 1));
    expect(reply.status).toBe(400);
    expect(reply.json).toEqual([
      {
        status: 400,
        message: "The field 'quantity' is invalid.",
        details: {
          invalid_reason:
            'The quantity specified is greater than the quantity of the product that is available to ship.',
          available_quantity: 0,
          order_product_id: made.line,
        },
      },
    ]);
  });

  it('twice with a partial quantity makes two shipments: the store protects nobody from that', async () => {
    const made = await make(4);
    expect((await bench.api('POST', made.path, shipment(made, 2, { tracking_number: 'T' }))).status).toBe(
      201,
    );
    expect((await bench.api('POST', made.path, shipment(made, 2, { tracking_number: 'T' }))).status).toBe(
      201,
    );
    expect(rows((await bench.api('GET', made.path)).json)).toHaveLength(2);
  });

  it('sums a line that is listed twice before it compares', async () => {
    const made = await make(2);
    const items = [
      { order_product_id: made.line, quantity: 2 },
      { order_product_id: made.line, quantity: 1 },
    ];
    expect((await bench.api('POST', made.path, { order_address_id: made.address, items })).status).toBe(400);
  });

  it('refuses a tracking number above 50 characters, a link above 500, an unknown provider', async () => {
    const made = await make();
    const refused = [
      { tracking_number: '1'.repeat(51) },
      { tracking_link: `https://t.example/${'x'.repeat(500)}` },
      { shipping_provider: 'pigeon' },
      { tracking_number: 12345 },
      { carrier: 'usps' },
    ];
    for (const rest of refused)
      expect((await bench.api('POST', made.path, shipment(made, 1, rest))).status).toBe(400);
    expect(
      (await bench.api('POST', made.path, shipment(made, 1, { tracking_number: '1'.repeat(50) }))).status,
    ).toBe(201);
  });

  it('refuses a wrong address, a line of another order, a digital line, no lines and half units', async () => {
    const made = await make();
    const other = await make();
    const [mixed = 0] = bench.store.addOrders([{ kind: 'mixed' }]);
    const products = rows((await bench.api('GET', `/v2/orders/${mixed}/products`)).json);
    const digital = products.find((line) => line['type'] === 'digital');
    const address = products.find((line) => line['type'] === 'physical')?.['order_address_id'];
    const item = (order_product_id: unknown, quantity: unknown = 1): object => ({
      order_product_id,
      quantity,
    });
    const bodies: [string, object][] = [
      [made.path, { order_address_id: other.address, items: [item(made.line)] }],
      [made.path, { order_address_id: made.address, items: [item(other.line)] }],
      [made.path, { order_address_id: made.address, items: [] }],
      [made.path, { order_address_id: made.address }],
      [made.path, { items: [item(made.line)] }],
      [made.path, { order_address_id: made.address, items: [item(made.line, 0)] }],
      [made.path, { order_address_id: made.address, items: [item(made.line, 0.5)] }],
      [`/v2/orders/${mixed}/shipments`, { order_address_id: address, items: [item(digital?.['id'])] }],
    ];
    for (const [path, body] of bodies) expect((await bench.api('POST', path, body)).status).toBe(400);
    expect((await bench.api('POST', '/v2/orders/999999/shipments', shipment(made, 1))).status).toBe(404);
  });

  it('keeps each address of an order apart', async () => {
    const [id = 0] = bench.store.addOrders([{ kind: 'two_addresses' }]);
    const products = rows((await bench.api('GET', `/v2/orders/${id}/products`)).json);
    const addresses = products.map((line) => line['order_address_id']);
    expect(new Set(addresses).size).toBe(2);
    const items = products.map((line) => ({ order_product_id: line['id'], quantity: 1 }));
    const both = { order_address_id: addresses[0], items };
    expect((await bench.api('POST', `/v2/orders/${id}/shipments`, both)).status).toBe(400);
  });
});

describe('tracking links', () => {
  it('come from provider or carrier and number; an own link wins; a number alone gives none', async () => {
    const made = await make(4);
    const post = async (rest: object): Promise<Record<string, unknown>> =>
      record((await bench.api('POST', made.path, shipment(made, 1, rest))).json);
    const carrier = await post({ shipping_provider: '', tracking_carrier: 'usps', tracking_number: '1' });
    expect(carrier['generated_tracking_link']).toContain('usps/1');
    const own = await post({
      shipping_provider: 'ups',
      tracking_number: '2',
      tracking_link: 'https://t.example/2',
    });
    expect(own).toMatchObject({ tracking_link: 'https://t.example/2', generated_tracking_link: '' });
    const bare = await post({ shipping_provider: '', tracking_number: '3' });
    expect(bare['generated_tracking_link']).toBe('');
    const omitted = await post({ tracking_number: '4' });
    expect(omitted).toMatchObject({ shipping_provider: 'custom', generated_tracking_link: '' });
  });
});

describe('the life of a shipment', () => {
  it('an order without shipments answers 204', async () => {
    const made = await make();
    expect((await bench.api('GET', made.path)).status).toBe(204);
    expect((await bench.api('GET', `${made.path}/count`)).json).toEqual({ count: 0 });
  });

  it('an update changes texts, takes no items, mails nobody and leaves the date of the order', async () => {
    const made = await make();
    const id = String(record((await bench.api('POST', made.path, shipment(made, 2))).json)['id']);
    const before = await read(made.id);
    const mails = bench.store.mails().total;
    bench.store.setClock({ advanceMs: 5_000 });
    const reply = await bench.api('PUT', `${made.path}/${id}`, { tracking_number: 'NEW' });
    expect(record(reply.json)['tracking_number']).toBe('NEW');
    expect((await bench.api('GET', `${made.path}/${id}`)).json).toEqual(reply.json);
    expect((await bench.api('PUT', `${made.path}/${id}`, { items: [] })).status).toBe(400);
    expect(bench.store.mails().total).toBe(mails);
    expect((await read(made.id))['date_modified']).toBe(before['date_modified']);
    expect((await bench.api('PUT', `${made.path}/999999`, { comments: 'x' })).status).toBe(404);
  });

  it('deleting it frees the units and leaves the status where it is', async () => {
    const made = await make();
    const id = String(record((await bench.api('POST', made.path, shipment(made, 2))).json)['id']);
    expect((await bench.api('DELETE', `${made.path}/${id}`)).status).toBe(204);
    expect(await read(made.id)).toMatchObject({ status_id: 2, items_shipped: 0 });
    expect((await bench.api('DELETE', `${made.path}/${id}`)).status).toBe(404);
    expect((await bench.api('POST', made.path, shipment(made, 2))).status).toBe(201);
    expect((await bench.api('DELETE', made.path)).status).toBe(204);
    expect((await bench.api('GET', made.path)).status).toBe(204);
  });
});
