/**
 * The running attempt as an activity sees it: its number, its cancellation, its time, its heartbeat. One frame for all
 * store activities, in which every error becomes a failure of the closed set.
 */
import { activityInfo, cancellationSignal, heartbeat } from '@temporalio/activity';
import type { ActivityDeps } from './deps.ts';
import { failureOf } from './failures.ts';

/** A third of the shortest heartbeat time-out (15 s, of a write-back): one HTTP call may take longer than that. */
const HEARTBEAT_EVERY_MS = 5_000;

export interface Attempt {
  /** Counts from 1. */
  number: number;
  /** Aborts when the activity is cancelled or the worker stops. */
  signal: AbortSignal;
  /** Milliseconds until Temporal gives this attempt up; `Infinity` where it never does. */
  leftMs(): number;
  /** Names the activity over its attempts: workflow, run and activity. */
  key: string;
  /** Runs when the attempt has ended, however it ended; what fails there is logged and changes nothing. */
  atEnd(finish: () => Promise<void>): void;
}

/**
 * Runs the body of an activity: heartbeats while it runs where `heartbeats` is set, and turns what it throws into
 * Temporal's failures. The error itself goes to the log only.
 */
export async function asActivity<T>(
  deps: Pick<ActivityDeps, 'logger'>,
  options: { heartbeats: boolean },
  body: (attempt: Attempt) => Promise<T>,
): Promise<T> {
  const info = activityInfo();
  const started = performance.now();
  const finishes: (() => Promise<void>)[] = [];
  const beat = options.heartbeats ? setInterval(() => heartbeat(), HEARTBEAT_EVERY_MS) : undefined;
  try {
    return await body({
      number: info.attempt,
      signal: cancellationSignal(),
      leftMs: () =>
        info.startToCloseTimeoutMs > 0
          ? info.startToCloseTimeoutMs - (performance.now() - started)
          : Infinity,
      key: `${info.workflowExecution?.workflowId ?? ''}/${info.workflowExecution?.runId ?? ''}/${info.activityId}`,
      atEnd: (finish) => void finishes.push(finish),
    });
  } catch (error) {
    const failure = failureOf(error);
    if (failure !== error) {
      deps.logger.debug({ activity: info.activityType, attempt: info.attempt, err: error }, failure.message);
    }
    throw failure;
  } finally {
    clearInterval(beat);
    for (const finish of finishes) {
      await finish().catch((error: unknown) =>
        deps.logger.debug({ activity: info.activityType, err: error }, 'tidying up after an attempt failed'),
      );
    }
  }
}
