// The quota on a real server with many takers at once. Its clock stands, and time passes by moving what is stored into the
// past, which is the same to statements that read the database's clock.
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Database } from '../../db/database.ts';
import { blockBlindly, blockQuota, calledWell, observeQuota } from '../../db/quota-answers.ts';
import { DEFAULT_CEILING } from '../../db/quota-state.ts';
import { quotaView } from '../../db/quota-view.ts';
import { returnQuota, setCeiling, takeQuota } from '../../db/quota.ts';
import { GRANT_USE_MS, type QuotaPurpose } from '../../domain/store-quota.ts';
import { passQuotaTime } from '../support/stopped-clock.ts';
import { openTestDatabase } from './order-life.ts';

const STORE = 'store1';
/** What a reckoned wait may be off by: it is rounded up, with a margin. */
const ROUNDING_MS = 3;
let db: Database;

beforeAll(async () => {
  db = await openTestDatabase(import.meta.url, { clockStands: true });
});
afterAll(() => db.close());
beforeEach(async () => {
  await db.sql`truncate quota_grants, quotas, quota_waits, quota_slots`;
});

const take = (calls: number, purpose: QuotaPurpose = 'write_back', atLeast?: number) =>
  takeQuota(db, { storeHash: STORE, calls, purpose, ...(atLeast === undefined ? {} : { atLeast }) });
const queue = (waiter: string, calls: number, purpose: QuotaPurpose = 'write_back') =>
  takeQuota(db, { storeHash: STORE, calls, purpose, waiter });
const ceiling = (limit: number, windowMs = 30_000) => setCeiling(db, { storeHash: STORE, limit, windowMs });

const pass = (ms: number): Promise<void> => passQuotaTime(db, ms);

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
      GRANT_USE_MS + ROUNDING_MS,
    );
  });

  it('for a store that nobody configured comes out of the default ceiling', async () => {
    expect(await take(DEFAULT_CEILING.limit, 'operator')).toMatchObject({ granted: true });
    expect(await take(1, 'operator')).toMatchObject({ granted: false });
    expect(await quotaView(db, STORE)).toMatchObject({
      limit: 120,
      windowMs: 30_000,
      effectiveLimit: 120,
      reason: 'setting',
      used: { operator: 120 },
    });
  });

  it('counts for the window and the five seconds, then no more', async () => {
    await ceiling(10);
    await take(10);
    await pass(30_000 + GRANT_USE_MS - ROUNDING_MS);
    expect(await take(1)).toMatchObject({ granted: false });
    await pass(ROUNDING_MS);
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

  it('for a step that needs its calls together is whole, or what an idle store could give', async () => {
    await ceiling(10);
    await take(7);
    const step = { storeHash: STORE, purpose: 'write_back', together: true } as const;
    expect(await takeQuota(db, { ...step, calls: 4 })).toMatchObject({ granted: false });
    await pass(35_000);
    expect(await takeQuota(db, { ...step, calls: 14 })).toMatchObject({ granted: true, calls: 10 });
  });

  it('that is given back in part counts for the rest, once', async () => {
    await ceiling(10);
    await observeQuota(db, { storeHash: STORE, quota: 100, left: 50, resetMs: 20_000, windowMs: 30_000 });
    const answer = await take(10, 'operator');
    if (!answer.granted) throw new Error('refused');
    const { grantId } = answer;
    await returnQuota(db, { storeHash: STORE, grantId, calls: 7 });
    await returnQuota(db, { storeHash: STORE, grantId, calls: 7 });
    expect(await quotaView(db, STORE)).toMatchObject({ used: { operator: 3 }, live: { left: 47 } });
    await returnQuota(db, { storeHash: STORE, grantId, calls: 3 });
    expect(await db.sql`select 1 from quota_grants`).toHaveLength(0);
  });

  it('that could never be given is an error that names the setting', async () => {
    await ceiling(10);
    await expect(take(11)).rejects.toMatchObject({
      code: 'quota_too_small',
      message: expect.stringContaining('throttle.limit') as string,
    });
    await expect(take(3, 'import')).rejects.toMatchObject({ code: 'quota_too_small' });
    expect(await take(9, 'import', 1)).toMatchObject({ granted: true, calls: 2 });
    await expect(take(0)).rejects.toThrow(RangeError);
    await expect(take(2, 'import', 3)).rejects.toThrow(RangeError);
  });
});

