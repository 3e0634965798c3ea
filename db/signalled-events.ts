/**
 * Reads the events that came straight by signal into deliveries of facts for the lifecycle's own order. Signals of our
 * ingress carry an id only and are passed over; a malformed one becomes a sentence for people. Never throws for one.
 */
import { createHash } from 'node:crypto';
import { readCarrierEnvelope } from '../domain/carrier-envelope.ts';
import { instantMs } from '../domain/instants.ts';
import type { AddressedFact } from './carrier-events.ts';

/** As a signal brings it: `{ id }` from our ingress, or a whole envelope typed by a person. */
export interface SignalledEvent {
  id: string;
  [field: string]: unknown;
}

export interface SignalledDelivery {
  /** Made of the content, so that a settle that runs twice stores it once. */
  deliveryId: string;
  source: 'signal';
  body: string;
  facts: AddressedFact[];
}

export interface ReadSignals {
  deliveries: SignalledDelivery[];
  /** One sentence for each signal that could not be used. */
  refused: string[];
}

/** A person's text in a sentence for people: long enough to recognize it. */
const SHOWN_ID_MAX = 80;

export function readSignals(input: {
  channelId: string;
  orderId: number;
  events: readonly SignalledEvent[];
  now: string;
}): ReadSignals {
  const read: ReadSignals = { deliveries: [], refused: [] };
  for (const event of input.events) readSignal(event, input, read);
  return read;
}

function readSignal(
  event: unknown,
  input: { channelId: string; orderId: number; now: string },
  read: ReadSignals,
): void {
  if (typeof event !== 'object' || event === null || Array.isArray(event)) {
    read.refused.push('A signal was ignored: it is not an object with an id and a type.');
    return;
  }
  const fields = Object.keys(event);
  if (fields.every((field) => field === 'id')) return;
  const body = JSON.stringify(event);
  const named = 'orders' in event || 'orderId' in event ? event : { ...event, orderId: input.orderId };
  const bodyHash = createHash('sha256').update(body).digest('hex');
  const context = { receivedAt: input.now, bodyHash, nowMs: instantMs(input.now) };
  const envelope = readCarrierEnvelope(named, context);
  const id =
    'id' in event && typeof event.id === 'string' ? event.id.slice(0, SHOWN_ID_MAX) : 'without an id';
  if (!envelope.ok) {
    const problems = envelope.problems.map((problem) => `${problem.field}: ${problem.message}`).join('; ');
    read.refused.push(`Signal ${id} was ignored: ${problems}`);
    return;
  }
  const own = envelope.orders.filter(({ orderId }) => orderId === null || orderId === input.orderId);
  const others = envelope.orders.length - own.length;
  if (others > 0) {
    read.refused.push(
      `Signal ${id} also names ${String(others)} other order${others === 1 ? '' : 's'}: send it to the ingress ` +
        `(waybill event), or to the lifecycle of each; only order ${String(input.orderId)} was looked at.`,
    );
  }
  if (own.length === 0) return;
  const deliveryId = uuidOf(`${input.channelId}\n${String(input.orderId)}\n${body}`);
  const facts = own.map(({ fact }) => ({ orderId: input.orderId, fact }));
  read.deliveries.push({ deliveryId, source: 'signal', body, facts });
}

/** A UUID (version 8: made by our own rule) of a text. */
function uuidOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
