/**
 * The store's API quota, shared by every process and every channel of the store: a call is made only after it was
 * granted here. Time is the database's. A grant may be used for five seconds and counts for the window and those five
 * seconds, so no window ever holds more calls than the limit, and a process that dies with a grant leaks nothing.
 */
import type { Database, Queries, Tx } from './database.ts';
import { inTransaction } from './database.ts';
import { DbError } from './errors.ts';

/** Who asks: import and bulk together leave a fifth to write-backs and operators. */
export type QuotaPurpose = 'operator' | 'write_back' | 'import' | 'bulk';

/** How long a grant may be used. */
export const GRANT_USE_MS = 5_000;
/** Import and bulk together get at most this part of the ceiling (design section 8). */
export const BACKGROUND_SHARE = 0.8;
/** Used until the store's channels say otherwise: 80 % of the smallest plan's quota (capabilities I-59). */
export const DEFAULT_CEILING = { limit: 120, windowMs: 30_000 };
/** A wait that was reckoned from rounded times must not end a moment too early. */
const WAIT_MARGIN_MS = 2;
/** Two resets nearer than this belong to one window: answers of one window round differently. */
const SAME_RESET_MS = 1_000;

export interface QuotaRequest {
  storeHash: string;
  /** Calls wanted, 1 or more. */
  calls: number;
  purpose: QuotaPurpose;
  /** Fewer are fine, down to this many; default: all or nothing. The answer says how many were granted. */
  atLeast?: number;
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
    }
  | {
      granted: false;
      /** When asking again can succeed if nobody else asks. */
      waitMs: number;
    };

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

export interface QuotaView {
  storeHash: string;
  limit: number;
  windowMs: number;
  /** The ceiling in force now, headers included. */
  effectiveLimit: number;
  /** Calls granted in the trailing window, by purpose. */
  used: Record<QuotaPurpose, number>;
  live: { limit: number; left: number; until: string } | null;
  blockedUntil: string | null;
}

interface LockedQuota {
  limit: number;
  windowMs: number;
  /** Null where no header holds any more. */
  liveLimit: number | null;
  liveLeft: number | null;
  liveMs: number;
  blockedMs: number;
}

/**
 * Grants calls of a store, or says how long to wait; never sleeps. Concurrent takers are served one after the other
 * under the store's row. Refuses `quota_too_small` when even an idle store could not grant `atLeast` calls.
 */
export async function takeQuota(db: Database, request: QuotaRequest): Promise<QuotaAnswer> {
  const { storeHash, calls, purpose } = request;
  const atLeast = request.atLeast ?? calls;
  if (!Number.isInteger(calls) || calls < 1 || atLeast < 1 || atLeast > calls) {
    throw new RangeError(`cannot grant ${String(calls)} calls, at least ${String(atLeast)}`);
  }
  return inTransaction(db, async (tx) => {
    const quota = await lockQuota(tx, storeHash);
    const background = isBackground(purpose);
    const possible = background ? backgroundPart(quota.limit) : quota.limit;
    if (atLeast > possible) throw tooSmall(request, possible, quota);

    const limit = Math.min(quota.limit, quota.liveLimit ?? quota.limit);
    const backgroundLimit = backgroundPart(limit);
    const used = await usage(tx, storeHash, quota.windowMs);
    const backgroundUsed = used.import + used.bulk;
    const free = Math.min(
      limit - used.all,
      background ? backgroundLimit - backgroundUsed : Infinity,
      // What the headers say is left, a fifth of it out of reach of background work.
      quota.liveLeft === null ? Infinity : quota.liveLeft - (background ? limit - backgroundLimit : 0),
      quota.blockedMs > 0 ? 0 : Infinity,
    );
    const granted = Math.min(calls, Math.floor(free));
    if (granted >= atLeast) {
      const expiresAt = await grant(tx, { storeHash, calls: granted, purpose });
      return { granted: true, calls: granted, expiresAt, expiresInMs: GRANT_USE_MS };
    }
    const waits = [quota.blockedMs];
    const missing = atLeast - (limit - used.all);
    if (missing > 0) waits.push(await msUntilFreed(tx, { storeHash, quota, missing, background: false }));
    const missingShare = background ? atLeast - (backgroundLimit - backgroundUsed) : 0;
    if (missingShare > 0)
      waits.push(await msUntilFreed(tx, { storeHash, quota, missing: missingShare, background: true }));
    const reserved = background ? limit - backgroundLimit : 0;
    // Headers may leave less than any number of freed grants could make up for: then only their reset helps.
    const liveRefuses = quota.liveLeft !== null && quota.liveLeft - reserved < atLeast;
    if (liveRefuses || atLeast > (background ? backgroundLimit : limit)) waits.push(quota.liveMs);
    return { granted: false, waitMs: Math.ceil(Math.max(...waits)) + WAIT_MARGIN_MS };
  });
}

