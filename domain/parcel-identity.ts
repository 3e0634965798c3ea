/**
 * Which fact speaks of which parcel. It promises one parcel per tracking number and its replacements, and never to
 * guess between several; what it cannot place is returned as such. It must not judge how far a parcel is.
 */
import type { CarrierFact } from './carrier-event.ts';
import { normalizeTrackingNumber } from './ids.ts';
import { DAY_MS, instantMs } from './instants.ts';

/**
 * Carriers recycle numbers (carrier-events.md section 1, rule 5). An event this much older than the label of its
 * number belongs to somebody else's parcel; a week leaves room for labels that are reported late.
 */
export const RECYCLED_AFTER_MS = 7 * DAY_MS;

export interface ParcelFacts {
  key: string;
  /** In the order of `inOrder`. */
  facts: CarrierFact[];
  /** Events refused because the number was somebody else's then. */
  recycled: number;
}

export interface Identified {
  parcels: ParcelFacts[];
  /** Facts of store pickup; they have no numbers and no labels. */
  pickups: CarrierFact[];
  unplaced: CarrierFact[];
}

/** The number a fact speaks of, normalized; null when it gives none. */
export function numberOf(fact: CarrierFact): string | null {
  return normalized(fact.shipment.trackingNumber);
}

function normalized(text: string | null): string | null {
  if (text === null) return null;
  const number = normalizeTrackingNumber(text);
  return number === '' ? null : number;
}

function opensParcel(fact: CarrierFact): boolean {
  return fact.type === 'label.created' || fact.type === 'label.replaced' || fact.type === 'shipment.external';
}

interface OpenParcel extends ParcelFacts {
  beganMs: number;
  voided: boolean;
  /** Numbers whose label is no longer the parcel's: voiding them voids nothing. */
  replaced: Set<string>;
}

/** Sorts facts, which come in the order of `inOrder`, into parcels. Pure; may be repeated. */
export function identifyParcels(facts: readonly CarrierFact[]): Identified {
  const rootOf = joinNumbers(facts);
  const labels = labelTimes(facts);
  const parcels = new Map<string, OpenParcel>();
  const pickups: CarrierFact[] = [];
  const unplaced: CarrierFact[] = [];
  const waiting: CarrierFact[] = [];

  const put = (key: string, fact: CarrierFact) => {
    const parcel = parcels.get(key) ?? newParcel(key, fact);
    parcels.set(key, parcel);
    parcel.facts.push(fact);
    if (opensParcel(fact)) parcel.voided = false;
    const replaces = normalized(fact.shipment.replaces);
    if (fact.type === 'label.replaced' && replaces !== null) parcel.replaced.add(replaces);
    if (fact.type === 'label.voided' && !parcel.replaced.has(numberOf(fact) ?? '')) parcel.voided = true;
  };

  const recycled = new Map<string, number>();
  for (const fact of facts) {
    if (fact.type === 'pickup.ready' || fact.type === 'pickup.collected') {
      pickups.push(fact);
      continue;
    }
    const number =
      numberOf(fact) ?? (fact.type === 'label.replaced' ? normalized(fact.shipment.replaces) : null);
    if (number !== null) {
      const key = rootOf(number);
      const labelMs = labels.get(number);
      if (
        !opensParcel(fact) &&
        labelMs !== undefined &&
        instantMs(fact.occurredAt) < labelMs - RECYCLED_AFTER_MS
      ) {
        recycled.set(key, (recycled.get(key) ?? 0) + 1);
      } else {
        put(key, fact);
      }
    } else if (opensParcel(fact)) {
      put(`event:${fact.eventId}`, fact);
    } else {
      // At the time it happened: only one parcel that was there and not voided can be meant.
      const open = [...parcels.values()].filter((parcel) => !parcel.voided);
      const [only] = open;
      if (only === undefined) waiting.push(fact);
      else if (open.length === 1) put(only.key, fact);
      else unplaced.push(fact);
    }
  }

  placeEarlyFacts(waiting, parcels, put, unplaced);
  for (const [key, count] of recycled) {
    const parcel = parcels.get(key);
    if (parcel !== undefined) parcel.recycled = count;
  }
  const order = new Map(facts.map((fact, index) => [fact.eventId, index]));
  return {
    parcels: [...parcels.values()].map(({ key, facts: own, recycled: count }) => ({
      key,
      facts: own.sort((a, b) => (order.get(a.eventId) ?? 0) - (order.get(b.eventId) ?? 0)),
      recycled: count,
    })),
    pickups,
    unplaced,
  };
}

function newParcel(key: string, first: CarrierFact): OpenParcel {
  return {
    key,
    facts: [],
    recycled: 0,
    beganMs: instantMs(first.occurredAt),
    voided: false,
    replaced: new Set(),
  };
}

/**
 * Facts without a number from before any parcel was there: the sender's clocks differ, so they belong to the one that
 * came within a week; and where no parcel ever came, together they are one without a number.
 */
function placeEarlyFacts(
  waiting: readonly CarrierFact[],
  parcels: ReadonlyMap<string, OpenParcel>,
  put: (key: string, fact: CarrierFact) => void,
  unplaced: CarrierFact[],
): void {
  const later = [...parcels.values()].filter((parcel) => !parcel.voided);
  let implicitKey: string | null = null;
  for (const fact of waiting) {
    const at = instantMs(fact.occurredAt);
    const near = later.filter((parcel) => parcel.beganMs >= at && parcel.beganMs - at <= RECYCLED_AFTER_MS);
    const [only] = near;
    if (near.length > 1) unplaced.push(fact);
    else if (only !== undefined) put(only.key, fact);
    else if (fact.type === 'label.voided' && implicitKey === null) unplaced.push(fact);
    else {
      implicitKey ??= `event:${fact.eventId}`;
      put(implicitKey, fact);
    }
  }
}

/** Joins the numbers that `label.replaced` names; answers the first number of the chain for any of them. */
function joinNumbers(facts: readonly CarrierFact[]): (number: string) => string {
  const parents = new Map<string, string>();
  const rootOf = (number: string): string => {
    let at = number;
    for (let parent = parents.get(at); parent !== undefined; parent = parents.get(at)) at = parent;
    return at;
  };
  for (const fact of facts) {
    const replaces = normalized(fact.shipment.replaces);
    const number = numberOf(fact);
    if (fact.type !== 'label.replaced' || replaces === null || number === null) continue;
    const older = rootOf(replaces);
    const newer = rootOf(number);
    if (older === newer) continue;
    // A number that already took another's place keeps its root: the parcel that was known first stays the parcel.
    if (parents.has(number)) parents.set(older, newer);
    else parents.set(newer, older);
  }
  return rootOf;
}

/** When the label of each number was first reported. */
function labelTimes(facts: readonly CarrierFact[]): Map<string, number> {
  const times = new Map<string, number>();
  for (const fact of facts) {
    const number = numberOf(fact);
    if (number === null || !opensParcel(fact)) continue;
    const at = instantMs(fact.occurredAt);
    times.set(number, Math.min(at, times.get(number) ?? at));
  }
  return times;
}
