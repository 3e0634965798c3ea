/**
 * The next page of an import run, read to its end: a list page, or up to 25 single reads, translated, gated, with its
 * details. Nothing is passed over: what cannot be read is set aside, what does not fit is left to the page after it.
 */
import { mayGoOn, type StoreClient } from '../bigcommerce/client.ts';
import { StoreError } from '../bigcommerce/errors.ts';
import { readIdentity } from '../bigcommerce/translate.ts';
import { nextOfImportList } from '../db/import-lists.ts';
import type { ImportRun } from '../db/import-runs.ts';
import type { SliceRow } from '../db/store-orders.ts';
import {
  advance,
  advanceList,
  fixWindowEnd,
  LIST_PAGE_SIZE_MAX,
  nextQuery,
  type ListQuery,
} from '../domain/import-cursor.ts';
import type { RunEstimate } from '../domain/import-estimate.ts';
import { isSmallestPage } from '../domain/page-size.ts';
import type { Attempt } from './attempt.ts';
import type { ActivityDeps } from './deps.ts';
import { ActivityRefusal } from './failures.ts';
import { totalOfRun } from './import-estimate.ts';
import { withPage, type ListedPage } from './kept-page.ts';
import { readListedOrders } from './listed-orders.ts';
import type { RowRules } from './order-rows.ts';
import { notePageFault, pageSize } from './page-faults.ts';
import { rowsOfPage } from './page-rows.ts';
import { runShelf, type RunShelf } from './run-shelf.ts';
import type { StoreSession } from './store-calls.ts';

/** Detail calls of one page, so that its transaction and its quota stay small (design section 7). */
const DETAIL_CALLS_MAX = 25;
/** Single reads of one page. */
export const SINGLE_READS_MAX = 25;

/** What every page of a run is read with. */
export interface RunWork {
  run: ImportRun;
  session: StoreSession;
  rules: RowRules;
  attempt: Attempt;
}

export interface PageRead {
  nextCursor: ImportRun['cursor'];
  rows: SliceRow[];
  window?: ImportRun['window'];
  /** For people who wait; null: it ends with this page, or nobody knows. */
  estimate?: RunEstimate | null;
}

/** Reads what the run's cursor says comes next. Stores nothing but answers that a further attempt would ask for again. */
export function readNextPage(deps: ActivityDeps, work: RunWork): Promise<PageRead> {
  return work.run.cursor.phase === 'list' ? givenOrders(deps, work) : listedOrders(deps, work);
}

async function givenOrders(deps: ActivityDeps, work: RunWork): Promise<PageRead> {
  const { run, session, rules, attempt } = work;
  const { orderIds, total } = await nextAsked(deps, run);
  if (orderIds.length === 0) return { rows: [], nextCursor: { phase: 'done' } };
  const { rows, handled } = await readListedOrders(deps, {
    session,
    rules,
    attempt,
    orderIds,
    singleReadsMax: SINGLE_READS_MAX,
    pageSize: await pageSize(deps, run),
    detailCallsMax: DETAIL_CALLS_MAX,
    shelf: runShelf(deps, run.id),
  });
  const after = orderIds[handled - 1];
  if (after === undefined) throw tooSlow();
  return { rows, nextCursor: advanceList(run.cursor, handled, total, after), estimate: { total } };
}

/** The next given numbers in ascending order, and how many there are in all. */
async function nextAsked(deps: ActivityDeps, run: ImportRun): Promise<{ orderIds: number[]; total: number }> {
  const { next, after = 0 } = run.cursor.phase === 'list' ? run.cursor : { next: 0 };
  const { list, listTotal, orderIds: given } = run.input;
  if (typeof list === 'string' && typeof listTotal === 'number') {
    const ask = { channelId: run.channelId, listId: list, after, limit: LIST_PAGE_SIZE_MAX };
    return { orderIds: await nextOfImportList(deps.db, ask), total: listTotal };
  }
  const ids = Array.isArray(given) ? given.filter((id): id is number => typeof id === 'number') : [];
  ids.sort((a, b) => a - b);
  return { orderIds: ids.slice(next, next + LIST_PAGE_SIZE_MAX), total: ids.length };
}

