/**
 * Brings a database to this version's schema, once, however many processes ask at the same time, and refuses to work on
 * a database that a newer version has already changed. Never undoes a migration.
 */
import { readMigrationFiles, type MigrationMeta } from 'drizzle-orm/migrator';
import { drizzle } from 'drizzle-orm/postgres-js';
import { migrate as runMigrations } from 'drizzle-orm/postgres-js/migrator';
import { fileURLToPath } from 'node:url';
import postgres from 'postgres';
import type { Queries } from './database.ts';
import { DbError, sqlStateOf } from './errors.ts';

const OWN_MIGRATIONS = fileURLToPath(new URL('./migrations', import.meta.url));
/** Any number that no other program is likely to lock; one migration at a time per database. */
const MIGRATION_LOCK = 7_239_214_418;
const CONNECT_TIMEOUT_SECONDS = 10;

export interface MigrateOptions {
  /** Where the numbered migrations lie; by default beside this file. */
  folder?: string;
}

/**
 * Applies the migrations that are missing, all in one transaction, under a lock that other processes wait for. May be
 * repeated; `applied` says how many this call added. Refuses with `schema_newer` (the database knows migrations that
 * this version does not), `schema_foreign` (it was made by other migrations), `migration_failed` (nothing was changed).
 */
export async function migrate(
  databaseUrl: string,
  log: (line: string) => void = () => undefined,
  options: MigrateOptions = {},
): Promise<{ applied: number }> {
  const folder = options.folder ?? OWN_MIGRATIONS;
  const sql = postgres(databaseUrl, {
    max: 1,
    connect_timeout: CONNECT_TIMEOUT_SECONDS,
    connection: { application_name: 'waybill migrate' },
    onnotice: () => undefined,
  });
  const orm = drizzle(sql);
  try {
    await sql`select pg_advisory_lock(${MIGRATION_LOCK})`;
    const known = readMigrationFiles({ migrationsFolder: folder });
    const before = await appliedMigrations({ sql });
    assertSameHistory(before, known);
    const missing = known.length - before.length;
    if (missing === 0) return { applied: 0 };
    log(`applying ${String(missing)} database migration${missing === 1 ? '' : 's'}`);
    try {
      await runMigrations(orm, { migrationsFolder: folder });
    } catch (error) {
      throw new DbError(
        'migration_failed',
        `A database migration failed and was undone: ${reasonOf(error)}. Nothing was changed. ` +
          `Repair the cause and run the migration again before anything else is started.`,
        {},
        { cause: error },
      );
    }
    return { applied: missing };
  } finally {
    // Ends the session, and with it the lock.
    await sql.end({ timeout: 5 });
  }
}

/**
 * Makes sure that the database has exactly this version's schema. Refuses with `schema_older` (run the migration),
 * `schema_newer` or `schema_foreign`. Every process asks this before it serves anything.
 */
export async function assertMigrated(db: Queries): Promise<void> {
  const known = readMigrationFiles({ migrationsFolder: OWN_MIGRATIONS });
  const applied = await appliedMigrations(db);
  assertSameHistory(applied, known);
  if (applied.length < known.length) {
    throw new DbError(
      'schema_older',
      `The database lacks ${String(known.length - applied.length)} of ${String(known.length)} migrations. Run: waybill migrate`,
      { applied: applied.length, known: known.length },
    );
  }
}

interface AppliedMigration {
  hash: string;
  createdAt: number;
}

async function appliedMigrations(db: Pick<Queries, 'sql'>): Promise<AppliedMigration[]> {
  const [table] = await db.sql<{ found: boolean }[]>`
    select to_regclass('drizzle.__drizzle_migrations') is not null as found`;
  if (table?.found !== true) return [];
  const rows = await db.sql<{ hash: string; created_at: string | number }[]>`
    select hash, created_at from drizzle.__drizzle_migrations order by created_at`;
  return rows.map((row) => ({ hash: row.hash, createdAt: Number(row.created_at) }));
}

function assertSameHistory(applied: AppliedMigration[], known: MigrationMeta[]): void {
  const lastKnown = known.at(-1)?.folderMillis ?? 0;
  const lastApplied = applied.at(-1)?.createdAt ?? 0;
  if (lastApplied > lastKnown) {
    throw new DbError(
      'schema_newer',
      `The database was changed by a newer version of Waybill (${String(applied.length)} migrations; this version knows ` +
        `${String(known.length)}). Run the newer version, or restore the backup made before the upgrade.`,
      { applied: applied.length, known: known.length },
    );
  }
  const foreign = applied.findIndex((migration, at) => migration.hash !== known[at]?.hash);
  if (foreign !== -1) {
    throw new DbError(
      'schema_foreign',
      `Migration ${String(foreign + 1)} of the database is not the one this version has. The database belongs to another ` +
        `build of Waybill; use another database, or the build that made this one.`,
      { migration: foreign + 1 },
    );
  }
}

/** The server's own sentence: it speaks of tables and columns, never of rows. */
function reasonOf(error: unknown): string {
  let innermost: unknown = error;
  while (innermost instanceof Error && innermost.cause instanceof Error) innermost = innermost.cause;
  const state = sqlStateOf(error);
  const text = innermost instanceof Error ? innermost.message : String(innermost);
  return state === null ? text : `${text} (${state})`;
}
