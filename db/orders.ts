/**
 * Questions about many orders of a channel, and putting many into the outbox at once. One order's state is decided in
 * `decide-order.ts`; creating and refreshing orders is `store-orders.ts`.
 */
import { and, eq } from 'drizzle-orm';
import type { Attention, Stage } from '../domain/facts.ts';
import type { Queries, Tx } from './database.ts';
import { orders } from './schema.ts';

export type StoredOrder = typeof orders.$inferSelect;

/** The row without a lock, or null. */
export async function getOrder(db: Queries, channelId: string, orderId: number): Promise<StoredOrder | null> {
  const [row] = await db.orm
    .select()
    .from(orders)
    .where(and(eq(orders.channelId, channelId), eq(orders.orderId, orderId)));
  return row ?? null;
}

/** Those of the given orders that are stored. */
export async function knownOrderIds(
  db: Queries,
  ask: { channelId: string; orderIds: readonly number[] },
): Promise<Set<number>> {
  const rows = await db.sql<{ orderId: number }[]>`
    select order_id as "orderId" from orders
    where channel_id = ${ask.channelId} and order_id = any(${[...ask.orderIds]}::bigint[])`;
  return new Set(rows.map((row) => row.orderId));
}

/**
 * Orders created from `from` (inclusive) to `to` (exclusive) by the store's clock, by status: compared with the store's
 * own counts. Those that the store lists no more are counted apart.
 */
export async function countCreatedByStatus(
  db: Queries,
  ask: { channelId: string; from: string; to: string },
): Promise<{ listed: Map<number, number>; gone: Map<number, number> }> {
  const rows = await db.sql<{ statusId: number; listed: number; gone: number }[]>`
    select status_id as "statusId", (count(*) filter (where gone is null))::int as listed,
      (count(*) filter (where gone is not null))::int as gone
    from orders
    where channel_id = ${ask.channelId} and store_created_at >= ${ask.from}::timestamptz
      and store_created_at < ${ask.to}::timestamptz
    group by status_id order by status_id`;
  return {
    listed: new Map(rows.map((row) => [row.statusId, row.listed])),
    gone: new Map(rows.map((row) => [row.statusId, row.gone])),
  };
}

/** Open orders in pages by key: ids above `afterOrderId`. */
export async function openOrderIds(
  db: Queries,
  ask: { channelId: string; afterOrderId: number; limit: number },
): Promise<number[]> {
  const rows = await db.sql<{ orderId: number }[]>`
    select order_id as "orderId" from orders
    where channel_id = ${ask.channelId} and lifecycle_state = 'open' and order_id > ${ask.afterOrderId}
    order by order_id limit ${ask.limit}`;
  return rows.map((row) => row.orderId);
}

/**
 * Puts open orders into the outbox to be told; `newsSince`: only those with news after it. Answers how many. May be
 * repeated.
 */
export async function offerOpenOrders(
  tx: Tx,
  input: { channelId: string; now: string; newsSince?: string | null },
): Promise<number> {
  const since = input.newsSince ?? null;
  const offered = await tx.sql`
    insert into outbox (channel_id, order_id, first, created_at)
    select o.channel_id, o.order_id, false, ${input.now}::timestamptz
    from orders o
    where o.channel_id = ${input.channelId} and o.lifecycle_state = 'open'
      and (${since}::timestamptz is null or o.last_news_at >= ${since}::timestamptz)
    order by o.order_id
    on conflict (channel_id, order_id) do update
      set first = false, generation = nextval('generations'), attempts = 0, leased_until = null`;
  return offered.count;
}

/**
 * Puts open orders into the outbox for a plain start, in pages by key: lifecycles that run are untouched, those that
 * are lost are opened again. May be repeated.
 */
export async function offerOpenPage(
  tx: Tx,
  input: { channelId: string; afterOrderId: number; limit: number; now: string },
): Promise<{ offered: number; lastOrderId: number; done: boolean }> {
  const ids = await openOrderIds(tx, input);
  const offered = await tx.sql`
    insert into outbox (channel_id, order_id, first, created_at)
    select ${input.channelId}, given.order_id, true, ${input.now}::timestamptz
    from unnest(${ids}::bigint[]) as given (order_id)
    order by given.order_id
    on conflict (channel_id, order_id) do nothing`;
  return {
    offered: offered.count,
    lastOrderId: ids.at(-1) ?? input.afterOrderId,
    done: ids.length < input.limit,
  };
}

