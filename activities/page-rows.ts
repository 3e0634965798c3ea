/**
 * The rows of a list page: each order read by itself, its missing lines and wanted details asked for, the unreadable set
 * aside. Stores nothing but the answers of detail calls.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { StoreError } from '../bigcommerce/errors.ts';
import { readOrder, type ReadOrder } from '../bigcommerce/translate.ts';
import type { SliceRow } from '../db/store-orders.ts';
import type { OrderDetails } from '../domain/import-order.ts';
import type { Order } from '../domain/order.ts';
import type { Attempt } from './attempt.ts';
import type { ActivityDeps } from './deps.ts';
import { neededDetails } from './needed-details.ts';
import { readAllLines, type AllLines } from './order-lines.ts';
import { needsAnyDetails, orderRow, type RowRules } from './order-rows.ts';
import type { RunShelf } from './run-shelf.ts';
import type { StoreSession } from './store-calls.ts';

/** Kept free at the end of an attempt for storing what was read. */
const STORING_MS = 10_000;
/**
 * Orders translated in one turn of the event loop, about a millisecond's worth. A whole page in one turn would keep the
 * statements of the page that is being stored, of other imports, signals and heartbeats waiting.
 */
const ORDERS_AT_A_TIME = 10;
/** From this attempt on lines that cannot be had are the order's own fault, and must not stop the page for ever. */
const BLAMED_FROM_ATTEMPT = 3;

export interface PageToRead {
  session: StoreSession;
  rules: RowRules;
  orders: readonly unknown[];
  /** When the store answered, our clock. */
  readAt: string;
  shelf: RunShelf;
  detailCallsMax: number;
  attempt: Pick<Attempt, 'leftMs' | 'number'>;
}

type Deps = Pick<ActivityDeps, 'db' | 'clock' | 'storeAccess' | 'logger'>;
type ReadEntry = { kind: 'order'; order: Order } | Extract<SliceRow, { kind: 'unreadable' }>;

/**
 * Rows for the orders of a page in its sequence, as far as `detailCallsMax` and the attempt's time reach: fewer rows
 * than orders mean that the rest is for the next slice. Throws only where not one order could be read to its end.
 */
export async function rowsOfPage(deps: Deps, page: PageToRead): Promise<SliceRow[]> {
  let budget = page.detailCallsMax;
  const mayCall = (): boolean => {
    if (page.attempt.leftMs() < deps.storeAccess.timeoutMs + STORING_MS) return false;
    budget -= 1;
    return budget >= 0;
  };
  const entries = await readEntries(page, mayCall);
  const orders = entries.flatMap((entry) => (entry.kind === 'order' ? [entry.order] : []));
  const details = await detailsOf(deps, page, orders, mayCall);
  const now = deps.clock();
  const rows: SliceRow[] = [];
  let at = 0;
  for (const [index, entry] of entries.entries()) {
    if (index % ORDERS_AT_A_TIME === 0) await nextTurn();
    if (entry.kind !== 'order') {
      rows.push(entry);
      continue;
    }
    if (details !== null && at >= details.length) break;
    const { rules, readAt } = page;
    rows.push(orderRow({ order: entry.order, details: details?.[at], rules, readAt, now }));
    at += 1;
  }
  return rows;
}

/** Null: no order needs any. */
async function detailsOf(
  deps: Deps,
  page: PageToRead,
  orders: readonly Order[],
  mayCall: () => boolean,
): Promise<OrderDetails[] | null> {
  const { session, rules, shelf } = page;
  if (!orders.some((order) => needsAnyDetails(order, rules))) return null;
  session.purse.expect(Math.min(page.detailCallsMax, orders.length));
  return neededDetails(
    deps.db,
    {
      client: session.client,
      shelf,
      rules,
      logger: deps.logger,
      mayCall,
      channelId: session.channel.id,
      now: deps.clock(),
    },
    orders,
  );
}

/** Every order with all its lines, until the calls for lines are used up. */
async function readEntries(page: PageToRead, mayCall: () => boolean): Promise<ReadEntry[]> {
  const context = { storeHash: page.session.channel.storeHash };
  const reads: { raw: unknown; read: ReadOrder }[] = [];
  for (const [index, raw] of page.orders.entries()) {
    if (index % ORDERS_AT_A_TIME === 0) await nextTurn();
    reads.push({ raw, read: readOrder(raw, context) });
  }
  const cut = reads.filter(({ read }) => read.ok && read.linesIncomplete).length;
  page.session.purse.expect(Math.min(page.detailCallsMax, cut));
  const entries: ReadEntry[] = [];
  for (const { raw, read } of reads) {
    if (!read.ok) {
      entries.push({ kind: 'unreadable', orderId: read.orderId, error: read.problem });
      continue;
    }
    if (!read.linesIncomplete) {
      entries.push({ kind: 'order', order: read.order });
      continue;
    }
    const lines = await linesOf(page, read.order, mayCall, entries.length > 0);
    if (lines.kind === 'no_budget') break;
    if (lines.kind === 'unreadable') {
      entries.push({ kind: 'unreadable', orderId: read.order.orderId, error: lines.problem });
      continue;
    }
    const complete = readOrder(raw, { ...context, lines: lines.lines });
    entries.push(
      complete.ok
        ? { kind: 'order', order: complete.order }
        : { kind: 'unreadable', orderId: complete.orderId, error: complete.problem },
    );
  }
  return entries;
}

async function linesOf(
  page: PageToRead,
  order: Order,
  mayCall: () => boolean,
  hasOthers: boolean,
): Promise<AllLines> {
  try {
    return await readAllLines(page.session.client, order, page.shelf, mayCall);
  } catch (error) {
    if (!(error instanceof StoreError) || error.code === 'BigCommerceAuth') throw error;
    // The quota ends in the middle of a page: what was read before is stored, the rest is the next slice's.
    if (error.code === 'BigCommerceRateLimited') {
      if (hasOthers) return { kind: 'no_budget' };
      throw error;
    }
    // An order that was deleted since the page was listed, or one that the store stumbles over again and again.
    if (error.code !== 'BigCommerceNotFound' && page.attempt.number < BLAMED_FROM_ATTEMPT) throw error;
    return { kind: 'unreadable', problem: error.message };
  }
}
