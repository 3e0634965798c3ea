/**
 * The gate: which orders are admitted, which wait, which get a lifecycle (capabilities; design
 * section 4). It promises a reason with the rule and its setting for every refusal; it must not refuse a known order.
 */
import type { Stage } from './facts.ts';
import { DAY_MS, instantMs, isoMillis, MINUTE_MS } from './instants.ts';
import { isDigitalOnly, type Order } from './order.ts';
import { isEndStage } from './order-stage.ts';
import { storeStatusName } from './store-status.ts';

export interface GateRules {
  /** Null: all storefronts. */
  storefrontIds: number[] | null;
  /** Null: every status that no other list excludes. */
  include: number[] | null;
  exclude: number[];
  defaultExclude: number[];
  holdMinutes: number;
  codPaymentMethods: string[];
  codBypassStatuses: number[];
}

export type GateVerdict =
  | { admitted: true }
  | {
      admitted: false;
      kind: 'rejected' | 'held';
      /** Machine word, such as `default_exclude`. */
      rule: string;
      /** The setting that says so; empty where no setting does. */
      setting: string;
      detail: string;
      /** When a held order is due, ISO with milliseconds. */
      until?: string;
    };

export type LifecycleWish =
  { wants: true } | { wants: false; reason: 'digital_only' | 'end_stage' | 'beyond_horizon'; detail: string };

const STATUSES = 'orders.import.statuses';

/**
 * Judges one order. `firstImport`: the order is not known yet; a known order is refreshed in every status, so that a
 * cancellation is never missed. Pure; may be repeated.
 */
export function gate(order: Order, rules: GateRules, now: string, firstImport: boolean): GateVerdict {
  if (!firstImport) return { admitted: true };
  const status = `Status ${String(order.statusId)} (${storeStatusName(order.statusId)})`;
  if (rules.storefrontIds !== null && !rules.storefrontIds.includes(order.storefrontId)) {
    const detail = `Storefront ${String(order.storefrontId)} is not among connection.bc_channel_ids.`;
    return {
      admitted: false,
      kind: 'rejected',
      rule: 'storefront',
      setting: 'connection.bc_channel_ids',
      detail,
    };
  }
  if (order.archived) {
    const detail = 'The order is archived in the store, which is how the store deletes orders.';
    return { admitted: false, kind: 'rejected', rule: 'archived', setting: '', detail };
  }
  if (rules.exclude.includes(order.statusId))
    return rejected('exclude', `${status} is in ${STATUSES}.exclude.`);
  const named = rules.include?.includes(order.statusId) ?? false;
  if (rules.include !== null && !named)
    return rejected('include', `${status} is not in ${STATUSES}.include.`);
  if (rules.defaultExclude.includes(order.statusId) && !named && !bypasses(order, rules)) {
    return rejected('default_exclude', `${status} is in ${STATUSES}.default_exclude.`);
  }
  return held(order, rules, now) ?? { admitted: true };
}

function rejected(rule: 'exclude' | 'include' | 'default_exclude', detail: string): GateVerdict {
  return { admitted: false, kind: 'rejected', rule, setting: `${STATUSES}.${rule}`, detail };
}

/** Cash on delivery is unpaid by nature. */
function bypasses(order: Order, rules: GateRules): boolean {
  return rules.codBypassStatuses.includes(order.statusId) && isCashOnDelivery(order, rules);
}

function held(order: Order, rules: GateRules, now: string): GateVerdict | null {
  const untilMs = instantMs(order.createdAt) + rules.holdMinutes * MINUTE_MS;
  if (rules.holdMinutes === 0 || instantMs(now) >= untilMs) return null;
  return {
    admitted: false,
    kind: 'held',
    rule: 'hold',
    setting: 'orders.import.hold_minutes',
    detail: `New orders wait ${String(rules.holdMinutes)} minutes (orders.import.hold_minutes).`,
    until: isoMillis(untilMs),
  };
}

/** Whole names only, trimmed, without regard to case or to how accents are encoded (capabilities Q-22). */
function isCashOnDelivery(order: Order, rules: GateRules): boolean {
  const method = comparable(order.paymentMethod);
  return method !== '' && rules.codPaymentMethods.some((name) => comparable(name) === method);
}

function comparable(text: string): string {
  return text.normalize('NFKC').trim().toLowerCase();
}

/**
 * The order with `isCod` and `codAmount` as the channel's rules see them: asked at import and at every refresh
 * (capabilities Q-24). The amount to collect is the order's total.
 */
export function markCod(order: Order, rules: GateRules): Order {
  const isCod = isCashOnDelivery(order, rules);
  return { ...order, isCod, codAmount: isCod ? order.totalIncTax : null };
}

/** Whether a newly admitted order gets a lifecycle; `horizonDays` bounds a first import. Pure; may be repeated. */
export function wantsLifecycle(order: Order, stage: Stage, horizonDays: number, now: string): LifecycleWish {
  if (isDigitalOnly(order)) {
    return { wants: false, reason: 'digital_only', detail: 'Nothing in the order ever travels.' };
  }
  if (isEndStage(stage)) {
    return { wants: false, reason: 'end_stage', detail: `The order is ${stage} already.` };
  }
  if (instantMs(order.createdAt) < instantMs(now) - horizonDays * DAY_MS) {
    const detail = `The order is older than ${String(horizonDays)} days (lifecycle.horizon_days).`;
    return { wants: false, reason: 'beyond_horizon', detail };
  }
  return { wants: true };
}
