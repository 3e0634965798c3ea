// Workers on both queues whose activities a test gives, and the client that operators and ingress use. Needs no test
// runner: histories are recorded with it too.
import proto from '@temporalio/proto';
import { Client, Connection } from '@temporalio/client';
import {
  DefaultLogger,
  makeTelemetryFilterString,
  NativeConnection,
  Runtime,
  Worker,
} from '@temporalio/worker';
import { BIGCOMMERCE_QUEUE, WAYBILL_QUEUE } from '../../workflows/contract.ts';
import { workflowBundle } from '../../workers/workflow-bundle.ts';

export interface WorkflowWorld {
  client: Client;
  connection: Connection;
  namespace: string;
  /** The types of a run's events, as the server has them: `WORKFLOW_EXECUTION_STARTED`, … */
  eventTypes(workflowId: string, runId?: string): Promise<string[]>;
  /** Resolves when no task of the run is under way: what was heard is dealt with. */
  idle(workflowId: string): Promise<void>;
  close(): Promise<void>;
}
let installed = false;

/** Temporal's own lines are left out: tests of failures would fill the screen. Once per process. */
export function installQuietRuntime(): void {
  if (installed) return;
  installed = true;
  Runtime.install({
    logger: new DefaultLogger('ERROR', () => undefined),
    shutdownSignals: [],
    telemetryOptions: {
      logging: { filter: makeTelemetryFilterString({ core: 'ERROR', other: 'ERROR' }), forward: {} },
    },
  });
}

/** Workers on both queues over the given activities. `maxCachedWorkflows: 0` replays every wake from its history. */
export async function startTestWorkers(
  { address, namespace }: { address: string; namespace: string },
  activities: object,
  options: { maxCachedWorkflows?: number; identity?: string } = {},
): Promise<WorkflowWorld> {
  installQuietRuntime();
  const identity = options.identity === undefined ? {} : { identity: options.identity };
  const bundle = await workflowBundle();
  const native = await NativeConnection.connect({ address });
  const common = {
    connection: native,
    namespace,
    activities,
    shutdownGraceTime: '100 ms',
    ...identity,
  } as const;
  const workers = await Promise.all([
    Worker.create({
      ...common,
      taskQueue: WAYBILL_QUEUE,
      workflowBundle: bundle,
      maxCachedWorkflows: options.maxCachedWorkflows ?? 200,
    }),
    Worker.create({ ...common, taskQueue: BIGCOMMERCE_QUEUE }),
  ]);
  const running = workers.map((worker) => worker.run());
  const connection = await Connection.connect({ address });
  const client = new Client({ connection, namespace, ...identity });
  const eventTypes = async (workflowId: string, runId?: string): Promise<string[]> => {
    const { events } = await client.workflow.getHandle(workflowId, runId).fetchHistory();
    return (events ?? []).map(
      ({ eventType }) =>
        proto.temporal.api.enums.v1.EventType[eventType ?? 0]?.replace('EVENT_TYPE_', '') ?? '',
    );
  };
  return {
    client,
    connection,
    namespace,
    eventTypes,
    idle: (workflowId) =>
      eventually(async () => {
        const types = await eventTypes(workflowId);
        const count = (name: string) => types.filter((type) => type === name).length;
        const begun = count('WORKFLOW_TASK_SCHEDULED');
        const ended =
          count('WORKFLOW_TASK_COMPLETED') + count('WORKFLOW_TASK_FAILED') + count('WORKFLOW_TASK_TIMED_OUT');
        if (types.length === 0 || begun !== ended)
          throw new Error(`${workflowId} is at work: ${types.join(' ')}`);
      }),
    close: async () => {
      for (const worker of workers) worker.shutdown();
      await Promise.all(running);
      await connection.close();
      await native.close();
    },
  };
}

/** Longer than a busy machine of two cores needs for anything here. */
const DEADLINE_MS = 60_000;
/** How often a story is told until the server stays out of it. */
const STORIES_MAX = 10;

/** Resolves when `check` no longer throws; the last error after the deadline. */
export async function eventually<T>(check: () => Promise<T> | T, deadlineMs = DEADLINE_MS): Promise<T> {
  const deadline = performance.now() + deadlineMs;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

/**
 * The events of a story in which the server added none of its own: a task that outlasts its time on a busy machine, or
 * is told to the server before its end, costs more than the story does. Such a story is told again, as another run.
 */
export async function withoutTheServersOwn(story: () => Promise<string[]>): Promise<string[]> {
  for (let attempt = 1; ; attempt += 1) {
    const types = await story();
    if (attempt >= STORIES_MAX || !types.some(isTheServersOwn)) return types;
  }
}

function isTheServersOwn(type: string, at: number, types: readonly string[]): boolean {
  if (type === 'WORKFLOW_TASK_TIMED_OUT' || type === 'WORKFLOW_TASK_FAILED') return true;
  // A task that goes on: with news there would be a signal between the two.
  return type === 'WORKFLOW_TASK_COMPLETED' && types[at + 1] === 'WORKFLOW_TASK_SCHEDULED';
}
