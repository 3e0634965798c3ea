import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { openedWith, READING_AGE_MAX_MS } from '../../workflows/opened-with.ts';

const READ_AT = '2026-03-02T08:00:00.000Z';
const NOW = Date.parse(READ_AT);
const whole = {
  readAt: READ_AT,
  counts: { needed: 2, imported: 2, trackable: 0, shipped: 0, delivered: 0, returned: 0 },
  progress: '2 imported',
  lastNewsAt: '2026-03-01T08:00:00.000Z',
  staleAfterMs: 1_000,
  closeAfterMs: 2_000,
  details: '**imported**',
};

describe('a run begins with what its opener read', () => {
  test('as an imported order of which nothing is due', () => {
    expect(openedWith({ channelId: 'acme', orderId: 1, opened: whole }, NOW)).toEqual({
      readAt: NOW,
      settled: {
        known: true,
        stage: 'imported',
        counts: whole.counts,
        progress: '2 imported',
        attention: null,
        attentionReason: null,
        paused: false,
        due: null,
        dueAt: null,
        done: false,
        lastNewsAt: whole.lastNewsAt,
        staleAfterMs: 1_000,
        closeAfterMs: 2_000,
        details: '**imported**',
      },
    });
  });

  test('within ten minutes of the reading, whichever clock is ahead', () => {
    for (const at of [NOW - READING_AGE_MAX_MS, NOW, NOW + READING_AGE_MAX_MS])
      expect(openedWith({ opened: whole }, at)).not.toBeNull();
    for (const at of [NOW - READING_AGE_MAX_MS - 1, NOW + READING_AGE_MAX_MS + 1])
      expect(openedWith({ opened: whole }, at)).toBeNull();
  });

  test.each(Object.keys(whole))('not without its %s', (name) => {
    const { [name as keyof typeof whole]: _, ...rest } = whole; // one of its own names
    expect(openedWith({ opened: rest }, NOW)).toBeNull();
  });

  test.each([
    { readAt: 'yesterday' },
    { readAt: NOW },
    { lastNewsAt: '' },
    { counts: null },
    { counts: { ...whole.counts, needed: '2' } },
    { counts: { ...whole.counts, shipped: -1 } },
    { staleAfterMs: Number.NaN },
    { closeAfterMs: -1 },
    { progress: null },
    { details: 'x'.repeat(2_001) },
  ])('not where something of it is wrong: %j', (change) => {
    expect(openedWith({ opened: { ...whole, ...change } }, NOW)).toBeNull();
  });

  test('whatever is typed beside it changes nothing: no write can come of an input', () => {
    const typed = { ...whole, stage: 'delivered', done: true, paused: true, due: { writeBackId: 'x' } };
    expect(openedWith({ opened: typed }, NOW)).toEqual(openedWith({ opened: whole }, NOW));
  });

  test('no input makes it fail', () => {
    fc.assert(
      fc.property(fc.anything(), (given) => {
        expect(openedWith(given, NOW)).toBeNull();
        expect(openedWith({ opened: given }, NOW)).toBeNull();
      }),
    );
  });
});
