/**
 * Does a page hold what was asked for? A store ignores a date filter that it cannot read and answers with all orders
 * (bigcommerce-api.md, Traps 3), and a sort order that is not kept would let the cursor jump over orders. Pure.
 */
import { failureById, storeError } from './error-table.ts';
import type { StoreError } from './errors.ts';
import type { OrderIdentity } from './translate.ts';

/** What is asked of `GET /v2/orders`. Dates are ISO seconds in UTC, bounds are inclusive. */
export interface OrderListQuery {
  minId?: number;
  maxId?: number;
  minModified?: string;
  maxModified?: string;
  minCreated?: string;
  maxCreated?: string;
  statusId?: number;
  storefrontId?: number;
  sort: 'id:asc' | 'date_modified:asc';
  /** 1–250. */
  limit: number;
}

/**
 * The first contradiction between the rows and the query, as a sentence without values, or null. An order may be
 * modified between being selected and being written out, so what was modified since `askedAt` (the store's clock,
 * ISO second) is no contradiction: such a row moves behind the window and is found again.
 */
export function filterViolation(
  query: OrderListQuery,
  rows: readonly OrderIdentity[],
  askedAt: string,
): string | null {
  let lastId = 0;
  let lastModified = '';
  for (const row of rows) {
    const { orderId, createdAt, modifiedAt } = row;
    const changedSince = modifiedAt !== null && modifiedAt >= askedAt;
    if (orderId !== null) {
      if (query.minId !== undefined && orderId < query.minId) return 'an order below min_id';
      if (query.maxId !== undefined && orderId > query.maxId) return 'an order above max_id';
      if (query.sort === 'id:asc' && orderId <= lastId) return 'orders that are not sorted by id';
      lastId = orderId;
    }
    if (createdAt !== null) {
      if (query.minCreated !== undefined && createdAt < query.minCreated)
        return 'an order created before min_date_created';
      if (query.maxCreated !== undefined && createdAt > query.maxCreated)
        return 'an order created after max_date_created';
    }
    if (modifiedAt !== null && !changedSince) {
      if (query.minModified !== undefined && modifiedAt < query.minModified)
        return 'an order modified before min_date_modified';
      if (query.maxModified !== undefined && modifiedAt > query.maxModified)
        return 'an order modified after max_date_modified';
      if (query.sort === 'date_modified:asc') {
        if (modifiedAt < lastModified) return 'orders that are not sorted by date_modified';
        lastModified = modifiedAt;
      }
      if (query.statusId !== undefined && row.statusId !== null && row.statusId !== query.statusId)
        return 'an order in another status';
    }
    if (
      query.storefrontId !== undefined &&
      row.storefrontId !== null &&
      row.storefrontId !== query.storefrontId
    ) {
      return 'an order of another storefront';
    }
  }
  return null;
}

/** The error for {@link filterViolation}: the page must not be trusted, or the cursor would pass over orders. */
export function filterIgnored(call: string, violation: string): StoreError {
  return storeError(failureById('filter'), { call, what: `answered with ${violation}`, httpStatus: 200 });
}

/** The query as the API wants it, each value encoded exactly once by `URLSearchParams` (a `+` would become a blank). */
export function listParameters(query: OrderListQuery): URLSearchParams {
  const parameters = new URLSearchParams({ ...ORDER_INCLUDES, limit: String(query.limit), sort: query.sort });
  for (const [name, value] of filters(query)) parameters.set(name, String(value));
  return parameters;
}

/** `…/count` takes the same filters, without page, limit, sort and include (bigcommerce-api.md section 3.1). */
export function countParameters(query: Omit<OrderListQuery, 'sort' | 'limit'>): URLSearchParams {
  return new URLSearchParams(filters(query).map(([name, value]): [string, string] => [name, String(value)]));
}

/** One list call carries lines, addresses, pickups and fees (bigcommerce-api.md, digest 1). */
export const ORDER_INCLUDES = {
  include: 'consignments.line_items,fees',
  consignment_structure: 'object',
} as const;

function filters(query: Omit<OrderListQuery, 'sort' | 'limit'>): [string, string | number][] {
  const all: [string, string | number | undefined][] = [
    ['min_id', query.minId],
    ['max_id', query.maxId],
    ['min_date_modified', query.minModified],
    ['max_date_modified', query.maxModified],
    ['min_date_created', query.minCreated],
    ['max_date_created', query.maxCreated],
    ['status_id', query.statusId],
    ['channel_id', query.storefrontId],
  ];
  return all.filter((entry): entry is [string, string | number] => entry[1] !== undefined);
}
