// Pages that lie ready as bytes into Postgres, in a process of its own: prints one JSON line and ends. Arguments:
// database, channel, folder, way. `ours` is the product's own way from the bytes to the commit, with the store's list
// answered from files. `bare` is the least: the same bytes, each order one row of `jsonb`, one insert and one commit a page.
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { importPages } from '../../activities/import-pages.ts';
import { rowRules } from '../../activities/import-slice.ts';
import { openStoreSession, type StoreSession } from '../../activities/store-calls.ts';
import type { StoreClient } from '../../bigcommerce/client.ts';
import { openDatabase, type Database } from '../../db/database.ts';
import { requireRun } from '../../db/import-runs.ts';
import { beginFirstRun, benchDeps } from './import-run.ts';
import { PAGE_SIZE } from './import-pages.ts';
import { postgresSeconds } from './postgres-time.ts';

async function ours(db: Database, channelId: string, files: readonly string[]): Promise<void> {
  const deps = benchDeps(db);
  const attempt = {
    number: 1,
    signal: new AbortController().signal,
    leftMs: () => Infinity,
    key: 'bench',
    atEnd: () => undefined,
  };
  let run = await beginFirstRun(deps, channelId);
  const left = [...files];
  while (run.cursor.phase !== 'done') {
    const opened = await openStoreSession(deps, { channelId, purpose: 'import', attempt });
    const session: StoreSession = {
      ...opened,
      client: { ...opened.client, ...fromFiles(left, files.length) },
    };
    await importPages(deps, { run, session, rules: rowRules(session, run), attempt });
    run = await requireRun(db, run.id);
  }
}

/** The list of a store whose pages lie in files, in the sequence of the run. */
function fromFiles(left: string[], pages: number): Pick<StoreClient, 'listOrders' | 'countOrders'> {
  return {
    listOrders: async () => {
      const file = left.shift();
      if (file === undefined) return { orders: [], storeNow: null };
      const text = new TextDecoder('utf-8', { fatal: true }).decode(await readFile(file));
      return { orders: JSON.parse(text) as unknown[], storeNow: new Date().toISOString() }; // the pages of `import-pages.ts`
    },
    countOrders: async () => ({ total: pages * PAGE_SIZE, byStatus: [] }),
  };
}

async function bare(db: Database, files: readonly string[]): Promise<void> {
  await db.sql`drop table if exists bare`;
  await db.sql`create table bare (id bigint primary key, document jsonb not null)`;
  for (const file of files) {
    const text = await readFile(file, 'utf8');
    await db.sql`
      insert into bare select (one ->> 'id')::bigint, one from jsonb_array_elements(${text}::text::jsonb) one`;
  }
}

const [databaseUrl = '', channelId = '', folder = '', way = ''] = process.argv.slice(2);
const db = openDatabase(databaseUrl, { max: 2, applicationName: 'waybill-bench' });
const files = (await readdir(folder)).sort().map((name) => path.join(folder, name));
// One open session each for what is measured and for the measuring, so that neither ends in between.
await Promise.all([db.sql`select pg_sleep(0.1)`, db.sql`select pg_sleep(0.1)`]);
const postgresBefore = await postgresSeconds(db);
const begun = performance.now();
const cpuBefore = process.cpuUsage();
await (way === 'bare' ? bare(db, files) : ours(db, channelId, files));
const seconds = (performance.now() - begun) / 1_000;
const { user, system } = process.cpuUsage(cpuBefore);
const postgres = (await postgresSeconds(db)) - postgresBefore;
await db.close();
process.stdout.write(
  `${JSON.stringify({ seconds, workerSeconds: (user + system) / 1_000_000, postgresSeconds: postgres })}\n`,
);
