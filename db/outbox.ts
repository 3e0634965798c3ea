/**
 * What must follow: lifecycles that have to be opened or told. A row is written in the transaction that makes it
 * necessary, handed over by whoever drains, and deleted only at the generation that was handed over. One row an order.
 */
import type { Queries } from './database.ts';

export interface OutboxKey {
  channelId: string;
  orderId: number;
  generation: number;
}

export interface OutboxRow extends OutboxKey {
  /** True: a plain start is enough. False: signal-with-start. */
  first: boolean;
  /** Hand-overs that were tried, this one included. */
  attempts: number;
}

export interface Offer {
  orderId: number;
  first: boolean;
}

/** A failed hand-over waits a second, then twice as long each time, at most this many seconds. */
const RETRY_DELAY_MAX_SECONDS = 300;
/** 2 to this power seconds is beyond the maximum; a larger exponent would only overflow. */
const RETRY_EXPONENT_MAX = 10;

/** {@link offerOrders} for one order; answers the row's generation. */
export async function offerOrder(
  tx: Queries,
  offer: { channelId: string; orderId: number; first: boolean; now: string },
): Promise<{ generation: number }> {
  const { channelId, orderId, first, now } = offer;
  const [row] = await offerOrders(tx, { channelId, orders: [{ orderId, first }], now });
  if (row === undefined) throw new Error('an upsert without a condition returned no row');
  return { generation: row.generation };
}

/**
 * Puts orders into the outbox, or raises the generation of rows that wait already. A row that waits for a first start
 * and is now to be told becomes a signal-with-start, which does both. An order given twice counts once. May be repeated.
 */
export async function offerOrders(
  tx: Queries,
  offer: { channelId: string; orders: readonly Offer[]; now: string },
): Promise<{ orderId: number; generation: number }[]> {
  if (offer.orders.length === 0) return [];
  return tx.sql<{ orderId: number; generation: number }[]>`
    insert into outbox (channel_id, order_id, first, created_at)
    select ${offer.channelId}, given.order_id, bool_and(given.first), ${offer.now}::timestamptz
    from unnest(${offer.orders.map((order) => order.orderId)}::bigint[],
                ${offer.orders.map((order) => String(order.first))}::text[]::boolean[]) as given (order_id, first)
    group by given.order_id
    order by given.order_id
    on conflict (channel_id, order_id) do update
      set first = outbox.first and excluded.first, generation = nextval('generations'), attempts = 0, leased_until = null
    returning order_id as "orderId", generation`;
}

/**
 * Takes up to `limit` rows that nobody else holds, oldest first, for `leaseMs` by the database's clock; who dies loses
 * them when the lease ends. Rows of disabled and removed channels are left alone. `olderThanMs`: only rows that
 * have waited that long (the sweep leaves fresh ones to those who wrote them).
 */
export async function claimOutbox(
  db: Queries,
  claim: { channelId?: string; limit: number; leaseMs: number; olderThanMs?: number },
): Promise<OutboxRow[]> {
  const { channelId = null, limit, leaseMs, olderThanMs = 0 } = claim;
  const rows = await db.sql<OutboxRow[]>`
    with due as (
      select o.channel_id, o.order_id
      from outbox o
      join channels c on c.id = o.channel_id and c.enabled and c.removed_at is null
      where (${channelId}::text is null or o.channel_id = ${channelId})
        and (o.leased_until is null or o.leased_until <= clock_timestamp())
        and o.created_at <= clock_timestamp() - ${olderThanMs}::float8 * interval '1 millisecond'
      order by o.created_at, o.channel_id, o.order_id
      limit ${limit}
      for update of o skip locked
    )
    update outbox o
    set leased_until = clock_timestamp() + ${leaseMs}::float8 * interval '1 millisecond', attempts = o.attempts + 1
    from due
    where o.channel_id = due.channel_id and o.order_id = due.order_id
    returning o.channel_id as "channelId", o.order_id as "orderId", o.generation, o.first, o.attempts`;
  return [...rows];
}

/**
 * Deletes rows that were handed over, each only at its generation: news that came in between stays. Answers how many
 * were deleted. May be repeated.
 */
export async function outboxDone(db: Queries, rows: readonly OutboxKey[]): Promise<number> {
  if (rows.length === 0) return 0;
  const deleted = await db.sql`
    with handed as (
      select o.channel_id, o.order_id
      from outbox o
      join ${keysOf(db, rows)} on o.channel_id = k.channel_id and o.order_id = k.order_id and o.generation = k.generation
      order by o.channel_id, o.order_id
      for update of o
    )
    delete from outbox o using handed
    where o.channel_id = handed.channel_id and o.order_id = handed.order_id`;
  return deleted.count;
}

/** Gives rows back whose hand-over failed; they are due again after a growing pause. May be repeated. */
export async function outboxFailed(db: Queries, rows: readonly OutboxKey[]): Promise<void> {
  if (rows.length === 0) return;
  await db.sql`
    with failed as (
      select o.channel_id, o.order_id
      from outbox o
      join ${keysOf(db, rows)} on o.channel_id = k.channel_id and o.order_id = k.order_id and o.generation = k.generation
      order by o.channel_id, o.order_id
      for update of o
    )
    update outbox o
    set leased_until = clock_timestamp() + interval '1 second'
          * least(${RETRY_DELAY_MAX_SECONDS}, power(2, least(greatest(o.attempts - 1, 0), ${RETRY_EXPONENT_MAX})))
    from failed
    where o.channel_id = failed.channel_id and o.order_id = failed.order_id`;
}

/** How many rows wait, leased ones included; with `atMost`, counting stops there. */
export async function outboxWaiting(
  db: Queries,
  ask: { channelId?: string; atMost?: number } = {},
): Promise<number> {
  const { channelId = null, atMost = null } = ask;
  const [row] = await db.sql<{ waiting: number }[]>`
    select count(*)::int as waiting from (
      select 1 from outbox where ${channelId}::text is null or channel_id = ${channelId} limit ${atMost}
    ) counted`;
  return row?.waiting ?? 0;
}

function keysOf(db: Queries, rows: readonly OutboxKey[]) {
  return db.sql`unnest(${rows.map((row) => row.channelId)}::text[], ${rows.map((row) => row.orderId)}::bigint[],
    ${rows.map((row) => row.generation)}::bigint[]) as k (channel_id, order_id, generation)`;
}
