/**
 * Credentials of channels, encrypted with AES-256-GCM under a key that the database never sees. A sealed secret is
 * bound to its channel and kind, so that rows cannot be swapped. Nothing here logs, and no error shows a secret.
 */
import { asc, eq } from 'drizzle-orm';
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { Database, Queries } from './database.ts';
import { inTransaction } from './database.ts';
import { DbError } from './errors.ts';
import { channelSecrets } from './schema.ts';

/** Such as `access_token`, `client_secret`, `webhook_secret`. */
export type SecretKind = string;

export interface SecretKey {
  id: string;
  /** 32 bytes. */
  key: Buffer;
}

export interface SealedSecret {
  keyId: string;
  /** IV, ciphertext, tag. */
  sealed: Buffer;
}

/** Seals with the first key, opens with the one that sealed. */
export interface SecretBox {
  readonly activeKeyId: string;
  readonly keyIds: readonly string[];
  seal(secret: string, place: { channelId: string; kind: SecretKind }): SealedSecret;
  /** Throws `credentials_unreadable` for an unknown key, a wrong key, another place or damaged bytes. */
  open(sealed: SealedSecret, place: { channelId: string; kind: SecretKind }): string;
}

const CIPHER = 'aes-256-gcm';
const KEY_BYTES = 32;
/** 96 bits, random each time: what GCM is made for. */
const IV_BYTES = 12;
const TAG_BYTES = 16;

/**
 * A box over the configured keys; the first seals, all of them open. Throws `secret_keys_invalid` for none, for one
 * that is not 32 bytes long, and for two with one id.
 */
export function createSecretBox(keys: readonly SecretKey[]): SecretBox {
  const [active] = keys;
  if (active === undefined) {
    throw new DbError(
      'secret_keys_invalid',
      'No key for secrets is configured. Set WAYBILL_SECRET_KEYS to id:base64.',
    );
  }
  const byId = new Map<string, Buffer>();
  for (const { id, key } of keys) {
    if (key.length !== KEY_BYTES) {
      throw new DbError(
        'secret_keys_invalid',
        `Secret key ${id} has ${String(key.length)} bytes instead of ${String(KEY_BYTES)}. Make one with: openssl rand -base64 32`,
        { keyId: id },
      );
    }
    if (byId.has(id)) {
      throw new DbError(
        'secret_keys_invalid',
        `Two secret keys have the id ${id}. Give each an id of its own.`,
        { keyId: id },
      );
    }
    byId.set(id, key);
  }
  return {
    activeKeyId: active.id,
    keyIds: [...byId.keys()],
    seal: (secret, place) => {
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv(CIPHER, active.key, iv, { authTagLength: TAG_BYTES });
      cipher.setAAD(boundTo(place));
      const sealed = Buffer.concat([iv, cipher.update(secret, 'utf8'), cipher.final(), cipher.getAuthTag()]);
      return { keyId: active.id, sealed };
    },
    open: ({ keyId, sealed }, place) => {
      const key = byId.get(keyId);
      if (key === undefined)
        throw unreadable(
          place,
          keyId,
          `its key is not among the configured ones (${[...byId.keys()].join(', ')})`,
        );
      if (sealed.length < IV_BYTES + TAG_BYTES) throw unreadable(place, keyId, 'its bytes are damaged');
      try {
        const decipher = createDecipheriv(CIPHER, key, sealed.subarray(0, IV_BYTES), {
          authTagLength: TAG_BYTES,
        });
        decipher.setAAD(boundTo(place));
        decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
        return Buffer.concat([
          decipher.update(sealed.subarray(IV_BYTES, -TAG_BYTES)),
          decipher.final(),
        ]).toString('utf8');
      } catch {
        // The cipher's own error says nothing that helps, and is left out on purpose.
        throw unreadable(place, keyId, 'the configured key of that id is not the one that sealed it');
      }
    },
  };
}

