// Imports as a person types them: listed with the orders they brought, ended early, gone on with.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { HttpServer } from '../../client/http/server.ts';
import { createApiKey } from '../../db/api-keys.ts';
import { lookUpId } from '../../domain/ids.ts';
import { request, startTestServer } from './http-world.ts';
import { CHANNEL, openImportWorld, TOKEN, type ImportWorld } from './import-world.ts';
import type { CommandResult } from './run-waybill.ts';

/** A worker, its bundle and a few workflows on a busy machine. */
const TEST_DEADLINE_MS = 180_000;
const soon = (check: () => Promise<void>): Promise<void> =>
  vi.waitFor(check, { timeout: 90_000, interval: 100 });

let world: ImportWorld;
let server: HttpServer;
let key = '';
beforeAll(async () => {
  world = await openImportWorld(import.meta.url);
  await world.startWorker();
  // Only what this test asks for may bring an order in.
  for (const id of ['import', 'reconcile', 'hooks', 'check'])
    await world.client.schedule
      .getHandle(`${id}:${CHANNEL}`)
      .pause()
      .catch(() => undefined);
  server = await startTestServer(world.db);
  ({ key } = await createApiKey(world.db, {
    name: 'test',
    channelId: null,
    by: 'test',
    now: new Date().toISOString(),
  }));
}, TEST_DEADLINE_MS);
afterAll(async () => {
  await server.stop();
  await world.close();
});

interface Page {
  orders: { orderId: number }[];
  next: number | null;
}
const idsOf = ({ orders }: Page): number[] => orders.map(({ orderId }) => orderId);
const get = async (query: string) =>
  request(server, `/v1/channels/${CHANNEL}/orders${query}`, { headers: { 'x-api-key': key } });
const ask = async (query: string): Promise<Page> => {
  const { status, body } = await get(query);
  expect(status).toBe(200);
  return body as unknown as Page; // the answer's own shape, which the server checked
};
const list = async (...words: string[]): Promise<Page> =>
  (await world.run('orders', CHANNEL, ...words)).json() as unknown as Page; // printed from the same rows
const errorOf = (result: CommandResult): Record<string, unknown> =>
  result.json()['error'] as Record<string, unknown>;

describe('the orders of a run', () => {
  let before: number[];
  let fresh: number[];
  let second = '';
  let third = '';
  beforeAll(async () => {
    before = world.store.addOrders(Array.from({ length: 7 }, () => ({ statusId: 11 })));
    expect((await world.run('import', CHANNEL)).code).toBe(0);
    fresh = world.store.addOrders([{ statusId: 11 }, { statusId: 11 }, { statusId: 2 }]).slice(0, 2);
    const ids = [...before, ...fresh];
    world.store.editOrder(before[0] ?? 0, { staff_notes: 'call first' });
    second = String((await world.run('import', CHANNEL, '--ids', ids.join(','))).json()['runId']);
    world.store.editOrder(before[0] ?? 0, { staff_notes: 'call later' });
    third = String((await world.run('import', CHANNEL, '--ids', ids.join(','))).json()['runId']);
  }, TEST_DEADLINE_MS);

  test('are exactly those that it created, by command and over HTTP (S-33)', async () => {
    expect(idsOf(await list('--since-run', second))).toEqual(fresh);
    expect(idsOf(await ask(`?since_run=${second}`))).toEqual(fresh);
    expect(idsOf(await ask(`?since_run=${third}`))).toEqual([]);
    expect((await world.say('orders', CHANNEL, '--since-run', third)).stdout).toContain(
      'That run brought none.',
    );
  });

  test('are those that it changed too where that is asked for, also after the same change in another run', async () => {
    const changed = before[0] ?? 0;
    expect(idsOf(await list('--since-run', second, '--updated'))).toEqual([changed, ...fresh]);
    expect(idsOf(await ask(`?since_run=${third}&updated=true`))).toEqual([changed]);
  });

  test('come page by page, none missing and none twice, also when others are taken in meanwhile', async () => {
    const seen: number[] = [];
    for (let after: number | null = 0; after !== null;) {
      const page: Page = await ask(`?limit=2&after=${String(after)}`);
      expect(page.orders.length).toBeLessThanOrEqual(2);
      seen.push(...idsOf(page));
      after = page.next;
    }
    expect(seen).toEqual([...before, ...fresh]);
    expect(idsOf(await list('--limit', '3', '--after', String(before[2])))).toEqual(before.slice(3, 6));
  });

  test('of a run that is not of this channel are refused, and so is what is no run and no number', async () => {
    const unknown = await get(`?since_run=${randomUUID()}`);
    expect([unknown.status, unknown.body['type']]).toEqual([404, 'urn:waybill:problem:unknown-run']);
    expect((await get('?since_run=last')).status).toBe(422);
    expect((await get('?after=x')).status).toBe(422);
    expect((await request(server, `/v1/channels/${CHANNEL}/orders`)).status).toBe(401);
    const refused = await world.run('orders', CHANNEL, '--since-run', 'last');
    expect([refused.code, errorOf(refused)['code']]).toEqual([2, 'bad_usage']);
    const alone = await world.run('orders', CHANNEL, '--updated');
    expect([alone.code, errorOf(alone)['code']]).toEqual([2, 'bad_usage']);
  });
});

