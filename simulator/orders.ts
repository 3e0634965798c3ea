// Reading orders: list, count and one. Filters behave as documented, traps included.
import { NO_CONTENT, Refusal, invalidField, json, notFound } from './answers.ts';
import type { Answer } from './answers.ts';
import { parseStoreDate } from './clock.ts';
import type { Order } from './model.ts';
import { v2Integer, v2Page } from './query.ts';
import type { PageRequest } from './query.ts';
import { idParam } from './routing.ts';
import type { Call, Route } from './routing.ts';
import { ORDER_STATUSES, STATUS_INCOMPLETE } from './statuses.ts';
import { totalsOf } from './totals.ts';
import { orderWire } from './wire.ts';
import type { OrderIncludes } from './wire.ts';

/** Scope of all order endpoints. */
export const ORDER_SCOPE = ['store_v2_orders'];

/** The order a path names. Throws a V2 404. */
export function orderOf(call: Call): Order {
  const order = call.store.order(idParam(call, 'order_id'));
  if (order === undefined) throw new Refusal(notFound('v2'));
  return order;
}

/** What `include` and `consignment_structure` ask for; unknown includes are ignored. */
export function readIncludes(query: URLSearchParams): OrderIncludes {
  const asked = new Set(
    query.getAll('include').flatMap((value) => value.split(',').map((part) => part.trim())),
  );
  return {
    consignments: asked.has('consignments.line_items')
      ? 'lines'
      : asked.has('consignments')
        ? 'links'
        : 'link',
    fees: asked.has('fees'),
    asObject: query.get('consignment_structure') === 'object',
  };
}

type OrderTest = (order: Order) => boolean;

interface OrderFilter {
  readonly tests: readonly OrderTest[];
  readonly minId: number;
  readonly maxId: number;
  readonly minModified: number;
}

/** A date filter. One that cannot be read is ignored silently, and all orders come back (bigcommerce-api.md, Traps 3). */
function dateFilter(query: URLSearchParams, name: string): number | null {
  const text = query.get(name);
  return text === null ? null : parseStoreDate(text);
}

function readFilter(call: Call, archived: 'hidden' | 'counted'): OrderFilter {
  const { query } = call;
  const tests: OrderTest[] = [];
  const equal = (name: string, value: (order: Order) => number): void => {
    const wanted = v2Integer(query, name);
    if (wanted !== undefined) tests.push((order) => value(order) === wanted);
  };
  const same = (name: string, value: (order: Order) => string): void => {
    const wanted = query.get(name);
    if (wanted !== null && wanted !== '') tests.push((order) => value(order) === wanted);
  };
  const since = (name: string, value: (order: Order) => number): number => {
    const bound = dateFilter(query, name);
    if (bound !== null) tests.push((order) => value(order) >= bound);
    return bound ?? -Infinity;
  };
  const until = (name: string, value: (order: Order) => number): void => {
    const bound = dateFilter(query, name);
    if (bound !== null) tests.push((order) => value(order) <= bound);
  };
  equal('status_id', (order) => order.statusId);
  equal('customer_id', (order) => order.customerId);
  equal('channel_id', (order) => order.channelId);
  same('email', (order) => order.billing.email);
  same('cart_id', (order) => order.cartId ?? '');
  same('payment_method', (order) => order.paymentMethod);
  const external = query.get('external_order_id');
  if (external !== null && external !== '') {
    const nowMs = performance.now();
    tests.push((order) => order.externalOrderId === external && order.searchableAtMs <= nowMs);
  }
  since('min_date_created', (order) => order.created);
  until('max_date_created', (order) => order.created);
  const minModified = since('min_date_modified', (order) => order.modified);
  until('max_date_modified', (order) => order.modified);
  for (const [name, sign] of [
    ['min_total', 1],
    ['max_total', -1],
  ] as const) {
    const text = query.get(name);
    if (text === null || text === '') continue;
    const bound = Number(text) * 100;
    if (Number.isNaN(bound)) throw new Refusal(invalidField(name));
    tests.push((order) => (totalsOf(order).totalIncTax - bound) * sign >= 0);
  }
  const deleted = query.get('is_deleted');
  if (deleted === 'true') tests.push((order) => order.isDeleted);
  else if (archived === 'hidden') tests.push((order) => !order.isDeleted);
  return {
    tests,
    minId: v2Integer(query, 'min_id') ?? -Infinity,
    maxId: v2Integer(query, 'max_id') ?? Infinity,
    minModified,
  };
}

/** First position whose value is not below `bound`, in rows that ascend by `value`. */
function lowerBound(rows: readonly Order[], bound: number, value: (order: Order) => number): number {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const row = rows[middle];
    if (row !== undefined && value(row) < bound) low = middle + 1;
    else high = middle;
  }
  return low;
}