/**
 * Lowers the ceiling to what the store's headers say, until their reset. Within one window the smaller `left` holds,
 * because answers arrive in any order. Raises nothing above the setting. May be repeated.
 */
export async function observeQuota(db: Database, seen: QuotaObservation): Promise<void> {
  const { storeHash, quota, left, resetMs, windowMs } = seen;
  if (resetMs === undefined || resetMs <= 0) return;
  if (quota === undefined && left === undefined) return;
  await inTransaction(db, async (tx) => {
    const stored = await lockQuota(tx, storeHash);
    // A quota of another window is brought to ours, rounded down, and never to nothing.
    const scale = windowMs === undefined || windowMs <= 0 ? 1 : Math.min(1, stored.windowMs / windowMs);
    const liveLimit = Math.min(stored.limit, Math.max(1, Math.floor((quota ?? stored.limit) * scale)));
    const sameWindow = stored.liveLeft !== null && Math.abs(stored.liveMs - resetMs) < SAME_RESET_MS;
    const seenLeft = left ?? liveLimit;
    const liveLeft = sameWindow ? Math.min(stored.liveLeft ?? seenLeft, seenLeft) : seenLeft;
    await tx.sql`
      update quotas set
        live_limit = ${liveLimit}, live_left = ${Math.max(0, Math.floor(liveLeft))},
        live_until = clock_timestamp() + ${resetMs}::float8 * interval '1 millisecond'
      where store_hash = ${storeHash}`;
  });
}

/** Nobody calls the store for so long: a 429, with or without headers. A longer block that stands is kept. */
export async function blockQuota(db: Database, storeHash: string, waitMs: number): Promise<void> {
  await inTransaction(db, async (tx) => {
    await lockQuota(tx, storeHash);
    await tx.sql`
      update quotas set
        blocked_until = greatest(blocked_until, clock_timestamp() + ${waitMs}::float8 * interval '1 millisecond')
      where store_hash = ${storeHash}`;
  });
}

/** Sets the ceiling that the settings of the store's channels come to; `channels.ts` reckons it. May be repeated. */
export async function setCeiling(
  tx: Queries,
  ceiling: { storeHash: string; limit: number; windowMs: number },
): Promise<void> {
  await tx.sql`
    insert into quotas (store_hash, limit_per_window, window_ms)
    values (${ceiling.storeHash}, ${ceiling.limit}, ${ceiling.windowMs})
    on conflict (store_hash) do update
      set limit_per_window = excluded.limit_per_window, window_ms = excluded.window_ms`;
}

/** What `waybill quota` shows; null for a store that was never called and has no channel. */
export async function quotaView(db: Database, storeHash: string): Promise<QuotaView | null> {
  const [row] = await db.sql<(Omit<QuotaView, 'used' | 'live' | 'effectiveLimit'> & LiveColumns)[]>`
    select store_hash as "storeHash", limit_per_window as "limit", window_ms as "windowMs",
      case when blocked_until > clock_timestamp() then blocked_until end as "blockedUntil",
      case when live_until > clock_timestamp() then live_until end as "liveUntil",
      live_limit as "liveLimit", live_left as "liveLeft"
    from quotas where store_hash = ${storeHash}`;
  if (row === undefined) return null;
  const { liveUntil, liveLimit, liveLeft, ...shown } = row;
  const live =
    liveUntil === null || liveLimit === null || liveLeft === null
      ? null
      : { limit: liveLimit, left: liveLeft, until: liveUntil };
  const { all: _all, ...used } = await usage(db, storeHash, row.windowMs);
  return { ...shown, effectiveLimit: Math.min(row.limit, live?.limit ?? row.limit), used, live };
}

interface LiveColumns {
  liveUntil: string | null;
  liveLimit: number | null;
  liveLeft: number | null;
}

/** The store's row, locked; made with the default ceiling where there is none. */
async function lockQuota(tx: Tx, storeHash: string): Promise<LockedQuota> {
  const [row] = await selectLocked(tx, storeHash);
  if (row !== undefined) return row;
  await tx.sql`
    insert into quotas (store_hash, limit_per_window, window_ms)
    values (${storeHash}, ${DEFAULT_CEILING.limit}, ${DEFAULT_CEILING.windowMs})
    on conflict (store_hash) do nothing`;
  const [made] = await selectLocked(tx, storeHash);
  if (made === undefined) throw new Error('the quota row was just made');
  return made;
}

