/**
 * Which parcels become, or change, shipments in the store: one step per parcel and shipping consignment. It promises
 * that no unit is written twice and that nothing goes out against a protected status; statuses are decided elsewhere.
 */
import type { LineQuantity } from './carrier-event.ts';
import type { Shipment } from './facts.ts';
import { neededQuantity } from './order.ts';
import { STORE_STATUS } from './store-status.ts';
import { createBody } from './write-back-body.ts';
import { available, candidatesOf, unitsHeld, type Candidate } from './write-back-candidates.ts';
import { mayShowShipped, waitsFor } from './write-back-due.ts';
import {
  blockOf,
  createdRow,
  deletedIds,
  isTakenOver,
  latestRow,
  nextCount,
  shipmentSubject,
  unitsInStore,
  writtenShipment,
  type Written,
} from './write-back-ledger.ts';
import { matchShipment, sameLines, shipmentWithNumber } from './write-back-match.ts';
import type { ShipmentPlan } from './write-back-draft.ts';
import { planNumber } from './write-back-number.ts';
import { judgeStatus, type PlanContext, type Skip } from './write-back-permission.ts';
import { planResend, resendRow } from './write-back-resend.ts';
import type { LedgerEntry, WriteBackStep } from './write-back-types.ts';
import { planDeletion, planVoids, voidedShipment } from './write-back-void.ts';

/** A new shipment makes the store send one mail unless its notifications are off (bigcommerce-api.md section 3.7). */
const MAILS_PER_SHIPMENT = 1;

/** Plans creations, corrected numbers and taken-over shipments, parcel by parcel. Pure; may be repeated. */
export function planShipments(context: PlanContext): ShipmentPlan {
  const { ledger, rules } = context;
  const plan: ShipmentPlan = {
    steps: [],
    skipped: [],
    covered: unitsInStore(ledger, context.store),
    anyOurs: false,
    early: [],
    voided: [],
  };
  const takenOver = new Set<number>();
  const candidates = candidatesOf(context);
  const wholeOrder = rules.partial === 'whole_order' ? missingUnits(context, plan, candidates) : 0;
  for (const candidate of candidates) {
    const row = latestRow(ledger, 'create_shipment', candidate.subjects);
    const written = writtenShipment(ledger, candidate.subjects);
    if (row?.state === 'sent' || written !== null) {
      plan.anyOurs = true;
      noteEarly(context, plan, candidate, row);
    }
    if (row?.state === 'sent') continue;
    const asked = resendRow(ledger, candidate.subjects);
    if (asked !== null) {
      planResend(context, plan, candidate, asked);
    } else if (written === null || isGoneAfterVoid(context, candidate, written)) {
      planNew(context, plan, candidate, { row, takenOver, missing: wholeOrder });
    } else if (linesChanged(context, plan, candidate, written)) {
      planAnew(context, plan, candidate, { row, written });
    } else {
      planNumber(context, plan, candidate, written);
    }
  }
  planVoids(context, plan, takenOver);
  return plan;
}

/** Units of shipping lines that no due parcel holds yet (`fulfillment.shipment.partial` = `whole_order`). */
function missingUnits(
  { order, rules }: PlanContext,
  plan: ShipmentPlan,
  candidates: readonly Candidate[],
): number {
  const due = unitsHeld(candidates.filter((one) => waitsFor(rules, one.lead, one.boxes) === null));
  return order.lineItems
    .filter((line) => line.kind === 'physical' && line.orderAddressId !== null)
    .map((line) => {
      const there = Math.max(due.get(line.orderProductId) ?? 0, plan.covered.get(line.orderProductId) ?? 0);
      return Math.max(0, neededQuantity(line) - there);
    })
    .reduce((sum, units) => sum + units, 0);
}

function noteEarly(
  { rules, store }: PlanContext,
  plan: ShipmentPlan,
  { lead, boxes, orderAddressId }: Candidate,
  row: LedgerEntry | null,
): void {
  if (rules.statusSideEffect !== 'restore' || mayShowShipped(rules, [lead, ...boxes])) return;
  plan.early.push({
    subject: row?.subject ?? shipmentSubject(lead.key, orderAddressId),
    n: row?.n ?? 0,
    statusBefore: row === null || row.state === 'planned' ? store.statusId : row.statusBefore,
  });
}

