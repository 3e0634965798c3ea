/**
 * What should be written back to the store, as steps in the order in which they must be carried out (design
 * section 6). It promises: shipment before status, never backwards, never against a person, nothing twice, nothing for
 * an import-only channel. It decides and never calls; the ledger keeps what it decided.
 */
import { isDigitalOnly } from './order.ts';
import { type PlanContext } from './write-back-permission.ts';
import { planMarker } from './write-back-marker.ts';
import { planPickupRecords } from './write-back-pickup.ts';
import { planShipments } from './write-back-shipments.ts';
import { planStatus } from './write-back-status.ts';
import type { WriteBackPlan, WriteBackRules, WritingRules } from './write-back-types.ts';

export { nextDue } from './write-back-ledger.ts';

export type PlanInput = Omit<PlanContext, 'rules'> & { rules: WriteBackRules };

/** False for an import-only channel, for which nothing can be planned or sent. */
export function mayWrite(rules: WriteBackRules): rules is WritingRules {
  return rules.profile !== 'import_only';
}

/**
 * The plan for one order as everything is known now. Pure: each wake plans anew, and the same facts give the same
 * steps, subjects and counters. Rows that are sent, confirmed or refused are not among the steps.
 */
export function planWriteBack(input: PlanInput): WriteBackPlan {
  const { rules } = input;
  // A cancelled order is not told of as shipped, whoever cancelled it; what was sent is settled all the same.
  const nothing = isDigitalOnly(input.order) || input.decision.stage === 'cancelled';
  if (!mayWrite(rules) || nothing) return { steps: [], skipped: [], conflict: null, mails: 0 };
  const context: PlanContext = { ...input, rules };
  const shipments = planShipments(context);
  const pickups = planPickupRecords(context);
  const before = [...shipments.steps, ...pickups.steps];
  const heldBy = before.find((step) => step.blocked !== null)?.blocked ?? null;
  const status = planStatus(context, shipments, heldBy);
  const steps = status.step === null ? before : [...before, status.step];
  const marker = planMarker(context, steps.find((step) => step.blocked !== null)?.blocked ?? null);
  if (marker.step !== null) steps.push(marker.step);
  const asking = steps.find((step) => step.blocked === 'ask');
  return {
    steps,
    skipped: [...shipments.skipped, ...pickups.skipped, ...status.skipped, ...marker.skipped],
    conflict:
      asking === undefined
        ? null
        : `A person set status ${String(context.store.statusId)} in the store; \`waybill approve\` lets this go out: ${asking.summary}`,
    mails: steps.reduce((sum, step) => sum + step.mails, 0),
  };
}
