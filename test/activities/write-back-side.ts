// What the write-back tables start from: one store with many orders, one channel whose settings change from case to
// case, facts in the fewest words, and the requests that reached the store of one order in short form.
import { afterAll, beforeAll } from 'vitest';
import { approveOrder } from '../../db/approve-steps.ts';
import type { CarrierFact, TrackingStatus } from '../../domain/carrier-event.ts';
import {
  CHANNEL,
  event,
  importAll,
  openStoreSide,
  writeAll,
  type SideOptions,
  type StoreSide,
} from './store-side.ts';

export interface Shop {
  side: StoreSide;
  /** An order that no case used yet: one line of two units, status 11. */
  next(): number;
  /** The same, of lines that the shopper collects in the shop. */
  nextPickup(): number;
}

/** A shop with so many orders, of which `pickup` more are collected in the shop. */
export async function openShop(
  file: string,
  orders: number,
  more: { pickup?: number; store?: SideOptions['store'] } = {},
): Promise<Shop> {
  const side = await openStoreSide(file, more.store === undefined ? {} : { store: more.store });
  const ids = side.store.addOrders(
    Array.from({ length: orders }, () => ({
      kind: 'plain',
      statusId: 11,
      lines: [{ sku: 'MUG', quantity: 2 }],
    })),
  );
  const pickups = side.store.addOrders(
    Array.from({ length: more.pickup ?? 0 }, () => ({
      kind: 'store_pickup',
      statusId: 11,
      lines: [{ sku: 'MUG', quantity: 2 }],
    })),
  );
  await importAll(side);
  const taken = (from: number[]): number => {
    const id = from.shift();
    if (id === undefined) throw new Error('the shop has no such order left: open it with more');
    return id;
  };
  return { side, next: () => taken(ids), nextPickup: () => taken(pickups) };
}

/** The shop of a test file, open while its tests run; see {@link openShop}. */
export function shopOfFile(...opened: Parameters<typeof openShop>): Shop {
  let shop: Shop | undefined;
  const here = (): Shop => {
    if (shop === undefined) throw new Error('the shop opens before the first test');
    return shop;
  };
  beforeAll(async () => {
    shop = await openShop(...opened);
  });
  afterAll(() => shop?.side.close());
  return {
    get side() {
      return here().side;
    },
    next: () => here().next(),
    nextPickup: () => here().nextPickup(),
  };
}

/** The number that {@link say} gives the parcel of an order. */
export const numberOf = (orderId: number): string => `T${String(orderId)}`;
/** The request that makes the shipment of an order with that number. */
export const shipmentOf = (orderId: number): string => `POST shipment ${numberOf(orderId)} x2`;
/** The request that changes the status of an order. */
export const statusTo = (id: number): string => `PUT order {"status_id":${String(id)}}`;

/** Gives the channel exactly these settings under `fulfillment`, push on. */
export async function setFulfillment(side: StoreSide, fulfillment: object): Promise<void> {
  const settings = JSON.stringify({ push_enabled: true, ...fulfillment });
  await side.db
    .sql`update channels set settings = jsonb_set(settings, '{fulfillment}', ${settings}::text::jsonb)`;
}

let ticks = 0;
/** Facts happen one second after the other, so that their order is their order. */
function soon(): string {
  ticks += 1;
  return new Date(Date.now() + ticks * 1000).toISOString();
}

export interface Words {
  number?: string;
  replaces?: string;
  carrier?: string;
  lines?: CarrierFact['lines'];
  reason?: string;
  returning?: boolean;
}

/** Says one fact and carries out what is due, as ingress and lifecycle do; answers the outcomes. */
export async function say(
  side: StoreSide,
  orderId: number,
  what: CarrierFact['type'] | TrackingStatus,
  words: Words = {},
): Promise<string[]> {
  await factOnly(side, orderId, what, words);
  return writeAll(side, orderId);
}

