/**
 * Which units each parcel holds. It promises that no needed unit is held by two parcels, except by several boxes of
 * one shipment; and that claims beyond what is needed are cut and reported. It must not judge how far a parcel is.
 */
import { TRACKING_RANKS, type CarrierFact, type LineQuantity } from './carrier-event.ts';
import type { Shipment } from './facts.ts';
import { compareText } from './fact-order.ts';
import { neededQuantity, physicalLines, type LineItem, type Order } from './order.ts';
import { emptyMilestones, rankOf, type ParcelState } from './parcel-state.ts';

export interface Holding {
  shipments: Shipment[];
  /** Units that parcels claim beyond what the order can still take. */
  overShipped: LineQuantity[];
}

/** Units per line that are not given to a parcel yet. */
class Remaining {
  readonly needed: Map<number, number>;
  /** Counts refunded units too: goods that left before their refund are not an over-shipment. */
  readonly ordered: Map<number, number>;

  constructor(lines: readonly LineItem[]) {
    this.needed = new Map(lines.map((line) => [line.orderProductId, neededQuantity(line)]));
    this.ordered = new Map(lines.map((line) => [line.orderProductId, line.quantity]));
  }

  /** Takes up to `quantity` units of a line; answers how many are needed, and how many go beyond the order. */
  take(orderProductId: number, quantity: number, alreadyGone: boolean): { taken: number; beyond: number } {
    const needed = this.needed.get(orderProductId) ?? 0;
    const ordered = this.ordered.get(orderProductId) ?? 0;
    const taken = Math.min(quantity, needed);
    this.needed.set(orderProductId, needed - taken);
    this.ordered.set(orderProductId, Math.max(0, ordered - quantity));
    return { taken, beyond: Math.max(0, quantity - (alreadyGone ? ordered : needed)) };
  }

  left(lines: readonly LineItem[]): LineQuantity[] {
    return lines
      .map((line) => ({
        orderProductId: line.orderProductId,
        quantity: this.needed.get(line.orderProductId) ?? 0,
      }))
      .filter((line) => line.quantity > 0);
  }
}

/** One entry per line, in the order of their ids. */
export function mergeLines(lines: readonly LineQuantity[]): LineQuantity[] {
  const sums = new Map<number, number>();
  for (const line of lines)
    sums.set(line.orderProductId, (sums.get(line.orderProductId) ?? 0) + line.quantity);
  return [...sums]
    .map(([orderProductId, quantity]) => ({ orderProductId, quantity }))
    .filter((line) => line.quantity > 0)
    .sort((a, b) => a.orderProductId - b.orderProductId);
}

/**
 * Gives each parcel its units: parcels that name lines first (those that came back last, so that a refund takes their
 * units away first), then pickup, then parcels without lines share what is left. Parcels come in any order.
 */
export function shareOut(
  order: Order,
  parcels: readonly ParcelState[],
  pickups: readonly CarrierFact[],
): Holding {
  const physical = physicalLines(order);
  const remaining = new Remaining(physical);
  const sorted = [...parcels].sort((a, b) => a.beganMs - b.beganMs || compareText(a.key, b.key));
  const holds = new Map<string, LineQuantity[]>();
  const sharesWith = new Map<string, string>();
  const overShipped: LineQuantity[] = [];

  const naming = sorted.filter((parcel) => parcel.lines !== null && !parcel.voided);
  // A label without a number that no carrier knows is handed over at the counter: what was collected was its units.
  const atCounter = (parcel: ParcelState): boolean =>
    pickups.length > 0 &&
    parcel.trackingNumber === null &&
    rankOf(parcel.position) < TRACKING_RANKS.trackable;
  const fill = (parcel: ParcelState): void => {
    const gone = parcel.returned || rankOf(parcel.position) >= TRACKING_RANKS.picked_up;
    const own: LineQuantity[] = [];
    for (const line of mergeLines(parcel.lines ?? [])) {
      const { taken, beyond } = remaining.take(line.orderProductId, line.quantity, gone);
      if (taken > 0) own.push({ orderProductId: line.orderProductId, quantity: taken });
      if (beyond > 0 && !atCounter(parcel))
        overShipped.push({ orderProductId: line.orderProductId, quantity: beyond });
    }
    holds.set(parcel.key, own);
  };
  for (const parcel of naming.filter((one) => !one.returned && !atCounter(one))) fill(parcel);
  for (const parcel of naming.filter((one) => one.returned)) fill(parcel);

  const forPickup = physical.filter((line) => line.pickupId !== null);
  const toShip = physical.filter((line) => line.pickupId === null);
  const pickupShipments = sharePickup(remaining, forPickup.length > 0 ? forPickup : physical, pickups);

  for (const parcel of naming.filter((one) => !one.returned && atCounter(one))) fill(parcel);
  const open = sorted.filter((parcel) => parcel.lines === null && !parcel.voided);
  const left = remaining.left(toShip.length > 0 ? toShip : physical);
  const lead = open[0];
  for (const parcel of open) {
    const host = left.length > 0 ? lead : hostOf(parcel, naming);
    if (host !== undefined && host.key !== parcel.key) sharesWith.set(parcel.key, host.key);
    holds.set(parcel.key, left.length > 0 ? left : (holds.get(host?.key ?? '') ?? []));
  }

  const shipments = sorted.map((parcel) =>
    toShipment(parcel, holds.get(parcel.key) ?? [], sharesWith.get(parcel.key) ?? null),
  );
  return { shipments: [...shipments, ...pickupShipments], overShipped: mergeLines(overShipped) };
}

