/**
 * The way in for what tracking providers send in their own words: reads the body, stores it with its facts in one
 * transaction, and says which lifecycles to tell. Who sent it is the caller's question, and was answered before.
 */
import { createHash } from 'node:crypto';
import { recordDelivery, type DeliveryResult } from '../db/carrier-events.ts';
import type { RecordDelivery } from './delivery-line.ts';
import type { Database } from '../db/database.ts';
import { factsOfScans } from '../domain/carriers/provider-facts.ts';
import type { CarrierProvider, ReadBody } from '../domain/carriers/provider.ts';
import type { FieldProblem } from '../domain/field-reader.ts';

export interface ProviderDelivery {
  channelId: string;
  provider: CarrierProvider;
  /** As received. */
  body: Buffer;
  /** The proof covers the body; without that its facts end nothing unless the channel trusts the sender. */
  bound: boolean;
  now: Date;
}

export type AcceptedDelivery =
  | {
      ok: true;
      delivery: DeliveryResult;
      /** Facts whose word is in no published list, or by which the provider itself says that it does not know. */
      unknown: number;
      /** Why it holds no fact: a word such as `test`, `unreadable`; null where it holds some. */
      nothing: string | null;
      /** What could not be read of a body that was kept all the same. */
      problems: FieldProblem[];
    }
  | { ok: false; isJson: boolean; problems: FieldProblem[] };

/**
 * Reads and commits one delivery (carrier-events.md). A repeat changes nothing and is accepted again. A body that cannot
 * be read is refused with its fields and not stored, except for providers that switch off an endpoint that refuses:
 * theirs is kept without a fact.
 */
export async function acceptProviderDelivery(
  db: Database,
  received: ProviderDelivery,
  record: RecordDelivery = (delivery) => recordDelivery(db, delivery),
): Promise<AcceptedDelivery> {
  const { provider, now } = received;
  const text = received.body.toString('utf8');
  const json = parse(text);
  const read: ReadBody = json.ok
    ? provider.read(json.value)
    : { ok: false, problems: [{ field: '', message: 'expected JSON' }] };
  if (!read.ok && !provider.disablesOnRefusal) {
    return { ok: false, isJson: json.ok, problems: read.problems };
  }
  const receivedAt = now.toISOString();
  const facts = factsOfScans(read.ok ? read.scans : [], {
    provider: provider.id,
    receivedAt,
    nowMs: now.getTime(),
    unproven: !received.bound,
    hash: sha256,
  });
  const delivery = await record({
    channelId: received.channelId,
    source: provider.id,
    body: text,
    facts: facts.map((fact) => ({ orderId: null, fact })),
    deliveryId: deliveryIdOf(received, read.ok ? read.deliveryId : null),
    now: receivedAt,
  });
  return {
    ok: true,
    delivery,
    unknown: facts.filter((fact) => fact.tracking?.status === 'unknown').length,
    nothing: read.ok ? read.nothing : 'unreadable',
    problems: read.ok ? [] : read.problems,
  };
}

function parse(text: string): { ok: true; value: unknown } | { ok: false } {
  try {
    return { ok: true, value: JSON.parse(text) as unknown };
  } catch {
    return { ok: false };
  }
}

function sha256(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex');
}

/**
 * A UUID (version 8: made by our own rule) of the provider's id of the delivery, or of the bytes: the same delivery sent
 * again is the same row.
 */
function deliveryIdOf(received: ProviderDelivery, ownId: string | null): string {
  const { channelId, provider, body } = received;
  const hex = sha256(
    `${channelId}\n${provider.id}\n${ownId === null ? `bytes ${sha256(body)}` : `id ${ownId}`}`,
  );
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
