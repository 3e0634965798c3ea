/**
 * What is true of one parcel, folded from its facts in the order of `inOrder`. It promises that a late scan undoes
 * nothing, that only a later return undoes a delivery, and that only a new label leaves a return. It must not know
 * the order's lines.
 */
import {
  TRACKING_RANKS,
  type CarrierFact,
  type LineQuantity,
  type RankedTrackingStatus,
  type SideTrackingStatus,
} from './carrier-event.ts';
import type { Shipment } from './facts.ts';
import { normalizeTrackingNumber } from './ids.ts';
import { instantMs } from './instants.ts';
import { numberOf, type ParcelFacts } from './parcel-identity.ts';

/** Reason of a delivery that an unsigned sender reported (carrier-events.md section 4). */
export const UNPROVEN_DELIVERY = 'unproven_delivery';

export interface ParcelState extends Omit<Shipment, 'holds' | 'sharesWith'> {
  beganMs: number;
  deliveredMs: number | null;
  /** It was returned once and then labelled anew: the reason why its order may go back. */
  leftReturn: boolean;
}

export function emptyMilestones(): Shipment['milestones'] {
  return {
    label: null,
    manifested: null,
    external: null,
    trackable: null,
    possession: null,
    delivered: null,
    voided: null,
    replaced: null,
  };
}

export function rankOf(position: RankedTrackingStatus | null): number {
  return position === null ? 0 : TRACKING_RANKS[position];
}

function isRanked(status: string): status is RankedTrackingStatus {
  return Object.hasOwn(TRACKING_RANKS, status);
}

/** Working state of the fold; `replaced` are numbers whose label is no longer the parcel's. */
interface Fold {
  parcel: ParcelState;
  replaced: Set<string>;
  /** Numbers of a parcel that came back: whatever they still report is the way back. */
  retired: Set<string>;
  labelLines: LineQuantity[] | null;
  otherLines: LineQuantity[] | null;
  hasLabelUrl: boolean;
}

/**
 * Folds one parcel. Facts received up to `hiddenUntil` (an operator's override, our clock) do not count for position,
 * side status and the milestones that tracking sets; labels, voids and lines stand.
 */
export function foldParcel(identified: ParcelFacts, hiddenUntil: string | null): ParcelState {
  const { key, facts, recycled } = identified;
  const beganMs = facts[0] === undefined ? 0 : instantMs(facts[0].occurredAt);
  const fold: Fold = {
    parcel: {
      key,
      trackingNumber: null,
      numbers: key.startsWith('event:') ? [] : [key],
      carrier: null,
      service: null,
      trackingUrl: null,
      lines: null,
      position: null,
      side: null,
      reason: null,
      returned: false,
      returning: false,
      voided: false,
      replacements: 0,
      restores: 0,
      milestones: emptyMilestones(),
      kind: 'parcel',
      recycledEvents: recycled,
      lastEventAt: facts.at(-1)?.occurredAt ?? '',
      beganMs,
      deliveredMs: null,
      leftReturn: false,
    },
    replaced: new Set(),
    retired: new Set(),
    labelLines: null,
    otherLines: null,
    hasLabelUrl: false,
  };
  for (const fact of facts) {
    const counts = hiddenUntil === null || fact.receivedAt > hiddenUntil;
    applyFact(fold, fact, counts);
  }
  fold.parcel.lines = fold.labelLines ?? fold.otherLines;
  return fold.parcel;
}

function applyFact(fold: Fold, fact: CarrierFact, counts: boolean): void {
  const { parcel } = fold;
  const { milestones } = parcel;
  const at = fact.occurredAt;
  switch (fact.type) {
    case 'label.created':
    case 'label.replaced':
    case 'shipment.external':
      applyLabel(fold, fact);
      if (counts) raise(fold, fact.type === 'shipment.external' ? 'picked_up' : 'label_created', at);
      break;
    case 'label.voided': {
      const number = numberOf(fact);
      // Voiding the label that was replaced is the usual end of a replacement and says nothing about the parcel.
      if (number !== null && fold.replaced.has(number)) break;
      parcel.voided = true;
      milestones.voided ??= at;
      break;
    }
    case 'shipment.manifested':
      noteShipment(fold, fact);
      milestones.manifested ??= at;
      if (counts) raise(fold, 'awaiting_collection', at);
      break;
    case 'tracking.updated':
      noteShipment(fold, fact);
      if (counts) applyTracking(fold, fact);
      break;
    case 'pickup.ready':
    case 'pickup.collected':
      // Never part of a parcel: `identifyParcels` keeps them apart.
      break;
  }
}

function applyLabel(fold: Fold, fact: CarrierFact): void {
  const { parcel } = fold;
  const { milestones } = parcel;
  const at = fact.occurredAt;
  const number = numberOf(fact);
  if (fact.type === 'label.replaced') replaceLabel(fold, fact, number);
  else if (parcel.voided && (number === null || !fold.replaced.has(number))) {
    parcel.voided = false;
    parcel.restores += 1;
  }
  if (fact.type === 'shipment.external') milestones.external ??= at;
  else milestones.label ??= at;
  if (number !== null && fold.replaced.has(number)) return;
  parcel.carrier = fact.shipment.carrier ?? parcel.carrier;
  parcel.service = fact.shipment.service ?? parcel.service;
  if (fact.shipment.trackingUrl !== null) {
    parcel.trackingUrl = fact.shipment.trackingUrl;
    fold.hasLabelUrl = true;
  }
  if (number !== null) parcel.trackingNumber = fact.shipment.trackingNumber;
  fold.labelLines = fact.lines ?? fold.labelLines;
}

