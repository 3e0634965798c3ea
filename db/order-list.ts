/**
 * Orders of a channel as a list, page by page along their numbers, all of them or those of one import run (capabilities
 * S-33). It reads what is stored; shoppers' data is not part of it.
 */
import type { Attention, Stage } from '../domain/facts.ts';
import type { Queries } from './database.ts';
import type { ImportRun } from './import-runs.ts';
import { statusesNow } from './status-now.ts';

export interface ListedOrder {
  orderId: number;
  stage: Stage | null;
  attention: Attention | null;
  /** As the store was read last, by an import or for a write. */
  statusId: number;
  lifecycleState: 'none' | 'open' | 'closed';
  paused: boolean;
  storeCreatedAt: string;
  storeModifiedAt: string;
  firstSeenAt: string;
}

export interface OrderPage {
  /** Ascending by number. */
  orders: ListedOrder[];
  /** Ask for what is after this one; null: there is no more. */
  next: number | null;
}

/** More on one page would be slow to read for people and machines. */
export const ORDER_PAGE_MAX = 500;
/** The clocks of two workers may differ by this; a run's decisions carry the time of the worker that made them. */
const CLOCKS_DIFFER_MS = 3_600_000;

/**
 * The next page. `run`: only the orders that it created, and with `updated` those that it changed. May be repeated; what
 * is stored meanwhile behind `after` does not move the pages.
 */
export async function listOrders(
  db: Queries,
  ask: {
    channelId: string;
    run?: Pick<ImportRun, 'id' | 'startedAt' | 'finishedAt'>;
    updated?: boolean;
    after?: number;
    /** 1 to {@link ORDER_PAGE_MAX}. */
    limit: number;
  },
): Promise<OrderPage> {
  const { channelId, run, limit } = ask;
  const ofRun =
    run === undefined
      ? db.sql``
      : db.sql`and o.order_id in (
          select d.order_id from decisions d
          where d.channel_id = ${channelId} and d.run_id = ${run.id} and d.order_id > ${ask.after ?? 0}
            and d.at between ${moved(run.startedAt, -CLOCKS_DIFFER_MS)}::timestamptz
              and ${run.finishedAt === null ? 'infinity' : moved(run.finishedAt, CLOCKS_DIFFER_MS)}::timestamptz
            and ((d.kind = 'gate' and d.outcome = 'admitted')
              or (${ask.updated === true} and d.kind = 'event' and d.outcome = 'refreshed')))`;
  const found = await db.sql<ListedOrder[]>`
    select o.order_id as "orderId", o.stage, o.attention, coalesce(s.status_now, o.status_id) as "statusId",
      o.lifecycle_state as "lifecycleState", o.paused, o.store_created_at as "storeCreatedAt",
      o.store_modified_at as "storeModifiedAt", o.first_seen_at as "firstSeenAt"
    from orders o left join ${statusesNow(db, channelId)} s on s.order_id = o.order_id
    where o.channel_id = ${channelId} and o.order_id > ${ask.after ?? 0} ${ofRun}
    order by o.order_id limit ${limit + 1}`;
  const orders = found.slice(0, limit);
  return { orders, next: found.length > limit ? (orders.at(-1)?.orderId ?? null) : null };
}

function moved(iso: string, byMs: number): string {
  return new Date(Date.parse(iso) + byMs).toISOString();
}
