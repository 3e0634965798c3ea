// `bench import`: API calls per order by setting, orders a second into Postgres, and the worker's memory, against a
// plain client at the same store and bare rows of the same bytes, in the same run.
import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createStoreClient } from '../../bigcommerce/client.ts';
import type { Database } from '../../db/database.ts';
import { startSimulator, type SimulatedStore, type Simulator } from '../../simulator/server.ts';
import { differencesFromStore } from '../chaos/compare-with-store.ts';
import { writePages } from './import-pages.ts';
import { benchSettingsCalls, SETTINGS_DATABASES } from './import-settings-calls.ts';
import {
  openBenchDatabase,
  startBenchPostgres,
  STORE_HASH,
  TOKEN,
  type BenchPostgres,
} from './installation.ts';
import { startPageShelf } from './page-shelf.ts';
import { PLAIN_CALLS_PER_ORDER, plainImport } from './plain-client.ts';
import { median, type Report } from './report.ts';

const execute = promisify(execFile);
const CHANNEL = 'bench';
const PAGE_SIZE = 250;
/** Beyond this many orders the plain client's calls are computed: it would only take hours to count them. */
const PLAIN_ORDERS_MAX = 10_000;
/** Calls by setting are counted up to here: some settings cost a call for each order. */
const SETTINGS_ORDERS_MAX = 10_000;
/** Pairs of our rows and bare rows that alternate; the median counts. Larger imports are long enough by themselves. */
const ROW_PAIRS = 3;
const ONE_PAIR_FROM = 50_000;
const DIFFERENCES_SHOWN = 5;
const TIMEOUT_MS = 45_000;
const MIB = 1024 * 1024;
const databaseOf = (size: number): string => `import_${String(size)}`;

interface Imported {
  seconds: number;
  cpuSeconds: number;
  peakBytes: number;
  seen: number;
  created: number;
  apiCalls: number;
}

interface Stored {
  seconds: number;
  workerSeconds: number;
  postgresSeconds: number;
}

export async function benchImport(report: Report, sizes: readonly number[]): Promise<void> {
  const postgres = await startBenchPostgres(['waybill', ...sizes.map(databaseOf), ...SETTINGS_DATABASES]);
  try {
    for (const size of sizes) {
      await importOf(report, postgres, size);
      if (size <= SETTINGS_ORDERS_MAX) await benchSettingsCalls(report, postgres, size);
    }
  } finally {
    await postgres.stop();
  }
}

async function importOf(report: Report, postgres: BenchPostgres, size: number): Promise<void> {
  const simulator = await startSimulator({ stores: [{ storeHash: STORE_HASH, token: TOKEN, quota: null }] });
  const shelf = await startPageShelf(simulator.url);
  const databaseUrl = postgres.server.urlOf(databaseOf(size));
  const db = await openBenchDatabase(databaseUrl, { id: CHANNEL, apiUrl: shelf.url });
  try {
    const store = simulator.store(STORE_HASH);
    store.seed({ count: size, seed: 7, kind: 'plain' });
    store.resetRequests();
    // The first run fills the shelf with the pages that the next one asks for; what it stored is thrown away.
    await importInProcess(databaseUrl);
    await empty(db);
    const imported = await importInProcess(databaseUrl);
    if (imported.created !== size)
      throw new Error(`${String(imported.created)} of ${String(size)} orders were stored`);
    await compare(db, store, simulator);
    await reportCalls(report, size, simulator, imported);
    report.add({
      name: 'import.orders-per-second.activities',
      size,
      measured: size / imported.seconds,
      baseline: null,
      unit: 'orders/s',
      beside: `whole activities, one slice after the other, with HTTP; ${micros(imported.cpuSeconds, size)} µs of the worker's processor an order`,
    });
    report.add({
      name: 'import.memory',
      size,
      measured: imported.peakBytes / MIB,
      baseline: null,
      unit: 'MiB resident',
    });
    await reportRows(report, size, { db, databaseUrl, folder: postgres.folder, store, simulator });
  } finally {
    await db.close();
    await shelf.close();
    await simulator.close();
  }
}

async function reportCalls(
  report: Report,
  size: number,
  simulator: Simulator,
  imported: Imported,
): Promise<void> {
  const plain =
    size <= PLAIN_ORDERS_MAX
      ? await plainImport({ url: simulator.url, storeHash: STORE_HASH, token: TOKEN })
      : null;
  const pages = Math.floor(size / PAGE_SIZE) + 1;
  const plainCalls = plain?.calls ?? pages + size * PLAIN_CALLS_PER_ORDER.length;
  const beside = plain === null ? 'plain client computed' : 'plain client counted';
  const calls = { size, beside };
  report.add({
    ...calls,
    name: 'import.calls-per-order',
    measured: imported.apiCalls / size,
    baseline: plainCalls / size,
    unit: 'calls/order',
  });
  report.add({
    ...calls,
    name: 'import.calls-vs-plain-client',
    measured: imported.apiCalls,
    baseline: plainCalls,
    unit: 'calls',
  });
}

