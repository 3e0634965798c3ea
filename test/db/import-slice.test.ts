// One slice of an import on a real server: what becomes of every order read, once, whatever is repeated or interrupted.
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Order } from '../../domain/order.ts';
import { decideOrder } from '../../domain/order-stage.ts';
import type { Database } from '../../db/database.ts';
import { listDecisions } from '../../db/decisions.ts';
import { dueHints, leaveHint } from '../../db/hints.ts';
import { beginRun, failRun, getRun, isConserved, type ImportCursor } from '../../db/import-runs.ts';
import { storeSingleReads, storeSlice, type SliceRow, type StoredSlice } from '../../db/import-slice.ts';
import type { OrderRead } from '../../db/store-orders.ts';
import { asksForMore } from '../../db/store-change.ts';
import {
  addTestChannel,
  at,
  canonicalOrder,
  CHANNEL,
  clearOutbox,
  countOf,
  deliver,
  emptyAll,
  fact,
  openTestDatabase,
  orderRow,
  outboxRows,
  outcomesOf,
  settle,
  STORE_HASH,
} from './order-life.ts';

let db: Database;

beforeAll(async () => {
  db = await openTestDatabase(import.meta.url);
});
afterAll(() => db.close());
beforeEach(async () => {
  await emptyAll(db);
  await db.sql`delete from hints`;
  await db.sql`delete from import_runs`;
  await addTestChannel(db);
});

interface ReadOptions {
  /** Second of the store's clock at which it was modified. */
  modified?: number;
  /** Our minute at which it was read. */
  read?: number;
  change?: (order: Order) => Order;
  quantities?: number[];
  verdict?: OrderRead['verdict'];
  wants?: boolean;
  hint?: OrderRead['hint'];
  decided?: boolean;
}

const REJECTED = {
  admitted: false,
  kind: 'rejected',
  rule: 'default_exclude',
  setting: 'orders.import.statuses.default_exclude',
  detail: 'Pending is excluded',
} as const;

function held(untilMinute: number): OrderRead['verdict'] {
  return {
    admitted: false,
    kind: 'held',
    rule: 'hold',
    setting: 'orders.import.hold_minutes',
    detail: 'held',
    until: at(untilMinute),
  };
}

function modifiedAt(second: number): string {
  return new Date(Date.parse('2026-03-01T09:00:00Z') + second * 1_000).toISOString().replace('.000Z', 'Z');
}

function readOf(orderId: number, options: ReadOptions = {}): OrderRead {
  const base = canonicalOrder(
    orderId,
    options.quantities === undefined ? {} : { quantities: options.quantities },
  );
  const order = { ...(options.change?.(base) ?? base), modifiedAt: modifiedAt(options.modified ?? 0) };
  const { modifiedAt: _modified, ...content } = order;
  return {
    kind: 'order',
    order,
    contentHash: JSON.stringify(content),
    readAt: at(options.read ?? 0),
    verdict: options.verdict ?? { admitted: true },
    wantsLifecycle:
      options.wants === false
        ? { wants: false, reason: 'beyond_horizon', detail: 'older than the horizon' }
        : { wants: true },
    ...(options.hint === undefined ? {} : { hint: options.hint }),
    ...(options.decided === true ? { decision: firstDecision(order) } : {}),
  };
}

function firstDecision(order: Order): NonNullable<OrderRead['decision']> {
  return decideOrder({
    order,
    events: [],
    overrides: [],
    store: { statusId: order.statusId, statusExplained: true, shippedByPerson: [] },
    stage: null,
    stale: false,
    paused: false,
    ledger: { auth: false, refused: false, ask: false },
    reopened: false,
  });
}

const withStatus =
  (statusId: number) =>
  (order: Order): Order => ({ ...order, statusId });
const withNote =
  (staffNotes: string) =>
  (order: Order): Order => ({ ...order, staffNotes });
const START: ImportCursor = { phase: 'ids', minId: 1 };

