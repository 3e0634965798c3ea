/**
 * `waybill dev`: the servers and Waybill's own programs in one process on one machine, kept in one folder between
 * starts. The demo runs the same installation in a folder of its own.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Output } from '../client/cli/output.ts';
import { startHttp } from '../client/http/server.ts';
import { ensureSweepSchedule } from '../client/schedules.ts';
import { connectTemporal, ensureSearchAttributes } from '../client/temporal.ts';
import { openDatabase } from '../db/database.ts';
import { migrate } from '../db/migrate.ts';
import { loadConfig, type Config } from '../runtime/config.ts';
import { createLogger } from '../runtime/logger.ts';
import { startWorkers } from '../workers/run-worker.ts';
import { startDev } from './dev.ts';
import type { InstallationFacts, Part, PartContext } from './installation.ts';
import { LocalError } from './errors.ts';
import { assertNothingRuns } from './lock.ts';
import { reasonOf } from './log.ts';
import { announceInstallation, withdrawInstallation } from './running-installation.ts';

const NAMESPACE = 'default';
const SECRET_KEYS_FILE = 'secret-keys';
const SECRET_KEY_BYTES = 32;

export interface RunningWaybill {
  httpUrl: string;
  uiUrl: string;
  databaseUrl: string;
  temporal: { cli: string; address: string; namespace: string };
  /** Resolves with the name of a part that ended by itself. */
  broken: Promise<string>;
  /** Stops everything in reverse order. May be repeated. */
  stop(): Promise<{ clean: boolean }>;
}

export interface StartOptions {
  config: Config;
  /** Run before anything else, while the folder is known to be unused. */
  emptyHome?: () => Promise<void>;
  /** Parts beside Waybill's own, such as the simulated store. */
  further?: readonly Part[];
  /** Picks free ports instead of the configured ones. */
  freePorts?: boolean;
  out: Output;
  signal: AbortSignal;
}

/** Starts everything, or nothing: what was started before a failure is stopped again. @throws LocalError */
export async function startWaybill(options: StartOptions): Promise<RunningWaybill> {
  const { config, out } = options;
  const home = path.resolve(config.home);
  await assertNothingRuns(home);
  await options.emptyHome?.();
  await mkdir(home, { recursive: true });
  const secretKeys = await secretKeysOf(home);
  const ports = options.freePorts === true ? { postgres: 0, temporal: 0, ui: 0 } : config.localPorts;
  // Keys that the environment gives win over the installation's own, which were made up at its first start.
  const own = loadConfig({ WAYBILL_SECRET_KEYS: secretKeys });
  const settled: Config = {
    ...config,
    log: quiet(config.log),
    secretKeys: config.secretKeys.length > 0 ? config.secretKeys : own.secretKeys,
    http: { ...config.http, port: options.freePorts === true ? 0 : config.http.port },
    store: { ...config.store, allowLoopback: true },
  };
  const installation = await startDev({
    home,
    cache: config.cache,
    temporalCli: config.temporalCli,
    searchPath: config.searchPath,
    databaseUrl: config.databaseUrl,
    ports,
    namespace: NAMESPACE,
    parts: [...(options.further ?? []), migrations, namespacePart, workerPart(settled), httpPart(settled)],
    log: (line) => out.note(line),
    signal: options.signal,
  });
  const { databaseUrl, temporalAddress, temporalCli, uiUrl, httpUrl } = required(installation.facts);
  await announceInstallation(home, {
    pid: process.pid,
    databaseUrl,
    temporalAddress,
    namespace: NAMESPACE,
    uiUrl,
    httpUrl,
    secretKeys: settled.secretKeys.map(({ id, key }) => `${id}:${key.toString('base64')}`).join(','),
    temporalCli,
  });
  return {
    httpUrl,
    uiUrl,
    databaseUrl,
    temporal: { cli: temporalCli, address: temporalAddress, namespace: NAMESPACE },
    broken: installation.broken,
    stop: async () => {
      await withdrawInstallation(home);
      return installation.stop();
    },
  };
}

/** `waybill dev`. Exit code 0 when it was asked to stop and everything stopped well. */
export async function runDev(options: { config: Config; json: boolean; out: Output }): Promise<number> {
  const { out } = options;
  const giveUp = new AbortController();
  const release = onInterrupt(() => giveUp.abort(new Error('interrupted')));
  try {
    const waybill = await startWaybill({ config: options.config, out, signal: giveUp.signal });
    out.line('');
    out.line(`Temporal UI  ${waybill.uiUrl}`);
    out.line(`HTTP         ${waybill.httpUrl} (described at ${waybill.httpUrl}/docs)`);
    out.line(`PostgreSQL   ${waybill.databaseUrl}`);
    out.line(`Temporal     ${waybill.temporal.address}, program ${waybill.temporal.cli}`);
    out.line('Ctrl-C stops everything; what is stored stays for the next start.');
    out.result({ uiUrl: waybill.uiUrl, httpUrl: waybill.httpUrl, temporal: waybill.temporal });
    const broken = await untilStopped(waybill, giveUp.signal);
    const { clean } = await waybill.stop();
    if (broken !== null) out.note(`${broken} ended by itself; everything else was stopped.`);
    return clean && broken === null ? 0 : 1;
  } catch (error) {
    out.note(giveUp.signal.aborted ? 'Given up.' : reasonOf(error));
    out.result({
      error: { code: error instanceof LocalError ? error.code : 'unexpected', what: reasonOf(error) },
    });
    return 1;
  } finally {
    release();
  }
}

