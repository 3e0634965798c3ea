/**
 * Single values of the wire in our form: decimals, dates, ids, text. Pure; each function takes
 * what `wire.ts` let through.
 */
import type { DecimalText, IsoSecond } from '../domain/order.ts';

/** Decimals of the store's own money texts (`"49.0000"`). */
const DECIMALS = 4;
const POINT = 0x2e;
const MINUS = 0x2d;

/**
 * A decimal as text with at least four places, whether it came as text or as a number, so that the same amount always
 * has the same form and the content hash does not depend on the endpoint. Absent and empty count as zero.
 */
export function decimalText(value: string | number | null | undefined): DecimalText {
  if (value === null || value === undefined || value === '') return '0.0000';
  if (typeof value === 'number') return withoutMinusZero(value.toFixed(DECIMALS));
  // Twenty amounts an order come as we keep them; not taking them apart saves a fifth of the translation.
  if (value.charCodeAt(value.length - DECIMALS - 1) === POINT && value.charCodeAt(0) !== MINUS) return value;
  const [whole = '0', fraction = ''] = value.split('.');
  return withoutMinusZero(`${whole}.${fraction.padEnd(DECIMALS, '0')}`);
}

function withoutMinusZero(text: string): string {
  return /^-0+\.0+$/.test(text) ? text.slice(1) : text;
}

/** How nearly every date of a store is written; days that every month has, so that nothing need be calculated. */
const UTC_RFC_2822 =
  /^[A-Z][a-z]{2}, (0[1-9]|1\d|2[0-8]) ([A-Z][a-z]{2}) ([12]\d{3}) ((?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d) \+0000$/;
const MONTHS: ReadonlyMap<string, string> = new Map(
  ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'].map((name, at) => [
    name,
    String(at + 1).padStart(2, '0'),
  ]),
);

/** RFC 2822 or ISO 8601 with an offset → `YYYY-MM-DDTHH:mm:ssZ`; null for a date that does not exist. */
export function isoSecond(value: string): IsoSecond | null {
  // Put together from its parts it costs a third of `Date.parse` and back; an order has four to read.
  const [, day, name = '', year, time] = UTC_RFC_2822.exec(value) ?? [];
  const month = MONTHS.get(name);
  if (month !== undefined) return `${String(year)}-${month}-${String(day)}T${String(time)}Z`;
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
