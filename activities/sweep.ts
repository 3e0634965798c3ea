/** One pass over what was recorded and not followed up, whoever was interrupted. Looks only at rows that are due. */
import { channelsWithDueHints } from '../db/hints.ts';
import { purgeWebhookDeliveries } from '../db/webhooks.ts';
import { dropOldTraces } from '../db/look-up-traces.ts';
import { offerDueWriteBacks } from '../db/ledger.ts';
import { applyDueParkedEvents } from '../db/parked-events.ts';
import type { SweepInput, SweepResult } from '../workflows/contract.ts';
import { asActivity } from './attempt.ts';
import { deliverOutbox } from './deliver-outbox.ts';
import type { ActivityDeps } from './deps.ts';

/** Orders per pass and kind; the next pass goes on. */
const ORDERS_MAX = 1000;
/** Hints that are due this long have no run that works them off (design section 7). */
const HINT_OVERDUE_MS = 60_000;
/** Longer than an attempt with its waits; the lifecycle itself tries again within two hours. */
const WRITE_BACK_OVERDUE_MS = 3 * 3_600_000;
/** The ingress gives a signal up after five seconds; fresher rows may be on their way. */
const OUTBOX_OVERDUE_MS = 6_000;

/** May be repeated, also beside another sweep. Without a channel all of them are looked at. */
export function sweepOnce(deps: ActivityDeps, { channelId }: SweepInput): Promise<SweepResult> {
  return asActivity(deps, { heartbeats: true }, async (attempt) => {
    const { signal } = attempt;
    const now = deps.clock();
    const which = channelId === undefined ? {} : { channelId };
    const deliver = (olderThanMs: number) =>
      deliverOutbox(deps, { ...which, olderThanMs, reason: 'sweep', signal, leftMs: () => attempt.leftMs() });

    const parked = await applyDueParkedEvents(deps.db, { ...which, limit: ORDERS_MAX, now });
    const offered = await offerDueWriteBacks(deps.db, {
      ...which,
      overdueMs: WRITE_BACK_OVERDUE_MS,
      limit: ORDERS_MAX,
      now,
    });
    signal.throwIfAborted();

    const hinted = await channelsWithDueHints(deps.db, {
      ...which,
      dueBefore: new Date(Date.parse(now) - HINT_OVERDUE_MS).toISOString(),
    });
    for (const id of hinted) await deps.temporal.wakeHints(id);
    await purgeWebhookDeliveries(deps.db, now);
    await dropOldTraces(deps.db, now);

    // What this very pass has offered is nobody else's to tell.
    const { delivered } = await deliver(parked.wake.length + offered > 0 ? 0 : OUTBOX_OVERDUE_MS);
    return {
      outboxDelivered: delivered,
      parkedApplied: parked.applied,
      hintRunsStarted: hinted.length,
      lifecyclesWoken: parked.wake.length + offered,
    };
  });
}
