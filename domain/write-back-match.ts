/**
 * Comparing what we want or sent with what the store shows (design section 6, "Once only" and "A person's decision").
 * It promises that an earlier try is recognized before anything is created; it must not decide what is due.
 */
import type { LineQuantity } from './carrier-event.ts';
import { mergeLines } from './parcel-holding.ts';
import {
  ALWAYS_PROTECTED_STATUSES,
  sameExplainedStatus,
  STORE_STATUS,
  storeStatusRank,
} from './store-status.ts';
import { holdsNumber, numberInBody, type CreateShipmentBody } from './write-back-body.ts';
import type { StoreShipment, WriteBackBody } from './write-back-types.ts';

/**
 * The store's shipment that an earlier try, or a person, already made of this body; null when there is none. One with
 * the same number and address is always adopted, also where the number is joined with others or stands in the
 * comments; one without any number only if its lines are the same and no other row claims it.
 */
export function matchShipment(
  wanted: CreateShipmentBody,
  existing: readonly StoreShipment[],
  claimedIds: readonly number[],
): StoreShipment | null {
  const here = existing
    .filter((one) => one.orderAddressId === wanted.orderAddressId)
    .sort((a, b) => a.shipmentId - b.shipmentId);
  const number = numberInBody(wanted);
  if (number !== null) {
    const sameNumber = here.filter(
      (one) => holdsNumber(one.trackingNumber, number) || holdsNumber(one.comments, number),
    );
    // Of two with our number, the one with our lines is ours.
    const found = sameNumber.find((one) => sameLines(one.items, wanted.items)) ?? sameNumber[0];
    if (found !== undefined) return found;
  }
  return (
    here.find(
      (one) =>
        one.trackingNumber.trim() === '' &&
        sameLines(one.items, wanted.items) &&
        !claimedIds.includes(one.shipmentId),
    ) ?? null
  );
}

/** Whether the adopted shipment lacks the wanted number, so that the same row must still put it there (by PUT). */
export function adoptionNeedsTracking(wanted: CreateShipmentBody, found: StoreShipment): boolean {
  const number = numberInBody(wanted);
  return (
    number !== null && !holdsNumber(found.trackingNumber, number) && !holdsNumber(found.comments, number)
  );
}

export function sameLines(a: readonly LineQuantity[], b: readonly LineQuantity[]): boolean {
  return JSON.stringify(mergeLines(a)) === JSON.stringify(mergeLines(b));
}

/**
 * Settles a `sent` row by the body that was sent: did the store take it? Asked of a fresh read, 60 s after sending at
 * the earliest, and twice before `not_there` is believed (a read right after a write may be stale).
 */
export function settleSent(input: {
  body: WriteBackBody;
  statusBefore: number | null;
  statusNow: number;
  shipmentsNow: readonly StoreShipment[];
  /** Store shipments that other rows confirmed. */
  claimedIds: readonly number[];
}): 'confirmed' | 'not_there' {
  const { body, shipmentsNow } = input;
  switch (body.kind) {
    case 'create_shipment':
      return matchShipment(body, shipmentsNow, input.claimedIds) === null ? 'not_there' : 'confirmed';
    case 'update_shipment': {
      const shipment = shipmentsNow.find((one) => one.shipmentId === body.shipmentId);
      return shipment !== undefined && shipment.trackingNumber.trim() === body.trackingNumber.trim()
        ? 'confirmed'
        : 'not_there';
    }
    case 'set_status':
      return input.statusNow === body.statusId ? 'confirmed' : 'not_there';
  }
}

/**
 * The last entry of the explained sequence after a call. `statusAfter` null: the call was just sent, so the status
 * before it may still stand; else what the store showed once the row was confirmed.
 */
export function explainedAfter(input: {
  body: WriteBackBody;
  explained: readonly number[];
  statusBefore: number;
  statusAfter: number | null;
}): number[] {
  const { body, explained, statusBefore, statusAfter } = input;
  if (body.kind === 'update_shipment') return [...explained];
  const caused =
    body.kind === 'set_status' ? [body.statusId] : [STORE_STATUS.shipped, STORE_STATUS.partiallyShipped];
  if (statusAfter !== null && caused.includes(statusAfter)) return caused;
  // Some stores do not move the status by themselves (section 3.7), so the one before stays explained.
  return [...new Set([...caused, statusBefore])];
}

/** Whether the status that was read is the starting point or our own doing; 7, 9 and 11 are one value. */
export function isExplained(statusId: number, explained: readonly number[]): boolean {
  return explained.some((one) => sameExplainedStatus(one, statusId));
}

/**
 * Whether the status that was read is a person's decision against a step with this target: it is not explained, and
 * it is protected, at or above the target's rank, or below the last explained one.
 */
export function personChanged(input: {
  statusId: number;
  explained: readonly number[];
  target: number;
  protectedStatuses: readonly number[];
}): boolean {
  const { statusId, explained, target, protectedStatuses } = input;
  if (isExplained(statusId, explained)) return false;
  if (ALWAYS_PROTECTED_STATUSES.includes(statusId) || protectedStatuses.includes(statusId)) return true;
  const rank = storeStatusRank(statusId);
  // 14 (Partially Refunded) has no place in the order of progress: a refund says nothing about shipping.
  if (rank === null) return false;
  const lowest = Math.min(...explained.map((one) => storeStatusRank(one) ?? 0));
  return rank >= (storeStatusRank(target) ?? 0) || rank < lowest;
}
