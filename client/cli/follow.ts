/**
 * Starts a workflow and shows it until it ends. Says so when nobody would work on it, and then leaves nothing behind
 * unless asked to (`--detach`). It knows nothing of what the workflow does.
 */
import {
  WorkflowExecutionAlreadyStartedError,
  WorkflowFailedError,
  WorkflowNotFoundError,
  type Client,
  type Workflow,
  type WorkflowHandle,
  type WorkflowResultType,
} from '@temporalio/client';
import { setTimeout as pause } from 'node:timers/promises';
import { BIGCOMMERCE_QUEUE, WAYBILL_QUEUE } from '../../workflows/contract.ts';
import type { TemporalConnection } from '../temporal.ts';
import { CommandError } from './command-error.ts';
import type { Session } from './session.ts';
import { unattendedQueues } from './task-queues.ts';

export const ALL_QUEUES: readonly string[] = [WAYBILL_QUEUE, BIGCOMMERCE_QUEUE];

/** How often a person sees new numbers. */
const PROGRESS_EVERY_MS = 500;
const QUERY_DEADLINE_MS = 3_000;
/** A worker takes a task within a second; this long without one, it is worth asking who polls at all. */
const UNTOUCHED_BEFORE_ASKING_MS = 10_000;
const ASK_AGAIN_EVERY_MS = 10_000;
/** Started and first task scheduled: what a history holds before any worker has looked at it. */
const UNTOUCHED_HISTORY_EVENTS = 2;

export interface WorkToStart<W extends Workflow> {
  /** For sentences: 'the import of acme'. */
  what: string;
  workflowId: string;
  /** One of `client/runs.ts`. */
  start(client: Client): Promise<WorkflowHandle<W>>;
  queues: readonly string[];
  /** What to do when a run of this id is there already: take part in it, or refuse. */
  ifRunning: 'join' | 'refuse';
  detach: boolean;
  /** Present numbers for the moving line. Errors of the query are ignored: the result is what counts. */
  describe?: (handle: WorkflowHandle<W>) => Promise<string>;
}

export interface StartedWork {
  workflowId: string;
  runId: string;
  namespace: string;
  /** Its page in Temporal's UI, or null where no UI is known. */
  link: string | null;
  /** It ran before this command. */
  joined: boolean;
}

export interface FollowedWork<R> {
  started: StartedWork;
  /** Null when detached. */
  result: R | null;
}

type ResultOf<W extends Workflow> = Awaited<WorkflowResultType<W>>;

/**
 * Starts (or joins) and follows. With `detach` it returns at once, `result` null.
 * @throws CommandError `no_worker`, `already_running`, `workflow_failed`, `interrupted`; TemporalUnavailableError
 */
export async function startAndFollow<W extends Workflow>(
  session: Session,
  work: WorkToStart<W>,
): Promise<FollowedWork<ResultOf<W>>> {
  const temporal = await session.temporal();
  const idle = await unattendedQueues(temporal, work.queues);
  if (idle.length > 0) {
    if (!work.detach) throw nobodyWorks(idle, `Nothing was started.`);
    session.out.note(
      `No worker polls ${idle.join(' and ')}: it waits until one is started (waybill worker).`,
    );
  }
  const { handle, started } = await start(session, temporal, work);
  const place = started.link ?? `temporal workflow describe --workflow-id ${started.workflowId}`;
  session.out.note(
    `${started.joined ? 'Already running, following it' : 'Started'}: ${started.workflowId} (${place})`,
  );
  if (work.detach) return { started, result: null };
  return { started, result: await follow(session, temporal, work, started, handle) };
}

async function start<W extends Workflow>(
  session: Session,
  temporal: TemporalConnection,
  work: WorkToStart<W>,
): Promise<{ handle: WorkflowHandle<W>; started: StartedWork }> {
  const { workflowId } = work;
  const before = await runningRun(temporal.client, workflowId);
  if (before !== null && work.ifRunning === 'refuse') throw runsAlready(work);
  let handle: WorkflowHandle<W>;
  try {
    handle =
      before === null ? await work.start(temporal.client) : temporal.client.workflow.getHandle<W>(workflowId);
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    // Somebody was faster by a moment.
    if (work.ifRunning === 'refuse') throw runsAlready(work);
    handle = temporal.client.workflow.getHandle<W>(workflowId);
  }
  const { runId } = await handle.describe();
  const run = { namespace: temporal.namespace, workflowId, runId };
  return { handle, started: { ...run, link: session.uiLink(run), joined: before !== null } };
}