async function newRun(): Promise<string> {
  const id = randomUUID();
  await beginRun(db, {
    id,
    channelId: CHANNEL,
    workflowId: `import:${CHANNEL}:manual:test`,
    mode: 'ids',
    input: {},
    window: { from: null, to: null },
    cursor: START,
    now: at(0),
  });
  return id;
}

/** Stores the rows as the next slice of a run of their own. */
async function store(rows: SliceRow[], now = at(1)): Promise<StoredSlice> {
  return storeSlice(db, {
    runId: await newRun(),
    expectedCursor: START,
    nextCursor: { phase: 'done' },
    rows,
    apiCalls: 1,
    now,
  });
}

const outcomes = (slice: StoredSlice): string[] => slice.reads.map((read) => read.outcome);

describe('a new order', () => {
  it('is stored, explained, opened and offered in the transaction that moves the cursor', async () => {
    const slice = await store([readOf(2, { decided: true }), readOf(1)]);

    expect(outcomes(slice)).toEqual(['created', 'created']);
    expect(slice).toMatchObject({
      repeated: false,
      changed: 2,
      cursor: { phase: 'done' },
      slices: 1,
    });
    expect(slice.counts).toMatchObject({ seen: 2, created: 2, apiCalls: 1 });
    expect(await outboxRows(db)).toEqual([
      { orderId: 1, first: true },
      { orderId: 2, first: true },
    ]);
    const row = await orderRow(db, 2);
    expect(row).toMatchObject({
      storeHash: STORE_HASH,
      lifecycleState: 'open',
      explainedStatuses: [11],
      stage: 'imported',
      attention: null,
      stageChangedAt: at(1),
      firstSeenAt: at(1),
      lastNewsAt: at(1),
      readAt: at(0),
      storeModifiedAt: '2026-03-01T09:00:00.000Z',
    });
    expect(row.canonical).toEqual(readOf(2).order);
    expect((await orderRow(db, 1)).stage).toBeNull();
    expect(await outcomesOf(db, 2, 'gate')).toEqual(['admitted']);
    expect(await outcomesOf(db, 2, 'lifecycle')).toEqual([]);
  });

  it('that no lifecycle is wanted for is kept and offered to nobody', async () => {
    await store([readOf(1, { wants: false })]);

    expect(await orderRow(db, 1)).toMatchObject({ lifecycleState: 'none' });
    expect(await outboxRows(db)).toEqual([]);
    expect(await outcomesOf(db, 1, 'lifecycle')).toEqual(['not_opened:beyond_horizon']);
  });

  it('takes the events that waited for it, and its lifecycle is told', async () => {
    await deliver(db, 1, fact('in_transit', { number: 'WAITED', minute: 0 }));
    expect(await countOf(db, 'carrier_events')).toBe(1);

    await store([readOf(1, { decided: true })]);

    expect(await orderRow(db, 1)).toMatchObject({ stage: 'shipped', lifecycleState: 'open' });
    expect(await outboxRows(db)).toEqual([{ orderId: 1, first: false }]);
  });

  it('keeps texts that Postgres cannot hold without failing its page', async () => {
    const slice = await store([readOf(1, { change: withNote('a\0b \uD83D') }), readOf(2)]);

    expect(outcomes(slice)).toEqual(['created', 'created']);
    expect((await orderRow(db, 1)).canonical.staffNotes).toBe('a\uFFFDb \uFFFD');
  });

  it('of a store with another channel takes over what is explained there', async () => {
    await store([readOf(1)]);
    await db.sql`update orders set explained_statuses = '[2, 3]'`;
    await addTestChannel(db, { id: 'second' });
    await storeSingleReads(db, {
      channelId: 'second',
      rows: [readOf(1, { change: withStatus(10) }), readOf(2)],
      now: at(1),
    });

    expect(await orderRow(db, 1, 'second')).toMatchObject({ explainedStatuses: [2, 3], statusId: 10 });
    expect(await orderRow(db, 2, 'second')).toMatchObject({ explainedStatuses: [11] });
  });
});

