/**
 * The rows of a list page: each order read by itself, its missing lines asked for, the unreadable set aside. Stores
 * nothing but the answers of detail calls.
 */
import { StoreError } from '../bigcommerce/errors.ts';
import { readOrder } from '../bigcommerce/translate.ts';
import type { SliceRow } from '../db/store-orders.ts';
import type { Order } from '../domain/order.ts';
import type { Attempt } from './attempt.ts';
import type { ActivityDeps } from './deps.ts';
import { readAllLines, type AllLines, type PageShelf } from './order-lines.ts';
import { orderRow, type RowRules } from './order-rows.ts';
import type { StoreSession } from './store-calls.ts';

/** Kept free at the end of an attempt for storing what was read. */
const STORING_MS = 10_000;
/** From this attempt on lines that cannot be had are the order's own fault, and must not stop the page for ever. */
const BLAMED_FROM_ATTEMPT = 3;

/**
 * Rows for the orders of a page in its sequence, as far as `detailCallsMax` and the attempt's time reach: fewer rows
 * than orders mean that the rest is for the next slice.
 */
export async function rowsOfPage(
  deps: Pick<ActivityDeps, 'clock' | 'storeAccess'>,
  page: {
    session: StoreSession;
    rules: RowRules;
    orders: readonly unknown[];
    /** When the store answered, our clock. */
    readAt: string;
    shelf: PageShelf;
    detailCallsMax: number;
    attempt: Pick<Attempt, 'leftMs' | 'number'>;
  },
): Promise<SliceRow[]> {
  const { session, rules, readAt } = page;
  const context = { storeHash: session.channel.storeHash, codPaymentMethods: rules.gate.codPaymentMethods };
  const reads = page.orders.map((raw) => ({ raw, read: readOrder(raw, context) }));
  const cut = reads.filter(({ read }) => read.ok && read.linesIncomplete).length;
  session.purse.expect(Math.min(page.detailCallsMax, cut));
  let budget = page.detailCallsMax;
  const mayCall = (): boolean => {
    if (page.attempt.leftMs() < deps.storeAccess.timeoutMs + STORING_MS) return false;
    budget -= 1;
    return budget >= 0;
  };

  const now = deps.clock();
  const rows: SliceRow[] = [];
  for (const { raw, read } of reads) {
    if (!read.ok) {
      rows.push({ kind: 'unreadable', orderId: read.orderId, error: read.problem });
      continue;
    }
    if (!read.linesIncomplete) {
      rows.push(orderRow({ order: read.order, rules, readAt, now }));
      continue;
    }
    const lines = await linesOf(page, read.order, mayCall);
    if (lines.kind === 'no_budget') break;
    if (lines.kind === 'unreadable') {
      rows.push({ kind: 'unreadable', orderId: read.order.orderId, error: lines.problem });
      continue;
    }
    const complete = readOrder(raw, { ...context, lines: lines.lines });
    rows.push(
      complete.ok
        ? orderRow({ order: complete.order, rules, readAt, now })
        : { kind: 'unreadable', orderId: complete.orderId, error: complete.problem },
    );
  }
  return rows;
}

async function linesOf(
  page: { session: StoreSession; shelf: PageShelf; attempt: Pick<Attempt, 'number'> },
  order: Order,
  mayCall: () => boolean,
): Promise<AllLines> {
  try {
    return await readAllLines(page.session.client, order, page.shelf, mayCall);
  } catch (error) {
    if (
      !(error instanceof StoreError) ||
      error.code === 'BigCommerceAuth' ||
      error.code === 'BigCommerceRateLimited'
    )
      throw error;
    // An order that was deleted since the page was listed, or one that the store stumbles over again and again.
    if (error.code !== 'BigCommerceNotFound' && page.attempt.number < BLAMED_FROM_ATTEMPT) throw error;
    return { kind: 'unreadable', problem: error.message };
  }
}
