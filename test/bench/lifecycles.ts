// `bench lifecycles` and `bench events`: our lifecycles against bare workflows with one handler and one condition, on
// the same server, with as many workers and callers, in alternating pairs; the median of the pairs counts.
import { Client, Connection } from '@temporalio/client';
import { openLifecycle } from '../../client/orders.ts';
import { createApiKey } from '../../db/api-keys.ts';
import type { Database } from '../../db/database.ts';
import { orderLifecycleId } from '../../domain/ids.ts';
import { startSimulator } from '../../simulator/server.ts';
import { state, type OrderState } from '../../workflows/contract.ts';
import { eventually, startProgram } from '../support/programs.ts';
import { BARE_QUEUE } from './bare-queue.ts';
import { bareOrder, moved, seen } from './bare-workflows.ts';
import { timed, withCallers } from './callers.ts';
import { costOf } from './history-cost.ts';
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
import { median, type Report } from './report.ts';

const CHANNEL = 'bench';
const FIRST_ID = 100_001;
const PAIRS = 5;
const CALLERS = 32;
const DEADLINE_MS = 600_000;
/** What moves the stage: label and first scan, on its way, there. */
const MOVING = ['trackable', 'in_transit', 'delivered'] as const;
/** As carriers send them: ten scans a parcel, three of which move the stage. */
const AS_THEY_COME = [
  'trackable',
  'label_created',
  'trackable',
  'in_transit',
  'in_transit',
  'in_transit',
  'in_transit',
  'in_transit',
  'out_for_delivery',
  'delivered',
] as const;
/** Orders whose histories are read for the cost of one. */
const SAMPLED = 5;

interface World {
  client: Client;
  db: Database;
  send(orderId: number, n: number, status: string): Promise<void>;
}

type Work = (orderIds: readonly number[], round: number) => Promise<void>;

export async function benchLifecycles(
  report: Report,
  orders: number,
  what: 'lifecycles' | 'events',
): Promise<void> {
  const perRound = Math.ceil(orders / PAIRS);
  // Each way of sending has orders of its own: a delivered order moves no more.
  const rounds = what === 'events' ? PAIRS * 2 : PAIRS;
  await inWorld(perRound * rounds + SAMPLED, async (world) => {
    const idsOf = (round: number): number[] =>
      Array.from({ length: perRound }, (_, n) => FIRST_ID + round * perRound + n);
    if (what === 'lifecycles') await opening(report, world, idsOf);
    else {
      for (let round = 0; round < rounds; round += 1) await openAll(world, idsOf(round));
      await world.db.sql`delete from outbox`;
      await events(report, world, 'events.stage-moving', MOVING, idsOf);
      await events(report, world, 'events.as-they-come', AS_THEY_COME, (round) => idsOf(PAIRS + round));
    }
    await oneOrder(report, world, FIRST_ID + perRound * rounds);
  });
}

// ---- opening

async function opening(report: Report, world: World, idsOf: (round: number) => number[]): Promise<void> {
  const bare: Work = async (ids, round) => {
    await withCallers(CALLERS, ids, (id) => startBare(world, round, id, 1));
    await withCallers(CALLERS, ids, async (id) => {
      await world.client.workflow.getHandle(bareId(round, id)).query(seen);
    });
  };
  const ours: Work = (ids) => openAll(world, ids);
  const rates = await inPairs(idsOf, bare, ours);
  report.add({
    name: 'lifecycle.open',
    size: PAIRS * idsOf(0).length,
    measured: median(rates.map(({ ours: rate }) => rate)),
    baseline: median(rates.map(({ bare: rate }) => rate)),
    ratio: median(rates.map((pair) => pair.ours / pair.bare)),
    unit: 'starts/s',
    beside: 'until each has answered a query after its first task; median of 5 pairs',
  });
}

/** Starts them, and asks each until its first task is done. */
async function openAll(world: World, ids: readonly number[]): Promise<void> {
  await withCallers(CALLERS, ids, (orderId) => openLifecycle(world.client, { channelId: CHANNEL, orderId }));
  await withCallers(CALLERS, ids, async (orderId) => {
    await untilState(world, orderId, ({ stage }) => stage !== null);
  });
}

// ---- events

async function events(
  report: Report,
  world: World,
  name: string,
  scans: readonly string[],
  idsOf: (round: number) => number[],
): Promise<void> {
  const size = idsOf(0).length * scans.length * PAIRS;
  let ourTasks = 0;
  let signals = 0;
  const bare: Work = async (ids, round) => {
    const run = `${name}-${String(round)}`;
    await withCallers(CALLERS, ids, async (id) => {
      for (const status of MOVING)
        await world.client.workflow.getHandle(bareId(run, id)).signal(moved, status);
    });
    await withCallers(CALLERS, ids, async (id) => {
      await world.client.workflow.getHandle(bareId(run, id)).result();
    });
  };
  const ours: Work = async (ids) => {
    await withCallers(CALLERS, ids, async (orderId) => {
      for (const [n, status] of scans.entries()) await world.send(orderId, n, status);
    });
    await eventually('the outbox is empty', () => outboxEmpty(world.db), DEADLINE_MS);
    await withCallers(CALLERS, ids, async (orderId) => {
      await untilState(world, orderId, ({ stage }) => stage === 'delivered');
    });
  };
  const rates = await inPairs(idsOf, bare, ours, {
    prepare: async (ids, round) => {
      await withCallers(CALLERS, ids, (id) =>
        startBare(world, `${name}-${String(round)}`, id, MOVING.length),
      );
      await withCallers(CALLERS, ids, async (id) => {
        await world.client.workflow.getHandle(bareId(`${name}-${String(round)}`, id)).query(seen);
      });
    },
    countOf: { bare: (ids) => ids.length * MOVING.length, ours: (ids) => ids.length * scans.length },
  });
  for (const orderId of idsOf(0).slice(0, SAMPLED)) {
    const cost = await costOf(world.client, orderLifecycleId(CHANNEL, orderId));
    ourTasks += cost.workflowTasks;
    signals += cost.signals;
  }
  report.add({
    name,
    size,
    measured: median(rates.map(({ ours: rate }) => rate)),
    baseline: median(rates.map(({ bare: rate }) => rate)),
    ratio: median(rates.map((pair) => pair.ours / pair.bare)),
    unit: 'events/s against signals/s',
    beside: `${String(signals / SAMPLED)} signals and ${String(ourTasks / SAMPLED)} workflow tasks an order; median of 5 pairs`,
  });
}

