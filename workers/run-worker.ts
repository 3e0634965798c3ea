/**
 * The composition root: opens what a worker process needs, wires the activities, polls both queues, and closes
 * everything in reverse order. No logic of orders lives here.
 */
import { NativeConnection, Worker, type WorkerOptions } from '@temporalio/worker';
import { createRequire } from 'node:module';
import { createBackgroundSlots } from '../activities/background-slots.ts';
import { DEFAULT_TIMING, type ActivityDeps, type Timing } from '../activities/deps.ts';
import { createActivities } from '../activities/index.ts';
import { lifecycleDoor } from '../client/orders.ts';
import { ensureChannelSchedules, ensureSweepSchedule } from '../client/schedules.ts';
import {
  connectTemporal,
  ensureSearchAttributes,
  resolveTemporal,
  type TemporalConnection,
  type TemporalTarget,
} from '../client/temporal.ts';
import { listChannels } from '../db/channels.ts';
import { openDatabase, type Database } from '../db/database.ts';
import { assertMigrated } from '../db/migrate.ts';
import { createSecretBox } from '../db/secrets.ts';
import { requireDatabaseUrl, requireSecretKeys, type Config } from '../runtime/config.ts';
import { temporalLogger, type Logger } from '../runtime/logger.ts';
import { createShutdown } from '../runtime/shutdown.ts';
import { BIGCOMMERCE_QUEUE, WAYBILL_QUEUE } from '../workflows/contract.ts';
import { installTemporalRuntime } from './runtime.ts';
import { workflowBundle } from './workflow-bundle.ts';

/** What is under way may end for this long before it is cancelled; Temporal's own default is no time at all. */
const GRACE_TIME = '20 s';
const FORCE_TIME = '40 s';
/**
 * The next task of a workflow goes to the worker that has it in memory. One that was killed answers nothing: after this
 * another worker takes over, in time for a write-back to go out within five seconds; Temporal's own default is ten.
 */
const STICKY_TIME = '3 s';
/**
 * Heartbeats go out at least this often. The SDK holds them back for four fifths of their time-out otherwise, which
 * leaves a write-back three seconds before its busy worker is taken for dead.
 */
const HEARTBEAT_SENT_TIME = '5 s';
/** Passes over many rows and short statements; each holds one connection to Postgres at most. */
const DATABASE_SLOTS = 16;

export type QueueChoice = 'all' | 'waybill' | 'bigcommerce';

export interface WorkerStart {
  config: Config;
  logger: Logger;
  /** An open pool to share; it is then left open at the end. Default: opened from the configuration, and closed. */
  database?: Database;
  temporal?: TemporalTarget;
  queues?: QueueChoice;
  /** Waits that tests and the demo shorten. */
  timing?: Partial<Timing>;
  /** Now, as an ISO string with milliseconds; for tests. */
  clock?: () => string;
}

export interface RunningWorkers {
  queues: readonly string[];
  namespace: string;
  /** Finishes what is under way (20 s), then closes connections and pool. May be repeated. */
  stop(): Promise<void>;
  /** Resolves with a sentence when a worker ends that nobody stopped; never rejects. */
  failed: Promise<string>;
}

/**
 * Starts the workers and returns when they poll.
 * @throws ConfigError, TemporalUnavailableError, and what `assertMigrated` throws, with nothing left open
 */
