// A store that tells: its webhooks reach us over HTTP, a burst costs few reads, and what was missed while one was off
// comes in after it is on again, without any poll.
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { startHttp, type HttpServer } from '../../client/http/server.ts';
import { HINT_SETTLES_MS } from '../../client/store-webhooks.ts';
import { connectTemporal } from '../../client/temporal.ts';
import { addChannel } from '../../db/channel-changes.ts';
import { setEnabled } from '../../db/channels.ts';
import { openDatabase, type Database } from '../../db/database.ts';
import { createSecretBox } from '../../db/secrets.ts';
import { watchWebhooksId } from '../../domain/ids.ts';
import { loadConfig } from '../../runtime/config.ts';
import { createLogger } from '../../runtime/logger.ts';
import { startSimulator, type SimulatedStore, type Simulator } from '../../simulator/server.ts';
import { startWorkers, type RunningWorkers } from '../../workers/run-worker.ts';
import { WAYBILL_QUEUE, type WaybillWorkflows } from '../../workflows/contract.ts';
import { databaseFor, namespaceFor } from '../support/servers.ts';
import { waybillHere } from '../client/run-waybill.ts';
import { TEST_SECRET_KEYS } from '../support/programs.ts';

const CHANNEL = 'shop';
const STORE_HASH = 'hookstore';
const TOKEN = 'token-of-the-store';
/** A worker, its bundle and a few workflows on a busy machine. */
const TEST_DEADLINE_MS = 900_000;
/** What a busy server was not told in time the sweep finds, which comes every five minutes. */
const SOON_MS = 420_000;
const soon = (check: () => Promise<void>): Promise<void> =>
  vi.waitFor(check, { timeout: SOON_MS, interval: 100 });

let db: Database;
let http: HttpServer;
let workers: RunningWorkers;
let simulator: Simulator;
let store: SimulatedStore;
let connection: Connection;
let client: Client;
let environment: Record<string, string>;

beforeAll(async () => {
  const [{ url }, temporal] = await Promise.all([
    databaseFor(import.meta.url),
    namespaceFor(import.meta.url),
  ]);
  // Temporal's own variables are read from the process.
  vi.stubEnv('TEMPORAL_ADDRESS', temporal.address);
  vi.stubEnv('TEMPORAL_NAMESPACE', temporal.namespace);
  db = openDatabase(url);
  connection = await Connection.connect({ address: temporal.address });
  client = new Client({ connection, namespace: temporal.namespace });
  simulator = await startSimulator({ stores: [{ storeHash: STORE_HASH, token: TOKEN }] });
  store = simulator.store(STORE_HASH);
  store.setDeliveries({ deliverHooks: true, duplicates: 0.5 });
  environment = {
    WAYBILL_DATABASE_URL: url,
    WAYBILL_SECRET_KEYS: TEST_SECRET_KEYS,
    WAYBILL_ALLOW_LOOPBACK_STORES: '1',
    WAYBILL_HTTP_PORT: '0',
  };
  const logger = createLogger({ level: 'silent', format: 'json' });
  const config = loadConfig(environment);
  http = await startHttp({ config, logger, db, connectTemporal: () => connectTemporal(temporal) });
  const box = createSecretBox([...config.secretKeys]);
  const now = new Date().toISOString();
  await addChannel(db, box, {
    id: CHANNEL,
    doc: {
      channel: { name: 'Shop' },
      connection: { store_hash: STORE_HASH, api_base_url: simulator.url },
    },
    secrets: { access_token: TOKEN },
    by: 'test',
    now,
  });
  await setEnabled(db, { id: CHANNEL, enabled: true, by: 'test', now });
  workers = await startWorkers({
    config: loadConfig({ ...environment, WAYBILL_PUBLIC_URL: http.url }),
    logger,
    temporal,
  });
  // Only what a webhook tells, or what this test asks for, may bring an order in.
  for (const id of [`import:${CHANNEL}`, watchWebhooksId(CHANNEL), `reconcile:${CHANNEL}`])
    await client.schedule.getHandle(id).pause();
}, TEST_DEADLINE_MS);
afterAll(async () => {
  vi.unstubAllEnvs();
  await workers.stop();
  await http.stop();
  await simulator.close();
  await db.close();
  await connection.close();
});

const look = () =>
  client.workflow.execute<WaybillWorkflows['watchWebhooks']>('watchWebhooks', {
    workflowId: watchWebhooksId(CHANNEL),
    taskQueue: WAYBILL_QUEUE,
    args: [{ channelId: CHANNEL }],
  });
const ourOrders = async (): Promise<number[]> =>
  (await db.sql<{ id: number }[]>`select order_id as id from orders order by order_id`).map(({ id }) =>
    Number(id),
  );
const place = (): number =>
  store.addOrders([{ kind: 'plain', statusId: 11 }])[0] ?? expect.unreachable('no order was placed');
const readsOf = (orderId: number): number =>
  store.requests().list.filter(({ path }) => new RegExp(`/orders/${String(orderId)}(\\?|$)`).test(path))
    .length;

test(
  'an order comes in by its webhook, a burst costs few reads, and a switched-off webhook loses nothing',
  async () => {
    expect(await look()).toMatchObject({ wanted: 3, made: 3, troubles: [], silentSince: null });

    const told = place();
    await soon(async () => expect(await ourOrders()).toContain(told));

    const before = readsOf(told);
    const begun = performance.now();
    for (let edit = 1; edit <= 20; edit += 1) store.editOrder(told, { staff_notes: `edit ${String(edit)}` });
    await store.state.hooks.delivery.settled();
    const burstMs = performance.now() - begun;
    await soon(async () => {
      const [row] = await db.sql<{ notes: number }[]>`
        select count(*)::int as notes from hints where order_id = ${told}`;
      expect(row?.notes).toBe(0);
      expect(readsOf(told)).toBeGreaterThan(before);
    });
    // One for each time in which a burst settles, and few more for those that arrive while a read is on its way.
    expect(readsOf(told) - before).toBeLessThanOrEqual(5 + burstMs / HINT_SETTLES_MS);

    const secretBefore = store.state.hooks.all()[0]?.headers;
    const shown = await waybillHere(['webhooks', CHANNEL, '--new-secret', '--json'], { env: environment });
    expect(shown.json()).toMatchObject({
      webhooks: [{ trouble: null }, { trouble: null }, { trouble: null }],
      look: { inPlace: 3, made: 0, troubles: [] },
    });
    expect(store.state.hooks.all()[0]?.headers).not.toEqual(secretBefore);

    for (const hook of store.state.hooks.all()) hook.isActive = false;
    const missed = place();
    store.editOrder(told, { status_id: 2 });
    const back = await look();
    expect(back).toMatchObject({ switchedOn: 3, inPlace: 3 });
    expect(back.silentSince).not.toBeNull();
    await soon(async () => {
      expect(await ourOrders()).toContain(missed);
      const [row] = await db.sql<{ status: number }[]>`
        select status_id as status from orders where order_id = ${told}`;
      expect(row?.status).toBe(2);
    });
    expect(await look()).toMatchObject({ inPlace: 3, silentSince: null });

    expect(
      await client.workflow.execute<WaybillWorkflows['watchWebhooks']>('watchWebhooks', {
        workflowId: watchWebhooksId(CHANNEL),
        taskQueue: WAYBILL_QUEUE,
        args: [{ channelId: CHANNEL, remove: true }],
      }),
    ).toMatchObject({ removed: 3 });
    expect(store.state.hooks.all()).toEqual([]);
  },
  TEST_DEADLINE_MS,
);
