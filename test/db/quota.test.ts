// The quota on a real server with many takers at once. Time passes by moving what is stored into the past, which is the
// same to statements that read the database's clock.
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Database } from '../../db/database.ts';
import {
  blockQuota,
  DEFAULT_CEILING,
  GRANT_USE_MS,
  observeQuota,
  quotaView,
  setCeiling,
  takeQuota,
  type QuotaPurpose,
} from '../../db/quota.ts';
import { openTestDatabase } from './order-life.ts';

const STORE = 'store1';
/** Statements take a moment of real time, which the reckoned wait contains. */
const REAL_TIME_MS = 3_000;
let db: Database;

beforeAll(async () => {
  db = await openTestDatabase(import.meta.url);
});
afterAll(() => db.close());
beforeEach(async () => {
  await db.sql`delete from quota_grants`;
  await db.sql`delete from quotas`;
});

const take = (calls: number, purpose: QuotaPurpose = 'write_back', atLeast?: number) =>
  takeQuota(db, { storeHash: STORE, calls, purpose, ...(atLeast === undefined ? {} : { atLeast }) });
const ceiling = (limit: number, windowMs = 30_000) => setCeiling(db, { storeHash: STORE, limit, windowMs });

async function pass(ms: number): Promise<void> {
  const interval = `${String(ms)} milliseconds`;
  await db.sql`update quota_grants set granted_at = granted_at - ${interval}::interval`;
  await db.sql`update quotas set live_until = live_until - ${interval}::interval, blocked_until = blocked_until - ${interval}::interval`;
}

async function waitOf(calls: number, purpose: QuotaPurpose = 'write_back'): Promise<number> {
  const answer = await take(calls, purpose);
  if (answer.granted) throw new Error('granted, where a refusal was expected');
  return answer.waitMs;
}

function between(value: number, least: number, most: number): void {
  expect(value).toBeGreaterThanOrEqual(least);
  expect(value).toBeLessThanOrEqual(most);
}

describe('a grant', () => {
  it('may be used for five seconds by the database’s clock', async () => {
    const [before] = await db.sql<{ at: string }[]>`select clock_timestamp() as at`;
    const answer = await take(1);

    if (!answer.granted) throw new Error('refused');
    expect(answer).toMatchObject({ calls: 1, expiresInMs: GRANT_USE_MS });
    between(
      Date.parse(answer.expiresAt) - Date.parse(before?.at ?? ''),
      GRANT_USE_MS - 2,
      GRANT_USE_MS + REAL_TIME_MS,
    );
  });

  it('for a store that nobody configured comes out of the default ceiling', async () => {
    expect(await take(DEFAULT_CEILING.limit)).toMatchObject({ granted: true });
    expect(await take(1)).toMatchObject({ granted: false });
    expect(await quotaView(db, STORE)).toMatchObject({
      limit: 120,
      windowMs: 30_000,
      effectiveLimit: 120,
      used: { write_back: 120 },
    });
  });

  it('counts for the window and the five seconds, then no more', async () => {
    await ceiling(10);
    await take(10);
    await pass(30_000 + GRANT_USE_MS - REAL_TIME_MS);
    expect(await take(1)).toMatchObject({ granted: false });
    await pass(REAL_TIME_MS);
    expect(await take(10)).toMatchObject({ granted: true });
    expect(await db.sql`select 1 from quota_grants`).toHaveLength(1);
  });

  it('of one store costs another store nothing', async () => {
    await ceiling(1);
    await take(1);
    expect(await takeQuota(db, { storeHash: 'store2', calls: 1, purpose: 'import' })).toMatchObject({
      granted: true,
    });
  });

  it('is all or nothing, unless fewer calls will do', async () => {
    await ceiling(10);
    await take(7);
    expect(await take(4)).toMatchObject({ granted: false });
    expect(await take(4, 'write_back', 1)).toMatchObject({ granted: true, calls: 3 });
  });

  it('that could never be given is an error that names the setting', async () => {
    await ceiling(10);
    await expect(take(11)).rejects.toMatchObject({
      code: 'quota_too_small',
      message: expect.stringContaining('throttle.limit') as string,
    });
    await expect(take(9, 'import')).rejects.toMatchObject({ code: 'quota_too_small' });
    expect(await take(9, 'import', 1)).toMatchObject({ granted: true, calls: 8 });
    await expect(take(0)).rejects.toThrow(RangeError);
    await expect(take(2, 'import', 3)).rejects.toThrow(RangeError);
  });
});

