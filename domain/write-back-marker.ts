/**
 * The delivered marker (`fulfillment.delivered_marker`, capabilities Q-33): the time of delivery beside a status that
 * cannot say Delivered. It promises one marker per order, written after the status; it mails nobody.
 */
import { CLOSING_STATUSES } from './store-status.ts';
import { blockOf, latestRow } from './write-back-ledger.ts';
import type { PlanContext, Skip } from './write-back-permission.ts';
import { isDelivered } from './write-back-status.ts';
import type { WriteBackBlock, WriteBackStep } from './write-back-types.ts';

/** Plans the marker behind the status, or says why there is none. Pure; may be repeated. */
export function planMarker(
  context: PlanContext,
  heldBy: WriteBackBlock | null,
): { step: WriteBackStep | null; skipped: Skip[] } {
  const { rules, store, ledger, decision } = context;
  const none = { step: null, skipped: [] };
  const marker = rules.deliveredMarker;
  if (marker === 'none' || !isDelivered(context)) return none;
  const times = decision.shipments.flatMap((one) =>
    one.voided || one.milestones.delivered === null ? [] : [one.milestones.delivered],
  );
  const deliveredAt = times.sort().at(-1);
  // Delivered by a person's word in the store alone: there is no time to tell.
  if (deliveredAt === undefined) return none;
  const subject = `delivered:${marker}`;
  const row = latestRow(ledger, 'mark_delivered', [subject]);
  if (row?.state === 'sent' || row?.state === 'confirmed') return none;
  const skip = (reason: Skip['reason'], detail: string) => ({
    step: null,
    skipped: [{ kind: 'mark_delivered' as const, subject, reason, detail }],
  });
  if (row?.state === 'refused')
    return skip('refused_before', 'The store refused the marker; `waybill retry` tries again.');
  if (CLOSING_STATUSES.includes(store.statusId))
    return skip('protected_status', 'The order is closed in the store.');
  return {
    skipped: [],
    step: {
      kind: 'mark_delivered',
      subject,
      n: row?.n ?? 0,
      body: { kind: 'mark_delivered', marker, deliveredAt },
      blocked: blockOf(rules, row, false) ?? heldBy,
      mails: 0,
      summary: `Mark the order as delivered at ${deliveredAt} (${marker === 'staff_note' ? 'staff note' : 'order metafield'}).`,
    },
  };
}
