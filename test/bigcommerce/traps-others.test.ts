// Traps of the API that concern catalog, customers, webhooks, pickups and errors, each by its number on the page of
// facts (section.place).
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { StoreClient } from '../../bigcommerce/client.ts';
import { readOrder } from '../../bigcommerce/translate.ts';
import { answeringServer, type AnsweringServer } from './answering-server.ts';
import { wireOrderOf } from './orders-on-the-wire.ts';
import { clientAt, simulatedSide, storeErrorOf, type SimulatedSide } from './simulated.ts';

let side: SimulatedSide;
beforeAll(async () => {
  side = await simulatedSide();
});
afterAll(() => side.bench.close());
let server: AnsweringServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

async function answered(body: unknown, status = 200): Promise<StoreClient> {
  server = await answeringServer((response) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body)),
  );
  return clientAt(server.url);
}
const page = (data: unknown[]): unknown => ({ data, meta: { pagination: { total: data.length } } });
const read = (raw: unknown) => {
  const result = readOrder(raw, { storeHash: 'abc123' });
  if (!result.ok) throw new Error(result.problem);
  return result.order;
};

describe('the catalog', () => {
  it('Traps 7.9: a product that is gone is absent and no error', async () => {
    const { rows } = await side.client.productsById({ productIds: [999_999], include: [], page: 1 });
    expect(rows).toEqual([]);
    expect(await side.client.variantsOfProducts([999_999], 1)).toEqual({ rows: [], mayGoOn: false });
    expect((await side.client.customsInformation([999_999], 1)).rows).toEqual([]);
  });

  it('Traps 7.10: a weight is text or number, in the unit of the store', async () => {
    const client = await answered(
      page([
        { id: 1, weight: '1.5' },
        { id: 2, weight: 1.5 },
        { id: 3, weight: null },
      ]),
    );
    const { rows } = await client.productsById({ productIds: [1, 2, 3], include: [], page: 1 });
    expect(rows.map((product) => product.weight)).toEqual(['1.5000', '1.5000', null]);
    expect((await side.client.storeInformation()).weightUnits).toBe('KGS');
  });
});

describe('customers', () => {
  it('Traps 8.2: they are asked for by id in V3, because V2 has no such filter', async () => {
    const client = await answered(page([]));
    await client.customersById({ customerIds: [1, 2], page: 1 });
    expect(server?.received[0]?.url).toMatch(/^\/stores\/abc123\/v3\/customers\?id%3Ain=1%2C2&/);
  });

  it('Traps 8.3: customer 0 is a guest for ever and is never asked for', async () => {
    await expect(side.client.customersById({ customerIds: [0], page: 1 })).rejects.toThrow(RangeError);
  });

  it('Traps 8.5: the same e-mail on two storefronts is two customers', async () => {
    const same = { email: 'ada@example.com' };
    const client = await answered(
      page([
        { id: 1, ...same, origin_channel_id: 1 },
        { id: 2, ...same, origin_channel_id: 2 },
      ]),
    );
    const { rows } = await client.customersById({ customerIds: [1, 2], page: 1 });
    expect(rows.map((row) => [row.customerId, row.originStorefrontId])).toEqual([
      [1, 1],
      [2, 2],
    ]);
  });

  it('Traps 8.6: a customer whose group was deleted has none', async () => {
    const client = await answered(
      page([
        { id: 1, customer_group_id: 0 },
        { id: 2, customer_group_id: null },
      ]),
    );
    const { rows } = await client.customersById({ customerIds: [1, 2], page: 1 });
    expect(rows.map((row) => row.groupId)).toEqual([null, null]);
  });
});

describe('webhooks', () => {
  it('Traps 9.3 and 9.4: one that the store switched off is seen as off and can be switched on', async () => {
    const made = await side.client.createWebhook({
      scope: 'store/order/*',
      destination: 'https://waybill.example/in',
      headers: {},
      active: false,
    });
    expect((await side.client.listWebhooks(1)).rows[0]?.active).toBe(false);
    expect((await side.client.updateWebhook(made.webhookId, { active: true })).active).toBe(true);
    await side.client.deleteWebhook(made.webhookId);
  });

  it('Traps 9.6: a misspelt scope is refused and not taken for registered', async () => {
    const draft = { destination: 'https://waybill.example/in', headers: {}, active: true };
    expect(
      await storeErrorOf(side.client.createWebhook({ ...draft, scope: 'store/odrer/created' })),
    ).toMatchObject({ code: 'InvalidRequest', httpStatus: 422 });
  });
});

describe('pickups', () => {
  it('Traps 10.4: metafields that are for their app only are not seen, and that is no error', async () => {
    side.bench.store.addToken({ token: 'plugin', clientId: 'plugin' });
    const [orderId = 0] = side.bench.store.addOrders([{}]);
    await side.as('plugin').createOrderMetafield(orderId, {
      namespace: 'lockers',
      key: 'id',
      value: 'L-1',
      permissionSet: 'app_only',
    });
    expect((await side.client.orderMetafields(orderId, { page: 1 })).rows).toEqual([]);
  });

  it('Traps 10.5: orders without physical lines have no address: 204 and an empty list alike', async () => {
    const [orderId = 0] = side.bench.store.addOrders([{ kind: 'store_pickup' }]);
    expect(await side.client.orderShippingAddresses(orderId, 1)).toEqual([]);
    expect(await (await answered([])).orderShippingAddresses(1, 1)).toEqual([]);
  });
});

describe('storefronts', () => {
  it('Traps 13.3: the source of an order and its storefront are two things', () => {
    const order = read(wireOrderOf({ order_source: 'amazon', channel_id: 1 }));
    expect(order).toMatchObject({ storefrontId: 1, origin: { source: 'amazon' } });
  });

  it('Traps 13.1: marketplaces are told from storefronts', async () => {
    const { rows } = await side.client.storefronts(1);
    expect(rows.map((row) => row.type)).toEqual(['storefront', 'marketplace']);
  });
});

describe('errors', () => {
  it('Traps 14.3: the key of others is external_order_id; external_id is the old field', () => {
    const order = read(wireOrderOf({ external_order_id: 'EXT-1', external_id: 'OLD-9' }));
    expect(order.externalOrderId).toBe('EXT-1');
    expect(read(wireOrderOf({ external_order_id: null, external_id: 'OLD-9' })).externalOrderId).toBeNull();
  });

  it('Traps 14.5: a refusal names the fields, also those that we did not send', async () => {
    const client = await answered(
      {
        status: 422,
        title: 'Validation failed',
        errors: { 'billing_address.phone': 'is required by ada@example.com', 'Ada Archer': 'x' },
      },
      422,
    );
    const error = await storeErrorOf(client.setStatus(1, 2));
    expect(error.storeSentence).toBe('Validation failed · fields: billing_address.phone');
    expect(error.message).toContain('billing_address.phone');
  });

  it('Traps 14.6: 403 on one call is a scope, 401 is the token, and both are told apart', async () => {
    side.bench.store.addToken({ token: 'orders-only', scopes: ['store_v2_orders_read_only'] });
    const limited = side.as('orders-only');
    expect((await limited.listOrders({ sort: 'id:asc', limit: 1 })).orders).toHaveLength(1);
    expect(await storeErrorOf(limited.customersById({ customerIds: [1], page: 1 }))).toMatchObject({
      reason: 'forbidden',
    });
    expect(await storeErrorOf(limited.setStatus(1, 2))).toMatchObject({ reason: 'forbidden' });
    expect(await storeErrorOf(side.as('gone').storeTime())).toMatchObject({ reason: 'unauthorized' });
  });
});
