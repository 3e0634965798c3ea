// Why an order is or is not here, what is stuck, and the report: by command and over HTTP, from the rows alone.
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { HttpServer } from '../../client/http/server.ts';
import { createApiKey } from '../../db/api-keys.ts';
import { openDatabase, type Database } from '../../db/database.ts';
import { recordDecision } from '../../db/decisions.ts';
import { pauseOrder } from '../../db/operator-words.ts';
import { leaveHint } from '../../db/hints.ts';
import {
  addTestChannel,
  addTestOrder,
  at,
  CHANNEL,
  deliver,
  emptyAll,
  fact,
  settingsDoc,
  settle,
} from '../db/order-life.ts';
import { TEST_SECRET_KEYS } from '../support/programs.ts';
import { databaseFor } from '../support/servers.ts';
import { request, startTestServer } from './http-world.ts';
import { waybillHere } from './run-waybill.ts';

let server: HttpServer;
let db: Database;
let url = '';
let key = '';
beforeAll(async () => {
  vi.stubEnv('TEMPORAL_ADDRESS', '127.0.0.1:1');
  ({ url } = await databaseFor(import.meta.url));
  db = openDatabase(url, { max: 10 });
  server = await startTestServer(db);
  ({ key } = await createApiKey(db, { name: 'test', channelId: null, by: 'test', now: at(0) }));
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await server.stop();
  await db.close();
});
beforeEach(async () => {
  await emptyAll(db);
  await db.sql`delete from hints`;
  await addTestChannel(db);
});

interface Told {
  seen: boolean;
  history: string[];
  rule: string[];
  waitsFor: string[];
  unsent: { subject: string; reason: string; detail: string }[];
  todo: { text: string; command: string | null }[];
  storeNotAsked: string | null;
}

async function run<Told = Record<string, unknown>>(...words: string[]): Promise<Told> {
  const env = {
    WAYBILL_DATABASE_URL: url,
    WAYBILL_SECRET_KEYS: TEST_SECRET_KEYS,
  };
  const said = await waybillHere([...words, '--json'], { env });
  expect(said.code, said.stderr).toBe(0);
  return said.json() as unknown as Told; // each caller names the command's own document
}
const explain = (orderId: number): Promise<Told> =>
  run<Told>('explain', CHANNEL, String(orderId), '--no-store');
const commands = (told: Told): (string | null)[] => told.todo.map(({ command }) => command);

describe('an order that was never taken in', () => {
  test('and never seen says so, when imports run, and offers the import', async () => {
    const told = await explain(4711);
    expect(told).toMatchObject({ seen: false, history: [expect.stringMatching(/^Never seen/)] });
    expect(told.waitsFor.join(' ')).toMatch(/Imports run every 60 minutes/);
    expect(commands(told)).toContain('waybill import shop --ids 4711');
  });

  test('because of a rule names the rule, its setting then and now, and who changed it', async () => {
    await recordDecision(db, {
      channelId: CHANNEL,
      orderId: 12,
      at: at(5),
      kind: 'gate',
      outcome: 'rejected:exclude',
      detail: 'Status 9 (Awaiting Shipment) is in orders.import.statuses.exclude.',
    });
    const changes = [{ setting: 'orders.import.statuses.exclude', from: [9], to: [] }];
    await db.sql`insert into audit (at, by, channel_id, action, detail)
      values (${at(9)}, 'mia', ${CHANNEL}, 'channel.settings', ${JSON.stringify({ changes })}::jsonb)`;
    const { rule, history } = await explain(12);
    expect(history[0]).toContain(at(5));
    expect(rule).toEqual([
      'rejected:exclude: Status 9 (Awaiting Shipment) is in orders.import.statuses.exclude.',
      `orders.import.statuses.exclude was [9] then (${at(5)}); it is [] now, since ${at(9)} by mia.`,
    ]);
  });

  test('because of its hold window says until when', async () => {
    await leaveHint(db, { channelId: CHANNEL, orderId: 13, reason: 'held', dueAt: at(90), now: at(1) });
    expect((await explain(13)).history.join(' ')).toContain(at(90));
  });

  test('of a disabled channel says what is to be done first, and asks no store', async () => {
    await db.sql`update channels set enabled = false, disabled_reason = 'by ana'`;
    const told = await run<Told>('explain', CHANNEL, '4711');
    expect(told.waitsFor[0]).toMatch(/disabled: by ana/);
    expect(commands(told)[0]).toBe('waybill channel enable shop');
    expect(told.storeNotAsked).toBeNull();
  });

  test('is told of from the rows where nobody can ask the store', async () => {
    const told = await run<Told>('explain', CHANNEL, '4711');
    expect(told.seen).toBe(false);
    expect(told.storeNotAsked).not.toBeNull();
  });
});

