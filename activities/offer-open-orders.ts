/** For a comparison: every order whose row says open gets its lifecycle back, if it lost it. */
import { inTransaction } from '../db/database.ts';
import { offerOpenPage } from '../db/orders.ts';
import type { ReconcileActivities } from '../workflows/contract.ts';
import { asActivity } from './attempt.ts';
import type { ActivityDeps } from './deps.ts';

/** Orders per page: one short transaction each. */
const PAGE_MAX = 2000;

/** One page by key. May be repeated: an order waits in the outbox once. */
export function offerOpenOrders(
  deps: ActivityDeps,
  { channelId, afterOrderId }: Parameters<ReconcileActivities['offerOpenOrders']>[0],
): Promise<{ offered: number; lastOrderId: number; done: boolean }> {
  return asActivity(deps, { heartbeats: true }, () =>
    inTransaction(deps.db, (tx) =>
      offerOpenPage(tx, { channelId, afterOrderId, limit: PAGE_MAX, now: deps.clock() }),
    ),
  );
}
