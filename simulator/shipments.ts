// Shipments of an order: the one thing in the API that remembers tracking numbers. Refuses what the real store refuses.
import { NO_CONTENT, Refusal, invalidField, json, notFound, v2Error } from './answers.ts';
import type { Answer } from './answers.ts';
import { parseMoney, moneyText } from './money.ts';
import type { Order, Shipment } from './model.ts';
import { ORDER_SCOPE, orderOf } from './orders.ts';
import { v2Page } from './query.ts';
import { idParam, isRecord, recordWrite, v2Body } from './routing.ts';
import type { Call, Route } from './routing.ts';
import { isShippingProvider } from './tracking-links.ts';
import { shipmentWire } from './wire.ts';

/** Lengths the shipment endpoint takes at most (bigcommerce-api.md section 3.7). */
export const TRACKING_NUMBER_MAX = 50;
export const TRACKING_LINK_MAX = 500;
export const SHIPMENT_COMMENTS_MAX = 65_535;

type TextField =
  | 'trackingNumber'
  | 'trackingLink'
  | 'shippingMethod'
  | 'shippingProvider'
  | 'trackingCarrier'
  | 'merchantCostText'
  | 'comments';

const TEXT_FIELDS: readonly (readonly [wire: string, field: TextField, max: number])[] = [
  ['tracking_number', 'trackingNumber', TRACKING_NUMBER_MAX],
  ['tracking_link', 'trackingLink', TRACKING_LINK_MAX],
  ['shipping_method', 'shippingMethod', 255],
  ['shipping_provider', 'shippingProvider', 255],
  ['tracking_carrier', 'trackingCarrier', 255],
  ['merchant_shipping_cost', 'merchantCostText', 32],
  ['comments', 'comments', SHIPMENT_COMMENTS_MAX],
];
const KNOWN_FIELDS = new Set([...TEXT_FIELDS.map(([wire]) => wire), 'order_address_id', 'items']);

/** The text fields of a body, checked. Throws a V2 400 that names the field. */
function readTexts(body: Record<string, unknown>): Partial<Record<TextField, string>> {
  const texts: Partial<Record<TextField, string>> = {};
  for (const name of Object.keys(body)) {
    if (!KNOWN_FIELDS.has(name)) {
      throw new Refusal(v2Error(400, `The field '${name}' is not supported by this resource.`));
    }
  }
  for (const [wire, field, max] of TEXT_FIELDS) {
    const value = body[wire];
    if (value === undefined || value === null) continue;
    if (field === 'merchantCostText') {
      const cents = parseMoney(value);
      if (cents === null) throw new Refusal(invalidField(wire));
      texts[field] = moneyText(cents);
      continue;
    }
    if (typeof value !== 'string') throw new Refusal(invalidField(wire));
    if (value.length > max) {
      throw new Refusal(
        invalidField(wire, { invalid_reason: `The length of the field may not be greater than ${max}.` }),
      );
    }
    texts[field] = value;
  }
  if (texts.shippingProvider !== undefined && !isShippingProvider(texts.shippingProvider)) {
    throw new Refusal(invalidField('shipping_provider'));
  }
  return texts;
}

/** Units of a line that can still go into a shipment. That refunded units cannot is the cautious reading. */
function availableToShip(order: Order, lineId: number): number | null {
  const line = order.lines.find((candidate) => candidate.id === lineId);
  return line === undefined ? null : Math.max(0, line.quantity - line.shipped - line.refunded);
}

/** The lines of a new shipment, checked one by one against address and quantity. Throws a V2 400. */
function readItems(order: Order, addressId: number, value: unknown): { lineId: number; quantity: number }[] {
  if (!Array.isArray(value) || value.length === 0) {
    throw new Refusal(v2Error(400, "The required field 'items' was not supplied."));
  }
  const wanted = new Map<number, number>();
  // The list comes from a request: its members are whatever was sent.
  for (const item of value as unknown[]) {
    const lineId = isRecord(item) ? item['order_product_id'] : undefined;
    const quantity = isRecord(item) ? item['quantity'] : undefined;
    if (typeof lineId !== 'number' || !Number.isInteger(lineId))
      throw new Refusal(invalidField('order_product_id'));
    if (typeof quantity !== 'number' || !Number.isInteger(quantity) || quantity < 1) {
      throw new Refusal(invalidField('quantity', { order_product_id: lineId }));
    }
    const line = order.lines.find((candidate) => candidate.id === lineId);
    if (line?.type !== 'physical' || line.addressId !== addressId) {
      throw new Refusal(
        invalidField('order_product_id', {
          invalid_reason: 'The order product does not belong to the specified shipping address.',
          order_product_id: lineId,
        }),
      );
    }
    wanted.set(lineId, (wanted.get(lineId) ?? 0) + quantity);
  }
  for (const [lineId, quantity] of wanted) {
    const available = availableToShip(order, lineId) ?? 0;
    if (quantity <= available) continue;
    throw new Refusal(
      invalidField('quantity', {
        invalid_reason:
          'The quantity specified is greater than the quantity of the product that is available to ship.',
        available_quantity: available,
        order_product_id: lineId,
      }),
    );
  }
  return [...wanted].map(([lineId, quantity]) => ({ lineId, quantity }));
}

