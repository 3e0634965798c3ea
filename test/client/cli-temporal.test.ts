// The command line against a real Temporal: what it does when no worker polls, and how it follows work when one does.
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { openDatabase, type Database } from '../../db/database.ts';
import { loadConfig } from '../../runtime/config.ts';
import { createLogger } from '../../runtime/logger.ts';
import { startSimulator, type Simulator } from '../../simulator/server.ts';
import { startWorkers, type RunningWorkers } from '../../workers/run-worker.ts';
import { addTestChannel, CHANNEL } from '../db/order-life.ts';
import { databaseFor, namespaceFor, type TestNamespace } from '../support/servers.ts';
import { waybillHere, type CommandResult } from './run-waybill.ts';

const TOKEN = 'simulated-token';
/** A worker, its bundle and a dozen workflows on a busy machine. */
const TEST_DEADLINE_MS = 400_000;
const LIST_DEADLINE_MS = 90_000;
const LIST_POLL_MS = 200;

let url = '';
let db: Database;
let temporal: TestNamespace;
let connection: Connection;
let client: Client;
beforeAll(async () => {
  [{ url }, temporal] = await Promise.all([databaseFor(import.meta.url), namespaceFor(import.meta.url)]);
  // Temporal's own variables are read from the process.
  vi.stubEnv('TEMPORAL_ADDRESS', temporal.address);
  vi.stubEnv('TEMPORAL_NAMESPACE', temporal.namespace);
  db = openDatabase(url);
  connection = await Connection.connect({ address: temporal.address });
  client = new Client({ connection, namespace: temporal.namespace });
  await addTestChannel(db);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await db.close();
  await connection.close();
});

const environment = (): Record<string, string> => ({
  WAYBILL_DATABASE_URL: url,
  WAYBILL_SECRET_KEYS: `k1:${Buffer.alloc(32, 7).toString('base64')}`,
  WAYBILL_ALLOW_LOOPBACK_STORES: '1',
  WAYBILL_UI_URL: 'http://ui.example',
});
const run = (...words: string[]): Promise<CommandResult> =>
  waybillHere([...words, '--json'], { env: environment() });
const errorOf = (result: CommandResult): Record<string, unknown> =>
  result.json()['error'] as Record<string, unknown>;
const running = async (): Promise<string[]> => {
  const ids: string[] = [];
  for await (const { workflowId } of client.workflow.list({ query: 'ExecutionStatus="Running"' }))
    ids.push(workflowId);
  return ids;
};
/** The server's list follows what happened with a delay, so it is asked until it has caught up. */
const eventuallyNoneRuns = (of: (workflowId: string) => boolean): Promise<void> =>
  vi.waitFor(
    async () => {
      expect((await running()).filter(of)).toEqual([]);
    },
    { timeout: LIST_DEADLINE_MS, interval: LIST_POLL_MS },
  );

describe('while no worker polls', () => {
  test(
    'an import says so, starts nothing, and is left waiting only with --detach',
    async () => {
      const refused = await run('import', CHANNEL);
      expect(refused.code).toBe(1);
      expect(errorOf(refused)).toMatchObject({ code: 'no_worker' });
      expect(String(errorOf(refused)['todo'])).toContain('waybill worker');
      await eventuallyNoneRuns(() => true);

      const left = await run('import', CHANNEL, '--days', '7', '--detach');
      expect(left.code).toBe(0);
      const { workflowId, temporalRunId, link } = left.json() as Record<string, string>;
      expect(workflowId).toMatch(/^import:shop:manual:[0-9a-f]{12}$/);
      expect(link).toBe(
        `http://ui.example/namespaces/${temporal.namespace}/workflows/${encodeURIComponent(workflowId ?? '')}/${temporalRunId ?? ''}`,
      );

      // The same import again takes part in the one that waits; under a chosen name it would be another one.
      const joined = await run('import', CHANNEL, '--days', '7', '--detach');
      expect([joined.code, joined.json()['temporalRunId']]).toEqual([0, temporalRunId]);
      expect((await run('import', CHANNEL, '--name', 'week34', '--detach')).code).toBe(0);
      const second = await run('import', CHANNEL, '--name', 'week34', '--detach');
      expect(second.code).toBe(3);
      expect(errorOf(second)).toMatchObject({ code: 'already_running' });

      for (const id of [workflowId ?? '', 'import:shop:manual:week34']) {
        await client.workflow.getHandle(id).terminate('test is over');
      }
    },
    TEST_DEADLINE_MS,
  );

  test(
    'doctor says who is missing',
    async () => {
      const { findings } = (await run('doctor')).json() as { findings: { what: string; ok: boolean }[] };
      const bad = findings.filter(({ ok }) => !ok).map(({ what }) => what);
      expect(bad).toEqual(
        expect.arrayContaining(['Workers of waybill', 'Workers of bigcommerce', 'Schedules']),
      );
      expect(findings).toContainEqual(expect.objectContaining({ what: 'Temporal', ok: true }));
      expect(findings).toContainEqual(expect.objectContaining({ what: 'Search attributes', ok: true }));
    },
    TEST_DEADLINE_MS,
  );
});

