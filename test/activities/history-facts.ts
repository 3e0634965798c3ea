// A told fact of a random history in the words of the product's ingress.
import type { CarrierFact, TrackingStatus } from '../../domain/carrier-event.ts';
import type { Told } from '../model/parcel-model.ts';
import type { Units } from '../model/units.ts';

export interface Place {
  orderId: number;
  lineIds: readonly number[];
  parcels: readonly Units[];
  /** Facts name no lines. */
  unnamed: boolean;
  /** When the first of the facts can have happened, unix ms. */
  beganMs: number;
  /** Parcels whose new number was told already: the carrier's scans bear it from then on. */
  replaced: Set<number>;
}

/** A number of the history's own words, made unlike those of all other orders. */
export function numberOf(orderId: number, word: string): string {
  return `${word}X${String(orderId)}`;
}

/** More than the week after which a number is somebody else's. */
const LONG_BEFORE_MS = 9 * 24 * 60 * 60 * 1_000;

const TYPES: Partial<Record<Told['fact']['kind'], CarrierFact['type']>> = {
  label: 'label.created',
  replace: 'label.replaced',
  void: 'label.voided',
  manifest: 'shipment.manifested',
  external: 'shipment.external',
  ready: 'pickup.ready',
  collected: 'pickup.collected',
};

/** Units as the store's lines. */
export function linesOf(
  lineIds: readonly number[],
  units: Units,
): { orderProductId: number; quantity: number }[] {
  return lineIds
    .map((orderProductId, line) => ({ orderProductId, quantity: units[line] ?? 0 }))
    .filter((line) => line.quantity > 0);
}

/** Happened at its place, whenever it arrives; the same fact has the same id. */
export function carrierFactOf(place: Place, told: Told, now: string): CarrierFact {
  const { parcel, at, fact, byNumber, newLabel, recycled } = told;
  const { orderId } = place;
  const type = TYPES[fact.kind] ?? 'tracking.updated';
  const first = numberOf(orderId, `P${String(parcel)}`);
  const counter = parcel < 0;
  const replaced = fact.kind === 'replace' ? numberOf(orderId, fact.number) : null;
  const newer =
    newLabel === true || (place.replaced.has(parcel) && type === 'tracking.updated' && recycled !== true)
      ? numberOf(orderId, `R${String(parcel)}`)
      : null;
  if (replaced !== null) place.replaced.add(parcel);
  const lines = linesOf(place.lineIds, place.parcels[parcel] ?? []);
  return {
    eventId: `${String(orderId)}-${String(parcel)}-${String(at)}${recycled === true ? '-old' : ''}`,
    type,
    occurredAt: new Date(
      place.beganMs + (at * 4 + parcel) * 1000 - (recycled === true ? LONG_BEFORE_MS : 0),
    ).toISOString(),
    receivedAt: now,
    lines: counter || place.unnamed || byNumber ? null : lines,
    shipment: {
      trackingNumber: counter ? null : (replaced ?? newer ?? first),
      replaces: replaced === null ? null : first,
      carrier: counter ? null : 'ups',
      service: null,
      trackingUrl: null,
    },
    tracking:
      type === 'tracking.updated'
        ? {
            status: statusOf(fact.kind),
            returning: fact.kind === 'returning',
            ...{ reason: null, provider: null, providerStatus: null, signedBy: null, cod: null },
          }
        : null,
    location: null,
  };
}

function statusOf(kind: Told['fact']['kind']): TrackingStatus {
  // Every other kind of these is an event type of its own, and is not asked about.
  return kind === 'returning' ? 'returned' : (kind as TrackingStatus);
}