/** Builds a shipment from a body, checked; the store is not changed yet. */
export function readShipment(
  call: Pick<Call, 'store'>,
  order: Order,
  body: Record<string, unknown>,
): Shipment {
  const texts = readTexts(body);
  const addressId = body['order_address_id'];
  if (typeof addressId !== 'number' || !order.shipping.some((consignment) => consignment.id === addressId)) {
    throw new Refusal(invalidField('order_address_id'));
  }
  const items = readItems(order, addressId, body['items']);
  return {
    id: call.store.nextId('shipment'),
    visibleAtMs: performance.now() + call.store.traits.staleReadMs,
    addressId,
    created: call.store.clock.nowSeconds(),
    trackingNumber: '',
    trackingLink: '',
    shippingMethod: order.shipping.find((consignment) => consignment.id === addressId)?.method ?? '',
    // Left out, the provider becomes "custom", which makes no tracking link (bigcommerce-api.md section 3.7).
    shippingProvider: 'custom',
    trackingCarrier: '',
    merchantCostText: '0.0000',
    comments: '',
    ...texts,
    items,
  };
}

function shipmentOf(call: Call, order: Order): Shipment {
  const shipment = order.shipments.find((candidate) => candidate.id === idParam(call, 'shipment_id'));
  if (shipment === undefined) throw new Refusal(notFound('v2'));
  return shipment;
}

function listShipments(call: Call): Answer {
  const order = orderOf(call);
  const page = v2Page(call.query);
  const nowMs = performance.now();
  const visible = order.shipments.filter((shipment) => shipment.visibleAtMs <= nowMs);
  const rows = visible.slice(page.offset, page.offset + page.limit);
  return rows.length === 0
    ? NO_CONTENT
    : json(
        200,
        rows.map((shipment) => shipmentWire(order, shipment)),
      );
}

function createShipment(call: Call): Answer {
  const order = orderOf(call);
  const shipment = readShipment(call, order, v2Body(call));
  const before = order.statusId;
  call.store.ship(order, shipment);
  recordWrite(
    call,
    `order ${order.id}: shipment ${shipment.id} created, status ${before} -> ${order.statusId}`,
  );
  return json(201, shipmentWire(order, shipment));
}

function updateShipment(call: Call): Answer {
  const order = orderOf(call);
  const shipment = shipmentOf(call, order);
  const body = v2Body(call);
  if ('items' in body) {
    throw new Refusal(
      v2Error(
        400,
        "The field 'items' cannot be written to. Please remove it from your request before trying again.",
      ),
    );
  }
  const addressId = body['order_address_id'];
  if (addressId !== undefined && addressId !== shipment.addressId)
    throw new Refusal(invalidField('order_address_id'));
  Object.assign(shipment, readTexts(body));
  // Whether a real store moves the order's date here is not known; this one does not.
  call.store.touch(order, false);
  recordWrite(call, `order ${order.id}: shipment ${shipment.id} updated`);
  call.store.emit('store/shipment/updated', { type: 'shipment', id: shipment.id, orderId: order.id });
  return json(200, shipmentWire(order, shipment));
}

function deleteShipment(call: Call): Answer {
  const order = orderOf(call);
  const shipment = shipmentOf(call, order);
  call.store.unship(order, shipment);
  recordWrite(call, `order ${order.id}: shipment ${shipment.id} deleted`);
  return NO_CONTENT;
}

function deleteAllShipments(call: Call): Answer {
  const order = orderOf(call);
  for (const shipment of [...order.shipments]) call.store.unship(order, shipment);
  recordWrite(call, `order ${order.id}: all shipments deleted`);
  return NO_CONTENT;
}

const LIST = '/v2/orders/{order_id}/shipments';
const ONE = '/v2/orders/{order_id}/shipments/{shipment_id}';
const route = (method: string, template: string, handle: (call: Call) => Answer): Route => ({
  method,
  template,
  scopes: ORDER_SCOPE,
  handle,
});

/** The shipment endpoints. */
export const shipmentRoutes: readonly Route[] = [
  route('GET', LIST, listShipments),
  route('POST', LIST, createShipment),
  route('DELETE', LIST, deleteAllShipments),
  route('GET', `${LIST}/count`, (call) => json(200, { count: orderOf(call).shipments.length })),
  route('GET', ONE, (call) => {
    const order = orderOf(call);
    return json(200, shipmentWire(order, shipmentOf(call, order)));
  }),
  route('PUT', ONE, updateShipment),
  route('DELETE', ONE, deleteShipment),
];
