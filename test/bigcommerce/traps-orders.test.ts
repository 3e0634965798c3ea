// Traps of the API that concern orders, payments and paging, each by its number on the page of facts (section.place).
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { readAllPayments, type AllPayments } from '../../activities/order-payments.ts';
import { NO_SHELF } from '../../activities/run-shelf.ts';
import { mayGoOn, type StoreClient } from '../../bigcommerce/client.ts';
import { readOrder } from '../../bigcommerce/translate.ts';
import { answeringServer, type AnsweringServer } from './answering-server.ts';
import { everyCall, listeningBetween, makePlace } from './every-call.ts';
import { wireConsignmentsOf, wireLineItem, wireOrderOf, wireShipping } from './orders-on-the-wire.ts';
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
    response
      .writeHead(status, { 'content-type': 'application/json' })
      .end(body === undefined ? undefined : JSON.stringify(body)),
  );
  return clientAt(server.url);
}
const read = (raw: unknown) => {
  const result = readOrder(raw, { storeHash: 'abc123' });
  if (!result.ok) throw new Error(result.problem);
  return result;
};
const page = (data: unknown[], total = data.length): unknown => ({ data, meta: { pagination: { total } } });
const ids = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

describe('orders', () => {
  it('Traps 3.1: 204 with an empty body is an empty list in every list call', async () => {
    const client = await answered(undefined, 204);
    expect((await client.listOrders({ sort: 'id:asc', limit: 250 })).orders).toEqual([]);
    expect(await client.orderProducts(1, 1)).toEqual([]);
    expect(await client.listShipments(1, 1)).toEqual([]);
    expect((await client.orderMessages(1, 1)).rows).toEqual([]);
    expect((await client.orderTransactions(1, 1)).rows).toEqual([]);
    expect((await client.listWebhooks(1)).rows).toEqual([]);
    expect(await client.pickupsOfOrders([1])).toEqual([]);
  });

  it('Traps 3.2: the 50-line cap is seen by the count, by fifty lines, and by the warning wherever it stands', () => {
    const lines = ids(50).map((id) => wireLineItem({ id, quantity: 1 }));
    const order = (shipping: Record<string, unknown>, itemsTotal: number, more: object = {}) =>
      wireOrderOf({
        items_total: itemsTotal,
        consignments: wireConsignmentsOf({ shipping: [wireShipping(shipping)], ...more }),
      });
    expect(read(order({ line_items: lines }, 50)).linesIncomplete).toBe(true);
    expect(read(order({ line_items: lines.slice(0, 2) }, 3)).linesIncomplete).toBe(true);
    const warning = { __warning__: { message: 'only 50 are included' } };
    expect(read(order({ line_items: lines.slice(0, 2), ...warning }, 2)).linesIncomplete).toBe(true);
    expect(read(order({ line_items: lines.slice(0, 2) }, 2, warning)).linesIncomplete).toBe(true);
    expect(read(order({ line_items: lines.slice(0, 2) }, 2)).linesIncomplete).toBe(false);
  });

  it('Traps 3.3: an include that came back empty for an order with products is noticed', () => {
    const empty = wireConsignmentsOf({ shipping: [wireShipping({ line_items: [] })] });
    expect(read(wireOrderOf({ items_total: 2, consignments: empty })).linesIncomplete).toBe(true);
  });

  it('Traps 3.5: a date filter that the store ignored is noticed by its rows', async () => {
    side.bench.store.seed({ count: 5, kind: 'plain', startId: 5_000 });
    side.bench.store.setFaults([{ fault: 'no-filters' }]);
    const late = { minModified: '2099-01-01T00:00:00Z', sort: 'date_modified:asc', limit: 250 } as const;
    expect(await storeErrorOf(side.client.listOrders(late))).toMatchObject({ code: 'FilterIgnored' });
    side.bench.store.clearFaults();
    expect((await side.client.listOrders(late)).orders).toEqual([]);
  });

  it('Traps 3.8: the count and the list disagree on archived orders, so a count bounds no page', async () => {
    const own = await simulatedSide();
    own.bench.store.seed({ count: 6, kind: 'plain', startId: 100 });
    own.bench.store.editOrder(103, { is_deleted: true });
    const listed = (await own.client.listOrders({ sort: 'id:asc', limit: 250 })).orders.length;
    expect([listed, (await own.client.countOrders({})).total]).toEqual([5, 6]);
    await own.bench.close();
  });

  it('Traps 3.9 and 3.10: a status goes by its number, alone, and leaves coupons and totals as they were', async () => {
    const [orderId = 0] = side.bench.store.addOrders([{ kind: 'coupon' }]);
    const money = async (): Promise<unknown[]> => {
      // The simulated store answers an order's members by these names.
      const order = (await side.client.getOrder(orderId)).order as Record<string, unknown>;
      return [order['coupon_discount'], order['total_inc_tax'], order['subtotal_inc_tax']];
    };
    const before = await money();
    expect(await side.client.setStatus(orderId, 2)).toBe(2);
    await side.client.setStaffNotes(orderId, 'Packed');
    expect(await money()).toEqual(before);
  });

  it('Traps 3.11: no call of ours writes a total, a tax or a shipping address', async () => {
    const own = await simulatedSide();
    const between = await listeningBetween(own.bench);
    const client = clientAt(between.server.url, 'teststore1', 'token-1');
    for (const call of everyCall(await makePlace(own.bench, own.client))) await call.run(client);
    const writes = between.exchanges.filter((exchange) => exchange.method !== 'GET');
    expect(writes.length).toBeGreaterThan(10);
    for (const { path, body } of writes) {
      expect(body).not.toMatch(/_tax|total|discount|address"|products/);
      expect(path).not.toMatch(/shipping_addresses|payment_actions/);
    }
    await between.server.close();
    await own.bench.close();
  });

  it('Traps 3.13: a shipment has no number, several, or a URL in its place, and is read as it is', async () => {
    const client = await answered([
      { id: 1, tracking_number: null, items: [] },
      { id: 2, tracking_number: '9205 9206, 9207', items: [] },
      { id: 3, tracking_number: 'https://track.example/9208', items: [] },
    ]);
    expect((await client.listShipments(1, 1)).map((shipment) => shipment.trackingNumber)).toEqual([
      '',
      '9205 9206, 9207',
      'https://track.example/9208',
    ]);
  });

  it('Traps 3.14: an address with only a country, only its code, no state and no phone is taken', () => {
    const bare = { state: null, phone: null, zip: 78751, email: null };
    const { order } = read(
      wireOrderOf({
        billing_address: { ...wireShipping(), ...bare, country: '', country_iso2: 'US' },
        consignments: wireConsignmentsOf({
          shipping: [wireShipping({ ...bare, country: 'United States', country_iso2: null })],
        }),
      }),
    );
    expect(order.billingAddress).toMatchObject({
      country: '',
      countryIso2: 'US',
      state: '',
      phone: '',
      postalCode: '78751',
    });
    expect(order.consignments[0]).toMatchObject({ address: { country: 'United States', countryIso2: '' } });
  });

  it('Traps 3.15: two orders of equal content are two orders', () => {
    const [first, second] = [1001, 1002].map((id) => read(wireOrderOf({ id })).order);
    expect([first?.orderId, second?.orderId]).toEqual([1001, 1002]);
  });

  it('Traps 3.16: the documented paths are asked, never the links inside an order', async () => {
    const client = await answered([]);
    await client.orderShippingAddresses(7, 1);
    await client.orderProducts(7, 1);
    expect(server?.received.map((request) => request.url.split('?')[0])).toEqual([
      '/stores/abc123/v2/orders/7/shipping_addresses',
      '/stores/abc123/v2/orders/7/products',
    ]);
  });

  it('Traps 4.1: the status is known by its number, whatever its label says', () => {
    const labels = { status: 'Shipped', custom_status: 'Delivered', status_id: 11 };
    expect(read(wireOrderOf(labels)).order.statusId).toBe(11);
  });
});

describe('payments', () => {
  it('Traps 5.1: an order with more payments than are listed is said to be incomplete (K-34)', async () => {
    const rows = ids(250).map((id) => ({ id, event: 'purchase', amount: 1, gateway: 'stripe' }));
    const payments = async (answer: unknown): Promise<AllPayments | null> => {
      await server?.close();
      const client = await answered(answer);
      return readAllPayments(client, read(wireOrderOf({})).order, NO_SHELF, (question) => question());
    };
    // It takes no `page`: the same 250 are answered again.
    expect(await payments(page(rows, 260))).toMatchObject({ complete: false });
    expect((await payments(page(rows, 260)))?.payments).toHaveLength(250);
    expect(await payments({ data: rows, meta: {} })).toMatchObject({ complete: false });
    expect(await payments(page(rows, 250))).toMatchObject({ complete: true });
    expect(await payments({ data: rows.slice(0, 49), meta: {} })).toMatchObject({ complete: true });
    expect(server?.received.map(({ url }) => new URL(url, 'http://x').search)).toEqual(['?limit=250&page=1']);
  });

  it('Traps 5.2: the order of a payment is text here and a number elsewhere, and both are taken', async () => {
    for (const order_id of ['250', 250, null])
      expect(
        (await (await answered(page([{ id: 1, order_id }]))).orderTransactions(250, 1)).rows,
      ).toHaveLength(1);
  });

  it('Traps 5.4 and 5.6: nothing is refunded, captured or voided by any call', async () => {
    const { client } = side;
    expect(Object.keys(client).filter((name) => /refund|capture|void/i.test(name))).toEqual([
      'refundsOfOrders',
    ]);
    await client.refundsOfOrders([5_000], 1);
    expect(side.bench.store.writes().filter((write) => write.path.includes('payment_actions'))).toEqual([]);
  });

  it('Traps 5.5: what was refunded is known from lines and refunds, never from refunded_amount', async () => {
    const [orderId = 0] = side.bench.store.addOrders([{ kind: 'partially_refunded' }]);
    const { order } = await side.client.getOrder(orderId);
    expect(order).toMatchObject({ refunded_amount: '0.0000' });
    expect(read(order).order.lineItems.map((line) => line.quantityRefunded)).toContain(1);
    expect((await side.client.refundsOfOrders([orderId], 1)).rows).toHaveLength(1);
  });

  it('Traps 5.7: pages are asked by number, so the two ends of a cursor cannot be mixed up', async () => {
    const client = await answered(page([]));
    await client.orderMetafields(1, { page: 3 });
    await client.customersById({ customerIds: [1], page: 2 });
    for (const request of server?.received ?? [])
      expect(request.url).toMatch(/[?&]page=[23]\b(?!.*(before|after)=)/);
  });
});

describe('paging', () => {
  it('Traps 6.3: a limit that was capped in silence does not end the list', async () => {
    expect([
      mayGoOn(250, 250),
      mayGoOn(50, 250),
      mayGoOn(100, 250),
      mayGoOn(49, 250),
      mayGoOn(0, 250),
    ]).toEqual([true, true, true, false, false]);
    const client = await answered(page(ids(50).map((id) => ({ id, name: 'x' }))));
    expect((await client.storefronts(1)).mayGoOn).toBe(true);
  });

  it('Traps 6.4 and 7.1: totals that lie do not end the list: only an empty page or the last asked id does', async () => {
    const include = ['variants'] as const;
    const ten = await answered(
      page(
        ids(10).map((id) => ({ id })),
        10,
      ),
    );
    expect((await ten.productsById({ productIds: ids(30), include, page: 1 })).mayGoOn).toBe(true);
    expect((await ten.productsById({ productIds: ids(10), include, page: 1 })).mayGoOn).toBe(false);
    const none = await answered(page([], 30));
    expect((await none.productsById({ productIds: ids(30), include, page: 4 })).mayGoOn).toBe(false);
  });

  it('Traps 6.5: shipments, payments and pictures are asked for by calls of their own', async () => {
    const client = await answered([]);
    await client.listOrders({ sort: 'id:asc', limit: 250 });
    const include = new URL(server?.received[0]?.url ?? '', 'http://x').searchParams.get('include');
    expect(include).toBe('consignments.line_items,fees');
  });

  it('Traps 7.2: every list call says how long its pages may be, because 50 is the silent default', async () => {
    const own = await simulatedSide();
    const between = await listeningBetween(own.bench);
    const client = clientAt(between.server.url, 'teststore1', 'token-1');
    for (const call of everyCall(await makePlace(own.bench, own.client))) await call.run(client);
    const lists = between.exchanges.filter(({ answer, method }) => {
      if (method !== 'GET' || answer === '') return false;
      const json: unknown = JSON.parse(answer);
      return (
        Array.isArray(json) ||
        (typeof json === 'object' && json !== null && 'data' in json && Array.isArray(json.data))
      );
    });
    // Statuses are fifteen, and pickups describe no pages.
    const silent = lists
      .filter(({ path }) => !/[?&]limit=\d+/.test(path))
      .map(({ path }) => path.split('?')[0]);
    expect(silent).toEqual(['/v2/order_statuses', '/v3/orders/pickups']);
    expect(lists.length).toBeGreaterThan(10);
    await between.server.close();
    await own.bench.close();
  });
});
