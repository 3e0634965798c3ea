/**
 * `waybill report`: one channel at a glance. Counts by stage and attention, shipped orders without a number (K-20), money
 * and status that disagree (K-2, K-28), what looks double, writes that wait and the mails they would cause (K-21). Reads
 * only; ids and statuses, never a customer's data.
 */
import { moneyDisagreement } from '../domain/money-status.ts';
import type { Order } from '../domain/order.ts';
import { approvalForecast, type ApprovalForecast } from './approvals.ts';
import type { Queries } from './database.ts';
import { reportChannel, type ChannelReport } from './orders.ts';
import { statusesNow } from './status-now.ts';

export interface FullReport extends Omit<ChannelReport, 'oldest'> {
  channelId: string;
  /** Orders the store lists no more. */
  gone: number;
  /** Shipped here or in the store, and no parcel of theirs has a number. */
  withoutNumber: Listed<{ orderId: number; stage: string | null; statusId: number }>;
  moneyAndStatus: Listed<{ orderId: number; detail: string }>;
  /** Several orders with one outside id, or one tracking number on several orders. */
  duplicates: Listed<{ what: 'external_id' | 'tracking_number'; orderIds: number[] }>;
  /** Ledger rows by state, blocked ones by what blocks them. */
  writes: Record<string, number>;
  /** What waits for an approval, with the mails. */
  approvals: ApprovalForecast;
  /** Mails that writes which are due would cause without anybody's doing. */
  mailsDue: number;
}

export interface Listed<Row> {
  count: number;
  /** At most {@link REPORT_LIST_MAX}. */
  orders: Row[];
}

export const REPORT_LIST_MAX = 50;

/** The report as the rows are now. */
export async function channelReport(db: Queries, channelId: string): Promise<FullReport> {
  const [
    { oldest: _oldest, ...counts },
    gone,
    withoutNumber,
    moneyAndStatus,
    duplicates,
    writes,
    approvals,
    mailsDue,
  ] = await Promise.all([
    reportChannel(db, channelId),
    countGone(db, channelId),
    shippedWithoutNumber(db, channelId),
    disagreements(db, channelId),
    doubles(db, channelId),
    writesByState(db, channelId),
    approvalForecast(db, channelId),
    dueMails(db, channelId),
  ]);
  return {
    channelId,
    ...counts,
    gone,
    withoutNumber,
    moneyAndStatus,
    duplicates,
    writes,
    approvals,
    mailsDue,
  };
}

function listed<Row>(rows: readonly Row[]): Listed<Row> {
  return { count: rows.length, orders: rows.slice(0, REPORT_LIST_MAX) };
}

async function countGone(db: Queries, channelId: string): Promise<number> {
  const [row] = await db.sql<{ count: number }[]>`
    select count(*)::int as count from orders where channel_id = ${channelId} and gone is not null`;
  return row?.count ?? 0;
}

async function shippedWithoutNumber(db: Queries, channelId: string): Promise<FullReport['withoutNumber']> {
  const rows = await db.sql<FullReport['withoutNumber']['orders']>`
    select o.order_id as "orderId", o.stage, now.status_now as "statusId"
    from ${statusesNow(db, channelId)} now join orders o on o.channel_id = ${channelId} and o.order_id = now.order_id
    where (o.stage in ('shipped', 'delivered') or now.status_now = 2)
      and not exists (select 1 from shipment_numbers n where n.channel_id = o.channel_id and n.order_id = o.order_id)
      and not exists (select 1 from shipments s where s.channel_id = o.channel_id and s.order_id = o.order_id
        and s.shipment->>'kind' = 'pickup')
      and not exists (select 1 from jsonb_array_elements(
          case jsonb_typeof(o.store_view->'shipments') when 'array' then o.store_view->'shipments' else '[]' end) as t(one)
        where coalesce(t.one->>'trackingNumber', '') <> '')
      and exists (select 1 from jsonb_array_elements(o.canonical->'lineItems') as l(line) where l.line->>'kind' = 'physical')
    order by o.order_id`;
  return listed(rows);
}

/** Statuses and payments that can disagree at all; the rule itself is the domain's. */
async function disagreements(db: Queries, channelId: string): Promise<FullReport['moneyAndStatus']> {
  const rows = await db.sql<
    { orderId: number; statusId: number; order: Pick<Order, 'paymentStatus' | 'lineItems'> }[]
  >`
    select o.order_id as "orderId", now.status_now as "statusId",
      jsonb_build_object('paymentStatus', o.canonical->'paymentStatus', 'lineItems', o.canonical->'lineItems') as "order"
    from ${statusesNow(db, channelId)} now join orders o on o.channel_id = ${channelId} and o.order_id = now.order_id
    where (now.status_now in (4, 5, 6, 13)
      or o.canonical->>'paymentStatus' in ('refunded', 'void', 'void pending', 'declined'))
    order by o.order_id`;
  const found = rows.flatMap(({ orderId, statusId, order }) => {
    const detail = moneyDisagreement(order, statusId);
    return detail === null ? [] : [{ orderId, detail }];
  });
  return listed(found);
}

async function doubles(db: Queries, channelId: string): Promise<FullReport['duplicates']> {
  const rows = await db.sql<FullReport['duplicates']['orders']>`
    select 'external_id' as what, array_agg(order_id order by order_id) as "orderIds"
    from orders
    where channel_id = ${channelId} and coalesce(canonical->>'externalOrderId', '') <> '' and status_id not in (4, 5, 6)
    group by coalesce(canonical->>'externalSource', ''), canonical->>'externalOrderId'
    having count(*) > 1
    union all
    select 'tracking_number', array_agg(distinct order_id order by order_id)
    from shipment_numbers where channel_id = ${channelId}
    group by number having count(distinct order_id) > 1
    order by 2`;
  return listed(rows);
}

async function writesByState(db: Queries, channelId: string): Promise<Record<string, number>> {
  const rows = await db.sql<{ state: string; count: number }[]>`
    select case when blocked is null then state else 'blocked:' || blocked end as state, count(*)::int as count
    from write_backs where channel_id = ${channelId} group by 1 order by 1`;
  return Object.fromEntries(rows.map(({ state, count }) => [state, count]));
}

async function dueMails(db: Queries, channelId: string): Promise<number> {
  const [row] = await db.sql<{ mails: number | null }[]>`
    select sum(mails)::int as mails from write_backs
    where channel_id = ${channelId} and state = 'planned' and blocked is null`;
  return row?.mails ?? 0;
}
