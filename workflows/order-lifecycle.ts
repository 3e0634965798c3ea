/**
 * One run per order that is on its way: it waits for word, settles with the database at its start (or begins with what
 * its opener has just read) and at each wake, writes one step at a time to the store beside its loop, and ends when the database says so. It decides nothing about
 * the order itself; a run can be lost and another one begun without a difference (design section 7).
 */
import {
  allHandlersFinished,
  ApplicationFailure,
  CancellationScope,
  condition,
  isCancellation,
  log,
  makeContinueAsNewFunc,
  proxyActivities,
  proxyLocalActivities,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { UpdateDefinition } from '@temporalio/common';
import { runAlarm } from './alarm.ts';
import { channelOf, fieldOf } from './channel-input.ts';
import {
  approve,
  carrierEvent,
  type CarrierEventSignal,
  orderChanged,
  override,
  pause,
  resend,
  resume,
  retry,
  state,
  type OperatorAction,
  type OrderActivities,
  type OrderLifecycleInput,
  type OrderState,
  type SettleActivities,
  type Settled,
  type WriteBackActivities,
} from './contract.ts';
import { invalidInput, isFinal, sentenceOf } from './failures.ts';
import { eventProblem, LifecycleProgress, type DueStep } from './lifecycle-progress.ts';
import { openedWith } from './opened-with.ts';
import { operatorWordProblem, readWord, WORD_DESCRIPTIONS } from './operator-word.ts';
import * as policies from './policies.ts';
import { showOrder } from './search-attributes.ts';

const quick = proxyLocalActivities<SettleActivities>(policies.local);
const patient = proxyActivities<SettleActivities & OrderActivities>(policies.database);
const lastWords = proxyActivities<OrderActivities>(policies.lastWords);

/**
 * Follows one order. May be started again at any time: the database decides whether there is anything to do.
 * @throws ApplicationFailure `InvalidInput` or `UnknownChannel` for what a person mistyped.
 */
export async function orderLifecycle(input: OrderLifecycleInput): Promise<OrderState> {
  checkInput(input);
  const progress = new LifecycleProgress(input, { now: Date.now(), jitter: Math.random() });
  const opened = openedWith(input, Date.now());
  if (opened !== null) {
    progress.begin(opened.settled, opened.readAt);
    show(progress, opened.settled);
  }

  // Messages: handlers leave word, the loop acts. Only an operator's word is recorded before its answer.
  const heard = (event: CarrierEventSignal): void => {
    const problem = eventProblem(event);
    if (problem !== null) return log.warn(`A carrierEvent signal was left out: ${problem}.`);
    progress.pending.push(event);
    progress.wake = true;
  };
  const changed = (): void => void (progress.wake = true);
  setHandler(carrierEvent, heard, { description: WORD_DESCRIPTIONS.carrierEvent });
  setHandler(orderChanged, changed, { description: WORD_DESCRIPTIONS.orderChanged });
  setHandler(state, () => progress.state(new Date().toISOString()), { description: WORD_DESCRIPTIONS.state });
  hear(progress, 'pause', pause);
  hear(progress, 'resume', resume);
  hear(progress, 'retry', retry);
  hear(progress, 'approve', approve);
  hear(progress, 'resend', resend);
  hear(progress, 'override', override);

  // Beside the loop: one timer. The writer is started by the loop, one step at a time.
  void runAlarm({
    at: () => progress.alarmAt(),
    ring: () => progress.ring(Date.now()),
    // Longer texts run out of the bar that the UI draws of a timer.
    summary: 'looks by itself',
  });

  // Main flow.
  const mayEnd = () => progress.mayEnd(Date.now()) && allHandlersFinished();
  const mayContinue = () =>
    workflowInfo().continueAsNewSuggested && !progress.writing && allHandlersFinished();
  try {
    let asked = false;
    for (;;) {
      await condition(() => progress.wake || mayEnd() || (progress.settled !== null && mayContinue()));
      if (progress.wake) {
        const settled = await settle(progress);
        if (!settled.known && !asked) {
          asked = true;
          await patient.requestImport.executeWithOptions({ summary: 'the order is not known yet' }, [
            address(progress),
          ]);
        }
        const step = progress.stepToWrite(Date.now());
        if (step !== null) startWriter(progress, step);
      }
      if (mayEnd()) return progress.state(new Date().toISOString());
      if (mayContinue()) await continueWith(progress);
    }
  } catch (error) {
    if (isCancellation(error)) await CancellationScope.nonCancellable(() => sayCancelled(progress));
    throw error;
  }
}

/** Tells the database what came in and learns what is so now; shows it where it changed. */
async function settle(progress: LifecycleProgress): Promise<Settled> {
  const { events, watchdog } = progress.take();
  const question = { ...address(progress), events, watchdog };
  let settled: Settled;
  try {
    settled = await quick.settleOrder(question);
  } catch (error) {
    settled = await askPatiently(question, error);
  }
  progress.learn(settled, Date.now(), watchdog);
  // Only the waiting for a next attempt is cut short: one that is at work is waited for, and the ledger is its fence.
  if (progress.retryIsAsked()) progress.writer?.cancel();
  show(progress, settled);
  return settled;
}

/** @throws the error itself where another attempt would end in the same way */
async function askPatiently(
  question: Parameters<SettleActivities['settleOrder']>[0],
  error: unknown,
): Promise<Settled> {
  if (isCancellation(error) || isFinal(error)) throw error;
  const summary = 'the database did not answer at once';
  return patient.settleOrder.executeWithOptions({ summary }, [question]);
}

function show({ channelId }: LifecycleProgress, { stage, attention, details }: Settled): void {
  showOrder({ channelId, stage, attention });
  setCurrentDetails(details);
}

/** A failed step ends in the ledger or is still due there: the next settling knows, so the failure stops here. */
function startWriter(progress: LifecycleProgress, step: DueStep): void {
  const writer = proxyActivities<WriteBackActivities>(policies.storeWrite(progress.channelId));
  const scope = new CancellationScope();
  progress.stepStarted(step);
  progress.writer = scope;
  void scope
    .run(() =>
      writer.runWriteBack.executeWithOptions({ summary: step.summary }, [
        { ...address(progress), writeBackId: step.writeBackId },
      ]),
    )
    .catch((error: unknown) => {
      if (!isCancellation(error))
        log.warn(`A write-back did not end: ${sentenceOf(error)}`, { writeBackId: step.writeBackId });
    })
    .finally(() => progress.stepEnded(Date.now()));
}

/** Takes an operator's word by update; what cannot be taken is refused before it leaves an event. */
function hear<Words extends unknown[]>(
  progress: LifecycleProgress,
  action: OperatorAction,
  update: UpdateDefinition<OrderState, Words>,
): void {
  setHandler(update, (...words: Words) => recordWord(progress, action, words[0]), {
    description: WORD_DESCRIPTIONS[action],
    validator: (...words: Words) => {
      const problem = operatorWordProblem(action, words[0], progress.settled);
      if (problem !== null) throw ApplicationFailure.nonRetryable(problem, 'Refused');
    },
  });
}

/** Recorded before it is answered: it outlives the run. What the database refuses is refused with its sentence. */
async function recordWord(
  progress: LifecycleProgress,
  action: OperatorAction,
  word: unknown,
): Promise<OrderState> {
  const { by = 'an operator, by update', ...said } = readWord(word);
  const about = [said.stage, said.step, said.reason].filter((part) => part !== undefined && part !== '');
  try {
    await patient.recordOperatorWord.executeWithOptions({ summary: [`${action}:`, ...about].join(' ') }, [
      { ...address(progress), action, ...said, by },
    ]);
  } catch (error) {
    if (isFinal(error)) throw ApplicationFailure.nonRetryable(sentenceOf(error), 'Refused');
    throw error;
  }
  const before = progress.settlements;
  progress.wake = true;
  await condition(() => progress.settlements > before);
  return progress.state(new Date().toISOString());
}

/** The next run settles first, so whatever is not carried here is found in the database. */
async function continueWith(progress: LifecycleProgress): Promise<never> {
  const next = makeContinueAsNewFunc<typeof orderLifecycle>({
    typedSearchAttributes: workflowInfo().typedSearchAttributes,
  });
  return next({
    ...address(progress),
    carried: {
      stage: progress.settled?.stage ?? null,
      attention: progress.settled?.attention ?? null,
      pending: progress.pending,
    },
  });
}

async function sayCancelled(progress: LifecycleProgress): Promise<void> {
  try {
    await lastWords.recordRunCancelled(address(progress));
  } catch (error) {
    log.warn(`The cancellation could not be recorded: ${sentenceOf(error)}`);
  }
}

function address(progress: LifecycleProgress): { channelId: string; orderId: number } {
  return { channelId: progress.channelId, orderId: progress.orderId };
}

function checkInput(input: unknown): void {
  const channelId = channelOf(input);
  const orderId = fieldOf(input, 'orderId');
  if (typeof orderId === 'number' && Number.isSafeInteger(orderId) && orderId > 0) return;
  throw invalidInput(
    `"orderId" must be the store's order number. Example: {"channelId":"${channelId}","orderId":1001}`,
  );
}
