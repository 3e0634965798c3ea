/**
 * Reads our own envelope of a carrier event (design section 5): the same for HTTP, the command line and a signal that
 * a person types. It promises a problem per bad field with what is allowed; it must not look at stored orders.
 */
import {
  CARRIER_EVENT_TYPES,
  TRACKING_STATUSES,
  type CarrierEventType,
  type CarrierFact,
  type LineQuantity,
} from './carrier-event.ts';
import {
  ENVELOPE_LINES_MAX,
  ENVELOPE_ORDERS_MAX,
  EVENT_ID_LENGTH_MAX,
  TRACKING_NUMBER_INPUT_LENGTH_MAX,
} from './carrier-envelope-schema.ts';
import { envelopeMeaning, envelopeProvider } from './carriers/envelope-words.ts';
import { FieldReader, isFields, isGiven, type FieldProblem, type Fields } from './field-reader.ts';
import { normalizeTrackingNumber } from './ids.ts';
import { DAY_MS, isoMillis, parseInstant } from './instants.ts';

export { CARRIER_EVENT_JSON_SCHEMA } from './carrier-envelope-schema.ts';

const WORD_LENGTH_MAX = 100;
const REASON_LENGTH_MAX = 300;
const URL_LENGTH_MAX = 2_000;
const QUANTITY_MAX = 1_000_000;
/** Nothing of ours is older; a smaller time is most often seconds taken for milliseconds. */
const OCCURRED_MIN = '2000-01-01T00:00:00Z';
/** Clocks differ, and some carriers send local times as UTC. */
const OCCURRED_AHEAD_MAX_MS = DAY_MS;

export interface EnvelopeContext {
  /** Our clock, ISO with milliseconds. */
  receivedAt: string;
  /** Hash of the raw body before any default is filled in: the event id of a sender that gives none. */
  bodyHash: string;
  nowMs: number;
}

export type EnvelopeProblem = FieldProblem;

export type ReadEnvelope =
  /** `orderId` null: the event names no order and is found by its tracking number. */
  | { ok: true; eventId: string; orders: { orderId: number | null; fact: CarrierFact }[] }
  | { ok: false; problems: EnvelopeProblem[] };

/** Facts that only make sense for a named order, because no number can lead to it. */
const NEEDS_ORDER: readonly CarrierEventType[] = [
  'label.created',
  'shipment.external',
  'pickup.ready',
  'pickup.collected',
];

/** Reads one envelope; unknown fields are ignored. Total; may be repeated with the same answer. */
export function readCarrierEnvelope(json: unknown, context: EnvelopeContext): ReadEnvelope {
  const reader = new FieldReader();
  if (!isFields(json)) {
    return {
      ok: false,
      problems: [
        { field: '', message: 'expected a JSON object with type, and orderId or shipment.trackingNumber' },
      ],
    };
  }
  const eventId = readEventId(reader, json['id']) ?? context.bodyHash;
  const type = readType(reader, json['type']);
  const occurredAt = readOccurredAt(reader, json['occurredAt'], context);
  const shipment = readShipment(reader, json['shipment'], type);
  const tracking = readTracking(reader, json['tracking'], type);
  const orders = readOrders(reader, json);
  const location = reader.text(json['location'], 'location', REASON_LENGTH_MAX);
  if (type !== null) checkReach(reader, type, orders, shipment);
  if (reader.problems.length > 0 || type === null) return { ok: false, problems: reader.problems };

  const fact = { eventId, type, occurredAt, receivedAt: context.receivedAt, shipment, tracking, location };
  const named = orders ?? [{ orderId: null, lines: null }];
  return {
    ok: true,
    eventId,
    orders: named.map(({ orderId, lines }) => ({ orderId, fact: { ...fact, lines } })),
  };
}

function readEventId(reader: FieldReader, value: unknown): string | null {
  // Some senders number their events.
  const text = typeof value === 'number' && Number.isFinite(value) ? String(value) : value;
  return reader.text(text, 'id', EVENT_ID_LENGTH_MAX);
}

function readType(reader: FieldReader, value: unknown): CarrierEventType | null {
  if (!isGiven(value)) {
    reader.refuse('type', `is missing; expected one of ${CARRIER_EVENT_TYPES.join(', ')}`);
    return null;
  }
  return reader.word(value, 'type', CARRIER_EVENT_TYPES);
}

