// A whole installation for one benchmark: Postgres with fsync on, Temporal's development server in memory, the
// simulated store without a limit. All of it ends with the benchmark.
import { spawn } from 'node:child_process';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { addChannel, setEnabled } from '../../db/channels.ts';
import { openDatabase, type Database } from '../../db/database.ts';
import { migrate } from '../../db/migrate.ts';
import { createSecretBox, type SecretBox } from '../../db/secrets.ts';
import { startPostgres, type LocalPostgres } from '../../local/postgres.ts';
import { resolveTemporalCli } from '../../local/temporal-cli.ts';
import { startTemporal } from '../../local/temporal-server.ts';
import { loadConfig } from '../../runtime/config.ts';
import type { ProgramEnvironment } from '../support/programs.ts';

export const STORE_HASH = 'bench1';
export const TOKEN = 'bench-token';
const quiet = (): void => undefined;

export interface BenchPostgres {
  server: LocalPostgres;
  folder: string;
  stop(): Promise<void>;
}

/** Flushes to disk as in production. */
export async function startBenchPostgres(databases: readonly [string, ...string[]]): Promise<BenchPostgres> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'waybill-bench-'));
  // Postgres runs as another user where this runs as root, and must reach its data below this folder.
  await chmod(folder, 0o755);
  const server = await startPostgres({ dataFolder: path.join(folder, 'postgres'), databases, log: quiet });
  return {
    server,
    folder,
    stop: async () => {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export async function startBenchTemporal(): Promise<{ address: string; stop(): Promise<void> }> {
  const config = loadConfig(process.env);
  const cli = await resolveTemporalCli({
    explicitPath: config.temporalCli ?? undefined,
    searchPath: process.env['PATH'] ?? '',
    cacheFolder: config.cache,
    log: (line) => process.stderr.write(`  ${line}\n`),
  });
  return startTemporal({ binary: cli.path, ui: false, namespace: 'default', temporary: true, log: quiet });
}

export function benchSecrets(): SecretBox {
  return createSecretBox([{ id: 'test', key: Buffer.alloc(32, 7) }]);
}

/** A migrated database with one enabled channel of the store at that address. */
export async function openBenchDatabase(
  url: string,
  channel: { id: string; apiUrl: string; settings?: Record<string, unknown> },
): Promise<Database> {
  await migrate(url);
  const db = openDatabase(url, { max: 12, applicationName: 'waybill-bench' });
  const now = new Date().toISOString();
  await addChannel(db, benchSecrets(), {
    id: channel.id,
    doc: {
      channel: { name: channel.id, profile: 'import_only' },
      connection: { store_hash: STORE_HASH, api_base_url: channel.apiUrl },
      throttle: { limit: 10_000, window_seconds: 1, max_concurrency: 50 },
      ...channel.settings,
    },
    secrets: { access_token: TOKEN },
    by: 'bench',
    now,
  });
  await setEnabled(db, { id: channel.id, enabled: true, by: 'bench', now });
  return db;
}

export function environmentOf(
  databaseUrl: string,
  temporalAddress: string,
  folder: string,
): ProgramEnvironment {
  return { databaseUrl, temporalAddress, namespace: 'default', home: path.join(folder, 'home') };
}

/** Runs one of our own files as a process; answers when it has said `ready`. */
export async function startScript(
  file: string,
  words: readonly string[],
): Promise<{ stop(): Promise<void> }> {
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', fileURLToPath(new URL(file, import.meta.url)), ...words],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  await Promise.race([
    once(child.stdout, 'data'),
    once(child, 'exit').then(() => Promise.reject(new Error(`${file} ended before it was ready`))),
  ]);
  return {
    stop: async () => {
      if (child.exitCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    },
  };
}
