/**
 * A person's `resend` (capabilities P-32): the tracking is sent once more although the ledger says that the store has
 * it. It promises that the parcel's shipment is found by the id we know or by its number, and made anew only where
 * neither is there; quantities are judged as for any shipment.
 */
import { CLOSING_STATUSES, STORE_STATUS } from './store-status.ts';
import { createBody, updateBody } from './write-back-body.ts';
import { available, type Candidate } from './write-back-candidates.ts';
import type { ShipmentPlan } from './write-back-draft.ts';
import { blockOf, latestRow, nextCount, shipmentSubject, writtenShipment } from './write-back-ledger.ts';
import { matchShipment } from './write-back-match.ts';
import { judgeStatus, type PlanContext, type Skip } from './write-back-permission.ts';
import type { LedgerEntry, StoreShipment, WriteBackKind } from './write-back-types.ts';

/** The waiting row by which a person asked for it, or null. */
export function resendRow(ledger: readonly LedgerEntry[], subjects: readonly string[]): LedgerEntry | null {
  return (
    (['update_shipment', 'create_shipment'] as const)
      .map((kind) => latestRow(ledger, kind, subjects))
      .find((row) => row?.state === 'planned' && isResend(row.body)) ?? null
  );
}

export function isResend(body: LedgerEntry['body']): boolean {
  return (body.kind === 'create_shipment' || body.kind === 'update_shipment') && body.resend === true;
}

/** Plans the one step that sends a parcel's tracking again; `asked` is the row of {@link resendRow}. */
export function planResend(
  context: PlanContext,
  plan: ShipmentPlan,
  candidate: Candidate,
  asked: LedgerEntry,
): void {
  const { rules, store, ledger } = context;
  const { lead, boxes, subjects, orderAddressId } = candidate;
  const found = shipmentOf(context, candidate);
  const kind: WriteBackKind = found === null ? 'create_shipment' : 'update_shipment';
  const row = latestRow(ledger, kind, subjects);
  const subject = row?.subject ?? shipmentSubject(lead.key, orderAddressId);
  const skip = (reason: Skip['reason'], detail: string): void =>
    void plan.skipped.push({ kind, subject, reason, detail });
  if (!rules.trackingWrite) return skip('tracking_write_off', 'fulfillment.tracking.write is off.');
  if (lead.trackingNumber === null)
    return skip('no_tracking_number', 'The parcel has no tracking number that could be sent again.');
  if (CLOSING_STATUSES.includes(store.statusId))
    return skip('protected_status', 'The order is closed in the store.');
  plan.anyOurs = true;
  const step = {
    ...{ kind, subject, n: nextCount(row) },
    blocked: blockOf(rules, row?.id === asked.id ? row : { ...asked, approved: true }, false),
  };
  const number = `tracking number ${lead.trackingNumber}`;
  if (found !== null) {
    const body = updateBody({
      ...{ shipment: lead, boxes, rules },
      storeShipmentId: found.shipmentId,
      existing: found.comments,
    });
    plan.steps.push({
      ...step,
      body: { ...body, resend: true },
      mails: 0,
      summary: `Send ${number} to store shipment ${String(found.shipmentId)} once more.`,
    });
    return;
  }
  const items = available(context.order, plan.covered, candidate.items);
  if (items.length === 0)
    return skip('nothing_left_to_ship', 'The store already counts these units as shipped.');
  const permission = judgeStatus(context, STORE_STATUS.shipped, 'create_shipment');
  if (permission.verdict === 'skip') return skip(permission.reason, permission.detail);
  const body = createBody({ shipment: lead, boxes, orderAddressId, items, rules });
  for (const { orderProductId, quantity } of items)
    plan.covered.set(orderProductId, (plan.covered.get(orderProductId) ?? 0) + quantity);
  plan.steps.push({
    ...step,
    body: { ...body, resend: true },
    mails: 1,
    summary: `Create the shipment with ${number} anew: it is not in the store any more.`,
  });
}

/** The parcel's shipment in the store: the one that the ledger knows, else one that bears its number. */
function shipmentOf(
  { store, ledger, rules }: PlanContext,
  { lead, boxes, orderAddressId, items, subjects }: Candidate,
): Pick<StoreShipment, 'shipmentId' | 'comments'> | null {
  const written = writtenShipment(ledger, subjects);
  if (store.shipments === null) {
    // Not read yet: the step reads it before it sends, and is planned anew where it finds it otherwise.
    return written === null ? null : { shipmentId: written.storeShipmentId, comments: written.told.comments };
  }
  const known = store.shipments.find((one) => one.shipmentId === written?.storeShipmentId);
  if (known !== undefined) return known;
  const claimed = ledger.flatMap((one) =>
    one.storeShipmentId === null || subjects.includes(one.subject) ? [] : [one.storeShipmentId],
  );
  const body = createBody({ shipment: lead, boxes, orderAddressId, items, rules });
  return matchShipment(body, store.shipments, claimed);
}
