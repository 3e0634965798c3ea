/**
 * Voided labels whose shipment is in the store (capabilities K-14, design section 6 "Replaced and voided labels"): a new
 * label takes the shipment over, or it is deleted where the channel says so. It promises to delete only what we wrote.
 */
import type { LineQuantity } from './carrier-event.ts';
import type { Shipment } from './facts.ts';
import { CLOSING_STATUSES } from './store-status.ts';
import { addressesOf, available, type Candidate } from './write-back-candidates.ts';
import {
  blockOf,
  createdRow,
  latestRow,
  nextCount,
  shipmentSubject,
  subjectsOf,
  writtenShipment,
  type Written,
} from './write-back-ledger.ts';
import { sameLines } from './write-back-match.ts';
import type { PlanContext, Skip } from './write-back-permission.ts';
import type { ShipmentPlan } from './write-back-draft.ts';
import type { LedgerEntry } from './write-back-types.ts';

export interface VoidedShipment {
  storeShipmentId: number;
  subject: string;
  written: Written;
  sameLines: boolean;
}

/**
 * The store shipment of a voided label that stands in the way of a new one: with the same lines it is taken over, with
 * some of them it has to go first. Null where there is none.
 */
export function voidedShipment(
  context: PlanContext,
  candidate: Candidate,
  takenOver: ReadonlySet<number>,
  covered: ReadonlyMap<number, number>,
): VoidedShipment | null {
  const cut = !sameLines(available(context.order, covered, candidate.items), candidate.items);
  const free = [...voidedInStore(context, candidate.orderAddressId)].filter(
    ({ written }) => !takenOver.has(written.storeShipmentId),
  );
  const same = free.find(({ items }) => sameLines(items, candidate.items));
  // Where the store has room for both, the voided one stays what `on_void` makes of it.
  const inTheWay = ({ items }: VoidedInStore): boolean =>
    cut && items.some((line) => candidate.items.some((one) => one.orderProductId === line.orderProductId));
  const found = same ?? free.find(inTheWay);
  if (found === undefined) return null;
  const { parcel, written } = found;
  const subject = shipmentSubject(parcel.key, candidate.orderAddressId);
  return { storeShipmentId: written.storeShipmentId, subject, written, sameLines: found === same };
}

interface VoidedInStore {
  parcel: Shipment;
  written: Written;
  /** The create that put it into the store, which may be another parcel's. */
  created: LedgerEntry | null;
  items: LineQuantity[];
}

/** Voided parcels whose shipment in this consignment is still ours: nobody's label took it over. */
function* voidedInStore({ decision, ledger }: PlanContext, orderAddressId: number): Generator<VoidedInStore> {
  for (const parcel of decision.shipments) {
    if (!parcel.voided || parcel.kind !== 'parcel') continue;
    const subjects = subjectsOf(parcel, orderAddressId);
    const written = writtenShipment(ledger, subjects);
    if (written === null) continue;
    const created = createdRow(ledger, written.storeShipmentId);
    const items = created?.body.kind === 'create_shipment' ? created.body.items : [];
    yield { parcel, written, created, items };
  }
}

/**
 * Plans the deletion of one of our store shipments and frees its units; false where it may not, or was refused. A
 * deletion that waits for a person counts as planned.
 */
export function planDeletion(
  context: PlanContext,
  plan: ShipmentPlan,
  wanted: { subject: string; subjects: readonly string[]; written: Written; why: string },
): boolean {
  const { ledger, rules, store } = context;
  const { storeShipmentId, told } = wanted.written;
  const row = latestRow(ledger, 'delete_shipment', wanted.subjects);
  const own = row?.body.kind === 'delete_shipment' && row.body.shipmentId === storeShipmentId ? row : null;
  if (own?.state === 'sent') return false;
  const skip = (reason: Skip['reason'], detail: string): false => {
    plan.skipped.push({ kind: 'delete_shipment', subject: wanted.subject, reason, detail });
    return false;
  };
  if (own?.state === 'refused')
    return skip('refused_before', 'The store refused to delete it; `waybill retry` tries again.');
  if (CLOSING_STATUSES.includes(store.statusId))
    return skip('protected_status', 'The order is closed in the store.');
  const created = createdRow(ledger, storeShipmentId);
  if (created?.body.kind !== 'create_shipment')
    return skip('changed_in_store', 'We did not make this shipment.');
  const there = store.shipments?.find((one) => one.shipmentId === storeShipmentId) ?? null;
  if (there !== null && !isAsWeLeftIt(there.trackingNumber, told.trackingNumber))
    return skip('changed_in_store', 'A person changed its tracking number; it is left alone.');
  for (const line of created.body.items) {
    const covered = plan.covered.get(line.orderProductId) ?? 0;
    plan.covered.set(line.orderProductId, Math.max(0, covered - line.quantity));
  }
  plan.steps.push({
    kind: 'delete_shipment',
    subject: row?.subject ?? wanted.subject,
    n: nextCount(row),
    body: { kind: 'delete_shipment', shipmentId: storeShipmentId, trackingNumber: told.trackingNumber },
    blocked: blockOf(rules, row, false),
    mails: 0,
    summary: `${wanted.why}: delete store shipment ${String(storeShipmentId)}.`,
  });
  return true;
}

/** Whether the number that stands in the store is still what we wrote; a person's change is a person's decision. */
export function isAsWeLeftIt(inStore: string, told: string): boolean {
  return inStore.trim() === told.trim();
}

/** What becomes of the shipments of voided labels that no new label takes over (`fulfillment.on_void`). */
export function planVoids(context: PlanContext, plan: ShipmentPlan, takenOver: ReadonlySet<number>): void {
  const { ledger, rules, decision, order } = context;
  for (const orderAddressId of new Set(addressesOf(order).values())) {
    for (const { parcel, written, created } of [...voidedInStore(context, orderAddressId)]) {
      if (takenOver.has(written.storeShipmentId)) continue;
      const subject = shipmentSubject(parcel.key, orderAddressId);
      if (rules.onVoid === 'leave') {
        plan.skipped.push({
          kind: 'delete_shipment',
          subject,
          reason: 'void_left',
          detail: 'The label was voided; fulfillment.on_void leaves its shipment in the store.',
        });
        continue;
      }
      const subjects = subjectsOf(parcel, orderAddressId);
      const planned = planDeletion(context, plan, {
        subject,
        subjects,
        written,
        why: 'The label was voided',
      });
      if (planned && created !== null) plan.voided.push({ subject, n: created.n, created });
    }
    for (const parcel of decision.shipments) {
      if (parcel.voided && parcel.kind === 'parcel') noteDeleted(ledger, plan, parcel, orderAddressId);
    }
  }
}

/** The last shipment of a voided parcel that was deleted before: its status may still have to follow. */
function noteDeleted(
  ledger: readonly LedgerEntry[],
  plan: ShipmentPlan,
  parcel: Shipment,
  orderAddressId: number,
): void {
  const subjects = subjectsOf(parcel, orderAddressId);
  const deletion = latestRow(ledger, 'delete_shipment', subjects);
  if (deletion?.state !== 'confirmed' || deletion.body.kind !== 'delete_shipment') return;
  const created = createdRow(ledger, deletion.body.shipmentId);
  if (created === null) return;
  plan.voided.push({ subject: shipmentSubject(parcel.key, orderAddressId), n: created.n, created });
}
