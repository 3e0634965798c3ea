/**
 * What a store's answers teach about its quota: live headers, refusals with a wait and without one. They lower what is
 * granted and never raise it above the setting (capabilities X-18). Each may be repeated.
 */
import { inTransaction, type Database } from './database.ts';
import { lockQuota } from './quota-state.ts';

/** Two resets nearer than this belong to one window: answers of one window round differently. */
const SAME_RESET_MS = 1_000;
/** A refusal without headers: the block begins here and doubles with each in a row (bigcommerce-api.md section 2). */
const BLIND_BLOCK_MIN_MS = 1_000;
const BLIND_BLOCK_MAX_MS = 60_000;

export interface QuotaObservation {
  storeHash: string;
  /** `X-Rate-Limit-Requests-Quota`: calls per window now. */
  quota?: number;
  /** `X-Rate-Limit-Requests-Left`. */
  left?: number;
  /** `X-Rate-Limit-Time-Reset-Ms`; without it nothing is learned, because nothing would end it. */
  resetMs?: number;
  /** `X-Rate-Limit-Time-Window-Ms`. */
  windowMs?: number;
}

/**
 * Lowers the ceiling to what the store's headers say, until their reset. Within one window the smaller `left` holds,
 * because answers arrive in any order.
 */
export async function observeQuota(db: Database, seen: QuotaObservation): Promise<void> {
  const { storeHash, quota, left, resetMs, windowMs } = seen;
  if (resetMs === undefined || resetMs <= 0) return;
  if (quota === undefined && left === undefined) return;
  await inTransaction(db, async (tx) => {
    const stored = await lockQuota(tx, storeHash);
    // A quota of another window is brought to ours, rounded down, and never to nothing.
    const scale = windowMs === undefined || windowMs <= 0 ? 1 : Math.min(1, stored.windowMs / windowMs);
    const liveLimit = Math.max(1, Math.floor((quota ?? stored.ceiling) * scale));
    const sameWindow = stored.live !== null && Math.abs(stored.liveMs - resetMs) < SAME_RESET_MS;
    const seenLeft = left ?? liveLimit;
    const liveLeft = sameWindow ? Math.min(stored.live?.left ?? seenLeft, seenLeft) : seenLeft;
    await tx.sql`
      update quotas set
        live_limit = ${liveLimit}, live_left = ${Math.max(0, Math.floor(liveLeft))},
        live_until = clock_timestamp() + ${resetMs}::float8 * interval '1 millisecond',
        live_window_ms = ${windowMs ?? stored.windowMs}
      where store_hash = ${storeHash}`;
  });
}

/** Nobody calls the store for so long: a refusal that said when to come back. A longer block that stands is kept. */
export async function blockQuota(db: Database, storeHash: string, waitMs: number): Promise<void> {
  await inTransaction(db, async (tx) => {
    await lockQuota(tx, storeHash);
    await tx.sql`
      update quotas set
        blocked_until = greatest(blocked_until, clock_timestamp() + ${waitMs}::float8 * interval '1 millisecond')
      where store_hash = ${storeHash}`;
  });
}

/**
 * A refusal that did not say when to come back: overload or too many calls at the same time. The block doubles with
 * each in a row, from a second to a minute; several answers of one moment count as one. Answers the block's length.
 */
export async function blockBlindly(db: Database, storeHash: string): Promise<number> {
  return inTransaction(db, async (tx) => {
    const { blockedMs, refusals } = await lockQuota(tx, storeHash);
    if (blockedMs > 0) return blockedMs;
    const waitMs = Math.min(BLIND_BLOCK_MAX_MS, BLIND_BLOCK_MIN_MS * 2 ** Math.min(refusals, 10));
    await tx.sql`
      update quotas set refusals = refusals + 1,
        blocked_until = clock_timestamp() + ${waitMs}::float8 * interval '1 millisecond'
      where store_hash = ${storeHash}`;
    return waitMs;
  });
}

/** A call that the store took ends the row of refusals, unless it was just refused again. */
export async function calledWell(db: Database, storeHash: string): Promise<void> {
  await db.sql`
    update quotas set refusals = 0
    where store_hash = ${storeHash} and refusals > 0
      and (blocked_until is null or blocked_until <= clock_timestamp())`;
}
