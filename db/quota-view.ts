/**
 * What `waybill quota`, the API and the metrics show of a store's quota: limits and why they hold, what was used, who
 * waits, what is in flight. Reads only, without locks; never gives a shopper's data.
 */
import { GRANT_USE_MS, quotaLimits, type QuotaPurpose } from '../domain/store-quota.ts';
import type { Database } from './database.ts';
import { quotaUse, readQuota, withLive, type LockedQuota } from './quota-state.ts';

export interface QuotaView {
  storeHash: string;
  /** Channels of the store that are not removed. */
  channels: string[];
  /** The ceiling by setting. */
  limit: number;
  windowMs: number;
  /** Grants count for the window and the time in which they may be used. */
  countedMs: number;
  /** The ceiling in force now for automatic work, headers included. */
  effectiveLimit: number;
  /** Import and bulk get calls while all that was used is below this. */
  backgroundLimit: number;
  /** Why the effective limit is what it is. */
  reason: 'setting' | 'headers' | 'blocked';
  /** A sentence for people. */
  because: string;
  /** Calls granted in the trailing window, by purpose. */
  used: Record<QuotaPurpose, number>;
  /** Calls that were refused and will be asked for again, by purpose. */
  waiting: Record<QuotaPurpose, number>;
  live: { limit: number; left: number; until: string } | null;
  blockedUntil: string | null;
  /** Refusals without a reason, in a row. */
  refusals: number;
  concurrency: { max: number; inFlight: number; waiting: number };
}

/** What `waybill quota` shows; null for a store that was never called and has no channel. */
export async function quotaView(db: Database, storeHash: string): Promise<QuotaView | null> {
  const [row] = await readQuota(db, storeHash);
  if (row === undefined) return null;
  const quota = withLive(row);
  const [{ by }, [times], waits, [slots], channels] = await Promise.all([
    quotaUse(db, storeHash, quota.windowMs),
    db.sql<{ liveUntil: string | null; blockedUntil: string | null }[]>`
      select live_until as "liveUntil",
        case when blocked_until > clock_timestamp() then blocked_until end as "blockedUntil"
      from quotas where store_hash = ${storeHash}`,
    db.sql<{ purpose: QuotaPurpose; what: 'calls' | 'slot'; calls: number }[]>`
      select purpose, what, sum(calls)::int as calls from quota_waits
      where store_hash = ${storeHash} and until > clock_timestamp() group by purpose, what`,
    db.sql<{ held: number }[]>`
      select count(*)::int as held from quota_slots where store_hash = ${storeHash} and until > clock_timestamp()`,
    db.sql<{ id: string }[]>`
      select id from channels where store_hash = ${storeHash} and removed_at is null order by id`,
  ]);
  const limits = quotaLimits(quota, 'bulk');
  const blockedUntil = times?.blockedUntil ?? null;
  const live =
    quota.live === null || times?.liveUntil == null ? null : { ...quota.live, until: times.liveUntil };
  const waiting = { operator: 0, write_back: 0, import: 0, bulk: 0 };
  for (const wait of waits) if (wait.what === 'calls') waiting[wait.purpose] = wait.calls;
  const reason = blockedUntil !== null ? 'blocked' : limits.total < quota.ceiling ? 'headers' : 'setting';
  return {
    storeHash,
    channels: channels.map(({ id }) => id),
    limit: quota.ceiling,
    windowMs: quota.windowMs,
    countedMs: quota.windowMs + GRANT_USE_MS,
    effectiveLimit: limits.total,
    backgroundLimit: limits.all,
    reason,
    because: becauseOf(reason, quota, blockedUntil),
    used: by,
    waiting,
    live,
    blockedUntil,
    refusals: quota.refusals,
    concurrency: {
      max: quota.maxConcurrency,
      inFlight: slots?.held ?? 0,
      waiting: waits.filter(({ what }) => what === 'slot').reduce((sum, { calls }) => sum + calls, 0),
    },
  };
}

/** The views of all stores that have a channel or were called, by store hash. */
export async function quotaViews(db: Database): Promise<QuotaView[]> {
  const stores = await db.sql<{ storeHash: string }[]>`
    select q.store_hash as "storeHash" from quotas q
    where exists (select 1 from channels c where c.store_hash = q.store_hash and c.removed_at is null)
    order by q.store_hash`;
  const views = await Promise.all(stores.map(({ storeHash }) => quotaView(db, storeHash)));
  return views.filter((view) => view !== null);
}

function becauseOf(reason: QuotaView['reason'], quota: LockedQuota, blockedUntil: string | null): string {
  switch (reason) {
    case 'blocked':
      return quota.refusals > 0
        ? `the store refused calls without saying for how long, ${String(quota.refusals)} times in a row; nobody calls before ${blockedUntil ?? ''}`
        : `the store refused a call; nobody calls before ${blockedUntil ?? ''}`;
    case 'headers':
      return `the store grants ${String(quota.live?.limit ?? 0)} calls a window at the moment, and a fifth of them is left to its other apps`;
    case 'setting':
      return 'throttle.limit, the lowest of the store’s channels';
  }
}
