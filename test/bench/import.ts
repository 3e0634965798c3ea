// `bench import`: API calls per order, orders a second into Postgres, and the worker's memory, against a plain client
// at the same store in the same run.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startSimulator } from '../../simulator/server.ts';
import {
  openBenchDatabase,
  startBenchPostgres,
  STORE_HASH,
  TOKEN,
  type BenchPostgres,
} from './installation.ts';
import { startPageShelf } from './page-shelf.ts';
import { PLAIN_CALLS_PER_ORDER, plainImport } from './plain-client.ts';
import type { Report } from './report.ts';

const execute = promisify(execFile);
const CHANNEL = 'bench';
const PAGE_SIZE = 250;
/** Beyond this many orders the plain client's calls are computed: it would only take hours to count them. */
const PLAIN_ORDERS_MAX = 10_000;
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

export async function benchImport(report: Report, sizes: readonly number[]): Promise<void> {
  const postgres = await startBenchPostgres(['waybill', ...sizes.map(databaseOf)]);
  try {
    for (const size of sizes) await importOf(report, postgres, size);
  } finally {
    await postgres.stop();
  }
}

async function importOf(report: Report, postgres: BenchPostgres, size: number): Promise<void> {
  const simulator = await startSimulator({ stores: [{ storeHash: STORE_HASH, token: TOKEN, quota: null }] });
  const shelf = await startPageShelf(simulator.url);
  try {
    const store = simulator.store(STORE_HASH);
    store.seed({ count: size, seed: 7, kind: 'plain' });
    store.resetRequests();
    const { imported, stored, lines } = await runOnce(postgres, databaseOf(size), shelf.url);
    if (stored !== size || imported.created !== size)
      throw new Error(`${String(stored)} of ${String(size)} orders were stored`);

    const plain =
      size <= PLAIN_ORDERS_MAX
        ? await plainImport({ url: simulator.url, storeHash: STORE_HASH, token: TOKEN })
        : null;
    const pages = Math.floor(size / PAGE_SIZE) + 1;
    const plainCalls = plain?.calls ?? pages + size * PLAIN_CALLS_PER_ORDER.length;
    const how = plain === null ? 'plain client computed' : 'plain client counted';
    report.add({
      name: 'import.calls-per-order',
      size,
      measured: imported.apiCalls / size,
      baseline: plainCalls / size,
      unit: 'calls/order',
      beside: how,
    });
    report.add({
      name: 'import.calls-vs-plain-client',
      size,
      measured: imported.apiCalls,
      baseline: plainCalls,
      unit: 'calls',
      beside: how,
    });
    report.add({
      name: 'import.orders-per-second',
      size,
      measured: size / imported.seconds,
      baseline: null,
      unit: 'orders/s',
      beside: `${(lines / size).toFixed(1)} lines an order, fsync on, from the bytes of a page to the commit; ${((imported.cpuSeconds / size) * 1_000_000).toFixed(0)} µs of the worker's CPU an order`,
    });
    report.add({
      name: 'import.memory',
      size,
      measured: imported.peakBytes / MIB,
      baseline: null,
      unit: 'MiB resident',
    });
  } finally {
    await shelf.close();
    await simulator.close();
  }
}

async function runOnce(
  postgres: BenchPostgres,
  database: string,
  apiUrl: string,
): Promise<{ imported: Imported; stored: number; lines: number }> {
  const url = postgres.server.urlOf(database);
  const db = await openBenchDatabase(url, { id: CHANNEL, apiUrl });
  try {
    // The first run fills the shelf with the pages that this import asks for; what it stored is thrown away.
    await importInProcess(url);
    await db.sql`truncate orders, decisions, outbox, hints, import_runs, import_watermarks, import_details`;
    await db.sql`vacuum analyze`;
    const imported = await importInProcess(url);
    const [counted] = await db.sql<{ stored: number; lines: number }[]>`
      select count(*)::int as stored, coalesce(sum(jsonb_array_length(canonical -> 'lineItems')), 0)::int as lines from orders`;
    return { imported, stored: counted?.stored ?? 0, lines: counted?.lines ?? 0 };
  } finally {
    await db.close();
  }
}

async function importInProcess(databaseUrl: string): Promise<Imported> {
  const script = fileURLToPath(new URL('./import-process.ts', import.meta.url));
  const { stdout } = await execute(process.execPath, ['--import', 'tsx', script, databaseUrl, CHANNEL]);
  return JSON.parse(stdout) as Imported; // what import-process.ts prints
}
