/**
 * All payments of an order, page by page: the store lists at most 250 at once, and does not promise pages (K-34). Each
 * page is kept as it arrives. Where the pages do not come to what the store counts, the answer says so.
 */
import type { StoreClient } from '../bigcommerce/client.ts';
import { StoreError } from '../bigcommerce/errors.ts';
import type { StoreTransaction } from '../bigcommerce/transactions.ts';
import { isoSecond } from '../bigcommerce/wire-values.ts';
import type { Order, Payment } from '../domain/order.ts';
import { orderKey, type RunShelf } from './run-shelf.ts';

/** 5,000 payments of one order; more would be a store that answers in circles. */
const PAGES_MAX = 20;
/** The kind under which pages are kept. */
const PAGES = 'transactions';

export interface AllPayments {
  payments: Payment[];
  /** False: the store holds more than it lists, and no sum may be made of them. */
  complete: boolean;
}

interface KeptPage {
  payments: Payment[];
  /** How many the store says there are; null where it does not say. */
  total: number | null;
  mayGoOn: boolean;
}

/**
 * Reads pages until they come to what the store counts, or one brings nothing new: a store that takes no `page` answers
 * the first one again. `call` asks within the budget and answers null where the scope is missing.
 */
export async function readAllPayments(
  client: Pick<StoreClient, 'orderTransactions'>,
  order: Order,
  shelf: RunShelf,
  call: (question: () => Promise<KeptPage>) => Promise<KeptPage | null>,
): Promise<AllPayments | null> {
  const found = new Map<number, Payment>();
  let total: number | null = null;
  for (let page = 1; page <= PAGES_MAX; page += 1) {
    const key = `${orderKey(order)}#${String(page)}`;
    // Written by `keep` below, of this very run.
    let kept = (await shelf.find(PAGES, [key])).get(key) as KeptPage | undefined;
    if (kept === undefined) {
      const answer = await call(() => pageOf(client, order.orderId, page));
      if (answer === null) return null;
      await shelf.keep(PAGES, key, answer);
      kept = answer;
    }
    const before = found.size;
    for (const payment of kept.payments) found.set(payment.id, paymentInSequence(payment));
    total ??= kept.total;
    const payments = [...found.values()];
    if (total === null ? !kept.mayGoOn : found.size >= total) return { payments, complete: true };
    if (found.size === before) return { payments, complete: false };
  }
  return { payments: [...found.values()], complete: false };
}

/** An order that was deleted since it was listed has none. */
async function pageOf(
  client: Pick<StoreClient, 'orderTransactions'>,
  orderId: number,
  page: number,
): Promise<KeptPage> {
  try {
    const { rows, total, mayGoOn } = await client.orderTransactions(orderId, page);
    return { payments: rows.map(paymentOf), total, mayGoOn };
  } catch (error) {
    if (error instanceof StoreError && error.code === 'BigCommerceNotFound')
      return { payments: [], total: 0, mayGoOn: false };
    throw error;
  }
}

function paymentOf(row: StoreTransaction): Payment {
  return {
    id: row.transactionId,
    at: isoSecond(row.createdAt ?? '') ?? '',
    event: row.event,
    method: row.method,
    gateway: row.gateway,
    amount: row.amount,
    currency: row.currency,
    ok: row.status !== 'error',
    test: row.test,
  };
}

/** The shelf is a `jsonb` column, which puts fields into a sequence of its own; the content hash depends on ours. */
function paymentInSequence(payment: Payment): Payment {
  const { id, at, event, method, gateway, amount, currency, ok, test } = payment;
  return { id, at, event, method, gateway, amount, currency, ok, test };
}
