/**
 * What of a whole channel waits for an approval, with a forecast of mails, and letting it go order by order. Steps that
 * stand against a person's decision are counted but never approved in bulk: each is a decision of its own (K-19).
 */
import type { Database, Queries } from './database.ts';
import { approveRows } from './approve-steps.ts';
import type { WriteBackBlock } from '../domain/write-back-types.ts';

export interface ApprovalForecast {
  orders: number;
  steps: number;
  /** Mails to shoppers that these steps are expected to cause. */
  mails: number;
  /** Steps by why they wait. */
  reasons: Partial<Record<WriteBackBlock, number>>;
  /** Waiting too, and not part of the above: paused orders, and steps against a person's decision. */
  leftOut: { paused: number; conflicts: number };
}

export interface OrderToApprove {
  orderId: number;
  writeBackIds: string[];
  mails: number;
}

/** Every order of the channel with steps that came due while writing was off or in dry run, by order number. */
export async function ordersToApprove(db: Queries, channelId: string): Promise<OrderToApprove[]> {
  const rows = await db.sql<OrderToApprove[]>`
    select w.order_id as "orderId", array_agg(w.id::text order by w.id) as "writeBackIds", sum(w.mails)::int as mails
    from write_backs w
    join orders o on o.channel_id = w.channel_id and o.order_id = w.order_id and not o.paused
    where w.channel_id = ${channelId} and w.state = 'planned' and w.blocked in ('push_off', 'dry_run')
    group by w.order_id order by w.order_id`;
  return [...rows];
}

/** The count that is shown before anything goes out. Reads only. */
export async function approvalForecast(db: Queries, channelId: string): Promise<ApprovalForecast> {
  const rows = await db.sql<
    { blocked: WriteBackBlock; paused: boolean; orderId: number; steps: number; mails: number }[]
  >`
    select w.blocked, o.paused, w.order_id as "orderId", count(*)::int as steps, sum(w.mails)::int as mails
    from write_backs w
    join orders o on o.channel_id = w.channel_id and o.order_id = w.order_id
    where w.channel_id = ${channelId} and w.state = 'planned' and w.blocked in ('push_off', 'dry_run', 'ask')
    group by 1, 2, 3 order by 3, 1`;
  const forecast: ApprovalForecast = {
    orders: 0,
    steps: 0,
    mails: 0,
    reasons: {},
    leftOut: { paused: 0, conflicts: 0 },
  };
  const counted = new Set<number>();
  for (const { blocked, paused, orderId, steps, mails } of rows) {
    if (blocked === 'ask') forecast.leftOut.conflicts += steps;
    else if (paused) forecast.leftOut.paused += steps;
    else {
      counted.add(orderId);
      forecast.steps += steps;
      forecast.mails += mails;
      forecast.reasons[blocked] = (forecast.reasons[blocked] ?? 0) + steps;
    }
  }
  return { ...forecast, orders: counted.size };
}

export interface ApprovedOrder {
  orderId: number;
  generation: number;
}

/**
 * Lets exactly the given rows go out, one transaction per order, so that an interruption keeps what is done and a
 * repetition goes on. What waits no more is passed over. Refuses with a sentence where the channel writes nothing.
 */
export async function approveAll(
  db: Database,
  input: { channelId: string; orders: readonly OrderToApprove[]; reason: string; by: string; now: string },
  onApproved: (done: number) => void = () => undefined,
): Promise<
  { ok: true; approved: ApprovedOrder[]; steps: number } | { ok: false; message: string; done: number }
> {
  const { channelId, orders, reason, by, now } = input;
  const approved: ApprovedOrder[] = [];
  let steps = 0;
  for (const { orderId, writeBackIds } of orders) {
    const said = await approveRows(db, { channelId, orderId, writeBackIds, reason, by, now });
    if (!said.ok) {
      // One order that was paused meanwhile stays behind; what concerns the channel concerns all of them.
      if (said.code === 'order_paused' || said.code === 'unknown_order') continue;
      return { ok: false, message: said.message, done: approved.length };
    }
    if (said.changed && said.generation !== null) approved.push({ orderId, generation: said.generation });
    steps += said.steps.length;
    onApproved(approved.length);
  }
  return { ok: true, approved, steps };
}
