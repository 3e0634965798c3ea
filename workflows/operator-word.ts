/**
 * Whether an operator's word can be taken, by what the run knows. A refusal is a sentence for that person; it changes
 * nothing and leaves no event in the history. What the run cannot know (which steps there are, whether the channel
 * writes) the database refuses inside the word's own transaction.
 */
import { STAGES } from '../domain/facts.ts';
import type { OperatorAction, Settled } from './contract.ts';

const REASON_LENGTH_MAX = 500;
const BY_LENGTH_MAX = 100;
const STEP_LENGTH_MAX = 300;

/** A word as typed, read: everything that was not given is absent. */
export interface SaidWord {
  reason: string;
  by?: string;
  step?: string;
  stage?: string;
}

/** Words that mean nothing to others without a reason. */
const NEEDS_REASON: readonly OperatorAction[] = ['pause', 'resume', 'override'];
const EXAMPLES: Readonly<Record<OperatorAction, string>> = {
  pause: 'pause with {"reason":"address check"}',
  resume: 'resume with {"reason":"checked"}',
  retry: 'retry with {"step":"status:2"}',
  approve: 'approve with {"step":"status:2"}',
  resend: 'resend with {"step":"9205590164917312751089"}',
  override: 'override with {"stage":"shipped","reason":"the carrier confirmed it by phone"}',
};

/** What Temporal's UI and `temporal workflow metadata` tell of each message, with the words that it takes. */
export const WORD_DESCRIPTIONS: Readonly<
  Record<OperatorAction | 'carrierEvent' | 'orderChanged' | 'state', string>
> = {
  state: 'Where the order is, as of its last wake. `waybill order` knows more.',
  carrierEvent: 'A fact of a carrier: {"id":"…","type":"tracking.updated","shipment":{…},"tracking":{…}}',
  orderChanged: 'The rows of this order have changed: look at them again.',
  pause: 'Nothing is written to the store until it is resumed: {"reason":"…"}',
  resume: 'Writes to the store go on: {"reason":"…"}',
  retry: 'Tries refused or waiting writes again, now: {} or {"step":"…"}',
  approve: 'Lets writes out that wait for a person: {} or {"step":"…"}',
  resend:
    'Sends the tracking to the store once more, without a second shipment: {} or {"step":"tracking number"}',
  override: 'Says where the order is: {"stage":"shipped","reason":"…"}',
};

/** The sentence of refusal, or null. `settled` is null while the run has not asked the database yet. */
export function operatorWordProblem(
  action: OperatorAction,
  word: unknown,
  settled: Settled | null,
): string | null {
  return shapeProblem(action, word) ?? (settled === null ? null : stateProblem(action, settled));
}

/** The word as it is recorded; only after {@link operatorWordProblem} found nothing. */
export function readWord(word: unknown): SaidWord {
  const [reason, by, step, stage] = ['reason', 'by', 'step', 'stage'].map((name) => {
    const given = fieldOf(word, name);
    return typeof given === 'string' ? given : undefined;
  });
  return {
    reason: reason ?? '',
    ...(by === undefined ? {} : { by }),
    ...(step === undefined ? {} : { step }),
    ...(stage === undefined ? {} : { stage }),
  };
}

function shapeProblem(action: OperatorAction, word: unknown): string | null {
  const [reason, by, step, stage] = ['reason', 'by', 'step', 'stage'].map((name) => fieldOf(word, name));
  if (NEEDS_REASON.includes(action) && (typeof reason !== 'string' || reason.trim().length === 0)) {
    return `Say why, so that others can read it later: ${EXAMPLES[action]}.`;
  }
  if (reason !== undefined && typeof reason !== 'string')
    return `"reason" must be text: ${EXAMPLES[action]}.`;
  if (typeof reason === 'string' && reason.length > REASON_LENGTH_MAX)
    return `The reason is longer than ${String(REASON_LENGTH_MAX)} characters.`;
  if (by !== undefined && (typeof by !== 'string' || by.length === 0 || by.length > BY_LENGTH_MAX)) {
    return `"by" must be a name of at most ${String(BY_LENGTH_MAX)} characters.`;
  }
  if (step !== undefined && (typeof step !== 'string' || step.length > STEP_LENGTH_MAX))
    return `"step" must name a write-back as \`waybill order\` shows it: ${EXAMPLES[action]}.`;
  if (action === 'override' && !STAGES.some((known) => known === stage))
    return `"stage" must be one of ${STAGES.join(', ')}: ${EXAMPLES.override}.`;
  return null;
}

function stateProblem(action: OperatorAction, settled: Settled): string | null {
  if (!settled.known)
    return 'This order is not known yet: an import of it was asked for. Try again when it has arrived.';
  if (settled.done)
    return `This order is not followed any more: nothing will be written for it. \`waybill ${action}\` needs no run and can open it again.`;
  if (action === 'pause' && settled.paused) return 'This order is paused already.';
  if (action === 'resume' && !settled.paused) return 'This order is not paused.';
  if (['retry', 'approve', 'resend'].includes(action) && settled.paused)
    return 'This order is paused, so nothing of it is written. Resume it first.';
  return null;
}

function fieldOf(word: unknown, name: string): unknown {
  if (typeof word !== 'object' || word === null) return undefined;
  return Object.entries(word).find(([key]) => key === name)?.[1];
}
