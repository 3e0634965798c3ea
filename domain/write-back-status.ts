/**
 * Which status the store should show. It promises at most one step, never backwards and never before the shipments
 * that it tells of; shipments are decided elsewhere, steps back in `write-back-status-back.ts`.
 */
import type { StageCounts } from './facts.ts';
import { neededQuantity, type LineItem } from './order.ts';
import { STORE_STATUS, storeStatusName, storeStatusRank } from './store-status.ts';
import { blockOf, latestRow, statusSubject } from './write-back-ledger.ts';
import { isPossessed, judgeStatus, type PlanContext } from './write-back-permission.ts';
import { isPickupParcel, pickupProgress, pickupWord, type PickupProgress } from './write-back-pickup.ts';
import type { ShipmentPlan, StatusPlan } from './write-back-draft.ts';
import { planStatusBack } from './write-back-status-back.ts';
import type { LedgerEntry, WriteBackBlock, WriteBackPlan } from './write-back-types.ts';

/** A changed status mails the shopper where the merchant switched that on (bigcommerce-api.md section 4). */
const MAILS_PER_STATUS = 1;

/** Plans the status step that follows the planned shipments, or says why there is none. Pure; may be repeated. */
export function planStatus(
  context: PlanContext,
  shipments: ShipmentPlan,
  heldBy: WriteBackBlock | null,
): StatusPlan {
  const pickup = pickupProgress(context);
  const target = wantedTarget(context, shipments, pickup);
  // Trouble and returns take the place of a step forward as long as they last.
  const trouble = planStatusBack(context, shipments, { forward: target?.statusId ?? null, heldBy });
  if (trouble !== null) return trouble;
  const forward =
    target === null ? { step: null, skipped: [] } : planForward(context, shipments, target, heldBy);
  return { ...forward, skipped: [...forward.skipped, ...sameTargets(context)] };
}

function planForward(
  context: PlanContext,
  shipments: ShipmentPlan,
  target: Target,
  heldBy: WriteBackBlock | null,
): StatusPlan {
  const none = { step: null, skipped: [] };
  if (context.store.statusId === target.statusId) return none;
  const { statusId } = target;
  const subject = statusSubject(statusId);
  const row = latestRow(context.ledger, 'set_status', [subject]);
  const undone = wasUndone(context.ledger, row);
  if (row?.state === 'sent' || (row?.state === 'confirmed' && !undone)) return none;
  const skip = (reason: WriteBackPlan['skipped'][number]['reason'], detail: string): StatusPlan => ({
    step: null,
    skipped: [{ kind: 'set_status' as const, subject, reason, detail }],
  });
  if (row?.state === 'refused' && !undone)
    return skip('refused_before', 'The store refused this status; `waybill retry` tries again.');
  if (target.why === 'shipped' && shipments.skipped.some((one) => one.reason === 'refused_before')) {
    // Shipped without its shipment would mail the shopper without a tracking number (capabilities F-5).
    return skip('waits_for_shipment', 'A shipment of the order was refused; the status waits for it.');
  }
  const permission = judgeStatus(context, statusId, 'set_status');
  if (permission.verdict === 'skip') return skip(permission.reason, permission.detail);
  const own = blockOf(context.rules, row, permission.verdict === 'ask');
  return {
    skipped: [],
    step: {
      kind: 'set_status',
      subject,
      n: row === null ? 0 : undone ? row.n + 1 : row.n,
      body: { kind: 'set_status', statusId },
      // Shipment first, then status: it does not overtake a shipment that waits for a person.
      blocked: own ?? heldBy,
      mails: storeMovesThere(shipments, statusId) ? 0 : MAILS_PER_STATUS,
      summary: `Set status ${String(statusId)} (${storeStatusName(statusId)}): ${target.words}.`,
    },
  };
}

/** Whether a step back of ours came after this row, so that the same status may be due once more. */
function wasUndone(ledger: readonly LedgerEntry[], row: LedgerEntry | null): boolean {
  if (row === null || (row.state !== 'confirmed' && row.state !== 'refused')) return false;
  const since = ledger.slice(ledger.findIndex((one) => one.id === row.id) + 1);
  return since.some(
    (one) => one.state === 'confirmed' && one.body.kind === 'set_status' && one.body.purpose !== undefined,
  );
}

