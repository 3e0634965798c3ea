/**
 * Joins a locked order with its channel's settings and asks the pure planner what should be written to the store.
 * Nothing is written here, neither there nor in the ledger.
 */
import type { OrderDecision } from '../domain/facts.ts';
import { mayWrite, planWriteBack } from '../domain/write-back-plan.ts';
import type { LedgerEntry, WriteBackPlan } from '../domain/write-back-types.ts';
import type { ChannelSettings } from '../settings/channel-settings.ts';
import { writeBackRules } from '../settings/rules.ts';
import type { Queries } from './database.ts';
import type { Considered } from './decide-order.ts';
import { storeAsKnown } from './known-facts.ts';
import type { OrderRow } from './order-row.ts';

/** What an import-only channel gets: nothing is planned, and what waits is no longer due. */
const EMPTY_PLAN: WriteBackPlan = { steps: [], skipped: [], conflict: null, mails: 0 };

/** The plan by the rows and the channel's settings as they are now. Pure but for its arguments. */
export function planOrder(
  settings: ChannelSettings,
  row: OrderRow,
  decision: OrderDecision,
  ledger: readonly LedgerEntry[],
): WriteBackPlan {
  const rules = writeBackRules(settings);
  if (!mayWrite(rules)) return EMPTY_PLAN;
  return planWriteBack({
    order: row.canonical,
    decision,
    rules,
    store: storeAsKnown(row),
    ledger: [...ledger],
    explainedStatuses: row.explainedStatuses,
  });
}

/**
 * True when a fact about an order makes a step due that could be carried out at once: not a step that waits for an
 * approval, a token or for push to be switched on (a blocked row is not due and keeps no run open). `new`: only a step
 * counts that the ledger does not have as due yet.
 */
export function isWriteBackDue(
  tx: Pick<Queries, 'settings'>,
  row: OrderRow,
  considered: Pick<Considered, 'known' | 'after'>,
  which: 'any' | 'new' = 'any',
): boolean {
  const { channel, ledger } = considered.known;
  if (channel === null || !channel.enabled) return false;
  // Settings that a newer version no longer accepts must not keep an event from being stored.
  const read = tx.settings.read(channel.settings);
  if (!read.ok) return false;
  const plan = planOrder(read.settings, row, considered.after, ledger);
  const isKnown = (step: WriteBackPlan['steps'][number]): boolean =>
    ledger.some(
      ({ kind, subject, n, state, blocked }) =>
        kind === step.kind &&
        subject === step.subject &&
        n === step.n &&
        state === 'planned' &&
        blocked === null,
    );
  return plan.steps.some((step) => step.blocked === null && (which === 'any' || !isKnown(step)));
}
