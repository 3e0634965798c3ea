// Every call that our client can make, once each, with arguments that the simulated store understands; and a server
// between the two that keeps what went over the wire.
import type { StoreClient } from '../../bigcommerce/client.ts';
import type { Bench } from '../simulator/harness.ts';
import { answeringServer, type AnsweringServer } from './answering-server.ts';

export interface NamedCall {
  name: keyof StoreClient;
  run: (client: StoreClient) => Promise<unknown>;
}

/** What a call of the list works on. */
interface Place {
  orderId: number;
  pickupOrderId: number;
  orderAddressId: number;
  orderProductId: number;
  pickupLineId: number;
  shipmentId: number;
  metafieldId: number;
  webhookId: number;
  pickupId: number;
}

/** Makes the things that the calls of {@link everyCall} work on. */
export async function makePlace(bench: Bench, client: StoreClient): Promise<Place> {
  const [orderId = 0, pickupOrderId = 0] = bench.store.addOrders([
    { kind: 'plain', lines: [{ productId: 77, quantity: 9 }] },
    { kind: 'store_pickup' },
  ]);
  const lineOf = async (id: number): Promise<{ id: number; order_address_id: number }> =>
    // The simulated store answers lines that have these.
    (await client.orderProducts(id, 1))[0] as { id: number; order_address_id: number };
  const line = await lineOf(orderId);
  const place = {
    orderId,
    pickupOrderId,
    orderAddressId: line.order_address_id,
    orderProductId: line.id,
    pickupLineId: (await lineOf(pickupOrderId)).id,
    shipmentId: 0,
    metafieldId: 0,
    webhookId: 0,
    pickupId: 0,
  };
  const shipment = await client.createShipment(orderId, newShipment(place));
  const field = await client.createOrderMetafield(orderId, { ...METAFIELD, key: 'there already' });
  const hook = await client.createWebhook({ ...WEBHOOK, scope: 'store/shipment/*' });
  const pickup = await client.createPickup({ ...newPickup(place) });
  return {
    ...place,
    shipmentId: shipment.shipmentId,
    metafieldId: field.metafieldId,
    webhookId: hook.webhookId,
    pickupId: pickup.pickupId,
  };
}

const METAFIELD = { namespace: 'waybill', key: 'state', value: 'shipped', permissionSet: 'read' } as const;
const WEBHOOK = {
  scope: 'store/order/*',
  destination: 'https://waybill.example/v1/stores/acme/webhooks',
  headers: { 'X-Waybill-Secret': 'abc' },
  active: true,
};
const newShipment = (place: Place) => ({
  kind: 'create_shipment' as const,
  orderAddressId: place.orderAddressId,
  items: [{ orderProductId: place.orderProductId, quantity: 1 }],
  trackingNumber: '9205590164917312751089',
  trackingUrl: 'https://track.example/9205590164917312751089',
  shippingProvider: '',
  trackingCarrier: 'usps',
  shippingMethod: 'Priority',
  comments: 'Second parcel: 9205',
});
const newPickup = (place: Place) => ({
  orderId: place.pickupOrderId,
  pickupMethodId: 1,
  readyAt: '2026-05-01T10:00:00Z',
  items: [{ orderProductId: place.pickupLineId, quantity: 1 }],
});

