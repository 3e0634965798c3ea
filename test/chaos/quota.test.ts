/**
 * A backfill that takes all the quota it can get, on two channels of one store, with a worker killed in the middle:
 * the store never counts more calls than the limit in any window, write-backs go out at once all the same, and nothing
 * of the dead worker is missing afterwards. Real processes, real servers. With WAYBILL_LONG_TESTS=1 in full, about
 * eight minutes; else the same story in a window of three seconds.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDatabase, type Database } from '../../db/database.ts';
import { quotaView } from '../../db/quota-view.ts';
import { startSimulator, type Simulator } from '../../simulator/server.ts';
import {
  commandResult,
  eventually,
  startProgram,
  type ProgramEnvironment,
  type RunningProgram,
} from '../support/programs.ts';
import { databaseFor, namespaceFor } from '../support/servers.ts';
import { addChannel, startWorker } from './program-world.ts';

const LONG = process.env['WAYBILL_LONG_TESTS'] === '1';
const LIMIT = 100;
const WINDOW_SECONDS = LONG ? 30 : 3;
const BACKFILL_ORDERS = LONG ? 1_000 : 250;
const WRITE_BACKS = LONG ? 20 : 8;
/** The moments of the events lie in this time from the backfill's beginning; it lasts longer, by its share of the quota. */
const EVENTS_WITHIN_MS = LONG ? 330_000 : 16_000;
/** Design: a write-back goes out within five seconds. The short form runs beside other tests and is not a clock. */
const SENT_WITHIN_MS = LONG ? 5_000 : 600_000;
const SEED = 20_261;
const STORE = 'quota1';
const FIRST_ID = 10_001;
const FIRST_SHIPPED_ID = 50_001;
const DEADLINE_MS = LONG ? 1_200_000 : 600_000;
const CALLS_FOR = ['backfill', 'parcels'] as const;

let home: string;
let simulator: Simulator;
let db: Database;
let world: ProgramEnvironment;
let workers: RunningProgram[] = [];
let http: RunningProgram;
let httpUrl: string;
let key: string;

const backfillIds = Array.from({ length: BACKFILL_ORDERS }, (_, n) => FIRST_ID + n);
const shippedIds = Array.from({ length: WRITE_BACKS }, (_, n) => FIRST_SHIPPED_ID + n);

/** Numbers from 0 to 1, the same for the same seed. */
function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const addQuotaChannel = (id: string, settings: readonly string[]): Promise<void> =>
  addChannel(world, simulator, {
    ...{ id, storeHash: STORE, token: 'quota-token' },
    settings: [
      `throttle.limit=${String(LIMIT)}`,
      `throttle.window_seconds=${String(WINDOW_SECONDS)}`,
      ...settings,
    ],
  });

async function idsFile(name: string, ids: readonly number[]): Promise<string> {
  const file = path.join(home, `${name}.csv`);
  await writeFile(file, ids.join('\n'));
  return file;
}

beforeAll(async () => {
  home = await mkdtemp(path.join(tmpdir(), 'waybill-quota-'));
  simulator = await startSimulator({
    stores: [
      {
        storeHash: STORE,
        token: 'quota-token',
        // Headers in every answer, as of a plan with half as much again; also the window in which it counts.
        quota: { requests: LIMIT * 1.5, windowMs: WINDOW_SECONDS * 1_000 },
      },
    ],
  });
  const store = simulator.store(STORE);
  // Not paid yet, by a method whose name says nothing: each takes a call for its transactions.
  store.addOrders(backfillIds.map((id) => ({ id, kind: 'awaiting_payment', statusId: 11 })));
  store.addOrders(shippedIds.map((id) => ({ id, kind: 'plain' })));
  const [database, namespace] = await Promise.all([
    databaseFor(import.meta.url),
    namespaceFor(import.meta.url),
  ]);
  world = {
    databaseUrl: database.url,
    temporalAddress: namespace.address,
    namespace: namespace.namespace,
    home,
  };
  db = openDatabase(database.url, { max: 2 });
  [http, ...workers] = await Promise.all([
    startProgram(['serve'], world, /http:\/\/127\.0\.0\.1:\d+/),
    startWorker(world),
    startWorker(world),
  ]);
  httpUrl = /http:\/\/127\.0\.0\.1:\d+/.exec(http.said())?.[0] ?? '';
  await addQuotaChannel('backfill', ['orders.import.mode=manual']);
  await addQuotaChannel('parcels', [
    // The same orders twice would be a mistake elsewhere; here each channel imports orders of its own.
    'orders.import.allow_shared_import=true',
    'orders.import.mode=manual',
    'channel.profile=import_and_writeback',
    'fulfillment.push_enabled=true',
  ]);
  const made = (await commandResult(['keys', 'create', 'carrier', '--channel', 'parcels'], world)) as {
    key: string;
  }; // the command's documented answer
  key = made.key;
  await commandResult(['import', 'parcels', '--file', await idsFile('parcels', shippedIds)], world);
}, 240_000);

afterAll(async () => {
  await http?.kill();
  for (const worker of workers) await worker.kill();
  await db?.close();
  await simulator?.close();
  await rm(home, { recursive: true, force: true });
});

/**
 * The middle of the longest time without an event, away from the ends: what is on its way to the store when its worker
 * dies is looked up a minute later and not sent at once, which is another story (`worker-killed.test.ts`).
 */
function quietest(moments: readonly number[]): number {
  const gaps = moments.slice(1).map((moment, n) => ({ from: moments[n] ?? 0, to: moment }));
  const inner = gaps.filter(({ from, to }) => from > EVENTS_WITHIN_MS * 0.2 && to < EVENTS_WITHIN_MS * 0.9);
  const [widest] = inner.sort((a, b) => b.to - b.from - (a.to - a.from));
  return widest === undefined ? EVENTS_WITHIN_MS / 2 : (widest.from + widest.to) / 2;
}