function replaceLabel(fold: Fold, fact: CarrierFact, number: string | null): void {
  const { parcel } = fold;
  parcel.voided = false;
  parcel.milestones.replaced ??= fact.occurredAt;
  const current = parcel.numbers.at(-1) ?? null;
  if (number === null || number === current) return;
  parcel.replacements += 1;
  for (const old of parcel.numbers) fold.replaced.add(old);
  const replaces = fact.shipment.replaces === null ? '' : normalizeTrackingNumber(fact.shipment.replaces);
  if (replaces !== '' && !parcel.numbers.includes(replaces)) {
    parcel.numbers.push(replaces);
    fold.replaced.add(replaces);
  }
  fold.replaced.delete(number);
  parcel.numbers = [...parcel.numbers.filter((known) => known !== number), number];
  // The old link leads to the old number.
  parcel.trackingUrl = null;
  fold.hasLabelUrl = false;
  if (parcel.returned || parcel.returning) {
    // The goods go out once more: what the old label still reports is its way back.
    for (const old of fold.replaced) fold.retired.add(old);
    parcel.leftReturn = parcel.leftReturn || parcel.returned;
    parcel.returned = false;
    parcel.returning = false;
    parcel.position = null;
    parcel.deliveredMs = null;
    parcel.side = null;
    parcel.reason = null;
  }
}

/** Fills in what no label said; scans name carrier and number again and again, and the first word stays. */
function noteShipment(fold: Fold, fact: CarrierFact): void {
  const { parcel } = fold;
  const number = numberOf(fact);
  if (number !== null && fold.replaced.has(number)) return;
  if (number !== null) {
    parcel.trackingNumber ??= fact.shipment.trackingNumber;
    if (!parcel.numbers.includes(number)) parcel.numbers.unshift(number);
  }
  parcel.carrier ??= fact.shipment.carrier;
  parcel.service ??= fact.shipment.service;
  if (!fold.hasLabelUrl) parcel.trackingUrl ??= fact.shipment.trackingUrl;
  fold.otherLines ??= fact.lines;
}

function applyTracking(fold: Fold, fact: CarrierFact): void {
  const { parcel } = fold;
  const { tracking } = fact;
  if (tracking === null) return;
  const number = numberOf(fact);
  if (number !== null && fold.retired.has(number)) return;
  if (isRanked(tracking.status)) {
    // Once it is back, a later `delivered` is the delivery to the sender (design section 5).
    if (parcel.returned) return;
    if (tracking.status === 'delivered' && tracking.unproven === true) doubtDelivery(parcel);
    else raise(fold, tracking.status, fact.occurredAt, tracking.reason);
    return;
  }
  // Troubles of a label that was replaced are not the parcel's.
  if (number !== null && fold.replaced.has(number)) return;
  if (tracking.status === 'returned') {
    // Nobody vouches for an unproven word, so it may ask for a look but ends nothing.
    applyReturn(parcel, fact, tracking.returning || tracking.unproven === true, tracking.reason);
    return;
  }
  if (parcel.returned) return;
  // Only our own `label.voided` takes a parcel away; a provider's "cancelled" is a trouble to look at.
  const cancelled = tracking.status === 'cancelled';
  const side: SideTrackingStatus = cancelled ? 'exception' : tracking.status;
  parcel.side = side;
  parcel.reason = tracking.reason ?? (cancelled ? 'cancelled_label' : null);
}

/** The end of a parcel that nobody vouches for: a person is asked, and the parcel stays where it was. */
function doubtDelivery(parcel: ParcelState): void {
  if (parcel.deliveredMs !== null || parcel.returning) return;
  parcel.side = 'exception';
  parcel.reason = UNPROVEN_DELIVERY;
}

function applyReturn(
  parcel: ParcelState,
  fact: CarrierFact,
  returning: boolean,
  reason: string | null,
): void {
  const at = instantMs(fact.occurredAt);
  if (parcel.deliveredMs !== null && at <= parcel.deliveredMs) return;
  if (parcel.returned) return;
  parcel.returned = !returning;
  parcel.returning = returning;
  parcel.side = 'returned';
  parcel.reason = reason;
}

/** Applies a ranked word: position rises or stays, milestones keep their first time, a side status is over. */
function raise(fold: Fold, status: RankedTrackingStatus, at: string, reason: string | null = null): void {
  const { parcel } = fold;
  const { milestones } = parcel;
  const rank = TRACKING_RANKS[status];
  // Of two words of one rank the later one holds: a failed attempt, then out for delivery once more.
  if (rank >= rankOf(parcel.position)) parcel.position = status;
  if (!parcel.returned && !parcel.returning) {
    parcel.side = null;
    parcel.reason = reason;
  }
  milestones.label ??= status === 'label_created' ? at : null;
  if (rank >= TRACKING_RANKS.trackable) milestones.trackable ??= at;
  // "Delayed" before any scan proves no possession (capabilities Q-31).
  const proves = rank >= TRACKING_RANKS.picked_up && !(status === 'in_transit' && reason === 'delayed');
  if (proves) milestones.possession ??= at;
  if (status === 'delivered') {
    milestones.delivered ??= at;
    parcel.deliveredMs ??= instantMs(at);
  }
}
