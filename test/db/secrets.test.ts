// Credentials: nothing readable in the database, nothing readable without the key, nothing readable in an error.
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Database } from '../../db/database.ts';
import {
  createSecretBox,
  dropSecret,
  listSecrets,
  putSecret,
  readSecret,
  resealSecrets,
} from '../../db/secrets.ts';
import { addTestChannel, at, CHANNEL, openTestDatabase } from './order-life.ts';

const TOKEN = 'tok_very_secret_ünïcode';
const KIND = 'access_token';
const oldKey = { id: 'k1', key: randomBytes(32) };
const newKey = { id: 'k2', key: randomBytes(32) };
const box = createSecretBox([oldKey]);
let db: Database;

beforeAll(async () => {
  db = await openTestDatabase(import.meta.url);
  await addTestChannel(db);
  await addTestChannel(db, { id: 'other', storeHash: 'other' });
});
afterAll(() => db.close());
beforeEach(() => db.sql`delete from channel_secrets`);

const put = (value: string, channelId = CHANNEL, kind = KIND, now = at(0)) =>
  putSecret(db, box, { channelId, kind, value, now });

describe('a stored secret', () => {
  it('comes back whole and is not in the database', async () => {
    await put(TOKEN);

    expect(await readSecret(db, box, CHANNEL, KIND)).toBe(TOKEN);
    const [row] = await db.sql<{ sealed: Buffer }[]>`select sealed from channel_secrets`;
    expect(row?.sealed.includes(Buffer.from('secret'))).toBe(false);
    expect(row?.sealed).toHaveLength(12 + Buffer.byteLength(TOKEN) + 16);
  });

  it('takes the place of the one before it', async () => {
    await put('first');
    await put('second', CHANNEL, KIND, at(5));

    expect(await readSecret(db, box, CHANNEL, KIND)).toBe('second');
    expect(await listSecrets(db, CHANNEL)).toEqual([{ kind: KIND, keyId: 'k1', createdAt: at(5) }]);
  });

  it('is sealed differently each time', () => {
    const place = { channelId: CHANNEL, kind: KIND };
    expect(box.seal('same', place).sealed.equals(box.seal('same', place).sealed)).toBe(false);
  });

  it('is null where none is stored, or none any more', async () => {
    expect(await readSecret(db, box, CHANNEL, KIND)).toBeNull();
    await put('x');
    await dropSecret(db, CHANNEL, KIND);
    expect(await readSecret(db, box, CHANNEL, KIND)).toBeNull();
  });
});

describe('a secret that cannot be read', () => {
  it('is refused under another key of the same id, naming channel and key and no content', async () => {
    await put(TOKEN);
    const wrong = createSecretBox([{ id: 'k1', key: randomBytes(32) }]);

    const error = await readSecret(db, wrong, CHANNEL, KIND).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'credentials_unreadable',
      fields: { channelId: CHANNEL, kind: KIND, keyId: 'k1' },
    });
    const told = JSON.stringify([error, String(error), (error as Error).stack]);
    expect(told).not.toContain(TOKEN);
    expect(told).not.toContain(oldKey.key.toString('base64'));
  });

  it('is refused without its key, naming the keys that are there', async () => {
    await put(TOKEN);
    await expect(readSecret(db, createSecretBox([newKey]), CHANNEL, KIND)).rejects.toMatchObject({
      code: 'credentials_unreadable',
      message: expect.stringContaining('k2') as string,
    });
  });

  it('is refused when its bytes were moved to another channel or kind, changed or cut', async () => {
    await put(TOKEN);
    const [row] = await db.sql<{ sealed: Buffer }[]>`select sealed from channel_secrets`;
    const sealed = row?.sealed ?? Buffer.alloc(0);
    const place = { channelId: CHANNEL, kind: KIND };
    const flipped = Buffer.from(sealed);
    flipped[20] = (flipped[20] ?? 0) ^ 1;

    for (const [bytes, where] of [
      [sealed, { ...place, channelId: 'other' }],
      [sealed, { ...place, kind: 'client_secret' }],
      [flipped, place],
      [sealed.subarray(0, 10), place],
    ] as const) {
      expect(() => box.open({ keyId: 'k1', sealed: bytes }, where)).toThrow(
        expect.objectContaining({ code: 'credentials_unreadable' }),
      );
    }
  });
});

describe('keys', () => {
  it('can be rotated: the first seals, all open, and resealing lets the old one go', async () => {
    await put('a');
    await put('b', 'other');
    const both = createSecretBox([newKey, oldKey]);
    expect(await readSecret(db, both, CHANNEL, KIND)).toBe('a');

    expect(await resealSecrets(db, both)).toEqual({ resealed: 2 });
    expect(await resealSecrets(db, both)).toEqual({ resealed: 0 });
    expect(await readSecret(db, createSecretBox([newKey]), 'other', KIND)).toBe('b');
  });

  it('that are missing stop a resealing before anything is changed', async () => {
    await put('a');
    await put('b', 'other');
    await expect(resealSecrets(db, createSecretBox([newKey]))).rejects.toMatchObject({
      code: 'credentials_unreadable',
    });
    expect(await readSecret(db, box, CHANNEL, KIND)).toBe('a');
  });

  it.each([
    ['none', []],
    ['a short one', [{ id: 'k', key: randomBytes(16) }]],
    ['two of one id', [oldKey, { ...newKey, id: 'k1' }]],
  ])('are refused: %s', (_name, keys) => {
    expect(() => createSecretBox(keys)).toThrow(expect.objectContaining({ code: 'secret_keys_invalid' }));
  });
});