describe('a known order', () => {
  it('is never overwritten by an older version', async () => {
    await store([readOf(1, { modified: 10, change: withNote('new') })]);
    const slice = await store([readOf(1, { modified: 9, read: 5, change: withNote('old') })]);

    expect(outcomes(slice)).toEqual(['older']);
    expect(slice.counts).toMatchObject({ seen: 1, unchanged: 1 });
    expect((await orderRow(db, 1)).canonical.staffNotes).toBe('new');
  });

  it('takes the later read of two with an equal time of change', async () => {
    await store([readOf(1, { modified: 10, read: 5, change: withNote('first') })]);
    expect(
      outcomes(await store([readOf(1, { modified: 10, read: 4, change: withNote('earlier read') })])),
    ).toEqual(['older']);
    expect(
      outcomes(await store([readOf(1, { modified: 10, read: 6, change: withNote('later read') })])),
    ).toEqual(['updated']);
    expect((await orderRow(db, 1)).canonical.staffNotes).toBe('later read');
  });

  it('with the same content is unchanged, and only its times move on', async () => {
    await store([readOf(1, { modified: 1, read: 1 })], at(1));
    const slice = await store([readOf(1, { modified: 2, read: 8 })], at(8));

    expect(outcomes(slice)).toEqual(['unchanged']);
    expect(await orderRow(db, 1)).toMatchObject({
      readAt: at(8),
      storeModifiedAt: '2026-03-01T09:00:02.000Z',
      lastNewsAt: at(1),
    });
    expect(await outboxRows(db)).toHaveLength(1);
  });

  it('is refreshed in statuses that would keep a new one out, without a new verdict', async () => {
    await store([readOf(1)]);
    const slice = await store([readOf(1, { modified: 1, change: withStatus(1), verdict: REJECTED })]);

    expect(outcomes(slice)).toEqual(['updated']);
    expect((await orderRow(db, 1)).statusId).toBe(1);
    expect(await outcomesOf(db, 1, 'gate')).toEqual(['admitted']);
  });

  it('wakes its open lifecycle for a change that may matter, and for no other', async () => {
    await store([readOf(1), readOf(2)]);
    await settle(db, 1);
    await settle(db, 2);
    await clearOutbox(db);

    const slice = await store([
      readOf(1, { modified: 1, change: withStatus(5) }),
      readOf(2, { modified: 1, change: withNote('be quick') }),
    ]);

    expect(outcomes(slice)).toEqual(['updated', 'updated']);
    expect(await outboxRows(db)).toEqual([{ orderId: 1, first: false }]);
    expect((await orderRow(db, 1)).stage).toBe('cancelled');
  });

  it('that was closed re-opens when the store asks for more', async () => {
    await store([readOf(1, { change: withStatus(5), wants: false, decided: true })]);
    await db.sql`update orders set lifecycle_state = 'closed', closed_reason = 'end'`;

    await store([readOf(1, { modified: 1, change: withStatus(11) })]);

    expect(await orderRow(db, 1)).toMatchObject({ lifecycleState: 'open', stage: 'imported' });
    expect(await outboxRows(db)).toEqual([{ orderId: 1, first: false }]);
  });

  it('is told from one that asks for more by lines, quantities and ending statuses', () => {
    const before = canonicalOrder(1, { quantities: [1, 2] });
    const digital = canonicalOrder(1, { quantities: [9], digital: true });
    expect(asksForMore(before, before)).toBe(false);
    expect(asksForMore(before, canonicalOrder(1, { quantities: [1, 3] }))).toBe(true);
    expect(asksForMore(before, canonicalOrder(1, { quantities: [1, 1] }))).toBe(false);
    expect(asksForMore(before, canonicalOrder(1, { quantities: [1, 2, 1] }))).toBe(true);
    expect(asksForMore(before, digital)).toBe(false);
    expect(asksForMore(withStatus(6)(before), before)).toBe(true);
    expect(asksForMore(withStatus(6)(before), withStatus(4)(before))).toBe(false);
  });
});

