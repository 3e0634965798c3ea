/** The row of one order, and its lock: whoever decides about an order, or writes for it, holds it. */
import { and, eq, inArray } from 'drizzle-orm';
import type { Tx } from './database.ts';
import { orders } from './schema.ts';

export type OrderRow = typeof orders.$inferSelect;

/** The order's row, locked until the transaction ends; null when there is no such order. */
export async function lockOrder(tx: Tx, channelId: string, orderId: number): Promise<OrderRow | null> {
  const [row] = await lockOrders(tx, channelId, [orderId]);
  return row ?? null;
}

/** Several rows at once, locked in the order of their keys (design section 7); unknown ids are left out. */
export async function lockOrders(
  tx: Tx,
  channelId: string,
  orderIds: readonly number[],
): Promise<OrderRow[]> {
  if (orderIds.length === 0) return [];
  return tx.orm
    .select()
    .from(orders)
    .where(and(eq(orders.channelId, channelId), inArray(orders.orderId, [...new Set(orderIds)])))
    .orderBy(orders.orderId)
    .for('update');
}
