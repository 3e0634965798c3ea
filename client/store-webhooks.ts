/**
 * The one way in for a store's webhooks: is it really from the channel's store, which order does it speak of, and one
 * transaction that leaves a hint. It believes nothing else that a delivery says, starts nothing, and waits for nobody.
 */
import { createHash } from 'node:crypto';
import type { Channel } from '../db/channels.ts';
import type { Database } from '../db/database.ts';
import { countRefusal } from '../db/delivery-refusals.ts';
import { readSecret, type SecretBox } from '../db/secrets.ts';
import { acceptedWebhookSecrets, takeWebhookDelivery } from '../db/webhooks.ts';
import { readStoreWebhook, WEBHOOK_SECRET_HEADER } from '../domain/store-webhook.ts';
import { equalText } from './http/signatures/equal.ts';
import type { SignedDelivery } from './http/signatures/verdict.ts';
import { verifyStandardWebhook, WEBHOOK_SIGNATURE } from './http/signatures/standard-webhooks.ts';

/**
 * Events of one order come in bursts, several for one change: it is read once, this long after the first of them
 * (bigcommerce-api.md section 9, Traps).
 */
export const HINT_SETTLES_MS = 2_000;
/**
 * The store repeats a delivery for about 48 hours, and whether its time is then renewed is not known: up to here an
 * old one is a repeat like any other, which is known by its id and changes nothing.
 */
const SIGNATURE_AGE_MAX_SECONDS = 50 * 3_600;
/** Names this source among refused deliveries. */
const SOURCE = 'store';

/** Why a delivery is not believed or not understood; counted by channel, never told to the sender in detail. */
export type WebhookRefusal =
  | 'not_registered'
  | 'secret'
  | 'header_twice'
  | 'signature'
  | 'expired'
  | 'no_secret'
  | 'unsigned'
  | 'shape'
  | 'other_store';

export type ReceivedWebhook =
  /** `ignored`: taken in, but of no order. */
  | { ok: true; outcome: 'taken' | 'repeat' | 'ignored'; orderId: number | null }
  | { ok: false; kind: 'unproven' | 'unreadable'; reason: WebhookRefusal; message: string };

export interface WebhookDelivery extends SignedDelivery {
  channel: Pick<Channel, 'id' | 'storeHash'>;
  json: unknown;
  now: Date;
}

/**
 * Takes one delivery in. It must carry the secret that this channel's webhooks were registered with; a signature that
 * is there must be right as well, where the client secret is known. A repeat is accepted and changes nothing.
 */
export async function receiveStoreWebhook(
  deps: { db: Database; secrets: SecretBox },
  delivery: WebhookDelivery,
): Promise<ReceivedWebhook> {
  const { db } = deps;
  const { channel, body, now } = delivery;
  const proof = await prove(deps, delivery);
  if (!proof.ok)
    return refused(db, delivery, 'unproven', proof.reason, 'The delivery is not from our store.');
  const read = readStoreWebhook(delivery.json, { storeHash: channel.storeHash });
  if (!read.ok) return refused(db, delivery, 'unreadable', read.why, read.message);
  const outcome = await takeWebhookDelivery(db, {
    channelId: channel.id,
    key: proof.messageId ?? createHash('sha256').update(body).digest('hex'),
    orderId: read.orderId,
    dueAt: new Date(now.getTime() + HINT_SETTLES_MS).toISOString(),
    now: now.toISOString(),
  });
  const { orderId } = read;
  return { ok: true, outcome: outcome === 'taken' && orderId === null ? 'ignored' : outcome, orderId };
}

async function prove(
  { db, secrets }: { db: Database; secrets: SecretBox },
  delivery: WebhookDelivery,
): Promise<{ ok: true; messageId: string | null } | { ok: false; reason: WebhookRefusal }> {
  const { channel, now } = delivery;
  const [accepted, clientSecret] = await Promise.all([
    acceptedWebhookSecrets(db, secrets, channel.id),
    readSecret(db, secrets, channel.id, 'client_secret'),
  ]);
  if (accepted.length === 0) return { ok: false, reason: 'not_registered' };
  const given = delivery.header(WEBHOOK_SECRET_HEADER);
  if (given.length > 1) return { ok: false, reason: 'header_twice' };
  const [secret = ''] = given;
  // Every one is compared, so that the time tells nothing of which one it was.
  if (accepted.map((one) => equalText(secret, one)).every((equal) => !equal))
    return { ok: false, reason: 'secret' };
  if (clientSecret === null || delivery.header(WEBHOOK_SIGNATURE).length === 0)
    return { ok: true, messageId: null };
  const key = Buffer.from(clientSecret, 'utf8').toString('base64');
  const { verdict, messageId } = verifyStandardWebhook(
    delivery,
    [key],
    now.getTime(),
    SIGNATURE_AGE_MAX_SECONDS,
  );
  return verdict.ok ? { ok: true, messageId } : { ok: false, reason: verdict.reason };
}

async function refused(
  db: Database,
  { channel, now }: WebhookDelivery,
  kind: 'unproven' | 'unreadable',
  reason: WebhookRefusal,
  message: string,
): Promise<ReceivedWebhook> {
  await countRefusal(db, { channelId: channel.id, source: SOURCE, reason, now: now.toISOString() });
  return { ok: false, kind, reason, message };
}