interface Target {
  statusId: number;
  why: 'shipped' | 'delivered' | 'pickup';
  words: string;
}

/** The furthest status that some rule asks for. */
function wantedTarget(context: PlanContext, shipments: ShipmentPlan, pickup: PickupProgress): Target | null {
  const { rules } = context;
  const shipped = shippedReason(context, shipments, pickup);
  const targets: Target[] = [];
  if (shipped !== null) targets.push({ statusId: rules.shippedTarget, why: 'shipped', words: shipped });
  const word = pickupWord(context, pickup, shipments.covered);
  if (word === 'ready') {
    targets.push({
      statusId: rules.pickup.targetStatus,
      why: 'pickup',
      words: 'what is to be picked up waits at the counter',
    });
  }
  if (word === 'collected' && rules.pickup.collectedTarget !== null) {
    targets.push({
      statusId: rules.pickup.collectedTarget,
      why: 'pickup',
      words: 'everything was collected',
    });
  }
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

/** Says why the delivered rule does nothing where both rules name one status. */
function sameTargets(context: PlanContext): WriteBackPlan['skipped'] {
  const { rules } = context;
  if (rules.deliveredTarget !== rules.shippedTarget || !isDelivered(context)) return [];
  return [
    {
      kind: 'set_status',
      subject: statusSubject(rules.deliveredTarget),
      reason: 'same_status',
      detail: `Shipped and delivered are the same status here (${String(rules.deliveredTarget)}), so delivery changes none.`,
    },
  ];
}

/** Whether the channel's delivered rule holds: every needed unit arrived, none is on its way back. */
export function isDelivered({ rules, decision }: PlanContext): boolean {
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

function shippedReason(context: PlanContext, shipments: ShipmentPlan, pickup: PickupProgress): string | null {
  const { rules, decision } = context;
  const { counts } = decision;
  // Everything came back: telling the shopper "shipped" now would be wrong.
  if (counts.needed > 0 && counts.returned === counts.needed) return null;
  // What waits at the counter is not shipped; an order of nothing else never is.
  if (pickup.ready.size > 0 || isPickupOnly(context)) return null;
  if (rules.shippedOnWriteback && allWritten(context, shipments, pickup))
    return 'every unit is written as shipped';
  if (rules.shippedOnTrackable && counts.needed > 0 && counts.imported === 0)
    return 'the carrier knows every parcel';
  if (rules.shippedOnPossession && allPossessed(context, counts)) return 'the carrier has every parcel';
  return null;
}

function isPickupOnly({ decision, rules }: PlanContext): boolean {
  const holding = decision.shipments.filter((one) => !one.voided && one.holds.length > 0);
  return holding.length > 0 && holding.every((one) => isPickupParcel(rules, one));
}

/** Every unit has left, and every parcel that did not arrive yet is proven to be with the carrier. */
function allPossessed({ rules, decision }: PlanContext, counts: StageCounts): boolean {
  if (counts.needed === 0 || counts.imported + counts.trackable > 0) return false;
  return decision.shipments
    .filter((one) => one.kind === 'parcel' && !one.voided && !one.returned && one.position !== null)
    .filter((one) => !isPickupParcel(rules, one))
    .every((one) => isPossessed(rules, one));
}

function allWritten(
  { order, decision }: PlanContext,
  shipments: ShipmentPlan,
  pickup: PickupProgress,
): boolean {
  if (!shipments.anyOurs) return false;
  const counter = decision.shipments.find((one) => one.kind === 'pickup' && one.position === 'delivered');
  const covers = (line: LineItem): boolean => {
    const id = line.orderProductId;
    const collected = Math.max(
      pickup.collected.get(id) ?? 0,
      counter?.holds.find((one) => one.orderProductId === id)?.quantity ?? 0,
    );
    const shipped = line.orderAddressId === null ? 0 : (shipments.covered.get(id) ?? 0);
    return shipped + collected >= neededQuantity(line);
  };
  return order.lineItems.filter((line) => line.kind === 'physical').every(covers);
}

/** The planned shipments make the store set Shipped by itself (capabilities F-3), so it mails only once. */
function storeMovesThere(shipments: ShipmentPlan, statusId: number): boolean {
  return statusId === STORE_STATUS.shipped && shipments.steps.some((step) => step.kind === 'create_shipment');
}
