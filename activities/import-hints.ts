/**
 * Works off due hints: each order is read once, and the transaction that stores what was read settles its hint at the
 * generation that was read. May be repeated.
 */
import { dueHints, nextHintDue } from '../db/hints.ts';
import { requireRun } from '../db/import-runs.ts';
import { storeSlice } from '../db/import-slice.ts';
import type { SliceResult } from '../workflows/contract.ts';
import { asActivity } from './attempt.ts';
import type { ActivityDeps } from './deps.ts';
import { resultOf, rowRules } from './import-slice.ts';
import { SINGLE_READS_MAX } from './next-page.ts';
import { runShelf } from './run-shelf.ts';
import { readSingleOrders } from './single-reads.ts';
import { openStoreSession } from './store-calls.ts';

/** Reads up to 25 due hints and stores them as a slice of the run. `nextDueInMs` null: nothing waits. */
export function importHints(
  deps: ActivityDeps,
  input: { runId: string },
): Promise<SliceResult & { nextDueInMs: number | null }> {
  return asActivity(deps, { heartbeats: true }, async (attempt) => {
    const run = await requireRun(deps.db, input.runId);
    const { channelId } = run;
    const due =
      run.state === 'running'
        ? await dueHints(deps.db, { channelId, limit: SINGLE_READS_MAX, now: deps.clock() })
        : [];
    if (due.length === 0) {
      return { ...(await resultOf(deps, run, true)), nextDueInMs: await nextDueInMs(deps, channelId) };
    }
    const session = await openStoreSession(deps, { channelId, purpose: 'import', attempt });
    const asked = due.map(({ orderId, generation, attempts }) => ({
      orderId,
      hint: { generation, attempts },
    }));
    const rules = rowRules(session, run);
    const rows = await readSingleOrders(deps, {
      session,
      asked,
      rules,
      attempt: attempt.number,
      shelf: runShelf(deps, run.id),
    });
    // A hint run has no list to walk through; its cursor only counts, so that a repeated slice is known as one.
    const read = run.cursor.phase === 'list' ? run.cursor.next : 0;
    const stored = await storeSlice(deps.db, {
      runId: run.id,
      expectedCursor: run.cursor,
      nextCursor: { phase: 'list', next: read + rows.length },
      rows,
      local: rules.local,
      apiCalls: session.calls(),
      now: deps.clock(),
    });
    const nextMs = await nextDueInMs(deps, channelId);
    const done = nextMs === null || nextMs > 0;
    return { ...(await resultOf(deps, { ...run, ...stored }, done)), nextDueInMs: nextMs };
  });
}

/** Milliseconds until the next hint is due, 0 for one that is due already. */
async function nextDueInMs(deps: ActivityDeps, channelId: string): Promise<number | null> {
  const dueAt = await nextHintDue(deps.db, channelId);
  return dueAt === null ? null : Math.max(0, Date.parse(dueAt) - Date.parse(deps.clock()));
}
