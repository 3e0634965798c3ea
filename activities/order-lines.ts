/**
 * All lines of orders whose list answer was cut at 50 lines or came without them. Each page of `…/products` is kept as
 * it arrives, so that a slice that is tried again asks the store nothing twice.
 */
import type { StoreClient } from '../bigcommerce/client.ts';
import { StoreError } from '../bigcommerce/errors.ts';
import { readProducts } from '../bigcommerce/translate.ts';
import type { LineItem, Order } from '../domain/order.ts';
import { inUsualSequence } from './order-rows.ts';
import { orderKey, type RunShelf } from './run-shelf.ts';

export { NO_SHELF } from './run-shelf.ts';

/** An order with more pages of lines than this (6,250 lines) is set aside as unreadable. */
const PRODUCT_PAGES_MAX = 25;
/** The kind under which pages of lines are kept. */
const PAGES = 'order_products';

export type AllLines =
  { kind: 'lines'; lines: LineItem[] } | { kind: 'unreadable'; problem: string } | { kind: 'no_budget' };

/**
 * Reads pages until the units come to what the order counts, or a page brings nothing new. Page sizes are not believed:
 * some lists cap them without a word (bigcommerce-api.md, Traps 6). `mayCall` is asked before each call; a `false` ends
 * with `no_budget`, and what was read so far is on the shelf.
 */
export async function readAllLines(
  client: Pick<StoreClient, 'orderProducts'>,
  order: Order,
  shelf: RunShelf,
  mayCall: () => boolean,
): Promise<AllLines> {
  const lines = new Map<number, LineItem>();
  const units = () => [...lines.values()].reduce((sum, line) => sum + line.quantity, 0);
  for (let page = 1; page <= PRODUCT_PAGES_MAX; page += 1) {
    const key = `${orderKey(order)}#${String(page)}`;
    // Written by `keep` below, of this very run: always lines of ours.
    let found = (await shelf.find(PAGES, [key])).get(key) as LineItem[] | undefined;
    if (found === undefined) {
      if (!mayCall()) return { kind: 'no_budget' };
      const read = readProducts(await client.orderProducts(order.orderId, page), order.orderId);
      if (!read.ok) return { kind: 'unreadable', problem: read.problem };
      found = read.lines;
      await shelf.keep(PAGES, key, found);
    }
    const known = lines.size;
    for (const line of found) lines.set(line.orderProductId, inUsualSequence(line));
    if (lines.size === known || units() === order.itemsTotal)
      return { kind: 'lines', lines: [...lines.values()] };
  }
  return { kind: 'unreadable', problem: `more than ${String(PRODUCT_PAGES_MAX)} pages of lines` };
}

/** For callers that need the lines and have no one to set aside for. */
export function linesOrThrow(call: string, read: AllLines): LineItem[] {
  if (read.kind === 'lines') return read.lines;
  throw new StoreError(
    `${call}: the lines of the order cannot be read (${read.kind === 'unreadable' ? read.problem : 'too many calls'}). It is asked again.`,
    {
      code: 'UnexpectedAnswer',
      reason: 'shape',
      call,
      retryable: true,
      effect: 'none',
    },
  );
}
