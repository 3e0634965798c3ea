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
import { personChanged } from './write-back-match.ts';
import type {
  LedgerEntry,
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
  if (forShipment ? rank > targetRank : rank >= targetRank) {
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
