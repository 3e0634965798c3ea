// Imports that are started over HTTP, and what became of every order that one was given, by command and over HTTP.
import { randomUUID } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { HttpServer } from '../../client/http/server.ts';
import { createApiKey } from '../../db/api-keys.ts';
import { setEnabled } from '../../db/channels.ts';
import { request, startTestServer, type Answer } from './http-world.ts';
import { CHANNEL, openImportWorld, type ImportWorld } from './import-world.ts';

/** A worker, its bundle and a few workflows on a busy machine. */
const TEST_DEADLINE_MS = 180_000;
const POLL = { timeout: 90_000, interval: 100 };

let world: ImportWorld;
let server: HttpServer;
let key = '';
beforeAll(async () => {
  world = await openImportWorld(import.meta.url);
  server = await startTestServer(world.db, world.temporal);
  ({ key } = await createApiKey(world.db, {
    name: 'test',
    channelId: null,
    by: 'test',
    now: new Date().toISOString(),
  }));
  await vi.waitFor(async () => {
    expect((await request(server, '/readyz')).body['temporal']).toBe('ok');
  }, POLL);
}, TEST_DEADLINE_MS);
afterAll(async () => {
  await server.stop();
  await world.close();
});

const IMPORTS = `/v1/channels/${CHANNEL}/imports`;
const get = (where: string): Promise<Answer> => request(server, `${IMPORTS}/${where}`, { key });
const start = (input: object): Promise<Answer> =>
  request(server, IMPORTS, { key, body: JSON.stringify(input) });
const problem = (answer: Answer): [number, unknown] => [answer.status, answer.body['type']];
const errorsOf = (answer: Answer) => answer.body['errors'] as { field: string; message: string }[];

describe('an import that is started over HTTP', () => {
  test('is refused with the sentences of the workflow, and nothing is started', async () => {
    const both = await start({ days: 3, orderIds: [0], colour: 'red' });
    expect(both.status).toBe(422);
    expect(errorsOf(both)).toEqual(
      expect.arrayContaining([
        { field: 'colour', message: expect.stringContaining('is not a field; allowed are') as string },
        { field: 'orderIds', message: expect.stringContaining('positive whole numbers') as string },
      ]),
    );
    expect((await start({ hints: true })).status).toBe(422);
    expect((await start({ channelId: 'other' })).status).toBe(422);
    expect((await start({ name: 'week 34' })).status).toBe(422);
    expect(problem(await start({ list: 'nowhere' }))).toEqual([409, 'urn:waybill:problem:import-state']);
    const unknown = await start({ resume: randomUUID() });
    expect(problem(unknown)).toEqual([409, 'urn:waybill:problem:import-state']);
    expect(unknown.body['detail']).toContain('has no import run');
    expect((await request(server, IMPORTS, { body: '{}' })).status).toBe(401);
    expect(problem(await get(randomUUID()))).toEqual([404, 'urn:waybill:problem:unknown-run']);
  });

  test('of a disabled channel is refused at once', async () => {
    const switched = async (enabled: boolean) =>
      setEnabled(world.db, { id: CHANNEL, enabled, by: 'test', now: new Date().toISOString() });
    await switched(false);
    try {
      const refused = await start({ days: 3 });
      expect(problem(refused)).toEqual([409, 'urn:waybill:problem:import-state']);
      expect(refused.body['detail']).toContain(`waybill channel enable ${CHANNEL}`);
    } finally {
      await switched(true);
    }
  });

  test('is refused while Temporal is away, and says when to come back', async () => {
    const alone = await startTestServer(world.db);
    const refused = await request(alone, IMPORTS, { key, body: '{}' });
    await alone.stop();
    expect(problem(refused)).toEqual([503, 'urn:waybill:problem:temporal-unavailable']);
    expect(refused.headers.get('retry-after')).toBe('5');
  });

  test(
    'pressed twice is one import; under a chosen name the second is refused',
    async () => {
      // No worker polls yet, so both are still there.
      const first = await start({ days: 7 });
      const second = await start({ days: 7 });
      expect([first.status, first.body['joined']]).toEqual([202, false]);
      expect([second.status, second.body['joined']]).toEqual([202, true]);
      expect(second.body).toMatchObject({
        run: first.body['run'],
        workflowId: first.body['workflowId'],
        temporalRunId: first.body['temporalRunId'],
      });
      // The same words at the command line are the same import.
      const typed = await world.run('import', CHANNEL, '--days', '7', '--detach');
      expect(typed.json()['temporalRunId']).toBe(first.body['temporalRunId']);

      expect((await start({ days: 7, name: 'week34' })).body['workflowId']).toBe('import:shop:manual:week34');
      const again = await start({ days: 7, name: 'week34' });
      expect(problem(again)).toEqual([409, 'urn:waybill:problem:import-state']);
      for (const id of [String(first.body['workflowId']), 'import:shop:manual:week34'])
        await world.client.workflow.getHandle(id).terminate('test is over');
    },
    TEST_DEADLINE_MS,
  );
});

