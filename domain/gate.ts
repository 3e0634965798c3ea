/**
 * The gate: which orders are admitted, which wait, which get a lifecycle (capabilities; design
 * section 4). It promises a reason with the rule and its setting for every refusal; it must not refuse a known order.
 */
import { comparable } from './cash-on-delivery.ts';
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
  codBypassStatuses: number[];
  /** What happens to orders that we created in the store (capabilities X-13). */
  ownOrders: 'link' | 'import' | 'ignore';
  /** The mark of origin on those orders. */
  ownSource: string;
  /** A run that was asked for a past range takes nothing older than its beginning; null for all other runs. */
  lookback?: { basis: 'created' | 'modified'; since: string } | null;
  /** A person named these very orders and wants them in every status (capabilities P-26). */
  everyStatus?: boolean;
}

export type GateVerdict =
  | {
      admitted: true;
      /** Which exemption let it in, where one was needed. */
      because?: string;
    }
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
 * Judges one order as `completeOrder` made it: whether it is cash on delivery is decided there. `firstImport`: the order
 * is not known yet; a known order is refreshed in every status, so that a cancellation is never missed. Pure; may
 * be repeated.
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
  const own = isOwn(order, rules);
  if (own && rules.ownOrders === 'ignore') {
    const detail = `The order was created by Waybill itself (source ${rules.ownSource}), and orders.import.own_orders is ignore.`;
    return { admitted: false, kind: 'rejected', rule: 'own_orders', setting: OWN_ORDERS, detail };
  }
  if (own && rules.ownOrders === 'link') {
    const sale = order.externalOrderId ?? '';
    return {
      admitted: true,
      because: `Waybill created it for sale ${sale}; it passes every status (${OWN_ORDERS}).`,
    };
  }
  if (rules.everyStatus === true) {
    return { admitted: true, because: 'A person asked for this very order, in whatever status.' };
  }
  if (rules.exclude.includes(order.statusId))
    return rejected('exclude', `${status} is in ${STATUSES}.exclude.`);
  const named = rules.include?.includes(order.statusId) ?? false;
  if (rules.include !== null && !named)
    return rejected('include', `${status} is not in ${STATUSES}.include.`);
  const excluded = rules.defaultExclude.includes(order.statusId) && !named;
  if (excluded && !bypasses(order, rules)) {
    const unmatched = order.isCod ? '' : (order.codReason ?? '');
    const detail = `${status} is in ${STATUSES}.default_exclude.`;
    return rejected(
      'default_exclude',
      unmatched === '' ? detail : `${detail} It is no exemption: ${unmatched}.`,
    );
  }
  const late = tooOld(order, rules) ?? held(order, rules, now);
  if (late !== null) return late;
  return excluded
    ? {
        admitted: true,
        because: `${status} is in ${STATUSES}.default_exclude, but the order is cash on delivery by ${order.codReason ?? 'its rules'} (orders.import.cod.bypass_statuses).`,
      }
    : { admitted: true };
}

const OWN_ORDERS = 'orders.import.own_orders';

/** Our mark of origin and our number of the sale: a merchant's own `external_source` alone is not enough. */
function isOwn(order: Order, rules: GateRules): boolean {
  return (
    order.externalOrderId !== null &&
    order.externalSource !== null &&
    comparable(order.externalSource) === comparable(rules.ownSource)
  );
}

function rejected(rule: 'exclude' | 'include' | 'default_exclude', detail: string): GateVerdict {
  return { admitted: false, kind: 'rejected', rule, setting: `${STATUSES}.${rule}`, detail };
}

/** Cash on delivery is unpaid by nature. */
function bypasses(order: Order, rules: GateRules): boolean {
  return order.isCod && rules.codBypassStatuses.includes(order.statusId);
}

function tooOld(order: Order, rules: GateRules): GateVerdict | null {
  const lookback = rules.lookback ?? null;
  if (lookback === null) return null;
  const at = lookback.basis === 'created' ? order.createdAt : order.modifiedAt;
  if (instantMs(at) >= instantMs(lookback.since)) return null;
  return {
    admitted: false,
    kind: 'rejected',
    rule: 'lookback',
    setting: 'orders.import.lookback_days',
    detail: `The order was ${lookback.basis} before ${lookback.since}, where this import begins. Ask for more days, or for the order by its number.`,
  };
}

function held(order: Order, rules: GateRules, now: string): GateVerdict | null {
  if (rules.holdMinutes === 0) return null;
  const untilMs = instantMs(order.createdAt) + rules.holdMinutes * MINUTE_MS;
  if (instantMs(now) >= untilMs) return null;
  return {
    admitted: false,
    kind: 'held',
    rule: 'hold',
    setting: 'orders.import.hold_minutes',
    detail: `New orders wait ${String(rules.holdMinutes)} minutes (orders.import.hold_minutes).`,
    until: isoMillis(untilMs),
  };
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