/** Says one fact and leaves it at that: what it makes due is still to be carried out. */
export async function factOnly(
  side: StoreSide,
  orderId: number,
  what: CarrierFact['type'] | TrackingStatus,
  words: Words = {},
): Promise<void> {
  const isEvent = what.includes('.');
  const number = words.number ?? `T${String(orderId)}`;
  const carries = !what.startsWith('pickup.');
  await event(
    side,
    orderId,
    // A word with a dot is an event type, any other a tracking status.
    isEvent ? (what as CarrierFact['type']) : 'tracking.updated',
    {
      occurredAt: soon(),
      lines: words.lines ?? null,
      shipment: {
        trackingNumber: carries && number !== '' ? number : null,
        replaces: words.replaces ?? null,
        carrier: carries ? (words.carrier ?? 'ups') : null,
        service: null,
        trackingUrl: null,
      },
      tracking: isEvent
        ? null
        : {
            status: what as TrackingStatus,
            reason: words.reason ?? null,
            provider: null,
            providerStatus: null,
            returning: words.returning ?? false,
            signedBy: null,
            cod: null,
          },
    },
  );
}

/** A person lets out what waits, and it is carried out. */
export async function approve(side: StoreSide, orderId: number): Promise<string[]> {
  const said = await approveOrder(side.db, {
    channelId: CHANNEL,
    orderId,
    step: null,
    reason: 'asked',
    by: 'ana',
    now: side.deps.clock(),
  });
  if (!said.ok) return [];
  return writeAll(side, orderId);
}

/** The writes of one order that the store carried out, in short form and in their order. */
export function writesOf(side: StoreSide, orderId: number): string[] {
  const id = String(orderId);
  return side.store
    .writes()
    .filter(
      ({ path, effect }) =>
        path.includes(`/orders/${id}/`) ||
        path.endsWith(`/orders/${id}`) ||
        // The bulk call names its pickup only; the simulator tells of which order it is.
        (path.includes('/pickups') && effect.endsWith(`orders ${id}`)),
    )
    .map(({ method, path, body }) => inShort(method, path, body));
}

function recordOf(value: unknown): Record<string, unknown> {
  // Bodies of the store's calls are objects; reading a member of something else answers undefined.
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function inShort(method: string, path: string, body: unknown): string {
  const fields = recordOf(body);
  if (path.includes('/shipments')) {
    const number = fields['tracking_number'];
    if (method === 'DELETE') return 'DELETE shipment';
    const items = Array.isArray(fields['items'])
      ? (fields['items'] as { quantity: number }[]).reduce((sum, item) => sum + item.quantity, 0)
      : null;
    const { comments: told } = fields;
    const comments = typeof told === 'string' ? ` (${told})` : '';
    return `${method} shipment ${String(number)}${items === null ? '' : ` x${String(items)}`}${comments}`;
  }
  if (path.includes('/metafields'))
    return `${method} metafield ${String(fields['namespace'])}.${String(fields['key'])}`;
  if (path.includes('/pickups')) {
    const row = recordOf(Array.isArray(body) ? body[0] : null);
    return `${method} pickup ${row['collected_at'] === undefined ? 'ready' : 'collected'}`;
  }
  if (Object.keys(fields).join() === 'staff_notes') return `${method} order staff_notes`;
  // Whatever else is in the body of an order stands in the expectation, so nothing can hide beside the status.
  return `${method} order ${JSON.stringify(body)}`;
}

/** Every request of one order that was no read, whether the store carried it out or not. */
export function callsOf(side: StoreSide, orderId: number): number {
  return side.store
    .requests()
    .list.filter(({ method, path }) => method !== 'GET' && path.includes(`/orders/${String(orderId)}`))
    .length;
}

export function storeStatus(side: StoreSide, orderId: number): number {
  return side.store.order(orderId).status_id;
}

export function shipmentsIn(
  side: StoreSide,
  orderId: number,
): {
  id: number;
  tracking_number: string;
  comments: string;
  order_address_id: number;
  items: { order_product_id: number; quantity: number }[];
}[] {
  // The simulator's own wire form, read by what the tests ask of it.
  return side.store.order(orderId).shipments as ReturnType<typeof shipmentsIn>;
}
