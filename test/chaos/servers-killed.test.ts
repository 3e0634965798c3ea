/** Temporal and Postgres are killed in turn while carrier events arrive: what was answered 202 is never lost. */
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { migrate } from '../../db/migrate.ts';
import { startPostgres, type LocalPostgres } from '../../local/postgres.ts';
import { startTemporal, type LocalTemporal } from '../../local/temporal-server.ts';
import { startSimulator, type Simulator } from '../../simulator/server.ts';
import {
  commandResult,
  eventually,
  runCommand,
  startProgram,
  type ProgramEnvironment,
  type RunningProgram,
} from '../support/programs.ts';
import { lastingPorts } from '../support/ports.ts';
import { addChannel, startWorker, WRITES_EACH_STAGE } from './program-world.ts';

const ORDERS = Array.from({ length: 40 }, (_, index) => 501 + index);
const CHANNEL = 'storm';
const EVENTS = ['label.created', 'in_transit', 'delivered'] as const;
const EVENTS_IN_ALL = ORDERS.length * EVENTS.length;
/** Events that arrive while Temporal is away, and that are refused while Postgres is. */
const MEANWHILE = 10;
/** Events that the sender keeps back until Postgres was killed: however long Temporal's start takes, some meet that. */
const KEPT_BACK = 40;
const END_DEADLINE_MS = 600_000;
/** The answer to an event must come within this, whatever is down (design section 9, with room for a busy machine). */
const ANSWER_DEADLINE_MS = 60_000;
/** Characters of a program's output that a failure shows. */
const SAID_SHOWN = 5_000;

let folder: string;
let database: LocalPostgres;
let temporal: LocalTemporal;
let simulator: Simulator;
let world: ProgramEnvironment;
let worker: RunningProgram;
let http: RunningProgram;
let httpUrl: string;
let key: string;
const log = (): void => undefined;

let ports: { postgres: number; temporal: number; http: number };

const startDatabase = (): Promise<LocalPostgres> =>
  startPostgres({
    dataFolder: path.join(folder, 'postgres'),
    databases: ['waybill'],
    port: ports.postgres,
    log,
  });
const startServer = (): Promise<LocalTemporal> =>
  startTemporal({
    binary: inject('temporalCli'),
    dbFilename: path.join(folder, 'temporal.sqlite'),
    port: ports.temporal,
    ui: false,
    namespace: 'default',
    log,
  });

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'waybill-storm-'));
  // Postgres runs as another user where the tests run as root, and must reach its data below this folder.
  await chmod(folder, 0o755);
  const [postgresPort = 0, temporalPort = 0, httpPort = 0] = await lastingPorts(3);
  ports = { postgres: postgresPort, temporal: temporalPort, http: httpPort };
  [database, temporal] = await Promise.all([startDatabase(), startServer()]);
  await migrate(database.url);
  simulator = await startSimulator({ stores: [{ storeHash: 'storm1', token: 'storm-token', quota: null }] });
  simulator.store('storm1').addOrders(ORDERS.map((id) => ({ id, kind: 'plain' })));
  world = {
    databaseUrl: database.url,
    temporalAddress: temporal.address,
    namespace: 'default',
    home: path.join(folder, 'home'),
    more: { WAYBILL_HTTP_PORT: String(ports.http) },
  };
  httpUrl = `http://127.0.0.1:${String(ports.http)}`;
  [worker, http] = await Promise.all([
    startWorker(world),
    startProgram(['serve'], world, /listening|answers|http:\/\//i),
  ]);
  const channel = { id: CHANNEL, storeHash: 'storm1', token: 'storm-token', settings: WRITES_EACH_STAGE };
  await addChannel(world, simulator, channel);
  const created = (await commandResult(['keys', 'create', 'storm', '--channel', CHANNEL], world)) as {
    key: string;
  }; // the command's documented answer
  key = created.key;
  await commandResult(['import', CHANNEL], world);
}, 180_000);

