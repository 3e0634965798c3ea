// Credentials on their way in by the command line, what is kept of them and how; and the least rights that settings need.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { getChannel, recordCheck } from '../../db/channels.ts';
import { openDatabase, type Database } from '../../db/database.ts';
import { createSecretBox, readSecret } from '../../db/secrets.ts';
import { judgeScopes } from '../../domain/connection-report.ts';
import { settingsReader } from '../../domain/scope-needs.ts';
import { databaseFor } from '../support/servers.ts';
import { waybillHere, type CommandResult } from './run-waybill.ts';

const KEY = Buffer.alloc(32, 7).toString('base64');
const NEW_KEY = Buffer.alloc(32, 9).toString('base64');
const TOKEN = 'tok3nthatnobodymaysee';
const SECRET = 's3cretthatnobodymaysee';
const FILE = (hash: string): string =>
  `\uFEFFACCESS TOKEN: ${TOKEN}\r\nCLIENT ID: client77\r\nCLIENT SECRET: ${SECRET}\r\nNAME: Waybill\r\nAPI PATH: https://api.bigcommerce.com/stores/${hash}/v3/\r\n`;

let url = '';
let db: Database;
let folder = '';
beforeAll(async () => {
  vi.stubEnv('TEMPORAL_ADDRESS', '127.0.0.1:1');
  ({ url } = await databaseFor(import.meta.url));
  db = openDatabase(url);
  folder = await mkdtemp(path.join(os.tmpdir(), 'waybill-credentials-'));
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await db.close();
  await rm(folder, { recursive: true, force: true });
});

const run = (words: string[], env: Record<string, string> = {}, stdin = ''): Promise<CommandResult> =>
  waybillHere([...words, '--json'], {
    env: { WAYBILL_DATABASE_URL: url, WAYBILL_SECRET_KEYS: `k1:${KEY}`, ...env },
    stdin,
  });
const box = createSecretBox([{ id: 'k1', key: Buffer.from(KEY, 'base64') }]);
const secretOf = (id: string, kind: string): Promise<string | null> => readSecret(db, box, id, kind);
const errorOf = (result: CommandResult): { code: string; what: string; why: string; todo: string } =>
  result.json()['error'] as ReturnType<typeof errorOf>;
/** Everything in the database, as a dump would show it. */
const dump = async (): Promise<string> => {
  const tables = await db.sql<{ name: string }[]>`
    select quote_ident(schemaname) || '.' || quote_ident(tablename) as name from pg_tables
    where schemaname not in ('pg_catalog', 'information_schema')`;
  const texts: string[] = [];
  for (const { name } of tables) {
    const rows = await db.sql.unsafe<{ text: string }[]>(`select t::text as text from ${name} t`);
    texts.push(...rows.map(({ text }) => text));
  }
  return texts.join('\n');
};

