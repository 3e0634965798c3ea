/**
 * Comparing what we want or sent with what the store shows (design section 6, "Once only" and "A person's decision").
 * It promises that an earlier try is recognized before anything is created; it must not decide what is due.
 */
import type { LineQuantity } from './carrier-event.ts';
import { normalizeTrackingNumber } from './ids.ts';
import { mergeLines } from './parcel-holding.ts';
import {
  ALWAYS_PROTECTED_STATUSES,
  sameExplainedStatus,
  STORE_STATUS,
  storeStatusRank,
} from './store-status.ts';
import { holdsNumber, numberInBody, numbersInBody, type CreateShipmentBody } from './write-back-body.ts';
import { DELIVERED_NOTE_OPENING } from './delivered-words.ts';
import type {
  BodyOf,
  StoreExtras,
  StorePickupRecord,
  StoreShipment,
  WriteBackBody,
} from './write-back-types.ts';

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

/** The first shipment of a consignment whose number field holds this number; null when there is none. */
export function shipmentWithNumber(
  existing: readonly StoreShipment[],
  orderAddressId: number,
  trackingNumber: string,
): StoreShipment | null {
  const number = normalizeTrackingNumber(trackingNumber);
  return (
    existing.find(
      (one) => one.orderAddressId === orderAddressId && holdsNumber(one.trackingNumber, number),
    ) ?? null
  );
}

/** Whether the adopted shipment lacks a wanted number, so that the same row must still put it there (by PUT). */
export function adoptionNeedsTracking(wanted: CreateShipmentBody, found: StoreShipment): boolean {
  return numbersInBody(wanted).some(
    (number) => !holdsNumber(found.trackingNumber, number) && !holdsNumber(found.comments, number),
  );
}

/** The store's pickup record of these units, made by an earlier try; null when there is none. */
export function matchPickup(
  wanted: BodyOf<'write_pickup'>,
  existing: readonly StorePickupRecord[],
): StorePickupRecord | null {
  return (
    existing.find(
      (one) =>
        (one.pickupMethodId === null || one.pickupMethodId === wanted.pickupMethodId) &&
        sameLines(one.items, wanted.items),
    ) ?? null
  );
}

/** Whether a pickup record says already what the body says. */
export function pickupSays(wanted: BodyOf<'write_pickup'>, found: StorePickupRecord): boolean {
  return wanted.collectedAt === null || found.items.every((item) => item.collected);
}

/** Whether the order bears our delivered marker: with its time in the metafield, or any line of ours in the notes. */
export function isMarked(wanted: BodyOf<'mark_delivered'>, extras: StoreExtras): boolean {
  return wanted.marker === 'staff_note'
    ? extras.staffNotes.includes(DELIVERED_NOTE_OPENING)
    : extras.metafield?.value === wanted.deliveredAt;
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
  extras: StoreExtras;
}): 'confirmed' | 'not_there' {
  const { body } = input;
  return isDone(body, input) ? 'confirmed' : 'not_there';
}

function isDone(body: WriteBackBody, input: Parameters<typeof settleSent>[0]): boolean {
  const { shipmentsNow, extras } = input;
  switch (body.kind) {
    case 'create_shipment': {
      // The call may have been the tracking of a shipment that was adopted; without it the row is not done.
      const found = matchShipment(body, shipmentsNow, input.claimedIds);
      return found !== null && !adoptionNeedsTracking(body, found);
    }
    case 'update_shipment': {
      const shipment = shipmentsNow.find((one) => one.shipmentId === body.shipmentId);
      return shipment !== undefined && tellsTracking(body, shipment);
    }
    case 'delete_shipment':
      return !shipmentsNow.some((one) => one.shipmentId === body.shipmentId);
    case 'set_status':
      return input.statusNow === body.statusId;
    case 'mark_delivered':
      return isMarked(body, extras);
    case 'write_pickup': {
      const found = matchPickup(body, extras.pickups);
      return found !== null && pickupSays(body, found);
    }
  }
}

/** Whether a shipment of the store shows what an update puts there; blanks in texts may come back otherwise. */
export function tellsTracking(body: BodyOf<'update_shipment'>, shipment: StoreShipment): boolean {
  const plain = (text: string): string => text.replaceAll(/\s+/g, ' ').trim();
  return (
    shipment.trackingNumber.trim() === body.trackingNumber.trim() &&
    (body.comments === undefined || plain(body.comments) === plain(shipment.comments))
  );
}

/**
 * The last entry of the explained sequence after a step. `statusAfter` null: the call was just sent, so the status
 * before it may still stand; else what the store showed once the row was confirmed. `statusBefore` null: nothing was
 * sent, because the store had it already; that explains no other status than the step's own.
 */
export function explainedAfter(input: {
  body: WriteBackBody;
  explained: readonly number[];
  statusBefore: number | null;
  statusAfter: number | null;
}): number[] {
  const { body, explained, statusBefore, statusAfter } = input;
  const caused = statusesCaused(body);
  if (caused.length === 0) return [...explained];
  if (statusAfter !== null && caused.includes(statusAfter)) return caused;
  if (statusBefore === null) return [...explained];
  // Some stores do not move the status by themselves (section 3.7), so the one before stays explained.
  return [...new Set([...caused, statusBefore])];
}

/** Statuses that a call may move the order to; a deletion, a marker and a pickup record move none (section 3.7, 10). */
function statusesCaused(body: WriteBackBody): number[] {
  if (body.kind === 'set_status') return [body.statusId];
  return body.kind === 'create_shipment' ? [STORE_STATUS.shipped, STORE_STATUS.partiallyShipped] : [];
}

/** Whether the status that was read is the starting point or our own doing; 7, 9 and 11 are one value. */
export function isExplained(statusId: number, explained: readonly number[]): boolean {
  return explained.some((one) => sameExplainedStatus(one, statusId));
}

/**
 * Whether the status that was read is a person's decision against a step with this target: it is not explained, and
 * it is protected, at or above the target's rank, or below (once shipped: also beside) the last explained one.
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
  // From Shipped or Partially Shipped to Awaiting Pickup is a step aside; before shipping the store itself takes such.
  const aside = rank === lowest && rank >= (storeStatusRank(STORE_STATUS.partiallyShipped) ?? 0);
  return rank >= (storeStatusRank(target) ?? 0) || rank < lowest || aside;
}