const SORT_VALUES: Readonly<Record<string, (order: Order) => number | string>> = {
  id: (order) => order.id,
  customer_id: (order) => order.customerId,
  date_created: (order) => order.created,
  date_modified: (order) => order.modified,
  status_id: (order) => order.statusId,
  channel_id: (order) => order.channelId,
  external_id: () => '',
};

interface SortRequest {
  readonly field: string;
  readonly descending: boolean;
}

function readSort(query: URLSearchParams): SortRequest {
  const [field = 'id', direction = 'asc'] = (query.get('sort') ?? 'id:asc').split(':');
  if (!(field in SORT_VALUES) || (direction !== 'asc' && direction !== 'desc')) {
    throw new Refusal(invalidField('sort'));
  }
  return { field, descending: direction === 'desc' };
}

/** The rows of one page, read with as little scanning as the sort allows. */
function selectOrders(call: Call, page: PageRequest): Order[] {
  const filter = readFilter(call, 'hidden');
  const sort = readSort(call.query);
  const matches = (order: Order): boolean =>
    order.id >= filter.minId && order.id <= filter.maxId && filter.tests.every((test) => test(order));
  if (sort.field === 'id' || sort.field === 'date_modified') {
    const byId = sort.field === 'id';
    const rows = byId ? call.store.ordersById() : call.store.ordersByModified();
    const first = byId
      ? lowerBound(rows, filter.minId, (order) => order.id)
      : lowerBound(rows, filter.minModified, (order) => order.modified);
    return walk(rows, first, sort.descending, matches, page);
  }
  const value = SORT_VALUES[sort.field] ?? ((order: Order) => order.id);
  const sign = sort.descending ? -1 : 1;
  const found = call.store.ordersById().filter(matches);
  found.sort((a, b) => {
    const left = value(a);
    const right = value(b);
    return (left < right ? -1 : left > right ? 1 : a.id - b.id) * sign;
  });
  return found.slice(page.offset, page.offset + page.limit);
}

function walk(
  rows: readonly Order[],
  first: number,
  descending: boolean,
  matches: (order: Order) => boolean,
  page: PageRequest,
): Order[] {
  const found: Order[] = [];
  let skipped = 0;
  const step = descending ? -1 : 1;
  for (
    let index = descending ? rows.length - 1 : first;
    index >= first && index < rows.length;
    index += step
  ) {
    const order = rows[index];
    if (order === undefined || !matches(order)) continue;
    if (skipped < page.offset) {
      skipped += 1;
      continue;
    }
    found.push(order);
    if (found.length === page.limit) break;
  }
  return found;
}

function listOrders(call: Call): Answer {
  const page = v2Page(call.query);
  const includes = readIncludes(call.query);
  const orders = selectOrders(call, page);
  if (orders.length === 0) return NO_CONTENT;
  return {
    status: 200,
    text: `[${orders.map((order) => call.store.wires.text(order, includes, call.context)).join(',')}]`,
  };
}

/** The count disagrees with the list on archived (counted) and incomplete orders (not in the sum): Traps 3. */
function countOrders(call: Call): Answer {
  const filter = readFilter(call, 'counted');
  const counts = new Map<number, number>();
  let total = 0;
  for (const order of call.store.ordersById()) {
    if (order.id < filter.minId || order.id > filter.maxId || !filter.tests.every((test) => test(order)))
      continue;
    counts.set(order.statusId, (counts.get(order.statusId) ?? 0) + 1);
    if (order.statusId !== STATUS_INCOMPLETE) total += 1;
  }
  const statuses = [...ORDER_STATUSES]
    .sort((a, b) => a.sortOrder - b.sortOrder)
    .map((status) => ({
      id: status.id,
      name: status.name,
      system_label: status.name,
      custom_label: call.store.statusLabel(status.id),
      system_description: status.description,
      count: counts.get(status.id) ?? 0,
      sort_order: status.sortOrder,
    }));
  return json(200, { statuses, count: total });
}

/** One order after a write: always as it is now, also in a store whose reads lag. */
export function writtenOrder(call: Call, order: Order, status: number): Answer {
  return json(status, orderWire(order, readIncludes(call.query), call.context));
}
const route = (template: string, handle: (call: Call) => Answer): Route => ({
  method: 'GET',
  template,
  scopes: ORDER_SCOPE,
  handle,
});

/** The list, the count and the single read of V2 orders. */
export const orderReadRoutes: readonly Route[] = [
  route('/v2/orders', listOrders),
  route('/v2/orders/count', countOrders),
  route('/v2/orders/{order_id}', (call) => ({
    status: 200,
    text: call.store.wires.text(orderOf(call), readIncludes(call.query), call.context),
  })),
];