describe('shares', () => {
  it('import and bulk together get four fifths, write-backs and operators the rest', async () => {
    await ceiling(10);
    expect(await take(5, 'import')).toMatchObject({ granted: true });
    expect(await take(3, 'bulk')).toMatchObject({ granted: true });
    expect(await take(1, 'bulk')).toMatchObject({ granted: false });
    expect(await take(1, 'operator')).toMatchObject({ granted: true });
    expect(await take(1)).toMatchObject({ granted: true });
    expect(await take(1)).toMatchObject({ granted: false });
    expect((await quotaView(db, STORE))?.used).toEqual({ import: 5, bulk: 3, operator: 1, write_back: 1 });
  });

  it('a limit of one call lets an import go on', async () => {
    await ceiling(1);
    expect(await take(10, 'import', 1)).toMatchObject({ granted: true, calls: 1 });
  });
});

describe('the wait', () => {
  it('ends when enough of the oldest grants have run out, and not before', async () => {
    await ceiling(10);
    await take(4);
    await pass(10_000);
    await take(6);
    await pass(5_000);

    // The first four count 35 s from 15 s ago, the other six from 5 s ago.
    const few = await waitOf(4);
    between(few, 20_000 - REAL_TIME_MS, 20_002);
    between(await waitOf(5), 30_000 - REAL_TIME_MS, 30_002);

    await pass(few);
    expect(await take(4)).toMatchObject({ granted: true });
  });

  it('of an import is that of its share, even while the ceiling has room', async () => {
    await ceiling(10);
    await take(8, 'import');
    await pass(15_000);
    await take(1);

    between(await waitOf(1, 'import'), 20_000 - REAL_TIME_MS, 20_002);
  });

  it('is long enough whatever was granted before', async () => {
    const grant = fc.record({
      calls: fc.integer({ min: 1, max: 6 }),
      purpose: fc.constantFrom<QuotaPurpose>('operator', 'write_back', 'import', 'bulk'),
      passMs: fc.integer({ min: 0, max: 12_000 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(grant, { minLength: 1, maxLength: 12 }), async (grants) => {
        await db.sql`delete from quota_grants`;
        await ceiling(10);
        for (const { calls, purpose, passMs } of grants) {
          const answer = await take(calls, purpose);
          if (!answer.granted) {
            between(answer.waitMs, 0, 35_002);
            await pass(answer.waitMs);
            expect(await take(calls, purpose)).toMatchObject({ granted: true });
          }
          await pass(passMs);
        }
      }),
      { numRuns: 20 },
    );
  });
});

describe('many takers at once', () => {
  it('never get more than the limit in any window, grants used at any moment of their time', async () => {
    const LIMIT = 20;
    const WINDOW_MS = 10_000;
    await ceiling(LIMIT, WINDOW_MS);
    // What was granted, by the database's clock plus what was passed until then.
    const granted: { at: number; calls: number }[] = [];
    let passed = 0;
    for (let round = 0; round < 30; round += 1) {
      const answers = await Promise.all(
        Array.from({ length: 12 }, (_, taker) =>
          take(1 + (taker % 4), taker % 2 === 0 ? 'import' : 'write_back', 1),
        ),
      );
      for (const answer of answers) {
        if (!answer.granted) continue;
        granted.push({ at: Date.parse(answer.expiresAt) - GRANT_USE_MS + passed, calls: answer.calls });
      }
      const step = 700 + ((round * 977) % 4_000);
      await pass(step);
      passed += step;
    }
    expect(granted.length).toBeGreaterThan(20);
    // A call may begin anywhere in its grant's five seconds: in the worst case those of one window were granted within
    // the window and five seconds more.
    for (const { at } of granted) {
      const sum = granted
        .filter((other) => other.at >= at && other.at < at + WINDOW_MS + GRANT_USE_MS)
        .reduce((calls, other) => calls + other.calls, 0);
      expect(sum).toBeLessThanOrEqual(LIMIT);
    }
  });

  it('that die with their grants leak nothing', async () => {
    await ceiling(10);
    await take(10);
    const dying = await db.sql.reserve();
    await dying`begin`;
    await dying`select 1 from quotas where store_hash = ${STORE} for update`;
    await dying`insert into quota_grants (store_hash, calls, purpose) values (${STORE}, 10, 'import')`;
    const waiting = take(1);
    const [self] = await dying<{ pid: number }[]>`select pg_backend_pid() as pid`;
    await db.sql`select pg_terminate_backend(${self?.pid ?? 0})`;

    expect(await waiting).toMatchObject({ granted: false });
    await pass(30_000 + GRANT_USE_MS);
    expect(await take(10)).toMatchObject({ granted: true });
  });
});

describe('headers', () => {
  it('lower the ceiling until their reset, and never raise it', async () => {
    await ceiling(100);
    await observeQuota(db, { storeHash: STORE, quota: 10, left: 10, resetMs: 20_000, windowMs: 30_000 });
    expect(await quotaView(db, STORE)).toMatchObject({
      limit: 100,
      effectiveLimit: 10,
      live: { limit: 10, left: 10 },
    });
    await take(10);
    between(await waitOf(1), 20_000 - REAL_TIME_MS, 35_002);

    await pass(20_000);
    expect(await quotaView(db, STORE)).toMatchObject({ effectiveLimit: 100, live: null });
    expect(await take(90)).toMatchObject({ granted: true });

    await observeQuota(db, { storeHash: STORE, quota: 450, left: 450, resetMs: 20_000 });
    expect(await quotaView(db, STORE)).toMatchObject({ effectiveLimit: 100 });
  });

  it('that leave little hold everybody back until their reset, background work first', async () => {
    await ceiling(100);
    await observeQuota(db, { storeHash: STORE, quota: 100, left: 25, resetMs: 12_000 });

    expect(await take(10, 'import', 1)).toMatchObject({ granted: true, calls: 5 });
    between(await waitOf(1, 'import'), 12_000 - REAL_TIME_MS, 12_002);
    expect(await take(20)).toMatchObject({ granted: true });
    between(await waitOf(1), 12_000 - REAL_TIME_MS, 12_002);
  });

  it('of one window count down only, however late they arrive', async () => {
    await ceiling(100);
    await observeQuota(db, { storeHash: STORE, quota: 100, left: 40, resetMs: 20_000 });
    await observeQuota(db, { storeHash: STORE, quota: 100, left: 42, resetMs: 19_990 });
    expect((await quotaView(db, STORE))?.live?.left).toBe(40);
    await pass(19_000);
    await observeQuota(db, { storeHash: STORE, quota: 100, left: 99, resetMs: 30_000 });
    expect((await quotaView(db, STORE))?.live?.left).toBe(99);
  });

  it('of a longer window are brought to ours, and those without a reset teach nothing', async () => {
    await ceiling(100, 5_000);
    await observeQuota(db, { storeHash: STORE, quota: 150, left: 150, resetMs: 20_000, windowMs: 30_000 });
    expect((await quotaView(db, STORE))?.effectiveLimit).toBe(25);
    await observeQuota(db, { storeHash: 'other', quota: 1, left: 0 });
    expect(await quotaView(db, 'other')).toBeNull();
  });

  it('that ask for more calls than they leave in any window name their reset as the wait', async () => {
    await ceiling(100);
    await observeQuota(db, { storeHash: STORE, quota: 5, left: 50, resetMs: 9_000 });
    between(await waitOf(10), 9_000 - REAL_TIME_MS, 9_002);
  });
});

describe('a block', () => {
  it('holds for everybody until it ends, and a shorter one does not shorten it', async () => {
    await blockQuota(db, STORE, 10_000);
    await blockQuota(db, STORE, 1_000);
    between(await waitOf(1, 'operator'), 10_000 - REAL_TIME_MS, 10_002);
    expect((await quotaView(db, STORE))?.blockedUntil).not.toBeNull();

    await pass(10_000);
    expect(await take(1, 'operator')).toMatchObject({ granted: true });
    expect((await quotaView(db, STORE))?.blockedUntil).toBeNull();
  });
});
