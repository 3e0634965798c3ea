// What the tests of imports by hand start from: a simulated store, an enabled channel, a worker on a real Temporal, and the
// command line as a person types it.
import { Client, Connection } from '@temporalio/client';
import { vi } from 'vitest';
import { addChannel, setEnabled } from '../../db/channels.ts';
import { openDatabase, type Database } from '../../db/database.ts';
import { createSecretBox } from '../../db/secrets.ts';
import { loadConfig } from '../../runtime/config.ts';
import { createLogger } from '../../runtime/logger.ts';
import { startSimulator, type SimulatedStore } from '../../simulator/server.ts';
import { startWorkers, type RunningWorkers } from '../../workers/run-worker.ts';
import { TEST_SECRET_KEYS } from '../support/programs.ts';
import { databaseFor, namespaceFor, type TestNamespace } from '../support/servers.ts';
import { waybillHere, type CommandResult } from './run-waybill.ts';

export const CHANNEL = 'shop';
export const TOKEN = 'token-of-the-store';
const STORE_HASH = 'importstore';
/** Its schedules do not fire while a test runs. */
const INTERVAL_MINUTES = 1_440;

export interface ImportWorld {
  db: Database;
  client: Client;
  temporal: TestNamespace;
  store: SimulatedStore;
  apiBaseUrl: string;
  environment: Record<string, string>;
  /** For machines, with `--json`. */
  run(...words: string[]): Promise<CommandResult>;
  /** For people. */
  say(...words: string[]): Promise<CommandResult>;
  startWorker(): Promise<RunningWorkers>;
  storedIds(): Promise<number[]>;
  close(): Promise<void>;
}

/** Everything but a worker; the file's own database and namespace. */
export async function openImportWorld(file: string, settings: object = {}): Promise<ImportWorld> {
  const [{ url }, temporal] = await Promise.all([databaseFor(file), namespaceFor(file)]);
  // Temporal's own variables are read from the process.
  vi.stubEnv('TEMPORAL_ADDRESS', temporal.address);
  vi.stubEnv('TEMPORAL_NAMESPACE', temporal.namespace);
  const db = openDatabase(url);
  const connection = await Connection.connect({ address: temporal.address });
  const simulator = await startSimulator({ stores: [{ storeHash: STORE_HASH, token: TOKEN, quota: null }] });
  const environment = {
    WAYBILL_DATABASE_URL: url,
    WAYBILL_SECRET_KEYS: TEST_SECRET_KEYS,
    WAYBILL_ALLOW_LOOPBACK_STORES: '1',
  };
  const box = createSecretBox([...loadConfig(environment).secretKeys]);
  const now = new Date().toISOString();
  await addChannel(db, box, {
    id: CHANNEL,
    doc: {
      channel: { name: 'Shop', timezone: 'Europe/Rome', profile: 'import_only' },
      connection: { store_hash: STORE_HASH, api_base_url: simulator.url },
      orders: { import: { interval_minutes: INTERVAL_MINUTES } },
      throttle: { limit: 10_000, max_concurrency: 50 },
      ...settings,
    },
    secrets: { access_token: TOKEN },
    by: 'test',
    now,
  });
  await setEnabled(db, { id: CHANNEL, enabled: true, by: 'test', now });
  const workers: RunningWorkers[] = [];
  return {
    db,
    client: new Client({ connection, namespace: temporal.namespace }),
    temporal,
    store: simulator.store(STORE_HASH),
    apiBaseUrl: simulator.url,
    environment,
    run: (...words) => waybillHere([...words, '--json'], { env: environment }),
    say: (...words) => waybillHere(words, { env: environment }),
    startWorker: async () => {
      const started = await startWorkers({
        config: loadConfig(environment),
        logger: createLogger({ level: 'silent', format: 'json' }),
        temporal,
      });
      workers.push(started);
      return started;
    },
    storedIds: async () =>
      (await db.sql<{ id: number }[]>`select order_id as id from orders order by 1`).map(({ id }) => id),
    close: async () => {
      vi.unstubAllEnvs();
      for (const worker of workers) await worker.stop();
      await simulator.close();
      await db.close();
      await connection.close();
    },
  };
}
