/**
 * The store's fifteen order statuses (capabilities F-1): names, ranks, which are never overwritten.
 * Keyed by id only; labels are the merchant's text and are never matched (bigcommerce-api.md, Traps 4).
 */

export const STORE_STATUS_NAMES = [
  'Incomplete',
  'Pending',
  'Shipped',
  'Partially Shipped',
  'Refunded',
  'Cancelled',
  'Declined',
  'Awaiting Payment',
  'Awaiting Pickup',
  'Awaiting Shipment',
  'Completed',
  'Awaiting Fulfillment',
  'Manual Verification Required',
  'Disputed',
  'Partially Refunded',
] as const;

export const STORE_STATUS = {
  incomplete: 0,
  pending: 1,
  shipped: 2,
  partiallyShipped: 3,
  refunded: 4,
  cancelled: 5,
  declined: 6,
  awaitingPayment: 7,
  awaitingPickup: 8,
  awaitingShipment: 9,
  completed: 10,
  awaitingFulfillment: 11,
  manualVerification: 12,
  disputed: 13,
  partiallyRefunded: 14,
} as const;

export function storeStatusName(statusId: number): string {
  return STORE_STATUS_NAMES[statusId] ?? `status ${String(statusId)}`;
}

/** Ranks of design section 6, "Never backwards"; null for statuses that have no place in the order of progress. */
const RANKS: Readonly<Record<number, number>> = {
  0: 0,
  1: 0,
  7: 0,
  12: 0,
  11: 1,
  9: 2,
  3: 3,
  8: 3,
  2: 4,
  10: 5,
};

export function storeStatusRank(statusId: number): number | null {
  return RANKS[statusId] ?? null;
}

/** Never overwritten whatever a setting says (design section 6): refunds, endings, holds. */
export const ALWAYS_PROTECTED_STATUSES: readonly number[] = [4, 5, 6, 12, 13];

/** Never written by us: they move no money and would only look as if (capabilities F-20). */
export const NEVER_WRITTEN_STATUSES: readonly number[] = [4, 5, 14];

/** Refunded, cancelled, declined: the order will not be shipped. */
export const CLOSING_STATUSES: readonly number[] = [4, 5, 6];

/** Waiting statuses that a merchant's tools move between freely count as one value (design section 6). */
export function sameExplainedStatus(a: number, b: number): boolean {
  const waiting = [7, 9, 11];
  return a === b || (waiting.includes(a) && waiting.includes(b));
}
