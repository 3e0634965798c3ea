import { describe, expect, test } from 'vitest';
import { instantMs, isoMillis, isoSecond, parseDay, parseInstant } from '../../domain/instants.ts';

describe('an instant', () => {
  test.each([
    ['2026-01-02T09:58:00Z', Date.UTC(2026, 0, 2, 9, 58)],
    ['2026-01-02t09:58:00.5z', Date.UTC(2026, 0, 2, 9, 58, 0, 500)],
    ['2026-01-02 09:58:00+02:00', Date.UTC(2026, 0, 2, 7, 58)],
    ['2024-02-29T23:59:59-05:30', Date.UTC(2024, 2, 1, 5, 29, 59)],
  ])('%s is read', (text, ms) => {
    expect(parseInstant(text)).toBe(ms);
  });

  test.each([
    '',
    '2026-01-02',
    '2026-01-02T09:58:00',
    '2026-02-29T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-01-02T24:00:00Z',
    '2026-01-02T09:58:60Z',
    '2026-01-02T09:58:00+25:00',
    'Fri, 02 Jan 2026 09:58:00 GMT',
  ])('%j is refused', (text) => {
    expect(parseInstant(text)).toBeNull();
  });

  test('that we wrote ourselves must be one', () => {
    expect(() => instantMs('yesterday')).toThrow('yesterday');
  });

  test('is printed with milliseconds, or cut to the second', () => {
    const ms = Date.UTC(2026, 0, 2, 9, 58, 1, 999);
    expect(isoMillis(ms)).toBe('2026-01-02T09:58:01.999Z');
    expect(isoSecond(ms)).toBe('2026-01-02T09:58:01Z');
  });
});

test('a day is midnight in UTC', () => {
  expect(parseDay('2026-01-02')).toBe(Date.UTC(2026, 0, 2));
  expect(parseDay('2026-02-30')).toBeNull();
  expect(parseDay('2026-1-2')).toBeNull();
});
