/**
 * Is a planned step still right, now that the store was read? Asked between reading and sending: the plan was made from
 * rows, and a person or another app may have been quicker. Pure.
 */
import type { StoreNow } from './store-view.ts';
import type { WriteBackAtHand } from '../db/write-backs.ts';
import { storeAsKnown } from '../db/known-facts.ts';
import {
  ALWAYS_PROTECTED_STATUSES,
  STORE_STATUS,
  storeStatusName,
  storeStatusRank,
} from '../domain/store-status.ts';
import {
  adoptionNeedsTracking,
  isExplained,
  matchShipment,
  personChanged,
} from '../domain/write-back-match.ts';
import { normalizeTrackingNumber } from '../domain/ids.ts';
import type { StoreShipment, WriteBackBody, WritingRules } from '../domain/write-back-types.ts';

export type Judgement =
  /** `adopt`: an existing shipment of the store gets the tracking instead of a new one being made. */
  | { go: 'call'; adopt: StoreShipment | null }
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
      return judgeStatus(at, body, now.order.statusId, rules);
    case 'create_shipment':
      return judgeCreate(at, body, now, rules);
    case 'update_shipment':
      return judgeUpdate(at, body, now);
  }
}

function judgeStatus(
  at: WriteBackAtHand,
  body: Extract<WriteBackBody, { kind: 'set_status' }>,
  statusNow: number,
  rules: WritingRules,
): Judgement {
  const target = body.statusId;
  const shown = storeStatusName(statusNow);
  if (statusNow === target)
    return { go: 'confirm', shipmentId: null, why: `the store shows ${shown} already` };
  if (isProtected(statusNow, rules) || statusNow === STORE_STATUS.partiallyRefunded) {
    return { go: 'supersede', why: `the store shows ${shown}, which is never overwritten` };
  }
  const backwards = (storeStatusRank(statusNow) ?? 0) >= (storeStatusRank(target) ?? 0);
  const byPerson = personChanged({
    statusId: statusNow,
    explained: at.explainedStatuses,
    target,
    protectedStatuses: rules.protectedStatuses,
  });
  if (byPerson && rules.respectManualChange && !at.row.approved) {
    if (rules.onConflict === 'ask' && !backwards)
      return { go: 'ask', why: `somebody set ${shown} in the store` };
    if (rules.onConflict === 'skip') return { go: 'supersede', why: `somebody set ${shown} in the store` };
  }
  if (backwards) return { go: 'supersede', why: `the store shows ${shown} and is never moved backwards` };
  return { go: 'call', adopt: null };
}

function judgeCreate(
  at: WriteBackAtHand,
  body: Extract<WriteBackBody, { kind: 'create_shipment' }>,
  { order, read }: StoreNow,
  rules: WritingRules,
): Judgement {
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
  if (isProtected(order.statusId, rules)) {
    // A new shipment would move the order to Shipped (capabilities F-3).
    return {
      go: 'supersede',
      why: `the store shows ${storeStatusName(order.statusId)}, which is never overwritten`,
    };
  }
  const known = storeAsKnown(at.order);
  if (order.statusId !== known.statusId && !isExplained(order.statusId, at.explainedStatuses)) {
    return { go: 'replan', why: `the store shows ${storeStatusName(order.statusId)} now` };
  }
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

function judgeUpdate(
  at: WriteBackAtHand,
  body: Extract<WriteBackBody, { kind: 'update_shipment' }>,
  { read }: StoreNow,
): Judgement {
  const shipment = read.view.shipments?.find((candidate) => candidate.shipmentId === body.shipmentId);
  if (shipment === undefined) {
    const known =
      storeAsKnown(at.order).shipments?.some((candidate) => candidate.shipmentId === body.shipmentId) ?? true;
    return known
      ? { go: 'replan', why: `shipment ${String(body.shipmentId)} is not in the store any more` }
      : { go: 'call', adopt: null };
  }
  return normalizeTrackingNumber(shipment.trackingNumber) === normalizeTrackingNumber(body.trackingNumber)
    ? {
        go: 'confirm',
        shipmentId: body.shipmentId,
        why: `shipment ${String(body.shipmentId)} has this number already`,
      }
    : { go: 'call', adopt: null };
}

function isProtected(statusId: number, rules: WritingRules): boolean {
  return ALWAYS_PROTECTED_STATUSES.includes(statusId) || rules.protectedStatuses.includes(statusId);
}