describe('an import of given orders', () => {
  let plain: number[];
  let shipped = 0;
  let odd = 0;
  let run = '';
  const nowhere = 999_999;
  beforeAll(async () => {
    await world.startWorker();
    for (const id of ['import', 'reconcile', 'hooks', 'check'])
      await world.client.schedule
        .getHandle(`${id}:${CHANNEL}`)
        .pause()
        .catch(() => undefined);
    plain = world.store.addOrders(Array.from({ length: 9 }, () => ({ kind: 'plain', statusId: 11 })));
    [shipped = 0, odd = 0] = world.store.addOrders([
      { kind: 'plain', statusId: 2 },
      { kind: 'plain', statusId: 11 },
    ]);
    const raw = { ...(world.store.order(odd)['order'] as object), billing_address: 'jane@example.com' };
    world.store.replaceRaw(odd, JSON.stringify(raw));
    expect((await world.run('import', CHANNEL, '--ids', plain.slice(0, 2).join(','))).code).toBe(0);
    world.store.editOrder(plain[0] ?? 0, { staff_notes: 'call first' });
    const started = await start({ orderIds: [...plain, shipped, odd, nowhere] });
    expect(started.status).toBe(202);
    run = String(started.body['run']);
    await vi.waitFor(async () => {
      expect((await get(run)).body).toMatchObject({ state: 'done' });
    }, POLL);
  }, TEST_DEADLINE_MS);

  const outcomes = { created: 7, updated: 1, unchanged: 1, rejected: 1, unreadable: 1, not_found: 1 };

  test('tells the outcome of each over HTTP, and of how far it was (P-26, Q-16)', async () => {
    const { body } = await get(run);
    expect(body).toMatchObject({
      id: run,
      mode: 'ids',
      outcomes,
      progress: { seen: 12, changed: 8, total: 12, etaSeconds: null },
    });
    const all = (await get(`${run}/orders`)).body as {
      orders: { orderId: number; outcome: string; setting: string | null; detail: string | null }[];
      next: number | null;
    };
    expect(all.next).toBeNull();
    const told = new Map(all.orders.map((order) => [order.orderId, order]));
    expect(told.size).toBe(12);
    expect(told.get(plain[0] ?? 0)).toMatchObject({ outcome: 'updated', detail: null });
    expect(told.get(plain[1] ?? 0)).toMatchObject({ outcome: 'unchanged' });
    expect(told.get(shipped)).toMatchObject({
      outcome: 'rejected',
      setting: 'orders.import.statuses.default_exclude',
    });
    expect(told.get(odd)?.detail).toContain('billing_address');
    expect(JSON.stringify(all)).not.toContain('jane');
    expect(told.get(nowhere)).toMatchObject({ outcome: 'not_found' });
    const rejected = await get(`${run}/orders?outcome=rejected&limit=1`);
    expect((rejected.body['orders'] as { orderId: number }[]).map(({ orderId }) => orderId)).toEqual([
      shipped,
    ]);
    expect((await get(`${run}/orders?outcome=lost`)).status).toBe(422);
  });

  test('comes page by page', async () => {
    const seen: number[] = [];
    for (let after: number | null = 0; after !== null;) {
      const { body } = await get(`${run}/orders?limit=5&after=${String(after)}`);
      const page = body as { orders: { orderId: number }[]; next: number | null };
      seen.push(...page.orders.map(({ orderId }) => orderId));
      after = page.next;
    }
    expect(seen).toEqual([...plain, shipped, odd, nowhere].sort((a, b) => a - b));
  });

  test(
    'is told at the end of the command: a few of each, and how to see all',
    async () => {
      const file = path.join(os.tmpdir(), `waybill-orders-${randomUUID()}.csv`);
      await writeFile(file, ['order', ...plain, shipped, nowhere].join('\n'));
      const said = await world.say('import', CHANNEL, '--file', file);
      const machine = (await world.run('import', CHANNEL, '--file', file)).json();
      await rm(file);
      expect(said.code).toBe(0);
      expect(said.stdout).toContain(`unchanged: ${plain.slice(0, 5).join(', ')} and 4 more`);
      expect(said.stdout).toMatch(
        new RegExp(`rejected:\n {2}${String(shipped)}: .*orders\\.import\\.statuses\\.default_exclude`),
      );
      expect(said.stdout).toContain(`not in the store: ${String(nowhere)}`);
      const all = /All of them: waybill (outcomes shop \S+)/.exec(said.stdout)?.[1] ?? '';
      const listed = await world.say(...all.split(' '), '--outcome', 'unchanged', '--limit', '3');
      expect(listed.stdout).toContain(`There are more: --after ${String(plain[2])}`);
      expect(machine).toMatchObject({ outcomes: { unchanged: 9, rejected: 1, not_found: 1 }, notReached: 0 });
      expect(machine['orders']).toHaveLength(11);
    },
    TEST_DEADLINE_MS,
  );

  test(
    'is refused where the import was not of given orders',
    async () => {
      const since = (await world.run('import', CHANNEL)).json();
      const refused = await world.run('outcomes', CHANNEL, String(since['runId']));
      expect(refused.code).toBe(2);
      expect(JSON.stringify(refused.json())).toContain('--since-run');
    },
    TEST_DEADLINE_MS,
  );
});
