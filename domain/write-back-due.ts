/**
 * When a parcel may become a shipment in the store (capabilities, K-20). It promises to hold back, never to
 * push: statuses, persons and quantities are judged elsewhere.
 */
import { TRACKING_RANKS } from './carrier-event.ts';
import type { Shipment } from './facts.ts';
import { rankOf } from './parcel-state.ts';
import { isPossessed, type Skip } from './write-back-permission.ts';
import type { ShipmentTrigger, WritingRules } from './write-back-types.ts';

/** Why a parcel is not due yet, or null. `boxes`: the further boxes of the same shipment. */
export function waitsFor(
  rules: WritingRules,
  lead: Shipment,
  boxes: readonly Shipment[],
): Pick<Skip, 'reason' | 'detail'> | null {
  if (!rules.trackingWrite)
    return { reason: 'tracking_write_off', detail: 'fulfillment.tracking.write is off.' };
  if (lead.returned)
    return { reason: 'parcel_returned', detail: 'The parcel came back before it was written.' };
  if (!isDue(rules, lead)) {
    return { reason: 'waiting_for_trigger', detail: `Waits for ${rules.trigger.join(' or ')}.` };
  }
  if (rules.requireNumber && lead.trackingNumber === null) {
    return {
      reason: 'no_tracking_number',
      detail: 'The parcel has no tracking number (fulfillment.tracking.require_number).',
    };
  }
  if (isDeferred(rules, [lead, ...boxes])) {
    return {
      reason: 'deferred',
      detail: 'Creating the shipment would set Shipped before a rule under fulfillment.status allows it.',
    };
  }
  return null;
}

/** Whether one of the channel's triggers happened to the parcel (`fulfillment.trigger`). */
export function isDue(rules: WritingRules, parcel: Shipment): boolean {
  return rules.trigger.some((trigger) => isTriggered(rules, trigger, parcel));
}

function isTriggered(rules: WritingRules, trigger: ShipmentTrigger, lead: Shipment): boolean {
  const { milestones } = lead;
  switch (trigger) {
    case 'label.created':
      // A scan may overtake its label, or come alone: a parcel that the carrier knows has one. Otherwise the order in
      // which the two arrive would decide whether the store ever gets the shipment (decision 0004).
      return milestones.label !== null || rankOf(lead.position) >= TRACKING_RANKS.trackable;
    case 'shipment.manifested':
      return milestones.manifested !== null;
    case 'shipment.external':
      return milestones.external !== null;
    case 'tracking.trackable':
      return milestones.trackable !== null;
    case 'tracking.possession':
      return isPossessed(rules, lead);
  }
}

/** Whether creating the shipment is held because the store would set Shipped with it: asked of its own units only. */
function isDeferred(rules: WritingRules, parcels: readonly Shipment[]): boolean {
  if (rules.statusSideEffect === 'accept' || rules.statusSideEffect === 'restore') return false;
  const anyRule = rules.shippedOnTrackable || rules.shippedOnPossession;
  if (rules.statusSideEffect === 'auto' && !anyRule) return false;
  return !mayShowShipped(rules, parcels);
}

/** Whether some rule under `fulfillment.status` already allows these parcels to be shown as shipped. */
export function mayShowShipped(rules: WritingRules, parcels: readonly Shipment[]): boolean {
  if (rules.shippedOnWriteback) return true;
  if (rules.shippedOnTrackable && parcels.every((one) => one.milestones.trackable !== null)) return true;
  if (rules.shippedOnPossession && parcels.every((one) => isPossessed(rules, one))) return true;
  const delivered = parcels.every((one) => rankOf(one.position) >= TRACKING_RANKS.delivered);
  return rules.onDelivered && delivered;
}
