/**
 * Whether anybody would work on what a command is about to start: asks the server who polls the task queues.
 */
import proto from '@temporalio/proto';
import { setTimeout as pause } from 'node:timers/promises';
import { WAYBILL_QUEUE } from '../../workflows/contract.ts';
import type { TemporalConnection } from '../temporal.ts';

/**
 * A worker's poll waits up to 60 s for a task, so the last poll of a living worker is younger than this; the server
 * itself remembers pollers for five minutes.
 */
const POLLER_FRESH_MS = 70_000;
/** An answer takes milliseconds; a server that is away must not hold a command. */
const DESCRIBE_DEADLINE_MS = 5_000;
/** A worker that has just started, or whose server has just come back, is known with its first poll. */
const FIRST_POLL_MS = 3_000;
const ASK_AGAIN_MS = 200;

export interface QueueState {
  queue: string;
  /** Identities of the workers that polled it lately. */
  workers: string[];
}

/** Asks for each queue: the workflow side of `waybill`, the activity side of the others. */
export async function describeQueues(
  temporal: TemporalConnection,
  queues: readonly string[],
): Promise<QueueState[]> {
  const { TASK_QUEUE_TYPE_WORKFLOW, TASK_QUEUE_TYPE_ACTIVITY } = proto.temporal.api.enums.v1.TaskQueueType;
  return Promise.all(
    queues.map(async (queue) => {
      const answer = await temporal.connection.withDeadline(Date.now() + DESCRIBE_DEADLINE_MS, () =>
        temporal.connection.workflowService.describeTaskQueue({
          namespace: temporal.namespace,
          taskQueue: { name: queue },
          taskQueueType: queue === WAYBILL_QUEUE ? TASK_QUEUE_TYPE_WORKFLOW : TASK_QUEUE_TYPE_ACTIVITY,
        }),
      );
      const fresh = (answer.pollers ?? []).filter(
        (poller) => Date.now() - Number(poller.lastAccessTime?.seconds ?? 0) * 1000 < POLLER_FRESH_MS,
      );
      return { queue, workers: [...new Set(fresh.map((poller) => poller.identity ?? ''))] };
    }),
  );
}

/** The queues that nobody polls, also not after a moment. */
export async function unattendedQueues(
  temporal: TemporalConnection,
  queues: readonly string[],
  patienceMs = FIRST_POLL_MS,
): Promise<string[]> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const states = await describeQueues(temporal, queues);
    const unattended = states.filter((state) => state.workers.length === 0).map((state) => state.queue);
    if (unattended.length === 0 || performance.now() >= deadline) return unattended;
    await pause(ASK_AGAIN_MS);
  }
}