describe('shares', () => {
  it('import and bulk together get four fifths, write-backs and operators the rest', async () => {
    await ceiling(100);
    for (let round = 0; round < 7; round += 1) {
      if (round > 0) await pass(GRANT_USE_MS);
      const purpose = round % 2 === 0 ? 'import' : 'bulk';
      // 80 calls over 35 s: 12 in any five seconds, and what is left in the last of them.
      expect(await take(20, purpose, 1)).toMatchObject({ granted: true, calls: round < 6 ? 12 : 8 });
    }
    expect((await quotaView(db, STORE))?.used).toMatchObject({ import: 44, bulk: 36 });
    expect(await take(1, 'import')).toMatchObject({ granted: false });
    expect(await take(15)).toMatchObject({ granted: true });
    expect(await take(1)).toMatchObject({ granted: false });
    expect(await take(5, 'operator')).toMatchObject({ granted: true });
    expect(await take(1, 'operator')).toMatchObject({ granted: false });
  });

  it('of background work are spread over the window, so that they do not run out all at once', async () => {
    await ceiling(100);
    // 80 calls over 35 s: 12 in any five seconds.
    expect(await take(30, 'import', 1)).toMatchObject({ granted: true, calls: 12 });
    between(await waitOf(1, 'bulk'), GRANT_USE_MS - ROUNDING_MS, GRANT_USE_MS + 2);
    await pass(GRANT_USE_MS);
    expect(await take(30, 'import', 1)).toMatchObject({ granted: true, calls: 12 });
  });

  it('a limit of one call lets an import go on', async () => {
    await ceiling(1);
    expect(await take(10, 'import', 1)).toMatchObject({ granted: true, calls: 1 });
  });

  it('a flood of write-backs leaves a twentieth to people', async () => {
    await ceiling(100);
    expect(await take(100, 'write_back', 1)).toMatchObject({ granted: true, calls: 95 });
    expect(await take(5, 'operator')).toMatchObject({ granted: true });
  });
});

