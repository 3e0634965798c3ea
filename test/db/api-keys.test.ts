// API keys: shown once, kept as a hash, refused for every reason there is.
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { createApiKey, listApiKeys, revokeApiKey, verifyApiKey } from '../../db/api-keys.ts';
import { listAudit } from '../../db/audit.ts';
import type { Database } from '../../db/database.ts';
import { at, CHANNEL, openTestDatabase } from './order-life.ts';

let db: Database;

beforeAll(async () => {
  db = await openTestDatabase(import.meta.url);
});
afterAll(() => db.close());
beforeEach(async () => {
  await db.sql`delete from api_keys`;
  await db.sql`delete from audit`;
});

const create = (name: string, channelId: string | null = null, now = at(0)) =>
  createApiKey(db, { name, channelId, by: 'ada', now });

it('a key opens what it was made for, and its secret is kept nowhere', async () => {
  const everything = await create('labels');
  const one = await create('one channel', CHANNEL);

  expect(everything.key).toMatch(/^wb_[0-9a-f]{16}_[\w-]{43}$/);
  expect(await verifyApiKey(db, everything.key)).toEqual({
    id: everything.id,
    name: 'labels',
    channelId: null,
  });
  expect(await verifyApiKey(db, one.key)).toMatchObject({ channelId: CHANNEL });
  const stored = JSON.stringify([await db.sql`select * from api_keys`, await listAudit(db)]);
  const secret = everything.key.split('_').slice(2).join('_');
  expect(stored).not.toContain(secret);
  expect(stored).not.toContain(Buffer.from(secret).toString('hex'));
});

it('a key with another secret, another id or another shape opens nothing', async () => {
  const [mine, other] = [await create('mine'), await create('other')];
  const secretOf = (key: string) => key.slice(`wb_${mine.id}_`.length);
  const wrong = [
    `wb_${mine.id}_${secretOf(other.key)}`,
    `wb_${'0'.repeat(16)}_${secretOf(mine.key)}`,
    `${mine.key}x`,
    mine.key.slice(0, -1),
    mine.key.toUpperCase(),
    ` ${mine.key}`,
    '',
    'wb__',
    "wb_'; drop table api_keys; --",
  ];
  for (const text of wrong) expect(await verifyApiKey(db, text)).toBeNull();
});

it('a revoked key opens nothing any more, and a second word changes nothing', async () => {
  const { id, key } = await create('short-lived');
  await revokeApiKey(db, { id, by: 'bob', now: at(1) });
  await revokeApiKey(db, { id, by: 'bob', now: at(2) });

  expect(await verifyApiKey(db, key)).toBeNull();
  expect(await listApiKeys(db)).toEqual([
    { id, name: 'short-lived', channelId: null, createdAt: at(0), revokedAt: at(1) },
  ]);
  expect((await listAudit(db)).map((row) => [row.action, row.by])).toEqual([
    ['key.revoke', 'bob'],
    ['key.create', 'ada'],
  ]);
  await expect(revokeApiKey(db, { id: 'nobody', by: 'bob', now: at(3) })).rejects.toMatchObject({
    code: 'api_key_unknown',
  });
});
