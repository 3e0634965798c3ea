/**
 * The times that providers send, in all their forms, as an instant and how exactly it is known. It must not read the
 * clock, and it never invents a zone: a time without one is taken as UTC and marked.
 */
import { DAY_MS, MINUTE_MS, isoMillis, parseDay, parseInstant, SECOND_MS } from '../instants.ts';
import type { TimePrecision } from '../carrier-event.ts';

export interface ScanTime {
  /** UTC with milliseconds. */
  at: string;
  precision: TimePrecision;
}

/** Smaller numbers are seconds: as milliseconds they would be in 1970. */
const EPOCH_MS_MIN = 100_000_000_000;
const OLDEST = '2000-01-01T00:00:00Z';

/**
 * The instant of a time as sent, or null for one that cannot be: not a time, before 2000, or more than a day ahead of
 * `nowMs` (clocks differ, and some carriers send local times as UTC). Pure; may be repeated.
 */
export function readScanTime(sent: string | number | null, nowMs: number): ScanTime | null {
  const read = sent === null ? null : typeof sent === 'number' ? epoch(sent) : text(sent.trim());
  if (read === null) return null;
  if (read.ms < (parseInstant(OLDEST) ?? 0) || read.ms > nowMs + DAY_MS) return null;
  return { at: isoMillis(read.ms), precision: read.precision };
}

interface Read {
  ms: number;
  precision: TimePrecision;
}

function epoch(value: number): Read {
  return { ms: Math.trunc(value < EPOCH_MS_MIN ? value * SECOND_MS : value), precision: 'second' };
}

/** `2026-01-02`, `…T09:58`, `…T09:58:00.1234567`, each with `Z`, `+01:00`, `+0100` or nothing. */
const TIME = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}):(\d{2})(?::(\d{2}(?:\.\d{1,9})?))?\s*(Z|[+-]\d{2}:?\d{2})?$/i;
/** `2026-01-02 09:58 AM`, as Karrio's older carriers have it once date and time are joined. */
const CLOCK = /^(\d{4}-\d{2}-\d{2}) (\d{1,2}):(\d{2})(?::\d{2})? ?([AP])M$/i;

function text(sent: string): Read | null {
  const day = parseDay(sent);
  if (day !== null) return { ms: day, precision: 'day' };
  const clock = CLOCK.exec(sent);
  if (clock !== null) return twelveHours(clock);
  const match = TIME.exec(sent);
  if (match === null) return null;
  const [, date, hour, minute, second, zone] = match;
  const offset = zone === undefined ? 'Z' : zone.replace(/^([+-]\d{2})(\d{2})$/, '$1:$2').toUpperCase();
  const ms = parseInstant(`${date ?? ''}T${hour ?? ''}:${minute ?? ''}:${second ?? '00'}${offset}`);
  if (ms === null) return null;
  return { ms, precision: zone === undefined ? 'no_zone' : second === undefined ? 'minute' : 'second' };
}

function twelveHours([, date, hour, minute, half]: RegExpExecArray): Read | null {
  const midnight = parseDay(date ?? '');
  const hours = Number(hour);
  const minutes = Number(minute);
  if (midnight === null || hours < 1 || hours > 12 || minutes > 59) return null;
  const ofDay = (hours % 12) + (half?.toUpperCase() === 'P' ? 12 : 0);
  return { ms: midnight + (ofDay * 60 + minutes) * MINUTE_MS, precision: 'no_zone' };
}