/** At a terminal the parts' own notes tell what happens; the usual lines of every part would bury them. */
function quiet(log: Config['log']): Config['log'] {
  return log.level === 'info' ? { ...log, level: 'warn' } : log;
}

/** Waits for Ctrl-C, or for a part that ends by itself and is then named. */
export async function untilStopped(waybill: RunningWaybill, signal: AbortSignal): Promise<string | null> {
  const interrupted = new Promise<null>((resolve) => {
    if (signal.aborted) resolve(null);
    signal.addEventListener('abort', () => resolve(null), { once: true });
  });
  return Promise.race([interrupted, waybill.broken]);
}

/** Calls back at the first SIGINT or SIGTERM; answers how to stop listening. */
export function onInterrupt(interrupted: () => void): () => void {
  process.once('SIGINT', interrupted);
  process.once('SIGTERM', interrupted);
  return () => {
    process.removeListener('SIGINT', interrupted);
    process.removeListener('SIGTERM', interrupted);
  };
}

const migrations: Part = {
  name: 'Migrations',
  start: async ({ facts, log }) => {
    const { applied } = await migrate(required(facts).databaseUrl, log);
    return { note: applied === 0 ? 'the database is up to date' : `${String(applied)} applied` };
  },
};

/** Search attributes, also in a state file of an older version, and the sweep, which belongs to no channel. */
const namespacePart: Part = {
  name: 'Search attributes and sweep',
  start: async ({ facts }) => {
    const { temporalAddress } = required(facts);
    const temporal = await connectTemporal({ address: temporalAddress, namespace: NAMESPACE });
    try {
      const { added } = await ensureSearchAttributes(temporal.connection, NAMESPACE);
      await ensureSweepSchedule(temporal.client);
      return { note: added.length === 0 ? 'already there' : `added ${added.join(', ')}` };
    } finally {
      await temporal.close();
    }
  },
};

function workerPart(config: Config): Part {
  return {
    name: 'Worker',
    start: async ({ facts }) => {
      const { databaseUrl, temporalAddress } = required(facts);
      const workers = await startWorkers({
        config: { ...config, databaseUrl },
        logger: createLogger(config.log),
        temporal: { address: temporalAddress, namespace: NAMESPACE },
        queues: 'all',
      });
      return { stop: () => workers.stop(), ended: workers.failed, note: 'queues waybill and bigcommerce' };
    },
  };
}

function httpPart(config: Config): Part {
  return {
    name: 'HTTP',
    start: async ({ facts }: PartContext) => {
      const { databaseUrl, temporalAddress } = required(facts);
      const db = openDatabase(databaseUrl, { max: config.databasePool, applicationName: 'waybill-http' });
      try {
        const server = await startHttp({
          config,
          logger: createLogger(config.log),
          db,
          connectTemporal: () => connectTemporal({ address: temporalAddress, namespace: NAMESPACE }),
        });
        const stop = async (): Promise<void> => {
          await server.stop();
          await db.close();
        };
        return { stop, facts: { httpUrl: server.url }, note: server.url };
      } catch (error) {
        await db.close();
        throw error;
      }
    },
  };
}

/** The facts that the servers of an installation tell before our own parts start. */
function required(facts: Readonly<InstallationFacts>): Required<InstallationFacts> {
  const {
    databaseUrl = '',
    temporalAddress = '',
    temporalCli = '',
    namespace = NAMESPACE,
    uiUrl = '',
    httpUrl = '',
  } = facts;
  return { databaseUrl, temporalAddress, temporalCli, namespace, uiUrl, httpUrl };
}

/** The installation's own key, made at its first start and readable by its owner only. */
async function secretKeysOf(home: string): Promise<string> {
  const file = path.join(home, SECRET_KEYS_FILE);
  const kept = (await readFile(file, 'utf8').catch(() => '')).trim();
  if (kept !== '') return kept;
  const made = `local:${randomBytes(SECRET_KEY_BYTES).toString('base64')}`;
  await writeFile(file, `${made}\n`, { mode: 0o600 });
  return made;
}
