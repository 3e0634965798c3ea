/**
 * Keys of the operator API and the event ingress: 256 random bits, shown once, kept as a hash. A key is
 * `wb_{id}_{secret}`; its id may be shown and logged, its secret part never.
 */
import { asc, eq } from 'drizzle-orm';
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Database, Queries } from './database.ts';
import { inTransaction } from './database.ts';
import { recordAudit } from './audit.ts';
import { DbError } from './errors.ts';
import { apiKeys } from './schema.ts';

const ID_BYTES = 8;
const SECRET_BYTES = 32;
/** Hex id, base64url secret: 32 bytes are 43 characters. */
const KEY_PATTERN = /^wb_([0-9a-f]{16})_([A-Za-z0-9_-]{43})$/;
/** Compared against where the id is unknown, so that both refusals take the same time. */
const NOBODY = Buffer.alloc(32);

export interface ApiKey {
  id: string;
  name: string;
  /** Null: every channel. */
  channelId: string | null;
  createdAt: string;
  revokedAt: string | null;
}

/** Who a valid key stands for. */
export interface ApiKeyHolder {
  id: string;
  name: string;
  channelId: string | null;
}

/** Makes a key. `key` is told only here and cannot be read again. Repeating makes another key. */
export async function createApiKey(
  db: Database,
  input: { name: string; channelId: string | null; by: string; now: string },
): Promise<{ id: string; key: string }> {
  const id = randomBytes(ID_BYTES).toString('hex');
  const secret = randomBytes(SECRET_BYTES).toString('base64url');
  const { name, channelId, by, now } = input;
  await inTransaction(db, async (tx) => {
    await tx.orm.insert(apiKeys).values({ id, name, channelId, secretHash: hashOf(secret), createdAt: now });
    await recordAudit(tx, {
      at: now,
      by,
      channelId,
      orderId: null,
      action: 'key.create',
      detail: { id, name },
    });
  });
  return { id, key: `wb_${id}_${secret}` };
}

/** The holder of a key as it was sent, or null for anything malformed, unknown, wrong or revoked. */
export async function verifyApiKey(db: Queries, text: string): Promise<ApiKeyHolder | null> {
  const [, id, secret] = KEY_PATTERN.exec(text) ?? [];
  if (id === undefined || secret === undefined) return null;
  // By hand, so that it is prepared once: it stands before every delivery.
  const [row] = await db.sql<(ApiKeyHolder & { secretHash: Buffer })[]>`
    select id, name, channel_id as "channelId", secret_hash as "secretHash" from api_keys
    where id = ${id} and revoked_at is null`;
  const same = timingSafeEqual(hashOf(secret), row?.secretHash ?? NOBODY);
  return row !== undefined && same ? { id: row.id, name: row.name, channelId: row.channelId } : null;
}

/** All keys, revoked ones included, oldest first; never their secrets. */
export async function listApiKeys(db: Queries): Promise<ApiKey[]> {
  const { id, name, channelId, createdAt, revokedAt } = apiKeys;
  return db.orm
    .select({ id, name, channelId, createdAt, revokedAt })
    .from(apiKeys)
    .orderBy(asc(createdAt), asc(id));
}

/** Ends a key at once; a second time changes nothing. Refuses `api_key_unknown`. */
export async function revokeApiKey(
  db: Database,
  input: { id: string; by: string; now: string },
): Promise<void> {
  await inTransaction(db, async (tx) => {
    const [row] = await tx.orm.select().from(apiKeys).where(eq(apiKeys.id, input.id)).for('update');
    if (row === undefined) {
      throw new DbError('api_key_unknown', `There is no API key ${input.id}. See: waybill keys list`, {
        id: input.id,
      });
    }
    if (row.revokedAt !== null) return;
    await tx.orm.update(apiKeys).set({ revokedAt: input.now }).where(eq(apiKeys.id, input.id));
    await recordAudit(tx, {
      at: input.now,
      by: input.by,
      channelId: row.channelId,
      orderId: null,
      action: 'key.revoke',
      detail: { id: row.id, name: row.name },
    });
  });
}

function hashOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}
