/**
 * The store's API quota, shared by every process and every channel of the store: a call is made only after it was
 * granted here. Time is the database's. A grant may be used for five seconds and counts for the window and those five
 * seconds, so no window ever holds more calls than the limit, and a process that dies with a grant leaks nothing.
 */
import {
  freeCalls,
  GRANT_USE_MS,
  isBackground,
  mostAtOnce,
  quotaLimits,
  type QuotaLimits,
  type QuotaPurpose,
  type QuotaUse,
} from '../domain/store-quota.ts';
import type { Database, Queries, Tx } from './database.ts';
import { inTransaction } from './database.ts';
import { DbError } from './errors.ts';
import {
  leaveQueue,
  lockQuota,
  purgeGrants,
  queueUp,
  quotaUse,
  waitingBefore,
  type LockedQuota,
  type Turn,
} from './quota-state.ts';

/** A wait that was reckoned from rounded times must not end a moment too early. */
const WAIT_MARGIN_MS = 2;
/** Who waits for others to be served, and not for a time that can be reckoned, looks again after this. */
const LOOK_AGAIN_MS = 500;

export interface QuotaRequest {
  storeHash: string;
  /** Calls wanted, 1 or more. */
  calls: number;
  purpose: QuotaPurpose;
  /** Fewer are fine, down to this many; default: all or nothing. The answer says how many were granted. */
  atLeast?: number;
  /** All of them, or as many as an idle store could grant at once; for work that would be interrupted by less. */
  together?: boolean;
  /** Names the asker over its attempts: whoever is refused keeps its turn. Without it nobody waits for it. */
  waiter?: string;
}

export type QuotaAnswer =
  | {
      granted: true;
      /** How many calls may be made, no more than wanted. */
      calls: number;
      /** ISO; a call that has not begun by then needs a new grant. By the database's clock. */
      expiresAt: string;
      /** The same as a duration from the moment of granting, for callers whose clock differs. */
      expiresInMs: number;
      /** For `returnQuota`. */
      grantId: number;
      /** Times in a row that the store refused without a reason; a good answer should be told by `calledWell`. */
      refusals: number;
    }
  | {
      granted: false;
      /** When asking again can succeed if nobody else asks. */
      waitMs: number;
    };

/**
 * Grants calls of a store, or says how long to wait; never sleeps. Concurrent takers are served one after the other
 * under the store's row, the more urgent before the others. Refuses `quota_too_small` when even an idle store could
 * not grant `atLeast` calls.
 */
export async function takeQuota(db: Database, request: QuotaRequest): Promise<QuotaAnswer> {
  const { storeHash, calls, purpose } = request;
  const least = request.atLeast ?? calls;
  if (!Number.isInteger(calls) || calls < 1 || least < 1 || least > calls) {
    throw new RangeError(`cannot grant ${String(calls)} calls, at least ${String(least)}`);
  }
  return inTransaction(db, async (tx) => {
    const quota = await lockQuota(tx, storeHash);
    const limits = quotaLimits(quota, purpose);
    const atLeast = request.together === true ? Math.min(least, mostAtOnce(limits)) : least;
    const possible = mostAtOnce(quotaLimits({ ...quota, live: null }, purpose));
    if (atLeast > possible) throw tooSmall(request, possible, quota);

    const turn: Turn = { storeHash, purpose, what: 'calls', waiter: request.waiter ?? '' };
    const [{ use }, waiting] = await Promise.all([
      quotaUse(tx, storeHash, quota.windowMs),
      waitingBefore(tx, turn),
    ]);
    const background = isBackground(purpose);
    const free = quota.blockedMs > 0 ? 0 : freeCalls(limits, { use, live: quota.live, waiting, background });
    // After refusals without a reason the store is tried with one call, not with a handful.
    const granted = Math.min(calls, free, quota.refusals > 0 ? Math.max(1, atLeast) : Infinity);
    if (granted >= atLeast) {
      const [grant] = await Promise.all([
        insertGrant(tx, { storeHash, calls: granted, purpose }),
        leaveQueue(tx, turn),
        purgeGrants(tx, storeHash, quota.windowMs),
      ]);
      return { granted: true, calls: granted, ...grant, expiresInMs: GRANT_USE_MS, refusals: quota.refusals };
    }
    const waitMs = await waitFor(tx, { storeHash, quota, limits, use, atLeast, waiting, background });
    if (request.waiter !== undefined) await queueUp(tx, { ...turn, calls: atLeast, waitMs });
    return { granted: false, waitMs };
  });
}

/**
 * Gives back calls of a grant that were not made and never will be: they count no more. Whoever is not sure keeps
 * them, and they run out. Once for each grant.
 */
export async function returnQuota(
  db: Database,
  given: { storeHash: string; grantId: number; calls: number },
): Promise<void> {
  const { storeHash, grantId, calls } = given;
  await inTransaction(db, async (tx) => {
    await lockQuota(tx, storeHash);
    const [returned] = await tx.sql<{ grantedAt: string }[]>`
      update quota_grants set calls = calls - ${calls}
      where id = ${grantId} and store_hash = ${storeHash} and calls >= ${calls}
      returning granted_at as "grantedAt"`;
    if (returned === undefined) return;
    await tx.sql`delete from quota_grants where id = ${grantId} and calls = 0`;
    // Only where it was taken off the count that still holds.
    await tx.sql`
      update quotas set live_left = least(live_left + ${calls}, live_limit)
      where store_hash = ${storeHash} and live_until > clock_timestamp()
        and ${returned.grantedAt} >= live_until - live_window_ms * interval '1 millisecond'`;
  });
}

