/**
 * Days of a time zone as instants, also over the changes of daylight saving time. It must not read the clock; the zone's
 * rules are those of the runtime (the IANA database).
 */
/* eslint-disable no-restricted-globals -- `Date.UTC` is arithmetic on a calendar here, never a clock. */
import { DAY_MS, isoMillis, MINUTE_MS, SECOND_MS } from './instants.ts';

const FORMATS = new Map<string, Intl.DateTimeFormat>();

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = FORMATS.get(timeZone);
  if (known !== undefined) return known;
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  });
  FORMATS.set(timeZone, format);
  return format;
}

/** What a clock on the wall shows at an instant, as if it were UTC, milliseconds. */
function wallClock(ms: number, timeZone: string): number {
  const parts = new Map(
    formatOf(timeZone)
      .formatToParts(ms)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const part = (name: Intl.DateTimeFormatPartTypes): number => parts.get(name) ?? 0;
  return Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'));
}

/** The calendar day that an instant falls on there, as midnight UTC of that date. */
export function localDay(ms: number, timeZone: string): number {
  return Math.floor(wallClock(ms, timeZone) / DAY_MS) * DAY_MS;
}

/**
 * By how many minutes a zone's full hours differ from those of UTC: 0 for most, 30 or 45 for some. Null for a zone whose
 * change of the clock is no whole hour (Lord Howe Island), where it differs over the year.
 */
export function minutesOffFullHour(timeZone: string): number | null {
  const [winter, summer] = SAMPLES.map((ms) => {
    const offsetMinutes = (wallClock(ms, timeZone) - ms) / MINUTE_MS;
    return ((offsetMinutes % 60) + 60) % 60;
  });
  return winter !== undefined && winter === summer ? winter : null;
}

/** The middle of both halves of a year: every zone that changes its clock shows both of its offsets. */
const SAMPLES = [Date.UTC(2026, 0, 15), Date.UTC(2026, 6, 15)];

/** The instant at which a day, given as midnight UTC of its date, begins there. */
export function startOfDay(day: number, timeZone: string): number {
  // Two steps settle it, because the offset at the guess may be the one before a change of the clock.
  let guess = day;
  for (let step = 0; step < 2; step += 1) guess = day - (wallClock(guess, timeZone) - guess);
  return guess;
}

/** An instant as people there write it, with the offset from UTC: `2026-10-25 02:30 UTC+02:00`. */
export function localTime(ms: number, timeZone: string): string {
  const shown = wallClock(ms, timeZone);
  // To the second, as the wall clock is.
  const offset = Math.round((shown - Math.floor(ms / SECOND_MS) * SECOND_MS) / MINUTE_MS);
  const two = (value: number): string => String(Math.floor(value)).padStart(2, '0');
  const hours = Math.abs(offset) / 60;
  const sign = offset < 0 ? '-' : '+';
  return `${isoMillis(shown).slice(0, 16).replace('T', ' ')} UTC${sign}${two(hours)}:${two(Math.abs(offset) % 60)}`;
}
