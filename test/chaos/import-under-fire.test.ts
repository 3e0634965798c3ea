/**
 * An import of many orders while the store changes, fails and the worker is killed: afterwards every row is equal to the
 * store, each count adds up, and at no moment was the cursor ahead of the rows. Real processes, real servers. The seed is
 * printed; WAYBILL_TEST_SEED repeats a run, WAYBILL_LONG_TESTS=1 makes it 50,000 orders.
 */
import { randomInt } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Database } from '../../db/database.ts';
import { isConserved, type ImportCounts } from '../../db/import-runs.ts';
import { SeededRandom } from '../../simulator/random.ts';
import type { SimulatedStore } from '../../simulator/server.ts';
import { clientAt } from '../bigcommerce/simulated.ts';
import { commandResult, eventually } from '../support/programs.ts';
import { differencesFromStore } from './compare-with-store.ts';
import { NO_SCHEDULED_IMPORT, openProgramWorld, type ProgramWorld } from './program-world.ts';

const LONG = process.env['WAYBILL_LONG_TESTS'] === '1';
const ORDERS = LONG ? 50_000 : 3_000;
/** A short run does not depend on chance; a long one takes a seed that nobody chose. */
const SEED = Number(process.env['WAYBILL_TEST_SEED'] ?? (LONG ? randomInt(1, 1_000_000) : 2_026));
const CHANNEL = 'fire';
const STORE_HASH = 'fire01';
const TOKEN = 'fire-token';
const FIRST_ID = 10_001;
/** Of all orders; a fifth part of them more arrive anew. */
const CHANGED_SHARE = 0.05;
/** Of all requests, one third for each kind of fault. */
const FAULT_SHARE = 0.03;
/** Each list page takes this long, so that a kill hits the middle of the run. */
const SLOW_PAGE_MS = 200;
/** A dead worker is noticed by the heartbeat that does not come (30 s), and three of them die. */
const DEADLINE_MS = LONG ? 3_600_000 : 900_000;
/** The window of an import ends a minute before the store's present; what changed must lie before it. */
const PAST_THE_MARGIN_MS = 150_000;

const say = (line: string): void => void process.stderr.write(`  ${line}\n`);
const random = new SeededRandom(SEED);
let world: ProgramWorld;
let store: SimulatedStore;
let db: Database;

beforeAll(async () => {
  say(`import under fire: ${String(ORDERS)} orders, WAYBILL_TEST_SEED=${String(SEED)}`);
  world = await openProgramWorld(import.meta.url, {
    ...{ storeHash: STORE_HASH, token: TOKEN, seed: SEED },
    stock: (stocked) => void stocked.seed({ count: ORDERS, startId: FIRST_ID, kind: 'mixed', seed: SEED }),
  });
  ({ store, db } = world);
  await world.addChannel(CHANNEL, [
    'channel.profile=import_only',
    'throttle.limit=10000',
    ...NO_SCHEDULED_IMPORT,
    // The younger ones are followed, the older ones only kept: opening lifecycles is not what is looked at here.
    'lifecycle.horizon_days=1',
  ]);
  store.setFaults(faults());
});

afterAll(() => world?.close());

/** Each kind strikes one of the first pages for sure, and its share of everything after that. */
function faults(): Parameters<SimulatedStore['setFaults']>[0] {
  const list = { method: 'GET', path: '/v2/orders\\?' };
  const kinds = ['429', '500', 'cut-before'] as const;
  return [
    { match: list, fault: 'latency', latencyMs: SLOW_PAGE_MS },
    ...kinds.map((fault) => ({ match: list, fault, skip: random.between(0, 7), times: 1 })),
    ...kinds.map((fault) => ({ fault, probability: FAULT_SHARE / kinds.length })),
  ];
}

/** The store's answer to a list: archived orders are not in it. */
const listedBelow = (id: number): number =>
  store.state.ordersById().filter((order) => order.id < id && !order.isDeleted).length;

