/**
 * What upstream's facts say about an order's parcels: a fold over all of them. It promises the same answer for any
 * order of arrival and any repetition; it must not look at the store's status nor at what was decided before.
 */
import type { CarrierFact, LineQuantity } from './carrier-event.ts';
import { inOrder } from './fact-order.ts';
import type { Shipment, StageOverride } from './facts.ts';
import type { Order } from './order.ts';
import { shareOut } from './parcel-holding.ts';
import { identifyParcels } from './parcel-identity.ts';
import { foldParcel } from './parcel-state.ts';

export interface Understanding {
  shipments: Shipment[];
  /** Facts that could mean several parcels: kept, shown, not applied. */
  unplaced: CarrierFact[];
  /** Units that parcels claim beyond what the order can take. */
  overShipped: LineQuantity[];
  /** Some parcel came back and was labelled anew: the order may leave `returned`. */
  leftReturn: boolean;
}

/**
 * Folds all stored facts of an order into its parcels (design section 5). The last override hides what was received
 * before it. Pure and total; may be repeated.
 */
export function understandShipments(
  order: Order,
  events: readonly CarrierFact[],
  overrides: readonly StageOverride[],
): Understanding {
  // Every order that is imported begins so, and an import decides thousands of them.
  if (events.length === 0) return { shipments: [], unplaced: [], overShipped: [], leftReturn: false };
  const identified = identifyParcels(inOrder(events));
  const hiddenUntil = lastOverride(overrides)?.at ?? null;
  const parcels = identified.parcels.map((parcel) => foldParcel(parcel, hiddenUntil));
  const pickups = identified.pickups.filter((fact) => hiddenUntil === null || fact.receivedAt > hiddenUntil);
  const { shipments, overShipped } = shareOut(order, parcels, pickups);
  return {
    shipments,
    unplaced: identified.unplaced,
    overShipped,
    leftReturn: parcels.some((parcel) => parcel.leftReturn),
  };
}

/** The override that holds: the latest by our clock; of two at one instant the later in the list. */
export function lastOverride(overrides: readonly StageOverride[]): StageOverride | null {
  return overrides.reduce<StageOverride | null>(
    (last, one) => (last === null || one.at >= last.at ? one : last),
    null,
  );
}
