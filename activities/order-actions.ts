/** What a lifecycle asks to be recorded beside its settling: a wish for an import, an operator's word, its own end. */
import { ApplicationFailure } from '@temporalio/common';
import { requireChannel } from '../db/channels.ts';
import { recordDecision } from '../db/decisions.ts';
import { leaveHint } from '../db/hints.ts';
import { approveOrder } from '../db/approve-steps.ts';
import { overrideOrder, pauseOrder, resumeOrder, type Refused } from '../db/operator-words.ts';
import { resendOrder } from '../db/resend-steps.ts';
import { retryOrder } from '../db/retry-steps.ts';
import type { OrderActivities } from '../workflows/contract.ts';
import { asActivity } from './attempt.ts';
import type { ActivityDeps } from './deps.ts';

type Input<Name extends keyof OrderActivities> = Parameters<OrderActivities[Name]>[0];

/** Leaves a hint, due now, and tells the run that works off hints. May be repeated. */
export function requestImport(
  deps: ActivityDeps,
  { channelId, orderId }: Input<'requestImport'>,
): Promise<void> {
  return asActivity(deps, { heartbeats: false }, async () => {
    await requireChannel(deps.db, channelId);
    const now = deps.clock();
    await leaveHint(deps.db, { channelId, orderId, reason: 'asked', dueAt: now, now });
    await deps.temporal.wakeHints(channelId);
  });
}

/**
 * Row, audit, decision and outbox in one transaction. May be repeated: the same word again changes nothing.
 * @throws ApplicationFailure `Refused` with a sentence for the operator
 */
export function recordOperatorWord(deps: ActivityDeps, input: Input<'recordOperatorWord'>): Promise<void> {
  return asActivity(deps, { heartbeats: false }, async (attempt) => {
    const result = await say(deps, input);
    // An earlier attempt of this very activity said it, and only its answer was lost.
    const saidBefore = !result.ok && attempt.number > 1 && result.code === 'not_paused';
    if (!result.ok && !saidBefore) throw ApplicationFailure.nonRetryable(result.message, 'Refused');
  });
}

function say(deps: ActivityDeps, input: Input<'recordOperatorWord'>): Promise<{ ok: true } | Refused> {
  const { action, step = null, stage = '', ...word } = input;
  const said = { ...word, now: deps.clock() };
  switch (action) {
    case 'pause':
      return pauseOrder(deps.db, said);
    case 'resume':
      return resumeOrder(deps.db, said);
    case 'approve':
      return approveOrder(deps.db, { ...said, step });
    case 'retry':
      return retryOrder(deps.db, { ...said, step });
    case 'resend':
      return resendOrder(deps.db, { ...said, step });
    case 'override':
      return overrideOrder(deps.db, { ...said, stage });
  }
}

/** Leaves a decision, so that `waybill explain` can say why an open order has no run. Repeating it appends another. */
export function recordRunCancelled(
  deps: ActivityDeps,
  { channelId, orderId }: Input<'recordRunCancelled'>,
): Promise<void> {
  return asActivity(deps, { heartbeats: false }, () =>
    recordDecision(deps.db, {
      channelId,
      orderId,
      at: deps.clock(),
      kind: 'lifecycle',
      outcome: 'run_cancelled',
      detail:
        'A person cancelled the run in Temporal. The order stays as it is; its next event or a reconcile opens a run again. To stop writing for it, pause it.',
    }),
  );
}