/** All calls in an order in which they succeed: deletions come last. */
export function everyCall(place: Place): NamedCall[] {
  const { orderId } = place;
  const window = { minModified: '2020-01-01T00:00:00Z', maxModified: '2030-01-01T00:00:00Z' };
  const created = { minCreated: '2020-01-01T00:00:00Z', maxCreated: '2030-01-01T00:00:00Z' };
  const calls: [keyof StoreClient, (client: StoreClient) => Promise<unknown>][] = [
    ['listOrders', (c) => c.listOrders({ ...window, sort: 'date_modified:asc', limit: 250 })],
    [
      'listOrders',
      (c) =>
        c.listOrders({
          ...created,
          minId: 1,
          maxId: 9_999,
          statusId: 11,
          storefrontId: 1,
          sort: 'id:asc',
          limit: 50,
        }),
    ],
    ['getOrder', (c) => c.getOrder(orderId)],
    ['orderProducts', (c) => c.orderProducts(orderId, 1)],
    ['orderShippingAddresses', (c) => c.orderShippingAddresses(orderId, 1)],
    ['orderMessages', (c) => c.orderMessages(orderId, 1)],
    ['orderStatuses', (c) => c.orderStatuses()],
    ['countOrders', (c) => c.countOrders({ ...created, statusId: 11, storefrontId: 1 })],
    ['setStatus', (c) => c.setStatus(orderId, 9)],
    ['setStaffNotes', (c) => c.setStaffNotes(orderId, 'Packed')],
    ['listShipments', (c) => c.listShipments(orderId, 1)],
    ['createShipment', (c) => c.createShipment(orderId, newShipment(place))],
    [
      'updateShipment',
      (c) =>
        c.updateShipment(orderId, {
          kind: 'update_shipment',
          shipmentId: place.shipmentId,
          trackingNumber: '9206',
          trackingUrl: '',
          shippingProvider: '',
          trackingCarrier: 'usps',
        }),
    ],
    ['orderMetafields', (c) => c.orderMetafields(orderId, { namespace: 'waybill', key: 'state', page: 1 })],
    [
      'metafieldsOfAllOrders',
      (c) =>
        c.metafieldsOfAllOrders({
          ...{ namespace: 'waybill', key: 'state', changedSince: '2026-05-01T00:00:00Z', page: 1 },
        }),
    ],
    [
      'createOrderMetafield',
      (c) => c.createOrderMetafield(orderId, { ...METAFIELD, description: 'By Waybill' }),
    ],
    [
      'updateOrderMetafield',
      (c) => c.updateOrderMetafield(orderId, place.metafieldId, { ...METAFIELD, key: 'there already' }),
    ],
    [
      'variantMetafields',
      (c) => c.variantMetafields({ variantIds: [303, 304], namespace: 'warehouse', page: 1 }),
    ],
    [
      'productMetafields',
      (c) => c.productMetafields({ productIds: [77, 78], namespace: 'customs', key: 'hs_code', page: 1 }),
    ],
    ['pickupsOfOrders', (c) => c.pickupsOfOrders([place.pickupOrderId])],
    ['createPickup', (c) => c.createPickup({ ...newPickup(place), collectedAt: '2026-05-02T10:00:00Z' })],
    [
      'updatePickup',
      (c) =>
        c.updatePickup({
          pickupId: place.pickupId,
          readyAt: '2026-05-01T11:00:00Z',
          collectedAt: '2026-05-02T10:00:00Z',
        }),
    ],
    ['pickupMethods', (c) => c.pickupMethods(1)],
    [
      'productsById',
      (c) =>
        c.productsById({
          productIds: [77, 79],
          include: ['primary_image', 'variants', 'custom_fields'],
          page: 1,
        }),
    ],
    ['variantsOfProducts', (c) => c.variantsOfProducts([77, 79], 1)],
    ['productImages', (c) => c.productImages(77, 1)],
    ['customsInformation', (c) => c.customsInformation([77, 78], 1)],
    ['orderTransactions', (c) => c.orderTransactions(orderId, 1)],
    ['refundsOfOrders', (c) => c.refundsOfOrders([orderId, place.pickupOrderId], 1)],
    ['customersById', (c) => c.customersById({ customerIds: [1, 4], formFields: true, page: 1 })],
    ['storeInformation', (c) => c.storeInformation()],
    ['storeTime', (c) => c.storeTime()],
    ['emailStatuses', (c) => c.emailStatuses()],
    ['emailStatuses', (c) => c.emailStatuses(1)],
    ['inventorySettings', (c) => c.inventorySettings(1)],
    ['storefronts', (c) => c.storefronts(1)],
    ['storefrontUrl', (c) => c.storefrontUrl(1)],
    ['listWebhooks', (c) => c.listWebhooks(1)],
    ['createWebhook', (c) => c.createWebhook(WEBHOOK)],
    ['updateWebhook', (c) => c.updateWebhook(place.webhookId, { active: true, headers: WEBHOOK.headers })],
    ['deleteShipment', (c) => c.deleteShipment(orderId, place.shipmentId)],
    ['deleteOrderMetafield', (c) => c.deleteOrderMetafield(orderId, place.metafieldId)],
    ['deletePickup', (c) => c.deletePickup(place.pickupId)],
    ['deleteWebhook', (c) => c.deleteWebhook(place.webhookId)],
  ];
  return calls.map(([name, run]) => ({ name, run }));
}

/** One exchange as it was on the wire. */
export interface Exchange {
  method: string;
  /** Behind `/stores/{hash}`, with the query. */
  path: string;
  body: string;
  status: number;
  answer: string;
}

/** A server that passes everything on to the simulator, and keeps it. */
export async function listeningBetween(
  bench: Bench,
): Promise<{ server: AnsweringServer; exchanges: Exchange[] }> {
  const exchanges: Exchange[] = [];
  const server = await answeringServer((response, request) => {
    const headers = {
      'x-auth-token': String(request.headers['x-auth-token']),
      ...(request.body === '' ? {} : { 'content-type': String(request.headers['content-type']) }),
    };
    void fetch(`${bench.simulator.url}${request.url}`, {
      method: request.method,
      headers,
      ...(request.body === '' ? {} : { body: request.body }),
    }).then(async (reply) => {
      const answer = await reply.text();
      exchanges.push({
        method: request.method,
        path: request.url.replace(/^\/stores\/[^/]+/, ''),
        body: request.body,
        status: reply.status,
        answer,
      });
      response.writeHead(reply.status, {
        'content-type': reply.headers.get('content-type') ?? 'application/json',
        date: reply.headers.get('date') ?? '',
      });
      response.end(answer === '' ? undefined : answer);
    });
  });
  return { server, exchanges };
}
