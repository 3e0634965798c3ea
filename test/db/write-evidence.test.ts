// What the ledger shows about the rights of a token: by the code of an answer, also for rows of an older version.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openDatabase, type Database } from '../../db/database.ts';
import { lastWriteVerdict } from '../../db/write-evidence.ts';
import { databaseFor } from '../support/servers.ts';

const MIGRATION = path.resolve(import.meta.dirname, '../../db/migrations/0012_answer_code.sql');
const AT = '2026-03-01T12:00:00.000Z';

let db: Database;
beforeAll(async () => {
  const { url } = await databaseFor(import.meta.url);
  db = openDatabase(url);
});
afterAll(() => db.close());

async function row(orderId: number, outcome: string | null): Promise<void> {
  await db.sql`
    insert into write_backs (id, store_hash, channel_id, order_id, kind, subject, n, state, body, summary, mails, outcome, sent_at, created_at, updated_at)
    values (gen_random_uuid(), 'abc123', 'shop', ${orderId}, 'set_status', 'x', 1, 'planned', '{}', 'x', 0, ${outcome}, ${AT}, ${AT}, ${AT})`;
}

test('rows of an older version get their code from their sentence', async () => {
  await db.sql`insert into channels (id, store_hash, settings, created_at, updated_at)
    values ('shop', 'abc123', '{}', ${AT}, ${AT})`;
  await db.sql`insert into channel_secrets (channel_id, kind, key_id, sealed, created_at)
    values ('shop', 'access_token', 'k1', 'x', ${AT})`;
  await row(1, 'POST /v2/orders/1/shipments answered 403: the API account lacks a scope.');
  await row(2, 'GET /v2/orders/2 answered 401: the access token is wrong.');
  await row(3, 'shipment 7 created');
  await row(4, 'The store refused it (400): POST /v2/orders answered 403: is what a shopper typed');
  await row(5, null);
  expect(await lastWriteVerdict(db, 'shop')).toBeNull();
  const [, fill = ''] = readFileSync(MIGRATION, 'utf8').split('--> statement-breakpoint');
  await db.sql.unsafe(fill);
  const rows = await db.sql<{ code: string | null }[]>`
    select answer_code as code from write_backs order by order_id`;
  expect(rows.map(({ code }) => code)).toEqual(['write:403', 'read:401', null, null, null]);
  expect(await lastWriteVerdict(db, 'shop')).toBe('refused');
});
