// The grants against a model that knows one sentence: no window holds more calls than the limit. Callers take, use
// their grants at any moment of their time, give back, die and have clocks of their own; time passes by moving what is
// stored into the past.
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Database } from '../../db/database.ts';
import { observeQuota } from '../../db/quota-answers.ts';
import { returnQuota, setCeiling, takeQuota } from '../../db/quota.ts';
import { GRANT_USE_MS, QUOTA_PURPOSES, type QuotaPurpose } from '../../domain/store-quota.ts';
import { passQuotaTime } from '../support/stopped-clock.ts';
import { openTestDatabase } from './order-life.ts';

const STORE = 'store1';
let db: Database;
/** What was passed so far, milliseconds: added to the database's clock it is the time of the story. */
let passed = 0;

beforeAll(async () => {
  db = await openTestDatabase(import.meta.url);
});
afterAll(() => db.close());
beforeEach(reset);

async function reset(): Promise<void> {
  await db.sql`truncate quota_grants, quotas, quota_waits, quota_slots`;
  passed = 0;
}

async function pass(ms: number): Promise<void> {
  await passQuotaTime(db, ms);
  passed += ms;
}

interface Call {
  at: number;
  background: boolean;
}

/** Most calls in any window, by looking at each. */
function mostInAnyWindow(calls: readonly Call[], windowMs: number): number {
  const times = calls.map(({ at }) => at).sort((a, b) => a - b);
  let most = 0;
  let first = 0;
  for (const [index, at] of times.entries()) {
    while ((times[first] ?? at) <= at - windowMs) first += 1;
    most = Math.max(most, index - first + 1);
  }
  return most;
}

const purposes = fc.constantFrom<QuotaPurpose>(...QUOTA_PURPOSES);
const taker = fc.record({
  purpose: purposes,
  calls: fc.integer({ min: 1, max: 12 }),
  /** When in the five seconds each of its calls begins, by the caller's own clock, whatever that says. */
  moments: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 12, maxLength: 12 }),
  /** How many of its calls it makes before it dies or gives the others back. */
  makes: fc.integer({ min: 0, max: 12 }),
  end: fc.constantFrom<'gives back' | 'dies'>('gives back', 'dies'),
});
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ takers: fc.array(taker, { minLength: 1, maxLength: 6 }) }) },
  { weight: 3, arbitrary: fc.record({ passMs: fc.integer({ min: 0, max: 9_000 }) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      seen: fc.record({
        quota: fc.integer({ min: 1, max: 200 }),
        left: fc.integer({ min: 0, max: 200 }),
        resetMs: fc.integer({ min: 1, max: 30_000 }),
      }),
    }),
  },
);

describe('grants', () => {
  it('never let more calls into any window than the limit, whoever asks, dies or gives back', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          limit: fc.integer({ min: 1, max: 60 }),
          windowMs: fc.integer({ min: 1_000, max: 30_000 }),
          steps: fc.array(step, { minLength: 10, maxLength: 30 }),
        }),
        async ({ limit, windowMs, steps }) => {
          await reset();
          await setCeiling(db, { storeHash: STORE, limit, windowMs });
          const made: Call[] = [];
          for (const one of steps) {
            if ('passMs' in one) await pass(one.passMs);
            else if ('seen' in one)
              await observeQuota(db, { storeHash: STORE, windowMs: 30_000, ...one.seen });
            else await Promise.all(one.takers.map((asking, n) => takeAndCall(asking, `w${String(n)}`, made)));
          }
          expect(mostInAnyWindow(made, windowMs)).toBeLessThanOrEqual(limit);
          const background = made.filter((call) => call.background);
          expect(mostInAnyWindow(background, windowMs)).toBeLessThanOrEqual(
            Math.max(1, Math.floor(limit * 0.8)),
          );
        },
      ),
      { numRuns: 12 },
    );
  }, 900_000);
});

async function takeAndCall(
  asking: { purpose: QuotaPurpose; calls: number; moments: readonly number[]; makes: number; end: string },
  waiter: string,
  made: Call[],
): Promise<void> {
  const { purpose, calls } = asking;
  const answer = await takeQuota(db, { storeHash: STORE, purpose, calls, atLeast: 1, waiter });
  if (!answer.granted) return;
  const grantedAt = Date.parse(answer.expiresAt) - GRANT_USE_MS + passed;
  const makes = Math.min(asking.makes, answer.calls);
  for (const moment of asking.moments.slice(0, makes)) {
    made.push({
      at: grantedAt + moment * answer.expiresInMs,
      background: purpose === 'import' || purpose === 'bulk',
    });
  }
  const unused = answer.calls - makes;
  if (asking.end === 'gives back' && unused > 0)
    await returnQuota(db, { storeHash: STORE, grantId: answer.grantId, calls: unused });
}
