/** What a later version of an order means for one that is no longer followed. Pure; reads nothing but the two versions. */
import { neededQuantity, physicalLines, type Order } from '../domain/order.ts';
import { CLOSING_STATUSES } from '../domain/store-status.ts';

/**
 * True when the store asks for more than before: new lines, raised quantities, or a status that leaves 4, 5 or 6.
 * Such an order re-opens (design section 4).
 */
export function asksForMore(before: Order, after: Order): boolean {
  if (CLOSING_STATUSES.includes(before.statusId) && !CLOSING_STATUSES.includes(after.statusId)) return true;
  const needed = new Map(physicalLines(before).map((line) => [line.orderProductId, neededQuantity(line)]));
  return physicalLines(after).some((line) => neededQuantity(line) > (needed.get(line.orderProductId) ?? 0));
}
