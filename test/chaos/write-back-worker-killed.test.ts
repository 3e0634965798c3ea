/**
 * A worker is killed while it reads the store for a write-back: Temporal misses its heartbeat, not the minute that the
 * attempt may take, and the next worker writes it once. Real processes, real servers.
 */
import { Client, Connection } from '@temporalio/client';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { orderLifecycleId } from '../../domain/ids.ts';
import { startSimulator, type Simulator } from '../../simulator/server.ts';
import {
  commandResult,
  eventually,
  startProgram,
  type ProgramEnvironment,
  type RunningProgram,
} from '../support/programs.ts';
import { databaseFor, namespaceFor } from '../support/servers.ts';

const STORE = 'killed1';
const CHANNEL = 'killed';
const ORDER = 501;
const NUMBER = 'KILLED-501';
/** Longer than any deadline here: the attempt is in this read when its worker dies. */
const HANGING_MS = 300_000;
/** Commands, workers and servers on a busy machine. */
const DEADLINE_MS = 180_000;
/** `TIMEOUT_TYPE_HEARTBEAT` of Temporal's API. */
const TIMEOUT_TYPE_HEARTBEAT = 4;

let home: string;
let simulator: Simulator;
let worker: RunningProgram;
let world: ProgramEnvironment;
let connection: Connection;
let client: Client;

const startWorker = (): Promise<RunningProgram> => startProgram(['worker'], world, /ready|polling/i);
const requests = () =>
  simulator
    .store(STORE)
    .requests()
    .list.filter(({ path: asked }) => asked.includes(`/v2/orders/${String(ORDER)}`));
const posts = () => requests().filter(({ method }) => method === 'POST');

beforeAll(async () => {
  home = await mkdtemp(path.join(tmpdir(), 'waybill-chaos-'));
  simulator = await startSimulator({ stores: [{ storeHash: STORE, token: 'token', quota: null }] });
  simulator.store(STORE).seed({ count: 1, startId: ORDER, kind: 'plain' });
  const [database, namespace] = await Promise.all([
    databaseFor(import.meta.url),
    namespaceFor(import.meta.url),
  ]);
  const { address: temporalAddress } = namespace;
  world = { databaseUrl: database.url, temporalAddress, namespace: namespace.namespace, home };
  connection = await Connection.connect({ address: temporalAddress });
  client = new Client({ connection, namespace: namespace.namespace });
  worker = await startWorker();
  const settings = [
    `connection.api_base_url=${simulator.url}`,
    'channel.profile=import_and_writeback',
    'throttle.limit=10000',
    'fulfillment.push_enabled=true',
  ].flatMap((setting) => ['--set', setting]);
  await commandResult(
    ['channel', 'add', CHANNEL, '--store-hash', STORE, '--token', 'token', '--name', 'Killed', ...settings],
    world,
  );
  await commandResult(['import', CHANNEL], world);
}, DEADLINE_MS);

afterAll(async () => {
  await worker?.kill();
  await connection?.close();
  await simulator?.close();
  await rm(home, { recursive: true, force: true });
});

describe('a worker that dies in a write-back', () => {
  it(
    'is missed by its heartbeat, and another one writes the shipment once',
    async () => {
      simulator.store(STORE).setFaults([
        {
          match: { method: 'GET', path: `/v2/orders/${String(ORDER)}` },
          fault: 'latency',
          latencyMs: HANGING_MS,
        },
      ]);
      await commandResult(['event', CHANNEL, String(ORDER), 'label.created', '--tracking', NUMBER], world);
      const pending = async () => {
        const { raw } = await client.workflow.getHandle(orderLifecycleId(CHANNEL, ORDER)).describe();
        return (
          raw.pendingActivities?.find(({ activityType }) => activityType?.name === 'runWriteBack') ?? null
        );
      };
      await eventually(
        'the write-back is at work',
        async () => ((await pending())?.lastStartedTime == null ? null : true),
        DEADLINE_MS,
      );
      await worker.kill();

      const missed = await eventually(
        'Temporal gives the attempt up',
        async () => (await pending())?.lastFailure ?? null,
        DEADLINE_MS,
      );
      expect(missed.timeoutFailureInfo?.timeoutType).toBe(TIMEOUT_TYPE_HEARTBEAT);
      expect(posts()).toEqual([]);

      simulator.store(STORE).setFaults([]);
      worker = await startWorker();
      await eventually(
        'the shipment is in the store',
        async () => (simulator.store(STORE).order(ORDER).shipments.length > 0 ? true : null),
        DEADLINE_MS,
      );
      await eventually(
        'the order says that it is written',
        async () => {
          const shown = JSON.stringify(await commandResult(['order', CHANNEL, String(ORDER)], world));
          return /"kind":"create_shipment"[^}]*"state":"confirmed"/.test(shown) ? true : null;
        },
        DEADLINE_MS,
        500,
      );
      expect(posts()).toHaveLength(1);
      expect(simulator.store(STORE).order(ORDER).shipments).toMatchObject([{ tracking_number: NUMBER }]);
    },
    4 * DEADLINE_MS,
  );
});
