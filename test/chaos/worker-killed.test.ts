/** The worker is killed in the middle of its work: nothing is lost, nothing is done twice. Real processes, real servers. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startSimulator, type Simulator } from '../../simulator/server.ts';
import {
  commandResult,
  eventually,
  startProgram,
  type ProgramEnvironment,
  type RunningProgram,
} from '../support/programs.ts';
import { databaseFor, namespaceFor } from '../support/servers.ts';

const ORDERS = 5000;
const FIRST_ID = 10_001;
/** Where the worker is killed: ids strictly between the first and the last. */
const KILL_AT = [FIRST_ID + 700, FIRST_ID + 2200, FIRST_ID + 3900];
/** Each list page takes this long, so that a kill hits the middle of the run. */
const SLOW_PAGE_MS = 150;
/**
 * Temporal notices a dead worker by the heartbeat that does not come (30 s), three times, and 5,000 lifecycles take a
 * server on two cores a minute when nothing else runs there.
 */
const IMPORT_DEADLINE_MS = 900_000;
const SHIPPED = [FIRST_ID, FIRST_ID + 1, FIRST_ID + 2, FIRST_ID + 3, FIRST_ID + 4, FIRST_ID + 5];

let home: string;
let simulator: Simulator;
let sql: postgres.Sql;
let worker: RunningProgram;
let world: ProgramEnvironment;

const startWorker = (): Promise<RunningProgram> => startProgram(['worker'], world, /ready|polling/i);

beforeAll(async () => {
  home = await mkdtemp(path.join(tmpdir(), 'waybill-chaos-'));
  simulator = await startSimulator({ stores: [{ storeHash: 'chaos1', token: 'chaos-token', quota: null }] });
  simulator.store('chaos1').seed({ count: ORDERS, startId: FIRST_ID, kind: 'plain' });
  simulator
    .store('chaos1')
    .setFaults([
      { match: { method: 'GET', path: '/v2/orders\\?' }, fault: 'latency', latencyMs: SLOW_PAGE_MS },
    ]);
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
  sql = postgres(database.url, { max: 2, onnotice: () => undefined });
  worker = await startWorker();
  const settings = [
    `connection.api_base_url=${simulator.url}`,
    'channel.profile=import_and_writeback',
    'throttle.limit=10000',
    // No scheduled import of its own within this test, which a full hour would bring.
    'orders.import.interval_minutes=1440',
    'orders.import.align_to_clock=false',
    'fulfillment.push_enabled=true',
    'fulfillment.status.shipped_on_writeback=false',
    'fulfillment.status.shipped_on_possession=true',
    'fulfillment.status.on_delivered=true',
  ].flatMap((setting) => ['--set', setting]);
  await commandResult(
    [
      'channel',
      'add',
      'chaos',
      '--store-hash',
      'chaos1',
      '--token',
      'chaos-token',
      '--name',
      'Chaos',
      ...settings,
    ],
    world,
  );
}, 120_000);

afterAll(async () => {
  await worker?.kill();
  await sql?.end();
  await simulator?.close();
  await rm(home, { recursive: true, force: true });
});

describe('a worker that is killed', () => {
  it(
    `in the middle of an import of ${String(ORDERS)} orders loses none and stores each once`,
    async () => {
      await commandResult(['import', 'chaos', '--detach'], world);
      const recorded: number[] = [];
      for (const id of KILL_AT) {
        const cursor = await eventually(
          `the run's cursor passes ${String(id)}`,
          async () => {
            const [run] = await sql<{ minId: number | null }[]>`
              select (cursor ->> 'minId')::bigint::int as "minId" from import_runs where channel_id = 'chaos' and state = 'running'`;
            return run?.minId != null && run.minId > id ? run.minId : null;
          },
          IMPORT_DEADLINE_MS,
          10,
        );
        await worker.kill();
        recorded.push(cursor);
        worker = await startWorker();
      }
      for (const cursor of recorded) {
        expect(cursor).toBeGreaterThan(FIRST_ID);
        expect(cursor).toBeLessThan(FIRST_ID + ORDERS - 1);
      }
      const counts = await eventually(
        'the import ends',
        async () => {
          const [run] = await sql<
            { counts: { seen: number; created: number; updated: number; unchanged: number } }[]
          >`
            select counts from import_runs where channel_id = 'chaos' and state = 'done'`;
          return run?.counts ?? null;
        },
        IMPORT_DEADLINE_MS,
      );
      expect(counts).toMatchObject({ seen: ORDERS, created: ORDERS, updated: 0, unchanged: 0 });
      const [rows] = await sql<{ orders: number; open: number }[]>`
        select count(*)::int as orders, count(*) filter (where lifecycle_state = 'open')::int as open from orders where channel_id = 'chaos'`;
      expect(rows).toEqual({ orders: ORDERS, open: ORDERS });
      const [waiting] = await sql<{ rows: number }[]>`select count(*)::int as rows from outbox`;
      expect(waiting?.rows).toBe(0);
    },
    IMPORT_DEADLINE_MS,
  );

  it(
    'while carrier events arrive writes each shipment once',
    async () => {
      for (const [index, orderId] of SHIPPED.entries()) {
        const number = `CHAOS-${String(orderId)}`;
        await commandResult(
          ['event', 'chaos', String(orderId), 'label.created', '--tracking', number],
          world,
        );
        if (index % 2 === 0) await worker.kill();
        await commandResult(
          [
            'event',
            'chaos',
            String(orderId),
            'tracking.updated',
            '--status',
            'in_transit',
            '--tracking',
            number,
          ],
          world,
        );
        if (index % 2 === 0) worker = await startWorker();
        await commandResult(
          [
            'event',
            'chaos',
            String(orderId),
            'tracking.updated',
            '--status',
            'delivered',
            '--tracking',
            number,
          ],
          world,
        );
      }
      await eventually(
        'every delivered order is completed in the store',
        async () =>
          SHIPPED.every((id) => simulator.store('chaos1').order(id)['status_id'] === 10) ? true : null,
        IMPORT_DEADLINE_MS,
        200,
      );
      for (const id of SHIPPED) expect(simulator.store('chaos1').order(id)['shipments']).toHaveLength(1);
    },
    IMPORT_DEADLINE_MS,
  );
});
