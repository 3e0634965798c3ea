/**
 * Store pickup in the plan (capabilities S-38 to S-40, design section 6 "Pickup"): which units wait at the counter,
 * which were collected, and which records of it the store gets. A carrier's pickup point is no store pickup.
 */
import { TRACKING_RANKS, type LineQuantity } from './carrier-event.ts';
import { normalizeCarrier } from './carrier-map.ts';
import type { Shipment } from './facts.ts';
import { neededQuantity, physicalLines } from './order.ts';
import { mergeLines } from './parcel-holding.ts';
import { rankOf } from './parcel-state.ts';
import { isDue } from './write-back-due.ts';
import { blockOf, latestRow, nextCount } from './write-back-ledger.ts';
import type { PlanContext, Skip } from './write-back-permission.ts';
import { CLOSING_STATUSES } from './store-status.ts';
import type { LedgerEntry, WriteBackStep, WritingRules } from './write-back-types.ts';

/**
 * True for what is handed over at the store's own counter: pickup events, and parcels of a carrier that
 * `fulfillment.pickup.carrier_codes` names. With `fulfillment.pickup.enabled` off nothing is.
 */
export function isPickupParcel(rules: WritingRules, shipment: Shipment): boolean {
  if (!rules.pickup.enabled) return false;
  if (shipment.kind === 'pickup') return true;
  const { carrier } = shipment;
  return (
    carrier !== null &&
    rules.pickup.carrierCodes.some((code) => normalizeCarrier(code) === normalizeCarrier(carrier))
  );
}

interface Counter {
  lines: LineQuantity[];
  readyAt: string;
  /** Null while it waits at the counter. */
  collectedAt: string | null;
}

/** What waits at the counter or left it: one entry per pickup word or parcel that is due. */
function countersOf({ decision, rules }: PlanContext): Counter[] {
  const found: Counter[] = [];
  const handedOver = decision.shipments.find((one) => one.kind === 'pickup' && isDelivered(one)) ?? null;
  for (const one of decision.shipments) {
    if (!isPickupParcel(rules, one) || one.voided || one.returned || one.sharesWith !== null) continue;
    if (one.kind === 'parcel' && !isDue(rules, one) && !isDelivered(one)) continue;
    const { label, trackable, delivered } = one.milestones;
    // A parcel that names its lines keeps them when "collected" comes: collected implies its parcel.
    const collected = isDelivered(one) ? one : one.kind === 'parcel' ? handedOver : null;
    found.push({
      lines: one.holds,
      readyAt: label ?? trackable ?? delivered ?? one.lastEventAt,
      collectedAt: collected === null ? null : (collected.milestones.delivered ?? collected.lastEventAt),
    });
  }
  return found.filter((one) => one.lines.length > 0);
}

function isDelivered(shipment: Shipment): boolean {
  return rankOf(shipment.position) >= TRACKING_RANKS.delivered;
}

export interface PickupProgress {
  /** Units per line that wait at the counter, and that left it. */
  ready: ReadonlyMap<number, number>;
  collected: ReadonlyMap<number, number>;
  /** When the last of them was collected, or null. */
  lastCollectedAt: string | null;
}

/** How far the units at the counter are; empty for a channel without store pickup. */
export function pickupProgress(context: PlanContext): PickupProgress {
  const counters = countersOf(context);
  const units = (some: readonly Counter[]): Map<number, number> =>
    new Map(mergeLines(some.flatMap((one) => one.lines)).map((line) => [line.orderProductId, line.quantity]));
  const times = counters.flatMap((one) => (one.collectedAt === null ? [] : [one.collectedAt]));
  return {
    ready: units(counters.filter((one) => one.collectedAt === null)),
    collected: units(counters.filter((one) => one.collectedAt !== null)),
    lastCollectedAt: times.sort().at(-1) ?? null,
  };
}

/** The status that store pickup asks for: waiting at the counter, all collected, or neither. */
export function pickupWord(
  { order, decision }: PlanContext,
  progress: PickupProgress,
  inStore: ReadonlyMap<number, number>,
): 'ready' | 'collected' | null {
  const { ready, collected } = progress;
  if (ready.size + collected.size === 0) return null;
  const { counts } = decision;
  let waiting = 0;
  for (const line of physicalLines(order)) {
    const id = line.orderProductId;
    waiting += ready.get(id) ?? 0;
    const gone = Math.max(inStore.get(id) ?? 0, awayOf(decision.shipments, id));
    if ((ready.get(id) ?? 0) + (collected.get(id) ?? 0) + gone < neededQuantity(line)) return null;
  }
  if (waiting > 0) return 'ready';
  const handedOver = [...collected.values()].reduce((sum, units) => sum + units, 0);
  // What travels must have arrived as well: only then is the order over.
  return counts.delivered + counts.returned >= counts.needed || handedOver >= counts.needed
    ? 'collected'
    : null;
}

/** Units of a line that left by a carrier. */
function awayOf(shipments: readonly Shipment[], orderProductId: number): number {
  return shipments
    .filter((one) => !one.voided && one.kind === 'parcel' && one.sharesWith === null)
    .filter((one) => one.returned || rankOf(one.position) >= TRACKING_RANKS.picked_up)
    .flatMap((one) => one.holds)
    .filter((line) => line.orderProductId === orderProductId)
    .reduce((sum, line) => sum + line.quantity, 0);
}

/**
 * Records of store pickup (`fulfillment.pickup.write_pickup_record`): one when units are ready, marked when all of its
 * units were collected. Lines that the shopper did not choose pickup for have no pickup method, so they get none.
 */