describe('an order that is here', () => {
  test('waits for a label, and nothing is to be done', async () => {
    await addTestOrder(db, 1001);
    expect(await explain(1001)).toMatchObject({
      seen: true,
      waitsFor: ['A label, or word of a carrier.'],
      todo: [],
    });
  });

  test.each([
    ['push is off', { push: false }, 'push_disabled', 'waybill approve shop 1001'],
    ['dry run', { dryRun: true }, 'dry_run', 'waybill approve shop 1001'],
  ])('with a write that waits because of %s carries one word for it', async (_name, how, word, command) => {
    await db.sql`update channels set settings = ${JSON.stringify(settingsDoc(how))}::jsonb`;
    await addTestOrder(db, 1001);
    await deliver(db, 1001, fact('label.created'));
    await settle(db, 1001);
    const told = await explain(1001);
    expect(told.unsent.map(({ reason }) => reason)).toEqual([word, word]);
    expect(told.waitsFor.join(' ')).toContain(command);
  });

  test('whose parcel came without a trigger says for which it waits', async () => {
    const fulfillment = { trigger: ['shipment.manifested'] };
    await db.sql`update channels set settings = ${JSON.stringify(settingsDoc({ fulfillment }))}::jsonb`;
    await addTestOrder(db, 1001);
    await deliver(db, 1001, fact('label.created'));
    await settle(db, 1001);
    expect((await explain(1001)).unsent).toMatchObject([
      { reason: 'waiting_for_trigger', detail: expect.stringContaining('shipment.manifested') as string },
    ]);
  });

  test('that is paused names the pause and the command that ends it', async () => {
    await addTestOrder(db, 1001);
    await pauseOrder(db, { channelId: CHANNEL, orderId: 1001, reason: 'fraud?', by: 'ana', now: at(3) });
    const told = await explain(1001);
    expect(told.waitsFor[0]).toBe('It is paused: fraud?.');
    expect(commands(told)).toContain('waybill resume shop 1001 --reason "…"');
  });

  test('that was cancelled while its parcels travel is helped by another word than an approval', async () => {
    await addTestOrder(db, 1001, { statusId: 5 });
    await deliver(db, 1001, fact('label.created'));
    await deliver(db, 1001, fact('in_transit', { minute: 2 }));
    await settle(db, 1001);
    const command = 'waybill override shop 1001 --stage shipped --reason "…"';
    expect(commands(await explain(1001))).toEqual([command]);
    expect((await stuck())['attention:conflict:cancelled']?.command).toBe(command.replace('1001', '<order>'));
    const env = { WAYBILL_DATABASE_URL: url, WAYBILL_SECRET_KEYS: TEST_SECRET_KEYS };
    const said = await waybillHere(command.replace('"…"', 'arriving').split(' ').slice(1), { env });
    expect(said.code, said.stderr).toBe(0);
    // What is left is the money, which is told behind a conflict.
    expect(commands(await explain(1001))).toEqual(['waybill order shop 1001']);
  });

  test('names nobody', async () => {
    await addTestOrder(db, 1001);
    expect(JSON.stringify(await explain(1001))).not.toMatch(/Ada|Springfield|example\.com/);
  });

  test('is explained over HTTP by the same sentences', async () => {
    await addTestOrder(db, 1001);
    const { storeNotAsked: _asked, ...told } = await explain(1001);
    const answer = await request(server, `/v1/channels/${CHANNEL}/orders/1001/explain`, { key });
    expect(answer.status).toBe(200);
    expect(told).toMatchObject(answer.body);
    expect((await request(server, '/v1/channels/nowhere/orders/1/explain', { key })).status).toBe(404);
  });
});

interface Group {
  reason: string;
  command: string;
  count: number;
  orders: { orderId: number }[];
}
const stuck = async (): Promise<Record<string, Group>> => {
  const { stuck: groups } = await run<{ stuck: Group[] }>('stuck', CHANNEL);
  return Object.fromEntries(groups.map((group) => [group.reason, group]));
};

