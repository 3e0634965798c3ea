// What Waybill writes to a store besides shipments and statuses: deletions, notes, metafields, pickups.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { METAFIELD_VALUE_MAX_LENGTH } from '../../bigcommerce/metafields.ts';
import { STAFF_NOTES_MAX_LENGTH } from '../../bigcommerce/orders.ts';
import { readOrder, readProducts } from '../../bigcommerce/translate.ts';
import { simulatedSide, storeErrorOf, type SimulatedSide } from './simulated.ts';

let side: SimulatedSide;
beforeAll(async () => {
  side = await simulatedSide();
});
afterAll(() => side.bench.close());

const order = (kind = 'plain'): number => side.bench.store.addOrders([{ kind }])[0] ?? 0;

async function linesOf(orderId: number) {
  const read = readProducts(await side.client.orderProducts(orderId, 1), orderId);
  if (!read.ok) throw new Error(read.problem);
  return read.lines;
}

describe('a shipment', () => {
  it('is deleted by its id, and the second deletion says that it is gone', async () => {
    const orderId = order();
    const [line] = await linesOf(orderId);
    if (line === undefined) throw new Error('no line');
    const { shipmentId } = await side.client.createShipment(orderId, {
      kind: 'create_shipment',
      orderAddressId: line.orderAddressId ?? 0,
      items: [{ orderProductId: line.orderProductId, quantity: 1 }],
      trackingNumber: '9205',
      trackingUrl: '',
      shippingProvider: '',
      trackingCarrier: 'usps',
      shippingMethod: '',
      comments: '',
    });
    await side.client.deleteShipment(orderId, shipmentId);
    expect(await side.client.listShipments(orderId, 1)).toEqual([]);
    expect(await storeErrorOf(side.client.deleteShipment(orderId, shipmentId))).toMatchObject({
      code: 'BigCommerceNotFound',
    });
  });

  it('is never deleted without an id, because that call would delete all of the order', async () => {
    for (const id of [0, -1, 1.5, NaN])
      await expect(side.client.deleteShipment(order(), id)).rejects.toThrow(RangeError);
  });
});

describe('staff notes', () => {
  it('are written alone in the body and read back with the order', async () => {
    const orderId = order();
    const before = side.bench.store.writes().length;
    await side.client.setStaffNotes(orderId, 'Packed by Kim\nDelivered 2 January');
    const read = readOrder((await side.client.getOrder(orderId)).order, { storeHash: 'teststore1' });
    expect(read).toMatchObject({ ok: true, order: { staffNotes: 'Packed by Kim\nDelivered 2 January' } });
    expect(side.bench.store.writes().slice(before)).toMatchObject([
      { method: 'PUT', body: { staff_notes: 'Packed by Kim\nDelivered 2 January' } },
    ]);
  });

  it('longer than the field are not sent', async () => {
    const orderId = order();
    await expect(side.client.setStaffNotes(orderId, 'x'.repeat(STAFF_NOTES_MAX_LENGTH + 1))).rejects.toThrow(
      RangeError,
    );
    await side.client.setStaffNotes(orderId, 'x'.repeat(STAFF_NOTES_MAX_LENGTH));
  });
});

describe('an order metafield', () => {
  const draft = { namespace: 'waybill', key: 'state', value: 'shipped', permissionSet: 'read' } as const;

  it('is created once: the second create is refused, the first is found and updated by its id', async () => {
    const orderId = order();
    const made = await side.client.createOrderMetafield(orderId, draft);
    expect(made).toMatchObject({ namespace: 'waybill', key: 'state', value: 'shipped', resourceId: orderId });
    expect(await storeErrorOf(side.client.createOrderMetafield(orderId, draft))).toMatchObject({
      code: 'InvalidRequest',
      httpStatus: 409,
      retryable: false,
    });
    const found = await side.client.orderMetafields(orderId, { namespace: 'waybill', key: 'state', page: 1 });
    expect(found).toMatchObject({ rows: [{ metafieldId: made.metafieldId }], mayGoOn: false });
    const changed = await side.client.updateOrderMetafield(orderId, made.metafieldId, {
      ...draft,
      value: 'delivered',
    });
    expect(changed.value).toBe('delivered');
    await side.client.deleteOrderMetafield(orderId, made.metafieldId);
    expect((await side.client.orderMetafields(orderId, { page: 1 })).rows).toEqual([]);
  });

  it('of another API account is seen unless it is for its app only, and not changed', async () => {
    side.bench.store.addToken({ token: 'other', clientId: 'other-client' });
    const orderId = order();
    await side.client.createOrderMetafield(orderId, { ...draft, permissionSet: 'app_only' });
    const open = await side.client.createOrderMetafield(orderId, { ...draft, key: 'open' });
    const other = side.as('other');
    expect((await other.orderMetafields(orderId, { page: 1 })).rows.map((field) => field.key)).toEqual([
      'open',
    ]);
    expect(
      await storeErrorOf(other.updateOrderMetafield(orderId, open.metafieldId, { ...draft, key: 'open' })),
    ).toMatchObject({ code: 'BigCommerceAuth', httpStatus: 403 });
  });

  it('that is too long is refused with the sentence of the store', async () => {
    const error = await storeErrorOf(
      side.client.createOrderMetafield(order(), {
        ...draft,
        value: 'x'.repeat(METAFIELD_VALUE_MAX_LENGTH + 1),
      }),
    );
    expect(error).toMatchObject({ code: 'InvalidRequest', httpStatus: 422 });
    expect(error.storeSentence).toContain('value');
  });
});

