/**
 * Given order numbers, read with as few calls as they allow: the store has no filter by ids, but one page of a range of
 * ids holds every asked order that lies close to its neighbors. What a page does not show is asked for by itself, since
 * lists hide archived orders. Nothing is passed over: what does not fit is the next slice's.
 */
import { LIST_PAGE_SIZE_MAX, mayGoOn } from '../bigcommerce/client.ts';
import { StoreError } from '../bigcommerce/errors.ts';
import { readIdentity } from '../bigcommerce/translate.ts';
import type { SliceRow } from '../db/store-orders.ts';
import { withPage, type ListedPage } from './kept-page.ts';
import { rowsOfPage, type PageToRead } from './page-rows.ts';
import { readSingleOrders } from './single-reads.ts';
import type { ActivityDeps } from './deps.ts';

/** Fewer numbers than this are asked for one by one: a page of strangers' orders would cost more than it saves. */
const RANGE_FROM = 3;

export interface ListedOrders extends Omit<PageToRead, 'orders' | 'readAt'> {
  /** Ascending; at most a page of them. */
  orderIds: readonly number[];
  /** Orders asked for by themselves in one slice. */
  singleReadsMax: number;
  /** Orders of one list page, where the store could not carry a full one. */
  pageSize: number;
}

/** Rows of the first numbers, at least of one or throws; `handled` says how many numbers they are about. */
export async function readListedOrders(
  deps: ActivityDeps,
  input: ListedOrders,
): Promise<{ rows: SliceRow[]; handled: number }> {
  const [first] = input.orderIds;
  const last = input.orderIds.at(-1);
  const nothing: ListedPage = { orders: [], storeNow: null, readAt: deps.clock() };
  if (first === undefined || last === undefined || input.orderIds.length < RANGE_FROM)
    return rowsOf(deps, input, nothing, Infinity);
  const limit = Math.min(LIST_PAGE_SIZE_MAX, input.pageSize);
  const query = { sort: 'id:asc', limit, minId: first, maxId: last } as const;
  const ask = async (): Promise<ListedPage> => ({
    ...(await input.session.client.listOrders(query)),
    readAt: deps.clock(),
  });
  return withPage(input.shelf, query, ask, (page) => rowsOf(deps, input, page, limit));
}

async function rowsOf(
  deps: ActivityDeps,
  input: ListedOrders,
  listed: ListedPage,
  limit: number,
): Promise<{ rows: SliceRow[]; handled: number }> {
  const { orderIds, singleReadsMax } = input;
  const page = shownOf(orderIds, listed, limit);
  const inReach = orderIds.filter((id) => id <= page.reachesTo);
  const missing = inReach.filter((id) => !page.orders.has(id));
  let end = missing[singleReadsMax] ?? Infinity;
  const shown = inReach.filter((id) => id < end && page.orders.has(id));
  const orders = shown.map((id) => page.orders.get(id));
  const pageRows = await rowsOfPage(deps, { ...input, orders, readAt: listed.readAt });
  end = Math.min(end, shown[pageRows.length] ?? Infinity);
  const alone = missing.filter((id) => id < end);
  const hasOthers = pageRows.length > 0 && (shown[0] ?? Infinity) < (alone[0] ?? Infinity);
  const singleRows = alone.length === 0 ? [] : await readAlone(deps, input, alone, hasOthers);
  end = Math.min(end, alone[singleRows.length] ?? Infinity);
  const rowOf = new Map<number, SliceRow>(
    [
      ...shown.map((id, at): [number, SliceRow | undefined] => [id, pageRows[at]]),
      ...alone.map((id, at): [number, SliceRow | undefined] => [id, singleRows[at]]),
    ].filter((entry): entry is [number, SliceRow] => entry[1] !== undefined),
  );
  const handled = inReach.filter((id) => id < end);
  return { rows: handled.flatMap((id) => rowOf.get(id) ?? []), handled: handled.length };
}

/** Rows of the first of them; none where the store does not answer and others can be stored first. */
async function readAlone(
  deps: ActivityDeps,
  { session, rules, shelf, attempt }: ListedOrders,
  orderIds: readonly number[],
  hasOthers: boolean,
): Promise<SliceRow[]> {
  const asked = orderIds.map((orderId) => ({ orderId }));
  try {
    return await readSingleOrders(deps, { session, asked, rules, attempt: attempt.number, shelf });
  } catch (error) {
    if (!hasOthers || !(error instanceof StoreError) || error.code === 'BigCommerceAuth') throw error;
    return [];
  }
}

/** The asked orders that one page shows, and up to which id its silence means absence. */
function shownOf(
  orderIds: readonly number[],
  page: ListedPage,
  limit: number,
): { orders: Map<number, unknown>; reachesTo: number } {
  const asked = new Set(orderIds);
  const orders = new Map<number, unknown>();
  let reachesTo = orderIds[0] ?? 0;
  for (const raw of page.orders) {
    const { orderId } = readIdentity(raw);
    if (orderId === null) continue;
    reachesTo = Math.max(reachesTo, orderId);
    if (asked.has(orderId)) orders.set(orderId, raw);
  }
  return { orders, reachesTo: mayGoOn(page.orders.length, limit) ? reachesTo : Infinity };
}