/** From the bytes of the pages to the commit, beside bare rows of the same bytes. */
async function reportRows(
  report: Report,
  size: number,
  at: { db: Database; databaseUrl: string; folder: string; store: SimulatedStore; simulator: Simulator },
): Promise<void> {
  const { db, databaseUrl, store, simulator } = at;
  const folder = path.join(at.folder, `pages-${String(size)}`);
  await writePages({ url: simulator.url, storeHash: STORE_HASH, token: TOKEN }, folder);
  const ours: Stored[] = [];
  const bare: Stored[] = [];
  for (let pair = 0; pair < (size < ONE_PAIR_FROM ? ROW_PAIRS : 1); pair += 1) {
    await empty(db);
    const oursFirst = pair % 2 === 0;
    if (oursFirst) ours.push(await rowsInProcess(databaseUrl, folder, 'ours'));
    bare.push(await rowsInProcess(databaseUrl, folder, 'bare'));
    if (!oursFirst) ours.push(await rowsInProcess(databaseUrl, folder, 'ours'));
  }
  await rm(folder, { recursive: true });
  await compare(db, store, simulator);
  const lines = store.state.ordersById().reduce((sum, order) => sum + order.lines.length, 0);
  const rate = (runs: readonly Stored[]): number => median(runs.map(({ seconds }) => size / seconds));
  const time = (runs: readonly Stored[], of: (run: Stored) => number): string =>
    micros(median(runs.map(of)), size);
  const both = (run: Stored): number => run.workerSeconds + run.postgresSeconds;
  report.add({
    name: 'import.orders-per-second',
    size,
    measured: rate(ours),
    baseline: rate(bare),
    unit: 'orders/s',
    beside: `${(lines / size).toFixed(1)} lines an order, fsync on, from the bytes of a page to the commit, the table equal to the store afterwards; baseline: the same bytes as bare rows`,
  });
  report.add({
    name: 'import.processor-time',
    size,
    measured: Number(time(ours, both)),
    baseline: Number(time(bare, both)),
    unit: 'µs/order',
    beside: `worker ${time(ours, (run) => run.workerSeconds)}, Postgres ${time(ours, (run) => run.postgresSeconds)}; bare rows: client ${time(bare, (run) => run.workerSeconds)}, Postgres ${time(bare, (run) => run.postgresSeconds)}`,
  });
}

function micros(seconds: number, size: number): string {
  return ((seconds / size) * 1_000_000).toFixed(0);
}

async function empty(db: Database): Promise<void> {
  await db.sql`truncate orders, decisions, outbox, hints, import_runs, import_watermarks, import_details`;
  await db.sql`vacuum analyze`;
}

/** Row for row; refuses to report a figure of an import that is not equal to the store. */
async function compare(db: Database, store: SimulatedStore, simulator: Simulator): Promise<void> {
  const client = createStoreClient({
    apiBaseUrl: simulator.url,
    storeHash: STORE_HASH,
    token: TOKEN,
    timeoutMs: TIMEOUT_MS,
    userAgent: 'Waybill/bench',
    allowLoopback: true,
    extraHosts: [],
  });
  const different = await differencesFromStore({ db, channelId: CHANNEL, store, client });
  if (different.length > 0) {
    const some = different.slice(0, DIFFERENCES_SHOWN).join('; ');
    throw new Error(`${String(different.length)} rows are not what the store says: ${some}`);
  }
}

async function importInProcess(databaseUrl: string): Promise<Imported> {
  return JSON.parse(await scriptOf('./import-process.ts', databaseUrl, CHANNEL)) as Imported; // what it prints
}

async function rowsInProcess(databaseUrl: string, folder: string, way: 'ours' | 'bare'): Promise<Stored> {
  return JSON.parse(await scriptOf('./import-rows.ts', databaseUrl, CHANNEL, folder, way)) as Stored; // what it prints
}

async function scriptOf(file: string, ...words: string[]): Promise<string> {
  const script = fileURLToPath(new URL(file, import.meta.url));
  return (await execute(process.execPath, ['--import', 'tsx', script, ...words])).stdout;
}
