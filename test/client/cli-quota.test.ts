// `waybill quota` on a real database: the table, the JSON document, and the refusal of a channel that there is not.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openDatabase, type Database } from '../../db/database.ts';
import { setCeiling, takeQuota } from '../../db/quota.ts';
import { addTestChannel, CHANNEL } from '../db/order-life.ts';
import { databaseFor } from '../support/servers.ts';
import { waybillHere, type CommandResult } from './run-waybill.ts';

let url = '';
let db: Database;
let storeHash = '';
beforeAll(async () => {
  ({ url } = await databaseFor(import.meta.url));
  db = openDatabase(url);
});
afterAll(() => db.close());

const run = (words: string[]): Promise<CommandResult> =>
  waybillHere(words, {
    env: { WAYBILL_DATABASE_URL: url, WAYBILL_SECRET_KEYS: `k1:${Buffer.alloc(32, 7).toString('base64')}` },
    stdin: '',
  });

describe('waybill quota', () => {
  test('says so while there is no store', async () => {
    const result = await run(['quota']);
    expect(result.code).toBe(0);
    expect(result.stdout).toContain('No store has a quota yet');
  });

  test('shows each store with its use, and one channel’s store alone', async () => {
    await addTestChannel(db);
    const [row] = await db.sql<
      { hash: string }[]
    >`select store_hash as hash from channels where id = ${CHANNEL}`;
    storeHash = row?.hash ?? '';
    await addTestChannel(db, { id: 'other', storeHash: 'otherstore' });
    await setCeiling(db, { storeHash, limit: 100, windowMs: 30_000 });
    await setCeiling(db, { storeHash: 'otherstore', limit: 10, windowMs: 30_000 });
    await takeQuota(db, { storeHash, calls: 3, purpose: 'operator' });

    const all = await run(['quota', '--json']);
    expect(all.json()['quotas']).toMatchObject([
      { storeHash, used: { operator: 3 } },
      { storeHash: 'otherstore' },
    ]);
    const one = await run(['quota', CHANNEL, '--json']);
    expect(one.json()['quotas']).toMatchObject([
      { storeHash, limit: 100, effectiveLimit: 100, reason: 'setting' },
    ]);

    const shown = (await run(['quota', CHANNEL])).stdout;
    expect(shown).toContain('100 per 30 s');
    expect(shown).toContain('throttle.limit');
    expect(shown).not.toContain('otherstore');
  });

  test('refuses a channel that there is not', async () => {
    const result = await run(['quota', 'nobody', '--json']);
    expect(result.json()['error']).toMatchObject({ code: 'not_found' });
    expect(result.code).not.toBe(0);
  });
});
