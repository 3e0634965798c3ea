/** The worker is killed in the middle of its work: nothing is lost, nothing is done twice. Real processes, real servers. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commandResult, eventually } from '../support/programs.ts';
import {
  NO_SCHEDULED_IMPORT,
  openProgramWorld,
  WRITES_EACH_STAGE,
  type ProgramWorld,
} from './program-world.ts';

const STORE = 'chaos1';
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

let world: ProgramWorld;
const command = (...words: string[]): Promise<unknown> => commandResult(words, world.environment);

beforeAll(async () => {
  world = await openProgramWorld(import.meta.url, {
    ...{ storeHash: STORE, token: 'chaos-token' },
    stock: (store) => {
      store.seed({ count: ORDERS, startId: FIRST_ID, kind: 'plain' });
      store.setFaults([
        { match: { method: 'GET', path: '/v2/orders\\?' }, fault: 'latency', latencyMs: SLOW_PAGE_MS },
      ]);
    },
  });
  await world.addChannel('chaos', [...WRITES_EACH_STAGE, ...NO_SCHEDULED_IMPORT]);
});

afterAll(() => world?.close());

describe('a worker that is killed', () => {
  it(
    `in the middle of an import of ${String(ORDERS)} orders loses none and stores each once`,
    async () => {
      const { sql } = world.db;
      await command('import', 'chaos', '--detach');
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
        await world.nextWorker();
        recorded.push(cursor);
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
        const scan = (status: string): Promise<unknown> =>
          command(
            ...[
              'event',
              'chaos',
              String(orderId),
              'tracking.updated',
              '--status',
              status,
              '--tracking',
              number,
            ],
          );
        await command('event', 'chaos', String(orderId), 'label.created', '--tracking', number);
        if (index % 2 === 0) await world.worker.kill();
        await scan('in_transit');
        if (index % 2 === 0) await world.nextWorker();
        await scan('delivered');
      }
      await eventually(
        'every delivered order is completed in the store',
        async () => (SHIPPED.every((id) => world.store.order(id)['status_id'] === 10) ? true : null),
        IMPORT_DEADLINE_MS,
        200,
      );
      for (const id of SHIPPED) expect(world.store.order(id)['shipments']).toHaveLength(1);
    },
    IMPORT_DEADLINE_MS,
  );
});
