/** The lifecycle's question to the database, thin over `db/settle-order.ts`. Runs as a local and as a normal activity. */
import { settleOrder as settle } from '../db/settle-order.ts';
import type { SettleActivities, Settled } from '../workflows/contract.ts';
import { asActivity } from './attempt.ts';
import type { ActivityDeps } from './deps.ts';

/** May be repeated: facts are unique by their keys, everything else is derived from rows. */
export function settleOrder(
  deps: ActivityDeps,
  input: Parameters<SettleActivities['settleOrder']>[0],
): Promise<Settled> {
  return asActivity(deps, { heartbeats: false }, () => settle(deps.db, { ...input, now: deps.clock() }));
}
