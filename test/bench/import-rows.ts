// Pages that lie ready as bytes into Postgres, in a process of its own: prints one JSON line and ends. Arguments:
// database, channel, folder, way. `ours` is everything that an import does from the bytes to the commit; the next page is
// translated while one is stored, as it is where a worker runs two imports. `bare` is the least: the same bytes, each
// order one row of `jsonb`, one insert and one commit a page.
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { rowRules } from '../../activities/import-slice.ts';
import { rowsOfPage } from '../../activities/page-rows.ts';
import { NO_SHELF } from '../../activities/run-shelf.ts';
import { openStoreSession } from '../../activities/store-calls.ts';
import { openDatabase, type Database } from '../../db/database.ts';
import { storeSlice } from '../../db/import-slice.ts';
import { advance } from '../../domain/import-cursor.ts';
import { beginFirstRun, benchDeps } from './import-run.ts';
import { postgresSeconds } from './postgres-time.ts';

/** Of one slice, as in the activity; plain orders need none. */
const DETAIL_CALLS_MAX = 25;

async function ours(db: Database, channelId: string, files: readonly string[]): Promise<void> {
  const deps = benchDeps(db);
  const run = await beginFirstRun(deps, channelId);
  const attempt = { number: 1, signal: new AbortController().signal, leftMs: () => Infinity };
  const session = await openStoreSession(deps, { channelId, purpose: 'import', attempt });
  const rules = rowRules(session, run);
  let { cursor } = run;
  let stored: Promise<unknown> = Promise.resolve();
  for (const file of files) {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(await readFile(file));
    const orders = JSON.parse(text) as unknown[]; // the pages of `import-pages.ts`
    const readAt = deps.clock();
    const rows = await rowsOfPage(deps, {
      session,
      rules,
      orders,
      readAt,
      shelf: NO_SHELF,
      detailCallsMax: DETAIL_CALLS_MAX,
      attempt,
    });
    const page = rows.map((row) => {
      if (row.kind !== 'order') throw new Error(`an order of the simulator was not read: ${row.kind}`);
      return row.order;
    });
    const slice = {
      runId: run.id,
      expectedCursor: cursor,
      rows,
      local: rules.local,
      apiCalls: 1,
      now: readAt,
    };
    cursor = advance({ cursor, window: run.window, page });
    await stored;
    stored = storeSlice(db, { ...slice, nextCursor: cursor });
    // It is awaited above, or below; until then nobody listens.
    stored.catch(() => undefined);
  }
  await stored;
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
