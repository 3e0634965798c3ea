// What the tests of store activities start from: a database, a simulated store over HTTP, a channel between the two,
// and activities that run as Temporal would run them. Nothing of ours is replaced.
import { ApplicationFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { randomUUID } from 'node:crypto';
import { finishImport } from '../../activities/import-runs.ts';
import { importHints } from '../../activities/import-hints.ts';
import { importSlice } from '../../activities/import-slice.ts';
import { runWriteBack } from '../../activities/run-write-back.ts';
import { DEFAULT_TIMING, type ActivityDeps, type ActivityLogger } from '../../activities/deps.ts';
import { recordDelivery } from '../../db/carrier-events.ts';
import { addChannel, setEnabled } from '../../db/channels.ts';
import { openDatabase, type Database } from '../../db/database.ts';
import { beginRun, getRun, getWatermark, type ImportRun } from '../../db/import-runs.ts';
import { createSecretBox } from '../../db/secrets.ts';
import { settleOrder, type SettledOrder } from '../../db/settle-order.ts';
import { importWindow, type ImportInputFields } from '../../domain/import-cursor.ts';
import type { CarrierFact } from '../../domain/carrier-event.ts';
import {
  startSimulator,
  type SimulatedStore,
  type SimulatedStoreOptions,
  type Simulator,
} from '../../simulator/server.ts';
import { databaseFor } from '../support/servers.ts';

export const CHANNEL = 'shop';
export const STORE_HASH = 'abc123';
export const TOKEN = 'token-of-the-tests';

export interface StoreSide {
  db: Database;
  deps: ActivityDeps;
  simulator: Simulator;
  store: SimulatedStore;
  /** Lines of the activities' log. */
  log: { level: string; message: string; fields: Record<string, unknown> }[];
  /** Our clock, offset from the machine's; milliseconds. */
  clockOffsetMs: number;
  close(): Promise<void>;
}

export interface SideOptions {
  settings?: {
    orders?: object;
    fulfillment?: object;
    throttle?: object;
    lifecycle?: object;
    profile?: string;
  };
  store?: Partial<SimulatedStoreOptions>;
  timing?: Partial<ActivityDeps['timing']>;
  timeoutMs?: number;
  publicUrl?: string;
  /** See `databaseFor`. */
  clockStands?: boolean;
}

/** One store and one enabled channel `shop`, write-back on, quota off unless asked for. */
export async function openStoreSide(file: string, options: SideOptions = {}): Promise<StoreSide> {
  const { url } = await databaseFor(file, options);
  const db = openDatabase(url, { max: 6 });
  const simulator = await startSimulator({
    stores: [{ storeHash: STORE_HASH, token: TOKEN, quota: null, ...options.store }],
  });
  const box = createSecretBox([{ id: 'k1', key: Buffer.alloc(32, 7) }]);
  const log: StoreSide['log'] = [];
  const line = (level: string) => (fields: Record<string, unknown>, message: string) =>
    void log.push({ level, message, fields });
  const logger: ActivityLogger = {
    debug: line('debug'),
    info: line('info'),
    warn: line('warn'),
    error: line('error'),
  };
  const side: StoreSide = {
    db,
    simulator,
    store: simulator.store(STORE_HASH),
    log,
    clockOffsetMs: 0,
    deps: {
      db,
      secrets: box,
      temporal: {
        open: async () => undefined,
        wake: async () => undefined,
        wakeHints: async () => undefined,
      },
      clock: () => new Date(Date.now() + side.clockOffsetMs).toISOString(),
      logger,
      storeAccess: {
        allowLoopback: true,
        extraHosts: [],
        timeoutMs: options.timeoutMs ?? 60_000,
        userAgent: 'Waybill/test',
      },
      publicUrl: options.publicUrl ?? null,
      timing: { ...DEFAULT_TIMING, ...options.timing },
    },
    close: async () => {
      await simulator.close();
      await db.close();
    },
  };
  const { profile, ...settings } = options.settings ?? {};
  await addChannel(db, box, {
    id: CHANNEL,
    doc: {
      channel: { name: 'Shop', profile: profile ?? 'import_and_writeback' },
      connection: { store_hash: STORE_HASH, api_base_url: simulator.url },
      throttle: { limit: 10_000, max_concurrency: 50 },
      ...settings,
      fulfillment: { push_enabled: profile !== 'import_only', ...settings.fulfillment },
    },
    secrets: { access_token: TOKEN },
    by: 'test',
    now: side.deps.clock(),
  });
  await setEnabled(db, { id: CHANNEL, enabled: true, by: 'test', now: side.deps.clock() });
  return side;
}

/** Runs a body as an attempt of an activity with the limits of the workflows' policies. */
export function asAttempt<T>(
  body: () => Promise<T>,
  attempt = 1,
  startToCloseTimeoutMs = 120_000,
): Promise<T> {
  return new MockActivityEnvironment({ attempt, startToCloseTimeoutMs }).run(body);
}

export async function beginImportRun(
  side: StoreSide,
  request: Omit<ImportInputFields, 'channelId'> = {},
): Promise<ImportRun> {
  const now = side.deps.clock();
  const begun = importWindow({
    request: { channelId: CHANNEL, ...request },
    watermark: await getWatermark(side.db, CHANNEL),
    nominalTime: null,
    now,
  });
  return beginRun(side.db, {
    id: randomUUID(),
    channelId: CHANNEL,
    workflowId: 'import:shop:manual:test',
    mode: begun.mode,
    input: { ...request },
    window: begun.window,
    cursor: begun.cursor,
    now,
  });
}

/** One attempt at the next slice. */
export function slice(side: StoreSide, runId: string, attempt = 1) {
  return asAttempt(() => importSlice(side.deps, { runId }), attempt);
}

/** Slices until the run is done, as the workflow does it; failures are thrown. */
export async function importAll(
  side: StoreSide,
  request: Omit<ImportInputFields, 'channelId'> = {},
): Promise<ImportRun> {
  const run = await beginImportRun(side, request);
  for (let done = false; !done;) ({ done } = await slice(side, run.id));
  await asAttempt(() => finishImport(side.deps, { runId: run.id }));
  return (await getRun(side.db, run.id)) ?? run;
}

export async function readHints(side: StoreSide, attempt = 1) {
  const run = await beginImportRun(side, { hints: true });
  return { run, result: await asAttempt(() => importHints(side.deps, { runId: run.id }), attempt) };
}

/** Stores what upstream says and settles the order, as ingress and lifecycle do. */
export async function event(
  side: StoreSide,
  orderId: number,
  type: CarrierFact['type'],
  more: Partial<CarrierFact> = {},
): Promise<SettledOrder> {
  const now = side.deps.clock();
  const fact: CarrierFact = {
    eventId: randomUUID(),
    type,
    occurredAt: now,
    receivedAt: now,
    lines: null,
    tracking: null,
    location: null,
    ...more,
    shipment: {
      trackingNumber: null,
      replaces: null,
      carrier: 'usps',
      service: null,
      trackingUrl: null,
      ...more.shipment,
    },
  };
  await recordDelivery(side.db, {
    channelId: CHANNEL,
    source: 'http',
    body: '{}',
    facts: [{ orderId, fact }],
    deliveryId: randomUUID(),
    now,
  });
  return settle(side, orderId);
}

export function settle(side: StoreSide, orderId: number): Promise<SettledOrder> {
  return settleOrder(side.db, {
    channelId: CHANNEL,
    orderId,
    events: [],
    watchdog: false,
    now: side.deps.clock(),
  });
}

export function write(
  side: StoreSide,
  orderId: number,
  writeBackId: string,
  attempt = 1,
): Promise<{ outcome: string }> {
  return asAttempt(
    () => runWriteBack(side.deps, { channelId: CHANNEL, orderId, writeBackId }),
    attempt,
    60_000,
  );
}

/** Carries out what is due until nothing is, as the lifecycle does it; answers the outcomes. */
export async function writeAll(side: StoreSide, orderId: number): Promise<string[]> {
  const outcomes: string[] = [];
  for (let rounds = 0; rounds < 10; rounds += 1) {
    const { due } = await settle(side, orderId);
    if (due === null) return outcomes;
    outcomes.push(`${due.kind} ${(await write(side, orderId, due.writeBackId)).outcome}`);
  }
  throw new Error(`no end: ${outcomes.join(', ')}`);
}

/** The failure of a promise that must fail. */
export async function failureOf(promise: Promise<unknown>): Promise<ApplicationFailure> {
  const error: unknown = await promise.then(
    () => null,
    (caught: unknown) => caught,
  );
  if (error === null) throw new Error('did not fail');
  if (!(error instanceof ApplicationFailure)) throw new Error('failed with something else', { cause: error });
  return error;
}