/**
 * Opens and offers every order with a step that waited for credentials or for the channel (design section 6,
 * "Failures") and lifts that block; other blocks are a person's to lift. Answers how many. May be repeated.
 */
export async function offerOrdersWithCuredSteps(
  tx: Tx,
  input: { channelId: string; now: string },
): Promise<number> {
  const { channelId, now } = input;
  const offered = await tx.sql`
    with cured as (
      select distinct w.order_id from write_backs w
      where w.channel_id = ${channelId} and w.state = 'planned' and w.blocked in ('auth', 'channel')
    ), locked as (
      select o.order_id, o.lifecycle_state from orders o join cured c on c.order_id = o.order_id
      where o.channel_id = ${channelId}
      order by o.order_id
      for update of o
    ), opened as (
      update orders o set lifecycle_state = 'open', closed_reason = null, closed_at = null
      from locked l where o.channel_id = ${channelId} and o.order_id = l.order_id and l.lifecycle_state <> 'open'
      returning o.order_id
    ), lifted as (
      update write_backs w set blocked = null, not_before = null, updated_at = ${now}::timestamptz
      from locked l where w.channel_id = ${channelId} and w.order_id = l.order_id and w.state = 'planned'
        and w.blocked in ('auth', 'channel')
    ), told as (
      insert into decisions (channel_id, order_id, at, kind, outcome, detail)
      select ${channelId}, order_id, ${now}::timestamptz, 'lifecycle', 'reopened',
        'Re-opened: a write-back waited for the channel, which works again.'
      from opened order by order_id
    )
    insert into outbox (channel_id, order_id, first, created_at)
    select ${channelId}, order_id, false, ${now}::timestamptz from locked order by order_id
    on conflict (channel_id, order_id) do update
      set first = false, generation = nextval('generations'), attempts = 0, leased_until = null`;
  return offered.count;
}

export interface ChannelReport {
  orders: number;
  open: number;
  /** Orders by stage; `undecided` where none was decided yet. */
  stages: Partial<Record<Stage | 'undecided', number>>;
  attention: Partial<Record<Attention, number>>;
  /** Orders with an attention, the longest without news first. */
  oldest: {
    orderId: number;
    stage: Stage | null;
    attention: Attention;
    reason: string | null;
    since: string;
  }[];
}

const REPORT_OLDEST_MAX = 20;

/** What `waybill report` shows of a channel. */
export async function reportChannel(db: Queries, channelId: string): Promise<ChannelReport> {
  const groups = await db.sql<
    { stage: Stage | null; attention: Attention | null; open: boolean; count: number }[]
  >`
    select stage, attention, lifecycle_state = 'open' as open, count(*)::int as count from orders
    where channel_id = ${channelId} group by 1, 2, 3`;
  const report: ChannelReport = { orders: 0, open: 0, stages: {}, attention: {}, oldest: [] };
  for (const { stage, attention, open, count } of groups) {
    report.orders += count;
    report.open += open ? count : 0;
    const key = stage ?? 'undecided';
    report.stages[key] = (report.stages[key] ?? 0) + count;
    if (attention !== null) report.attention[attention] = (report.attention[attention] ?? 0) + count;
  }
  report.oldest = await ordersWithAttention(db, { channelId, limit: REPORT_OLDEST_MAX });
  return report;
}

/** Orders that ask for a person, followed or not, the longest without news first. */
export async function ordersWithAttention(
  db: Queries,
  ask: { channelId: string; limit: number; attention?: Attention },
): Promise<ChannelReport['oldest']> {
  const only = ask.attention ?? null;
  const rows = await db.sql<ChannelReport['oldest']>`
    select order_id as "orderId", stage, attention, attention_reason as reason, last_news_at as since from orders
    where channel_id = ${ask.channelId} and attention is not null
      and (${only}::text is null or attention = ${only})
    order by last_news_at, order_id limit ${ask.limit}`;
  return [...rows];
}