describe('an order that is not admitted', () => {
  it('leaves a decision and nothing else when it is rejected, once for many reads', async () => {
    const slice = await store([readOf(1, { verdict: REJECTED })]);
    await store([readOf(1, { verdict: REJECTED, read: 7 })]);

    expect(outcomes(slice)).toEqual(['rejected']);
    expect(slice.counts).toMatchObject({ seen: 1, rejected: { default_exclude: 1 } });
    expect(await countOf(db, 'orders')).toBe(0);
    expect(await countOf(db, 'hints')).toBe(0);
    expect(await listDecisions(db, { channelId: CHANNEL, orderId: 1 })).toMatchObject([
      {
        kind: 'gate',
        outcome: 'rejected:default_exclude',
        detail: expect.stringContaining('default_exclude') as string,
      },
    ]);
  });

  it('leaves a hint for the end of its hold, and is created when that time has come', async () => {
    const slice = await store([readOf(1, { verdict: held(30) })]);
    expect(outcomes(slice)).toEqual(['held']);
    expect(slice.counts.setAside).toEqual({ held: 1 });
    expect(await dueHints(db, { channelId: CHANNEL, limit: 5, now: at(29) })).toEqual([]);

    const [hint] = await dueHints(db, { channelId: CHANNEL, limit: 5, now: at(30) });
    if (hint === undefined) throw new Error('no hint');
    await store([readOf(1, { read: 30, hint })], at(30));

    expect(await countOf(db, 'hints')).toBe(0);
    expect(await outcomesOf(db, 1, 'gate')).toEqual(['held:hold', 'admitted']);
    expect(await outboxRows(db)).toEqual([{ orderId: 1, first: true }]);
  });
});

describe('a read that came to nothing', () => {
  it('sets an unreadable order aside, with growing pauses, until it can be read', async () => {
    const unreadable = {
      kind: 'unreadable',
      orderId: 1,
      error: 'products[0].quantity: expected a number',
    } as const;
    const slice = await store([unreadable], at(0));
    expect(outcomes(slice)).toEqual(['unreadable']);
    expect(slice.counts.setAside).toEqual({ unreadable: 1 });

    let minute = 1;
    for (const pause of [2, 4]) {
      const [hint] = await dueHints(db, { channelId: CHANNEL, limit: 5, now: at(minute) });
      if (hint === undefined) throw new Error(`no hint at minute ${String(minute)}`);
      await store([{ ...unreadable, hint: { ...hint, attempts: hint.attempts + 1 } }], at(minute));
      expect(await dueHints(db, { channelId: CHANNEL, limit: 5, now: at(minute + pause - 1) })).toEqual([]);
      minute += pause;
    }
    expect(await dueHints(db, { channelId: CHANNEL, limit: 5, now: at(minute) })).toMatchObject([
      { attempts: 2 },
    ]);
    expect(await outcomesOf(db, 1, 'gate')).toEqual(['unreadable']);
  });

  it('counts an answer without even an id, and leaves no hint', async () => {
    const slice = await store([{ kind: 'unreadable', orderId: null, error: 'id: expected a number' }]);

    expect(slice.counts).toMatchObject({ seen: 1, setAside: { unreadable: 1 } });
    expect(await countOf(db, 'hints')).toBe(0);
  });

  it('forgets the hint of an order that the store does not have', async () => {
    await leaveHint(db, { channelId: CHANNEL, orderId: 1, reason: 'webhook', dueAt: at(0), now: at(0) });
    const [hint] = await dueHints(db, { channelId: CHANNEL, limit: 5, now: at(0) });
    if (hint === undefined) throw new Error('no hint');
    const slice = await store([{ kind: 'missing', orderId: 1, hint }]);

    expect(slice.counts.rejected).toEqual({ not_found: 1 });
    expect(await countOf(db, 'hints')).toBe(0);
    expect(await outcomesOf(db, 1, 'gate')).toEqual(['rejected:not_found']);
  });

  it('keeps a hint that came while the order was read', async () => {
    await leaveHint(db, { channelId: CHANNEL, orderId: 1, reason: 'webhook', dueAt: at(0), now: at(0) });
    const [hint] = await dueHints(db, { channelId: CHANNEL, limit: 5, now: at(0) });
    if (hint === undefined) throw new Error('no hint');
    await leaveHint(db, { channelId: CHANNEL, orderId: 1, reason: 'webhook', dueAt: at(1), now: at(1) });
    await store([readOf(1, { hint })]);

    expect(await dueHints(db, { channelId: CHANNEL, limit: 5, now: at(1) })).toHaveLength(1);
  });
});

