// Secrets of a settings file beside those that are kept: nothing is lost that was not named.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { openDatabase, type Database } from '../../db/database.ts';
import { addProviderSecret, readProviderSecrets } from '../../db/provider-secrets.ts';
import { createSecretBox, putSecret, readSecret } from '../../db/secrets.ts';
import { inTransaction } from '../../db/database.ts';
import { addTestChannel, emptyAll } from '../db/order-life.ts';
import { databaseFor } from '../support/servers.ts';
import { waybillHere, type CommandResult } from './run-waybill.ts';

const KEY = Buffer.alloc(32, 5);
const box = createSecretBox([{ id: 'k1', key: KEY }]);
const NOW = '2026-03-01T12:00:00.000Z';
const OLD = 'canary-old-secret-of-the-carrier';
const NEW = 'canary-new-secret-of-the-carrier';

let url = '';
let db: Database;
let oldId = '';
beforeAll(async () => {
  ({ url } = await databaseFor(import.meta.url));
  db = openDatabase(url);
});
afterAll(() => db.close());
beforeEach(async () => {
  await emptyAll(db);
  await db.sql`delete from channel_secrets`;
  await addTestChannel(db, { enabled: false, push: false });
  const added = { channelId: 'shop', source: 'easypost', value: OLD, by: 'ana', now: NOW } as const;
  oldId = (await addProviderSecret(db, box, added)).id;
});

async function importFile(file: object, ...words: string[]): Promise<CommandResult> {
  const env = { WAYBILL_DATABASE_URL: url, WAYBILL_SECRET_KEYS: `k1:${KEY.toString('base64')}` };
  const command = ['channel', 'settings', 'import', 'shop', '-', ...words];
  const result = await waybillHere(command, { env, stdin: JSON.stringify(file) });
  for (const secret of [OLD, NEW]) expect(result.stdout + result.stderr).not.toContain(secret);
  return result;
}
const secretsOf = (...values: string[]) => ({ carriers: { easypost: { secrets: values } } });
const kept = async () => (await readProviderSecrets(db, box, 'shop', 'easypost')).map(({ value }) => value);

test('a service’s secret in a file is added to those that are kept', async () => {
  const asked = await importFile(secretsOf(NEW));
  expect([asked.code, await kept()]).toEqual([3, [OLD]]);
  expect(asked.stderr).toContain('1 sealed, not shown, beside 1 that are kept');
  expect((await importFile(secretsOf(NEW), '--yes')).code).toBe(0);
  expect(await kept()).toEqual([OLD, NEW]);
  // Again it changes nothing.
  const before = (await readProviderSecrets(db, box, 'shop', 'easypost')).map(({ id }) => id);
  expect((await importFile(secretsOf(NEW), '--yes')).code).toBe(0);
  expect((await readProviderSecrets(db, box, 'shop', 'easypost')).map(({ id }) => id)).toEqual(before);
});

test('a file that is everything takes their place, and names them first, also unasked', async () => {
  const asked = await importFile(secretsOf(NEW), '--replace');
  expect([asked.code, await kept()]).toEqual([3, [OLD]]);
  expect(asked.stderr).toContain(`in the place of ${oldId}, and what those sign is refused`);
  const done = await importFile(secretsOf(NEW), '--replace', '--yes');
  expect([done.code, await kept()]).toEqual([0, [NEW]]);
  expect(done.stderr).toContain(`in the place of ${oldId}`);
});

test('more secrets of a service than are kept are refused, and nothing changes', async () => {
  const more = Array.from({ length: 5 }, (_, at) => `${NEW}-${String(at)}`);
  const refused = await importFile(secretsOf(...more), '--yes');
  expect([refused.code, await kept()]).toEqual([3, [OLD]]);
  expect(refused.stderr).toContain('waybill channel secret remove shop easypost');
});

test('another secret in the place of a kept one is said, also unasked', async () => {
  await inTransaction(db, (tx) =>
    putSecret(tx, box, { channelId: 'shop', kind: 'client_secret', value: OLD, now: NOW }),
  );
  const done = await importFile({ connection: { client_secret: NEW } }, '--yes');
  expect(done.code).toBe(0);
  expect(done.stderr).toContain(
    'connection.client_secret: sealed, not shown; takes the place of another one',
  );
  expect(await readSecret(db, box, 'shop', 'client_secret')).toBe(NEW);
});
