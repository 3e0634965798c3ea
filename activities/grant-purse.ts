/**
 * Grants of the store's quota in the hands of one activity: taken from the ledger before a call is made, used within
 * their five seconds or left to expire. Never sleeps: without a grant the attempt ends and says when to come back.
 */
import { StoreError } from '../bigcommerce/errors.ts';
import type { Database } from '../db/database.ts';
import { takeQuota, type QuotaPurpose } from '../db/quota.ts';

/** Import and bulk take so many at a time, so that the ledger costs one statement for ten calls (design section 8). */
const BACKGROUND_BATCH = 10;
/** A grant this close to its end is left alone: the call must begin before it. */
const END_MARGIN_MS = 250;

export interface GrantPurse {
  /** Says how many more calls are coming, so that they are taken together and not one by one. */
  expect(calls: number): void;
  /** Makes sure that one grant is there which may be used for at least `forMs` from now. */
  ready(forMs: number): Promise<void>;
  /** The store's headers say that fewer calls are left than were granted: the others are let go. */
  lowerTo(left: number): void;
  /** Uses up one grant, taking new ones if need be. Throws `BigCommerceRateLimited` with the wait. */
  draw(): Promise<void>;
}

/** A purse for the calls of one activity to one store. */
export function createGrantPurse(
  db: Database,
  ask: { storeHash: string; purpose: QuotaPurpose },
): GrantPurse {
  let expected = 0;
  let left = 0;
  let usableUntil = 0;
  const usableFor = () => (left > 0 ? usableUntil - END_MARGIN_MS - performance.now() : 0);

  const take = async (): Promise<void> => {
    const background = ask.purpose === 'import' || ask.purpose === 'bulk';
    const calls = Math.max(1, background ? Math.min(BACKGROUND_BATCH, expected) : expected);
    // Counted from before the question, so that our idea of the end is never later than the ledger's.
    const asked = performance.now();
    const answer = await takeQuota(db, { ...ask, calls, atLeast: 1 });
    if (!answer.granted) {
      throw new StoreError(
        `The quota of store ${ask.storeHash} is used up for now (throttle.limit, or what the store's headers say). The next call may be made in ${String(answer.waitMs)} ms.`,
        {
          code: 'BigCommerceRateLimited',
          reason: 'rate_limited',
          call: 'no call',
          retryable: true,
          effect: 'none',
          wait: { resetMs: answer.waitMs, retryAfterMs: null },
        },
      );
    }
    left = answer.calls;
    usableUntil = asked + answer.expiresInMs;
  };

  return {
    expect: (calls) => {
      expected = calls;
    },
    ready: async (forMs) => {
      if (usableFor() < forMs) await take();
    },
    lowerTo: (said) => {
      left = Math.min(left, said);
    },
    draw: async () => {
      if (usableFor() <= 0) await take();
      left -= 1;
      expected = Math.max(0, expected - 1);
    },
  };
}
