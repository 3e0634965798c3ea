// What the benchmarks of lifecycles run in: an installation with imported orders whose lifecycles are not open yet, our
// worker and HTTP server and the worker of the bare workflows as processes of their own.
import { Client, Connection } from '@temporalio/client';
import { Agent, request } from 'node:http';
import { deliverOutbox } from '../../activities/deliver-outbox.ts';
import { lifecycleDoor } from '../../client/orders.ts';
import { createApiKey } from '../../db/api-keys.ts';
import { inTransaction, type Database } from '../../db/database.ts';
import { offerOrders } from '../../db/outbox.ts';
import { orderLifecycleId } from '../../domain/ids.ts';
import { startSimulator } from '../../simulator/server.ts';
import { state, type OrderState } from '../../workflows/contract.ts';
import { eventually, startProgram } from '../support/programs.ts';
import { BARE_QUEUE } from './bare-queue.ts';
import { bareOrder, seen } from './bare-workflows.ts';
import { withCallers } from './callers.ts';
import { benchDeps, runImport } from './import-run.ts';
import {
  environmentOf,
  openBenchDatabase,
  startBenchPostgres,
  startBenchTemporal,
  startScript,
  STORE_HASH,
  TOKEN,
} from './installation.ts';

export const CHANNEL = 'bench';
export const FIRST_ID = 100_001;
/** As many for the bare way as for ours. */
export const CALLERS = 32;
const DEADLINE_MS = 600_000;
/** Between two questions to the same workflow, on both sides. */
const ASK_AGAIN_MS = 200;

export interface World {
  client: Client;
  db: Database;
  /** Sends one scan over HTTP as a carrier does; the n-th of its order. */
  send(orderId: number, n: number, status: string): Promise<void>;
}

/** Runs `body` in a world of so many orders; all of it ends with the benchmark. */
export async function inWorld(
  orders: number,
  note: (line: string) => void,
  body: (world: World) => Promise<void>,
): Promise<void> {
  const ends: (() => Promise<unknown>)[] = [];
  try {
    note('starting Postgres, Temporal and the simulated store');
    const [postgres, temporal] = await Promise.all([startBenchPostgres(['waybill']), startBenchTemporal()]);
    ends.push(
      () => temporal.stop(),
      () => postgres.stop(),
    );
    const simulator = await startSimulator({
      stores: [{ storeHash: STORE_HASH, token: TOKEN, quota: null }],
    });
    ends.push(() => simulator.close());
    simulator.store(STORE_HASH).seed({ count: orders, seed: 7, kind: 'plain', startId: FIRST_ID });
    const url = postgres.server.urlOf('waybill');
    const db = await openBenchDatabase(url, { id: CHANNEL, apiUrl: simulator.url });
    ends.push(() => db.close());
    note(`importing ${String(orders)} orders`);
    await runImport(benchDeps(db), CHANNEL);
    // The benchmark opens the lifecycles itself: the sweep must not do it between two measurements.
    await db.sql`delete from outbox`;
    await db.sql`analyze`;

    const environment = environmentOf(url, temporal.address, postgres.folder);
    const worker = await startProgram(['worker'], environment, /ready|polling/i);
    ends.push(() => worker.stop());
    const bareWorker = await startScript('./bare-worker.ts', [temporal.address, 'default']);
    ends.push(() => bareWorker.stop());
    const http = await startProgram(['serve'], environment, /http:\/\/127\.0\.0\.1:\d+/);
    ends.push(() => http.stop());
    const httpUrl = /http:\/\/127\.0\.0\.1:\d+/.exec(http.said())?.[0] ?? '';
    const { key } = await createApiKey(db, {
      name: 'bench',
      channelId: CHANNEL,
      by: 'bench',
      now: new Date().toISOString(),
    });
    const connection = await Connection.connect({ address: temporal.address });
    ends.push(() => connection.close());
    await body({ client: new Client({ connection }), db, send: sender(httpUrl, key) });
  } finally {
    for (const end of ends.reverse()) await end();
  }
}