describe('the queue', () => {
  it('keeps what becomes free for the more urgent of those who were refused', async () => {
    await ceiling(20);
    const granted = (calls: number) =>
      db.sql`insert into quota_grants (store_hash, calls, purpose) values (${STORE}, ${calls}, 'operator')`;
    await granted(19);
    expect(await queue('w1', 4)).toMatchObject({ granted: false });
    expect((await quotaView(db, STORE))?.waiting).toMatchObject({ write_back: 4 });
    await db.sql`delete from quota_grants`;
    await granted(15);
    await db.sql`insert into quota_grants (store_hash, calls, purpose) values (${STORE}, 1, 'import')`;

    // The last four are the write-back's, whose turn it is.
    expect(await take(3, 'import', 1)).toMatchObject({ granted: false });
    expect(await queue('w2', 4, 'operator')).toMatchObject({ granted: true });
    expect(await queue('w1', 4)).toMatchObject({ granted: false });
    await db.sql`delete from quota_grants`;
    expect(await queue('w1', 4)).toMatchObject({ granted: true });
    expect((await quotaView(db, STORE))?.waiting).toEqual({ operator: 0, write_back: 0, import: 0, bulk: 0 });
    expect(await take(2, 'import', 1)).toMatchObject({ granted: true });
  });

  it('forgets who did not come back', async () => {
    await ceiling(20);
    await take(19);
    await queue('dead', 15);
    await pass(35_000 + 5_000);
    expect((await quotaView(db, STORE))?.waiting).toMatchObject({ write_back: 0 });
    expect(await take(3, 'import', 1)).toMatchObject({ granted: true, calls: 3 });
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
    between(few, 20_000 - ROUNDING_MS, 20_002);
    between(await waitOf(5), 30_000 - ROUNDING_MS, 30_002);

    await pass(few);
    expect(await take(4)).toMatchObject({ granted: true });
  });

  it('of an import is that of its share, even while the ceiling has room', async () => {
    await ceiling(10);
    await db.sql`insert into quota_grants (store_hash, calls, purpose) values (${STORE}, 8, 'import')`;
    await pass(15_000);
    await take(1);

    between(await waitOf(1, 'import'), 20_000 - ROUNDING_MS, 20_002);
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
          const least = purpose === 'import' || purpose === 'bulk' ? 1 : calls;
          const answer = await take(calls, purpose, least);
          if (!answer.granted) {
            between(answer.waitMs, 0, 35_002);
            await pass(answer.waitMs);
            expect(await take(calls, purpose, least)).toMatchObject({ granted: true });
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
      // A fifth of the ten is left to the merchant's other apps.
      effectiveLimit: 8,
      reason: 'headers',
      live: { limit: 10, left: 10 },
    });
    await take(8);
    between(await waitOf(1), 20_000 - ROUNDING_MS, 35_002);
    // A person may use what was left to them.
    expect(await take(2, 'operator')).toMatchObject({ granted: true });

    await pass(20_000);
    expect(await quotaView(db, STORE)).toMatchObject({ effectiveLimit: 100, live: null });
    expect(await take(85)).toMatchObject({ granted: true });

    await observeQuota(db, { storeHash: STORE, quota: 450, left: 450, resetMs: 20_000 });
    expect(await quotaView(db, STORE)).toMatchObject({ effectiveLimit: 100 });
  });

  it('that leave little hold everybody back until their reset, background work first', async () => {
    await ceiling(100);
    // Out of reach of background work: 20 for other apps, and 16 of our 80 for the others.
    await observeQuota(db, { storeHash: STORE, quota: 100, left: 41, resetMs: 12_000 });

    expect(await take(10, 'import', 1)).toMatchObject({ granted: true, calls: 5 });
    between(await waitOf(1, 'import'), 12_000 - ROUNDING_MS, 12_002);
    expect(await take(36)).toMatchObject({ granted: true });
    between(await waitOf(1), 12_000 - ROUNDING_MS, 12_002);
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
    expect((await quotaView(db, STORE))?.effectiveLimit).toBe(20);
    await observeQuota(db, { storeHash: 'other', quota: 1, left: 0 });
    expect(await quotaView(db, 'other')).toBeNull();
  });

  it('that ask for more calls than they leave in any window name their reset as the wait', async () => {
    await ceiling(100);
    await observeQuota(db, { storeHash: STORE, quota: 5, left: 50, resetMs: 9_000 });
    between(await waitOf(10), 9_000 - ROUNDING_MS, 9_002);
  });
});

describe('a block', () => {
  it('holds for everybody until it ends, and a shorter one does not shorten it', async () => {
    await blockQuota(db, STORE, 10_000);
    await blockQuota(db, STORE, 1_000);
    between(await waitOf(1, 'operator'), 10_000 - ROUNDING_MS, 10_002);
    expect((await quotaView(db, STORE))?.blockedUntil).not.toBeNull();

    await pass(10_000);
    expect(await take(1, 'operator')).toMatchObject({ granted: true });
    expect((await quotaView(db, STORE))?.blockedUntil).toBeNull();
  });
});

describe('a refusal that does not say for how long', () => {
  it('blocks for a second, and twice as long each time it comes again, up to a minute', async () => {
    for (const seconds of [1, 2, 4, 8, 16, 32, 60, 60]) {
      expect(await blockBlindly(db, STORE)).toBe(seconds * 1_000);
      await pass(seconds * 1_000);
    }
  });

  it('counts once for all calls that were under way', async () => {
    await blockBlindly(db, STORE);
    await Promise.all([blockBlindly(db, STORE), blockBlindly(db, STORE)]);
    expect(await quotaView(db, STORE)).toMatchObject({ refusals: 1, reason: 'blocked' });
  });

  it('lets one call try afterwards, and all of them when that went well', async () => {
    await ceiling(100);
    await blockBlindly(db, STORE);
    await calledWell(db, STORE);
    expect(await quotaView(db, STORE)).toMatchObject({ refusals: 1 });
    await pass(1_000);
    expect(await take(10, 'import', 1)).toMatchObject({ granted: true, calls: 1, refusals: 1 });
    await calledWell(db, STORE);
    expect(await take(10, 'import', 1)).toMatchObject({ granted: true, calls: 10, refusals: 0 });
  });
});
