// The table of traps is whole, and every test that it names exists.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { TRAPS } from './traps.ts';

const ROOT = join(import.meta.dirname, '../..');
/** Traps by section of the page of facts. */
const COUNTS: Record<string, number> = {
  1: 6,
  2: 4,
  3: 16,
  4: 9,
  5: 8,
  6: 5,
  7: 10,
  8: 6,
  9: 9,
  10: 6,
  11: 5,
  12: 6,
  13: 3,
  14: 6,
};

describe('the table of traps', () => {
  it('has every trap of the page once', () => {
    const expected = Object.entries(COUNTS).flatMap(([section, count]) =>
      Array.from({ length: count }, (_, place) => `${section}.${String(place + 1)}`),
    );
    expect(TRAPS.map((trap) => trap.trap).sort()).toEqual(expected.sort());
    expect(TRAPS.filter((trap) => trap.gist === '')).toEqual([]);
  });

  it('counts as the page does, where the page is at hand', () => {
    const page = join(ROOT, '../shared/reference/bigcommerce-api.md');
    if (!existsSync(page)) return;
    const counted: Record<string, number> = {};
    let section = '';
    for (const line of readFileSync(page, 'utf8').split('\n')) {
      const start = /^\*\*Traps \((\d+)\)/.exec(line)?.[1];
      if (start !== undefined) section = start;
      else if (line.startsWith('- ') && section !== '') counted[section] = (counted[section] ?? 0) + 1;
      else if (line.trim() !== '') section = '';
    }
    expect(counted).toEqual(COUNTS);
  });

  it('names tests that exist', () => {
    const missing = TRAPS.filter((trap) => {
      if (!('file' in trap)) return false;
      const path = join(ROOT, trap.file);
      return (
        !existsSync(path) || !titles(readFileSync(path, 'utf8')).some((title) => title.startsWith(trap.title))
      );
    });
    expect(missing).toEqual([]);
  });

  it('says of every other trap which family of work it waits for', () => {
    const unproved = TRAPS.filter((trap) => !('file' in trap));
    for (const trap of unproved) expect('why' in trap && trap.why.length > 20).toBe(true);
    // One that can be stepped into today has a test.
    expect(unproved.length).toBeLessThan(TRAPS.length / 3);
  });
});

/** The titles of a file's tests. */
function titles(source: string): string[] {
  return [...source.matchAll(/\b(?:it|test)(?:\.\w+\([\s\S]*?\))?\(\s*(['`])((?:\\.|(?!\1)[^\\])*)\1/g)].map(
    (match) => match[2] ?? '',
  );
}
