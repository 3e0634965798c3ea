/**
 * The tracking on a shipment that is in the store: a replaced number, a box that was labelled late, a new label for the
 * lines of a voided one. It promises one update per change; it creates nothing.
 */
import { CLOSING_STATUSES } from './store-status.ts';
import { sameTracking, updateBody, type ToldTracking } from './write-back-body.ts';
import type { Candidate } from './write-back-candidates.ts';
import { blockOf, latestRow, nextCount, shipmentSubject, type Written } from './write-back-ledger.ts';
import type { PlanContext, Skip } from './write-back-permission.ts';
import type { ShipmentPlan } from './write-back-draft.ts';

/** Plans the update that makes the store's shipment tell the parcel's current numbers; nothing where it does. */
export function planNumber(
  context: PlanContext,
  plan: ShipmentPlan,
  candidate: Candidate,
  written: Written,
  how: 'keeps' | 'takes over' = 'keeps',
): void {
  const { rules, store, ledger } = context;
  const { lead, boxes, subjects, orderAddressId } = candidate;
  const { storeShipmentId, told } = written;
  if (how === 'takes over') plan.anyOurs = true;
  const subject = shipmentSubject(lead.key, orderAddressId);
  const row = latestRow(ledger, 'update_shipment', subjects);
  if (row?.state === 'sent' || lead.trackingNumber === null) return;
  const inStore = store.shipments?.find((one) => one.shipmentId === storeShipmentId);
  const existing = inStore?.comments ?? told.comments;
  const body = updateBody({ shipment: lead, boxes, storeShipmentId, existing, rules });
  const after: ToldTracking = { ...body, comments: body.comments ?? existing };
  if (how === 'keeps' && sameTracking(after, told)) return;
  const skip = (reason: Skip['reason'], detail: string) => {
    plan.skipped.push({ kind: 'update_shipment', subject, reason, detail });
  };
  if (!rules.trackingWrite) {
    skip('tracking_write_off', 'fulfillment.tracking.write is off.');
    return;
  }
  if (CLOSING_STATUSES.includes(store.statusId)) {
    skip('protected_status', 'The order is closed in the store.');
    return;
  }
  if (row?.state === 'refused' && row.body.kind === 'update_shipment') {
    const refused: ToldTracking = { ...row.body, comments: row.body.comments ?? existing };
    if (how === 'takes over' || sameTracking(refused, after)) {
      skip('refused_before', 'The store refused this number; `waybill retry` tries again.');
      return;
    }
  }
  const late = boxes.length > 0 && body.comments !== undefined ? ` and ${String(boxes.length)} more` : '';
  plan.steps.push({
    kind: 'update_shipment',
    subject: row?.subject ?? subject,
    n: nextCount(row),
    body,
    blocked: blockOf(rules, row, false),
    mails: 0,
    summary:
      how === 'keeps'
        ? `Put tracking number ${lead.trackingNumber}${late} onto store shipment ${String(storeShipmentId)}.`
        : `The new label takes over store shipment ${String(storeShipmentId)} of the voided one.`,
  });
}
