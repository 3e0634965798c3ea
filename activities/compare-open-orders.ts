/**
 * Compares open orders that are older than the windows of a comparison with the store, those first that were read
 * longest ago: by a list page where it shows two of them or more, one by one elsewhere, whichever costs fewer calls.
 */
import { LIST_PAGE_SIZE_MAX } from '../bigcommerce/client.ts';
import { readIdentity } from '../bigcommerce/translate.ts';
import { oldOpenOrders, unmarkGone } from '../db/gone-orders.ts';
import { storeSingleReads } from '../db/import-slice.ts';
import type { ReconcileStoreActivities } from '../workflows/contract.ts';
import { asActivity } from './attempt.ts';
import type { ActivityDeps } from './deps.ts';
import { rowRules } from './import-slice.ts';
import { MISSING_READS_MAX, readMissing } from './missing-orders.ts';
import { NO_SHELF } from './order-lines.ts';
import { rowsOfPage } from './page-rows.ts';
import { openStoreSession } from './store-calls.ts';

/** Orders of one comparison; the others have their turn the next night. */
const OPEN_ORDERS_MAX = 200;

/** May be repeated; an order that agrees is not touched. */
export function compareOpenOrders(
  deps: ActivityDeps,
  input: { channelId: string; createdBefore: string },
): ReturnType<ReconcileStoreActivities['compareOpenOrders']> {
  const { channelId, createdBefore } = input;
  return asActivity(deps, { heartbeats: true }, async (attempt) => {
    const waiting = await oldOpenOrders(deps.db, { channelId, createdBefore, limit: OPEN_ORDERS_MAX });
    const result = { ordersRead: 0, repaired: 0, apiCalls: 0 };
    if (waiting.length === 0) return result;
    const session = await openStoreSession(deps, { channelId, purpose: 'bulk', attempt });
    const rules = rowRules(session, { mode: 'created_range' });
    const single: number[] = [];
    while (waiting.length > 0) {
      const minId = waiting[0] ?? 0;
      // Numbers rise by one or more, so that a page reaches at least so far.
      const near = waiting.filter((orderId) => orderId < minId + LIST_PAGE_SIZE_MAX);
      if (near.length < 2) {
        single.push(minId);
        waiting.shift();
        continue;
      }
      const page = await session.client.listOrders({ minId, sort: 'id:asc', limit: LIST_PAGE_SIZE_MAX });
      const rows = await rowsOfPage(deps, {
        session,
        rules,
        // The others of the page are the business of their windows.
        orders: page.orders.filter((raw) => near.includes(readIdentity(raw).orderId ?? 0)),
        readAt: deps.clock(),
        shelf: NO_SHELF,
        detailCallsMax: Infinity,
        attempt,
      });
      const stored = await storeSingleReads(deps.db, {
        channelId,
        rows,
        local: rules.local,
        now: deps.clock(),
      });
      const listed = stored.flatMap(({ orderId }) => (orderId === null ? [] : [orderId]));
      await unmarkGone(deps.db, { channelId, listed });
      result.ordersRead += rows.length;
      result.repaired += stored.filter(({ outcome }) => outcome === 'updated').length;
      single.push(...near.filter((orderId) => !listed.includes(orderId)));
      waiting.splice(0, near.length);
    }
    const orderIds = single.slice(0, MISSING_READS_MAX);
    const missing = await readMissing(deps, { session, rules, orderIds, attempt: attempt.number });
    return {
      ordersRead: result.ordersRead + missing.read,
      repaired: result.repaired + missing.repaired,
      apiCalls: session.calls(),
    };
  });
}
