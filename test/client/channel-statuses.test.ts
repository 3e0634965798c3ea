// The picker of statuses (S-29): filled from the store, kept for a day, read anew on request. A real worker asks a
// simulated store; the command itself never calls it.
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { openDatabase, type Database } from '../../db/database.ts';
import { loadConfig } from '../../runtime/config.ts';
import { createLogger } from '../../runtime/logger.ts';
import { startSimulator, type Simulator } from '../../simulator/server.ts';
import { startWorkers, type RunningWorkers } from '../../workers/run-worker.ts';
import { databaseFor, namespaceFor, type TestNamespace } from '../support/servers.ts';
import { waybillHere, type CommandResult } from './run-waybill.ts';

const TOKEN = 'simulated-token';
/** A worker, its bundle and some checks on a busy machine. */
const TEST_DEADLINE_MS = 120_000;

interface Statuses {
  at: string;
  statuses: { id: number; name: string; label: string }[];
  storeNotAsked: string | null;
}

let url = '';
let db: Database;
let temporal: TestNamespace;
let simulator: Simulator;
let workers: RunningWorkers;
const environment = (): Record<string, string> => ({
  WAYBILL_DATABASE_URL: url,
  WAYBILL_SECRET_KEYS: `k1:${Buffer.alloc(32, 7).toString('base64')}`,
  WAYBILL_ALLOW_LOOPBACK_STORES: '1',
});
const run = (...words: string[]): Promise<CommandResult> => waybillHere(words, { env: environment() });
const asked = async (...words: string[]): Promise<Statuses> =>
  // The command's own document, read by what these tests ask of it.
  (await run('channel', 'statuses', 'sim', ...words, '--json')).json() as unknown as Statuses; // see above
const labelOf = (found: Statuses, id: number): string | undefined =>
  found.statuses.find((status) => status.id === id)?.label;

beforeAll(async () => {
  [{ url }, temporal] = await Promise.all([databaseFor(import.meta.url), namespaceFor(import.meta.url)]);
  vi.stubEnv('TEMPORAL_ADDRESS', temporal.address);
  vi.stubEnv('TEMPORAL_NAMESPACE', temporal.namespace);
  db = openDatabase(url);
  simulator = await startSimulator({ stores: [{ storeHash: 'simstore', token: TOKEN, quota: null }] });
  workers = await startWorkers({
    config: loadConfig(environment()),
    logger: createLogger({ level: 'silent', format: 'json' }),
    temporal,
  });
  const store = ['--store-hash', `${simulator.url}/stores/simstore/v3/`, '--token', TOKEN];
  await run('channel', 'add', 'sim', ...store);
}, TEST_DEADLINE_MS);
afterAll(async () => {
  vi.unstubAllEnvs();
  await workers?.stop();
  await simulator?.close();
  await db?.close();
});

describe('the list of statuses', () => {
  test(
    'follows a label that was renamed in the store after a refresh, and the ids stay',
    async () => {
      const before = await asked();
      expect(before.statuses).toHaveLength(15);
      expect(before.statuses.find(({ id }) => id === 11)).toEqual({
        ...{ id: 11, name: 'Awaiting Fulfillment', label: 'Awaiting Fulfillment' },
      });
      simulator.store('simstore').renameStatus(11, 'In the warehouse');

      // Kept: the store is not asked again.
      const calls = simulator.store('simstore').requests().total;
      expect(labelOf(await asked(), 11)).toBe('Awaiting Fulfillment');
      expect(simulator.store('simstore').requests().total).toBe(calls);

      const after = await asked('--refresh');
      expect(after.statuses.find(({ id }) => id === 11)).toEqual({
        ...{ id: 11, name: 'Awaiting Fulfillment', label: 'In the warehouse' },
      });
      expect(after.statuses.map(({ id }) => id)).toEqual(before.statuses.map(({ id }) => id));
      expect((await run('channel', 'statuses', 'sim')).stdout).toMatch(
        /^11\tAwaiting Fulfillment\tIn the warehouse$/m,
      );
    },
    TEST_DEADLINE_MS,
  );

  test(
    'is read anew by itself after a day',
    async () => {
      simulator.store('simstore').renameStatus(9, 'Packed');
      await db.sql`update channels set last_check = jsonb_set(last_check, '{at}',
        to_jsonb(to_char(now() - interval '25 hours', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')))`;
      const found = await asked();
      expect([labelOf(found, 9), found.storeNotAsked]).toEqual(['Packed', null]);
    },
    TEST_DEADLINE_MS,
  );

  test(
    'that is old is shown with a word about its age where nobody can ask, but not for a fresh one',
    async () => {
      vi.stubEnv('TEMPORAL_ADDRESS', '127.0.0.1:1');
      try {
        await db.sql`update channels set last_check = jsonb_set(last_check, '{at}', '"2026-01-01T00:00:00.000Z"')`;
        const found = await asked();
        expect(found.statuses).toHaveLength(15);
        expect(found.storeNotAsked).not.toBeNull();
        expect((await run('channel', 'statuses', 'sim', '--refresh')).code).toBe(1);
      } finally {
        vi.stubEnv('TEMPORAL_ADDRESS', temporal.address);
      }
    },
    TEST_DEADLINE_MS,
  );
});
