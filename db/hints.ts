/**
 * Orders that must be read: store webhooks, ends of holds, failed reads. One row an order with a generation that each
 * new hint raises; who has read the order deletes the row, or moves it, at the generation that was read and never else.
 */
import type { Queries } from './database.ts';
import { storableText } from './json-text.ts';

export type HintReason = 'webhook' | 'held' | 'unreadable' | 'asked';

export interface Hint {
  orderId: number;
  reason: HintReason;
  /** ISO; read not before this. */
  dueAt: string;
  /** What went wrong, with the path in the answer; no customer data. */
  error?: string;
}

export interface DueHint {
  orderId: number;
  reason: HintReason;
  generation: number;
  /** Reads that failed so far. */
  attempts: number;
}

/** When to read an order again, and why; `failed` counts the attempt. */
export interface ReadAgain {
  dueAt: string;
  reason: HintReason;
  failed: boolean;
  error: string | null;
}

/** What a read of a hinted order came to. */
export interface HintOutcome {
  orderId: number;
  generation: number;
  /** Absent: the hint is done. */
  again?: ReadAgain;
}

/** Failed reads back off from a minute to a day (design section 7). */
const READ_AGAIN_MIN_MS = 60_000;
const READ_AGAIN_MAX_MS = 86_400_000;

/** How long to wait after the given number of failed reads: a minute, doubled each time, at most a day. */
export function hintBackoffMs(failedReads: number): number {
  return Math.min(READ_AGAIN_MAX_MS, READ_AGAIN_MIN_MS * 2 ** Math.max(0, failedReads - 1));
}

/**
 * Leaves hints, or brings the waiting ones forward: the earlier time wins, and with it its reason; the generation
 * always rises. An order given twice counts once. May be repeated.
 */
export async function leaveHints(
  tx: Queries,
  input: { channelId: string; hints: readonly Hint[]; now: string },
): Promise<void> {
  if (input.hints.length === 0) return;
  const { hints } = input;
  await tx.sql`
    insert into hints (channel_id, order_id, reason, due_at, last_error, created_at)
    select distinct on (g.order_id)
      ${input.channelId}, g.order_id, g.reason, g.due_at, g.error, ${input.now}::timestamptz
    from unnest(${hints.map((hint) => hint.orderId)}::bigint[], ${hints.map((hint) => hint.reason)}::text[],
                ${hints.map((hint) => hint.dueAt)}::timestamptz[],
                ${hints.map((hint) => (hint.error === undefined ? null : storableText(hint.error)))}::text[])
         as g (order_id, reason, due_at, error)
    order by g.order_id, g.due_at
    on conflict (channel_id, order_id) do update set
      reason = case when excluded.due_at < hints.due_at then excluded.reason else hints.reason end,
      due_at = least(hints.due_at, excluded.due_at),
      last_error = coalesce(excluded.last_error, hints.last_error),
      generation = nextval('generations')`;
}

/** {@link leaveHints} for one order. */
export async function leaveHint(
  tx: Queries,
  input: { channelId: string; now: string } & Hint,
): Promise<void> {
  const { channelId, now, ...hint } = input;
  await leaveHints(tx, { channelId, hints: [hint], now });
}

/**
 * The channel's hints that are due at `now`, longest waiting first. None for a channel that is disabled, removed or
 * imports by hand only (`orders.import.mode`: manual).
 */
export async function dueHints(
  db: Queries,
  ask: { channelId: string; limit: number; now: string },
): Promise<DueHint[]> {
  const rows = await db.sql<DueHint[]>`
    select h.order_id as "orderId", h.reason, h.generation, h.attempts
    from hints h
    join channels c on c.id = h.channel_id
    where h.channel_id = ${ask.channelId} and h.due_at <= ${ask.now}::timestamptz and ${readsByItself(db)}
    order by h.due_at, h.order_id
    limit ${ask.limit}`;
  return [...rows];
}

/** When the channel's next hint is due, also in the past; null when none waits or the channel reads none. */
export async function nextHintDue(db: Queries, channelId: string): Promise<string | null> {
  const [row] = await db.sql<{ due: string | null }[]>`
    select min(h.due_at) as due
    from hints h
    join channels c on c.id = h.channel_id
    where h.channel_id = ${channelId} and ${readsByItself(db)}`;
  return row?.due ?? null;
}

/** Channels with hints that have been due since `dueBefore` or longer, for the sweep; sorted by id. */
export async function channelsWithDueHints(
  db: Queries,
  ask: { dueBefore: string; channelId?: string },
): Promise<string[]> {
  const { dueBefore, channelId = null } = ask;
  const rows = await db.sql<{ id: string }[]>`
    select distinct h.channel_id as id
    from hints h
    join channels c on c.id = h.channel_id
    where h.due_at <= ${dueBefore}::timestamptz and (${channelId}::text is null or h.channel_id = ${channelId})
      and ${readsByItself(db)}
    order by 1`;
  return rows.map((row) => row.id);
}

/**
 * Settles hints after their orders were read, in the transaction that stores what was read: each is deleted, or moved
 * to its next time, if it still has the generation that was read. A hint that came in between stays as it is, and due.
 * May be repeated.
 */
export async function settleHints(
  tx: Queries,
  input: { channelId: string; outcomes: readonly HintOutcome[] },
): Promise<void> {
  const done = input.outcomes.filter((outcome) => outcome.again === undefined);
  const moved = input.outcomes.flatMap(({ again, ...key }) =>
    again === undefined ? [] : [{ ...key, ...again }],
  );
  if (done.length > 0) {
    await tx.sql`
      with handled as (
        select h.order_id from hints h
        join unnest(${done.map((row) => row.orderId)}::bigint[], ${done.map((row) => row.generation)}::bigint[])
          as k (order_id, generation) on h.order_id = k.order_id and h.generation = k.generation
        where h.channel_id = ${input.channelId}
        order by h.order_id
        for update of h
      )
      delete from hints h using handled where h.channel_id = ${input.channelId} and h.order_id = handled.order_id`;
  }
  if (moved.length > 0) {
    await tx.sql`
      with handled as (
        select h.order_id, k.due_at, k.reason, k.failed, k.error from hints h
        join unnest(${moved.map((row) => row.orderId)}::bigint[], ${moved.map((row) => row.generation)}::bigint[],
                    ${moved.map((row) => row.dueAt)}::timestamptz[], ${moved.map((row) => row.reason)}::text[],
                    ${moved.map((row) => String(row.failed))}::text[]::boolean[],
                    ${moved.map((row) => (row.error === null ? null : storableText(row.error)))}::text[])
          as k (order_id, generation, due_at, reason, failed, error)
          on h.order_id = k.order_id and h.generation = k.generation
        where h.channel_id = ${input.channelId}
        order by h.order_id
        for update of h
      )
      update hints h set
        due_at = handled.due_at,
        reason = handled.reason,
        attempts = case when handled.failed then h.attempts + 1 else 0 end,
        last_error = handled.error
      from handled
      where h.channel_id = ${input.channelId} and h.order_id = handled.order_id`;
  }
}

function readsByItself(db: Queries) {
  return db.sql`c.enabled and c.removed_at is null
    and coalesce(c.settings #>> '{orders,import,mode}', 'automatic') <> 'manual'`;
}
