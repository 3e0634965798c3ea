/**
 * How far a run is from its end, for people who wait: the store's own count, asked once in a run that has more than one
 * page, and the pace that the quota allows. An estimate is never a reason to fail or to stop.
 */
import { readDetails, saveDetail } from '../db/import-details.ts';
import type { ImportPace } from '../db/import-pace.ts';
import type { ImportCounts, ImportRun } from '../db/import-runs.ts';
import type { ActivityDeps } from './deps.ts';
import type { StoreSession } from './store-calls.ts';

export interface RunEstimate {
  /** Orders to see in all. */
  total: number;
}

/** The kind under which the count is kept. */
const TOTAL = 'total';

/** The store's count of what the run will see; null where a first page was all, or where it cannot be had. */
export async function totalOfRun(
  deps: ActivityDeps,
  input: { run: ImportRun; session: StoreSession; window: ImportRun['window']; more: boolean },
): Promise<RunEstimate | null> {
  const { run, session, window } = input;
  if (!input.more) return null;
  const kept = (await readDetails(deps.db, { runId: run.id, kind: TOTAL, keys: [TOTAL] })).get(TOTAL);
  if (kept !== undefined) return typeof kept === 'number' ? { total: kept } : null;
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
  await saveDetail(deps.db, { runId: run.id, kind: TOTAL, key: TOTAL, answer: total, now: deps.clock() });
  return total === null ? null : { total };
}

/**
 * Seconds until everything is seen: by the pace so far, and not less than the store's quota, as it is at this moment, needs
 * for the calls that are left. Pure.
 */
export function estimateEnd(
  estimate: RunEstimate,
  at: {
    run: Pick<ImportRun, 'startedAt'>;
    counts: Pick<ImportCounts, 'seen' | 'apiCalls'>;
    pace: ImportPace;
    now: string;
  },
): { total: number; etaSeconds: number | null } {
  const { seen, apiCalls } = at.counts;
  // Counts disagree with lists on incomplete and archived orders (bigcommerce-api.md, Traps 3).
  const total = Math.max(estimate.total, seen);
  if (seen === 0) return { total, etaSeconds: null };
  const left = total - seen;
  const callsLeft = left * (apiCalls / seen);
  const byQuota = callsLeft === 0 ? 0 : at.pace.waitMs / 1_000 + callsLeft / at.pace.callsPerSecond;
  const elapsed = Math.max(0, Date.parse(at.now) - Date.parse(at.run.startedAt)) / 1_000;
  return { total, etaSeconds: Math.round(Math.max(byQuota, (left * elapsed) / seen)) };
}
