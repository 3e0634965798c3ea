/**
 * How far each needed unit of an order is. It promises that a unit held by several boxes is where the least advanced
 * of them is, and that a unit nobody holds is imported. It must not decide the order's stage.
 */
import { TRACKING_RANKS } from './carrier-event.ts';
import type { Shipment, Stage, StageCounts, StoreFacts } from './facts.ts';
import { neededQuantity, physicalLines, type Order } from './order.ts';
import { rankOf } from './parcel-state.ts';

/** Levels in the order of progress; `returned` is done and last. */
export const LEVELS = [
  'imported',
  'trackable',
  'shipped',
  'delivered',
  'returned',
] as const satisfies readonly Stage[];
export type Level = (typeof LEVELS)[number];

export function levelIndex(level: Level): number {
  return LEVELS.indexOf(level);
}

/** The stage of one parcel (design section 5): rank 10 or none, 20–25, 30–60, 100, returned. */
export function parcelLevel(shipment: Shipment): Level {
  if (shipment.returned) return 'returned';
  const rank = rankOf(shipment.position);
  if (rank >= TRACKING_RANKS.delivered) return 'delivered';
  if (rank >= TRACKING_RANKS.picked_up) return 'shipped';
  return rank >= TRACKING_RANKS.trackable ? 'trackable' : 'imported';
}

export interface Units {
  orderProductId: number;
  level: Level;
  quantity: number;
}

/** What lifts units beside the parcels: a person's shipments in the store, the store's own status, an override. */
export interface Lifts {
  shippedByPerson: StoreFacts['shippedByPerson'];
  /** Everything is at least here: an unexplained status 2 or 10, or the stage of an override. */
  floor: Level;
}

/** Levels of all needed units. Pure; the sum of quantities is the number of units needed. */
export function levelUnits(order: Order, shipments: readonly Shipment[], lifts: Lifts): Units[] {
  const leads = shipments.filter((shipment) => !shipment.voided && shipment.sharesWith === null);
  const units: Units[] = [];
  for (const line of physicalLines(order)) {
    const { orderProductId } = line;
    let unheld = neededQuantity(line);
    const own: Units[] = [];
    for (const lead of leads) {
      const held = lead.holds.find((one) => one.orderProductId === orderProductId)?.quantity ?? 0;
      if (held === 0) continue;
      own.push({ orderProductId, level: leastOf(lead, shipments), quantity: held });
      unheld -= held;
    }
    if (unheld > 0) own.push({ orderProductId, level: 'imported', quantity: unheld });
    const byPerson =
      lifts.shippedByPerson.find((one) => one.orderProductId === orderProductId)?.quantity ?? 0;
    units.push(
      ...liftLeast(own, byPerson).map((unit) => ({ ...unit, level: atLeast(unit.level, lifts.floor) })),
    );
  }
  return units;
}

/** The least advanced box of the shipment that this parcel leads. */
function leastOf(lead: Shipment, shipments: readonly Shipment[]): Level {
  const boxes = shipments.filter((one) => one === lead || (one.sharesWith === lead.key && !one.voided));
  return boxes
    .map(parcelLevel)
    .reduce((least, level) => (levelIndex(level) < levelIndex(least) ? level : least));
}

/** Lifts the least advanced units to shipped: a person shipped that many, whichever they were. */
function liftLeast(units: Units[], count: number): Units[] {
  const sorted = [...units].sort((a, b) => levelIndex(a.level) - levelIndex(b.level));
  const lifted: Units[] = [];
  let left = count;
  for (const unit of sorted) {
    const moved = levelIndex(unit.level) < levelIndex('shipped') ? Math.min(left, unit.quantity) : 0;
    left -= moved;
    if (moved > 0) lifted.push({ ...unit, level: 'shipped', quantity: moved });
    if (moved < unit.quantity) lifted.push({ ...unit, quantity: unit.quantity - moved });
  }
  return lifted;
}

function atLeast(level: Level, floor: Level): Level {
  return levelIndex(level) < levelIndex(floor) ? floor : level;
}

/** How many units are at each level. */
export function countUnits(units: readonly Units[]): StageCounts {
  const counts: StageCounts = { needed: 0, imported: 0, trackable: 0, shipped: 0, delivered: 0, returned: 0 };
  for (const unit of units) {
    counts.needed += unit.quantity;
    counts[unit.level] += unit.quantity;
  }
  return counts;
}
