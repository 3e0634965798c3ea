/**
 * One place among the store's calls in flight, held while an activity makes its calls one after the other. It is kept
 * by a timer while a call lasts, and given up at the end, or earlier where somebody more urgent waits for it.
 */
import { StoreError } from '../bigcommerce/errors.ts';
import type { Database } from '../db/database.ts';
import { dropSlot, renewSlot, SLOT_MS, takeSlot } from '../db/quota-slots.ts';
import type { QuotaPurpose } from '../domain/store-quota.ts';
import { randomUUID } from 'node:crypto';

/** Often enough that a slow statement or two cost nothing, and that whoever waits is noticed in time. */
const RENEW_EVERY_MS = 2_000;
/** A place this close to its end is taken anew: a call must not outlive it. */
const END_MARGIN_MS = 5_000;
/** Background work that gave its place up comes back when the other has had time to take it. */
const YIELD_MS = 1_000;

export interface StoreSlot {
  /** Before each call: the place is there, or `BigCommerceRateLimited` says when to come back. */
  hold(): Promise<void>;
  /** Lets it run out by itself: for a holder whose end nobody would notice. */
  doNotRenew(): void;
  close(): Promise<void>;
}

export function createStoreSlot(
  db: Database,
  ask: { storeHash: string; purpose: QuotaPurpose; waiter: string },
  onError: (error: unknown) => void,
): StoreSlot {
  const place = { ...ask, id: randomUUID() };
  let usableUntil = 0;
  let wanted = false;
  let renewing = true;
  let timer: NodeJS.Timeout | undefined;

  const renew = async (): Promise<void> => {
    const asked = performance.now();
    const kept = await renewSlot(db, place);
    wanted = kept.wanted;
    usableUntil = kept.held ? asked + SLOT_MS : 0;
  };
  const close = async (): Promise<void> => {
    clearInterval(timer);
    timer = undefined;
    const held = usableUntil > 0;
    usableUntil = 0;
    if (held) await dropSlot(db, place.id);
  };

  return {
    hold: async () => {
      if (wanted) {
        wanted = false;
        await close();
        throw noPlace(ask.storeHash, YIELD_MS);
      }
      if (usableUntil - END_MARGIN_MS > performance.now()) return;
      const asked = performance.now();
      const answer = await takeSlot(db, place);
      if (!answer.granted) throw noPlace(ask.storeHash, answer.waitMs);
      usableUntil = asked + SLOT_MS;
      if (renewing) timer ??= setInterval(() => void renew().catch(onError), RENEW_EVERY_MS).unref();
    },
    doNotRenew: () => {
      renewing = false;
    },
    close,
  };
}

function noPlace(storeHash: string, waitMs: number): StoreError {
  return new StoreError(
    `As many calls to store ${storeHash} are under way as throttle.max_concurrency allows. It is tried again in ${String(waitMs)} ms.`,
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
