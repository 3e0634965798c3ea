// The arithmetic of the grants: what each purpose may have, and that a flood of background work never keeps a
// write-back or a person waiting for five seconds. The ledger here is a list in memory.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  freeCalls,
  GRANT_USE_MS,
  isBackground,
  moreUrgent,
  mostAtOnce,
  quotaLimits,
  slotsFor,
  type QuotaPurpose,
} from '../../domain/store-quota.ts';

const at = (ceiling: number, live: { limit: number; left: number } | null = null, windowMs = 30_000) => ({
  ceiling,
  windowMs,
  live,
});

describe('limits', () => {
  it('leave a twentieth to people and a fifth to everything that is not background', () => {
    expect(quotaLimits(at(100), 'operator')).toMatchObject({ total: 100, all: 100, keepLeft: 0 });
    expect(quotaLimits(at(100), 'write_back')).toMatchObject({ total: 100, all: 95, keepLeft: 0 });
    expect(quotaLimits(at(100), 'import')).toMatchObject({ total: 100, all: 80, pace: 12, keepLeft: 20 });
  });

  it('of automatic work leave a fifth of the live quota to the merchant’s other apps', () => {
    expect(quotaLimits(at(1_000, { limit: 100, left: 100 }), 'write_back').total).toBe(80);
    expect(quotaLimits(at(1_000, { limit: 100, left: 100 }), 'bulk')).toMatchObject({
      total: 80,
      keepLeft: 36,
    });
    expect(quotaLimits(at(1_000, { limit: 100, left: 100 }), 'operator').total).toBe(100);
  });

  it('are never raised above the ceiling, and never nothing', () => {
    expect(quotaLimits(at(120, { limit: 450, left: 450 }), 'operator').total).toBe(120);
    for (const purpose of ['operator', 'write_back', 'import', 'bulk'] as const)
      expect(mostAtOnce(quotaLimits(at(1, { limit: 1, left: 0 }), purpose))).toBe(1);
  });

  it('of background work count what everybody used, but leave it a twentieth in a flood of write-backs', () => {
    const limits = quotaLimits(at(100), 'import');
    const free = (all: number, background: number) =>
      freeCalls(limits, {
        use: { all, background, backgroundNow: 0 },
        live: null,
        waiting: 0,
        background: true,
      });
    expect(free(0, 0)).toBe(12);
    expect(free(75, 20)).toBe(5);
    expect(free(85, 20)).toBe(0);
    expect(free(90, 2)).toBe(3);
    expect(free(95, 0)).toBe(0);
  });

  it('know who goes first, and leave a place in flight wherever there are two', () => {
    expect(moreUrgent('import')).toEqual(['operator', 'write_back']);
    expect(moreUrgent('operator')).toEqual([]);
    expect([
      slotsFor(1, 'bulk'),
      slotsFor(2, 'bulk'),
      slotsFor(4, 'import'),
      slotsFor(4, 'operator'),
    ]).toEqual([1, 1, 3, 4]);
  });
});

interface Grant {
  at: number;
  calls: number;
  purpose: QuotaPurpose;
}

/** The rules over a list of grants; the database does the same with rows. */
function ask(
  grants: Grant[],
  now: number,
  ceiling: number,
  windowMs: number,
  asking: { purpose: QuotaPurpose; calls: number; atLeast: number; waiting: number },
): number {
  const state = at(ceiling, null, windowMs);
  const counted = grants.filter((grant) => grant.at > now - windowMs - GRANT_USE_MS);
  const sum = (some: Grant[]) => some.reduce((all, { calls }) => all + calls, 0);
  const ofBackground = counted.filter(({ purpose }) => isBackground(purpose));
  const free = freeCalls(quotaLimits(state, asking.purpose), {
    use: {
      all: sum(counted),
      background: sum(ofBackground),
      backgroundNow: sum(ofBackground.filter((grant) => grant.at > now - GRANT_USE_MS)),
    },
    live: null,
    waiting: asking.waiting,
    background: isBackground(asking.purpose),
  });
  const granted = Math.min(free, asking.calls);
  if (granted < asking.atLeast) return 0;
  grants.push({ at: now, calls: granted, purpose: asking.purpose });
  return granted;
}

/** What a parcel costs at most: a shipment and a status. */
const WRITE_BACK_CALLS = 6;
const TICK_MS = 100;

/** The longest wait of write-backs at those moments, and what the import got meanwhile. */
function backfillWith(events: readonly number[]): { longestMs: number; imported: number } {
  const grants: Grant[] = [];
  const due = [...events].sort((a, b) => a - b);
  let longestMs = 0;
  let imported = 0;
  for (let now = 0; now < 380_000; now += TICK_MS) {
    while (due[0] !== undefined && due[0] <= now) {
      const asking = { purpose: 'write_back', calls: WRITE_BACK_CALLS, atLeast: WRITE_BACK_CALLS } as const;
      if (ask(grants, now, 100, 30_000, { ...asking, waiting: 0 }) === 0) break;
      longestMs = Math.max(longestMs, now - due[0]);
      due.shift();
    }
    const waiting = due.filter((event) => event <= now).length * WRITE_BACK_CALLS;
    imported += ask(grants, now, 100, 30_000, { purpose: 'import', calls: 10, atLeast: 1, waiting });
  }
  expect(due).toEqual([]);
  return { longestMs, imported };
}

describe('a backfill that takes all it can get', () => {
  it('keeps no write-back waiting for five seconds, up to three at the same moment', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            gapMs: fc.integer({ min: 12_000, max: 60_000 }),
            parcels: fc.integer({ min: 1, max: 3 }),
          }),
          {
            minLength: 1,
            maxLength: 6,
          },
        ),
        (bursts) => {
          let now = 40_000;
          const events = bursts.flatMap(({ gapMs, parcels }) => {
            now += gapMs;
            return Array.from({ length: parcels }, () => now);
          });
          expect(backfillWith(events).longestMs).toBeLessThan(5_000);
        },
      ),
      { numRuns: 100 },
    );
  });

  it('keeps none of twenty waiting that long, whose moments nobody chose, and goes on at its pace', () => {
    for (let seed = 1; seed <= 50; seed += 1) {
      // A generator of its own: fast-check prefers ends, where all twenty come at once.
      let state = seed * 2_654_435_761;
      const random = (): number => {
        state = (Math.imul(state ^ (state >>> 15), 2_246_822_519) + 0x9e3779b9) >>> 0;
        return state / 2 ** 32;
      };
      const events = Array.from({ length: 20 }, () => 40_000 + Math.floor(random() * 320_000));
      const { longestMs, imported } = backfillWith(events);
      expect(longestMs, `seed ${String(seed)}`).toBeLessThan(5_000);
      expect(imported).toBeGreaterThan(600);
    }
  });
});
