/**
 * The pool, and transactions that survive a deadlock. Everything that speaks to Postgres gets one of these two as an
 * argument; nothing here reads the environment or decides anything about orders.
 */
import { PgDatabase, PgDialect } from 'drizzle-orm/pg-core';
import { drizzle, PostgresJsSession, type PostgresJsQueryResultHKT } from 'drizzle-orm/postgres-js';
import { setTimeout as pause } from 'node:timers/promises';
import postgres from 'postgres';
import { SettingsCache } from '../settings/settings-cache.ts';
import { sqlStateOf } from './errors.ts';

/** Drizzle without relational queries: typed statements on the tables of `schema.ts`. */
export type Orm = PgDatabase<PostgresJsQueryResultHKT, Record<string, never>>;

/**
 * What a query needs; a pool and a transaction both are one. Raw `sql`: times come back as ISO strings in UTC with
 * milliseconds, `bigint` as numbers, `jsonb` parsed; JSON goes in as text (`jsonText`) with a `::jsonb` cast.
 */
export interface Queries {
  readonly orm: Orm;
  readonly sql: postgres.ISql;
  /** The channels' settings as they were last read; lives as long as the pool. */
  readonly settings: SettingsCache;
}

/** A pool. `close` waits for running queries for a few seconds; may be repeated. */
export interface Database extends Queries {
  readonly sql: postgres.Sql;
  close(): Promise<void>;
}

/** One transaction: whoever takes a `Tx` writes together with the caller. */
export interface Tx extends Queries {
  readonly sql: postgres.TransactionSql;
}

export interface DatabaseOptions {
  /** Connections at most; default 10. */
  max?: number;
  /** Shown in `pg_stat_activity`; default `waybill`. */
  applicationName?: string;
}

const POOL_SIZE_DEFAULT = 10;
/** A server that does not answer the connection within this many seconds is away. */
const CONNECT_TIMEOUT_SECONDS = 10;
/** No statement of ours takes longer than this on a healthy server. */
const STATEMENT_TIMEOUT_MS = 60_000;
/** A process that hangs inside a transaction must not hold rows for ever. */
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 60_000;
const CLOSE_TIMEOUT_SECONDS = 5;
/** Deadlocks are rare because rows are written in the order of their keys; this many in a row are a fault. */
const TRANSACTION_ATTEMPTS_MAX = 6;
const TRANSACTION_RETRY_BASE_MS = 10;
/** deadlock_detected and serialization_failure: the server rolled back, the same work may simply be done again. */
const RETRIED_STATES = ['40P01', '40001'];

const OID_INT8 = 20;
const OID_TIMESTAMPTZ = 1184;
const OID_TIMESTAMPTZ_ARRAY = 1185;

/**
 * Opens a pool on a `postgres://` address. It connects on first use, so this never fails for a server that is away.
 * Errors of the URL itself are thrown.
 */
export function openDatabase(url: string, options: DatabaseOptions = {}): Database {
  const sql = postgres(url, {
    max: options.max ?? POOL_SIZE_DEFAULT,
    connect_timeout: CONNECT_TIMEOUT_SECONDS,
    connection: {
      application_name: options.applicationName ?? 'waybill',
      statement_timeout: STATEMENT_TIMEOUT_MS,
      idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_TIMEOUT_MS,
      TimeZone: 'UTC',
    },
    onnotice: () => undefined,
  });
  const orm = drizzle(sql);
  // Drizzle has just made the client hand out times as Postgres prints them; everybody here wants ISO 8601.
  sql.options.parsers[OID_TIMESTAMPTZ] = isoOf;
  sql.options.parsers[OID_INT8] = numberOf;
  // The same for lists of times: without these entries the client writes and reads them as arrays again.
  delete sql.options.parsers[OID_TIMESTAMPTZ_ARRAY];
  delete sql.options.serializers[OID_TIMESTAMPTZ_ARRAY];
  return {
    orm,
    sql,
    settings: new SettingsCache(),
    close: () => sql.end({ timeout: CLOSE_TIMEOUT_SECONDS }),
  };
}

/**
 * Runs `work` in one transaction (read committed) and commits when it returns; what it throws rolls back and is thrown
 * on. A deadlock or a serialization failure is tried again a few times with growing pauses, so `work` must have no
 * other effect than its queries.
 */
export async function inTransaction<T>(db: Database, work: (tx: Tx) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      // postgres.js unwraps arrays of promises in its result type; `work` gives one promise of one value, boxed here.
      const box = await begin(db, async (sql) => ({ value: await work(transactionOn(sql, db.settings)) }));
      return box.value;
    } catch (error) {
      const state = sqlStateOf(error);
      if (state === null || !RETRIED_STATES.includes(state) || attempt >= TRANSACTION_ATTEMPTS_MAX)
        throw error;
      await pause(TRANSACTION_RETRY_BASE_MS * 2 ** attempt * (0.5 + Math.random()));
    }
  }
}

/** The client sees a connection close within milliseconds of the error that closed it. */
const CONNECTION_CLOSES_WITHIN_MS = 10_000;

/**
 * The client's own `begin`, but for an error that ends the connection: the client rejects the whole transaction by
 * itself as soon as it sees the connection close, and what `work` threw is then of no interest. Told at once of that
 * error it would send a rollback into the closed connection, and end the process with an error that nobody can catch
 * (postgres 3.4.9, `nextWrite`). So it is not told before it has noticed, and after that it is not told at all.
 */
async function begin<T>(db: Database, work: (sql: postgres.TransactionSql) => Promise<T>): Promise<T> {
  let over = false;
  try {
    const box = await db.sql.begin(async (sql) => {
      try {
        return { value: await work(sql) };
      } catch (error) {
        if (!isConnectionLost(error)) throw error;
        await pause(CONNECTION_CLOSES_WITHIN_MS, undefined, { ref: false });
        if (over) return await new Promise<never>(() => undefined);
        throw error;
      }
    });
    return box.value;
  } finally {
    over = true;
  }
}

function isConnectionLost(error: unknown): boolean {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    if ('severity' in at && (at.severity === 'FATAL' || at.severity === 'PANIC')) return true;
    if ('code' in at && typeof at.code === 'string' && CONNECTION_CODES.test(at.code)) return true;
  }
  return false;
}
/** Of the client and of Node's sockets. */
const CONNECTION_CODES = /^(CONNECTION_|CONNECT_|ECONN|EPIPE|ETIMEDOUT|EHOSTUNREACH)/;

function transactionOn(sql: postgres.TransactionSql, settings: SettingsCache): Tx {
  const dialect = new PgDialect();
  // Drizzle's session asks for the pool's type and uses only what a transaction's client has too; its own
  // `transaction()` does the same.
  const session = new PostgresJsSession<postgres.Sql, Record<string, never>, Record<string, never>>(
    sql as unknown as postgres.Sql,
    dialect,
    undefined,
  );
  return { sql, settings, orm: new PgDatabase(dialect, session, undefined) };
}

function isoOf(text: string): string {
  return new Date(text).toISOString();
}

function numberOf(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value))
    throw new RangeError(`${text} is beyond the integers that JavaScript keeps exactly`);
  return value;
}
