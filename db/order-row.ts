/** The row of one order, and its lock: whoever decides about an order, or writes for it, holds it. */
import { getTableColumns } from 'drizzle-orm';
import { currentOrder } from '../domain/order-versions.ts';
import type { Tx } from './database.ts';
import { orders } from './schema.ts';

export type OrderRow = typeof orders.$inferSelect;

/**
 * The same row that drizzle would read, as a prepared statement: an ingress of hundreds of events per second would
 * otherwise spend a good part of its time on having this one statement parsed. The numbers' orders are an array, not
 * an `or`, which would read every order of the channel.
 */
const LOCK_ORDERS = `
  select ${Object.entries(getTableColumns(orders))
    .map(([key, column]) => `"${column.name}" as "${key}"`)
    .join(', ')}
  from orders
  where channel_id = $1 and order_id = any ($2::bigint[] || array(
    select n.order_id from shipment_numbers n where n.channel_id = $1 and n.number = any($3::text[])))
  order by order_id
  for update`;

/** The order's row, locked until the transaction ends; null when there is no such order. */
export async function lockOrder(tx: Tx, channelId: string, orderId: number): Promise<OrderRow | null> {
  const [row] = await lockOrders(tx, channelId, [orderId]);
  return row ?? null;
}

/**
 * Several rows at once, with those whose shipments have or had one of the numbers, locked in the order of their keys
 * (design section 7); unknown ids and numbers are left out. The statement leaves at the call (`execute`), so that it
 * may travel with others in the order in which they were called.
 */
export async function lockOrders(
  tx: Tx,
  channelId: string,
  orderIds: readonly number[],
  numbers: readonly string[] = [],
): Promise<OrderRow[]> {
  if (orderIds.length === 0 && numbers.length === 0) return [];
  const given = [channelId, [...new Set(orderIds)], [...new Set(numbers)]];
  const rows = await tx.sql.unsafe<OrderRow[]>(LOCK_ORDERS, given, { prepare: true }).execute();
  for (const row of rows) row.canonical = currentOrder(row.canonical);
  return [...rows];
}
