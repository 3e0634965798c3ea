// What an operator says about orders, by the command line and over HTTP: the same words, the same refusals, and no
// Temporal needed for any of them.
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { HttpServer } from '../../client/http/server.ts';
import { createApiKey } from '../../db/api-keys.ts';
import { openDatabase, type Database } from '../../db/database.ts';
import {
  addTestChannel,
  addTestOrder,
  CHANNEL,
  deliver,
  emptyAll,
  fact,
  orderRow,
  outboxRows,
  settingsDoc,
  settle,
} from '../db/order-life.ts';
import { databaseFor } from '../support/servers.ts';
import { request, startTestServer, type Answer } from './http-world.ts';
import { waybillHere, type CommandResult } from './run-waybill.ts';

let server: HttpServer;
let db: Database;
let key = '';
let url = '';
beforeAll(async () => {
  vi.stubEnv('TEMPORAL_ADDRESS', '127.0.0.1:1');
  ({ url } = await databaseFor(import.meta.url));
  db = openDatabase(url, { max: 10 });
  server = await startTestServer(db);
  const now = new Date().toISOString();
  ({ key } = await createApiKey(db, { name: 'test', channelId: null, by: 'test', now }));
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await server.stop();
  await db.close();
});
beforeEach(async () => {
  await emptyAll(db);
  await addTestChannel(db, { push: false });
});

const run = (...words: string[]): Promise<CommandResult> =>
  waybillHere([...words, '--json'], {
    env: {
      WAYBILL_DATABASE_URL: url,
      WAYBILL_SECRET_KEYS: `k1:${Buffer.alloc(32, 7).toString('base64')}`,
    },
  });
const errorOf = (result: CommandResult): unknown => result.json()['error'];
const post = (path: string, body: object): Promise<Answer> =>
  request(server, `/v1/channels/${CHANNEL}/${path}`, { key, body: JSON.stringify(body) });

/** Labels came while push was off; then it was switched on. */
async function waiting(...orderIds: number[]): Promise<void> {
  for (const orderId of orderIds) {
    await addTestOrder(db, orderId);
    await deliver(db, orderId, fact('label.created', { number: `NR-${String(orderId)}` }));
    await settle(db, orderId);
  }
  await db.sql`update channels set settings = ${JSON.stringify(settingsDoc({ push: true }))}::jsonb`;
}

async function refusedOrder(): Promise<void> {
  await waiting(1001);
  await db.sql`update write_backs set state = 'refused', blocked = null where kind = 'create_shipment'`;
  await settle(db, 1001);
}

describe('approve', () => {
  test('lets an order go out by command, and tells the mails', async () => {
    await waiting(1001);
    const said = await run('approve', CHANNEL, '1001');
    expect(said.code).toBe(0);
    expect(said.json()).toMatchObject({ changed: true, mails: 1, steps: [{ kind: 'create_shipment' }, {}] });
    expect(await outboxRows(db)).toEqual([{ orderId: 1001, first: false }]);
    expect((await settle(db, 1001)).due).not.toBeNull();
  });

  test('tells beside the mails whether they go out at all, by the storefront of the order', async () => {
    await waiting(1001, 1002);
    const kept = { shopperMails: true, storefrontMails: [{ id: 1, on: false }] };
    const check = JSON.stringify({ at: '2026-08-21T10:00:00.000Z', ok: true, store: kept });
    await db.sql`update channels set last_check = ${check}::text::jsonb`;
    const off = { on: false, at: '2026-08-21T10:00:00.000Z' };
    expect((await run('approve', CHANNEL, '1001')).json()).toMatchObject({ mails: 1, shopperMails: off });
    const all = await run('approve', CHANNEL, '--all');
    expect(errorOf(all)).toMatchObject({ code: 'not_confirmed' });
    const seen = await request(server, `/v1/channels/${CHANNEL}/approvals`, { key });
    expect(seen.body).toMatchObject({ mails: 1, shopperMails: { on: true } });
    const said = await post('orders/1002/approve', {});
    expect([said.status, said.body]).toMatchObject([200, { shopperMails: off }]);
  });

  test('of a channel counts first and asks; nothing goes out before the yes', async () => {
    await waiting(1001, 1002);
    const asked = await run('approve', CHANNEL, '--all');
    expect(asked.code).toBe(3);
    expect(errorOf(asked)).toMatchObject({ code: 'not_confirmed' });
    expect((await settle(db, 1001)).due).toBeNull();

    const said = await run('approve', CHANNEL, '--all', '--yes');
    expect(said.json()).toMatchObject({ approved: 2, steps: 4, forecast: { orders: 2, steps: 4, mails: 2 } });
    expect((await run('approve', CHANNEL, '--all')).json()).toMatchObject({ approved: 0 });
  });

  test('over HTTP of a channel must name what was seen', async () => {
    await waiting(1001, 1002);
    const seen = await request(server, `/v1/channels/${CHANNEL}/approvals`, { key });
    expect(seen.body).toMatchObject({ orders: 2, steps: 4, mails: 2, reasons: { push_off: 4 } });
    const other = await post('approvals', { steps: 3, mails: 2 });
    expect([other.status, other.body['type']]).toEqual([409, 'urn:waybill:problem:order-state']);
    const said = await post('approvals', { steps: 4, mails: 2, by: 'ana' });
    expect([said.status, said.body]).toEqual([200, { orders: 2, steps: 4 }]);
  });

  test('over HTTP of one order answers the steps, and refuses with the sentence', async () => {
    await waiting(1001);
    const unknown = await post('orders/1001/approve', { step: 'status:9' });
    expect([unknown.status, unknown.body['type']]).toEqual([422, 'urn:waybill:problem:invalid-fields']);
    const said = await post('orders/1001/approve', {});
    expect([said.status, said.body]).toMatchObject([200, { changed: true, notes: [] }]);
    expect((await post('orders/4711/approve', {})).status).toBe(404);
  });

  test.each([
    ['without an order and without --all', ['approve', CHANNEL], 2, 'bad_usage'],
    ['with both', ['approve', CHANNEL, '1001', '--all'], 2, 'bad_usage'],
    ['of an order that nobody knows', ['approve', CHANNEL, '4711'], 3, 'not_found'],
    ['where nothing waits', ['approve', CHANNEL, '1001'], 3, 'not_allowed'],
  ])('%s is refused', async (_name, words, code, error) => {
    await addTestOrder(db, 1001);
    const said = await run(...words);
    expect([said.code, errorOf(said)]).toMatchObject([code, { code: error }]);
  });
});