/** A label made anew after a void, whose store shipment is gone. */
function isGoneAfterVoid({ store }: PlanContext, { lead }: Candidate, written: Written): boolean {
  if (written.created === null || lead.restores <= written.created.n) return false;
  return (
    store.shipments !== null && !store.shipments.some((one) => one.shipmentId === written.storeShipmentId)
  );
}

/**
 * A replaced label that names other lines than its store shipment has: items cannot be changed there (section 3.7), so
 * it is deleted and created anew. A refund or a cut made the two differ before; that is no reason.
 */
function linesChanged(
  { order, ledger }: PlanContext,
  plan: ShipmentPlan,
  { lead, named, items }: Candidate,
  { storeShipmentId, told }: Written,
): boolean {
  // A shipment that was taken over was made for another label; one that a person made is not ours to delete.
  const made = createdRow(ledger, storeShipmentId);
  if (made?.body.kind !== 'create_shipment' || named === null) return false;
  const current = lead.trackingNumber ?? '';
  if (lead.milestones.replaced === null || told.trackingNumber === current.trim()) return false;
  const before = made.body.items;
  if (sameLines(before, named)) return false;
  const freed = new Map(plan.covered);
  for (const line of before)
    freed.set(line.orderProductId, (freed.get(line.orderProductId) ?? 0) - line.quantity);
  const wanted = available(order, freed, items);
  return wanted.length > 0 && !sameLines(before, wanted);
}

function planAnew(
  context: PlanContext,
  plan: ShipmentPlan,
  candidate: Candidate,
  { row, written }: { row: LedgerEntry | null; written: Written },
): void {
  const deletion = planDeletion(context, plan, {
    subject: shipmentSubject(candidate.lead.key, candidate.orderAddressId),
    subjects: candidate.subjects,
    written,
    why: 'The replaced label has other lines',
  });
  if (deletion) planNew(context, plan, candidate, { row, takenOver: new Set(), missing: 0, anew: true });
}

function planNew(
  context: PlanContext,
  plan: ShipmentPlan,
  candidate: Candidate,
  given: { row: LedgerEntry | null; takenOver: Set<number>; missing: number; anew?: boolean },
): void {
  const { rules, ledger } = context;
  const { lead, boxes, orderAddressId } = candidate;
  const { row, takenOver } = given;
  const subject = row?.subject ?? shipmentSubject(lead.key, orderAddressId);
  const skip = (reason: Skip['reason'], detail: string) => {
    plan.skipped.push({ kind: 'create_shipment', subject, reason, detail });
  };
  const gone = given.anew === true || isNoLongerOurs(ledger, row, candidate.subjects);
  const ended =
    row !== null && (row.state === 'refused' || row.state === 'confirmed') && lead.restores <= row.n && !gone;
  if (ended) {
    if (row.state === 'confirmed') plan.anyOurs = true;
    else skip('refused_before', 'The store refused this shipment; `waybill retry` tries again.');
    return;
  }
  const waits = waitsFor(rules, lead, boxes);
  if (waits !== null) {
    skip(waits.reason, waits.detail);
    return;
  }
  if (given.missing > 0) {
    skip(
      'waits_for_whole_order',
      `${String(given.missing)} units of the order have no parcel that is due yet (fulfillment.shipment.partial).`,
    );
    return;
  }
  // A shipment with this number is always adopted, also where a voided one could be taken over.
  const voided = isInStore(context, candidate)
    ? null
    : voidedShipment(context, candidate, takenOver, plan.covered);
  if (voided !== null) {
    takenOver.add(voided.storeShipmentId);
    if (voided.sameLines) {
      planNumber(context, plan, candidate, voided.written, 'takes over');
      return;
    }
    const deleted = planDeletion(context, plan, {
      subject: voided.subject,
      subjects: [voided.subject],
      written: voided.written,
      why: 'A new label with other lines takes the place of the voided one',
    });
    if (!deleted) return;
  }
  createOne(context, plan, candidate, { row, subject, again: gone });
}

/** Whether the store, as it was last read, has a shipment with the parcel's number in this consignment. */
function isInStore({ store }: PlanContext, { lead, orderAddressId }: Candidate): boolean {
  if (lead.trackingNumber === null || store.shipments === null) return false;
  return shipmentWithNumber(store.shipments, orderAddressId, lead.trackingNumber) !== null;
}