async function selectLocked(tx: Tx, storeHash: string): Promise<LockedQuota[]> {
  // The lock first: the clock is read by the next statement, after the wait for it.
  await tx.sql`select 1 from quotas where store_hash = ${storeHash} for update`;
  const rows = await tx.sql<LockedQuota[]>`
    select q.limit_per_window as "limit", q.window_ms as "windowMs",
      case when q.live_until > t.at then q.live_limit end as "liveLimit",
      case when q.live_until > t.at then q.live_left end as "liveLeft",
      greatest(0, coalesce(extract(epoch from q.live_until - t.at), 0) * 1000)::float8 as "liveMs",
      greatest(0, coalesce(extract(epoch from q.blocked_until - t.at), 0) * 1000)::float8 as "blockedMs"
    from quotas q, (select clock_timestamp() as at) t
    where q.store_hash = ${storeHash}`;
  return [...rows];
}

/** Purges what no longer counts, and sums what does. */
async function usage(
  tx: Queries,
  storeHash: string,
  windowMs: number,
): Promise<Record<QuotaPurpose, number> & { all: number }> {
  const rows = await tx.sql<{ purpose: QuotaPurpose; calls: number }[]>`
    with cut as materialized (
      select clock_timestamp() - ${windowMs + GRANT_USE_MS}::float8 * interval '1 millisecond' as at
    ), purged as (
      delete from quota_grants g using cut where g.store_hash = ${storeHash} and g.granted_at <= cut.at
    )
    select g.purpose, sum(g.calls)::int as calls
    from quota_grants g, cut
    where g.store_hash = ${storeHash} and g.granted_at > cut.at
    group by g.purpose`;
  const used = { operator: 0, write_back: 0, import: 0, bulk: 0, all: 0 };
  for (const row of rows) {
    used[row.purpose] = row.calls;
    used.all += row.calls;
  }
  return used;
}

async function grant(
  tx: Tx,
  given: { storeHash: string; calls: number; purpose: QuotaPurpose },
): Promise<string> {
  const [row] = await tx.sql<{ expiresAt: string }[]>`
    with spent as (
      update quotas set live_left = greatest(0, live_left - ${given.calls}) where store_hash = ${given.storeHash}
    )
    insert into quota_grants (store_hash, calls, purpose)
    values (${given.storeHash}, ${given.calls}, ${given.purpose})
    returning granted_at + ${GRANT_USE_MS}::float8 * interval '1 millisecond' as "expiresAt"`;
  if (row === undefined) throw new Error('an insert returned no row');
  return row.expiresAt;
}

/** Milliseconds until the oldest grants that together hold `missing` calls stop counting. */
async function msUntilFreed(
  tx: Tx,
  ask: { storeHash: string; quota: LockedQuota; missing: number; background: boolean },
): Promise<number> {
  const [row] = await tx.sql<{ ms: number | null }[]>`
    select (extract(epoch from min(freed.granted_at) - clock_timestamp()) * 1000)::float8
      + ${ask.quota.windowMs + GRANT_USE_MS}::float8 as ms
    from (
      select granted_at, sum(calls) over (order by granted_at, id) as calls
      from quota_grants
      where store_hash = ${ask.storeHash} and (not ${ask.background}::boolean or purpose in ('import', 'bulk'))
    ) freed
    where freed.calls >= ${ask.missing}`;
  // Nothing to wait for: the headers lowered the ceiling below what an empty window could grant.
  return Math.max(0, row?.ms ?? 0);
}

function isBackground(purpose: QuotaPurpose): boolean {
  return purpose === 'import' || purpose === 'bulk';
}

/** Never nothing: a limit of one call must still let an import go on. */
function backgroundPart(limit: number): number {
  return Math.max(1, Math.floor(limit * BACKGROUND_SHARE));
}

function tooSmall(request: QuotaRequest, possible: number, quota: LockedQuota): DbError {
  return new DbError(
    'quota_too_small',
    `${String(request.atLeast ?? request.calls)} calls at once can never be granted for store ${request.storeHash}: ` +
      `throttle.limit allows ${String(possible)} in ${String(quota.windowMs / 1_000)} s for this purpose. Raise throttle.limit.`,
    { storeHash: request.storeHash, calls: request.calls, possible },
  );
}
