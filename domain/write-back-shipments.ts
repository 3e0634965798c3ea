/**
 * Which parcels become, or change, shipments in the store: one step per parcel and shipping consignment. It promises
 * that no unit is written twice and that nothing goes out against a protected status; statuses are decided elsewhere.
 */
import { TRACKING_RANKS, type LineQuantity } from './carrier-event.ts';
import type { Shipment } from './facts.ts';
import { neededQuantity, type Order } from './order.ts';
import { mergeLines } from './parcel-holding.ts';
import { rankOf } from './parcel-state.ts';
import { CLOSING_STATUSES, STORE_STATUS } from './store-status.ts';
import { createBody, sameTracking, updateBody } from './write-back-body.ts';
import {
  blockOf,
  latestRow,
  shipmentSubject,
  subjectsOf,
  unitsInStore,
  writtenShipment,
} from './write-back-ledger.ts';
import { matchShipment, sameLines } from './write-back-match.ts';
import { isPossessed, judgeStatus, type PlanContext, type Skip } from './write-back-permission.ts';
import type { LedgerEntry, ShipmentTrigger, WriteBackStep, WritingRules } from './write-back-types.ts';

/** A new shipment makes the store send one mail unless its notifications are off (bigcommerce-api.md section 3.7). */
const MAILS_PER_SHIPMENT = 1;

export interface ShipmentPlan {
  steps: WriteBackStep[];
  skipped: Skip[];
  /** Units per line that are in the store, on their way there, or planned here. */
  covered: Map<number, number>;
  /** True when at least one shipment of ours is among them. */
  anyOurs: boolean;
}

type Written = NonNullable<ReturnType<typeof writtenShipment>>;

/** One parcel (with its further boxes) in one consignment. */
interface Candidate {
  lead: Shipment;
  boxes: Shipment[];
  orderAddressId: number;
  items: LineQuantity[];
  subjects: string[];
}

/** Plans creations, corrected numbers and taken-over shipments, parcel by parcel. Pure; may be repeated. */
export function planShipments(context: PlanContext): ShipmentPlan {
  const plan: ShipmentPlan = {
    steps: [],
    skipped: [],
    covered: unitsInStore(context.ledger, context.store),
    anyOurs: false,
  };
  const takenOver = new Set<number>();
  for (const candidate of candidates(context)) {
    const row = latestRow(context.ledger, 'create_shipment', candidate.subjects);
    const written = writtenShipment(context.ledger, candidate.subjects);
    if (row?.state === 'sent' || written !== null) plan.anyOurs = true;
    if (row?.state === 'sent') continue;
    if (written !== null && !mustCreateAgain(context, candidate, written)) {
      planNumber(context, plan, candidate, written.storeShipmentId, written.last);
    } else {
      planNew(context, plan, candidate, row, takenOver);
    }
  }
  return plan;
}

function candidates({ order, decision, ledger }: PlanContext): Candidate[] {
  const addresses = new Map(
    order.lineItems
      .filter((line) => line.kind === 'physical' && line.orderAddressId !== null)
      .map((line) => [line.orderProductId, line.orderAddressId]),
  );
  const found: Candidate[] = [];
  for (const first of decision.shipments) {
    if (first.kind !== 'parcel' || first.voided || first.sharesWith !== null) continue;
    const parcels = [
      first,
      ...decision.shipments.filter((one) => one.sharesWith === first.key && !one.voided),
    ];
    const byAddress = new Map<number, LineQuantity[]>();
    for (const line of first.holds) {
      const address = addresses.get(line.orderProductId);
      if (address !== undefined && address !== null)
        byAddress.set(address, [...(byAddress.get(address) ?? []), line]);
    }
    for (const [orderAddressId, items] of [...byAddress].sort(([a], [b]) => a - b)) {
      const lead = parcels.find((one) => isBegun(ledger, subjectsOf(one, orderAddressId))) ?? first;
      const boxes = parcels.filter((one) => one !== lead);
      found.push({
        lead,
        boxes,
        orderAddressId,
        items: mergeLines(items),
        subjects: subjectsOf(lead, orderAddressId),
      });
    }
  }
  return found;
}

/** Whether a box has its shipment in the store, or on its way there: it leads then, whoever turns up later. */
function isBegun(ledger: readonly LedgerEntry[], subjects: readonly string[]): boolean {
  return ledger.some(
    (row) => subjects.includes(row.subject) && (row.state === 'sent' || row.state === 'confirmed'),
  );
}

/** A label made anew after a void, whose store shipment is gone. */
function mustCreateAgain({ store }: PlanContext, { lead }: Candidate, written: Written): boolean {
  if (written.created === null || lead.restores <= written.created.n) return false;
  return (
    store.shipments !== null && !store.shipments.some((one) => one.shipmentId === written.storeShipmentId)
  );
}