describe('the credentials file of BigCommerce', () => {
  test.each([
    ['from a path', 'filed', async (file: string) => ({ word: file, stdin: '' })],
    ['from standard input', 'piped', async () => ({ word: '-', stdin: FILE('hash2') })],
  ])('%s fills in store, token, client id and client secret, and is not kept', async (_name, id, give) => {
    const file = path.join(folder, `${id}.txt`);
    await writeFile(file, FILE('hash1'));
    const { word, stdin } = await give(file);
    const result = await run(['channel', 'add', id, '--no-check', '--credentials-file', word], {}, stdin);
    expect(result.code).toBe(0);
    expect(result.stderr).toContain('understood as an API path');
    expect(result.stderr).toContain(
      'The credentials file holds: access token, API path, client id, client secret',
    );
    expect(await getChannel(db, id)).toMatchObject({
      storeHash: id === 'filed' ? 'hash1' : 'hash2',
      settings: { connection: { client_id: 'client77' } },
    });
    expect([await secretOf(id, 'access_token'), await secretOf(id, 'client_secret')]).toEqual([
      TOKEN,
      SECRET,
    ]);
    for (const text of [result.stdout, result.stderr, await dump()]) {
      expect(text).not.toContain(TOKEN);
      expect(text).not.toContain(SECRET);
      expect(text).not.toContain('ACCESS TOKEN');
    }
  });

  test('saved by a Windows editor as UTF-16 is read as well', async () => {
    const file = path.join(folder, 'utf16.txt');
    await writeFile(file, Buffer.from(FILE('hash3'), 'utf16le'));
    expect((await run(['channel', 'add', 'wide', '--no-check', '--credentials-file', file])).code).toBe(0);
    expect(await secretOf('wide', 'access_token')).toBe(TOKEN);
  });

  test.each([
    ['without a token', 'CLIENT ID: client77', /access token in it/],
    [
      'of a foreign host',
      FILE('x').replace('api.bigcommerce.com', 'api.example.com'),
      /not BigCommerce's API host/,
    ],
    ['far too large', 'x'.repeat(70_000), /64 KiB/],
  ])('%s is refused and nothing is kept', async (_name, text, reason) => {
    const result = await run(
      ['channel', 'add', 'refused', '--no-check', '--credentials-file', '-'],
      {},
      text,
    );
    expect(result.code).toBe(2);
    expect(errorOf(result).why).toMatch(reason);
    expect(result.stdout + result.stderr).not.toContain(TOKEN);
    expect(await getChannel(db, 'refused')).toBeNull();
  });

  test('that is not there is refused with its path', async () => {
    const result = await run(['channel', 'add', 'refused', '--credentials-file', '/no/such/file.txt']);
    expect([result.code, errorOf(result).why]).toEqual([2, '/no/such/file.txt: ENOENT.']);
  });
});

describe('credentials come', () => {
  test('from the environment, without a client secret as well', async () => {
    const env = {
      WAYBILL_STORE: 'https://store-hash4.mybigcommerce.com/manage/dashboard',
      WAYBILL_STORE_TOKEN: TOKEN,
      WAYBILL_STORE_CLIENT_ID: 'client78',
    };
    expect((await run(['channel', 'add', 'surrounded', '--no-check'], env)).code).toBe(0);
    expect(await getChannel(db, 'surrounded')).toMatchObject({
      storeHash: 'hash4',
      settings: { connection: { client_id: 'client78' } },
    });
    expect(await secretOf('surrounded', 'client_secret')).toBeNull();
  });

  test('not from file and token at once on standard input', async () => {
    const words = ['channel', 'add', 'refused', '--credentials-file', '-', '--token-stdin'];
    expect((await run(words)).code).toBe(2);
  });

  test('never as a sentence in place of a token', async () => {
    const result = await run([
      'channel',
      'add',
      'refused',
      '--store-hash',
      'x1',
      '--token',
      'ask Sam for it',
    ]);
    expect(result.code).toBe(2);
    expect(result.stdout + result.stderr).not.toContain('Sam');
  });
});

describe('waybill secrets', () => {
  test('lists kinds and keys, and seals anew with a new first key', async () => {
    const listed = (await run(['secrets', 'list'])).json() as { secrets: Record<string, string>[] };
    expect(listed.secrets).toContainEqual(
      expect.objectContaining({ channelId: 'filed', kind: 'client_secret', keyId: 'k1' }),
    );
    expect(JSON.stringify(listed)).not.toContain(SECRET);

    const both = { WAYBILL_SECRET_KEYS: `k2:${NEW_KEY},k1:${KEY}` };
    const turned = await run(['secrets', 'rotate-key'], both);
    expect(turned.json()).toMatchObject({
      resealed: listed.secrets.length,
      activeKeyId: 'k2',
      idleKeyIds: ['k1'],
    });
    expect((await run(['secrets', 'rotate-key'], both)).json()).toMatchObject({ resealed: 0 });
    const newBox = createSecretBox([{ id: 'k2', key: Buffer.from(NEW_KEY, 'base64') }]);
    expect(await readSecret(db, newBox, 'filed', 'access_token')).toBe(TOKEN);

    // Without the key that sealed them nothing is changed, and the way back is told.
    const lost = await run(['secrets', 'rotate-key']);
    expect(lost.code).toBe(1);
    expect(errorOf(lost)).toMatchObject({ code: 'credentials_unreadable' });
    await run(['secrets', 'rotate-key'], { WAYBILL_SECRET_KEYS: `k1:${KEY},k2:${NEW_KEY}` });
  });
});

