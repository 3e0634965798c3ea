/**
 * Whether the store's present status allows a write (design section 6, "Never backwards" and "A person's decision").
 * It promises that protected statuses stand whatever a setting says; it must not know parcels.
 */
import { TRACKING_RANKS } from './carrier-event.ts';
import type { OrderDecision, Shipment } from './facts.ts';
import type { Order } from './order.ts';
import {
  ALWAYS_PROTECTED_STATUSES,
  NEVER_WRITTEN_STATUSES,
  STORE_STATUS,
  storeStatusName,
  storeStatusRank,
} from './store-status.ts';
import { rankOf } from './parcel-state.ts';
import { isExplained, personChanged } from './write-back-match.ts';
import type {
  LedgerEntry,
  StatusPurpose,
  StoreOrderView,
  WriteBackKind,
  WriteBackPlan,
  WritingRules,
} from './write-back-types.ts';

/** All that a plan is made from, for a channel that may write. */
export interface PlanContext {
  order: Order;
  decision: OrderDecision;
  rules: WritingRules;
  store: StoreOrderView;
  ledger: LedgerEntry[];
  explainedStatuses: number[];
}

export type Skip = WriteBackPlan['skipped'][number];

/**
 * Whether the carrier has the parcel, by the channel's words for it (`fulfillment.possession_states`): one of them or
 * any later one. A delay that is reported before any scan proves nothing (capabilities Q-31).
 */
export function isPossessed(rules: WritingRules, shipment: Shipment): boolean {
  const lowest = Math.min(...rules.possessionStates.map((state) => TRACKING_RANKS[state]));
  return shipment.milestones.possession !== null && rankOf(shipment.position) >= lowest;
}

export type Permission =
  { verdict: 'go' } | { verdict: 'ask' } | { verdict: 'skip'; reason: Skip['reason']; detail: string };

/**
 * Judges a write whose effect is the status `target`. A shipment may be added while the order is at Shipped already;
 * a status step that changes nothing is no step.
 */
export function judgeStatus(
  context: Pick<PlanContext, 'rules' | 'store' | 'explainedStatuses'>,
  target: number,
  kind: WriteBackKind,
): Permission {
  const { rules, store, explainedStatuses } = context;
  const { statusId } = store;
  const now = `${String(statusId)} (${storeStatusName(statusId)})`;
  const forShipment = kind === 'create_shipment';
  if (!forShipment && NEVER_WRITTEN_STATUSES.includes(target)) {
    return {
      verdict: 'skip',
      reason: 'never_written_status',
      detail: `Status ${String(target)} is never written: it would move no money.`,
    };
  }
  // 14 (Partially Refunded) gets shipments only.
  const partlyRefunded = statusId === STORE_STATUS.partiallyRefunded;
  const isProtected =
    ALWAYS_PROTECTED_STATUSES.includes(statusId) || rules.protectedStatuses.includes(statusId);
  if (partlyRefunded ? !forShipment : isProtected) {
    return {
      verdict: 'skip',
      reason: 'protected_status',
      detail: `The store says ${now}, which is never overwritten.`,
    };
  }
  const rank = storeStatusRank(statusId) ?? 0;
  const targetRank = storeStatusRank(target) ?? 0;
  // Two statuses of one rank: ours may give way to the other, as Partially Shipped does to Awaiting Pickup.
  const sideways = rank === targetRank && statusId !== target && isExplained(statusId, explainedStatuses);
  if (forShipment ? rank > targetRank : rank >= targetRank && !sideways) {
    return {
      verdict: 'skip',
      reason: 'never_backwards',
      detail: `The store says ${now}, which is as far or further.`,
    };
  }
  const byPerson = personChanged({
    statusId,
    explained: explainedStatuses,
    target,
    protectedStatuses: rules.protectedStatuses,
  });
  if (!byPerson || !rules.respectManualChange || rules.onConflict === 'overwrite') return { verdict: 'go' };
  if (rules.onConflict === 'ask') return { verdict: 'ask' };
  return {
    verdict: 'skip',
    reason: 'manual_change',
    detail: `A person set ${now} in the store (fulfillment.on_conflict).`,
  };
}

/**
 * Judges a status that is no step forward: the rank does not count, but what is protected stands, 4, 5 and 14 are never
 * written, and a status that we did not cause is a person's. `restore` undoes only what a shipment of ours caused.
 */
export function judgeBack(
  context: Pick<PlanContext, 'rules' | 'store' | 'explainedStatuses'>,
  target: number,
  purpose: StatusPurpose,
): Permission {
  const { rules, store, explainedStatuses } = context;
  const { statusId } = store;
  const now = `${String(statusId)} (${storeStatusName(statusId)})`;
  const skip = (reason: Skip['reason'], detail: string): Permission => ({ verdict: 'skip', reason, detail });
  if (NEVER_WRITTEN_STATUSES.includes(target))
    return skip('never_written_status', `Status ${String(target)} is never written: it would move no money.`);
  const isProtected =
    ALWAYS_PROTECTED_STATUSES.includes(statusId) ||
    rules.protectedStatuses.includes(statusId) ||
    statusId === STORE_STATUS.partiallyRefunded;
  if (isProtected) return skip('protected_status', `The store says ${now}, which is never overwritten.`);
  const byShipment = statusId === STORE_STATUS.shipped || statusId === STORE_STATUS.partiallyShipped;
  if (purpose === 'restore' && !byShipment)
    return skip('manual_change', `The store says ${now} by now, which no shipment of ours caused.`);
  if (isExplained(statusId, explainedStatuses)) return { verdict: 'go' };
  if (purpose !== 'restore') {
    if (!rules.respectManualChange || rules.onConflict === 'overwrite') return { verdict: 'go' };
    if (rules.onConflict === 'ask') return { verdict: 'ask' };
  }
  return skip('manual_change', `A person set ${now} in the store (fulfillment.on_conflict).`);
}
