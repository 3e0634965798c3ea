import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  advance,
  advanceList,
  fixWindowEnd,
  importWindow,
  LIST_PAGE_SIZE_MAX,
  nextQuery,
  type ImportStart,
  type ListQuery,
} from '../../domain/import-cursor.ts';
import { isoSecond } from '../../domain/instants.ts';

const NOW = '2026-01-10T12:00:00.000Z';
const NOW_MS = Date.parse(NOW);

interface StoredOrder {
  orderId: number;
  modifiedMs: number;
  createdMs: number;
}

/** Lists like the store: inclusive bounds on whole seconds, ties in any order, at most 250 a page. */
class FakePager {
  calls = 0;
  readonly orders: StoredOrder[];
  readonly tieSeed: number;

  constructor(orders: StoredOrder[], tieSeed = 1) {
    this.orders = orders;
    this.tieSeed = tieSeed;
  }

  list(query: ListQuery): { orderId: number; modifiedAt: string }[] {
    this.calls += 1;
    expect(query.limit).toBeLessThanOrEqual(LIST_PAGE_SIZE_MAX);
    const second = (ms: number) => Math.floor(ms / 1000);
    const bound = (iso: string | undefined, missing: number) =>
      iso === undefined ? missing : second(Date.parse(iso));
    const found = this.orders.filter(
      (one) =>
        one.orderId >= (query.minId ?? 0) &&
        second(one.modifiedMs) >= bound(query.minModified, 0) &&
        second(one.modifiedMs) <= bound(query.maxModified, Infinity) &&
        second(one.createdMs) >= bound(query.minCreated, 0) &&
        second(one.createdMs) <= bound(query.maxCreated, Infinity),
    );
    // Another order of ties on every call: nothing may rely on it.
    const tie = (one: StoredOrder) => (one.orderId * 2654435761 * (this.tieSeed + this.calls)) % 1_000_003;
    found.sort((a, b) =>
      query.sort === 'id:asc'
        ? a.orderId - b.orderId
        : second(a.modifiedMs) - second(b.modifiedMs) || tie(a) - tie(b),
    );
    return found
      .slice(0, query.limit)
      .map((one) => ({ orderId: one.orderId, modifiedAt: isoSecond(one.modifiedMs) }));
  }
}

/** Runs an import to its end; `between` plays the store's life after each page. */
function run(
  start: ImportStart,
  pager: FakePager,
  between: (page: number) => void = () => undefined,
  limit = LIST_PAGE_SIZE_MAX,
) {
  const seen = new Set<number>();
  let { cursor, window } = start;
  for (let page = 1; page <= 1_000; page += 1) {
    const query = nextQuery({ mode: start.mode, cursor, window, limit });
    if (query === null) return { seen, window, calls: pager.calls };
    const answer = pager.list(query);
    window = fixWindowEnd(window, NOW);
    for (const one of answer) seen.add(one.orderId);
    cursor = advance({ cursor, window, page: answer, limit });
    between(page);
  }
  throw new Error('the import does not end');
}

function watermarkRun(watermark: string): ImportStart {
  return importWindow({ request: { channelId: 'acme' }, watermark, nominalTime: null, now: NOW });
}

describe('10,000 orders, 600 of them modified within one second', () => {
  const orders = Array.from({ length: 10_000 }, (_, index) => {
    const burst = index >= 4_000 && index < 4_600;
    const modifiedMs = Date.parse('2026-01-10T00:00:00Z') + (burst ? 4_000 : index) * 1000;
    return { orderId: index + 1, createdMs: modifiedMs, modifiedMs };
  });

  test('are read by modification with at most 60 calls, and none is missed', () => {
    const { seen, calls } = run(watermarkRun('2026-01-10T00:00:00.000Z'), new FakePager(orders));
    expect(seen.size).toBe(10_000);
    expect(calls).toBeLessThanOrEqual(60);
  });

  test('are read by id on the first run with at most 41 calls', () => {
    const start = importWindow({
      request: { channelId: 'acme' },
      watermark: null,
      nominalTime: null,
      now: NOW,
    });
    const { seen, calls, window } = run(start, new FakePager(orders));
    expect(start).toMatchObject({ mode: 'first', movesWatermark: true });
    expect(seen.size).toBe(10_000);
    expect(calls).toBeLessThanOrEqual(41);
    expect(window.to).toBe('2026-01-10T11:59:00Z');
  });
});

test('a quiet hour costs one call, which names no end', () => {
  const start = watermarkRun('2026-01-10T11:00:00.000Z');
  expect(start).toMatchObject({
    mode: 'watermark',
    movesWatermark: true,
    window: { from: '2026-01-10T10:45:00Z', to: null },
  });
  expect(nextQuery(start)).toEqual({
    sort: 'date_modified:asc',
    limit: 250,
    minModified: '2026-01-10T10:45:00Z',
  });
  const { calls, window } = run(start, new FakePager([]));
  expect(calls).toBe(1);
  expect(window.to).toBe('2026-01-10T11:59:00Z');
});

test('an order that moves out of the window while it is read is found by the next run', () => {
  const fromMs = Date.parse('2026-01-10T11:00:00Z');
  const orders = Array.from({ length: 800 }, (_, index) => ({
    orderId: index + 1,
    createdMs: fromMs,
    modifiedMs: fromMs + index * 1000,
  }));
  const pager = new FakePager(orders);
  const first = run(watermarkRun('2026-01-10T11:00:00.000Z'), pager, (page) => {
    const moved = page === 1 ? orders[700] : undefined;
    if (moved !== undefined) moved.modifiedMs = NOW_MS + 5_000;
  });
  expect(first.seen.has(701)).toBe(false);
  const second = run(watermarkRun(first.window.to ?? ''), pager);
  expect(new Set([...first.seen, ...second.seen]).size).toBe(800);
});

