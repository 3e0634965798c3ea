/**
 * What is known of a channel's webhooks: which are in place, since when, and which deliveries were taken in. A delivery
 * leaves a hint in the transaction that remembers it, so a repeat changes nothing and a crash between loses nothing.
 */
import { asc, eq } from 'drizzle-orm';
import { randomBytes } from 'node:crypto';
import type { Database, Queries } from './database.ts';
import { inTransaction } from './database.ts';
import { leaveHint } from './hints.ts';
import { webhooks } from './schema.ts';
import { putSecret, readSecret, type SecretBox } from './secrets.ts';

export interface WebhookRow {
  channelId: string;
  scope: string;
  webhookId: number | null;
  destination: string;
  registeredAt: string | null;
  seenActiveAt: string | null;
  repaired: number;
  trouble: string | null;
}

/** What a look at the store found, or made. */
export interface WebhookFinding {
  scope: string;
  /** Null where it could not be put in place. */
  webhookId: number | null;
  /** It had to be made again or switched on although it had been in place before. */
  repaired: boolean;
  /** Something of it may have been missed: until that is read, it does not count as seen. */
  missed: boolean;
  /** Why it is not in place; null while it is. */
  trouble: string | null;
}

const SECRET_KIND = 'webhook_secret';
/** While a new secret is being told to the store, deliveries may carry either. */
const NEXT_SECRET_KIND = 'webhook_secret_next';
/** 256 random bits. */
const SECRET_BYTES = 32;
/** The store repeats a delivery for about 48 hours (bigcommerce-api.md section 9); a day more is kept. */
const DELIVERIES_KEPT_MS = 3 * 86_400_000;

/** By scope. */
export function listWebhooks(db: Queries, channelId: string): Promise<WebhookRow[]> {
  return db.orm.select().from(webhooks).where(eq(webhooks.channelId, channelId)).orderBy(asc(webhooks.scope));
}

/** Replaces what was known by what was found. May be repeated. */
export async function recordWebhooks(
  db: Database,
  look: { channelId: string; destination: string; found: readonly WebhookFinding[]; now: string },
): Promise<void> {
  const { channelId, destination, found, now } = look;
  await inTransaction(db, async (tx) => {
    await tx.sql`
      delete from webhooks where channel_id = ${channelId} and scope <> all(${found.map(({ scope }) => scope)}::text[])`;
    for (const { scope, webhookId, repaired, missed, trouble } of found) {
      const placed = trouble === null ? now : null;
      const seen = missed ? null : placed;
      await tx.sql`
        insert into webhooks (channel_id, scope, webhook_id, destination, registered_at, seen_active_at, trouble)
        values (${channelId}, ${scope}, ${webhookId}, ${destination}, ${placed}::timestamptz, ${seen}::timestamptz, ${trouble})
        on conflict (channel_id, scope) do update set
          webhook_id = excluded.webhook_id,
          destination = excluded.destination,
          registered_at = case when webhooks.webhook_id is distinct from excluded.webhook_id
                               then excluded.registered_at else webhooks.registered_at end,
          seen_active_at = coalesce(excluded.seen_active_at, webhooks.seen_active_at),
          repaired = webhooks.repaired + ${repaired && trouble === null ? 1 : 0},
          trouble = excluded.trouble`;
    }
  });
}

/** What was missed up to `upTo` is being read: the webhooks that are in place count as seen then. May be repeated. */
export async function webhooksCaughtUp(
  db: Queries,
  { channelId, upTo }: { channelId: string; upTo: string },
): Promise<void> {
  await db.sql`
    update webhooks set seen_active_at = greatest(coalesce(seen_active_at, ${upTo}::timestamptz), ${upTo}::timestamptz)
    where channel_id = ${channelId} and trouble is null`;
}

/** The secret that the channel's webhooks carry; made at the first time. May be repeated. */
export async function ensureWebhookSecret(
  db: Database,
  box: SecretBox,
  { channelId, now }: { channelId: string; now: string },
): Promise<string> {
  return inTransaction(db, async (tx) => {
    await lockSecrets(tx, channelId);
    // A change that was begun is carried on: whoever made it may have told the store already.
    const next = await readSecret(tx, box, channelId, NEXT_SECRET_KIND);
    const known = next ?? (await readSecret(tx, box, channelId, SECRET_KIND));
    if (known !== null) return known;
    const value = newSecret();
    await putSecret(tx, box, { channelId, kind: SECRET_KIND, value, now });
    return value;
  });
}

/** Begins a change: from now on deliveries may carry the old or the new one, and the next look tells the store. */
export async function beginSecretChange(
  db: Database,
  box: SecretBox,
  { channelId, now }: { channelId: string; now: string },
): Promise<void> {
  await inTransaction(db, async (tx) => {
    await lockSecrets(tx, channelId);
    if ((await readSecret(tx, box, channelId, NEXT_SECRET_KIND)) !== null) return;
    await putSecret(tx, box, { channelId, kind: NEXT_SECRET_KIND, value: newSecret(), now });
  });
}

/** Ends a change once every webhook carries `secret`: the old one is refused from now on. May be repeated. */
export async function endSecretChange(
  db: Database,
  box: SecretBox,
  { channelId, secret, now }: { channelId: string; secret: string; now: string },
): Promise<void> {
  await inTransaction(db, async (tx) => {
    await lockSecrets(tx, channelId);
    if ((await readSecret(tx, box, channelId, NEXT_SECRET_KIND)) !== secret) return;
    await putSecret(tx, box, { channelId, kind: SECRET_KIND, value: secret, now });
    await tx.sql`delete from channel_secrets where channel_id = ${channelId} and kind = ${NEXT_SECRET_KIND}`;
  });
}

/** Every secret that a delivery may carry now; none before the first registration. */
export async function acceptedWebhookSecrets(
  db: Queries,
  box: SecretBox,
  channelId: string,
): Promise<string[]> {
  const secrets = await Promise.all(
    [SECRET_KIND, NEXT_SECRET_KIND].map((kind) => readSecret(db, box, channelId, kind)),
  );
  return secrets.filter((secret) => secret !== null);
}

/**
 * Takes a delivery in: remembers it and leaves a hint for its order, or finds that it is a repeat and changes nothing.
 * Committed when this returns.
 */
export async function takeWebhookDelivery(
  db: Database,
  delivery: { channelId: string; key: string; orderId: number | null; dueAt: string; now: string },
): Promise<'taken' | 'repeat'> {
  const { channelId, key, orderId, dueAt, now } = delivery;
  return inTransaction(db, async (tx) => {
    const fresh = await tx.sql`
      insert into webhook_deliveries (channel_id, key, received_at)
      values (${channelId}, ${key}, ${now}::timestamptz)
      on conflict do nothing returning key`;
    if (fresh.length === 0) return 'repeat';
    if (orderId !== null) await leaveHint(tx, { channelId, orderId, reason: 'webhook', dueAt, now });
    return 'taken';
  });
}

/** Forgets deliveries that the store no longer repeats. Answers how many. */
export async function purgeWebhookDeliveries(db: Queries, now: string): Promise<number> {
  const before = new Date(Date.parse(now) - DELIVERIES_KEPT_MS).toISOString();
  const { count } = await db.sql`delete from webhook_deliveries where received_at < ${before}::timestamptz`;
  return count;
}

function newSecret(): string {
  return randomBytes(SECRET_BYTES).toString('base64url');
}

/** Two programs must not both make the first secret, or one promote what the other has just replaced. */
async function lockSecrets(tx: Queries, channelId: string): Promise<void> {
  await tx.sql`select 1 from channels where id = ${channelId} for update`;
}
