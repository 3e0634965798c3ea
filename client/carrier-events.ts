/**
 * The one way in for carrier events, shared by HTTP and CLI: reads the envelope, stores it in one transaction, and says
 * which lifecycles to tell. It starts nothing itself and never waits for Temporal.
 */
import { createHash, randomUUID } from 'node:crypto';
import { recordDelivery, type DeliveryResult } from '../db/carrier-events.ts';
import type { RecordDelivery } from './delivery-line.ts';
import type { Database } from '../db/database.ts';
import { readCarrierEnvelope } from '../domain/carrier-envelope.ts';
import { envelopeProvider, type EnvelopeProvider } from '../domain/carriers/envelope-words.ts';

export interface FieldProblem {
  /** Dotted path in the body, such as `orders[0].lines[1].quantity`. */
  field: string;
  message: string;
}

export type AcceptedEvent =
  | {
      ok: true;
      eventId: string;
      orderIds: (number | null)[];
      /** Set where its word is in no published list; with the service whose word it is, if its words are known here. */
      unknown: { provider: EnvelopeProvider | null } | null;
      delivery: DeliveryResult;
    }
  | { ok: false; problems: FieldProblem[] };

export interface ReceivedEvent {
  channelId: string;
  /** Where it came from: 'http' or 'cli'. */
  source: 'http' | 'cli';
  /** Exactly as received; kept for audit, and hashed where the sender gave no id. */
  body: string;
  /** The same, parsed. */
  json: unknown;
  /** The sender's id of the message where its body gives none: what keeps its repeats apart from others. */
  messageId?: string;
  now: Date;
}

/**
 * Reads and commits one envelope (design section 5). A repeat is stored once and accepted again. The channel must
 * exist; that is the caller's question. Nothing is stored when there are problems. `record` commits it, by default alone.
 */
export async function acceptCarrierEvent(
  db: Database,
  received: ReceivedEvent,
  record: RecordDelivery = (delivery) => recordDelivery(db, delivery),
): Promise<AcceptedEvent> {
  const receivedAt = received.now.toISOString();
  const read = readCarrierEnvelope(received.json, {
    receivedAt,
    bodyHash: received.messageId ?? createHash('sha256').update(received.body).digest('hex'),
    nowMs: received.now.getTime(),
  });
  if (!read.ok) return { ok: false, problems: read.problems };
  const delivery = await record({
    channelId: received.channelId,
    source: received.source,
    body: received.body,
    facts: read.orders,
    deliveryId: randomUUID(),
    now: receivedAt,
  });
  const tracking = read.orders[0]?.fact.tracking ?? null;
  return {
    ok: true,
    eventId: read.eventId,
    orderIds: read.orders.map((order) => order.orderId),
    unknown: tracking?.status === 'unknown' ? { provider: envelopeProvider(tracking.provider) } : null,
    delivery,
  };
}
