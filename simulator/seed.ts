// Adds made-up orders to a store: many at once by kind and seed, or one by one from small descriptions.
import { parseStoreDate } from './clock.ts';
import type { Order } from './model.ts';
import { ORDER_KIND_NAMES } from './order-kinds.ts';
import { buildOrder } from './order-maker.ts';
import type { OrderSpec } from './order-maker.ts';
import { SeededRandom } from './random.ts';
import type { StoreState } from './store.ts';

/** Many orders at once. Dates are ISO 8601; by default they spread over the past fourteen days. */
export interface SeedRequest {
  readonly count: number;
  readonly seed?: number;
  readonly kind?: string;
  readonly startId?: number;
  readonly modifiedWithinOneSecond?: number;
  readonly createdFrom?: string;
  readonly createdTo?: string;
}

export interface SeedResult {
  readonly count: number;
  readonly firstId: number;
  readonly lastId: number;
}

const DEFAULT_SPREAD_SECONDS = 14 * 24 * 3600;
/** Seeded orders end this long before the present, so that an import window that stops short of it sees them all. */
const QUIET_SECONDS = 300;

/** Adds seeded orders and answers their ids. Throws `RangeError` for a kind or date that does not exist. */
export function seedOrders(store: StoreState, request: SeedRequest): SeedResult {
  if (!Number.isInteger(request.count) || request.count < 1)
    throw new RangeError('count must be a whole number above 0.');
  const random = new SeededRandom(request.seed ?? 1);
  const now = store.clock.nowSeconds();
  const to = readDate(request.createdTo, now - QUIET_SECONDS);
  const from = readDate(request.createdFrom, to - DEFAULT_SPREAD_SECONDS);
  const kinds = request.kind === undefined || request.kind === 'mixed' ? ORDER_KIND_NAMES : [request.kind];
  const orders: Order[] = [];
  for (let index = 0; index < request.count; index += 1) {
    const created = Math.floor(from + ((to - from) * (index + random.next())) / request.count);
    const modified = Math.min(to, created + random.between(0, 6 * 3600));
    const kind = kinds[index % kinds.length] ?? 'plain';
    const id = request.startId === undefined ? undefined : request.startId + index;
    const order = buildOrder(store, random, { kind, ...(id === undefined ? {} : { id }) }, created);
    order.modified = Math.max(created, modified);
    orders.push(order);
  }
  const together = Math.min(request.modifiedWithinOneSecond ?? 0, orders.length);
  if (together > 0) {
    const newest = [...orders].sort((a, b) => b.modified - a.modified).slice(0, together);
    const second = newest[0]?.modified ?? to;
    for (const order of newest) order.modified = second;
  }
  for (const order of orders) store.put(order);
  return { count: orders.length, firstId: orders[0]?.id ?? 0, lastId: orders.at(-1)?.id ?? 0 };
}

/** Adds explicit orders and answers their ids. Throws `RangeError` for a kind or date that does not exist. */
export function addOrders(store: StoreState, specs: readonly OrderSpec[], seed = 1): number[] {
  return specs.map((spec, index) => {
    const random = new SeededRandom(seed + store.orderCount + index);
    const now = store.clock.nowSeconds();
    const order = buildOrder(store, random, spec, readDate(spec.dateCreated, now));
    order.modified = readDate(spec.dateModified, Math.max(order.created, now));
    store.put(order);
    store.announceCreated(order);
    return order.id;
  });
}

function readDate(text: string | undefined, fallback: number): number {
  if (text === undefined) return fallback;
  const seconds = parseStoreDate(text);
  if (seconds === null) throw new RangeError(`"${text}" is not a date.`);
  return seconds;
}