/** What people and shoppers do to one order, or a new order. */
function change(): void {
  const orders = store.state.ordersById();
  if (random.next() < 1 / 6) {
    store.addOrders([{ kind: random.pick(['plain', 'two_addresses', 'cod', 'digital']) }]);
    return;
  }
  const { id, lines } = random.pick(orders);
  const line = lines[0];
  switch (random.between(0, 4)) {
    case 0:
      store.editOrder(id, { status_id: random.pick([2, 5, 7, 9, 10, 11, 12]) });
      break;
    case 1:
      store.editOrder(id, { staff_notes: `Call first, ${String(random.between(1, 999))}.` });
      break;
    case 2:
      store.editOrder(id, { shipping_address: { street_1: `${String(random.between(1, 999))} New Road` } });
      break;
    case 3:
      store.editOrder(id, { payment_method: random.pick(['Bank Deposit', 'Cash on Delivery', 'Card']) });
      break;
    default:
      store.editOrder(
        id,
        line === undefined
          ? { customer_message: 'Thanks' }
          : { lines: [{ id: line.id, quantity: line.quantity + 1 }] },
      );
  }
}

interface Sample {
  id: string;
  state: string;
  /** Every order with a smaller id has been read; null: before the first page or after the last. */
  minId: number | null;
  done: boolean;
  counts: ImportCounts;
  newest: number;
  /** Orders below the cursor that left a row, a rejection or a hint. */
  accounted: number;
}

/** One statement, so one moment of the database: the cursor and the rows as anybody else would find them. */
async function sample(): Promise<Sample | null> {
  const [found] = await db.sql<Sample[]>`
    with run as (
      select id, state, counts, (cursor ->> 'minId')::bigint::int as "minId", cursor ->> 'phase' = 'done' as done
      from import_runs where channel_id = ${CHANNEL} and mode = 'first'
    )
    select run.*,
      (select coalesce(max(order_id), 0)::int from orders where channel_id = ${CHANNEL}) as newest,
      (select count(*)::int from (
        select order_id from orders where channel_id = ${CHANNEL} and order_id < run."minId"
        union select order_id from decisions where channel_id = ${CHANNEL} and kind = 'gate' and order_id < run."minId"
        union select order_id from hints where channel_id = ${CHANNEL} and order_id < run."minId"
      ) as known) as accounted
    from run`;
  return found ?? null;
}

/** Whether the first run has passed another page, or ended: cheap, because it is asked again and again. */
async function hasMoved(last: number): Promise<boolean> {
  const [run] = await db.sql<{ moved: boolean }[]>`
    select state <> 'running' or coalesce((cursor ->> 'minId')::bigint, 0) > ${last} as moved
    from import_runs where channel_id = ${CHANNEL} and mode = 'first'`;
  return run?.moved ?? false;
}

interface Watched {
  samples: number;
  cursors: number;
  killedAt: number[];
  changes: number;
  end: Sample;
}

/** Follows the first run to its end: compares each cursor with the rows, changes the store, kills the worker. */
async function watchFirstRun(): Promise<Watched> {
  const killAt = [0.1, 0.38, 0.66].map(
    (from) => FIRST_ID + Math.floor(ORDERS * (from + 0.18 * random.next())),
  );
  const changesInAll = Math.ceil(ORDERS * CHANGED_SHARE);
  const watched = { samples: 0, cursors: 0, killedAt: [] as number[], changes: 0 };
  let last = 0;
  const end = await eventually(
    'the first import ends',
    async () => {
      watched.samples += 1;
      if (!(await hasMoved(last))) return null;
      const now = await sample();
      if (now === null) return null;
      if (now.state !== 'running') return now;
      if (now.minId === null || now.minId <= last) return null;
      last = now.minId;
      watched.cursors += 1;
      // The same transaction moves both, so whatever the cursor has passed is there, and nothing beyond it is.
      expect(now.counts.seen).toBe(listedBelow(now.minId));
      expect(now.accounted).toBe(now.counts.seen);
      expect(now.newest).toBeLessThan(now.minId);
      expect(isConserved(now.counts)).toBe(true);
      const share = Math.min(1, (now.minId - FIRST_ID) / (ORDERS * 0.8));
      for (; watched.changes < changesInAll * share; watched.changes += 1) change();
      const next = killAt[watched.killedAt.length];
      if (next !== undefined && now.minId > next) {
        await world.worker.kill();
        watched.killedAt.push(now.minId);
        expect((await sample())?.state).toBe('running');
        await world.nextWorker();
      }
      return null;
    },
    DEADLINE_MS,
    10,
  );
  return { ...watched, end };
}

