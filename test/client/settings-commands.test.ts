// Settings on the command line: shown, changed, refused, exported and imported. Nothing here needs Temporal.
import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { listAudit } from '../../db/audit.ts';
import { requireChannel } from '../../db/channels.ts';
import { openDatabase, type Database } from '../../db/database.ts';
import { createSecretBox, listSecrets, readSecret } from '../../db/secrets.ts';
import { OTHER_NAMES } from '../../settings/other-names.ts';
import { PRESETS } from '../../settings/presets.ts';
import { addTestChannel, addTestOrder, emptyAll, outboxRows } from '../db/order-life.ts';
import { databaseFor } from '../support/servers.ts';
import { waybillHere, type CommandResult } from './run-waybill.ts';

const KEY = Buffer.alloc(32, 5);
const CANARY = 'canary-t0ken-nobody-may-see';
const box = createSecretBox([{ id: 'k1', key: KEY }]);

let url = '';
let db: Database;
let folder = '';
beforeAll(async () => {
  ({ url } = await databaseFor(import.meta.url));
  db = openDatabase(url);
  folder = await mkdtemp(path.join(os.tmpdir(), 'waybill-settings-'));
});
afterAll(async () => {
  await db.close();
  await rm(folder, { recursive: true, force: true });
});
beforeEach(async () => {
  await emptyAll(db);
  await db.sql`delete from channel_secrets`;
  await db.sql`delete from audit`;
  // Disabled: its schedules are made when it is enabled, so that no change asks Temporal.
  await addTestChannel(db, { enabled: false, push: false });
});

async function run(words: string[], stdin = '', more: Record<string, string> = {}): Promise<CommandResult> {
  const env = { WAYBILL_DATABASE_URL: url, WAYBILL_SECRET_KEYS: `k1:${KEY.toString('base64')}`, ...more };
  const result = await waybillHere(words, { env, stdin });
  expect(result.stdout + result.stderr).not.toContain(CANARY);
  return result;
}
const set = (...words: string[]) => run(['channel', 'set', 'shop', ...words]);
const settings = async (id = 'shop') => (await requireChannel(db, id)).settings;
const importFile = (json: unknown, ...words: string[]) =>
  run(['channel', 'settings', 'import', 'shop', '-', ...words], JSON.stringify(json));

describe('channel set', () => {
  test('changes several at once and tells each from what to what', async () => {
    const { code, stdout } = await set('orders.import.hold_minutes=30', 'throttle.limit=50');
    expect(code).toBe(0);
    expect(stdout).toContain('orders.import.hold_minutes: 0 → 30');
    expect(stdout).toContain('throttle.limit: 120 → 50');
    expect(stdout).toContain('version 2');
    expect((await settings()).throttle.limit).toBe(50);
  });

  test('changes nothing unless all of it can be changed', async () => {
    const { code, stderr } = await set('orders.import.hold_minutes=30', 'throttle.limit=0');
    expect(code).toBe(2);
    expect(stderr).toContain('throttle.limit');
    expect((await requireChannel(db, 'shop')).settingsVersion).toBe(1);
  });

  test('shows warnings and does it nevertheless', async () => {
    const { code, stderr } = await set('fulfillment.status.shipped_target=9');
    expect(code).toBe(0);
    expect(stderr).toContain('Note: fulfillment.status.shipped_target 9 (Awaiting Shipment) is unusual');
  });

  test('refuses an unknown name with the nearest known one', async () => {
    const { code, stderr } = await set('throttle.limmit=5');
    expect(code).toBe(2);
    expect(stderr).toContain('did you mean throttle.limit?');
  });

  test.each(OTHER_NAMES.map(({ name }) => name))(
    'refuses %s and does not repeat what was typed',
    async (name) => {
      const { code, stderr } = await set(`${name}=${CANARY}`);
      expect(code).toBe(2);
      expect(stderr).toContain(name);
      expect((await requireChannel(db, 'shop')).settingsVersion).toBe(1);
    },
  );

  test.each(PRESETS.map(({ name }) => name))('takes the preset %s', async (name) => {
    const { code } = await set('--preset', name);
    expect(code).toBe(0);
    const preset = PRESETS.find((candidate) => candidate.name === name);
    expect(await settings()).toMatchObject(preset?.settings ?? {});
  });

  test('lets single settings stand over the preset', async () => {
    await set('--preset', 'Qapla-possession', 'fulfillment.status.on_delivered=false');
    expect((await settings()).fulfillment.status).toMatchObject({
      shipped_on_possession: true,
      on_delivered: false,
    });
  });

  test('refuses an address to which the installation sends no token', async () => {
    const { code, stderr } = await set('connection.api_base_url=https://evil.example');
    expect(code).toBe(2);
    expect(stderr).toContain('WAYBILL_STORE_HOSTS');
  });

  test('refuses another port of a host that is allowed', async () => {
    for (const address of ['https://api.bigcommerce.com:8443', 'https://proxy.example:8443']) {
      const { code, stderr } = await run(
        ['channel', 'set', 'shop', `connection.api_base_url=${address}`],
        '',
        { WAYBILL_STORE_HOSTS: 'proxy.example' },
      );
      expect(code).toBe(2);
      expect(stderr).toContain('which this installation does not allow');
    }
    const words = ['channel', 'set', 'shop', 'connection.api_base_url=https://proxy.example'];
    expect((await run(words, '', { WAYBILL_STORE_HOSTS: 'proxy.example' })).code).toBe(0);
  });

  test('of an address that is not allowed is refused for a channel that is only made', async () => {
    const words = ['channel', 'add', 'other', '--store-hash', 'zzz999', '--token', '-', '--no-check'];
    const foreign = await run([...words, '--set', 'connection.api_base_url=https://evil.example'], CANARY);
    expect(foreign.code).toBe(2);
    expect(foreign.stderr).toContain('WAYBILL_STORE_HOSTS');
    expect((await run(['channel', 'show', 'other'])).code).not.toBe(0);
  });

  test('says where the ids of statuses are where a label was typed', async () => {
    const { code, stderr } = await set('orders.import.statuses.include=In lavorazione');
    expect(code).toBe(2);
    expect(stderr).toContain('waybill channel statuses');
  });

  test('refuses a change from an outdated view', async () => {
    await set('throttle.limit=50');
    const { code, stderr } = await set('throttle.limit=60', '--expect', '1');
    expect(code).toBe(3);
    expect(stderr).toContain('version 2, not 1');
    expect((await settings()).throttle.limit).toBe(50);
    expect((await set('throttle.limit=60', '--expect', '2')).code).toBe(0);
  });

  test('wakes open orders when a plan may change', async () => {
    await addTestOrder(db, 1001);
    const { stdout } = await set('fulfillment.trigger=shipment.manifested');
    expect(stdout).toContain('1 open orders are looked at again');
    expect(await outboxRows(db)).toEqual([{ orderId: 1001, first: false }]);
  });

  test('with nothing to change is wrong usage', async () => {
    expect((await set()).code).toBe(2);
  });
});

