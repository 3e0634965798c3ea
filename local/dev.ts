// `waybill dev`: a whole installation on one machine, from nothing, kept between starts in one folder. It composes the
// parts; what a worker or the HTTP server is, the caller's further parts know.
import { rm } from 'node:fs/promises';
import path from 'node:path';
import postgres from 'postgres';
import { LocalError } from './errors.ts';
import { startInstallation, type Installation, type Part } from './installation.ts';
import { acquireLock } from './lock.ts';
import { reasonOf, type Log } from './log.ts';
import { removeDataFolder } from './postgres-place.ts';
import { freePorts } from './ports.ts';
import { startPostgres } from './postgres.ts';
import { resolveTemporalCli } from './temporal-cli.ts';
import { startTemporal } from './temporal-server.ts';

/**
 * The ports of a local installation. 0 picks a free one at the moment it is needed: before it there may be minutes, in
 * which a program is built and somebody else takes the port.
 */
export interface LocalPorts {
  postgres: number;
  temporal: number;
  ui: number;
}

export interface DevOptions {
  /** Where state is kept: `.waybill`. */
  home: string;
  /** Where downloaded and built programs are kept: `~/.cache/waybill`. */
  cache: string;
  /** A `temporal` program to use. */
  temporalCli: string | null;
  /** The folders to look for `temporal` in, as in `PATH`. */
  searchPath: string;
  /** A database to use instead of the embedded one. */
  databaseUrl: string | null;
  ports: LocalPorts;
  namespace: string;
  /** What comes after the servers: migrations, search attributes, worker, HTTP. */
  parts: readonly Part[];
  log: Log;
  signal?: AbortSignal;
}

const DATABASE = 'waybill';
const POSTGRES_FOLDER = 'postgres';
const OWN_DATABASE_DEADLINE_S = 5;

/**
 * Brings up PostgreSQL, Temporal with its web UI, and the further parts. Refuses with `already_running` when one runs
 * in the same folder; on any failure everything that was started is stopped.
 */
export async function startDev(options: DevOptions): Promise<Installation> {
  const home = path.resolve(options.home);
  const lock = await acquireLock(home, options.log);
  try {
    const installation = await startInstallation({
      parts: [postgresPart(options, home), temporalPart(options, home), ...options.parts],
      log: options.log,
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
    const { databaseUrl, temporalAddress, uiUrl, httpUrl } = installation.facts;
    await lock.note(
      withoutGaps({
        Temporal: temporalAddress,
        'Temporal UI': uiUrl,
        HTTP: httpUrl,
        PostgreSQL: maskPassword(databaseUrl),
      }),
    );
    return {
      ...installation,
      stop: async () => {
        const end = await installation.stop();
        await lock.release();
        return end;
      },
    };
  } catch (error) {
    await lock.release();
    throw error;
  }
}

/** Removes everything that a local installation keeps; nothing may run there. May be repeated. */
export async function removeHome(home: string): Promise<void> {
  await removeDataFolder(path.join(path.resolve(home), POSTGRES_FOLDER));
  await rm(home, { recursive: true, force: true });
}

/** The embedded PostgreSQL with its data in the home folder, or the database that the person named. */
function postgresPart(options: DevOptions, home: string): Part {
  return {
    name: 'PostgreSQL',
    start: async ({ log }) => {
      if (options.databaseUrl !== null) {
        await assertAnswers(options.databaseUrl);
        return {
          facts: { databaseUrl: options.databaseUrl },
          note: 'the database of WAYBILL_DATABASE_URL answers',
        };
      }
      const server = await startPostgres({
        dataFolder: path.join(home, POSTGRES_FOLDER),
        databases: [DATABASE],
        ...(options.ports.postgres === 0 ? {} : { port: options.ports.postgres }),
        portSetting: 'WAYBILL_POSTGRES_PORT',
        log,
      });
      return {
        stop: server.stop,
        ended: server.ended,
        facts: { databaseUrl: server.url },
        note: `port ${server.port}`,
      };
    },
  };
}

/** Temporal's development server with its web UI, its state in one file in the home folder. */
function temporalPart(options: DevOptions, home: string): Part {
  return {
    name: 'Temporal',
    start: async ({ log, signal }) => {
      const cli = await resolveTemporalCli({
        explicitPath: options.temporalCli ?? undefined,
        searchPath: options.searchPath,
        cacheFolder: options.cache,
        log,
        signal,
      });
      const { temporal, ui } = await portsOfTemporal(options.ports);
      const server = await startTemporal({
        binary: cli.path,
        dbFilename: path.join(home, 'temporal.sqlite'),
        port: temporal,
        portSetting: 'WAYBILL_TEMPORAL_PORT',
        ui: { port: ui, setting: 'WAYBILL_TEMPORAL_UI_PORT' },
        namespace: options.namespace,
        log,
      });
      return {
        stop: server.stop,
        ended: server.ended,
        facts: {
          temporalAddress: server.address,
          temporalCli: cli.path,
          namespace: server.namespace,
          ...(server.uiUrl === undefined ? {} : { uiUrl: server.uiUrl }),
        },
        note: `${server.address}, web UI ${server.uiUrl ?? 'off'}, server ${cli.serverVersion} from ${cli.origin}`,
      };
    },
  };
}

async function portsOfTemporal(ports: LocalPorts): Promise<Pick<LocalPorts, 'temporal' | 'ui'>> {
  // In one go: asked for one after the other, both could be the same.
  const [temporal = 0, ui = 0] = await freePorts(2);
  return { temporal: ports.temporal === 0 ? temporal : ports.temporal, ui: ports.ui === 0 ? ui : ports.ui };
}

async function assertAnswers(databaseUrl: string): Promise<void> {
  const sql = postgres(databaseUrl, {
    max: 1,
    connect_timeout: OWN_DATABASE_DEADLINE_S,
    onnotice: () => undefined,
  });
  try {
    await sql`select 1`;
  } catch (error) {
    throw new LocalError(
      'postgres_unavailable',
      `The database of WAYBILL_DATABASE_URL does not answer: ${reasonOf(error)} Correct the variable, or unset it to use the embedded one.`,
      { cause: error },
    );
  } finally {
    await sql.end();
  }
}

function withoutGaps(entries: Record<string, string | undefined>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(entries).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

function maskPassword(url: string | undefined): string | undefined {
  if (url === undefined) return undefined;
  const masked = new URL(url);
  if (masked.password !== '') masked.password = '***';
  return masked.href;
}