/** A shipment that is in the store gets its parcel's current number. */
function planNumber(
  context: PlanContext,
  plan: ShipmentPlan,
  candidate: Candidate,
  storeShipmentId: number,
  last: LedgerEntry,
): void {
  const { lead, subjects, orderAddressId } = candidate;
  const subject = shipmentSubject(lead.key, orderAddressId);
  const row = latestRow(context.ledger, 'update_shipment', subjects);
  if (row?.state === 'sent' || lead.trackingNumber === null || last.body.kind === 'set_status') return;
  const body = updateBody(lead, storeShipmentId, context.rules.carrierMap);
  if (sameTracking(body, last.body)) return;
  const skip = (reason: Skip['reason'], detail: string) => {
    plan.skipped.push({ kind: 'update_shipment', subject, reason, detail });
  };
  if (!context.rules.trackingWrite) {
    skip('tracking_write_off', 'fulfillment.tracking.write is off.');
    return;
  }
  if (CLOSING_STATUSES.includes(context.store.statusId)) {
    skip('protected_status', 'The order is closed in the store.');
    return;
  }
  if (row?.state === 'refused' && row.body.kind === 'update_shipment' && sameTracking(row.body, body)) {
    skip('refused_before', 'The store refused this number; `waybill retry` tries again.');
    return;
  }
  plan.steps.push({
    kind: 'update_shipment',
    subject: row?.subject ?? subject,
    n: nextCount(row),
    body,
    blocked: blockOf(context.rules, row, false),
    mails: 0,
    summary: `Put tracking number ${lead.trackingNumber} onto store shipment ${String(storeShipmentId)}.`,
  });
}

/** The counter of a step: the same row while it waits, a new one after an end. */
function nextCount(row: LedgerEntry | null): number {
  if (row === null) return 0;
  return row.state === 'planned' || row.state === 'superseded' ? row.n : row.n + 1;
}

function planNew(
  context: PlanContext,
  plan: ShipmentPlan,
  candidate: Candidate,
  row: LedgerEntry | null,
  takenOver: Set<number>,
): void {
  const { rules, store } = context;
  const { lead, boxes, orderAddressId, subjects } = candidate;
  const subject = row?.subject ?? shipmentSubject(lead.key, orderAddressId);
  const skip = (reason: Skip['reason'], detail: string) => {
    plan.skipped.push({ kind: 'create_shipment', subject, reason, detail });
  };
  const ended =
    row !== null && (row.state === 'refused' || row.state === 'confirmed') && lead.restores <= row.n;
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
  const voided = voidedShipment(context, candidate, takenOver);
  if (voided !== null) {
    takenOver.add(voided);
    planTakeOver(context, plan, candidate, voided);
    return;
  }
  const fullBody = createBody({
    shipment: lead,
    boxes,
    orderAddressId,
    items: candidate.items,
    carrierMap: rules.carrierMap,
  });
  const claimed = context.ledger.flatMap((one) =>
    one.storeShipmentId === null || subjects.includes(one.subject) ? [] : [one.storeShipmentId],
  );
  const found = store.shipments === null ? null : matchShipment(fullBody, store.shipments, claimed);
  const items = found === null ? available(context.order, plan.covered, candidate.items) : candidate.items;
  if (items.length === 0) {
    skip('nothing_left_to_ship', 'The store already counts these units as shipped.');
    return;
  }
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
  const units = items.reduce((sum, line) => sum + line.quantity, 0);
  const named =
    lead.trackingNumber === null
      ? 'without a tracking number'
      : `with tracking number ${lead.trackingNumber}`;
  plan.steps.push({
    kind: 'create_shipment',
    subject,
    n: row === null ? lead.restores : Math.max(row.n, lead.restores),
    body: { ...fullBody, items },
    blocked: blockOf(rules, row, permission.verdict === 'ask' && found === null),
    mails: found === null ? MAILS_PER_SHIPMENT : 0,
    summary:
      found === null
        ? `Create a shipment of ${String(units)} units ${named} for consignment ${String(orderAddressId)}.`
        : `Adopt store shipment ${String(found.shipmentId)} for the parcel ${named}.`,
  });
}

/** Why a parcel is not due yet, or null (capabilities, K-20). */
function waitsFor(
  rules: WritingRules,
  lead: Shipment,
  boxes: readonly Shipment[],
): Pick<Skip, 'reason' | 'detail'> | null {
  if (!rules.trackingWrite)
    return { reason: 'tracking_write_off', detail: 'fulfillment.tracking.write is off.' };
  if (lead.returned)
    return { reason: 'parcel_returned', detail: 'The parcel came back before it was written.' };
  if (!rules.trigger.some((trigger) => isTriggered(rules, trigger, lead))) {
    return { reason: 'waiting_for_trigger', detail: `Waits for ${rules.trigger.join(' or ')}.` };
  }
  if (rules.requireNumber && lead.trackingNumber === null) {
    return {
      reason: 'no_tracking_number',
      detail: 'The parcel has no tracking number (fulfillment.tracking.require_number).',
    };
  }
  if (isDeferred(rules, [lead, ...boxes])) {
    return {
      reason: 'deferred',
      detail: 'Creating the shipment would set Shipped before a rule under fulfillment.status allows it.',
    };
  }
  return null;
}

