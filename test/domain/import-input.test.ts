import { describe, expect, test } from 'vitest';
import { IMPORT_IDS_MAX, parseImportInput } from '../../domain/import-input.ts';

describe('the input of an import', () => {
  test.each([
    { channelId: 'acme' },
    { channelId: 'acme', days: 30 },
    { channelId: 'acme', days: 30, basis: 'created' },
    { channelId: 'acme', orderIds: [1, 2] },
    { channelId: 'acme', from: '2026-08-21', to: '2026-08-21' },
    { channelId: 'acme', from: '2026-08-21T10:00:00+02:00' },
    { channelId: 'acme', hints: true, runId: 'r1' },
  ])('%j is accepted as it is', (input) => {
    expect(parseImportInput(input)).toEqual({ ok: true, input });
  });

  test('an id that is given twice is read once', () => {
    expect(parseImportInput({ channelId: 'acme', orderIds: [2, 1, 2] })).toEqual({
      ok: true,
      input: { channelId: 'acme', orderIds: [2, 1] },
    });
  });

  test.each([
    [null, ''],
    ['acme', ''],
    [[], ''],
    [{}, 'channelId'],
    [{ channelId: 'Acme!' }, 'channelId'],
    [{ channelId: 'acme', channel: 'acme' }, 'channel'],
    [{ channelId: 'acme', days: 0 }, 'days'],
    [{ channelId: 'acme', days: 1.5 }, 'days'],
    [{ channelId: 'acme', days: '3' }, 'days'],
    [{ channelId: 'acme', days: 3651 }, 'days'],
    [{ channelId: 'acme', orderIds: [] }, 'orderIds'],
    [{ channelId: 'acme', orderIds: [0] }, 'orderIds'],
    [
      { channelId: 'acme', orderIds: Array.from({ length: IMPORT_IDS_MAX + 1 }, (_, index) => index + 1) },
      'orderIds',
    ],
    [{ channelId: 'acme', from: '2026-02-30' }, 'from'],
    [{ channelId: 'acme', from: '2026-08-21T10:00:00' }, 'from'],
    [{ channelId: 'acme', to: '2026-08-21' }, 'from'],
    [{ channelId: 'acme', from: '2026-08-21', to: '2026-08-20' }, 'to'],
    [{ channelId: 'acme', basis: 'created' }, 'basis'],
    [{ channelId: 'acme', days: 1, basis: 'shipped' }, 'basis'],
    [{ channelId: 'acme', days: 1, orderIds: [1] }, 'orderIds'],
    [{ channelId: 'acme', days: 1, from: '2026-08-21' }, 'from'],
    [{ channelId: 'acme', hints: 'yes' }, 'hints'],
    [{ channelId: 'acme', runId: '' }, 'runId'],
  ])('%j is refused at %j', (input, field) => {
    const read = parseImportInput(input);
    expect(read.ok).toBe(false);
    expect(read.ok ? [] : read.problems.map((problem) => problem.field)).toContain(field);
  });

  test('every bad field has its own problem', () => {
    const read = parseImportInput({ channelId: '', days: -1, basis: 'x', typo: 1 });
    expect(read.ok ? [] : read.problems.map((problem) => problem.field)).toEqual([
      'typo',
      'channelId',
      'days',
      'basis',
    ]);
  });
});
