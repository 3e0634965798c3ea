/**
 * What would be written to the store for one order now, what is left out and why, and how many mails it sends
 * (`waybill order --plan`). Reads only: neither the ledger nor the store hears of it.
 */
import { decideOrder } from '../domain/order-stage.ts';
import { mayWrite } from '../domain/write-back-plan.ts';
import type { WriteBackBlock, WriteBackKind, WriteBackPlan } from '../domain/write-back-types.ts';
import { writeBackRules } from '../settings/rules.ts';
import { settingsOf } from './channel-row.ts';
import { inTransaction, type Database } from './database.ts';
import { loadKnownFacts, orderFactsOf } from './known-facts.ts';
import { lockOrder } from './order-row.ts';
import { planOrder } from './plan-order.ts';

export interface PlannedStep {
  kind: WriteBackKind;
  subject: string;
  blocked: WriteBackBlock | null;
  mails: number;
  summary: string;
}

export interface PlanPreview {
  channelId: string;
  orderId: number;
  /** Whose switch for mails counts. */
  storefrontId: number;
  /** Why nothing at all would go out, or null: the channel is away, disabled or only imports, or the order is paused. */
  barred: 'no_channel' | 'disabled' | 'import_only' | 'paused' | null;
  /** In the order in which they would be carried out; those of blocked rows wait for a person. */
  steps: PlannedStep[];
  /** Calls that were sent and whose outcome is not known yet: they are looked up before anything else. */
  unclear: string[];
  skipped: WriteBackPlan['skipped'];
  /** A person's decision in the store that a step stands against, or null. */
  conflict: string | null;
  /** Shopper mails that the steps cause which go out by themselves, and those that wait for a person. */
  mailsNow: number;
  mailsWaiting: number;
}

/** Null when there is no such order. May be repeated; the same rows give the same answer. */
export async function previewPlan(
  db: Database,
  input: { channelId: string; orderId: number },
): Promise<PlanPreview | null> {
  const { channelId, orderId } = input;
  return inTransaction(db, async (tx) => {
    const row = await lockOrder(tx, channelId, orderId);
    if (row === null) return null;
    const known = await loadKnownFacts(tx, row);
    const unclear = known.ledger.filter((entry) => entry.state === 'sent').map((entry) => entry.summary);
    const nothing: PlanPreview = {
      ...{
        channelId,
        orderId,
        storefrontId: row.storefrontId,
        barred: null,
        steps: [],
        unclear,
        skipped: [],
      },
      ...{ conflict: null, mailsNow: 0, mailsWaiting: 0 },
    };
    if (known.channel === null) return { ...nothing, barred: 'no_channel' };
    const settings = settingsOf(tx, channelId, known.channel.settings);
    if (!mayWrite(writeBackRules(settings))) return { ...nothing, barred: 'import_only' };
    const decision = decideOrder(orderFactsOf(row, known, false));
    const plan = planOrder(settings, row, decision, known.ledger);
    const mailsOf = (waiting: boolean): number =>
      plan.steps
        .filter((step) => (step.blocked !== null) === waiting)
        .reduce((sum, step) => sum + step.mails, 0);
    return {
      ...nothing,
      barred: known.channel.enabled ? (row.paused ? 'paused' : null) : 'disabled',
      steps: plan.steps.map(({ kind, subject, blocked, mails, summary }) => {
        return { kind, subject, blocked, mails, summary };
      }),
      skipped: plan.skipped,
      conflict: plan.conflict,
      mailsNow: mailsOf(false),
      mailsWaiting: mailsOf(true),
    };
  });
}
