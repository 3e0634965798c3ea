import type { OrderDecision } from './facts.ts';
import type { Order } from './order.ts';
import type {
  LedgerEntry,
  StoreOrderView,
  WriteBackBlock,
  WriteBackPlan,
  WriteBackRules,
  WriteBackState,
  WritingRules,
} from './write-back-types.ts';
export interface PlanInput {
  order: Order;
  decision: OrderDecision;
  rules: WriteBackRules;
  store: StoreOrderView;
  ledger: LedgerEntry[];
  explainedStatuses: number[];
}
/** False for an import-only channel, for which nothing can be planned or sent. */
export function mayWrite(rules: WriteBackRules): rules is WritingRules {
  return rules.profile !== 'import_only';
}
export function planWriteBack(input: PlanInput): WriteBackPlan {
  throw new Error(`being written ${input.order.orderId}`);
}
/** The one row to work on now, rows given in the plan's order (a `sent` row always first); null when none is due. `dueAt`: when the clock alone makes it due. */
export function nextDue<
  Row extends { state: WriteBackState; blocked: WriteBackBlock | null; notBefore: string | null },
>(rows: Row[], now: string): { due: Row | null; dueAt: string | null } {
  throw new Error(`being written ${rows.length} ${now}`);
}