/** Whether the parcel's shipment was deleted by us, or is another parcel's since the label of this one was voided. */
function isNoLongerOurs(
  ledger: readonly LedgerEntry[],
  row: LedgerEntry | null,
  subjects: readonly string[],
): boolean {
  if (row?.state !== 'confirmed' || row.storeShipmentId === null) return false;
  return deletedIds(ledger).has(row.storeShipmentId) || isTakenOver(ledger, subjects, row.storeShipmentId);
}

function createOne(
  context: PlanContext,
  plan: ShipmentPlan,
  candidate: Candidate,
  given: { row: LedgerEntry | null; subject: string; again: boolean },
): void {
  const { rules, store, ledger } = context;
  const { lead, boxes, orderAddressId, subjects } = candidate;
  const { row, subject } = given;
  const skip = (reason: Skip['reason'], detail: string) => {
    plan.skipped.push({ kind: 'create_shipment', subject, reason, detail });
  };
  const fullBody = createBody({ shipment: lead, boxes, orderAddressId, items: candidate.items, rules });
  const claimed = ledger.flatMap((one) =>
    one.storeShipmentId === null || subjects.includes(one.subject) ? [] : [one.storeShipmentId],
  );
  // What is about to be deleted is not the parcel's shipment any more.
  const leaving = plan.steps.flatMap((step) =>
    step.body.kind === 'delete_shipment' ? [step.body.shipmentId] : [],
  );
  const there = store.shipments?.filter((one) => !leaving.includes(one.shipmentId)) ?? null;
  const found = there === null ? null : matchShipment(fullBody, there, claimed);
  const items = found === null ? available(context.order, plan.covered, candidate.items) : candidate.items;
  if (items.length === 0) {
    skip('nothing_left_to_ship', 'The store already counts these units as shipped.');
    return;
  }
  if (found === null) tellCut(plan, candidate, subject, items);
  const permission = judgeStatus(context, STORE_STATUS.shipped, 'create_shipment');
  if (permission.verdict === 'skip' && found === null) {
    skip(permission.reason, permission.detail);
    return;
  }
  if (found === null) {
    for (const line of items) {
      plan.covered.set(line.orderProductId, (plan.covered.get(line.orderProductId) ?? 0) + line.quantity);
    }
  }
  plan.anyOurs = true;
  const n = given.again ? Math.max(nextCount(row), lead.restores) : (row?.n ?? lead.restores);
  noteEarly(context, plan, candidate, row === null || given.again ? null : row);
  const own = blockOf(rules, row, permission.verdict === 'ask' && found === null);
  plan.steps.push({
    kind: 'create_shipment',
    subject,
    n: Math.max(n, lead.restores),
    body: { ...fullBody, items },
    // It does not overtake the deletion that makes room for it.
    blocked: own ?? blockOfDeletion(plan, leaving),
    mails: found === null ? MAILS_PER_SHIPMENT : 0,
    summary:
      found === null
        ? `Create a shipment of ${unitsOf(items)} units ${named(lead)} for consignment ${String(orderAddressId)}.`
        : `Adopt store shipment ${String(found.shipmentId)} for the parcel ${named(lead)}.`,
  });
}

function blockOfDeletion(plan: ShipmentPlan, leaving: readonly number[]): WriteBackStep['blocked'] {
  const deletion = plan.steps.find(
    (step) => step.body.kind === 'delete_shipment' && leaving.includes(step.body.shipmentId),
  );
  return deletion?.blocked ?? null;
}

/** Says so when a label claims more than the order can take: the store gets what is left, never more. */
function tellCut(
  plan: ShipmentPlan,
  { named: claimed }: Candidate,
  subject: string,
  items: readonly LineQuantity[],
): void {
  for (const line of claimed ?? []) {
    const given = items.find((one) => one.orderProductId === line.orderProductId)?.quantity ?? 0;
    if (given >= line.quantity) continue;
    plan.skipped.push({
      kind: 'create_shipment',
      subject,
      reason: 'over_shipment',
      detail: `The label claims ${String(line.quantity)} units of line ${String(line.orderProductId)}; ${String(given)} are left to ship.`,
    });
  }
}

function unitsOf(items: readonly LineQuantity[]): string {
  return String(items.reduce((sum, line) => sum + line.quantity, 0));
}

function named(lead: Shipment): string {
  return lead.trackingNumber === null
    ? 'without a tracking number'
    : `with tracking number ${lead.trackingNumber}`;
}
