// `waybill channel secret …` and what `waybill channel show` tells of refused deliveries, on a real Postgres.
import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openDatabase, type Database } from '../../db/database.ts';
import { countRefusal } from '../../db/delivery-refusals.ts';
import { readProviderSecrets, type SecretSource } from '../../db/provider-secrets.ts';
import { createSecretBox } from '../../db/secrets.ts';
import { addTestChannel, CHANNEL } from '../db/order-life.ts';
import { databaseFor } from '../support/servers.ts';
import { waybillHere, type CommandResult } from './run-waybill.ts';

const KEY = Buffer.alloc(32, 7);
const box = createSecretBox([{ id: 'k1', key: KEY }]);
const SECRET = 's3cret-that-nobody-may-see';

let url = '';
let db: Database;
beforeAll(async () => {
  ({ url } = await databaseFor(import.meta.url));
  db = openDatabase(url);
  await addTestChannel(db);
});
afterAll(() => db.close());

const run = (words: string[], stdin = ''): Promise<CommandResult> =>
  waybillHere(words, {
    env: { WAYBILL_DATABASE_URL: url, WAYBILL_SECRET_KEYS: `k1:${KEY.toString('base64')}` },
    stdin,
  });
const add = (name: string, stdin: string, ...more: string[]) =>
  run(
    ['channel', 'secret', 'add', CHANNEL, name, ...(stdin === '' ? [] : ['--stdin']), ...more, '--json'],
    stdin,
  );
const kept = async (source: SecretSource) =>
  (await readProviderSecrets(db, box, CHANNEL, source)).map(({ value }) => value);

describe('a secret', () => {
  test('from standard input is kept and shown nowhere, and goes by its id', async () => {
    const added = await add('easypost', `${SECRET}\n`);
    expect(added.code).toBe(0);
    expect(added.json()).toMatchObject({ name: 'easypost', kept: 1 });
    expect(String(added.json()['address'])).toContain(`/v1/carriers/easypost/${CHANNEL}`);
    expect(await kept('easypost')).toEqual([SECRET]);
    const list = await run(['channel', 'secret', 'list', CHANNEL]);
    expect(list.stdout).toContain('easypost');
    expect(added.stdout + added.stderr + list.stdout + list.stderr).not.toContain(SECRET);
    const id = String(added.json()['id']);
    const removed = await run(['channel', 'secret', 'remove', CHANNEL, 'easypost', id]);
    expect(removed.code).toBe(0);
    expect(removed.stdout).toContain('no secret left');
    expect((await run(['channel', 'secret', 'remove', CHANNEL, 'easypost', id])).code).toBe(3);
  });

  test('is made and shown once on request', async () => {
    const made = await add('starshipit', '', '--generate');
    expect(await kept('starshipit')).toEqual([made.json()['secret']]);
    const own = await add('events', '', '--generate');
    expect(String(own.json()['secret'])).toMatch(/^whsec_/);
  });

  test('of ShipEngine may be a public key of several lines', async () => {
    const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
    const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
    expect((await add('shipengine', pem)).code).toBe(0);
    expect(await kept('shipengine')).toEqual([pem.trim()]);
  });

  test.each([
    ['easypost', 'short', 'characters'],
    ['easypost', 'two lines\nof text', 'characters'],
    ['easypost', '-----BEGIN PUBLIC KEY-----', 'Only shipengine'],
    ['shipengine', '-----BEGIN PUBLIC KEY-----', 'no RSA public key'],
    ['shipengine', '{"keys": []}', 'no RSA public key'],
    ['events', 'a-word-that-is-no-base64', 'whsec_'],
  ])('of %s that cannot be one is refused: %j', async (name, value, why) => {
    const before = await kept(name as SecretSource); // the names of the table above
    const answer = await add(name, value);
    expect(answer.code).toBe(2);
    expect(answer.stderr).toContain(why);
    expect(await kept(name as SecretSource)).toEqual(before); // as above
  });

  test('is wanted by prompt, standard input or --generate, and never as an argument', async () => {
    const none = await run(['channel', 'secret', 'add', CHANNEL, 'easypost']);
    expect(none.code).toBe(2);
    expect(none.stderr).toContain('--stdin');
    expect((await run(['channel', 'secret', 'add', CHANNEL, 'easypost', SECRET])).code).toBe(2);
    expect((await run(['channel', 'secret', 'add', CHANNEL, 'dhl', '--generate'])).code).toBe(2);
    expect((await run(['channel', 'secret', 'add', 'nowhere', 'easypost', '--generate'])).code).toBe(3);
  });
});

describe('waybill channel show', () => {
  test('tells how many deliveries were refused and why', async () => {
    const now = '2026-03-02T08:00:00.000Z';
    for (let n = 0; n < 3; n += 1) {
      await countRefusal(db, { channelId: CHANNEL, source: 'easypost', reason: 'signature', now });
    }
    const shown = await run(['channel', 'show', CHANNEL]);
    expect(shown.stdout).toContain('Refused from easypost: 3 (signature)');
    const json = await run(['channel', 'show', CHANNEL, '--json']);
    expect(json.json()['refusals']).toMatchObject([{ source: 'easypost', reason: 'signature', refused: 3 }]);
  });
});
