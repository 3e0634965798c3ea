/**
 * Times as text and as milliseconds: parsing and printing only. It must never read the clock; "now" is always an
 * argument of the caller (design section 7).
 */
/* eslint-disable no-restricted-globals -- `Date` is used as a calendar here, never as a clock. */

export const SECOND_MS = 1_000;
export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;

const RFC_3339 =
  /^(\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2}):(\d{2})(?:\.\d{1,9})?(?:[Zz]|[+-](\d{2}):(\d{2}))$/;
const DATE_ONLY = /^(\d{4})-(\d{2})-(\d{2})$/;

/**
 * Milliseconds of an RFC 3339 instant with its offset, or null for anything else. Stricter than `Date.parse`, which
 * turns 31 February into March and reads a time without an offset as the machine's own.
 */
export function parseInstant(text: string): number | null {
  const match = RFC_3339.exec(text);
  if (match === null) return null;
  const [year, month, day, hour, minute, second, offsetHour, offsetMinute] = match.slice(1).map(Number);
  if (!isCalendarDay(year, month, day)) return null;
  // A leap second is written :60 by some senders; JavaScript has none.
  if ((hour ?? 99) > 23 || (minute ?? 99) > 59 || (second ?? 99) > 59) return null;
  if (match[7] !== undefined && ((offsetHour ?? 99) > 23 || (offsetMinute ?? 99) > 59)) return null;
  const ms = Date.parse(text.toUpperCase().replace(' ', 'T'));
  return Number.isNaN(ms) ? null : ms;
}

/** Milliseconds of midnight UTC of a `YYYY-MM-DD` day, or null for anything else. */
export function parseDay(text: string): number | null {
  const match = DATE_ONLY.exec(text);
  if (match === null) return null;
  const [year, month, day] = match.slice(1).map(Number);
  return isCalendarDay(year, month, day) ? Date.parse(`${text}T00:00:00Z`) : null;
}

function isCalendarDay(
  year: number | undefined,
  month: number | undefined,
  day: number | undefined,
): boolean {
  if (year === undefined || month === undefined || day === undefined) return false;
  const date = new Date(Date.UTC(year, month - 1, day));
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}

/**
 * Milliseconds of an instant that was checked before (our own, the store's, or accepted input); throws on anything
 * else, because then a row is corrupt. UTC goes the short way: facts are compared many times per decision.
 */
export function instantMs(iso: string): number {
  const ms = iso.endsWith('Z') ? Date.parse(iso) : (parseInstant(iso) ?? NaN);
  if (Number.isNaN(ms)) throw new Error(`not an instant: ${iso.slice(0, 40)}`);
  return ms;
}

/** `2026-01-02T09:58:00.000Z`: the form of all instants that we write. */
export function isoMillis(ms: number): string {
  return new Date(ms).toISOString();
}

/** `2026-01-02T09:58:00Z`, cut to the whole second: the form of the store's own times. */
export function isoSecond(ms: number): string {
  return new Date(Math.floor(ms / SECOND_MS) * SECOND_MS).toISOString().replace('.000Z', 'Z');
}
