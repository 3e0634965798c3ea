/**
 * Is a planned step still right, now that the store was read? Asked between reading and sending: the plan was made from
 * rows, and a person or another app may have been quicker. Pure.
 */
import { storeAsKnown } from '../db/known-facts.ts';
import type { WriteBackAtHand } from '../db/write-backs.ts';
import { STORE_STATUS, storeStatusName } from '../domain/store-status.ts';
import {
  adoptionNeedsTracking,
  isMarked,
  matchPickup,
  matchShipment,
  pickupSays,
  shipmentWithNumber,
  tellsTracking,
} from '../domain/write-back-match.ts';
import { judgeBack, judgeStatus, type Permission } from '../domain/write-back-permission.ts';
import type { BodyOf, StoreShipment, WriteBackBody, WritingRules } from '../domain/write-back-types.ts';
import { withCommentsOf } from '../domain/write-back-body.ts';
import { isAsWeLeftIt } from '../domain/write-back-void.ts';
import type { StoreNow } from './store-view.ts';

export type Judgement =
  /**
   * `adopt`: an existing shipment of the store gets the tracking instead of a new one being made. `body`: what is sent
   * instead of the row's, where the store's own text has to be kept.
   */
  | { go: 'call'; adopt: StoreShipment | null; body?: WriteBackBody }
  /** The store has it already; no call. */
  | { go: 'confirm'; shipmentId: number | null; why: string }
  /** No longer due. */
  | { go: 'supersede'; why: string }
  /** Stands against a person's decision: waits for `approve`. */
  | { go: 'ask'; why: string }
  /** The store differs from what the plan was made of: it is planned anew from what was read. */
  | { go: 'replan'; why: string };

/** Judges one step by what was just read. */
export function judgeStep(at: WriteBackAtHand, now: StoreNow, rules: WritingRules): Judgement {
  const { body } = at.row;
  switch (body.kind) {
    case 'set_status':
      return judgeTarget(at, body, now, rules);
    case 'create_shipment':
      return judgeCreate(at, body, now, rules);
    case 'update_shipment':
      return judgeUpdate(at, body, now);
    case 'delete_shipment':
      return judgeDelete(body, now);
    case 'mark_delivered':
      return judgeMark(body, now);
    case 'write_pickup':
      return judgePickup(body, now);
  }
}

function judgeTarget(
  at: WriteBackAtHand,
  body: BodyOf<'set_status'>,
  now: StoreNow,
  rules: WritingRules,
): Judgement {
  if (now.order.statusId === body.statusId) {
    return {
      go: 'confirm',
      shipmentId: null,
      why: `The store says ${storeStatusName(body.statusId)} already.`,
    };
  }
  const gone = goneSince(at, now);
  if (gone !== null) return { go: 'replan', why: `shipment ${String(gone)} is not in the store any more` };
  const { explainedStatuses, row } = at;
  const context = { rules, store: now.read.view, explainedStatuses };
  const permission =
    body.purpose === undefined
      ? judgeStatus(context, body.statusId, row.kind)
      : judgeBack(context, body.statusId, body.purpose);
  return notAllowed(at, now, permission) ?? { go: 'call', adopt: null };
}

/** A shipment that the plan counted and the store has no more: Shipped may not be true without it. */
function goneSince({ order }: WriteBackAtHand, { read }: StoreNow): number | null {
  const there = read.view.shipments?.map((one) => one.shipmentId) ?? null;
  if (there === null) return null;
  const known = storeAsKnown(order).shipments ?? [];
  return known.find((one) => !there.includes(one.shipmentId))?.shipmentId ?? null;
}

/** What the status in the store says against the step, by the plan's own rule; null: nothing. */
function notAllowed({ row }: WriteBackAtHand, now: StoreNow, permission: Permission): Judgement | null {
  if (permission.verdict === 'skip') return { go: 'supersede', why: permission.detail };
  if (permission.verdict === 'go' || row.approved) return null;
  return { go: 'ask', why: `A person set ${storeStatusName(now.order.statusId)} in the store.` };
}