function readOccurredAt(reader: FieldReader, value: unknown, context: EnvelopeContext): string {
  if (!isGiven(value)) return context.receivedAt;
  const ms = typeof value === 'string' ? parseInstant(value.trim()) : null;
  if (ms === null) {
    reader.refuse('occurredAt', 'expected an RFC 3339 time with its offset, such as 2026-01-02T09:58:00Z');
    return context.receivedAt;
  }
  const earliestMs = parseInstant(OCCURRED_MIN) ?? 0;
  if (ms < earliestMs || ms > context.nowMs + OCCURRED_AHEAD_MAX_MS) {
    reader.refuse('occurredAt', `is out of range; expected a time from ${OCCURRED_MIN} to one day from now`);
  }
  return isoMillis(ms);
}

function readShipment(
  reader: FieldReader,
  value: unknown,
  type: CarrierEventType | null,
): CarrierFact['shipment'] {
  const fields = reader.fields(value, 'shipment') ?? {};
  const shipment = {
    trackingNumber: readNumber(reader, fields['trackingNumber'], 'shipment.trackingNumber'),
    replaces: readNumber(reader, fields['replaces'], 'shipment.replaces'),
    carrier: reader.text(fields['carrier'], 'shipment.carrier', WORD_LENGTH_MAX),
    service: reader.text(fields['service'], 'shipment.service', WORD_LENGTH_MAX),
    trackingUrl: readUrl(reader, fields['trackingUrl'], 'shipment.trackingUrl'),
  };
  if (type === 'label.replaced') {
    for (const name of ['trackingNumber', 'replaces'] as const) {
      if (!isGiven(fields[name])) reader.refuse(`shipment.${name}`, 'is needed by label.replaced');
    }
    const { trackingNumber, replaces } = shipment;
    if (
      trackingNumber !== null &&
      replaces !== null &&
      normalizeTrackingNumber(trackingNumber) === normalizeTrackingNumber(replaces)
    ) {
      reader.refuse('shipment.replaces', 'is the same number as shipment.trackingNumber');
    }
  }
  return shipment;
}

function readNumber(reader: FieldReader, value: unknown, field: string): string | null {
  const text = reader.text(value, field, TRACKING_NUMBER_INPUT_LENGTH_MAX);
  if (text === null) return null;
  if (/[\p{L}\p{N}]/u.test(text)) return text;
  reader.refuse(field, 'expected a tracking number with letters or digits');
  return null;
}

function readUrl(reader: FieldReader, value: unknown, field: string): string | null {
  const text = reader.text(value, field, URL_LENGTH_MAX);
  if (text === null || /^https?:\/\/[^\s/]+\S*$/i.test(text)) return text;
  reader.refuse(field, 'expected an http or https link');
  return null;
}

function readTracking(
  reader: FieldReader,
  value: unknown,
  type: CarrierEventType | null,
): CarrierFact['tracking'] {
  const fields = reader.fields(value, 'tracking');
  if (fields === null) {
    if (type === 'tracking.updated' && !isGiven(value)) {
      reader.refuse(
        'tracking.status',
        `is needed by tracking.updated; expected one of ${TRACKING_STATUSES.join(', ')}`,
      );
    }
    return null;
  }
  const provider = reader.text(fields['provider'], 'tracking.provider', WORD_LENGTH_MAX);
  const providerStatus = readProviderWord(reader, fields, 'providerStatus');
  const providerSubstatus = readProviderWord(reader, fields, 'providerSubstatus');
  const description = reader.text(fields['description'], 'tracking.description', REASON_LENGTH_MAX);
  const own = reader.word(fields['status'], 'tracking.status', TRACKING_STATUSES);
  const worded = envelopeProvider(provider);
  const meant =
    worded === null || providerStatus === null
      ? null
      : envelopeMeaning(worded, providerStatus, providerSubstatus);
  const status = own ?? (isGiven(fields['status']) ? null : (meant?.word ?? null));
  if (type === 'tracking.updated' && status === null && !isGiven(fields['status'])) {
    reader.refuse(
      'tracking.status',
      `is needed by tracking.updated; expected one of ${TRACKING_STATUSES.join(', ')}`,
    );
  }
  const reason =
    reader.text(fields['reason'], 'tracking.reason', REASON_LENGTH_MAX) ??
    (own === null ? (meant?.reason ?? null) : null);
  const returning = reader.flag(fields['returning'], 'tracking.returning');
  const signedBy = reader.text(fields['signedBy'], 'tracking.signedBy', WORD_LENGTH_MAX);
  const cod = reader.word(fields['cod'], 'tracking.cod', ['paid', 'not_paid'] as const);
  if (type !== 'tracking.updated' || status === null) return null;
  return {
    status,
    reason,
    provider,
    providerStatus,
    returning,
    signedBy,
    cod,
    ...(providerSubstatus === null ? {} : { providerSubstatus }),
    ...(description === null ? {} : { description }),
  };
}