describe('what is stuck', () => {
  test('is nothing where nothing is', async () => {
    await addTestOrder(db, 1001, { statusId: 3 });
    expect(await stuck()).toEqual({});
  });

  test('is grouped by why, each with its command', async () => {
    await addTestOrder(db, 1001, { statusId: 11 });
    await addTestOrder(db, 1002, { statusId: 3 });
    await pauseOrder(db, { channelId: CHANNEL, orderId: 1002, reason: 'fraud?', by: 'ana', now: at(3) });
    await db.sql`update channels set settings = ${JSON.stringify(settingsDoc({ push: false }))}::jsonb`;
    await addTestOrder(db, 1003, { statusId: 3 });
    await deliver(db, 1003, fact('label.created'));
    await settle(db, 1003);
    await leaveHint(db, {
      channelId: CHANNEL,
      orderId: 1004,
      reason: 'unreadable',
      dueAt: at(90),
      now: at(1),
      error: 'products.0.quantity: expected a number',
    });
    await recordDecision(db, {
      channelId: CHANNEL,
      orderId: 1005,
      at: at(5),
      kind: 'gate',
      outcome: 'rejected:default_exclude',
      detail: 'Status 0 (Incomplete) is in orders.import.statuses.default_exclude.',
    });
    await deliver(db, 1006, fact('label.created', { number: 'LOST-1' }));
    const found = await stuck();
    expect(Object.keys(found).sort()).toEqual([
      'attention:paused',
      'status:0',
      'status:11',
      'unreadable',
      'waiting_events',
      'write:push_off',
    ]);
    expect(found['attention:paused']?.command).toBe('waybill resume shop <order> --reason "…"');
    expect(found['status:11']?.orders).toMatchObject([{ orderId: 1001 }]);
    expect(found['status:0']?.orders).toMatchObject([{ orderId: 1005 }]);
    expect(found['write:push_off']).toMatchObject({ count: 2, command: 'waybill approve shop --all' });
    expect(found['waiting_events']?.orders).toMatchObject([{ orderId: 1006 }]);
    const answer = await request(server, `/v1/channels/${CHANNEL}/stuck`, { key });
    expect((answer.body['stuck'] as Group[]).map(({ reason }) => reason).sort()).toEqual(
      Object.keys(found).sort(),
    );
  });

  test('a longer list says how many more there are', async () => {
    for (let orderId = 1; orderId <= 23; orderId += 1) await addTestOrder(db, orderId, { statusId: 11 });
    expect((await stuck())['status:11']).toMatchObject({ count: 23 });
    const env = { WAYBILL_DATABASE_URL: url, WAYBILL_SECRET_KEYS: TEST_SECRET_KEYS };
    expect((await waybillHere(['stuck', CHANNEL], { env })).stdout).toContain('\n… and 3 more\n');
  });

  test('leaves out a status for less time than alerts.stuck_after_hours says', async () => {
    await addTestOrder(db, 1001, { statusId: 11 });
    await db.sql`update orders set store_modified_at = now()`;
    expect(await stuck()).toEqual({});
  });
});

describe('the report', () => {
  test('counts, and names what does not fit together', async () => {
    await addTestOrder(db, 1001);
    await addTestOrder(db, 1002, { statusId: 2 });
    await addTestOrder(db, 1003, { statusId: 5, lifecycleState: 'closed' });
    await db.sql`update orders set canonical = jsonb_set(jsonb_set(canonical, '{externalOrderId}', '"A-1"'),
      '{externalSource}', '"shopify"') where order_id in (1001, 1002)`;
    await deliver(db, 1001, fact('label.created'));
    await settle(db, 1001);
    const report = await run('report', CHANNEL);
    expect(report).toMatchObject({
      orders: 3,
      open: 2,
      withoutNumber: { count: 1, orders: [{ orderId: 1002, statusId: 2 }] },
      moneyAndStatus: { count: 1, orders: [{ orderId: 1003 }] },
      duplicates: { count: 1, orders: [{ what: 'external_id', orderIds: [1001, 1002] }] },
      writes: { planned: 2 },
      mailsDue: 1,
    });
    const answer = await request(server, `/v1/channels/${CHANNEL}/report`, { key });
    expect([answer.status, answer.body]).toEqual([200, report]);
  });
});
