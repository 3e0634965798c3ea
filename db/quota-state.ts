/**
 * What grants, headers and slots of a store have in common: the store's locked row, what counts of the grants, and the
 * queue of those who were refused. Everything here is read after the lock, by the database's clock.
 */
import { GRANT_USE_MS, moreUrgent, type QuotaPurpose, type QuotaUse } from '../domain/store-quota.ts';
import type { Queries, Tx } from './database.ts';

/** Used until the store's channels say otherwise: 80 % of the smallest plan's quota (capabilities I-59, I-65). */
export const DEFAULT_CEILING = { limit: 120, windowMs: 30_000, maxConcurrency: 4 };
/**
 * Whoever was refused comes back when its wait is over and keeps its turn for this much longer: a retry of Temporal's
 * on a busy machine. One that died keeps less urgent work waiting for no longer than this.
 */
const TURN_MS = 3_000;

export interface LockedQuota {
  ceiling: number;
  windowMs: number;
  maxConcurrency: number;
  /** Null where no header holds any more. */
  live: { limit: number; left: number } | null;
  liveMs: number;
  blockedMs: number;
  refusals: number;
}

interface QuotaColumns extends Omit<LockedQuota, 'live'> {
  liveLimit: number | null;
  liveLeft: number | null;
}

/** The store's row, locked; made with the default ceiling where there is none. */
export async function lockQuota(tx: Tx, storeHash: string): Promise<LockedQuota> {
  const [row] = await selectLocked(tx, storeHash);
  if (row !== undefined) return withLive(row);
  await tx.sql`
    insert into quotas (store_hash, limit_per_window, window_ms, max_concurrency)
    values (${storeHash}, ${DEFAULT_CEILING.limit}, ${DEFAULT_CEILING.windowMs}, ${DEFAULT_CEILING.maxConcurrency})
    on conflict (store_hash) do nothing`;
  const [made] = await selectLocked(tx, storeHash);
  if (made === undefined) throw new Error('the quota row was just made');
  return withLive(made);
}

async function selectLocked(tx: Tx, storeHash: string): Promise<QuotaColumns[]> {
  // The lock first: the clock is read by the next statement, after the wait for it. Both travel together.
  const [, rows] = await Promise.all([
    tx.sql`select 1 from quotas where store_hash = ${storeHash} for update`,
    readQuota(tx, storeHash),
  ]);
  return rows;
}

/** The store's row as it is now, or nothing. */
export async function readQuota(tx: Queries, storeHash: string): Promise<QuotaColumns[]> {
  const rows = await tx.sql<QuotaColumns[]>`
    select q.limit_per_window as "ceiling", q.window_ms as "windowMs", q.max_concurrency as "maxConcurrency",
      case when q.live_until > t.at then q.live_limit end as "liveLimit",
      case when q.live_until > t.at then q.live_left end as "liveLeft",
      greatest(0, coalesce(extract(epoch from q.live_until - t.at), 0) * 1000)::float8 as "liveMs",
      greatest(0, coalesce(extract(epoch from q.blocked_until - t.at), 0) * 1000)::float8 as "blockedMs",
      q.refusals
    from quotas q, (select clock_timestamp() as at) t
    where q.store_hash = ${storeHash}`;
  return [...rows];
}

export function withLive({ liveLimit, liveLeft, ...row }: QuotaColumns): LockedQuota {
  const live = liveLimit === null || liveLeft === null ? null : { limit: liveLimit, left: liveLeft };
  return { ...row, live };
}

/** Purges grants that no longer count. */
export async function purgeGrants(tx: Tx, storeHash: string, windowMs: number): Promise<void> {
  await tx.sql`
    delete from quota_grants
    where store_hash = ${storeHash}
      and granted_at <= clock_timestamp() - ${windowMs + GRANT_USE_MS}::float8 * interval '1 millisecond'`;
}

/** Sums the grants that count, by purpose and as the rules want them. */
export async function quotaUse(
  tx: Queries,
  storeHash: string,
  windowMs: number,
): Promise<{ by: Record<QuotaPurpose, number>; use: QuotaUse }> {
  const rows = await tx.sql<{ purpose: QuotaPurpose; calls: number; recent: number }[]>`
    with now as materialized (select clock_timestamp() as at)
    select g.purpose, sum(g.calls)::int as calls,
      coalesce(sum(g.calls) filter (
        where g.granted_at > now.at - ${GRANT_USE_MS}::float8 * interval '1 millisecond'), 0)::int as recent
    from quota_grants g, now
    where g.store_hash = ${storeHash}
      and g.granted_at > now.at - ${windowMs + GRANT_USE_MS}::float8 * interval '1 millisecond'
    group by g.purpose`;
  const by = { operator: 0, write_back: 0, import: 0, bulk: 0 };
  const recent = { ...by };
  for (const row of rows) {
    by[row.purpose] = row.calls;
    recent[row.purpose] = row.recent;
  }
  return {
    by,
    use: {
      all: by.operator + by.write_back + by.import + by.bulk,
      background: by.import + by.bulk,
      backgroundNow: recent.import + recent.bulk,
    },
  };
}

// ---- the queue

export interface Turn {
  storeHash: string;
  waiter: string;
  purpose: QuotaPurpose;
  what: 'calls' | 'slot';
}

/** What more urgent askers wait for: calls, or as many slots as there are askers. */
export async function waitingBefore(tx: Queries, turn: Turn): Promise<number> {
  const purposes = moreUrgent(turn.purpose);
  if (purposes.length === 0) return 0;
  const [row] = await tx.sql<{ calls: number }[]>`
    select coalesce(sum(calls), 0)::int as calls from quota_waits
    where store_hash = ${turn.storeHash} and what = ${turn.what} and waiter <> ${turn.waiter}
      and purpose in ${tx.sql([...purposes])} and until > clock_timestamp()`;
  return row?.calls ?? 0;
}

/** Remembers who will come back when the wait is over. May be repeated: a waiter has one place. */
export async function queueUp(tx: Tx, turn: Turn & { calls: number; waitMs: number }): Promise<void> {
  await tx.sql`
    insert into quota_waits (store_hash, waiter, purpose, what, calls, until)
    values (${turn.storeHash}, ${turn.waiter}, ${turn.purpose}, ${turn.what}, ${turn.calls},
      clock_timestamp() + ${turn.waitMs + TURN_MS}::float8 * interval '1 millisecond')
    on conflict (store_hash, waiter, what) do update
      set calls = excluded.calls, until = excluded.until, purpose = excluded.purpose`;
}

/** Its turn has come; those who gave up leave as well. */
export async function leaveQueue(tx: Tx, turn: Omit<Turn, 'purpose'>): Promise<void> {
  await tx.sql`
    delete from quota_waits
    where store_hash = ${turn.storeHash}
      and ((waiter = ${turn.waiter} and what = ${turn.what}) or until <= clock_timestamp())`;
}