/** A provider's word, or its number as text. */
function readProviderWord(
  reader: FieldReader,
  fields: Fields,
  name: 'providerStatus' | 'providerSubstatus',
): string | null {
  const value = fields[name];
  const text = typeof value === 'number' && Number.isFinite(value) ? String(value) : value;
  return reader.text(text, `tracking.${name}`, WORD_LENGTH_MAX);
}

interface NamedOrder {
  orderId: number;
  lines: LineQuantity[] | null;
}

/** `orders`, or `orderId` and `lines` at the top as shorthand for one; null when no order is named. */
function readOrders(reader: FieldReader, json: Fields): NamedOrder[] | null {
  const hasShorthand = isGiven(json['orderId']);
  if (isGiven(json['orders'])) {
    if (hasShorthand) reader.refuse('orderId', 'cannot stand beside orders: name the orders in one place');
    if (isGiven(json['lines']))
      reader.refuse('lines', 'cannot stand beside orders: lines belong into each order');
    return readOrderList(reader, json['orders']);
  }
  if (hasShorthand) {
    const orderId = reader.positive(json['orderId'], 'orderId');
    const lines = readLines(reader, json['lines'], 'lines');
    return orderId === null ? null : [{ orderId, lines }];
  }
  if (isGiven(json['lines'])) reader.refuse('lines', 'needs orderId: lines are counted within one order');
  return null;
}

function readOrderList(reader: FieldReader, value: unknown): NamedOrder[] | null {
  const list = reader.list(value, 'orders', ENVELOPE_ORDERS_MAX);
  if (list === null) return null;
  const orders: NamedOrder[] = [];
  for (const [index, entry] of list.entries()) {
    const field = `orders[${String(index)}]`;
    const fields = reader.fields(entry, field);
    if (fields === null) {
      if (!isGiven(entry)) reader.refuse(field, 'expected an object with orderId');
      continue;
    }
    const orderId = reader.positive(fields['orderId'], `${field}.orderId`);
    const lines = readLines(reader, fields['lines'], `${field}.lines`);
    if (orderId === null) continue;
    if (orders.some((one) => one.orderId === orderId))
      reader.refuse(`${field}.orderId`, `order ${String(orderId)} is named twice`);
    orders.push({ orderId, lines });
  }
  return orders;
}

function readLines(reader: FieldReader, value: unknown, field: string): LineQuantity[] | null {
  const list = reader.list(value, field, ENVELOPE_LINES_MAX);
  if (list === null) return null;
  const lines: LineQuantity[] = [];
  for (const [index, entry] of list.entries()) {
    const at = `${field}[${String(index)}]`;
    const fields = reader.fields(entry, at);
    if (fields === null) {
      if (!isGiven(entry)) reader.refuse(at, 'expected an object with orderProductId and quantity');
      continue;
    }
    const orderProductId = reader.positive(fields['orderProductId'], `${at}.orderProductId`);
    const quantity = reader.positive(fields['quantity'], `${at}.quantity`, QUANTITY_MAX);
    if (orderProductId !== null && quantity !== null) lines.push({ orderProductId, quantity });
  }
  return lines;
}

/** An event must lead somewhere: to an order by name, or to a parcel by its number. */
function checkReach(
  reader: FieldReader,
  type: CarrierEventType,
  orders: NamedOrder[] | null,
  shipment: CarrierFact['shipment'],
): void {
  if (orders !== null || reader.problems.length > 0) return;
  if (NEEDS_ORDER.includes(type))
    reader.refuse('orders', `${type} must name its order: orderId, or orders[].orderId`);
  else if (shipment.trackingNumber === null && shipment.replaces === null) {
    reader.refuse(
      'orders',
      'name the order (orderId, or orders[].orderId) or the parcel (shipment.trackingNumber)',
    );
  }
}
