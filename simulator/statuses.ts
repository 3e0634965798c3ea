// The fifteen order statuses of a BigCommerce store. Ids and behaviour are fixed; only the label can be changed.

/** One order status; `sortOrder` is the position in the control panel. */
export interface OrderStatus {
  readonly id: number;
  readonly name: string;
  readonly description: string;
  readonly sortOrder: number;
}

const rows: readonly (readonly [id: number, name: string, sortOrder: number, description: string])[] = [
  [0, 'Incomplete', 0, 'The shopper reached the payment page, but did not complete the transaction.'],
  [1, 'Pending', 1, 'The shopper started the checkout process, but did not complete it.'],
  [2, 'Shipped', 8, 'The order has been shipped, but receipt has not been confirmed.'],
  [3, 'Partially Shipped', 6, 'Only some items in the order have been shipped.'],
  [4, 'Refunded', 11, 'The seller has used the Refund action.'],
  [5, 'Cancelled', 9, 'The seller has cancelled the order.'],
  [6, 'Declined', 10, 'The seller has marked the order as declined.'],
  [7, 'Awaiting Payment', 2, 'The checkout process is complete, but payment has yet to be confirmed.'],
  [8, 'Awaiting Pickup', 5, 'The order is packed and awaits collection by the shopper.'],
  [9, 'Awaiting Shipment', 4, 'The order is packed and awaits collection by a shipping provider.'],
  [10, 'Completed', 7, 'The order has been received, or its files are available for download.'],
  [11, 'Awaiting Fulfillment', 3, 'The checkout process is complete and payment has been confirmed.'],
  [12, 'Manual Verification Required', 13, 'The order is on hold until something is confirmed by hand.'],
  [13, 'Disputed', 12, 'The shopper has disputed the payment.'],
  [14, 'Partially Refunded', 14, 'The seller has refunded part of the order.'],
];

/** All statuses, ascending by id (bigcommerce-api.md section 4). */
export const ORDER_STATUSES: readonly OrderStatus[] = rows.map(([id, name, sortOrder, description]) => ({
  id,
  name,
  sortOrder,
  description,
}));

export const STATUS_INCOMPLETE = 0;
export const STATUS_PENDING = 1;
export const STATUS_SHIPPED = 2;
export const STATUS_PARTIALLY_SHIPPED = 3;

/** The fixed English name of a status; empty for an id that does not exist. */
export function statusName(id: number): string {
  return ORDER_STATUSES[id]?.name ?? '';
}