function isTriggered(rules: WritingRules, trigger: ShipmentTrigger, lead: Shipment): boolean {
  const { milestones } = lead;
  switch (trigger) {
    case 'label.created':
      // A scan may overtake its label, or come alone: a parcel that the carrier knows has one. Otherwise the order in
      // which the two arrive would decide whether the store ever gets the shipment (decision 0004).
      return milestones.label !== null || rankOf(lead.position) >= TRACKING_RANKS.trackable;
    case 'shipment.manifested':
      return milestones.manifested !== null;
    case 'shipment.external':
      return milestones.external !== null;
    case 'tracking.trackable':
      return milestones.trackable !== null;
    case 'tracking.possession':
      return isPossessed(rules, lead);
  }
}

/** Whether creating the shipment is held because the store would set Shipped with it: asked of its own units only. */
function isDeferred(rules: WritingRules, parcels: readonly Shipment[]): boolean {
  // `restore` holds no shipment: it lets the store move the order and puts the status back afterwards.
  if (['accept', 'restore'].includes(rules.statusSideEffect) || rules.shippedOnWriteback) return false;
  const anyRule = rules.shippedOnTrackable || rules.shippedOnPossession;
  if (rules.statusSideEffect === 'auto' && !anyRule) return false;
  if (rules.shippedOnTrackable && parcels.every((one) => one.milestones.trackable !== null)) return false;
  if (rules.shippedOnPossession && parcels.every((one) => isPossessed(rules, one))) return false;
  const delivered = parcels.every((one) => rankOf(one.position) >= TRACKING_RANKS.delivered);
  return !(rules.onDelivered && delivered);
}

/** The wanted lines, cut to what the store can still take. */
function available(
  order: Order,
  covered: ReadonlyMap<number, number>,
  wanted: readonly LineQuantity[],
): LineQuantity[] {
  return wanted
    .map(({ orderProductId, quantity }) => {
      const line = order.lineItems.find((one) => one.orderProductId === orderProductId);
      const room = line === undefined ? 0 : neededQuantity(line) - (covered.get(orderProductId) ?? 0);
      return { orderProductId, quantity: Math.max(0, Math.min(quantity, room)) };
    })
    .filter((line) => line.quantity > 0);
}

/**
 * The store shipment of a voided label with the same lines: the new label takes it over instead of making a second
 * one (design section 6, "Replaced and voided labels").
 */
function voidedShipment(
  context: PlanContext,
  candidate: Candidate,
  takenOver: ReadonlySet<number>,
): number | null {
  for (const parcel of context.decision.shipments) {
    if (!parcel.voided || parcel.kind !== 'parcel') continue;
    const written = writtenShipment(context.ledger, subjectsOf(parcel, candidate.orderAddressId));
    if (written === null || takenOver.has(written.storeShipmentId)) continue;
    const items = written.created?.body.kind === 'create_shipment' ? written.created.body.items : [];
    if (!sameLines(items, candidate.items)) continue;
    const other = context.ledger.some(
      (row) =>
        row.kind === 'update_shipment' &&
        row.storeShipmentId === written.storeShipmentId &&
        !subjectsOf(parcel, candidate.orderAddressId).includes(row.subject),
    );
    if (!other) return written.storeShipmentId;
  }
  return null;
}

function planTakeOver(
  context: PlanContext,
  plan: ShipmentPlan,
  candidate: Candidate,
  storeShipmentId: number,
): void {
  const { lead, orderAddressId, subjects } = candidate;
  const subject = shipmentSubject(lead.key, orderAddressId);
  plan.anyOurs = true;
  const row = latestRow(context.ledger, 'update_shipment', subjects);
  if (row?.state === 'sent') return;
  if (row?.state === 'refused') {
    plan.skipped.push({
      kind: 'update_shipment',
      subject,
      reason: 'refused_before',
      detail: 'The store refused this number; `waybill retry` tries again.',
    });
    return;
  }
  if (CLOSING_STATUSES.includes(context.store.statusId)) {
    plan.skipped.push({
      kind: 'update_shipment',
      subject,
      reason: 'protected_status',
      detail: 'The order is closed in the store.',
    });
    return;
  }
  plan.steps.push({
    kind: 'update_shipment',
    subject: row?.subject ?? subject,
    n: nextCount(row),
    body: updateBody(lead, storeShipmentId, context.rules.carrierMap),
    blocked: blockOf(context.rules, row, false),
    mails: 0,
    summary: `The new label takes over store shipment ${String(storeShipmentId)} of the voided one.`,
  });
}