describe(`${String(ORDERS)} orders, imported while the store changes and fails and the worker is killed`, () => {
  it(
    'come in whole: counts add up, the cursor is never ahead of the rows, no order is lost',
    async () => {
      const [watched] = await Promise.all([
        watchFirstRun(),
        commandResult(['import', CHANNEL, '--detach'], world.environment),
      ]);
      const { end } = watched;
      say(
        `killed at the cursors ${watched.killedAt.join(', ')}; ${String(watched.changes)} changes; ` +
          `${String(watched.cursors)} cursors compared in ${String(watched.samples)} looks; ${JSON.stringify(end.counts)}`,
      );
      expect(end.state).toBe('done');
      expect(watched.killedAt).toHaveLength(3);
      expect(watched.cursors).toBeGreaterThanOrEqual(6);
      expect(watched.changes).toBeGreaterThanOrEqual(ORDERS * CHANGED_SHARE);
      expect(isConserved(end.counts)).toBe(true);
      // Orders that arrived behind the last page are the next import's.
      expect(end.counts.seen).toBeGreaterThanOrEqual(listedBelow(FIRST_ID + ORDERS));
      expect(end.counts.seen).toBeLessThanOrEqual(listedBelow(Infinity));
      expect(end.counts.updated).toBe(0);
      const struck = store.state.faults.list().filter(({ fault }) => fault !== 'latency');
      for (const kind of ['429', '500', 'cut-before'])
        expect([kind, struck.some(({ fault, hits }) => fault === kind && hits > 0)]).toEqual([kind, true]);
    },
    DEADLINE_MS,
  );

  it(
    'are equal to the store, row for row, after the next import',
    async () => {
      // While the rows are compared, the store answers us too.
      store.clearFaults();
      const stale = (await differences()).length;
      say(`${String(stale)} orders changed behind the cursor`);
      // Behind the cursor the store changed on: the first run cannot have seen all of it.
      expect(stale).toBeGreaterThan(0);
      store.setFaults(faults());
      store.setClock({ advanceMs: PAST_THE_MARGIN_MS });
      const second = await importAgain();
      expect(second.updated + second.created).toBeGreaterThan(0);
      store.clearFaults();
      // What was set aside because the store failed comes back by itself; the sweep is only asked to hurry.
      await eventually(
        'nothing is set aside any more',
        async () => {
          const [{ waiting } = { waiting: 1 }] = await db.sql<{ waiting: number }[]>`
            select count(*)::int as waiting from hints where channel_id = ${CHANNEL}`;
          if (waiting === 0) return true;
          await commandResult(['sweep'], world.environment);
          return null;
        },
        DEADLINE_MS,
        5_000,
      );
      expect((await differences()).slice(0, DIFFERENCES_SHOWN)).toEqual([]);

      const third = await importAgain();
      expect(third).toMatchObject({ created: 0, updated: 0 });
      const [waiting] = await db.sql<{ rows: number }[]>`select count(*)::int as rows from outbox`;
      expect(waiting?.rows).toBe(0);
    },
    DEADLINE_MS,
  );
});

const DIFFERENCES_SHOWN = 20;
const differences = (): Promise<string[]> =>
  differencesFromStore({
    db,
    store,
    channelId: CHANNEL,
    client: clientAt(world.simulator.url, STORE_HASH, TOKEN),
  });

/** An import since the watermark, to its end. */
async function importAgain(): Promise<ImportCounts> {
  // The JSON of `waybill import` holds the counts of the run (see `ImportResult`).
  const result = (await commandResult(['import', CHANNEL], world.environment)) as ImportCounts;
  say(`since the watermark: ${JSON.stringify(result)}`);
  expect(isConserved(result)).toBe(true);
  return result;
}