/** Seals and stores a secret, in place of an earlier one. May be repeated. */
export async function putSecret(
  tx: Queries,
  box: SecretBox,
  secret: { channelId: string; kind: SecretKind; value: string; now: string },
): Promise<void> {
  const { keyId, sealed } = box.seal(secret.value, secret);
  await tx.orm
    .insert(channelSecrets)
    .values({ channelId: secret.channelId, kind: secret.kind, keyId, sealed, createdAt: secret.now })
    .onConflictDoUpdate({
      target: [channelSecrets.channelId, channelSecrets.kind],
      set: { keyId, sealed, createdAt: secret.now },
    });
}

/** The secret, or null where none is stored. Throws `credentials_unreadable`. */
export async function readSecret(
  db: Queries,
  box: SecretBox,
  channelId: string,
  kind: SecretKind,
): Promise<string | null> {
  const [row] = await db.sql<{ keyId: string; sealed: Buffer }[]>`
    select key_id as "keyId", sealed from channel_secrets where channel_id = ${channelId} and kind = ${kind}`;
  return row === undefined ? null : box.open(row, { channelId, kind });
}

/** Which secrets a channel has, never their content. */
export async function listSecrets(
  db: Queries,
  channelId: string,
): Promise<{ kind: SecretKind; keyId: string; createdAt: string }[]> {
  const { kind, keyId, createdAt } = channelSecrets;
  return db.orm
    .select({ kind, keyId, createdAt })
    .from(channelSecrets)
    .where(eq(channelSecrets.channelId, channelId))
    .orderBy(asc(kind));
}

/** The secrets of all channels, never their content. */
export async function listAllSecrets(
  db: Queries,
): Promise<{ channelId: string; kind: SecretKind; keyId: string; createdAt: string }[]> {
  const { channelId, kind, keyId, createdAt } = channelSecrets;
  return db.orm
    .select({ channelId, kind, keyId, createdAt })
    .from(channelSecrets)
    .orderBy(asc(channelId), asc(kind));
}

/** Forgets one secret. May be repeated. */
export async function dropSecret(tx: Queries, channelId: string, kind: SecretKind): Promise<void> {
  await tx.sql`delete from channel_secrets where channel_id = ${channelId} and kind = ${kind}`;
}

/**
 * Seals every secret that another key sealed anew with the active one, one transaction for all, so that old keys can
 * be taken out of the configuration. Throws `credentials_unreadable` and changes nothing if one cannot be opened. May
 * be repeated.
 */
export async function resealSecrets(db: Database, box: SecretBox): Promise<{ resealed: number }> {
  return inTransaction(db, async (tx) => {
    const rows = await tx.sql<{ channelId: string; kind: string; keyId: string; sealed: Buffer }[]>`
      select channel_id as "channelId", kind, key_id as "keyId", sealed from channel_secrets
      where key_id <> ${box.activeKeyId} order by channel_id, kind for update`;
    for (const row of rows) {
      const { keyId, sealed } = box.seal(box.open(row, row), row);
      await tx.sql`update channel_secrets set key_id = ${keyId}, sealed = ${sealed}
        where channel_id = ${row.channelId} and kind = ${row.kind}`;
    }
    return { resealed: rows.length };
  });
}

function boundTo(place: { channelId: string; kind: SecretKind }): Buffer {
  return Buffer.from(`${place.channelId}:${place.kind}`, 'utf8');
}

function unreadable(place: { channelId: string; kind: SecretKind }, keyId: string, why: string): DbError {
  return new DbError(
    'credentials_unreadable',
    `The ${place.kind} of channel ${place.channelId} was sealed with key ${keyId} and cannot be read: ${why}. ` +
      `Put the key back into WAYBILL_SECRET_KEYS, or store the credential again with: waybill channel rotate ${place.channelId}`,
    { channelId: place.channelId, kind: place.kind, keyId },
  );
}