describe('channel show', () => {
  test('tells what differs from the defaults, and all of it when asked', async () => {
    await set('throttle.limit=50', 'orders.import.lookback_days=7');
    const short = (await run(['channel', 'show', 'shop'])).stdout;
    expect(short).toContain('throttle.limit\t50');
    expect(short).not.toContain('orders.import.lookback_days');
    expect(short).toContain('--all shows them');
    expect((await run(['channel', 'show', 'shop', '--given'])).stdout).toContain(
      'orders.import.lookback_days\t7\tgiven',
    );
    expect((await run(['channel', 'show', 'shop', '--all'])).stdout).toContain(
      'handoff.param\t"products"\tdefault',
    );
  });
});

describe('channel settings', () => {
  test('schema is a JSON Schema with descriptions and defaults', async () => {
    const schema = (await run(['channel', 'settings', 'schema', '--json'])).json();
    expect(schema).toMatchObject({
      $schema: expect.stringContaining('2020-12') as string,
      type: 'object',
      additionalProperties: false,
      properties: { $schema: { type: 'string' }, throttle: { additionalProperties: false } },
    });
    expect(JSON.stringify(schema)).toContain('"description":"API calls per window.');
  });

  test('what was exported imports as no change', async () => {
    await set('--preset', 'Starshipit-print', 'fulfillment.carrier_map.acme=ups');
    const file = await run(['channel', 'settings', 'export', 'shop', '--json']);
    const again = await run(
      ['channel', 'settings', 'import', 'shop', '-', '--replace', '--json'],
      file.stdout,
    );
    expect(again.code).toBe(0);
    expect(again.json()).toMatchObject({ changes: [], settingsVersion: 2 });
  });

  test('import shows what would change and does nothing until it is confirmed', async () => {
    const file = { orders: { import: { hold_minutes: 15 } }, connection: { client_secret: CANARY } };
    const unsure = await importFile(file);
    expect(unsure.code).toBe(3);
    expect(unsure.stderr).toContain('orders.import.hold_minutes: 0 → 15');
    expect(unsure.stderr).toContain('connection.client_secret: sealed, not shown');
    expect((await requireChannel(db, 'shop')).settingsVersion).toBe(1);
    expect(await listSecrets(db, 'shop')).toEqual([]);

    expect((await importFile(file, '--yes')).code).toBe(0);
    expect((await settings()).orders.import.hold_minutes).toBe(15);
    expect(await readSecret(db, box, 'shop', 'client_secret')).toBe(CANARY);
    const [entry] = await listAudit(db, { channelId: 'shop' });
    expect(JSON.stringify(entry)).toContain('hold_minutes');
    expect(JSON.stringify(entry)).not.toContain(CANARY);
    const [row] = await db.sql<{ text: string }[]>`select settings::text as text from channels`;
    expect(row?.text).not.toContain(CANARY);
  });

  test('import leaves what the file does not name, and with --replace nothing of it', async () => {
    await set('throttle.limit=50');
    await importFile({ 'orders.import.hold_minutes': 5 }, '--yes');
    expect((await settings()).throttle.limit).toBe(50);
    await importFile({ 'orders.import.hold_minutes': 6 }, '--yes', '--replace');
    expect(await settings()).toMatchObject({
      throttle: { limit: 120 },
      orders: { import: { hold_minutes: 6 } },
      channel: { name: 'shop' },
    });
  });

  test('import of aliases tells how each odd one was understood', async () => {
    const { code, stderr } = await importFile(
      {
        sendInitialOrders: 42,
        username: 'someone',
        sendOrderStatus: 'Pending',
        channel: { profile: 'custom' },
      },
      '--yes',
    );
    expect(code).toBe(0);
    expect(stderr).toContain('Note: sendInitialOrders is not true or false and was read as the gateway');
    expect(stderr).toContain('Note: username was left out');
    expect(await settings()).toMatchObject({
      catalog: { default_gateway_ref: '42' },
      orders: { push: { status: 1, initial: false } },
    });
  });

  test.each([
    [{ orders: { import: { hold_minute: 5 } } }, 'did you mean orders.import.hold_minutes?'],
    [{ throttle: { limit: 0 }, orders: { import: { hold_minutes: 5 } } }, 'throttle.limit'],
    [{ connection: { store_hash: 'zzz' } }, 'belongs to store abc123 for ever'],
    [{ connection: { api_base_url: 'https://evil.example' } }, 'WAYBILL_STORE_HOSTS'],
    [{ connection: { api_path: 'https://evil.example/stores/abc123/v3/' } }, 'evil.example'],
    [{ connection: { auth_mode: 'app_oauth', client_id: 'x' } }, 'client secret'],
  ])('import refuses the whole of %j', async (file, words) => {
    const { code, stderr } = await importFile(file, '--yes');
    expect(code).toBeGreaterThanOrEqual(2);
    expect(stderr).toContain(words);
    expect((await requireChannel(db, 'shop')).settingsVersion).toBe(1);
  });

  test('import takes an app with its id and secret in one go (X-9)', async () => {
    const file = { connection: { auth_mode: 'app_oauth', client_id: 'app', client_secret: CANARY } };
    expect((await importFile(file, '--yes')).code).toBe(0);
    expect((await settings()).connection).toMatchObject({ auth_mode: 'app_oauth', client_id: 'app' });
  });

  test('import never puts an untried token in the place of one that is kept', async () => {
    await importFile({ accessToken: 'the-first' }, '--yes');
    const other = await importFile({ accessToken: CANARY, billerId: '7' }, '--yes');
    expect(other.code).toBe(3);
    expect(other.stderr).toContain('waybill channel rotate shop');
    expect(await readSecret(db, box, 'shop', 'access_token')).toBe('the-first');
    expect(
      (await importFile({ accessToken: CANARY, billerId: '7' }, '--yes', '--without-secrets')).code,
    ).toBe(0);
    expect((await settings()).catalog.default_gateway_ref).toBe('7');
    expect(await readSecret(db, box, 'shop', 'access_token')).toBe('the-first');
  });

  test('import of a ParcelPilot file makes a channel, disabled and complete (P-17)', async () => {
    const file = path.join(folder, 'parcelpilot.json');
    writeFileSync(
      file,
      JSON.stringify({
        credentials: {
          bigcommerce: { store_hash: 'pp1', access_token: CANARY, client_id: 'cid', client_secret: CANARY },
        },
        channel: { profile: 'import_and_writeback' },
        settings: { push_ship_confirms: true },
      }),
    );
    const { code, stdout } = await run(['channel', 'settings', 'import', 'parcels', file, '--yes']);
    expect(code).toBe(0);
    expect(stdout).toContain('waybill channel enable parcels');
    expect(await requireChannel(db, 'parcels')).toMatchObject({
      enabled: false,
      storeHash: 'pp1',
      settings: {
        channel: { name: 'parcels' },
        connection: { client_id: 'cid' },
        fulfillment: { push_enabled: true },
      },
    });
    expect((await listSecrets(db, 'parcels')).map(({ kind }) => kind)).toEqual([
      'access_token',
      'client_secret',
    ]);
  });

  test('import without a token makes no channel', async () => {
    const { code, stderr } = await run(
      ['channel', 'settings', 'import', 'fresh', '-', '--yes'],
      JSON.stringify({ storeHash: 'abc999' }),
    );
    expect(code).toBe(3);
    expect(stderr).toContain('waybill channel add fresh');
  });

  test.each([
    ['no JSON', 'channel:\n  name: x\n', 'is no JSON'],
    ['too much', `{"a":"${'x'.repeat(300_000)}"}`, 'too large'],
  ])('import refuses %s', async (_name, text, words) => {
    const { code, stderr } = await run(['channel', 'settings', 'import', 'shop', '-', '--yes'], text);
    expect(code).toBe(2);
    expect(stderr).toContain(words);
  });

  test('import of a file that is not there says so', async () => {
    const { code, stderr } = await run([
      'channel',
      'settings',
      'import',
      'shop',
      path.join(folder, 'none.json'),
    ]);
    expect(code).toBe(2);
    expect(stderr).toContain('cannot be read');
  });
});
