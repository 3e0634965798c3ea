/**
 * When an import will have seen everything: from how many orders there are, its pace so far, and the pace that the
 * store's quota allows. Pure; for people who wait, never a reason to fail or to stop.
 */
import { instantMs } from './instants.ts';

export interface RunEstimate {
  /** Orders to see in all. */
  total: number;
}

export interface ImportPace {
  /** Calls that an import gets a second, in the long run, under the limits in force: headers included. */
  callsPerSecond: number;
  /** Nobody gets any before this is over. */
  waitMs: number;
}

/**
 * Seconds until everything is seen: by the pace so far, and not less than the store's quota, as it is at this moment, needs
 * for the calls that are left. Pure.
 */
export function estimateEnd(
  estimate: RunEstimate,
  at: {
    run: { startedAt: string };
    counts: { seen: number; apiCalls: number };
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
  const elapsed = Math.max(0, instantMs(at.now) - instantMs(at.run.startedAt)) / 1_000;
  return { total, etaSeconds: Math.round(Math.max(byQuota, (left * elapsed) / seen)) };
}