describe('a pickup', () => {
  it('becomes ready, then collected, and is found by its order', async () => {
    const orderId = order('store_pickup');
    const items = (await linesOf(orderId))
      .filter((line) => line.pickupId !== null)
      .map(({ orderProductId, quantity }) => ({ orderProductId, quantity }));
    const ready = await side.client.createPickup({
      orderId,
      pickupMethodId: 1,
      readyAt: '2026-05-01T10:00:00Z',
      items,
    });
    expect(ready).toMatchObject({ orderId, pickupMethodId: 1, readyAt: '2026-05-01T10:00:00.000Z' });
    expect(ready.items.map((item) => item.status)).toEqual(items.map(() => 'AWAITING_COLLECTION'));
    await side.client.updatePickup({ pickupId: ready.pickupId, collectedAt: '2026-05-02T10:00:00Z' });
    const [found] = await side.client.pickupsOfOrders([orderId, 999_999]);
    expect(found?.items.map((item) => item.status)).toEqual(items.map(() => 'COLLECTED'));
    await side.client.deletePickup(ready.pickupId);
    expect(await side.client.pickupsOfOrders([orderId])).toEqual([]);
  });

  it('of more units than the order has is refused with the store sentence', async () => {
    const orderId = order('store_pickup');
    const [line] = await linesOf(orderId);
    const error = await storeErrorOf(
      side.client.createPickup({
        orderId,
        pickupMethodId: 1,
        readyAt: '2026-05-01T10:00:00Z',
        items: [{ orderProductId: line?.orderProductId ?? 0, quantity: 99 }],
      }),
    );
    expect(error).toMatchObject({ code: 'InvalidRequest', httpStatus: 422, effect: 'none' });
  });

  it('is not asked for without an order, which would mean all', async () => {
    await expect(side.client.pickupsOfOrders([])).rejects.toThrow(RangeError);
  });
});

describe('a webhook', () => {
  const draft = {
    scope: 'store/order/*',
    destination: 'https://waybill.example/v1/stores/main/webhooks',
    headers: { 'X-Waybill-Secret': 'abc' },
    active: true,
  };

  it('is made with its header, listed, switched on again and removed', async () => {
    const made = await side.client.createWebhook(draft);
    expect(made).toMatchObject({ ...draft, clientId: 'client-teststore1' });
    await side.client.updateWebhook(made.webhookId, { active: false });
    expect((await side.client.listWebhooks(1)).rows).toMatchObject([
      { webhookId: made.webhookId, active: false },
    ]);
    const woken = await side.client.updateWebhook(made.webhookId, {
      active: true,
      headers: { 'X-Waybill-Secret': 'new' },
    });
    expect(woken).toMatchObject({ active: true, headers: { 'X-Waybill-Secret': 'new' } });
    await side.client.deleteWebhook(made.webhookId);
    expect(await side.client.listWebhooks(1)).toEqual({ rows: [], mayGoOn: false });
    expect(await storeErrorOf(side.client.deleteWebhook(made.webhookId))).toMatchObject({
      code: 'BigCommerceNotFound',
    });
  });

  it('with the scope and destination of another is refused, and so is a destination off port 443', async () => {
    const made = await side.client.createWebhook(draft);
    expect(await storeErrorOf(side.client.createWebhook(draft))).toMatchObject({
      code: 'InvalidRequest',
      effect: 'none',
    });
    expect(
      await storeErrorOf(
        side.client.createWebhook({ ...draft, destination: 'https://waybill.example:8443/' }),
      ),
    ).toMatchObject({ code: 'InvalidRequest', httpStatus: 422 });
    await side.client.deleteWebhook(made.webhookId);
  });

  it('of another API account is not seen', async () => {
    side.bench.store.addToken({ token: 'replaced', clientId: 'replaced-client' });
    const made = await side.client.createWebhook(draft);
    expect((await side.as('replaced').listWebhooks(1)).rows).toEqual([]);
    await side.client.deleteWebhook(made.webhookId);
  });
});
