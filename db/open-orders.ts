/** The orders that the rows say are followed, offered to the outbox page by page. */
import { inTransaction, type Database } from './database.ts';
import { offerOrders } from './outbox.ts';

/**
 * Puts the next open orders of a channel, by id, into the outbox as plain starts and answers their ids. Orders that
 * wait there already are left as they are. May be repeated.
 */
export async function openOrdersAfter(
  db: Database,
  page: { channelId: string; afterOrderId: number; limit: number; now: string },
): Promise<number[]> {
  const { channelId, afterOrderId, limit, now } = page;
  return inTransaction(db, async (tx) => {
    const rows = await tx.sql<{ orderId: number; waits: boolean }[]>`
      select o.order_id as "orderId",
        exists (select 1 from outbox b where b.channel_id = o.channel_id and b.order_id = o.order_id) as waits
      from orders o
      where o.channel_id = ${channelId} and o.lifecycle_state = 'open' and o.order_id > ${afterOrderId}
      order by o.order_id
      limit ${limit}`;
    const orders = rows.filter((row) => !row.waits).map(({ orderId }) => ({ orderId, first: true }));
    await offerOrders(tx, { channelId, orders, now });
    return rows.map(({ orderId }) => orderId);
  });
}
