/**
 * Is a planned step still right, now that the store was read? Asked between reading and sending: the plan was made from
 * rows, and a person or another app may have been quicker. Pure.
 */
import { storeAsKnown } from '../db/known-facts.ts';
import type { WriteBackAtHand } from '../db/write-backs.ts';
import { STORE_STATUS, storeStatusName } from '../domain/store-status.ts';
import { adoptionNeedsTracking, matchShipment } from '../domain/write-back-match.ts';
import { judgeStatus } from '../domain/write-back-permission.ts';
import type { StoreShipment, WriteBackBody, WritingRules } from '../domain/write-back-types.ts';
import type { StoreNow } from './store-view.ts';

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
      return judgeTarget(at, body, now, rules);
    case 'create_shipment':
      return judgeCreate(at, body, now, rules);
    case 'update_shipment':
      return judgeUpdate(at, body, now);
  }
}

function judgeTarget(
  at: WriteBackAtHand,
  body: Extract<WriteBackBody, { kind: 'set_status' }>,
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
  return notAllowed(at, now, rules, body.statusId) ?? { go: 'call', adopt: null };
}

/** What the status in the store says against the step, by the plan's own rule; null: nothing. */
function notAllowed(
  at: WriteBackAtHand,
  now: StoreNow,
  rules: WritingRules,
  target: number,
): Judgement | null {
  const { explainedStatuses, row } = at;
  const permission = judgeStatus({ rules, store: now.read.view, explainedStatuses }, target, row.kind);
  if (permission.verdict === 'skip') return { go: 'supersede', why: permission.detail };
  if (permission.verdict === 'go' || row.approved) return null;
  return { go: 'ask', why: `A person set ${storeStatusName(now.order.statusId)} in the store.` };
}

function judgeCreate(
  at: WriteBackAtHand,
  body: Extract<WriteBackBody, { kind: 'create_shipment' }>,
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
  const refusal = notAllowed(at, now, rules, STORE_STATUS.shipped);
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
  return shipment.trackingNumber.trim() === body.trackingNumber.trim()
    ? {
        go: 'confirm',
        shipmentId: body.shipmentId,
        why: `shipment ${String(body.shipmentId)} has this number already`,
      }
    : { go: 'call', adopt: null };
}
