import type { Stage } from './facts.ts';
import type { Order } from './order.ts';
export interface GateRules {
  /** Null: all storefronts. */
  storefrontIds: number[] | null;
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
      rule: string;
      setting: string;
      detail: string;
      until?: string;
    };
export type LifecycleWish =
  { wants: true } | { wants: false; reason: 'digital_only' | 'end_stage' | 'beyond_horizon'; detail: string };
/** `firstImport`: the order is not known yet; known orders are always admitted (capabilities X-24). */
export function gate(order: Order, rules: GateRules, now: string, firstImport: boolean): GateVerdict {
  throw new Error(`being written ${order.orderId} ${rules.holdMinutes} ${now} ${firstImport}`);
}
/** The order with `isCod` and `codAmount` as the channel's rules see them; asked for every read before it is stored. */
export function markCod(order: Order, rules: GateRules): Order {
  throw new Error(`being written ${order.orderId} ${rules.holdMinutes}`);
}
/** Whether a newly admitted order gets a lifecycle. `horizonDays` bounds a first import. */
export function wantsLifecycle(order: Order, stage: Stage, horizonDays: number, now: string): LifecycleWish {
  throw new Error(`being written ${order.orderId} ${stage} ${horizonDays} ${now}`);
}
