// Brings up the servers of a test run, one of each kind, and takes them down again, also after failures and Ctrl-C.
// Test files reach them through `servers.ts`.
import { randomBytes } from 'node:crypto';
import os from 'node:os';
import path from 'node:path';
import postgres from 'postgres';
import type { TestProject } from 'vitest/node';
import { migrate } from '../../db/migrate.ts';
import { formatDuration, reasonOf, type Log } from '../../local/log.ts';
import { startPostgres, type LocalPostgres } from '../../local/postgres.ts';
import { resolveTemporalCli } from '../../local/temporal-cli.ts';
import { startTemporal } from '../../local/temporal-server.ts';
import { resolveTimeSkippingServer } from '../../local/time-skipping.ts';
import { loadConfig, type Config } from '../../runtime/config.ts';
import { TEMPLATE_DATABASE } from './servers.ts';

/** An ordinary order writes fewer events than this, so only tests that mean to continue as new do. */
const SUGGEST_CONTINUE_AS_NEW_AFTER_EVENTS = 50;

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const begunAt = performance.now();
  const config = loadConfig(process.env);
  const log: Log = (line) => process.stderr.write(`  ${line}\n`);
  // Quiet unless something takes long or fails: what a server says at a normal start interests nobody.
  const quiet: Log = () => undefined;

  // A folder that the PostgreSQL user can reach; also removed when this process is killed.
  const dataFolder = path.join(os.tmpdir(), `waybill-test-${randomBytes(4).toString('hex')}`);
  const started = await Promise.allSettled([
    startPostgres({ dataFolder, databases: [TEMPLATE_DATABASE], temporary: true, log: quiet }),
    startTestTemporal(config, log),
  ]);
  const [postgresStart, temporalStart] = started;
  const stopAll = async (): Promise<void> => {
    for (const start of started) if (start.status === 'fulfilled') await start.value.stop();
  };
  try {
    if (postgresStart.status === 'rejected') throw postgresStart.reason;
    if (temporalStart.status === 'rejected') throw temporalStart.reason;
    await prepareTemplate(postgresStart.value.urlOf);
    project.provide('postgresUrl', postgresStart.value.urlOf('postgres'));
    project.provide('temporalAddress', temporalStart.value.address);
    project.provide('temporalCli', temporalStart.value.cli);
    project.provide('timeSkippingServer', await findTimeSkippingServer(config, log));
  } catch (error) {
    await stopAll();
    throw error;
  }
  log(`PostgreSQL and Temporal for this run: up in ${formatDuration(performance.now() - begunAt)}`);
  return stopAll;
}

async function prepareTemplate(urlOf: LocalPostgres['urlOf']): Promise<void> {
  await migrate(urlOf(TEMPLATE_DATABASE));
  const sql = postgres(urlOf('postgres'), { max: 1 });
  try {
    // A database with a session on it cannot be copied.
    await sql`alter database ${sql(TEMPLATE_DATABASE)} with is_template true allow_connections false`;
  } finally {
    await sql.end();
  }
}

async function startTestTemporal(
  config: Config,
  log: Log,
): Promise<{ address: string; cli: string; stop: () => Promise<void> }> {
  const cli = await resolveTemporalCli({
    explicitPath: config.temporalCli ?? undefined,
    searchPath: process.env['PATH'] ?? '',
    cacheFolder: config.cache,
    log,
  });
  const server = await startTemporal({
    binary: cli.path,
    ui: false,
    namespace: 'default',
    temporary: true,
    dynamicConfig: {
      'limit.historyCount.suggestContinueAsNew': String(SUGGEST_CONTINUE_AS_NEW_AFTER_EVENTS),
    },
    log: () => undefined,
  });
  return { address: server.address, cli: cli.path, stop: server.stop };
}

/**
 * The time-skipping server is the only one that tests may do without, and only on a person's machine: its tests are
 * skipped there, with the reason in the output.
 */
async function findTimeSkippingServer(config: Config, log: Log): Promise<string | null> {
  try {
    return await resolveTimeSkippingServer({ cacheFolder: config.cache, log });
  } catch (error) {
    if (process.env['CI'] !== undefined) throw error;
    log(`the tests in which months pass are skipped: ${reasonOf(error)}`);
    return null;
  }
}