async function outboxEmpty(db: Database): Promise<true | null> {
  const [row] = await db.sql<{ waiting: number }[]>`select count(*)::int as waiting from outbox`;
  return row?.waiting === 0 ? true : null;
}

// ---- one order's history

async function oneOrder(report: Report, world: World, firstId: number): Promise<void> {
  const ids = Array.from({ length: SAMPLED }, (_, n) => firstId + n);
  await openAll(world, ids);
  const costs = [];
  for (const orderId of ids) {
    for (const [n, [status, stage]] of [
      ['label_created', 'imported'],
      ['trackable', 'trackable'],
      ['in_transit', 'shipped'],
      ['delivered', 'delivered'],
    ].entries()) {
      const before = await costOf(world.client, orderLifecycleId(CHANNEL, orderId));
      await world.send(orderId, n, status ?? '');
      await untilState(world, orderId, (shown) => shown.stage === stage);
      await eventually(
        'the signal has been handled',
        async () =>
          (await costOf(world.client, orderLifecycleId(CHANNEL, orderId))).workflowTasks >
          before.workflowTasks
            ? true
            : null,
        DEADLINE_MS,
      );
    }
    costs.push(await costOf(world.client, orderLifecycleId(CHANNEL, orderId)));
  }
  const size = SAMPLED;
  const beside = `${String(median(costs.map(({ signals }) => signals)))} waking signals, three stage changes, write-back off`;
  report.add({
    name: 'lifecycle.history-events',
    size,
    measured: Math.max(...costs.map(({ events: n }) => n)),
    baseline: null,
    unit: 'events/order',
    beside,
  });
  report.add({
    name: 'lifecycle.actions',
    size,
    measured: Math.max(...costs.map(({ actions }) => actions)),
    baseline: null,
    unit: 'actions/order',
    beside,
  });
}

async function untilState(
  { client }: World,
  orderId: number,
  holds: (shown: OrderState) => boolean,
): Promise<void> {
  await eventually(
    `order ${String(orderId)} shows it`,
    async () =>
      holds(await client.workflow.getHandle(orderLifecycleId(CHANNEL, orderId)).query(state)) ? true : null,
    DEADLINE_MS,
    20,
  );
}

// ---- the pairs

function bareId(round: number | string, orderId: number): string {
  return `bare:${String(round)}:${String(orderId)}`;
}

async function startBare(
  { client }: World,
  round: number | string,
  orderId: number,
  until: number,
): Promise<void> {
  await client.workflow.start(bareOrder, {
    workflowId: bareId(round, orderId),
    taskQueue: BARE_QUEUE,
    args: [until],
  });
}

/** Rates in pieces of work a second; whoever went first in one pair goes second in the next. */
async function inPairs(
  idsOf: (round: number) => number[],
  bare: Work,
  ours: Work,
  more: {
    prepare?: Work;
    countOf?: { bare(ids: readonly number[]): number; ours(ids: readonly number[]): number };
  } = {},
): Promise<{ bare: number; ours: number }[]> {
  const countOf = more.countOf ?? { bare: (ids) => ids.length, ours: (ids) => ids.length };
  const rates: { bare: number; ours: number }[] = [];
  for (let round = 0; round < PAIRS; round += 1) {
    const ids = idsOf(round);
    await more.prepare?.(ids, round);
    const rate = async (work: Work, count: number): Promise<number> =>
      count / (await timed(() => work(ids, round)));
    const bareFirst = round % 2 === 0;
    const first = bareFirst ? await rate(bare, countOf.bare(ids)) : await rate(ours, countOf.ours(ids));
    const second = bareFirst ? await rate(ours, countOf.ours(ids)) : await rate(bare, countOf.bare(ids));
    rates.push(bareFirst ? { bare: first, ours: second } : { bare: second, ours: first });
  }
  return rates;
}

// ---- the installation

async function inWorld(orders: number, body: (world: World) => Promise<void>): Promise<void> {
  const ends: (() => Promise<unknown>)[] = [];
  try {
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
    await runImport(benchDeps(db), CHANNEL);

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

/** Sends one scan over HTTP as a carrier does. */
function sender(httpUrl: string, key: string): World['send'] {
  const begun = Date.now();
  return async (orderId, n, status) => {
    const answer = await fetch(`${httpUrl}/v1/channels/${CHANNEL}/events`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
      body: JSON.stringify({
        id: `${String(orderId)}-${String(n)}`,
        type: 'tracking.updated',
        occurredAt: new Date(begun + n).toISOString(),
        orderId,
        shipment: { trackingNumber: `BENCH${String(orderId)}`, carrier: 'ups' },
        tracking: { status },
      }),
    });
    const said = await answer.text();
    if (answer.status !== 202) throw new Error(`an event was answered ${String(answer.status)}: ${said}`);
  };
}
