// Migrations on a real server: once each, in a race too, never on a schema from the future, never half.
import { mkdtemp, cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { openDatabase } from '../../db/database.ts';
import { assertMigrated, migrate } from '../../db/migrate.ts';

const MIGRATIONS = fileURLToPath(new URL('../../db/migrations', import.meta.url));
const created: string[] = [];
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'waybill-migrations-'));
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
  await onServer(async (sql) => {
    for (const name of created) await sql`drop database if exists ${sql(name)} with (force)`;
  });
});

describe('migrate', () => {
  it('gives an empty database the schema, and has nothing to do the second time', async () => {
    const url = await emptyDatabase();
    const lines: string[] = [];

    const first = await migrate(url, (line) => lines.push(line));
    const second = await migrate(url, (line) => lines.push(line));

    expect(first.applied).toBeGreaterThan(0);
    expect(second.applied).toBe(0);
    expect(lines).toHaveLength(1);
    await expect(withDatabase(url, assertMigrated)).resolves.toBeUndefined();
  });

  it('applies everything once when 20 processes ask at the same time', async () => {
    const url = await emptyDatabase();

    const results = await Promise.all(Array.from({ length: 20 }, () => migrate(url)));

    expect(results.filter((result) => result.applied > 0)).toHaveLength(1);
    const rows = await onDatabase(url, (sql) => sql`select hash from drizzle.__drizzle_migrations`);
    expect(new Set(rows.map((row) => String(row['hash']))).size).toBe(rows.length);
  });

  it('refuses a database that a newer version has changed', async () => {
    const url = await emptyDatabase();
    await migrate(url);
    await onDatabase(
      url,
      (sql) =>
        sql`insert into drizzle.__drizzle_migrations (hash, created_at) values ('later', 99999999999999)`,
    );

    await expect(migrate(url)).rejects.toMatchObject({ code: 'schema_newer' });
    await expect(withDatabase(url, assertMigrated)).rejects.toMatchObject({ code: 'schema_newer' });
  });

  it('refuses a database that other migrations have made', async () => {
    const url = await emptyDatabase();
    await migrate(url);
    await onDatabase(url, (sql) => sql`update drizzle.__drizzle_migrations set hash = 'other'`);

    await expect(migrate(url)).rejects.toMatchObject({ code: 'schema_foreign' });
  });

  it('finds a database that was never migrated too old to work on', async () => {
    const url = await emptyDatabase();

    await expect(withDatabase(url, assertMigrated)).rejects.toMatchObject({ code: 'schema_older' });
  });

  it('undoes a migration that fails in the middle, says why, and goes on once it is repaired', async () => {
    const url = await emptyDatabase();
    const withNext = path.join(folder, 'next');
    await mkdir(withNext);
    await cp(MIGRATIONS, withNext, { recursive: true });
    const journalFile = path.join(withNext, 'meta', '_journal.json');
    const journal = JSON.parse(await readFile(journalFile, 'utf8')) as { entries: Record<string, unknown>[] };
    journal.entries.push({ ...journal.entries.at(-1), idx: 99, when: 88_888_888_888_888, tag: '0099_next' });
    await writeFile(journalFile, JSON.stringify(journal));
    const next = path.join(withNext, '0099_next.sql');
    await writeFile(
      next,
      'create table half (id int);\n--> statement-breakpoint\ncreate table half (id int);',
    );
    await migrate(url);

    await expect(migrate(url, undefined, { folder: withNext })).rejects.toMatchObject({
      code: 'migration_failed',
      message: expect.stringContaining('already exists') as string,
    });
    const [table] = await onDatabase(url, (sql) => sql`select to_regclass('half') as half`);
    expect(table?.['half']).toBeNull();

    await writeFile(next, 'create table half (id int);');
    expect(await migrate(url, undefined, { folder: withNext })).toEqual({ applied: 1 });
  });
});

async function emptyDatabase(): Promise<string> {
  const name = `t_migrate_${String(created.length)}_${String(process.pid)}`;
  created.push(name);
  await onServer((sql) => sql`create database ${sql(name)}`);
  const url = new URL(inject('postgresUrl'));
  url.pathname = `/${name}`;
  return url.href;
}

function onServer<T>(work: (sql: postgres.Sql) => PromiseLike<T>): Promise<T> {
  return onDatabase(inject('postgresUrl'), work);
}

async function onDatabase<T>(url: string, work: (sql: postgres.Sql) => PromiseLike<T>): Promise<T> {
  const sql = postgres(url, { max: 1, onnotice: () => undefined });
  try {
    return await work(sql);
  } finally {
    await sql.end();
  }
}

async function withDatabase<T>(
  url: string,
  work: (db: ReturnType<typeof openDatabase>) => Promise<T>,
): Promise<T> {
  const db = openDatabase(url, { max: 1 });
  try {
    return await work(db);
  } finally {
    await db.close();
  }
}
