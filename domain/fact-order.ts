/**
 * The one order in which facts are read, whatever the order of their arrival. It promises that any permutation and
 * any repetition of the same facts gives the same list.
 */
import { TRACKING_RANKS, type CarrierFact, type TrackingStatus } from './carrier-event.ts';
import { DAY_MS, instantMs } from './instants.ts';

/**
 * Places among facts of the same instant: labels first, then scans by rank, what ends a parcel last. `returned` stands
 * after `delivered`, so that only a strictly later return undoes a delivery.
 */
const RETURNED_PLACE = 110;
const SIDE_PLACE = 105;
const VOIDED_PLACE = 120;

function placeOfStatus(status: TrackingStatus): number {
  if (status === 'returned') return RETURNED_PLACE;
  return Object.hasOwn(TRACKING_RANKS, status)
    ? // Narrowed by the line above; TypeScript does not follow `hasOwn`.
      TRACKING_RANKS[status as keyof typeof TRACKING_RANKS]
    : SIDE_PLACE;
}

function placeOf(fact: CarrierFact): number {
  switch (fact.type) {
    case 'label.created':
      return 1;
    case 'label.replaced':
      return 2;
    case 'shipment.manifested':
    case 'pickup.ready':
      return TRACKING_RANKS.awaiting_collection;
    case 'shipment.external':
      return TRACKING_RANKS.picked_up;
    case 'pickup.collected':
      return TRACKING_RANKS.delivered;
    case 'label.voided':
      return VOIDED_PLACE;
    case 'tracking.updated':
      return fact.tracking === null ? SIDE_PLACE : placeOfStatus(fact.tracking.status);
  }
}

/** Facts by time of occurrence, then place, then event id; each event id once (the first to be received stays). */
export function inOrder(facts: readonly CarrierFact[]): CarrierFact[] {
  const once = new Map<string, CarrierFact>();
  for (const fact of facts) {
    const known = once.get(fact.eventId);
    if (known === undefined || compareCopies(fact, known) < 0) once.set(fact.eventId, fact);
  }
  const placed = [...once.values()].map((fact) => ({
    fact,
    at: instantMs(fact.occurredAt),
    place: placeOf(fact),
  }));
  return placeDays(placed)
    .sort((a, b) => a.at - b.at || a.place - b.place || compareText(a.fact.eventId, b.fact.eventId))
    .map(({ fact }) => fact);
}

interface Placed {
  fact: CarrierFact;
  at: number;
  place: number;
}

/**
 * A fact that is known to the day only must not be compared by its midnight with the clock times of that day
 * (carrier-events.md section 2): it follows the last of them that does not stand above it.
 */
function placeDays(placed: Placed[]): Placed[] {
  const isDay = (one: Placed): boolean => one.fact.sent?.precision === 'day';
  if (!placed.some(isDay)) return placed;
  const exact = placed.filter((one) => !isDay(one));
  return placed.map((one) => {
    if (!isDay(one)) return one;
    const earlier = exact.filter(
      (other) => other.at >= one.at && other.at < one.at + DAY_MS && other.place <= one.place,
    );
    return { ...one, at: earlier.reduce((at, other) => Math.max(at, other.at), one.at) };
  });
}

/** Two facts of one event id are copies; which one is kept must not depend on the order of arrival. */
function compareCopies(a: CarrierFact, b: CarrierFact): number {
  return compareText(a.receivedAt, b.receivedAt) || compareText(JSON.stringify(a), JSON.stringify(b));
}

export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
