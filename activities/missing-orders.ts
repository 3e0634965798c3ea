/**
 * Reads orders one by one that a list did not show although we hold them: brings those that are there up to date and
 * marks those that were archived or deleted in the store.
 */
import { markGone } from '../db/gone-orders.ts';
import { storeSingleReads } from '../db/import-slice.ts';
import type { ActivityDeps } from './deps.ts';
import { NO_SHELF } from './order-lines.ts';
import type { RowRules } from './order-rows.ts';
import { readSingleOrders } from './single-reads.ts';
import type { StoreSession } from './store-calls.ts';

/** Single reads that one comparison may cost; more wait for the next one. */
export const MISSING_READS_MAX = 25;

/** May be repeated. `repaired` counts those that were marked or brought up to date. */
export async function readMissing(
  deps: ActivityDeps,
  input: { session: StoreSession; rules: RowRules; orderIds: readonly number[]; attempt: number },
): Promise<{ read: number; repaired: number }> {
  const { session, rules, attempt } = input;
  if (input.orderIds.length === 0) return { read: 0, repaired: 0 };
  const { id: channelId } = session.channel;
  const rows = await readSingleOrders(deps, {
    session,
    asked: input.orderIds.map((orderId) => ({ orderId })),
    rules,
    attempt,
    shelf: NO_SHELF,
  });
  const gone = new Map<number, 'archived' | 'deleted'>();
  for (const row of rows) {
    if (row.kind === 'missing') gone.set(row.orderId, 'deleted');
    if (row.kind === 'order' && row.order.archived) gone.set(row.order.orderId, 'archived');
  }
  const stored = await storeSingleReads(deps.db, { channelId, rows, local: rules.local, now: deps.clock() });
  await markGone(deps.db, { channelId, gone, now: deps.clock() });
  const changed = stored.filter(
    ({ orderId, outcome }) => orderId !== null && !gone.has(orderId) && outcome === 'updated',
  );
  return { read: rows.length, repaired: gone.size + changed.length };
}
