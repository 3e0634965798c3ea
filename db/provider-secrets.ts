/**
 * The secrets with which upstream services prove their events: several for each service while one is being replaced,
 * each with an id, all of one service sealed together. Nothing here logs, and no answer but `readProviderSecrets` and
 * the ingress' door holds a secret.
 */
import { randomBytes } from 'node:crypto';
import type { ProviderId } from '../domain/carriers/provider-ids.ts';
import { recordAudit } from './audit.ts';
import { inTransaction, type Database, type Queries, type Tx } from './database.ts';
import { DbError } from './errors.ts';
import { dropSecret, putSecret, readSecret, type SecretBox, type SecretKind } from './secrets.ts';

/** A provider, or `events`: whoever sends our own envelope, signed by Standard Webhooks. */
export type SecretSource = ProviderId | 'events';

/** The old one, the new one, and room for a second sender of the same account. */
export const PROVIDER_SECRETS_MAX = 5;

export interface ProviderSecret {
  id: string;
  value: string;
  /** ISO with milliseconds; null for one that came with a settings file. */
  addedAt: string | null;
}

/** As in `settings/other-names.ts`. */
function kindOf(source: SecretSource): SecretKind {
  return `carrier.${source}`;
}

/** All secrets of one service, oldest first. Throws `credentials_unreadable`. */
export async function readProviderSecrets(
  db: Queries,
  box: SecretBox,
  channelId: string,
  source: SecretSource,
): Promise<ProviderSecret[]> {
  const text = await readSecret(db, box, channelId, kindOf(source));
  return text === null ? [] : parse(text);
}

/** What the ingress must know before it looks at a body; null when there is no such channel. */
export async function providerDoor(
  db: Queries,
  box: SecretBox | null,
  channelId: string,
  source: SecretSource,
): Promise<{ secrets: ProviderSecret[] } | null> {
  const kind = kindOf(source);
  const [row] = await db.sql<{ keyId: string | null; sealed: Buffer | null }[]>`
    select s.key_id as "keyId", s.sealed
    from channels c left join channel_secrets s on s.channel_id = c.id and s.kind = ${kind}
    where c.id = ${channelId} and c.removed_at is null`;
  if (row === undefined) return null;
  if (row.keyId === null || row.sealed === null) return { secrets: [] };
  if (box === null) {
    throw new DbError('secret_keys_invalid', 'Secrets are kept, but WAYBILL_SECRET_KEYS is not set.');
  }
  return { secrets: parse(box.open({ keyId: row.keyId, sealed: row.sealed }, { channelId, kind })) };
}

/**
 * Adds one secret. Refuses `channel_unknown`, one that is there already (`secret_known`) and one too many
 * (`secrets_full`). The audit tells the id, never the secret.
 */
export async function addProviderSecret(
  db: Database,
  box: SecretBox,
  input: { channelId: string; source: SecretSource; value: string; by: string; now: string },
): Promise<{ id: string; kept: number }> {
  const { channelId, source, value, by, now } = input;
  return inTransaction(db, async (tx) => {
    await lockChannel(tx, channelId);
    const secrets = await readProviderSecrets(tx, box, channelId, source);
    const same = secrets.find((secret) => secret.value === value);
    if (same !== undefined) {
      throw new DbError('secret_known', `${source} has this secret already, as ${same.id}.`, { source });
    }
    if (secrets.length >= PROVIDER_SECRETS_MAX) {
      throw new DbError(
        'secrets_full',
        `${source} has ${String(secrets.length)} secrets, and more are not kept. Remove one that is no longer used: ` +
          `waybill channel secret remove ${channelId} ${source} <id>`,
        { source },
      );
    }
    const id = randomBytes(4).toString('hex');
    await put(tx, box, { channelId, source, secrets: [...secrets, { id, value, addedAt: now }], now });
    await audit(tx, { channelId, source, id, by, now, action: 'channel.secret_added' });
    return { id, kept: secrets.length + 1 };
  });
}

/** Takes one secret away: what it signs is refused from now on. Refuses `channel_unknown` and `secret_unknown`. */
export async function removeProviderSecret(
  db: Database,
  box: SecretBox,
  input: { channelId: string; source: SecretSource; id: string; by: string; now: string },
): Promise<{ kept: number }> {
  const { channelId, source, id, by, now } = input;
  return inTransaction(db, async (tx) => {
    await lockChannel(tx, channelId);
    const secrets = await readProviderSecrets(tx, box, channelId, source);
    const left = secrets.filter((secret) => secret.id !== id);
    if (left.length === secrets.length) {
      throw new DbError(
        'secret_unknown',
        `${source} has no secret ${id}. \`waybill channel secret list ${channelId}\` shows them.`,
        { source, id },
      );
    }
    if (left.length === 0) await dropSecret(tx, channelId, kindOf(source));
    else await put(tx, box, { channelId, source, secrets: left, now });
    await audit(tx, { channelId, source, id, by, now, action: 'channel.secret_removed' });
    return { kept: left.length };
  });
}

async function put(
  tx: Tx,
  box: SecretBox,
  input: { channelId: string; source: SecretSource; secrets: ProviderSecret[]; now: string },
): Promise<void> {
  const { channelId, source, secrets, now } = input;
  await putSecret(tx, box, { channelId, kind: kindOf(source), value: JSON.stringify(secrets), now });
}

/** Two people who add at once must not lose a secret. */
async function lockChannel(tx: Tx, channelId: string): Promise<void> {
  const rows = await tx.sql`select 1 from channels where id = ${channelId} and removed_at is null for update`;
  if (rows.length === 0)
    throw new DbError('channel_unknown', `No channel is called ${channelId}.`, { channelId });
}

async function audit(
  tx: Tx,
  input: { channelId: string; source: SecretSource; id: string; by: string; now: string; action: string },
): Promise<void> {
  const { channelId, source, id, by, now, action } = input;
  await recordAudit(tx, { at: now, by, channelId, orderId: null, action, detail: { source, id } });
}

/** Our own list; plain texts and bare lists of them come with a settings file. */
function parse(text: string): ProviderSecret[] {
  let kept: unknown;
  try {
    kept = JSON.parse(text);
  } catch {
    kept = text;
  }
  const list: unknown[] = Array.isArray(kept) ? kept : [text];
  return list.flatMap((one, index): ProviderSecret[] => {
    if (typeof one === 'string') return [{ id: `file-${String(index + 1)}`, value: one, addedAt: null }];
    if (typeof one !== 'object' || one === null || !('id' in one) || !('value' in one)) return [];
    const addedAt = 'addedAt' in one && typeof one.addedAt === 'string' ? one.addedAt : null;
    return typeof one.id === 'string' && typeof one.value === 'string'
      ? [{ id: one.id, value: one.value, addedAt }]
      : [];
  });
}