const seconds = (ms: number): string => (ms / 1_000).toFixed(1);

/** Sends the label of an order as senders do, again where the ingress has no time; answers when it was taken. */
async function sendLabel(orderId: number): Promise<number> {
  for (;;) {
    const answer = await postLabel(orderId);
    const text = await answer.text();
    if (answer.status === 503) continue;
    expect(answer.status, text).toBe(202);
    return Date.now();
  }
}

function postLabel(orderId: number): Promise<Response> {
  return fetch(`${httpUrl}/v1/channels/parcels/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
    body: JSON.stringify({
      id: `label-${String(orderId)}`,
      type: 'label.created',
      orderId,
      shipment: { trackingNumber: `QUOTA-${String(orderId)}`, carrier: 'ups' },
    }),
  });
}

/** When the store was told of the order's shipment, by the simulator's clock, which is ours; null before. */
function sentAt(orderId: number): number | null {
  const write = simulator
    .store(STORE)
    .writes()
    .find(({ method, path: at }) => method === 'POST' && at.includes(`/orders/${String(orderId)}/shipments`));
  return write === undefined ? null : Date.parse(write.at);
}

describe('two channels of one store, with a backfill and write-backs', () => {
  it(
    `never make more than ${String(LIMIT)} calls in ${String(WINDOW_SECONDS)} s, and write back at once`,
    async () => {
      const random = seeded(SEED);
      const moments = shippedIds.map(() => random() * EVENTS_WITHIN_MS).sort((a, b) => a - b);
      simulator.store(STORE).resetRequests();
      const begun = performance.now();
      const startedAt = Date.now();
      await commandResult(
        ['import', 'backfill', '--file', await idsFile('backfill', backfillIds), '--detach'],
        world,
      );

      const upstream = async (): Promise<Map<number, number>> => {
        const taken = new Map<number, number>();
        for (const [n, orderId] of shippedIds.entries()) {
          await pause(Math.max(0, (moments[n] ?? 0) - (performance.now() - begun)));
          taken.set(orderId, await sendLabel(orderId));
        }
        return taken;
      };
      let killedAt = 0;
      const vandal = async (): Promise<void> => {
        const doomed = workers[0];
        await pause(Math.max(0, quietest(moments) - (performance.now() - begun)));
        killedAt = performance.now() - begun;
        await doomed?.kill();
        workers = [...workers.slice(1), await startWorker(world)];
      };
      const [taken] = await Promise.all([upstream(), vandal()]);

      const delays = await Promise.all(
        [...taken].map(([orderId, at]) =>
          eventually(
            `the shipment of order ${String(orderId)} is sent`,
            async () => {
              const sent = sentAt(orderId);
              return sent === null ? null : sent - at;
            },
            DEADLINE_MS,
          ),
        ),
      );
      const counts = await eventually(
        'the backfill ends',
        async () => {
          const [run] = await db.sql<{ counts: { seen: number; created: number; apiCalls: number } }[]>`
            select counts from import_runs where channel_id = 'backfill' and state = 'done'`;
          return run?.counts ?? null;
        },
        DEADLINE_MS,
        200,
      );
      const lastedMs = Date.now() - startedAt;
      const requests = simulator.store(STORE).requests();
      // eslint-disable-next-line no-console -- what was measured is part of what this test is for
      console.info(
        `quota: ${String(requests.total)} calls, at most ${String(requests.maxInAnyWindow)} in any ${String(WINDOW_SECONDS)} s; ` +
          `backfill of ${String(BACKFILL_ORDERS)} orders in ${String(Math.round(lastedMs / 1_000))} s; ` +
          `write-backs sent after ${delays.map((ms, n) => `${seconds(ms)} (at ${seconds(moments[n] ?? 0)})`).join(', ')} s, ` +
          `the slowest after ${seconds(Math.max(...delays))} s; a worker killed at ${seconds(killedAt)} s; seed ${String(SEED)}`,
      );

      expect(counts).toMatchObject({ seen: BACKFILL_ORDERS, created: BACKFILL_ORDERS });
      expect(requests.maxInAnyWindow).toBeLessThanOrEqual(LIMIT);
      // At least one call an order; those that the dead worker had made and not kept were made again.
      const transactions = requests.byRoute['GET /v3/orders/{order_id}/transactions'] ?? 0;
      expect(transactions, JSON.stringify(requests.byRoute)).toBeGreaterThanOrEqual(BACKFILL_ORDERS);
      expect(requests.list.filter(({ status }) => status === 429)).toEqual([]);
      expect(Math.max(...delays)).toBeLessThanOrEqual(SENT_WITHIN_MS);
      for (const id of shippedIds) expect(simulator.store(STORE).order(id)['shipments']).toHaveLength(1);

      // What the dead worker held has run out: nothing is used, nobody waits, nothing is in flight.
      const idle = await eventually(
        'the quota is whole again',
        async () => {
          const view = await quotaView(db, STORE);
          const used = Object.values(view?.used ?? {}).reduce((sum, calls) => sum + calls, 0);
          return view !== null && used === 0 && view.concurrency.inFlight === 0 ? view : null;
        },
        DEADLINE_MS,
        500,
      );
      expect(idle).toMatchObject({ channels: [...CALLS_FOR], limit: LIMIT, effectiveLimit: LIMIT });
      expect(Object.values(idle.waiting)).toEqual([0, 0, 0, 0]);
    },
    DEADLINE_MS,
  );
});
