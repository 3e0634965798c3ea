/**
 * A provider's statements as facts of ours: one key each, so that a history sent ten times is stored once, and the
 * strings as sent beside what we made of them. It must not know how the body was proved or stored.
 */
import type { CarrierFact } from '../carrier-event.ts';
import type { ProviderScan } from './provider.ts';
import { readScanTime } from './scan-time.ts';

export interface FactContext {
  provider: string;
  /** Our clock, ISO with milliseconds. */
  receivedAt: string;
  nowMs: number;
  /** Nothing binds the body to the sender: whether it counts in full is decided with the channel's settings. */
  unproven: boolean;
  /** SHA-256 as hex: hashing is not this room's business. */
  hash(text: string): string;
}

const WORD_LENGTH_MAX = 100;
const TEXT_LENGTH_MAX = 300;
const URL_LENGTH_MAX = 2_000;
/** `100`, and `#100` as some services show it. */
const ORDER_NUMBER = /^#?([1-9]\d{0,9})$/;
/** Longer ids are hashed, so that the key stays within the limit of event ids. */
const ID_LENGTH_MAX = 150;

/** Facts of one body, each key once, in the order of the statements. Pure; the same body makes the same keys. */
export function factsOfScans(scans: readonly ProviderScan[], context: FactContext): CarrierFact[] {
  const facts = new Map<string, CarrierFact>();
  for (const scan of scans) {
    const fact = factOf(scan, context);
    if (!facts.has(fact.eventId)) facts.set(fact.eventId, fact);
    const { alert } = scan.meaning;
    if (alert === null) continue;
    const asked = alertOf(fact, alert);
    if (!facts.has(asked.eventId)) facts.set(asked.eventId, asked);
  }
  return [...facts.values()];
}

function factOf(scan: ProviderScan, context: FactContext): CarrierFact {
  const { meaning } = scan;
  const time = readScanTime(scan.occurredAt, context.nowMs) ?? readScanTime(scan.sentAt, context.nowMs);
  const sent = scan.occurredAt ?? scan.sentAt;
  return {
    eventId: `${context.provider}:${keyOf(scan, context)}`,
    type: 'tracking.updated',
    occurredAt: time?.at ?? context.receivedAt,
    receivedAt: context.receivedAt,
    lines: null,
    shipment: {
      trackingNumber: scan.trackingNumber,
      replaces: null,
      carrier: clean(scan.carrier, WORD_LENGTH_MAX),
      service: clean(scan.service, WORD_LENGTH_MAX),
      trackingUrl: link(scan.trackingUrl),
    },
    tracking: {
      status: meaning.word,
      reason: meaning.reason,
      provider: context.provider,
      providerStatus: clean(scan.status, WORD_LENGTH_MAX),
      returning: meaning.returning,
      signedBy: clean(scan.signedBy, WORD_LENGTH_MAX),
      cod: meaning.cod,
      providerSubstatus: clean(scan.detail, WORD_LENGTH_MAX),
      description: clean(scan.description, TEXT_LENGTH_MAX),
      ...(context.unproven ? { unproven: true } : {}),
    },
    location: clean(scan.location, TEXT_LENGTH_MAX),
    sent: {
      occurredAt: sent === null ? null : clean(String(sent), WORD_LENGTH_MAX),
      precision: time?.precision ?? 'received',
    },
    ...orderNumbersOf(scan),
  };
}

/** BigCommerce's order numbers are whole numbers; whatever else a service calls an order leads nowhere. */
function orderNumbersOf({ orderReferences = [] }: ProviderScan): { orderNumbers?: number[] } {
  const numbers = orderReferences.flatMap((text) => {
    const digits = ORDER_NUMBER.exec(text?.trim() ?? '')?.[1];
    return digits === undefined ? [] : [Number(digits)];
  });
  return numbers.length === 0 ? {} : { orderNumbers: [...new Set(numbers)] };
}

/** The provider's own id, else a hash of the strings as sent, so that a better reader never re-opens old events. */
function keyOf(scan: ProviderScan, context: FactContext): string {
  if (scan.id !== null && scan.id.length <= ID_LENGTH_MAX && !/[\p{Cc}]/u.test(scan.id)) return scan.id;
  const parts = scan.hashOf ?? [
    scan.carrier,
    scan.trackingNumber,
    scan.status,
    scan.detail,
    scan.occurredAt,
    scan.description,
    scan.location,
  ];
  return context.hash(JSON.stringify([context.provider, scan.id, ...parts]));
}

/** The same moment once more, as what a person should look at. */
function alertOf(fact: CarrierFact, reason: string): CarrierFact {
  const { tracking } = fact;
  return {
    ...fact,
    eventId: `${fact.eventId}:alert`,
    tracking:
      tracking === null ? null : { ...tracking, status: 'exception', reason, returning: false, cod: null },
  };
}

function clean(text: string | null, lengthMax: number): string | null {
  if (text === null) return null;
  const shown = text
    .replaceAll(/[\p{Cc}]+/gu, ' ')
    .trim()
    .slice(0, lengthMax);
  return shown === '' ? null : shown;
}

function link(text: string | null): string | null {
  return text !== null && text.length <= URL_LENGTH_MAX && /^https?:\/\/[^\s/]+\S*$/i.test(text)
    ? text
    : null;
}
