/**
 * The store's status of an order as it was read last: by an import, or for a write, whichever is younger; the same rule
 * as `storeAsKnown`, for queries over many orders. An order that we have just moved must not be counted where it was.
 */
import type { PendingQuery, Row } from 'postgres';
import type { Queries } from './database.ts';

/**
 * A table to read from: `order_id`, `status_now` and `status_since` (when the store changed it as far as is known) of
 * the orders of one channel that the store still lists. May be repeated.
 */
export function statusesNow({ sql }: Queries, channelId: string): PendingQuery<Row[]> {
  return sql`(
    select one.order_id,
      case when one.younger then (one.view->>'statusId')::int else one.status_id end as status_now,
      case when one.younger and (one.view->>'statusId')::int <> one.status_id
        then (one.view->>'readAt')::timestamptz else one.store_modified_at end as status_since
    from (
      select order_id, status_id, store_modified_at, store_view as view,
        coalesce((store_view->>'readAt')::timestamptz > read_at, false) as younger
      from orders where channel_id = ${channelId} and gone is null
    ) one
  )`;
}