function tooSlow(): ActivityRefusal {
  return new ActivityRefusal(
    'BigCommerceUnavailable',
    'The store answers so slowly that not one order could be read with all its lines. What was read is kept; it goes on from there.',
  );
}

async function listedOrders(deps: ActivityDeps, work: RunWork): Promise<PageRead> {
  const { run, session } = work;
  const limit = await pageSize(deps, run);
  const query = nextQuery({ mode: run.mode, cursor: run.cursor, window: run.window, limit });
  if (query === null) throw new ActivityRefusal('RunEnded', `Import run ${run.id} has nothing more to list.`);
  const shelf = runShelf(deps, run.id);
  const ask = async (): Promise<ListedPage> => {
    const page = await listPage(deps, { run, client: session.client, query });
    return { ...page, readAt: deps.clock() };
  };
  return withPage(shelf, query, ask, (page) => storedOf(deps, work, { query, page, shelf }));
}

async function storedOf(
  deps: ActivityDeps,
  { run, session, rules, attempt }: RunWork,
  { query, page, shelf }: { query: ListQuery; page: ListedPage; shelf: RunShelf },
): Promise<PageRead> {
  const window = page.storeNow === null ? run.window : fixWindowEnd(run.window, page.storeNow);
  const { orders, readAt } = page;
  const detailCallsMax = DETAIL_CALLS_MAX;
  const rows = await rowsOfPage(deps, { session, rules, orders, readAt, shelf, detailCallsMax, attempt });
  const taken = rows.length;
  const whole = taken === page.orders.length;
  if (taken === 0 && !whole) {
    throw tooSlow();
  }
  // A page that was cut short because of its details counts as full: the rest is behind the cursor's last order.
  const nextCursor = advance({
    cursor: run.cursor,
    window,
    page: placesOf(rows, page.orders, query),
    // So does one that ends where a silent cap of the store would end it.
    limit: whole && !mayGoOn(taken, query.limit) ? query.limit : taken,
  });
  const estimate = await totalOfRun(deps, { run, session, window, more: page.orders.length >= query.limit });
  return { rows, nextCursor, estimate, ...(window === run.window ? {} : { window }) };
}

/**
 * Where each order of the page stands in the sequence asked for. One whose own id or date cannot be read stands where
 * the one before it stands, so that it neither stops the run nor makes a full page look short.
 */
function placesOf(
  rows: readonly SliceRow[],
  orders: readonly unknown[],
  query: ListQuery,
): { orderId: number; modifiedAt: string }[] {
  let orderId = query.minId ?? 0;
  let modifiedAt = query.minModified ?? '1970-01-01T00:00:00Z';
  return rows.map((row, index) => {
    const identity = row.kind === 'order' ? row.order : readIdentity(orders[index]);
    orderId = identity.orderId ?? orderId;
    modifiedAt = identity.modifiedAt ?? modifiedAt;
    return { orderId, modifiedAt };
  });
}

/** Asks for the page. A store that cannot carry it is asked for a smaller one for a while (`domain/page-size.ts`). */
async function listPage(
  deps: ActivityDeps,
  input: { run: ImportRun; client: StoreClient; query: ListQuery },
): Promise<{ orders: unknown[]; storeNow: string | null }> {
  const { run, query } = input;
  try {
    return await input.client.listOrders(query);
  } catch (error) {
    if (!isTooMuch(error) || isSmallestPage(query.limit)) throw error;
    const smaller = await notePageFault(deps, run, ['timeout', 'too_large'].includes(error.reason));
    if (smaller >= query.limit) throw error;
    deps.logger.warn(
      { runId: run.id, from: query.limit, to: smaller, reason: error.reason },
      'the store could not carry a list page; asking for a smaller one',
    );
    throw new StoreError(
      `${error.message} The next attempt asks for ${String(smaller)} orders instead of ${String(query.limit)}.`,
      {
        code: error.code,
        reason: error.reason,
        call: error.call,
        ...(error.httpStatus === null ? {} : { httpStatus: error.httpStatus }),
        retryable: true,
        effect: 'none',
      },
    );
  }
}

function isTooMuch(error: unknown): error is StoreError {
  return (
    error instanceof StoreError &&
    error.effect === 'unknown' &&
    ['server_error', 'timeout', 'too_large', 'cut_body'].includes(error.reason) &&
    error.httpStatus !== 503
  );
}
