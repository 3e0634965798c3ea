/** How fast the store's quota lets imports go at this moment, for estimates. Reads only, and without a lock. */
import type { ImportPace } from '../domain/import-estimate.ts';
import { GRANT_USE_MS, quotaLimits } from '../domain/store-quota.ts';
import type { Queries } from './database.ts';
import { DEFAULT_CEILING, readQuota, withLive } from './quota-state.ts';

/** May be repeated. A store that was never called has the default quota. */
export async function importPace(db: Queries, storeHash: string): Promise<ImportPace> {
  const [row] = await readQuota(db, storeHash);
  const quota =
    row === undefined ? { ...DEFAULT_CEILING, ceiling: DEFAULT_CEILING.limit, live: null } : withLive(row);
  const { all, keepLeft } = quotaLimits(quota, 'import');
  const live = quota.live;
  const empty = row !== undefined && live !== null && live.left <= keepLeft ? row.liveMs : 0;
  return {
    // A grant counts for the window and for the time in which it may be used.
    callsPerSecond: (all * 1_000) / (quota.windowMs + GRANT_USE_MS),
    waitMs: Math.max(row?.blockedMs ?? 0, empty),
  };
}