export function planPickupRecords(context: PlanContext): { steps: WriteBackStep[]; skipped: Skip[] } {
  const { rules, order } = context;
  const steps: WriteBackStep[] = [];
  const skipped: Skip[] = [];
  if (!rules.pickup.enabled || !rules.pickup.writeRecord) return { steps, skipped };
  const counters = countersOf(context);
  for (const consignment of order.consignments) {
    if (consignment.kind !== 'pickup') continue;
    const own = counters.map((one) => ({
      ...one,
      lines: one.lines.filter((line) => consignment.orderProductIds.includes(line.orderProductId)),
    }));
    for (const wanted of recordsOf(context.ledger, consignment.id, own)) {
      const planned = planRecord(context, consignment, wanted);
      if (planned === null) continue;
      if ('reason' in planned) skipped.push(planned);
      else steps.push(planned);
    }
  }
  return { steps, skipped };
}

function planRecord(
  { ledger, rules, store }: PlanContext,
  consignment: { id: number; pickupMethodId: number },
  wanted: Counter,
): WriteBackStep | Skip | null {
  const subject = pickupSubject(consignment.id, wanted);
  const row = latestRow(ledger, 'write_pickup', [subject]);
  if (row?.state === 'sent' || row?.state === 'confirmed') return null;
  const skip = (reason: Skip['reason'], detail: string): Skip => ({
    kind: 'write_pickup',
    subject,
    reason,
    detail,
  });
  if (consignment.pickupMethodId === 0)
    return skip('no_pickup_method', 'The store named no pickup method for these lines.');
  if (row?.state === 'refused')
    return skip('refused_before', 'The store refused this pickup record; `waybill retry` tries again.');
  if (CLOSING_STATUSES.includes(store.statusId))
    return skip('protected_status', 'The order is closed in the store.');
  const { lines, readyAt, collectedAt } = wanted;
  const units = lines.reduce((sum, line) => sum + line.quantity, 0);
  return {
    kind: 'write_pickup',
    subject,
    n: nextCount(row),
    body: {
      kind: 'write_pickup',
      pickupMethodId: consignment.pickupMethodId,
      items: lines,
      readyAt,
      collectedAt,
    },
    blocked: blockOf(rules, row, false),
    mails: 0,
    summary: `Record the pickup of ${String(units)} units as ${collectedAt === null ? 'ready' : 'collected'}.`,
  };
}

function pickupSubject(consignmentId: number, { lines, collectedAt }: Counter): string {
  const units = lines.map((line) => `${String(line.orderProductId)}x${String(line.quantity)}`).join('+');
  return `pickup:${String(consignmentId)}:${units}:${collectedAt === null ? 'ready' : 'collected'}`;
}

/**
 * The records that the store should have of one consignment. Units are recorded once: what our rows recorded as ready is
 * marked as collected record by record, when all of a record's units were collected (the store marks whole records).
 */
function recordsOf(
  ledger: readonly LedgerEntry[],
  consignmentId: number,
  counters: readonly Counter[],
): Counter[] {
  const made = ledger
    .filter((row) => row.state === 'sent' || row.state === 'confirmed')
    .filter((row) => row.subject.startsWith(`pickup:${String(consignmentId)}:`))
    .flatMap((row) => (row.body.kind === 'write_pickup' ? [row.body] : []));
  const madeReady = made.filter((body) => body.collectedAt === null);
  const madeAlone = made.filter(
    (body) => body.collectedAt !== null && !madeReady.some((one) => sameItems(one.items, body.items)),
  );
  const collected = counters.filter((one) => one.collectedAt !== null);
  const left = new Units(collected.flatMap((one) => one.lines));
  for (const body of madeAlone) left.take(body.items);
  const records: Counter[] = [];
  const collectedAt =
    collected
      .map((one) => one.collectedAt ?? '')
      .sort()
      .at(-1) ?? null;
  for (const body of madeReady) {
    if (collectedAt === null || !left.covers(body.items)) left.take(body.items);
    else {
      left.take(body.items);
      records.push({ lines: mergeLines(body.items), readyAt: body.readyAt, collectedAt });
    }
  }
  const readyAt = counters.map((one) => one.readyAt).sort()[0] ?? '';
  const handedOver = left.rest();
  if (handedOver.length > 0) records.push({ lines: handedOver, readyAt, collectedAt });
  const waiting = new Units(counters.flatMap((one) => one.lines));
  for (const body of [...madeReady, ...madeAlone]) waiting.take(body.items);
  waiting.take(handedOver);
  const ready = waiting.rest();
  if (ready.length > 0) records.push({ lines: ready, readyAt, collectedAt: null });
  return records;
}

/** Units per line that are not accounted for yet. */
class Units {
  readonly #left: Map<number, number>;

  constructor(lines: readonly LineQuantity[]) {
    this.#left = new Map(mergeLines(lines).map((line) => [line.orderProductId, line.quantity]));
  }

  covers(lines: readonly LineQuantity[]): boolean {
    return lines.every((line) => (this.#left.get(line.orderProductId) ?? 0) >= line.quantity);
  }

  take(lines: readonly LineQuantity[]): void {
    for (const { orderProductId, quantity } of lines)
      this.#left.set(orderProductId, Math.max(0, (this.#left.get(orderProductId) ?? 0) - quantity));
  }

  rest(): LineQuantity[] {
    return mergeLines([...this.#left].map(([orderProductId, quantity]) => ({ orderProductId, quantity })));
  }
}

function sameItems(a: readonly LineQuantity[], b: readonly LineQuantity[]): boolean {
  return JSON.stringify(mergeLines(a)) === JSON.stringify(mergeLines(b));
}
