// How long an import still takes, for people who wait: by its pace, and by the quota as the store grants it at the moment.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openDatabase, type Database } from '../../db/database.ts';
import { importPace } from '../../db/import-pace.ts';
import { blockQuota, observeQuota } from '../../db/quota-answers.ts';
import { estimateEnd } from '../../domain/import-estimate.ts';
import { quotaLimits } from '../../domain/store-quota.ts';
import { addTestChannel, emptyAll, STORE_HASH } from '../db/order-life.ts';
import { databaseFor } from '../support/servers.ts';

const startedAt = '2026-03-02T08:00:00.000Z';
const after = (seconds: number): string => new Date(Date.parse(startedAt) + seconds * 1_000).toISOString();
const end = (pace: { callsPerSecond: number; waitMs: number }, counts = { seen: 250, apiCalls: 5 }) =>
  estimateEnd({ total: 1_000 }, { run: { startedAt }, counts, pace, now: after(10) });

describe('the end of an import', () => {
  test('is not before the quota lets the calls that are left through', () => {
    // 750 orders left, 5 calls for 250: 15 calls.
    expect(end({ callsPerSecond: 0.1, waitMs: 0 })).toEqual({ total: 1_000, etaSeconds: 150 });
    expect(end({ callsPerSecond: 0.1, waitMs: 20_000 })).toEqual({ total: 1_000, etaSeconds: 170 });
  });

  test('is not before its own pace says, however much quota there is', () => {
    expect(end({ callsPerSecond: 1_000, waitMs: 0 })).toEqual({ total: 1_000, etaSeconds: 30 });
  });

  test('is now when everything was seen, also where the store is blocked', () => {
    expect(end({ callsPerSecond: 1, waitMs: 60_000 }, { seen: 1_200, apiCalls: 5 })).toEqual({
      total: 1_200,
      etaSeconds: 0,
    });
  });

  test('is not known before the first order', () => {
    expect(end({ callsPerSecond: 1, waitMs: 0 }, { seen: 0, apiCalls: 1 }).etaSeconds).toBeNull();
  });
});

describe('the pace that a store allows', () => {
  let db: Database;
  beforeAll(async () => {
    db = openDatabase((await databaseFor(import.meta.url)).url);
  });
  afterAll(() => db.close());
  beforeEach(async () => {
    await emptyAll(db);
    await addTestChannel(db);
    await db.sql`delete from quotas`;
  });

  test('follows its headers, not throttle.limit alone', async () => {
    await db.sql`
      insert into quotas (store_hash, limit_per_window, window_ms, max_concurrency)
      values (${STORE_HASH}, 1000, 30000, 4)`;
    const free = await importPace(db, STORE_HASH);
    const state = { ceiling: 1_000, windowMs: 30_000, live: null };
    expect(free).toEqual({ callsPerSecond: quotaLimits(state, 'import').all / 35, waitMs: 0 });

    await observeQuota(db, {
      storeHash: STORE_HASH,
      quota: 100,
      left: 90,
      resetMs: 60_000,
      windowMs: 30_000,
    });
    const tight = await importPace(db, STORE_HASH);
    expect(tight.callsPerSecond).toBeLessThan(free.callsPerSecond / 5);
    expect(tight.waitMs).toBe(0);
  });

  test('waits where the store has no calls left, or refuses them', async () => {
    await observeQuota(db, { storeHash: STORE_HASH, quota: 100, left: 2, resetMs: 60_000, windowMs: 30_000 });
    const { waitMs } = await importPace(db, STORE_HASH);
    expect(waitMs).toBeGreaterThan(0);
    expect(waitMs).toBeLessThanOrEqual(60_000);
    await blockQuota(db, STORE_HASH, 600_000);
    expect((await importPace(db, STORE_HASH)).waitMs).toBeGreaterThan(60_000);
  });
});