/** Plain requests over kept connections: the load must not cost more than what it measures. */
function sender(httpUrl: string, key: string): World['send'] {
  const begun = Date.now();
  const agent = new Agent({ keepAlive: true, maxSockets: CALLERS });
  const address = `${httpUrl}/v1/channels/${CHANNEL}/events`;
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${key}` };
  const post = (body: string): Promise<{ status: number; said: string }> =>
    new Promise((resolve, reject) => {
      const sent = request(
        address,
        { method: 'POST', agent, headers: { ...headers, 'content-length': Buffer.byteLength(body) } },
        (answer) => {
          let said = '';
          answer.setEncoding('utf8');
          answer.on('data', (part: string) => (said += part));
          answer.on('end', () => resolve({ status: answer.statusCode ?? 0, said }));
          answer.on('error', reject);
        },
      );
      sent.on('error', reject);
      sent.end(body);
    });
  return async (orderId, n, status) => {
    const { status: answered, said } = await post(
      JSON.stringify({
        id: `${String(orderId)}-${String(n)}`,
        type: 'tracking.updated',
        occurredAt: new Date(begun + n).toISOString(),
        orderId,
        shipment: { trackingNumber: `BENCH${String(orderId)}`, carrier: 'ups' },
        tracking: { status },
      }),
    );
    if (answered !== 202) throw new Error(`an event was answered ${String(answered)}: ${said}`);
  };
}

// ---- ours

/**
 * Opens the lifecycles as an import does: leaves word in the outbox and hands it over; ends when each has done its first
 * task.
 */
export async function openAll(world: World, ids: readonly number[]): Promise<void> {
  const { client, db } = world;
  const deps = { ...benchDeps(db), temporal: lifecycleDoor(client) };
  const orders = ids.map((orderId) => ({ orderId, first: true }));
  await inTransaction(db, (tx) => offerOrders(tx, { channelId: CHANNEL, orders, now: deps.clock() }));
  await deliverOutbox(deps, {
    channelId: CHANNEL,
    olderThanMs: 0,
    reason: 'imported',
    signal: new AbortController().signal,
    leftMs: () => DEADLINE_MS,
  });
  await untilFirstTasks(world, ids, ourId);
}

export function ourId(orderId: number): string {
  return orderLifecycleId(CHANNEL, orderId);
}

/** What the query of an order's lifecycle shows. */
export function shownOf({ client }: World, orderId: number): Promise<OrderState> {
  return client.workflow.getHandle(ourId(orderId)).query(state);
}

export async function untilOutboxEmpty({ db }: World): Promise<void> {
  await untilHolds('the outbox', async () => {
    const [row] = await db.sql<{ waiting: number }[]>`select count(*)::int as waiting from outbox`;
    return row?.waiting === 0;
  });
}

export async function untilHolds(what: string, holds: () => Promise<boolean>): Promise<void> {
  await eventually(
    `${what} is as it should be`,
    async () => ((await holds()) ? true : null),
    DEADLINE_MS,
    ASK_AGAIN_MS,
  );
}

// ---- waiting, on both sides in the same way

/** Of a history whose first task is done: started, scheduled, started, completed. */
const FIRST_TASK_EVENTS = 4;

/**
 * Looks at each until its first task is done, by what the server knows of it: a question to the workflow itself would
 * be one more piece of work for its worker, and beside a task one more task.
 */
async function untilFirstTasks(
  { client }: Pick<World, 'client'>,
  ids: readonly number[],
  idOf: (orderId: number) => string,
): Promise<void> {
  await withCallers(CALLERS, ids, (orderId) =>
    untilHolds(
      `the first task of ${idOf(orderId)}`,
      async () =>
        (await client.workflow.getHandle(idOf(orderId)).describe()).historyLength >= FIRST_TASK_EVENTS,
    ),
  );
}

/** Waits until each has ended, which is its last news, and then asks each by its query what it shows. */
export async function untilAllShow(
  { client }: Pick<World, 'client'>,
  ids: readonly number[],
  idOf: (orderId: number) => string,
  holds: (orderId: number) => Promise<boolean>,
): Promise<void> {
  await withCallers(CALLERS, ids, async (orderId) => {
    await client.workflow.getHandle(idOf(orderId)).result();
  });
  await withCallers(CALLERS, ids, async (orderId) => {
    if (!(await holds(orderId))) throw new Error(`${idOf(orderId)} has ended and shows something else`);
  });
}

// ---- the bare way

export function bareId(run: string, orderId: number): string {
  return `bare:${run}:${String(orderId)}`;
}

/** Starts bare workflows that end after so many signals; ends when each has done its first task. */
export async function openAllBare(
  { client }: World,
  ids: readonly number[],
  run: string,
  until: number,
): Promise<void> {
  await withCallers(CALLERS, ids, async (orderId) => {
    await client.workflow.start(bareOrder, {
      workflowId: bareId(run, orderId),
      taskQueue: BARE_QUEUE,
      args: [until],
    });
  });
  await untilFirstTasks({ client }, ids, (orderId) => bareId(run, orderId));
}

/** How many signals the query of a bare workflow shows. */
export function seenBy({ client }: World, run: string, orderId: number): Promise<number> {
  return client.workflow.getHandle(bareId(run, orderId)).query(seen);
}
