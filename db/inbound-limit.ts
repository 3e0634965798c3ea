/**
 * The limit on what others send us (`throttle.inbound_limit`, capabilities I-63): calls per channel in a sliding window,
 * counted for all processes together. Off for most channels, and then it costs one cached look at the setting.
 */
import { inTransaction, type Database, type Queries } from './database.ts';

export interface InboundLimit {
  /** Calls per window; 0 for no limit. */
  limit: number;
  windowMs: number;
}

const WINDOW_SECONDS_DEFAULT = 60;

/** The channel's limit as set, with the defaults of `settings/`; null for a channel that there is not. */
export async function inboundLimit(db: Queries, channelId: string): Promise<InboundLimit | null> {
  // Two numbers of the document: reading all settings for each delivery would cost more than the delivery.
  const [row] = await db.sql<{ limit: number | null; seconds: number | null }[]>`
    select (settings #>> '{throttle,inbound_limit}')::int as limit,
      (settings #>> '{throttle,inbound_window_seconds}')::int as seconds
    from channels where id = ${channelId} and removed_at is null`;
  if (row === undefined) return null;
  // A window of no length is read as the preset, like 0 calls at the same time elsewhere (capabilities I-64, I-65).
  const seconds = row.seconds === null || row.seconds === 0 ? WINDOW_SECONDS_DEFAULT : row.seconds;
  return { limit: row.limit ?? 0, windowMs: seconds * 1_000 };
}

/**
 * Counts one call, or says in how many milliseconds there is room for one. Exact over all processes; a refused call is
 * not counted. By the database's clock.
 */
export async function takeInbound(
  db: Database,
  call: { channelId: string } & InboundLimit,
): Promise<{ taken: true } | { taken: false; waitMs: number }> {
  const { channelId, limit, windowMs } = call;
  return inTransaction(db, async (tx) => {
    await tx.sql`select pg_advisory_xact_lock(hashtextextended('inbound:' || ${channelId}, 0))`;
    await tx.sql`
      delete from inbound_calls
      where channel_id = ${channelId} and at <= clock_timestamp() - ${windowMs}::float8 * interval '1 millisecond'`;
    const [counted] = await tx.sql<{ calls: number; waitMs: number | null }[]>`
      select count(*)::int as calls,
        (extract(epoch from min(at) - clock_timestamp()) * 1000)::float8 + ${windowMs}::float8 as "waitMs"
      from (
        select at from inbound_calls where channel_id = ${channelId} order by at desc limit ${limit}
      ) newest`;
    if ((counted?.calls ?? 0) >= limit)
      return { taken: false, waitMs: Math.max(1, counted?.waitMs ?? windowMs) };
    await tx.sql`insert into inbound_calls (channel_id) values (${channelId})`;
    return { taken: true };
  });
}