afterAll(async () => {
  await http?.kill();
  await worker?.kill();
  await simulator?.close();
  await temporal?.kill();
  await database?.kill();
  await rm(folder, { recursive: true, force: true });
});

/** Sends one event; answers whether it was taken. Anything but 202 and a clear 503 fails the test. */
async function send(orderId: number, what: (typeof EVENTS)[number]): Promise<boolean> {
  const answer = await fetch(`${httpUrl}/v1/channels/${CHANNEL}/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
    body: JSON.stringify({
      id: `storm-${String(orderId)}-${what}`,
      type: what === 'label.created' ? what : 'tracking.updated',
      orderId,
      shipment: { trackingNumber: `STORM-${String(orderId)}`, carrier: 'ups' },
      ...(what === 'label.created' ? {} : { tracking: { status: what } }),
    }),
    signal: AbortSignal.timeout(ANSWER_DEADLINE_MS),
  }).catch((error: unknown) => {
    // A server that is gone has said why.
    throw new Error(`No answer. The server said:\n${http.said().slice(-SAID_SHOWN)}`, { cause: error });
  });
  const body = await answer.text();
  if (answer.status === 202) return true;
  expect(answer.status, body).toBe(503);
  expect(answer.headers.get('content-type')).toContain('application/problem+json');
  expect(answer.headers.get('retry-after')).not.toBeNull();
  return false;
}

describe('while carrier events arrive', () => {
  it(
    'killing Temporal and Postgres in turn loses nothing that was answered 202',
    async () => {
      const taken = new Set<string>();
      let refusals = 0;
      let postgresKilled = (): void => undefined;
      const postgresIsAway = new Promise<void>((resolve) => (postgresKilled = resolve));
      const carrier = async (): Promise<void> => {
        for (const what of EVENTS) {
          for (const orderId of ORDERS) {
            if (taken.size === EVENTS_IN_ALL - KEPT_BACK) await postgresIsAway;
            // As a sender does: again until it is taken.
            while (!(await send(orderId, what))) {
              refusals += 1;
              await pause(200);
            }
            taken.add(`storm-${String(orderId)}-${what}`);
            await pause(60);
          }
        }
      };
      const until = (what: string, check: () => boolean): Promise<true> =>
        eventually(what, async () => (check() ? true : null), END_DEADLINE_MS);
      const vandal = async (): Promise<void> => {
        await until('some events are taken', () => taken.size > MEANWHILE);
        await temporal.kill();
        const before = taken.size;
        await until('events are taken without Temporal', () => taken.size >= before + MEANWHILE);
        temporal = await startServer();
        await database.kill();
        const refused = refusals;
        postgresKilled();
        await until('events are refused without Postgres', () => refusals >= refused + MEANWHILE);
        database = await startDatabase();
      };
      await Promise.all([carrier(), vandal()]);
      expect(taken.size).toBe(EVENTS_IN_ALL);

      const sql = postgres(database.url, { max: 1, onnotice: () => undefined });
      try {
        const kept = await sql<
          { id: string }[]
        >`select event_id as id from carrier_events where channel_id = ${CHANNEL}`;
        expect(new Set(kept.map(({ id }) => id))).toEqual(taken);
        expect(kept).toHaveLength(taken.size);
      } finally {
        await sql.end();
      }
      // What could not be signalled waits in the outbox; the sweep, here by hand, delivers it.
      // A server that came back knows no worker until one has polled it again; until then the command refuses.
      await eventually(
        'the worker polls again and sweeps',
        async () => ((await runCommand(['sweep'], world)).code === 0 ? true : null),
        END_DEADLINE_MS,
        1_000,
      );
      await eventually(
        'every order is completed in the store',
        async () =>
          ORDERS.every((id) => simulator.store('storm1').order(id)['status_id'] === 10) ? true : null,
        END_DEADLINE_MS,
        200,
      );
      for (const id of ORDERS) expect(simulator.store('storm1').order(id)['shipments']).toHaveLength(1);
    },
    2 * END_DEADLINE_MS,
  );
});
