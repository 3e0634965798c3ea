/**
 * A worker is killed while it reads the store for a write-back: Temporal misses its heartbeat, not the minute that the
 * attempt may take, and the next worker writes it once. Real processes, real servers.
 */
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { orderLifecycleId } from '../../domain/ids.ts';
import { commandResult, eventually } from '../support/programs.ts';
import { NO_SCHEDULED_IMPORT, openProgramWorld, type ProgramWorld } from './program-world.ts';

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

let world: ProgramWorld;
let connection: Connection;
let client: Client;

const requests = () =>
  world.store.requests().list.filter(({ path: asked }) => asked.includes(`/v2/orders/${String(ORDER)}`));
const posts = () => requests().filter(({ method }) => method === 'POST');

beforeAll(async () => {
  world = await openProgramWorld(import.meta.url, {
    ...{ storeHash: STORE, token: 'token' },
    stock: (store) => void store.seed({ count: 1, startId: ORDER, kind: 'plain' }),
  });
  const { temporalAddress, namespace } = world.environment;
  connection = await Connection.connect({ address: temporalAddress });
  client = new Client({ connection, namespace });
  await world.addChannel(CHANNEL, [
    'channel.profile=import_and_writeback',
    'throttle.limit=10000',
    'fulfillment.push_enabled=true',
    ...NO_SCHEDULED_IMPORT,
  ]);
  await commandResult(['import', CHANNEL], world.environment);
}, DEADLINE_MS);

afterAll(async () => {
  await connection?.close();
  await world?.close();
});

describe('a worker that dies in a write-back', () => {
  it(
    'is missed by its heartbeat, and another one writes the shipment once',
    async () => {
      world.store.setFaults([
        {
          match: { method: 'GET', path: `/v2/orders/${String(ORDER)}` },
          fault: 'latency',
          latencyMs: HANGING_MS,
        },
      ]);
      await commandResult(
        ['event', CHANNEL, String(ORDER), 'label.created', '--tracking', NUMBER],
        world.environment,
      );
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
      await world.worker.kill();

      const missed = await eventually(
        'Temporal gives the attempt up',
        async () => (await pending())?.lastFailure ?? null,
        DEADLINE_MS,
      );
      expect(missed.timeoutFailureInfo?.timeoutType).toBe(TIMEOUT_TYPE_HEARTBEAT);
      expect(posts()).toEqual([]);

      world.store.setFaults([]);
      await world.nextWorker();
      await eventually(
        'the shipment is in the store',
        async () => (world.store.order(ORDER).shipments.length > 0 ? true : null),
        DEADLINE_MS,
      );
      await eventually(
        'the order says that it is written',
        async () => {
          const shown = JSON.stringify(
            await commandResult(['order', CHANNEL, String(ORDER)], world.environment),
          );
          return /"kind":"create_shipment"[^}]*"state":"confirmed"/.test(shown) ? true : null;
        },
        DEADLINE_MS,
        500,
      );
      expect(posts()).toHaveLength(1);
      expect(world.store.order(ORDER).shipments).toMatchObject([{ tracking_number: NUMBER }]);
    },
    4 * DEADLINE_MS,
  );
});