function judgeCreate(
  at: WriteBackAtHand,
  body: BodyOf<'create_shipment'>,
  now: StoreNow,
  rules: WritingRules,
): Judgement {
  const { order, read } = now;
  const found = matchShipment(body, read.view.shipments ?? [], at.claimedShipmentIds);
  if (found !== null) {
    return adoptionNeedsTracking(body, found)
      ? { go: 'call', adopt: found }
      : {
          go: 'confirm',
          shipmentId: found.shipmentId,
          why: `shipment ${String(found.shipmentId)} of the store is this parcel`,
        };
  }
  // A new shipment moves the order to Shipped by itself (capabilities F-3).
  const { explainedStatuses } = at;
  const context = { rules, store: now.read.view, explainedStatuses };
  const refusal = notAllowed(at, now, judgeStatus(context, STORE_STATUS.shipped, 'create_shipment'));
  if (refusal !== null) return refusal;
  const known = storeAsKnown(at.order);
  const shippedBefore = new Map(known.shipped.map((line) => [line.orderProductId, line.quantity]));
  for (const item of body.items) {
    const line = order.lineItems.find((candidate) => candidate.orderProductId === item.orderProductId);
    const shipped = line?.quantityShipped ?? 0;
    const free = line === undefined ? 0 : line.quantity - line.quantityShipped - line.quantityRefunded;
    // Only what the plan did not know is a reason to plan anew; otherwise the store's own refusal is the answer.
    if (free < item.quantity && shipped > (shippedBefore.get(item.orderProductId) ?? 0)) {
      return { go: 'replan', why: `somebody shipped units of line ${String(item.orderProductId)}` };
    }
  }
  return { go: 'call', adopt: null };
}

function judgeUpdate(at: WriteBackAtHand, body: BodyOf<'update_shipment'>, { read }: StoreNow): Judgement {
  const shipment = read.view.shipments?.find((candidate) => candidate.shipmentId === body.shipmentId);
  if (shipment === undefined) {
    const known =
      storeAsKnown(at.order).shipments?.some((candidate) => candidate.shipmentId === body.shipmentId) ?? true;
    return known
      ? { go: 'replan', why: `shipment ${String(body.shipmentId)} is not in the store any more` }
      : { go: 'call', adopt: null };
  }
  const other = withNumber(read.view.shipments ?? [], shipment, body.trackingNumber);
  if (other !== null) {
    const known = storeAsKnown(at.order).shipments ?? [];
    // Planned once by what is there now; after that the number is written where the plan wants it.
    if (!known.some((candidate) => candidate.shipmentId === other.shipmentId))
      return { go: 'replan', why: `shipment ${String(other.shipmentId)} bears this number already` };
  }
  const wanted = withCommentsOf(body, shipment.comments);
  // A person who wants it sent again sees more of the shopper's page than the API shows of a shipment.
  return tellsTracking(wanted, shipment) && body.resend !== true
    ? {
        go: 'confirm',
        shipmentId: body.shipmentId,
        why: `shipment ${String(body.shipmentId)} has this number already`,
      }
    : { go: 'call', adopt: null, body: wanted };
}

/** Another shipment of the same consignment that bears the number, or null. */
function withNumber(
  existing: readonly StoreShipment[],
  { shipmentId, orderAddressId }: StoreShipment,
  trackingNumber: string,
): StoreShipment | null {
  const others = existing.filter((one) => one.shipmentId !== shipmentId);
  return shipmentWithNumber(others, orderAddressId, trackingNumber);
}

function judgeDelete(body: BodyOf<'delete_shipment'>, { read }: StoreNow): Judgement {
  const { shipmentId } = body;
  const shipment = read.view.shipments?.find((candidate) => candidate.shipmentId === shipmentId);
  if (shipment === undefined)
    return { go: 'confirm', shipmentId, why: `shipment ${String(shipmentId)} is not in the store any more` };
  return isAsWeLeftIt(shipment.trackingNumber, body.trackingNumber)
    ? { go: 'call', adopt: null }
    : { go: 'supersede', why: `a person changed the number of shipment ${String(shipmentId)}` };
}

function judgeMark(body: BodyOf<'mark_delivered'>, { extras }: StoreNow): Judgement {
  return isMarked(body, extras)
    ? { go: 'confirm', shipmentId: null, why: 'the order bears the marker already' }
    : { go: 'call', adopt: null };
}

function judgePickup(body: BodyOf<'write_pickup'>, { extras }: StoreNow): Judgement {
  const found = matchPickup(body, extras.pickups);
  return found !== null && pickupSays(body, found)
    ? { go: 'confirm', shipmentId: null, why: `pickup ${String(found.pickupId)} says so already` }
    : { go: 'call', adopt: null };
}
