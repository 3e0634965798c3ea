/**
 * Whether an order's status and its payment say different things (capabilities K-2, K-28): a status moves no money, and
 * a refund may move no status. Pure; it reads the store's own words and never a sum.
 */
import type { Order } from './order.ts';
import { STORE_STATUS, storeStatusName } from './store-status.ts';

/** bigcommerce-api.md section 3.2 lists the values of `payment_status`. */
const PAID: readonly string[] = ['captured', 'capture pending', 'paid'];
const NEVER_PAID: readonly string[] = ['void', 'void pending', 'declined'];
/** Statuses in which somebody will still pack the order. */
const TO_BE_SHIPPED: readonly number[] = [
  STORE_STATUS.awaitingFulfillment,
  STORE_STATUS.awaitingShipment,
  STORE_STATUS.awaitingPickup,
  STORE_STATUS.partiallyShipped,
];

/** The disagreement in one sentence, or null. `statusId`: as last read, which may be younger than the order. */
export function moneyDisagreement(
  order: Pick<Order, 'paymentStatus' | 'lineItems'>,
  statusId: number,
): string | null {
  if (statusId === STORE_STATUS.disputed) return 'The payment is disputed in the store (status 13).';
  const payment = order.paymentStatus.trim().toLowerCase();
  const says = `The store says ${storeStatusName(statusId)}`;
  const refunded = order.lineItems.some((line) => line.quantityRefunded > 0);
  if (statusId === STORE_STATUS.refunded && PAID.includes(payment) && !refunded)
    return `${says}, but the payment is ${payment} and nothing was refunded: a status moves no money.`;
  if ((statusId === STORE_STATUS.cancelled || statusId === STORE_STATUS.declined) && PAID.includes(payment))
    return `${says}, but the payment is ${payment} and was not refunded.`;
  if (TO_BE_SHIPPED.includes(statusId) && payment === 'refunded')
    return `${says}, but the payment was refunded: it should hardly be shipped.`;
  if (TO_BE_SHIPPED.includes(statusId) && NEVER_PAID.includes(payment))
    return `${says}, but the payment is ${payment}.`;
  return null;
}