test('no order is missed for any times, page size and order of ties', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 12 }), { maxLength: 80 }),
      fc.integer({ min: 2, max: 9 }),
      fc.integer({ min: 1, max: 1000 }),
      (seconds, limit, tieSeed) => {
        const orders = seconds.map((second, index) => {
          const modifiedMs = Date.parse('2026-01-10T11:00:00Z') + second * 1000;
          return { orderId: index + 1, createdMs: modifiedMs, modifiedMs };
        });
        const { seen } = run(
          watermarkRun('2026-01-10T11:00:00.000Z'),
          new FakePager(orders, tieSeed),
          undefined,
          limit,
        );
        expect(seen.size).toBe(orders.length);
      },
    ),
  );
});

describe('where a run begins', () => {
  const base = { watermark: '2026-01-10T11:00:00.000Z', nominalTime: null, now: NOW };

  test('a nominal time older than two hours reads its own hour and moves no watermark', () => {
    expect(
      importWindow({ ...base, request: { channelId: 'acme' }, nominalTime: '2026-01-10T08:00:00Z' }),
    ).toEqual({
      mode: 'range',
      window: { from: '2026-01-10T06:45:00Z', to: '2026-01-10T08:00:00Z' },
      cursor: { phase: 'window', since: '2026-01-10T06:45:00Z' },
      movesWatermark: false,
    });
    const fresh = importWindow({
      ...base,
      request: { channelId: 'acme' },
      nominalTime: '2026-01-10T11:00:00Z',
    });
    expect(fresh).toMatchObject({ mode: 'watermark', movesWatermark: true });
  });

  test('without a watermark the first import goes before any catching up', () => {
    const start = importWindow({
      request: { channelId: 'acme' },
      watermark: null,
      nominalTime: '2026-01-10T01:00:00Z',
      now: NOW,
    });
    expect(start).toMatchObject({ mode: 'first', movesWatermark: true });
  });

  test('days, ranges, ids and hints ask for themselves', () => {
    expect(importWindow({ ...base, request: { channelId: 'acme', days: 2 } })).toMatchObject({
      mode: 'range',
      window: { from: '2026-01-08T00:00:00Z', to: null },
      movesWatermark: false,
    });
    expect(
      importWindow({ ...base, request: { channelId: 'acme', from: '2026-01-01', to: '2026-01-02' } }).window,
    ).toEqual({
      from: '2026-01-01T00:00:00Z',
      to: '2026-01-02T23:59:59Z',
    });
    expect(importWindow({ ...base, request: { channelId: 'acme', orderIds: [3] } })).toMatchObject({
      mode: 'ids',
      cursor: { phase: 'list', next: 0 },
    });
    expect(importWindow({ ...base, request: { channelId: 'acme', hints: true } })).toMatchObject({
      mode: 'hints',
      movesWatermark: false,
    });
  });

  test("days are those of the channel's time zone, also over a change of its clock (S-31)", () => {
    const from = (request: object, timeZone: string, now = NOW) =>
      importWindow({ ...base, now, timeZone, request: { channelId: 'acme', ...request } }).window;
    expect(from({ days: 1 }, 'Europe/Rome').from).toBe('2026-01-08T23:00:00Z');
    expect(from({ days: 1 }, 'Australia/Sydney').from).toBe('2026-01-08T13:00:00Z');
    // On 29 March 2026 Rome's clock goes from 02:00 to 03:00, on 25 October from 03:00 to 02:00.
    expect(from({ from: '2026-03-29', to: '2026-03-29' }, 'Europe/Rome')).toEqual({
      from: '2026-03-28T23:00:00Z',
      to: '2026-03-29T21:59:59Z',
    });
    expect(from({ from: '2026-10-25', to: '2026-10-25' }, 'Europe/Rome')).toEqual({
      from: '2026-10-24T22:00:00Z',
      to: '2026-10-25T22:59:59Z',
    });
    expect(from({ from: '2026-01-02T10:00:00Z', to: '2026-01-02T11:00:00Z' }, 'Europe/Rome').from).toBe(
      '2026-01-02T10:00:00Z',
    );
  });

  test('a range of creations is read by id between its bounds', () => {
    const start = importWindow({
      ...base,
      request: { channelId: 'acme', from: '2026-01-02', to: '2026-01-03', basis: 'created' },
    });
    expect(nextQuery(start)).toEqual({
      sort: 'id:asc',
      limit: 250,
      minId: 1,
      minCreated: '2026-01-02T00:00:00Z',
      maxCreated: '2026-01-03T23:59:59Z',
    });
    const day = 86_400_000;
    const orders = Array.from({ length: 600 }, (_, index) => {
      const createdMs = Date.parse('2026-01-01T00:00:00Z') + (index * day * 4) / 600;
      return { orderId: index + 1, createdMs, modifiedMs: NOW_MS };
    });
    expect(run(start, new FakePager(orders)).seen.size).toBe(300);
  });
});

test('given ids are counted off until none is left', () => {
  expect(advanceList({ phase: 'list', next: 0 }, 25, 60)).toEqual({ phase: 'list', next: 25 });
  expect(advanceList({ phase: 'list', next: 50 }, 10, 60)).toEqual({ phase: 'done' });
  expect(advanceList({ phase: 'done' }, 10, 60)).toEqual({ phase: 'done' });
  expect(
    nextQuery({ mode: 'ids', cursor: { phase: 'list', next: 0 }, window: { from: null, to: null } }),
  ).toBeNull();
});

test('the end of a window is fixed once', () => {
  const fixed = fixWindowEnd({ from: null, to: null }, NOW);
  expect(fixWindowEnd(fixed, '2026-02-01T00:00:00Z')).toBe(fixed);
});
