// How many orders a list page asks for after pages that failed: few calls lost to a passing fault, few to a weak store.
import { describe, expect, it } from 'vitest';
import {
  GOOD_PAGES_BEFORE_RISE,
  isSmallestPage,
  pageSizeAfter,
  type PageFault,
} from '../../domain/page-size.ts';

const fault = (slices: number, tooMuch = false): PageFault => ({ slices, tooMuch });

/** Imports so many orders from a store that answers pages of `carried` orders at most, and counts the calls. */
function importAll(orders: number, carried: (slices: number) => number): { sizes: number[]; failed: number } {
  const faults: PageFault[] = [];
  const sizes: number[] = [];
  for (let left = orders; left > 0;) {
    const size = pageSizeAfter(faults, sizes.length);
    if (size > carried(sizes.length)) {
      faults.push(fault(sizes.length));
      continue;
    }
    sizes.push(size);
    left -= size;
  }
  return { sizes, failed: faults.length };
}

describe('the size of a list page', () => {
  it('is the largest while nothing fails', () => {
    expect(pageSizeAfter([], 0)).toBe(250);
    expect(pageSizeAfter([], 1_000)).toBe(250);
  });

  it('stays after one fault of a page, and is halved by the second', () => {
    expect(pageSizeAfter([fault(3)], 3)).toBe(250);
    expect(pageSizeAfter([fault(3), fault(3)], 3)).toBe(125);
    expect(pageSizeAfter([fault(3), fault(4)], 4)).toBe(250);
  });

  it('is halved at once by an answer that was too much, down to the smallest', () => {
    expect(pageSizeAfter([fault(0, true)], 0)).toBe(125);
    expect(pageSizeAfter([fault(0, true), fault(0, true)], 0)).toBe(50);
    expect(pageSizeAfter([fault(0, true), fault(0, true), fault(0, true)], 0)).toBe(50);
    expect([250, 125, 50].filter(isSmallestPage)).toEqual([50]);
  });

  it('rises a step after some good pages, and by the same way to the top', () => {
    const faults = [fault(0, true), fault(0, true)];
    const sizes = Array.from({ length: 2 * GOOD_PAGES_BEFORE_RISE + 1 }, (_, n) => pageSizeAfter(faults, n));
    expect(sizes).toEqual([50, 50, 50, 50, 125, 125, 125, 125, 250]);
  });

  it('falls back at once where a larger one fails on its first page, and waits twice as long each time', () => {
    const faults = [fault(0), fault(0), fault(4), fault(12)];
    expect(pageSizeAfter(faults.slice(0, 2), 4)).toBe(250);
    expect(pageSizeAfter(faults.slice(0, 3), 11)).toBe(125);
    expect(pageSizeAfter(faults.slice(0, 3), 12)).toBe(250);
    expect(pageSizeAfter(faults, 27)).toBe(125);
    expect(pageSizeAfter(faults, 28)).toBe(250);
  });

  it('waits longer too where a larger one lasted only for a page', () => {
    const faults = [fault(0), fault(0), fault(5), fault(5)];
    expect(pageSizeAfter(faults, 12)).toBe(125);
    expect(pageSizeAfter(faults, 13)).toBe(250);
  });

  it('costs a store that carries no more than 125 a handful of refusals in 100,000 orders', () => {
    const { sizes, failed } = importAll(100_000, () => 125);
    expect(sizes.every((size) => size === 125)).toBe(true);
    expect(failed).toBeLessThanOrEqual(10);
  });

  it('costs a store that was weak for ten pages little more than those', () => {
    const { sizes } = importAll(100_000, (slices) => (slices < 10 ? 125 : 250));
    expect(sizes.filter((size) => size < 250).length).toBeLessThanOrEqual(12);
    expect(sizes.at(-1)).toBe(250);
  });
});