describe('the fence', () => {
  it('lets a slice that comes again change nothing', async () => {
    const runId = await newRun();
    const slice = {
      runId,
      expectedCursor: START,
      nextCursor: { phase: 'ids', minId: 3 } as const,
      apiCalls: 1,
      now: at(1),
    };
    const first = await storeSlice(db, { ...slice, rows: [readOf(1), readOf(2)] });
    await clearOutbox(db);
    const again = await storeSlice(db, {
      ...slice,
      rows: [readOf(1, { modified: 5, change: withStatus(5) }), readOf(9)],
    });

    expect(again).toMatchObject({
      repeated: true,
      reads: [],
      cursor: { phase: 'ids', minId: 3 },
      counts: first.counts,
      slices: 1,
    });
    expect((await orderRow(db, 1)).statusId).toBe(11);
    expect(await outboxRows(db)).toEqual([]);
  });

  it('stores one of two that come at the same time', async () => {
    const runId = await newRun();
    const slice = {
      runId,
      expectedCursor: START,
      nextCursor: { phase: 'done' } as const,
      apiCalls: 1,
      now: at(1),
    };
    const rows = [readOf(1), readOf(2)];
    const both = await Promise.all([storeSlice(db, { ...slice, rows }), storeSlice(db, { ...slice, rows })]);

    expect(both.map((one) => one.repeated).sort()).toEqual([false, true]);
    expect((await getRun(db, runId))?.counts).toMatchObject({ seen: 2, created: 2, apiCalls: 1 });
  });

  it('takes nothing for a run that has ended', async () => {
    const runId = await newRun();
    await failRun(db, { runId, state: 'cancelled', failure: 'not needed', now: at(1) });
    const slice = {
      runId,
      expectedCursor: START,
      nextCursor: { phase: 'done' } as const,
      apiCalls: 1,
      now: at(1),
    };

    await expect(storeSlice(db, { ...slice, rows: [readOf(1)] })).rejects.toMatchObject({
      code: 'run_ended',
    });
    await expect(storeSlice(db, { ...slice, runId: randomUUID(), rows: [] })).rejects.toMatchObject({
      code: 'run_unknown',
    });
    await expect(storeSlice(db, { ...slice, nextCursor: START, rows: [] })).rejects.toThrow(RangeError);
    expect(await countOf(db, 'orders')).toBe(0);
  });

  it('leaves nothing behind when the transaction fails at its very end, and the slice may come again', async () => {
    const runId = await newRun();
    const rows: SliceRow[] = [readOf(1), readOf(2, { verdict: REJECTED }), readOf(3, { verdict: held(9) })];
    const slice = {
      runId,
      expectedCursor: START,
      nextCursor: { phase: 'done' } as const,
      rows,
      apiCalls: 1,
      now: at(1),
    };
    await db.sql.unsafe(`
      create function refuse() returns trigger language plpgsql as $$ begin raise 'power cut'; end $$;
      create trigger refuse before update on import_runs for each row execute function refuse();`);
    try {
      await expect(storeSlice(db, slice)).rejects.toThrow('power cut');
    } finally {
      await db.sql.unsafe('drop trigger refuse on import_runs; drop function refuse;');
    }
    for (const table of ['orders', 'outbox', 'hints', 'decisions']) expect(await countOf(db, table)).toBe(0);
    expect(await getRun(db, runId)).toMatchObject({ cursor: START, slices: 0, counts: { seen: 0 } });

    expect(outcomes(await storeSlice(db, slice))).toEqual(['created', 'rejected', 'held']);
  });

  it('keeps the end of the window that the first answer told', async () => {
    const runId = await newRun();
    const window = { from: null, to: '2026-03-02T08:00:00Z' };
    await storeSlice(db, {
      runId,
      expectedCursor: START,
      nextCursor: { phase: 'done' },
      window,
      rows: [],
      apiCalls: 1,
      now: at(1),
    });

    expect((await getRun(db, runId))?.window).toEqual(window);
  });
});

