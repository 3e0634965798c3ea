/**
 * How many orders a run will see, for people who wait: the store's own count, asked once in a run that has more than one
 * page. An estimate is never a reason to fail or to stop.
 */
import { keepTotal, keptTotal } from '../db/import-progress.ts';
import type { ImportRun } from '../db/import-runs.ts';
import type { RunEstimate } from '../domain/import-estimate.ts';
import type { ActivityDeps } from './deps.ts';
import type { StoreSession } from './store-calls.ts';

/** The store's count of what the run will see; null where a first page was all, or where it cannot be had. */
export async function totalOfRun(
  deps: ActivityDeps,
  input: { run: ImportRun; session: StoreSession; window: ImportRun['window']; more: boolean },
): Promise<RunEstimate | null> {
  const { run, session, window } = input;
  if (!input.more) return null;
  const kept = await keptTotal(deps.db, run.id);
  if (kept !== undefined) return kept === null ? null : { total: kept };
  const bounds = { from: window.from ?? undefined, to: window.to ?? undefined };
  const created = run.mode === 'created_range';
  let total: number | null = null;
  try {
    const counted = await session.client.countOrders({
      ...(created && bounds.from !== undefined ? { minCreated: bounds.from } : {}),
      ...(created && bounds.to !== undefined ? { maxCreated: bounds.to } : {}),
      ...(!created && run.mode !== 'first' && bounds.from !== undefined ? { minModified: bounds.from } : {}),
    });
    total = counted.total;
  } catch (error) {
    deps.logger.debug({ runId: run.id, err: error }, 'the store did not say how many orders there are');
  }
  await keepTotal(deps.db, { runId: run.id, total, now: deps.clock() });
  return total === null ? null : { total };
}
