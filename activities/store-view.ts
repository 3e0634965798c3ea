/**
 * What a write needs to know of the store, read just before it: the order's status, what counts as shipped, the
 * shipments. Reads only.
 */
import { LIST_PAGE_SIZE_MAX, mayGoOn, type StoreClient } from '../bigcommerce/client.ts';
import { wrongShape } from '../bigcommerce/errors.ts';
import { readOrder } from '../bigcommerce/translate.ts';
import type { StoreRead } from '../db/write-backs.ts';
import type { Order } from '../domain/order.ts';
import type { StoreShipment } from '../domain/write-back-types.ts';
import { linesOrThrow, NO_SHELF, readAllLines } from './order-lines.ts';

/** An order with more shipments than this (2,500) is not read to its end. */
const SHIPMENT_PAGES_MAX = 10;

export interface StoreNow {
  order: Order;
  read: StoreRead;
}

/**
 * Reads the order, with all its lines, and its shipments where they are wanted (two calls; more only for very large
 * orders). Throws `BigCommerceNotFound` for an order that is not there, `UnexpectedAnswer` for one that cannot be read.
 */
export async function readStoreView(
  client: StoreClient,
  ask: {
    orderId: number;
    storeHash: string;
    /** Null: read them. Otherwise what is known of them, for steps that do not depend on them. */
    knownShipments: { shipments: StoreShipment[] | null } | null;
    clock(): string;
  },
): Promise<StoreNow> {
  const call = `GET /v2/orders/${String(ask.orderId)}`;
  const { order: raw } = await client.getOrder(ask.orderId);
  let read = readOrder(raw, { storeHash: ask.storeHash });
  if (read.ok && read.linesIncomplete) {
    const lines = linesOrThrow(call, await readAllLines(client, read.order, NO_SHELF, () => true));
    read = readOrder(raw, { storeHash: ask.storeHash, lines });
  }
  if (!read.ok) throw wrongShape(call, [read.problem]);
  const shipments =
    ask.knownShipments === null ? await allShipments(client, ask.orderId) : ask.knownShipments.shipments;
  return {
    order: read.order,
    read: {
      view: { statusId: read.order.statusId, shipments, shipped: shippedLines(read.order) },
      readAt: ask.clock(),
    },
  };
}

async function allShipments(client: StoreClient, orderId: number): Promise<StoreShipment[]> {
  const all = new Map<number, StoreShipment>();
  for (let page = 1; page <= SHIPMENT_PAGES_MAX; page += 1) {
    const found = await client.listShipments(orderId, page);
    for (const shipment of found) all.set(shipment.shipmentId, shipment);
    if (!mayGoOn(found.length, LIST_PAGE_SIZE_MAX)) break;
  }
  return [...all.values()];
}

function shippedLines(order: Order): StoreRead['view']['shipped'] {
  return order.lineItems
    .filter((line) => line.quantityShipped > 0)
    .map((line) => ({ orderProductId: line.orderProductId, quantity: line.quantityShipped }));
}
