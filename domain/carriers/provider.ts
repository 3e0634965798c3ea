/**
 * What a tracking provider is to us: how it proves that it sent something, what its words mean, and how its body is
 * read. One file per provider implements this; adding one is described in docs/send-carrier-events.md.
 */
import { isFields, type FieldProblem, type Fields } from '../field-reader.ts';
import type { CodeFact, Meaning } from './code-facts.ts';
import type { ProviderId } from './provider-ids.ts';

/** How a provider proves that it is the sender (carrier-events.md section 4); carried out by `client/http/signatures`. */
export type SignatureScheme =
  /** HMAC-SHA256 of the raw body. */
  | { kind: 'hmac'; header: string; prefix: string; encoding: 'hex' | 'base64'; normalize: boolean }
  /** `t=<unix seconds>,v1=<hex>` over `<t>.` and the raw body. */
  | { kind: 'hmac_timestamp'; header: string; windowSeconds: number }
  /** SHA-256 (not HMAC) of the raw body, `/` and the secret. */
  | { kind: 'digest'; header: string }
  /** The secret itself, in clear: nothing binds the body. */
  | { kind: 'shared'; header: string; prefix: string }
  /** RSASSA-PKCS1-v1_5 with SHA-256 over `<timestamp>.` and the raw body; the secret is the provider's public key. */
  | {
      kind: 'rsa';
      header: string;
      keyIdHeader: string;
      timestampHeader: string;
      windowSeconds: number;
    }
  /** Nothing that was confirmed: only a secret in the URL. */
  | { kind: 'none' };

/** One statement about one parcel, as the provider made it. */
export interface ProviderScan {
  /** The provider's own id of this statement; null: its hash is the key. */
  id: string | null;
  /** Instead of the usual parts, what the hash is made of. */
  hashOf?: readonly unknown[];
  trackingNumber: string;
  carrier: string | null;
  service: string | null;
  trackingUrl: string | null;
  status: string | null;
  detail: string | null;
  description: string | null;
  /** As sent. */
  occurredAt: string | number | null;
  /** Used where `occurredAt` is absent; not part of the hash. */
  sentAt: string | number | null;
  location: string | null;
  signedBy: string | null;
  /** The shop's order number, wherever the provider keeps it, as sent; the likeliest first. */
  orderReferences?: readonly (string | null)[];
  meaning: Meaning;
}

export type ReadBody =
  | {
      ok: true;
      /** The provider's id of the whole delivery, or null. */
      deliveryId: string | null;
      scans: ProviderScan[];
      /** Why there is no scan: a word for metrics and people. */
      nothing: 'other_event' | 'test' | 'inbound' | 'no_number' | 'no_events' | null;
    }
  | { ok: false; problems: FieldProblem[] };

export interface CarrierProvider {
  id: ProviderId;
  title: string;
  signature: SignatureScheme;
  /** Whether a secret in the URL is taken where no signature is sent. */
  urlSecret: boolean;
  /**
   * It switches an endpoint off that answers 4xx (carrier-events.md section 6), so that a body that cannot be read is
   * kept and answered like any other.
   */
  disablesOnRefusal: boolean;
  codes: readonly CodeFact[];
  /** Reads one body. Total; may be repeated. */
  read(json: unknown): ReadBody;
}

/** A body that says nothing about a parcel of ours. */
export function nothing(
  why: 'other_event' | 'test' | 'inbound' | 'no_number' | 'no_events',
  deliveryId: string | null = null,
): ReadBody {
  return { ok: true, deliveryId, scans: [], nothing: why };
}

export function found(scans: ProviderScan[], deliveryId: string | null = null): ReadBody {
  return { ok: true, deliveryId, scans, nothing: scans.length === 0 ? 'no_events' : null };
}

export function refused(field: string, message: string): ReadBody {
  return { ok: false, problems: [{ field, message }] };
}

/** Text, or a number as text; blank is nothing. Providers are not consistent about either. */
export function textOf(value: unknown): string | null {
  if (typeof value === 'number' && Number.isFinite(value)) return String(value);
  if (typeof value !== 'string') return null;
  const text = value.trim();
  return text === '' ? null : text;
}

/** A time as sent: text or a number. */
export function timeOf(value: unknown): string | number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : textOf(value);
}

export function fieldsOf(value: unknown): Fields {
  return isFields(value) ? value : {};
}

/** The entries of a list that are objects; anything else in their place holds nothing to read. */
export function listOf(value: unknown): Fields[] {
  return Array.isArray(value) ? value.filter(isFields) : [];
}

/** `Austin, TX, US` from its parts. */
export function placeOf(...parts: unknown[]): string | null {
  const place = parts
    .map(textOf)
    .filter((part) => part !== null)
    .join(', ');
  return place === '' ? null : place;
}

/** Letters or digits, as a label has them. */
export function isTrackingNumber(text: string | null): text is string {
  return text !== null && text.length <= TRACKING_NUMBER_LENGTH_MAX && /[\p{L}\p{N}]/u.test(text);
}

const TRACKING_NUMBER_LENGTH_MAX = 120;
export const NO_NUMBER_MESSAGE = 'expected a tracking number: 1 to 120 characters with letters or digits';