export async function startWorkers(start: WorkerStart): Promise<RunningWorkers> {
  const { config, logger, queues = 'all' } = start;
  const begunAt = performance.now();
  const opened = createShutdown({ log: logger, signals: [] });
  try {
    installTemporalRuntime({ logger, metricsPort: config.metricsPort });
    const temporal = await connectTemporal(start.temporal);
    opened.onStop('connection to Temporal', () => temporal.close());
    const db = start.database ?? (await openOwnDatabase(config, opened));
    await prepare(temporal, db, logger);

    const { options, namespace } = resolveTemporal(start.temporal);
    const native = await NativeConnection.connect(options);
    opened.onStop('native connection to Temporal', () => native.close());

    const activities = createActivities(activityDeps(start, db, temporal));
    const common = {
      connection: native,
      namespace,
      shutdownGraceTime: GRACE_TIME,
      shutdownForceTime: FORCE_TIME,
      activityTaskPollerBehavior: { type: 'autoscaling' },
      ...versioning(config),
    } satisfies Partial<WorkerOptions>;
    const workers: Worker[] = [];
    if (queues !== 'bigcommerce') {
      workers.push(
        await Worker.create({
          ...common,
          taskQueue: WAYBILL_QUEUE,
          workflowBundle: await workflowBundle({ logger: temporalLogger(logger) }),
          activities: activities.database,
          workflowTaskPollerBehavior: { type: 'autoscaling' },
          maxCachedWorkflows: config.cachedWorkflows,
          stickyQueueScheduleToStartTimeout: STICKY_TIME,
          maxConcurrentActivityTaskExecutions: DATABASE_SLOTS,
          // Each settling holds a connection; more at once would only wait for the pool inside a workflow task.
          maxConcurrentLocalActivityExecutions: config.databasePool,
        }),
      );
    }
    if (queues !== 'waybill') {
      workers.push(
        await Worker.create({
          ...common,
          taskQueue: BIGCOMMERCE_QUEUE,
          activities: activities.store,
          maxConcurrentActivityTaskExecutions: config.store.slots,
          maxHeartbeatThrottleInterval: HEARTBEAT_SENT_TIME,
        }),
      );
    }
    const failed = run(workers, opened);
    const names = workers.map((worker) => worker.options.taskQueue);
    logger.info({ queues: names, namespace, ms: Math.round(performance.now() - begunAt) }, 'worker is ready');
    return { queues: names, namespace, failed, stop: async () => void (await opened.stop('asked to')) };
  } catch (error) {
    await opened.stop('the start failed');
    throw error;
  }
}

/** Runs them until stopped. One that ends alone is told through the promise; the others go on until `stop`. */
function run(workers: readonly Worker[], opened: ReturnType<typeof createShutdown>): Promise<string> {
  let stopping = false;
  const ended = workers.map(async (worker) => {
    const queue = worker.options.taskQueue;
    try {
      await worker.run();
      return `The worker of queue ${queue} has stopped.`;
    } catch (error) {
      return `The worker of queue ${queue} failed: ${error instanceof Error ? error.message : String(error)}`;
    }
  });
  opened.onStop('workers', async () => {
    stopping = true;
    for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
    await Promise.all(ended);
  });
  return new Promise((resolve) => {
    for (const end of ended) {
      void end.then((sentence) => {
        if (!stopping) resolve(sentence);
      });
    }
  });
}

async function openOwnDatabase(config: Config, opened: ReturnType<typeof createShutdown>): Promise<Database> {
  const db = openDatabase(requireDatabaseUrl(config), {
    max: config.databasePool,
    applicationName: 'waybill-worker',
  });
  opened.onStop('Postgres', () => db.close());
  return db;
}

/** What must be there before the first task: our schema, our search attributes, our schedules. May be repeated. */
async function prepare(
  { client, connection, namespace }: TemporalConnection,
  db: Database,
  logger: Logger,
): Promise<void> {
  await assertMigrated(db);
  const { added } = await ensureSearchAttributes(connection, namespace);
  if (added.length > 0) logger.info({ namespace, added }, 'search attributes were added');
  await ensureSweepSchedule(client);
  for (const channel of await listChannels(db)) await ensureChannelSchedules(client, channel);
}

function activityDeps(start: WorkerStart, db: Database, temporal: TemporalConnection): ActivityDeps {
  const { config, logger, timing, clock = () => new Date().toISOString() } = start;
  return {
    db,
    secrets: createSecretBox(requireSecretKeys(config)),
    temporal: lifecycleDoor(temporal.client),
    clock,
    logger: logger.child({ part: 'activities' }),
    storeAccess: {
      allowLoopback: config.store.allowLoopback,
      extraHosts: config.store.hosts,
      timeoutMs: config.store.timeoutMs,
      userAgent: `waybill/${version()}`,
    },
    publicUrl: config.publicUrl,
    backgroundSlots: createBackgroundSlots(config.store.slots),
    timing: { ...DEFAULT_TIMING, ...timing },
  };
}

/** Worker Versioning is on only where a build is named: a versioned worker gets no task before its version is current. */
function versioning({ buildId }: Config): Pick<WorkerOptions, 'workerDeploymentOptions'> {
  if (buildId === null) return {};
  return {
    workerDeploymentOptions: {
      useWorkerVersioning: true,
      version: { deploymentName: 'waybill', buildId },
      // Lifecycles live for weeks: they go on under newer code, which is patched to replay them.
      defaultVersioningBehavior: 'AUTO_UPGRADE',
    },
  };
}

function version(): string {
  // Our own package description; only its version is read.
  return (createRequire(import.meta.url)('../package.json') as { version: string }).version;
}
