// Dates and amounts as stores write them: the short ways give what the long ones give.
import { describe, expect, it } from 'vitest';
import { decimalText, isoSecond } from '../../bigcommerce/wire-values.ts';

const NAMES = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const asParsed = (text: string): string => `${new Date(Date.parse(text)).toISOString().slice(0, 19)}Z`;

describe('a date', () => {
  it('of the usual form is what Date.parse makes of it, on every day of every month', () => {
    for (const name of NAMES)
      for (let day = 1; day <= 31; day += 1) {
        const text = `Sun, ${String(day).padStart(2, '0')} ${name} 2024 23:59:58 +0000`;
        expect(isoSecond(text)).toBe(asParsed(text));
      }
  });

  it('of any other form is read too', () => {
    expect(isoSecond('Tue, 03 Mar 2026 01:02:03 +0200')).toBe('2026-03-02T23:02:03Z');
    expect(isoSecond('3 Mar 2026 01:02:03 GMT')).toBe('2026-03-03T01:02:03Z');
    expect(isoSecond('2026-03-03T01:02:03.999+01:00')).toBe('2026-03-03T00:02:03Z');
  });

  it('that does not exist is none', () => {
    expect(isoSecond('Tue, 03 Foo 2026 01:02:03 +0000')).toBeNull();
    expect(isoSecond('Tue, 03 Mar 2026 25:02:03 +0000')).toBeNull();
  });
});

describe('an amount', () => {
  it.each([
    ['49.0000', '49.0000'],
    ['49', '49.0000'],
    ['49.5', '49.5000'],
    ['49.12345', '49.12345'],
    ['-0.0000', '0.0000'],
    ['-1.0000', '-1.0000'],
    ['', '0.0000'],
    [-0.00001, '0.0000'],
    [3.5, '3.5000'],
  ])('written as %j has at least four places: %s', (written, text) => {
    expect(decimalText(written)).toBe(text);
  });
});
