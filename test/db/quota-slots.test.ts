// Places among a store's calls in flight: never more than the setting, one of them always within reach of people and
// write-backs, and none lost for longer than its time.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Database } from '../../db/database.ts';
import { dropSlot, renewSlot, SLOT_MS, takeSlot } from '../../db/quota-slots.ts';
import { quotaView } from '../../db/quota-view.ts';
import { setCeiling } from '../../db/quota.ts';
import type { QuotaPurpose } from '../../domain/store-quota.ts';
import { passQuotaTime } from '../support/stopped-clock.ts';
import { openTestDatabase } from './order-life.ts';

const STORE = 'store1';
let db: Database;

beforeAll(async () => {
  db = await openTestDatabase(import.meta.url, { clockStands: true });
});
afterAll(() => db.close());
beforeEach(async () => {
  await db.sql`truncate quotas, quota_waits, quota_slots`;
});

const holder = (purpose: QuotaPurpose) => {
  const id = randomUUID();
  return { storeHash: STORE, purpose, id, waiter: id };
};
const cap = (maxConcurrency: number) =>
  setCeiling(db, { storeHash: STORE, limit: 100, windowMs: 30_000, maxConcurrency });
const pass = (ms: number): Promise<void> => passQuotaTime(db, ms);

describe('places among the calls in flight', () => {
  it('are as many as the setting says, however many ask at once', async () => {
    await cap(4);
    const answers = await Promise.all(Array.from({ length: 20 }, () => takeSlot(db, holder('write_back'))));
    expect(answers.filter(({ granted }) => granted)).toHaveLength(4);
    expect(await quotaView(db, STORE)).toMatchObject({ concurrency: { max: 4, inFlight: 4, waiting: 16 } });
  });

  it('are four where nothing is set', async () => {
    const answers = await Promise.all(Array.from({ length: 6 }, () => takeSlot(db, holder('operator'))));
    expect(answers.filter(({ granted }) => granted)).toHaveLength(4);
  });

  it('of background work are one less, so that a person finds one', async () => {
    await cap(3);
    expect(await takeSlot(db, holder('import'))).toEqual({ granted: true });
    expect(await takeSlot(db, holder('bulk'))).toEqual({ granted: true });
    expect(await takeSlot(db, holder('import'))).toMatchObject({ granted: false });
    expect(await takeSlot(db, holder('operator'))).toEqual({ granted: true });
    expect(await takeSlot(db, holder('operator'))).toMatchObject({ granted: false });
  });

  it('where there is but one, background work is told to give it up', async () => {
    await cap(1);
    const slice = holder('import');
    expect(await takeSlot(db, slice)).toEqual({ granted: true });
    expect(await renewSlot(db, slice)).toEqual({ held: true, wanted: false });
    const step = holder('write_back');
    expect(await takeSlot(db, step)).toMatchObject({ granted: false });
    expect(await renewSlot(db, slice)).toEqual({ held: true, wanted: true });
    await dropSlot(db, slice.id);
    expect(await takeSlot(db, holder('import'))).toMatchObject({ granted: false });
    expect(await takeSlot(db, step)).toEqual({ granted: true });
  });

  it('of a killed worker come back after their time, and one that is renewed does not', async () => {
    await cap(2);
    const [living, dead] = [holder('write_back'), holder('write_back')];
    await takeSlot(db, living);
    await takeSlot(db, dead);
    await pass(SLOT_MS - 5_000);
    expect(await renewSlot(db, living)).toMatchObject({ held: true });
    await pass(5_000);
    expect(await renewSlot(db, dead)).toMatchObject({ held: false });
    expect(await takeSlot(db, holder('operator'))).toEqual({ granted: true });
    expect(await takeSlot(db, holder('operator'))).toMatchObject({ granted: false });
  });
});