describe('many slices at once', () => {
  it('create every order once, and every read is accounted for', async () => {
    const slices = await Promise.all(
      Array.from({ length: 8 }, (_, slice) =>
        store(
          Array.from({ length: 40 }, (_unused, index) =>
            readOf(((index + slice * 10) % 60) + 1, { read: slice, modified: slice }),
          ),
          at(slice),
        ),
      ),
    );

    const total = (key: 'seen' | 'created' | 'updated' | 'unchanged') =>
      slices.reduce((sum, slice) => sum + slice.counts[key], 0);
    expect(total('created')).toBe(60);
    expect(total('seen')).toBe(320);
    expect(slices.every((slice) => isConserved(slice.counts))).toBe(true);
    expect(await countOf(db, 'orders')).toBe(60);
    expect(await countOf(db, 'outbox')).toBe(60);
    // Slice s reads orders from 10 s + 1 on, 40 of 60 in a circle: the last slice that reads an order has its newest version.
    const newestSlice = (orderId: number): number =>
      Math.max(...[0, 1, 2, 3, 4, 5, 6, 7].filter((slice) => (orderId - 1 - slice * 10 + 120) % 60 < 40));
    const rows = await db.sql<{ id: number; modified: string }[]>`
      select order_id as id, store_modified_at as modified from orders order by order_id`;
    expect(rows.map((row) => row.modified)).toEqual(
      rows.map((row) => new Date(modifiedAt(newestSlice(row.id))).toISOString()),
    );
  });

  it('end at the newest version whatever the order in which they came', async () => {
    const version = fc.record({
      modified: fc.integer({ min: 0, max: 3 }),
      read: fc.integer({ min: 0, max: 3 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(version, { minLength: 1, maxLength: 8 }), async (versions) => {
        await emptyAll(db);
        await addTestChannel(db);
        const noteOf = (v: { modified: number; read: number }) => `${String(v.modified)}.${String(v.read)}`;
        for (const v of versions) await store([readOf(1, { ...v, change: withNote(noteOf(v)) })]);
        const newest = versions.map(noteOf).sort().at(-1);
        expect((await orderRow(db, 1)).canonical.staffNotes).toBe(newest);
      }),
      { numRuns: 15 },
    );
  });

  it('count an order that a page names twice once, as its newest read says', async () => {
    const slice = await store([
      readOf(1, { modified: 2, change: withNote('newer') }),
      readOf(1, { modified: 1, change: withNote('older') }),
    ]);

    expect(outcomes(slice)).toEqual(['created', 'unchanged']);
    expect(isConserved(slice.counts)).toBe(true);
    expect((await orderRow(db, 1)).canonical.staffNotes).toBe('newer');
  });
});

describe('single reads outside a run', () => {
  it('follow the same rules', async () => {
    const rows: SliceRow[] = [readOf(1), readOf(2, { verdict: REJECTED }), { kind: 'missing', orderId: 3 }];
    const reads = await storeSingleReads(db, { channelId: CHANNEL, rows, now: at(1) });

    expect(reads).toEqual([
      { orderId: 1, outcome: 'created' },
      {
        orderId: 2,
        outcome: 'rejected',
        rule: 'default_exclude',
        setting: REJECTED.setting,
        detail: REJECTED.detail,
      },
      { orderId: 3, outcome: 'missing', detail: 'The store has no order with this id.' },
    ]);
    expect(await outboxRows(db)).toEqual([{ orderId: 1, first: true }]);
  });

  it('are refused for an unknown channel', async () => {
    const unknown = storeSingleReads(db, { channelId: 'nobody', rows: [readOf(1)], now: at(1) });
    await expect(unknown).rejects.toMatchObject({ code: 'channel_unknown' });
  });
});