/**
 * The shipment that a box without lines belongs to when nothing is left to hold: the one that was under way when the
 * box appeared, the latest of several.
 */
function hostOf(parcel: ParcelState, naming: readonly ParcelState[]): ParcelState | undefined {
  const before = naming.filter((one) => one.beganMs <= parcel.beganMs);
  const underWay = before.filter((one) => one.deliveredMs === null || one.deliveredMs > parcel.beganMs);
  return underWay.at(-1) ?? before.at(-1) ?? naming[0];
}

/** Store pickup as up to two parcels: what is ready, and what was collected (which implies ready). */
function sharePickup(
  remaining: Remaining,
  lines: readonly LineItem[],
  facts: readonly CarrierFact[],
): Shipment[] {
  const shipments: Shipment[] = [];
  let collected: LineQuantity[] = [];
  for (const stage of ['collected', 'ready'] as const) {
    const own = facts.filter((fact) => fact.type === `pickup.${stage}`);
    const [first] = own;
    if (first === undefined) continue;
    const asked = own.some((fact) => fact.lines === null)
      ? remaining.left(lines)
      : mergeLines(own.flatMap((fact) => fact.lines ?? []));
    // What was collected has been ready, so a ready event does not claim those units once more.
    const named = own.every((fact) => fact.lines !== null);
    const more = named ? without(asked, collected) : asked;
    const holds = more
      .map((line) => ({ ...line, quantity: remaining.take(line.orderProductId, line.quantity, true).taken }))
      .filter((line) => line.quantity > 0);
    if (stage === 'collected') collected = holds;
    shipments.push(pickupShipment(stage, first, own.at(-1) ?? first, holds));
  }
  return shipments;
}

function without(lines: readonly LineQuantity[], gone: readonly LineQuantity[]): LineQuantity[] {
  return lines
    .map((line) => ({
      ...line,
      quantity:
        line.quantity - (gone.find((one) => one.orderProductId === line.orderProductId)?.quantity ?? 0),
    }))
    .filter((line) => line.quantity > 0);
}

function pickupShipment(
  stage: 'ready' | 'collected',
  first: CarrierFact,
  last: CarrierFact,
  holds: LineQuantity[],
): Shipment {
  const at = first.occurredAt;
  const milestones = emptyMilestones();
  milestones.trackable = at;
  if (stage === 'collected') {
    milestones.possession = at;
    milestones.delivered = at;
  }
  return {
    key: `pickup:${stage}`,
    trackingNumber: null,
    numbers: [],
    carrier: null,
    service: null,
    trackingUrl: null,
    lines: null,
    holds,
    sharesWith: null,
    position: stage === 'ready' ? 'trackable' : 'delivered',
    side: null,
    reason: null,
    returned: false,
    returning: false,
    voided: false,
    replacements: 0,
    restores: 0,
    milestones,
    kind: 'pickup',
    recycledEvents: 0,
    lastEventAt: last.occurredAt,
  };
}

function toShipment(parcel: ParcelState, holds: LineQuantity[], sharesWith: string | null): Shipment {
  const { beganMs: _began, deliveredMs: _delivered, leftReturn: _left, ...shipment } = parcel;
  return { ...shipment, holds, sharesWith };
}
