// A change of settings reaches a lifecycle that is already running: real worker, real Postgres, the simulated store.
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { loadConfig } from '../../runtime/config.ts';
import { createLogger } from '../../runtime/logger.ts';
import { startSimulator, type Simulator } from '../../simulator/server.ts';
import { startWorkers, type RunningWorkers } from '../../workers/run-worker.ts';
import { waybillHere } from '../client/run-waybill.ts';
import { databaseFor, namespaceFor } from '../support/servers.ts';

const STORE = 'settings1';
const TOKEN = 'simulated-token';
const TEST_DEADLINE_MS = 400_000;
/** Long after what is waited for has happened, also on a busy machine. */
const OUTCOME = { timeout: 90_000, interval: 250 };
const SWEPT = { timeout: 180_000, interval: 3_000 };

let simulator: Simulator;
let workers: RunningWorkers;
let environment: Record<string, string>;
let connection: Connection;
let client: Client;

beforeAll(async () => {
  const [{ url }, temporal] = await Promise.all([
    databaseFor(import.meta.url),
    namespaceFor(import.meta.url),
  ]);
  // Temporal's own variables are read from the process.
  vi.stubEnv('TEMPORAL_ADDRESS', temporal.address);
  vi.stubEnv('TEMPORAL_NAMESPACE', temporal.namespace);
  environment = {
    WAYBILL_DATABASE_URL: url,
    WAYBILL_SECRET_KEYS: `k1:${Buffer.alloc(32, 7).toString('base64')}`,
    WAYBILL_ALLOW_LOOPBACK_STORES: '1',
  };
  connection = await Connection.connect({ address: temporal.address });
  client = new Client({ connection, namespace: temporal.namespace });
  simulator = await startSimulator({ stores: [{ storeHash: STORE, token: TOKEN }] });
  workers = await startWorkers({
    config: loadConfig(environment),
    logger: createLogger({ level: 'silent', format: 'json' }),
    temporal,
  });
}, TEST_DEADLINE_MS);
afterAll(async () => {
  await workers.stop();
  await simulator.close();
  await connection.close();
  vi.unstubAllEnvs();
});

async function run(...words: string[]): Promise<Record<string, unknown>> {
  const result = await waybillHere([...words, '--json'], { env: environment });
  expect(result.code, result.stdout + result.stderr).toBe(0);
  return result.json();
}

test(
  'a label that was no reason to write is one for the run that waits, once the settings say so',
  async () => {
    const store = simulator.store(STORE);
    const [orderId = 0] = store.addOrders([{ kind: 'plain', statusId: 11 }]);
    await run(
      ...['channel', 'add', 'shop', '--store-hash', `${simulator.url}/stores/${STORE}/v3/`, '--token', TOKEN],
      ...['--preset', 'Starshipit-manifest'],
    );
    await run('import', 'shop');
    const lifecycle = client.workflow.getHandle(`order:shop:${String(orderId)}`);
    const { runId } = await lifecycle.describe();

    await run(
      'event',
      'shop',
      String(orderId),
      'label.created',
      '--tracking',
      '9205TEST',
      '--carrier',
      'usps',
    );
    // The query is answered after what the signal made of the run: the label is known, and nothing is written.
    await vi.waitFor(async () => {
      expect(await lifecycle.query('state')).toMatchObject({ stage: 'imported', nextWrite: null });
      expect(JSON.stringify(await run('order', 'shop', String(orderId)))).toContain('9205TEST');
    }, OUTCOME);
    expect(store.writes()).toEqual([]);

    expect(await run('channel', 'set', 'shop', '--preset', 'Starshipit-print')).toMatchObject({ offered: 1 });
    // The sweep leaves rows alone that are so young that somebody else may be at them, so it is asked until it takes this one.
    await vi.waitFor(async () => {
      await run('sweep');
      expect(store.order(orderId)).toMatchObject({ status_id: 2 });
    }, SWEPT);
    expect(store.order(orderId).shipments).toHaveLength(1);
    expect((await lifecycle.describe()).runId).toBe(runId);
  },
  TEST_DEADLINE_MS,
);
