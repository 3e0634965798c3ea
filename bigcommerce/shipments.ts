/**
 * Shipments of an order (bigcommerce-api.md section 3.7). Items cannot be changed once made: to change lines, delete
 * and create anew. Deleting all shipments of an order in one call is possible in the API and not here.
 */
import type { StoreShipment, WriteBackBody } from '../domain/write-back-types.ts';
import { readBy, type StoreAsk } from './ask.ts';
import type { StoreAnswer } from './http.ts';
import { pageOf } from './paging.ts';
import { idOrNull, textOf, wholeNumber } from './wire-values.ts';
import { wireShipment } from './wire.ts';

export interface ShipmentCalls {
  /** A page of the order's shipments; empty behind the last. Pages begin at 1. */
  listShipments(orderId: number, page: number): Promise<StoreShipment[]>;
  /** A write: look before, and again after any error whose `effect` is `unknown`. */
  createShipment(
    orderId: number,
    body: Extract<WriteBackBody, { kind: 'create_shipment' }>,
  ): Promise<StoreShipment>;
  /** A write; may be repeated. Items cannot be changed (bigcommerce-api.md section 3.7). */
  updateShipment(
    orderId: number,
    body: Extract<WriteBackBody, { kind: 'update_shipment' }>,
  ): Promise<StoreShipment>;
  /**
   * A write; may be repeated: the second time it throws `BigCommerceNotFound`. Does not take the order out of Shipped,
   * so the status has to be set by itself (section 3.7, "Undo").
   */
  deleteShipment(orderId: number, shipmentId: number): Promise<void>;
}

export function shipmentCalls(ask: StoreAsk): ShipmentCalls {
  return {
    async listShipments(orderId, page) {
      const { rows, answer } = await ask.rows({
        method: 'GET',
        path: `/v2/orders/${String(orderId)}/shipments`,
        query: pageOf(page),
      });
      return rows.map((row, index) => shipmentOf(row, answer, [String(index)]));
    },

    async createShipment(orderId, body) {
      const answer = await ask.raw({
        method: 'POST',
        path: `/v2/orders/${String(orderId)}/shipments`,
        body: createShipmentBody(body),
      });
      return shipmentOf(answer.json, answer, []);
    },

    async updateShipment(orderId, body) {
      const answer = await ask.raw({
        method: 'PUT',
        path: `/v2/orders/${String(orderId)}/shipments/${String(body.shipmentId)}`,
        body: {
          tracking_number: body.trackingNumber,
          tracking_link: body.trackingUrl,
          shipping_provider: body.shippingProvider,
          tracking_carrier: body.trackingCarrier,
          ...(body.comments === undefined ? {} : { comments: body.comments }),
        },
      });
      return shipmentOf(answer.json, answer, []);
    },

    async deleteShipment(orderId, shipmentId) {
      // Without an id the same path means all shipments of the order.
      if (!Number.isSafeInteger(shipmentId) || shipmentId < 1)
        throw new RangeError('A shipment is deleted by its id, a whole number from 1 on.');
      await ask.raw({
        method: 'DELETE',
        path: `/v2/orders/${String(orderId)}/shipments/${String(shipmentId)}`,
        answerless: true,
      });
    },
  };
}

/**
 * `shipping_provider` is always sent, empty if need be: left out it becomes `custom`, and then the shopper's mail has
 * no tracking link (bigcommerce-api.md section 3.7). Empty optional texts are left out.
 */
function createShipmentBody(
  body: Extract<WriteBackBody, { kind: 'create_shipment' }>,
): Record<string, unknown> {
  const optional = {
    tracking_link: body.trackingUrl,
    shipping_method: body.shippingMethod,
    comments: body.comments,
  };
  return {
    order_address_id: body.orderAddressId,
    tracking_number: body.trackingNumber,
    shipping_provider: body.shippingProvider,
    tracking_carrier: body.trackingCarrier,
    ...Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== '')),
    items: body.items.map((item) => ({ order_product_id: item.orderProductId, quantity: item.quantity })),
  };
}

function shipmentOf(raw: unknown, answer: StoreAnswer, at: string[]): StoreShipment {
  const wire = readBy(wireShipment, raw, answer, at);
  return {
    shipmentId: wholeNumber(wire.id),
    orderAddressId: idOrNull(wire.order_address_id) ?? 0,
    trackingNumber: textOf(wire.tracking_number),
    comments: textOf(wire.comments),
    items: (wire.items ?? []).map((item) => ({
      orderProductId: wholeNumber(item.order_product_id),
      quantity: wholeNumber(item.quantity),
    })),
  };
}
