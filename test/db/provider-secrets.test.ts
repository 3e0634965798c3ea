// The list of secrets of one service of one channel, sealed in a real Postgres.
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { listAudit } from '../../db/audit.ts';
import type { Database } from '../../db/database.ts';
import {
  addProviderSecret,
  PROVIDER_SECRETS_MAX,
  providerDoor,
  readProviderSecrets,
  removeProviderSecret,
} from '../../db/provider-secrets.ts';
import { createSecretBox, putSecret } from '../../db/secrets.ts';
import { addTestChannel, at, CHANNEL, emptyAll, openTestDatabase } from './order-life.ts';

const box = createSecretBox([{ id: 'k1', key: randomBytes(32) }]);
let db: Database;
beforeAll(async () => {
  db = await openTestDatabase(import.meta.url);
});
afterAll(() => db.close());
beforeEach(async () => {
  await emptyAll(db);
  await addTestChannel(db);
});

const add = (value: string, channelId = CHANNEL) =>
  addProviderSecret(db, box, { channelId, source: 'easypost', value, by: 'ann', now: at(0) });
const values = async () =>
  (await readProviderSecrets(db, box, CHANNEL, 'easypost')).map((secret) => secret.value);

describe('secrets of a provider', () => {
  test('are several while one is being replaced, and go one by one', async () => {
    const first = await add('first-secret');
    const second = await add('second-secret');
    expect([first.kept, second.kept]).toEqual([1, 2]);
    expect(await values()).toEqual(['first-secret', 'second-secret']);
    const remove = (id: string) =>
      removeProviderSecret(db, box, { channelId: CHANNEL, source: 'easypost', id, by: 'ann', now: at(1) });
    expect(await remove(first.id)).toEqual({ kept: 1 });
    expect(await values()).toEqual(['second-secret']);
    await expect(remove(first.id)).rejects.toMatchObject({ code: 'secret_unknown' });
    expect(await remove(second.id)).toEqual({ kept: 0 });
    expect(await values()).toEqual([]);
  });

  test('are not lost when two people add at once', async () => {
    await Promise.all([add('one-of-two'), add('two-of-two')]);
    expect((await values()).sort()).toEqual(['one-of-two', 'two-of-two']);
  });

  test('are refused twice, one too many, and for a channel that there is not', async () => {
    for (let n = 0; n < PROVIDER_SECRETS_MAX; n += 1) await add(`secret-number-${String(n)}`);
    await expect(add('secret-number-1')).rejects.toMatchObject({ code: 'secret_known' });
    await expect(add('one-too-many')).rejects.toMatchObject({ code: 'secrets_full' });
    await expect(add('any-secret', 'nowhere')).rejects.toMatchObject({ code: 'channel_unknown' });
  });

  test('stand in no table, and the audit knows their ids only', async () => {
    const { id } = await add('do-not-show-me');
    const [row] = await db.sql<{ text: string }[]>`
      select (select jsonb_agg(s)::text from channel_secrets s) || (select jsonb_agg(a)::text from audit a) as text`;
    expect(row?.text).not.toContain('do-not-show-me');
    expect(await listAudit(db, { channelId: CHANNEL })).toMatchObject([
      { action: 'channel.secret_added', by: 'ann', detail: { source: 'easypost', id } },
    ]);
  });

  test('of a settings file are plain texts, and are used all the same', async () => {
    const put = (value: string) =>
      putSecret(db, box, { channelId: CHANNEL, kind: 'carrier.easypost', value, now: at(0) });
    await put(JSON.stringify(['from-a-file', 'and-another']));
    expect(await values()).toEqual(['from-a-file', 'and-another']);
    await put('only-one');
    expect(await values()).toEqual(['only-one']);
  });
});

describe('the door of the ingress', () => {
  test('knows the secrets of one provider, and nothing of an unknown channel', async () => {
    await add('first-secret');
    const door = await providerDoor(db, box, CHANNEL, 'easypost');
    expect(door).toMatchObject({ secrets: [{ value: 'first-secret' }] });
    expect(await providerDoor(db, box, CHANNEL, 'karrio')).toEqual({ secrets: [] });
    expect(await providerDoor(db, box, 'nowhere', 'easypost')).toBeNull();
    expect(await providerDoor(db, null, CHANNEL, 'karrio')).toEqual({ secrets: [] });
    await expect(providerDoor(db, null, CHANNEL, 'easypost')).rejects.toMatchObject({
      code: 'secret_keys_invalid',
    });
  });
});
