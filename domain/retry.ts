/**
 * How long to wait before the next try: facts in, milliseconds out. It must not decide whether to try again.
 */
import { DAY_MS, HOUR_MS, MINUTE_MS } from './instants.ts';

/** 429; 5xx, time-out or network; a read of one order that failed (its hint backs off). */
export type RetryKind = 'rate_limited' | 'unavailable' | 'hint';

/** A 429 without headers means overload (bigcommerce-api.md section 2): begin low, end at a minute. */
const OVERLOAD_FIRST_MS = 2_000;
const OVERLOAD_MAX_MS = MINUTE_MS;
/** A reset further away than this is not believed: quota windows are seconds long. */
const RESET_MAX_MS = 5 * MINUTE_MS;
/** Spread, so that the calls of one store do not all return in the same millisecond. */
const JITTER_MAX_MS = 1_000;
/** "5xx: at least 1 minute and growing" (bigcommerce-api.md section 2), at most 2 h apart (design section 6). */
const UNAVAILABLE_FIRST_MS = MINUTE_MS;
const UNAVAILABLE_MAX_MS = 2 * HOUR_MS;
/** "from a minute to a day" (design section 7, Hint). */
const HINT_FIRST_MS = MINUTE_MS;
const HINT_MAX_MS = DAY_MS;

/**
 * Milliseconds until the next try after try number `attempt` (from 1). `resetMs` is the store's own word about its
 * window, null when the answer had none; `random` in [0, 1) is the caller's, so that the function stays pure.
 */
export function nextDelay(input: {
  kind: RetryKind;
  attempt: number;
  resetMs: number | null;
  random: number;
}): number {
  const jitter = Math.floor(JITTER_MAX_MS * input.random);
  switch (input.kind) {
    case 'rate_limited':
      if (input.resetMs !== null && input.resetMs >= 0) return Math.min(input.resetMs, RESET_MAX_MS) + jitter;
      return doubled(OVERLOAD_FIRST_MS, input.attempt, OVERLOAD_MAX_MS) + jitter;
    case 'unavailable':
      return doubled(UNAVAILABLE_FIRST_MS, input.attempt, UNAVAILABLE_MAX_MS);
    case 'hint':
      return doubled(HINT_FIRST_MS, input.attempt, HINT_MAX_MS);
  }
}

function doubled(firstMs: number, attempt: number, maxMs: number): number {
  // 2^40 ms is 34 years: beyond it only the cap matters, and the number stays exact.
  const exponent = Math.min(Math.max(attempt, 1) - 1, 40);
  return Math.min(firstMs * 2 ** exponent, maxMs);
}