describe('waybill channel scopes', () => {
  interface Scopes {
    needed: { name: string; choice: string; why: { reason: string }[] }[];
    notNeeded: { name: string; askedBy: Record<string, string> }[];
  }
  const scopes = async (...words: string[]): Promise<Scopes> =>
    // What the command prints, which the tests below look at.
    (await run(['channel', 'scopes', ...words])).json() as object as Scopes;

  test('computes the rights of a channel from what is on, each with a reason', async () => {
    const { needed, notNeeded } = await scopes('filed');
    expect(needed.map(({ choice }) => choice)).toContain('Orders: read-only');
    for (const { why } of needed) expect(why.length).toBeGreaterThan(0);
    expect(notNeeded.find(({ name }) => name === 'Themes')?.askedBy).toEqual({ Starshipit: 'modify' });
  });

  test('raises the demand to modify when write-back is on', async () => {
    const { needed } = await scopes('--preset', 'Qapla-possession');
    expect(needed[0]).toMatchObject({ choice: 'Orders: modify', name: 'Orders' });
    expect(needed[0]?.why.map(({ reason }) => reason)).toEqual([
      'to read orders',
      'to create shipments and set statuses',
    ]);
  });

  test('takes features by name and refuses unknown ones', async () => {
    const { needed } = await scopes('--features', 'import,seed_payment_methods');
    expect(needed.map(({ choice }) => choice)).toEqual(['Orders: read-only', 'Get Payment Methods: get']);
    expect((await run(['channel', 'scopes', '--features', 'teleport'])).code).toBe(2);
  });
});

describe('a scope that the last check found missing', () => {
  const reportWithout = async (id: string): Promise<void> => {
    const channel = await getChannel(db, id);
    const setting = settingsReader(channel?.settings);
    const scopes = judgeScopes(
      setting,
      new Map([
        ['orders', { answer: 'let_in' }],
        ['products', { answer: 'refused' }],
      ]),
      { orders: 'refused' },
    );
    await recordCheck(db, {
      id,
      ok: true,
      report: { scopes, findings: [] },
      clockSkewMs: 0,
      now: '2026-01-02T00:00:00.000Z',
    });
  };

  test('keeps settings that need it from being switched on, and no others', async () => {
    await reportWithout('filed');
    const push = ['channel.profile=import_and_writeback', 'fulfillment.push_enabled=true'];
    const refused = await run(['channel', 'set', 'filed', ...push]);
    expect(refused.code).toBe(3);
    expect(errorOf(refused)).toMatchObject({ code: 'scope_missing' });
    expect(errorOf(refused).what).toContain('needs Orders: modify');
    expect(errorOf(refused).what).toContain('Make a new API account');
    expect((await run(['channel', 'set', 'filed', 'orders.import.images.enabled=true'])).code).toBe(3);
    expect((await run(['channel', 'set', 'filed', 'orders.import.hold_minutes=5'])).code).toBe(0);
  });

  test('stands in what show and doctor say', async () => {
    await db.sql`update channels set enabled = true, disabled_by = null where id = 'filed'`;
    const { findings } = (await run(['doctor'])).json() as { findings: { what: string; message: string }[] };
    expect(findings.map(({ what }) => what)).toContain('Connection of filed');
    const shown = await waybillHere(['channel', 'show', 'filed'], {
      env: { WAYBILL_DATABASE_URL: url, WAYBILL_SECRET_KEYS: `k1:${KEY}` },
    });
    expect(shown.stdout).toContain('Connection: good, checked at 2026-01-02');
  });
});