describe('an import that is ended early', () => {
  test(
    'keeps what it has stored, and goes on where it stood when that is asked for',
    async () => {
      world.store.seed({ count: 300, seed: 4, kind: 'plain' });
      const numbers = world.store.orderIds();
      // The first page is answered, no other one is.
      world.store.setFaults([{ match: { path: '^/v2/orders\\?' }, skip: 1, fault: '503' }]);
      const from = '2000-01-01';
      const words = ['import', CHANNEL, '--from', from, '--to', '2100-01-01', '--basis', 'created'];
      expect((await world.run(...words, '--detach')).code).toBe(0);
      let runId = '';
      await soon(async () => {
        const { runs } = (await world.run('runs', CHANNEL)).json() as {
          runs: { id: string; state: string; counts: { seen: number } }[];
        };
        const running = runs.find(({ state, counts }) => state === 'running' && counts.seen > 0);
        expect(running?.counts.seen).toBe(250);
        runId = running?.id ?? '';
      });
      const tooEarly = await world.run('import', CHANNEL, '--resume', runId);
      expect(tooEarly.code).toBe(1);
      expect(String(errorOf(tooEarly)['why'])).toContain(`--cancel ${runId}`);

      const cancelled = await world.say('import', CHANNEL, '--cancel', runId);
      expect(cancelled.code).toBe(0);
      expect(cancelled.stdout).toContain(`waybill import shop --resume ${runId}`);
      await soon(async () => {
        const again = (await world.run('import', CHANNEL, '--cancel', runId)).json();
        expect(again).toMatchObject({ state: 'cancelled', cancelled: false });
      });
      const kept = await world.storedIds();
      expect(kept.length).toBeGreaterThan(200);
      expect(kept.length).toBeLessThan(numbers.length);

      world.store.clearFaults();
      const resumed = (await world.run('import', CHANNEL, '--resume', runId)).json();
      expect(resumed).toMatchObject({ seen: numbers.length - 250, detached: false });
      const done = await world.run('import', CHANNEL, '--resume', String(resumed['runId']));
      expect(String(errorOf(done)['why'])).toContain('nothing to go on with');
      const left = world.store.orders(['id', 'status_id']).filter((order) => order['status_id'] === 2);
      expect(left).toHaveLength(1);
      expect(await world.storedIds()).toEqual(numbers.filter((id) => id !== left[0]?.['id']));
    },
    TEST_DEADLINE_MS,
  );

  test('is refused where there is no such run', async () => {
    for (const word of ['--cancel', '--resume']) {
      const refused = await world.run('import', CHANNEL, word, 'yesterday');
      expect([word, refused.code, errorOf(refused)['code']]).toEqual([word, 2, 'bad_usage']);
    }
    const unknown = await world.run('import', CHANNEL, '--cancel', randomUUID());
    expect(errorOf(unknown)['todo']).toBe('See: waybill runs shop');
  });
});

describe('explain --debug', () => {
  test(
    'shows request, answer and mapping of one order to who asks, and Temporal sees none of it (I-71)',
    async () => {
      const email = 'grace.hopper@example.com';
      const [orderId = 0] = world.store.addOrders([{ statusId: 11, billing: { email } }]);
      const said = await world.say('explain', CHANNEL, String(orderId), '--debug');
      expect(said.code).toBe(0);
      expect(said.stdout).toContain(`→ GET /v2/orders/${String(orderId)}`);
      expect(said.stdout).toContain('← 200 after');
      expect(said.stdout).toContain(`"email": "${email}"`);
      expect(said.stdout).toContain('Understood as');
      expect(said.stdout).not.toContain(TOKEN);
      // Also of an order that is known already.
      await world.run('import', CHANNEL, '--ids', String(orderId));
      const { debug } = (await world.run('explain', CHANNEL, String(orderId), '--debug')).json() as {
        debug: { understood: { order: { orderId: number } } };
      };
      expect(debug.understood.order.orderId).toBe(orderId);

      const history = await world.client.workflow.getHandle(lookUpId(CHANNEL, orderId)).fetchHistory();
      const payloads = JSON.stringify(history, (_, value: unknown) =>
        value instanceof Uint8Array ? Buffer.from(value).toString('utf8') : value,
      );
      expect(payloads).toContain(String(orderId));
      expect(payloads).not.toContain(email);
    },
    TEST_DEADLINE_MS,
  );

  test('is wrong usage beside --no-store', async () => {
    const refused = await world.run('explain', CHANNEL, '1001', '--debug', '--no-store');
    expect([refused.code, errorOf(refused)['code']]).toEqual([2, 'bad_usage']);
  });
});
