/**
 * Grants of the store's quota in the hands of one activity: taken from the ledger before a call is made, used within
 * their five seconds, given back where they were not used. Never sleeps: without a grant the attempt ends and says
 * when to come back.
 */
import { StoreError } from '../bigcommerce/errors.ts';
import type { Database } from '../db/database.ts';
import { returnQuota, takeQuota } from '../db/quota.ts';
import { isBackground, type QuotaPurpose } from '../domain/store-quota.ts';

/** Import and bulk take so many at a time, so that the ledger costs one statement for ten calls (design section 8). */
const BACKGROUND_BATCH = 10;
/** Most calls of one step for a person or a write-back; a step that needs more takes them in portions. */
const STEP_CALLS_MAX = 6;
/**
 * A grant this close to its end is left alone: the call must have reached the store before it, also from a process
 * that stumbles in between.
 */
const END_MARGIN_MS = 1_000;

export interface GrantPurse {
  /** Says how many more calls are coming, so that they are taken together and not one by one. */
  expect(calls: number): void;
  /** Makes sure that one grant is there which may be used for at least `forMs` from now. */
  ready(forMs: number): Promise<void>;
  /** The store's headers say that fewer calls are left than were granted: the others are let go. */
  lowerTo(left: number): void;
  /** Uses up one grant, taking new ones if need be. Throws `BigCommerceRateLimited` with the wait. */
  draw(): Promise<void>;
  /** Whether the store refused the calls before this one without a reason. */
  refusedBefore(): boolean;
  /** Gives back what is left. Nothing is drawn afterwards. */
  close(): Promise<void>;
}

/** A purse for the calls of one activity to one store; `waiter` names the activity over its attempts. */
export function createGrantPurse(
  db: Database,
  ask: { storeHash: string; purpose: QuotaPurpose; waiter?: string },
): GrantPurse {
  const background = isBackground(ask.purpose);
  let expected = 0;
  let grant: { id: number; left: number; usableUntil: number; refusals: number } | null = null;
  const usableFor = () =>
    grant !== null && grant.left > 0 ? grant.usableUntil - END_MARGIN_MS - performance.now() : 0;

  const giveBack = async (): Promise<void> => {
    const given = grant;
    grant = null;
    if (given === null || given.left === 0) return;
    await returnQuota(db, { storeHash: ask.storeHash, grantId: given.id, calls: given.left });
  };

  const take = async (): Promise<void> => {
    await giveBack();
    const calls = Math.max(1, Math.min(background ? BACKGROUND_BATCH : STEP_CALLS_MAX, expected));
    // Counted from before the question, so that our idea of the end is never later than the ledger's.
    const asked = performance.now();
    // A write-back that got half of its calls would end in the middle and spend them again.
    const answer = await takeQuota(db, {
      ...ask,
      calls,
      ...(background ? { atLeast: 1 } : { together: true }),
    });
    if (!answer.granted) throw waitForQuota(ask.storeHash, answer.waitMs);
    grant = {
      id: answer.grantId,
      left: answer.calls,
      usableUntil: asked + answer.expiresInMs,
      refusals: answer.refusals,
    };
  };

  return {
    expect: (calls) => {
      expected = calls;
    },
    ready: async (forMs) => {
      if (usableFor() < forMs) await take();
    },
    lowerTo: (left) => {
      // Those above it are not given back: the store has already counted them away.
      if (grant !== null) grant.left = Math.min(grant.left, left);
    },
    draw: async () => {
      if (usableFor() <= 0) await take();
      if (grant !== null) grant.left -= 1;
      expected = Math.max(0, expected - 1);
    },
    refusedBefore: () => (grant?.refusals ?? 0) > 0,
    close: giveBack,
  };
}

function waitForQuota(storeHash: string, waitMs: number): StoreError {
  return new StoreError(
    `The quota of store ${storeHash} is used up for now (throttle.limit, or what the store's headers say). The next call may be made in ${String(waitMs)} ms.`,
    {
      code: 'BigCommerceRateLimited',
      reason: 'rate_limited',
      call: 'no call',
      retryable: true,
      effect: 'none',
      wait: { resetMs: waitMs, retryAfterMs: null },
    },
  );
}
