/**
 * Which status the store should show. It promises at most one step, never backwards and never before the shipments
 * that it tells of; shipments are decided elsewhere.
 */
import type { StageCounts } from './facts.ts';
import { neededQuantity, type LineItem } from './order.ts';
import { STORE_STATUS, storeStatusName, storeStatusRank } from './store-status.ts';
import { blockOf, latestRow, statusSubject } from './write-back-ledger.ts';
import { isPossessed, judgeStatus, type PlanContext } from './write-back-permission.ts';
import type { ShipmentPlan } from './write-back-shipments.ts';
import type { WriteBackPlan, WriteBackStep } from './write-back-types.ts';

/** A changed status mails the shopper where the merchant switched that on (bigcommerce-api.md section 4). */
const MAILS_PER_STATUS = 1;

/** Plans the status step that follows the planned shipments, or says why there is none. Pure; may be repeated. */
export function planStatus(
  context: PlanContext,
  shipments: ShipmentPlan,
): { step: WriteBackStep | null; skipped: WriteBackPlan['skipped'] } {
  const target = wantedTarget(context, shipments);
  const none = { step: null, skipped: [] };
  if (target === null || context.store.statusId === target.statusId) return none;
  const { statusId } = target;
  const subject = statusSubject(statusId);
  const row = latestRow(context.ledger, 'set_status', [subject]);
  if (row?.state === 'sent' || row?.state === 'confirmed') return none;
  const skip = (reason: WriteBackPlan['skipped'][number]['reason'], detail: string) => ({
    step: null,
    skipped: [{ kind: 'set_status' as const, subject, reason, detail }],
  });
  if (row?.state === 'refused')
    return skip('refused_before', 'The store refused this status; `waybill retry` tries again.');
  if (target.why === 'shipped' && shipments.skipped.some((one) => one.reason === 'refused_before')) {
    // Shipped without its shipment would mail the shopper without a tracking number (capabilities F-5).
    return skip('waits_for_shipment', 'A shipment of the order was refused; the status waits for it.');
  }
  const permission = judgeStatus(context, statusId, 'set_status');
  if (permission.verdict === 'skip') return skip(permission.reason, permission.detail);
  const own = blockOf(context.rules, row, permission.verdict === 'ask');
  const heldBy = shipments.steps.find((step) => step.blocked !== null)?.blocked ?? null;
  return {
    skipped: [],
    step: {
      kind: 'set_status',
      subject,
      n: row?.n ?? 0,
      body: { kind: 'set_status', statusId },
      // Shipment first, then status: it does not overtake a shipment that waits for a person.
      blocked: own ?? heldBy,
      mails: storeMovesThere(shipments, statusId) ? 0 : MAILS_PER_STATUS,
      summary: `Set status ${String(statusId)} (${storeStatusName(statusId)}): ${target.words}.`,
    },
  };
}

interface Target {
  statusId: number;
  why: 'shipped' | 'delivered';
  words: string;
}

/** The furthest status that some rule asks for. */
function wantedTarget(context: PlanContext, shipments: ShipmentPlan): Target | null {
  const { rules } = context;
  const shipped = shippedReason(context, shipments);
  const targets: Target[] = [];
  if (shipped !== null) targets.push({ statusId: rules.shippedTarget, why: 'shipped', words: shipped });
  // With one status for both, the delivered rule does nothing (capabilities X-4).
  if (rules.deliveredTarget !== rules.shippedTarget && isDelivered(context)) {
    targets.push({ statusId: rules.deliveredTarget, why: 'delivered', words: 'every unit was delivered' });
  }
  const rank = (target: Target) => storeStatusRank(target.statusId) ?? 0;
  return targets.reduce<Target | null>(
    (best, one) => (best === null || rank(one) >= rank(best) ? one : best),
    null,
  );
}

function isDelivered({ rules, decision }: PlanContext): boolean {
  const { counts, shipments } = decision;
  // "Delivered" while a parcel is on its way back is most often the delivery to the sender.
  const goingBack = shipments.some((one) => !one.voided && one.returning);
  return (
    rules.onDelivered &&
    !goingBack &&
    counts.delivered > 0 &&
    counts.delivered + counts.returned === counts.needed
  );
}

function shippedReason(context: PlanContext, shipments: ShipmentPlan): string | null {
  const { rules, decision } = context;
  const { counts } = decision;
  // Everything came back: telling the shopper "shipped" now would be wrong.
  if (counts.needed > 0 && counts.returned === counts.needed) return null;
  if (rules.shippedOnWriteback && allWritten(context, shipments)) return 'every unit is written as shipped';
  if (rules.shippedOnTrackable && counts.needed > 0 && counts.imported === 0)
    return 'the carrier knows every parcel';
  if (rules.shippedOnPossession && allPossessed(context, counts)) return 'the carrier has every parcel';
  return null;
}

/** Every unit has left, and every parcel that did not arrive yet is proven to be with the carrier. */
function allPossessed({ rules, decision }: PlanContext, counts: StageCounts): boolean {
  if (counts.needed === 0 || counts.imported + counts.trackable > 0) return false;
  return decision.shipments
    .filter((one) => one.kind === 'parcel' && !one.voided && !one.returned && one.position !== null)
    .every((one) => isPossessed(rules, one));
}

function allWritten({ order, decision }: PlanContext, shipments: ShipmentPlan): boolean {
  if (!shipments.anyOurs) return false;
  const collected =
    decision.shipments.find((one) => one.kind === 'pickup' && one.position === 'delivered')?.holds ?? [];
  const covers = (line: LineItem): boolean => {
    const needed = neededQuantity(line);
    if (line.orderAddressId !== null) return (shipments.covered.get(line.orderProductId) ?? 0) >= needed;
    return (collected.find((one) => one.orderProductId === line.orderProductId)?.quantity ?? 0) >= needed;
  };
  return order.lineItems.filter((line) => line.kind === 'physical').every(covers);
}

/** The planned shipments make the store set Shipped by itself (capabilities F-3), so it mails only once. */
function storeMovesThere(shipments: ShipmentPlan, statusId: number): boolean {
  return statusId === STORE_STATUS.shipped && shipments.steps.some((step) => step.kind === 'create_shipment');
}
