/**
 * Error answers of the store in our words: one place that reads the shapes of bigcommerce-api.md section 14.1 and the
 * codes of 14.2. Takes from a body only the store's sentence about a refusal, never values of ours or of a customer.
 */
import { failureOfStatus, storeError } from './error-table.ts';
import type { StoreError } from './errors.ts';
import type { QuotaHeaders } from './quota-headers.ts';

/** A refusal is shown to people in one line. */
const SENTENCE_MAX_LENGTH = 300;
/** The names of members only, never what stands in them; what does not look like one may be a customer's data. */
const FIELD_NAME = /^[a-z][a-z0-9_]{0,39}(?:\.[a-z0-9_]{1,40}){0,5}$/;
const FIELDS_MAX = 5;

/** The error for an answer that is not 2xx. */
export function answerError(call: string, status: number, body: Buffer, quota: QuotaHeaders): StoreError {
  const row = failureOfStatus(status);
  const sentence = row.reason === 'redirect' ? null : storeSentence(body);
  const told = Math.max(quota.resetMs ?? 0, quota.retryAfterMs ?? 0);
  const more = [
    ...(row.next === 'headers'
      ? [told > 0 ? `It resets in ${String(told)} ms.` : 'It did not say when.']
      : []),
    ...(sentence === null || row.next !== 'never' ? [] : [`The store says: ${sentence}`]),
  ];
  return storeError(row, {
    call,
    what: `answered ${String(status)}`,
    httpStatus: status,
    ...(more.length === 0 ? {} : { more: more.join(' ') }),
    ...(sentence === null ? {} : { storeSentence: sentence }),
    ...(row.next === 'never'
      ? {}
      : {
          wait: { resetMs: row.next === 'headers' ? quota.resetMs : null, retryAfterMs: quota.retryAfterMs },
        }),
  });
}

/** The store's own words, from the V2 array, the V3 object or problem+json; null for HTML, empty and foreign bodies. */
export function storeSentence(body: Buffer): string | null {
  let json: unknown;
  try {
    json = JSON.parse(body.toString('utf8'));
  } catch {
    return null;
  }
  const first: unknown = Array.isArray(json) ? json[0] : json;
  if (!isRecord(first)) return null;
  const details = isRecord(first['details']) ? first['details'] : {};
  const parts = [first['message'], first['title'], first['detail'], details['invalid_reason']].filter(
    (part): part is string => typeof part === 'string' && part.trim() !== '',
  );
  for (const name of ['order_product_id', 'order_address_id', 'available_quantity']) {
    if (typeof details[name] === 'number') parts.push(`${name} ${String(details[name])}`);
  }
  // V3 names what it objects to in `errors`. Names that we did not send point to a setting of the store (Traps 14).
  const named = isRecord(first['errors']) ? Object.keys(first['errors']) : [];
  const fields = named.filter((name) => FIELD_NAME.test(name)).slice(0, FIELDS_MAX);
  if (fields.length > 0) parts.push(`fields: ${fields.join(', ')}`);
  if (parts.length === 0) return null;
  return parts
    .map((part) => part.trim())
    .join(' · ')
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/[^\s@]+@[^\s@]+/g, '(e-mail)')
    .slice(0, SENTENCE_MAX_LENGTH);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