/** Sets what the settings of the store's channels come to; `channels.ts` reckons it. May be repeated. */
export async function setCeiling(
  tx: Queries,
  ceiling: { storeHash: string; limit: number; windowMs: number; maxConcurrency?: number },
): Promise<void> {
  const { storeHash, limit, windowMs, maxConcurrency = null } = ceiling;
  await tx.sql`
    insert into quotas (store_hash, limit_per_window, window_ms, max_concurrency)
    values (${storeHash}, ${limit}, ${windowMs}, coalesce(${maxConcurrency}::integer, 4))
    on conflict (store_hash) do update
      set limit_per_window = excluded.limit_per_window, window_ms = excluded.window_ms,
        max_concurrency = coalesce(${maxConcurrency}::integer, quotas.max_concurrency)`;
}

async function insertGrant(
  tx: Tx,
  given: { storeHash: string; calls: number; purpose: QuotaPurpose },
): Promise<{ expiresAt: string; grantId: number }> {
  const [row] = await tx.sql<{ expiresAt: string; grantId: number }[]>`
    with spent as (
      update quotas set live_left = greatest(0, live_left - ${given.calls}) where store_hash = ${given.storeHash}
    )
    insert into quota_grants (store_hash, calls, purpose)
    values (${given.storeHash}, ${given.calls}, ${given.purpose})
    returning id as "grantId", granted_at + ${GRANT_USE_MS}::float8 * interval '1 millisecond' as "expiresAt"`;
  if (row === undefined) throw new Error('an insert returned no row');
  return row;
}

interface Refused {
  storeHash: string;
  quota: LockedQuota;
  limits: QuotaLimits;
  use: QuotaUse;
  atLeast: number;
  /** What more urgent askers are served first. */
  waiting: number;
  background: boolean;
}

/** Until enough of the oldest grants have run out, the pace allows it, and the store's own count begins anew. */
async function waitFor(tx: Tx, refused: Refused): Promise<number> {
  const { quota, limits, use, atLeast, waiting, background } = refused;
  const windowMs = quota.windowMs + GRANT_USE_MS;
  const waits = [quota.blockedMs];
  const ask = async (missing: number, grants: Omit<FreedGrants, 'missing' | 'storeHash'>): Promise<void> => {
    if (missing <= 0) return;
    const ms = await msUntilFreed(tx, { storeHash: refused.storeHash, missing, ...grants });
    // More is waited for than the grants hold: for those who go first, or for a lowered ceiling.
    waits.push(ms ?? LOOK_AGAIN_MS);
  };
  await ask(atLeast + waiting - (limits.all - use.all), { afterMs: windowMs, background: false });
  if (background)
    await ask(atLeast - (limits.pace - use.backgroundNow), { afterMs: GRANT_USE_MS, background: true });
  // Headers may leave less than any number of freed grants could make up for: then only their reset helps.
  const liveRefuses = quota.live !== null && quota.live.left - limits.keepLeft - waiting < atLeast;
  if (liveRefuses || atLeast > mostAtOnce(limits)) waits.push(quota.liveMs);
  return Math.ceil(Math.max(...waits)) + WAIT_MARGIN_MS;
}

interface FreedGrants {
  storeHash: string;
  missing: number;
  /** A grant counts for so long. */
  afterMs: number;
  /** Of import and bulk only. */
  background: boolean;
}

/** Milliseconds until the oldest of the grants that count, which together hold `missing` calls, count no more. */
async function msUntilFreed(tx: Tx, ask: FreedGrants): Promise<number | null> {
  const [row] = await tx.sql<{ ms: number | null }[]>`
    select (extract(epoch from min(freed.granted_at) - clock_timestamp()) * 1000)::float8 + ${ask.afterMs}::float8 as ms
    from (
      select granted_at, sum(calls) over (order by granted_at, id) as calls
      from quota_grants
      where store_hash = ${ask.storeHash} and (not ${ask.background}::boolean or purpose in ('import', 'bulk'))
        and granted_at > clock_timestamp() - ${ask.afterMs}::float8 * interval '1 millisecond'
    ) freed
    where freed.calls >= ${ask.missing}`;
  return row?.ms == null ? null : Math.max(0, row.ms);
}

function tooSmall(request: QuotaRequest, possible: number, quota: LockedQuota): DbError {
  return new DbError(
    'quota_too_small',
    `${String(request.atLeast ?? request.calls)} calls at once can never be granted for store ${request.storeHash}: ` +
      `throttle.limit allows ${String(possible)} at once in ${String(quota.windowMs / 1_000)} s for this purpose. Raise throttle.limit.`,
    { storeHash: request.storeHash, calls: request.calls, possible },
  );
}
