/**
 * Single values of the wire in our form: decimals, dates, ids, text. Pure; each function takes
 * what `wire.ts` let through.
 */
import type { DecimalText, IsoSecond } from '../domain/order.ts';

/** Decimals of the store's own money texts (`"49.0000"`). */
const DECIMALS = 4;

/**
 * A decimal as text with at least four places, whether it came as text or as a number, so that the same amount always
 * has the same form and the content hash does not depend on the endpoint. Absent and empty count as zero.
 */
export function decimalText(value: string | number | null | undefined): DecimalText {
  if (value === null || value === undefined || value === '') return '0.0000';
  if (typeof value === 'number') return withoutMinusZero(value.toFixed(DECIMALS));
  const [whole = '0', fraction = ''] = value.split('.');
  return withoutMinusZero(`${whole}.${fraction.padEnd(DECIMALS, '0')}`);
}

function withoutMinusZero(text: string): string {
  return /^-0+\.0+$/.test(text) ? text.slice(1) : text;
}

/** RFC 2822 or ISO 8601 with an offset → `YYYY-MM-DDTHH:mm:ssZ`; null for a date that does not exist. */
export function isoSecond(value: string): IsoSecond | null {
  const ms = Date.parse(value);
  return Number.isNaN(ms) ? null : `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

export function wholeNumber(value: string | number | null | undefined): number {
  return value === null || value === undefined ? 0 : Number(value);
}

/** Ids that are absent or 0 mean "none" (bigcommerce-api.md section 3.4: `order_address_id` 0 for pickup and digital). */
export function idOrNull(value: string | number | null | undefined): number | null {
  const id = wholeNumber(value);
  return id === 0 ? null : id;
}

/** Text fields are often null or missing; some that look like text come as numbers (postal codes, phones). */
export function textOf(value: string | number | null | undefined): string {
  return value === null || value === undefined ? '' : String(value);
}

/** Like {@link textOf}; blank text becomes null. */
export function textOrNull(value: string | number | null | undefined): string | null {
  const text = textOf(value).trim();
  return text === '' ? null : text;
}