describe('retry', () => {
  test('plans a refused step anew, by command and over HTTP', async () => {
    await refusedOrder();
    expect((await run('retry', CHANNEL, '1001', 'create_shipment')).json()).toMatchObject({ changed: true });
    const again = await post('orders/1001/retry', { step: 'create_shipment', by: 'ana' });
    expect([again.status, again.body]).toMatchObject([200, { changed: true }]);
    const rows = await db.sql<
      { n: number }[]
    >`select n from write_backs where kind = 'create_shipment' order by n`;
    expect(rows.map(({ n }) => n)).toEqual([0, 1]);
  });

  test('is refused for a paused order with the command that helps', async () => {
    await refusedOrder();
    await run('pause', CHANNEL, '1001', '--reason', 'address check');
    const said = await run('retry', CHANNEL, '1001');
    expect(said.code).toBe(3);
    expect(JSON.stringify(errorOf(said))).toContain('waybill resume shop 1001');
    expect((await post('orders/1001/retry', {})).status).toBe(409);
  });
});

describe('resend', () => {
  test('sends the tracking again by command, and a repeat over HTTP changes nothing', async () => {
    await waiting(1001);
    await db.sql`update write_backs set state = 'confirmed', blocked = null, store_shipment_id = 7`;
    const said = await run('resend', CHANNEL, '1001', 'nr-1001');
    expect(said.json()).toMatchObject({ changed: true, mails: 0, steps: [{ kind: 'update_shipment' }] });
    expect(await outboxRows(db)).toEqual([{ orderId: 1001, first: false }]);
    const again = await post('orders/1001/resend', { by: 'ana' });
    expect([again.status, again.body]).toMatchObject([200, { changed: false }]);
    expect((await settle(db, 1001)).due).toMatchObject({ kind: 'update_shipment' });
  });

  test('is refused where nothing reached the store, by command and over HTTP', async () => {
    await waiting(1001);
    expect((await run('resend', CHANNEL, '1001')).code).toBe(3);
    expect((await post('orders/1001/resend', {})).status).toBe(409);
    expect((await post('orders/1001/resend', { step: 'status:99' })).status).toBe(422);
  });
});

describe('override', () => {
  const words = ['override', CHANNEL, '1001', '--reason', 'told by phone', '--stage'];

  test('moves the order by command, and over HTTP', async () => {
    await addTestOrder(db, 1001);
    expect((await run(...words, 'shipped')).json()).toMatchObject({ before: 'imported', stage: 'shipped' });
    const said = await post('orders/1001/override', { stage: 'trackable', reason: 'not yet', by: 'ana' });
    expect([said.status, said.body]).toEqual([200, { stage: 'trackable', before: 'shipped', changed: true }]);
    expect((await orderRow(db, 1001)).stage).toBe('trackable');
  });

  test('refuses a word that is no stage, and one without a reason', async () => {
    await addTestOrder(db, 1001);
    const said = await run(...words, 'travelling');
    expect([said.code, errorOf(said)]).toMatchObject([
      2,
      { what: expect.stringContaining('imported') as string },
    ]);
    expect((await run('override', CHANNEL, '1001', '--stage', 'shipped')).code).toBe(2);
    expect((await post('orders/1001/override', { stage: 'shipped' })).status).toBe(422);
    expect((await post('orders/1001/override', { stage: 'gone', reason: 'x' })).status).toBe(422);
  });
});

test.each([
  [['retry', CHANNEL, '9', 'status:2'], '--name retry --input'],
  [['approve', CHANNEL, '9'], '--name approve --input'],
  [['resend', CHANNEL, '9', 'NR-9'], '--name resend --input'],
  [['override', CHANNEL, '9', '--stage', 'shipped', '--reason', 'x'], '--name override --input'],
])('%j --explain prints the plain temporal command', async (words, expected) => {
  const { code, stdout } = await waybillHere([...words, '--explain'], {});
  expect(code).toBe(0);
  expect(stdout).toContain('temporal workflow update execute --workflow-id order:shop:9');
  expect(stdout).toContain(expected);
});