describe('while a worker polls', () => {
  let simulator: Simulator;
  let workers: RunningWorkers;
  beforeAll(async () => {
    simulator = await startSimulator({ stores: [{ storeHash: 'simstore', token: TOKEN }] });
    simulator.store('simstore').seed({ count: 30, seed: 1 });
    workers = await startWorkers({
      config: loadConfig(environment()),
      logger: createLogger({ level: 'silent', format: 'json' }),
      temporal,
    });
  }, TEST_DEADLINE_MS);
  afterAll(async () => {
    await workers.stop();
    await simulator.close();
  });

  test(
    'a store is connected, imported once, and followed',
    async () => {
      const store = ['--store-hash', `${simulator.url}/stores/simstore/v3/`];
      // No scheduled import of its own within this test, which a full hour would bring.
      const daily = ['orders.import.interval_minutes=1440', 'orders.import.align_to_clock=false'];
      const settings = daily.flatMap((setting) => ['--set', setting]);
      const wrong = await run('channel', 'add', 'sim', ...store, '--token', 'not-the-token', ...settings);
      expect(wrong.code).toBe(1);
      expect(errorOf(wrong)).toMatchObject({ code: 'check_failed' });
      expect((await run('channel', 'test', 'sim')).code).toBe(1);
      const stillWrong = await run('channel', 'rotate', 'sim', '--token', 'not-this-one-either');
      expect(String(errorOf(stillWrong)['what'])).toContain('the ones before stay in place');
      expect((await run('channel', 'rotate', 'sim', '--token', TOKEN)).code).toBe(0);
      expect((await run('channel', 'enable', 'sim')).json()).toMatchObject({
        enabled: true,
        check: { ok: true },
      });
      expect((await client.schedule.getHandle('import:sim').describe()).state.paused).toBe(false);

      const imported = await run('import', 'sim');
      expect(imported.code).toBe(0);
      const counts = imported.json() as Record<string, number> & { rejected: object; setAside: object };
      const sum = (parts: object): number =>
        Object.values(parts).reduce((total: number, part) => total + Number(part), 0);
      expect(counts['seen']).toBeGreaterThan(20);
      expect(counts['seen']).toBe(
        (counts['created'] ?? 0) +
          (counts['updated'] ?? 0) +
          (counts['unchanged'] ?? 0) +
          sum(counts.rejected) +
          sum(counts.setAside),
      );
      const plain = await waybillHere(['import', 'sim', '--days', '3000'], { env: environment() });
      expect(plain.stdout).toMatch(/^\d+ seen = 0 created \+ \d+ updated \+ \d+ unchanged/);
      const runs = (await run('runs', 'sim')).json() as { runs: { state: string }[] };
      expect(runs.runs.map(({ state }) => state)).toEqual(['done', 'done']);

      expect((await run('sweep')).code).toBe(0);
      expect((await run('reconcile', 'sim', '--days', '2')).code).toBe(0);
      expect((await run('channel', 'disable', 'sim')).code).toBe(0);
      expect((await client.schedule.getHandle('import:sim').describe()).state.paused).toBe(true);
      const removed = await run('channel', 'remove', 'sim', '--yes');
      expect(removed.json()).toMatchObject({ removed: true });
      await eventuallyNoneRuns((id) => id.includes(':sim'));
      await expect(client.schedule.getHandle('import:sim').describe()).rejects.toThrow();
    },
    TEST_DEADLINE_MS * 2,
  );
});