async function runningRun(client: Client, workflowId: string): Promise<string | null> {
  try {
    const found = await client.workflow.getHandle(workflowId).describe();
    return found.status.name === 'RUNNING' ? found.runId : null;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}

function runsAlready({ what, workflowId }: Pick<WorkToStart<Workflow>, 'what' | 'workflowId'>): CommandError {
  return new CommandError('already_running', {
    what: `${sentence(what)} was not started: ${workflowId} is running already.`,
    why: 'Two runs under one name could not be told apart.',
    todo: 'Wait for it (`waybill runs` shows it), or give this one another --name.',
  });
}

async function follow<W extends Workflow>(
  session: Session,
  temporal: TemporalConnection,
  work: WorkToStart<W>,
  started: StartedWork,
  handle: WorkflowHandle<W>,
): Promise<ResultOf<W>> {
  const progress = session.out.progress(`${sentence(work.what)}: waiting for a worker`);
  const over = new AbortController();
  const interrupted = new Promise<never>((_, reject) => {
    const onSignal = (): void => reject(goesOn(work, started));
    process.once('SIGINT', onSignal);
    over.signal.addEventListener('abort', () => process.removeListener('SIGINT', onSignal));
  });
  const watching = watch(temporal, work, started, handle, progress, over.signal);
  try {
    return await Promise.race([handle.result(), interrupted, watching]);
  } catch (error) {
    if (error instanceof WorkflowFailedError) throw failed(work, started, error);
    throw error;
  } finally {
    over.abort();
    // Its pause is aborted; that is how it ends.
    await watching.catch(() => undefined);
    progress.end();
  }
}

/** Shows numbers until aborted. Rejects only when nobody has ever looked at the run and nobody polls. */
async function watch<W extends Workflow>(
  temporal: TemporalConnection,
  work: WorkToStart<W>,
  started: StartedWork,
  handle: WorkflowHandle<W>,
  progress: { update(text: string): void },
  over: AbortSignal,
): Promise<never> {
  const begun = performance.now();
  let askedAt = begun;
  let touched = false;
  for (;;) {
    await pause(PROGRESS_EVERY_MS, undefined, { signal: over });
    const now = performance.now();
    if (!touched && now - begun > UNTOUCHED_BEFORE_ASKING_MS && now - askedAt > ASK_AGAIN_EVERY_MS) {
      askedAt = now;
      touched = (await handle.describe()).historyLength > UNTOUCHED_HISTORY_EVENTS;
      const idle = touched ? [] : await unattendedQueues(temporal, work.queues);
      if (idle.length > 0) await giveUp(work, started, handle, idle);
    }
    if (work.describe === undefined) continue;
    const { describe } = work;
    try {
      const text = await temporal.connection.withDeadline(Date.now() + QUERY_DEADLINE_MS, () =>
        describe(handle),
      );
      touched = true;
      progress.update(`${sentence(work.what)}: ${text}`);
    } catch {
      // Not looked at yet, or just ended: the result or the next round tells.
    }
  }
}

async function giveUp<W extends Workflow>(
  work: WorkToStart<W>,
  started: StartedWork,
  handle: WorkflowHandle<W>,
  idle: string[],
): Promise<never> {
  if (started.joined)
    throw nobodyWorks(idle, `${started.workflowId} was started by somebody else and is left alone.`);
  await handle.terminate(`no worker polls ${idle.join(', ')}`);
  throw nobodyWorks(idle, `${sentence(work.what)} was started and has been ended again.`);
}

function nobodyWorks(idle: readonly string[], outcome: string): CommandError {
  return new CommandError('no_worker', {
    what: `No worker polls the task queue ${idle.join(' nor ')}. ${outcome}`,
    why: 'Only a worker carries workflows out.',
    todo: 'Start one with `waybill worker` (or `waybill dev`, which has one), or use --detach to leave it waiting.',
  });
}

function goesOn(work: { what: string }, started: StartedWork): CommandError {
  return new CommandError('interrupted', {
    what: `Not followed any longer; ${work.what} goes on.`,
    todo: `See it with: temporal workflow show --workflow-id ${started.workflowId} --follow`,
  });
}

function failed(work: { what: string }, started: StartedWork, error: WorkflowFailedError): CommandError {
  return new CommandError(
    'workflow_failed',
    {
      what: `${sentence(work.what)} failed.`,
      why: deepestMessage(error),
      todo: `See ${started.link ?? `temporal workflow show --workflow-id ${started.workflowId}`}.`,
    },
    error,
  );
}

/** The outer errors only say that something inside failed. */
function deepestMessage(error: Error): string {
  let deepest = error;
  while (deepest.cause instanceof Error) deepest = deepest.cause;
  return deepest.message;
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
