/**
 * What a write needs to know of the store, read just before it: the order's status, what counts as shipped, the
 * shipments, and what only its own kind of step asks about. Reads only.
 */
import { LIST_PAGE_SIZE_MAX, mayGoOn, type StoreClient } from '../bigcommerce/client.ts';
import type { Metafield } from '../bigcommerce/metafields.ts';
import { wrongShape } from '../bigcommerce/error-table.ts';
import { readOrder } from '../bigcommerce/translate.ts';
import type { StoreRead } from '../db/write-backs.ts';
import { DELIVERED_METAFIELD } from '../domain/delivered-words.ts';
import type { Order } from '../domain/order.ts';
import type { StoreExtras, StoreShipment, WriteBackBody } from '../domain/write-back-types.ts';
import { linesOrThrow, NO_SHELF, readAllLines } from './order-lines.ts';

/** An order with more shipments than this (2,500) is not read to its end. */
const SHIPMENT_PAGES_MAX = 10;
/** `COLLECTED` of a pickup's items (bigcommerce-api.md section 10). */
const PICKUP_COLLECTED = 'COLLECTED';

export interface StoreNow {
  order: Order;
  read: StoreRead;
  extras: StoreExtras;
}

/**
 * Reads the order, with all its lines, its shipments where they are wanted, and what the body's kind asks about (two
 * calls; more only for very large orders). Throws `BigCommerceNotFound` for an order that is not there, `UnexpectedAnswer` for one that cannot be read.
 */
export async function readStoreView(
  client: StoreClient,
  ask: {
    orderId: number;
    storeHash: string;
    /** Null: read them. Otherwise what is known of them, used unless the order shows that it is out of date. */
    knownShipments: { shipments: StoreShipment[] | null } | null;
    /** The step that is looked for. */
    body: WriteBackBody;
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
  const known = ask.knownShipments;
  const shipments =
    known === null || tellsOfMore(known.shipments, read.order)
      ? await allShipments(client, ask.orderId)
      : known.shipments;
  return {
    order: read.order,
    extras: { ...(await extrasOf(client, ask)), staffNotes: read.order.staffNotes },
    read: {
      view: { statusId: read.order.statusId, shipments, shipped: shippedLines(read.order) },
      readAt: ask.clock(),
    },
  };
}

/** Whether the known shipments hold more than the store counts as shipped: then a person took one of them away. */
function tellsOfMore(known: readonly StoreShipment[] | null, order: Order): boolean {
  return order.lineItems.some((line) => {
    const items = (known ?? []).flatMap((one) => one.items);
    const held = items.filter((item) => item.orderProductId === line.orderProductId);
    return held.reduce((sum, item) => sum + item.quantity, 0) > line.quantityShipped;
  });
}

async function extrasOf(
  client: StoreClient,
  { orderId, body }: { orderId: number; body: WriteBackBody },
): Promise<Pick<StoreExtras, 'metafield' | 'pickups'>> {
  if (body.kind === 'write_pickup') {
    const found = await client.pickupsOfOrders([orderId]);
    const pickups = found.filter((one) => one.orderId === orderId);
    return {
      metafield: null,
      pickups: pickups.map(({ pickupId, pickupMethodId, items }) => ({
        pickupId,
        pickupMethodId,
        items: items.map(({ orderProductId, quantity, status, collectedAt }) => ({
          ...{ orderProductId, quantity },
          collected: status === PICKUP_COLLECTED || collectedAt !== null,
        })),
      })),
    };
  }
  if (body.kind === 'mark_delivered' && body.marker === 'order_metafield') {
    const { namespace, key } = DELIVERED_METAFIELD;
    const { rows } = await client.orderMetafields(orderId, { namespace, key, page: 1 });
    return { metafield: ours(rows), pickups: [] };
  }
  return { metafield: null, pickups: [] };
}

/** The filter is asked for and not trusted: some lists ignore what they do not know (Traps 3). */
function ours(rows: readonly Metafield[]): StoreExtras['metafield'] {
  const found = rows.find(
    (row) => row.namespace === DELIVERED_METAFIELD.namespace && row.key === DELIVERED_METAFIELD.key,
  );
  return found === undefined ? null : { metafieldId: found.metafieldId, value: found.value };
}

/** Every shipment of an order, by one call for 250 of them. */
export async function allShipments(client: StoreClient, orderId: number): Promise<StoreShipment[]> {
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
