/**
 * Who may have how many of a store's calls: the arithmetic of the grants, pure. It promises that background work always
 * leaves room for people and write-backs, and that automatic work leaves room for the merchant's other apps; the
 * counting of what was granted is db's.
 */

/** Who asks, the most urgent first. */
export const QUOTA_PURPOSES = ['operator', 'write_back', 'import', 'bulk'] as const;
export type QuotaPurpose = (typeof QUOTA_PURPOSES)[number];

/** How long a grant may be used; it counts for the window and these, because nobody reports when it was used. */
export const GRANT_USE_MS = 5_000;
/**
 * Import and bulk get calls while all that was granted is below this part of the ceiling (design section 8): what people
 * and write-backs used is theirs again as soon as background grants have run out, and not a window later.
 */
export const BACKGROUND_SHARE = 0.8;
/** The part of the ceiling that a flood of write-backs leaves to background work, so that it goes on. */
const BACKGROUND_LEAST_SHARE = 0.05;
/**
 * The part of the store's live quota that automatic work leaves to the merchant's other apps: all apps share it
 * (capabilities F-10). A preset ceiling of 80 % (I-59) leaves the same; this holds where the ceiling was set higher.
 */
export const OTHER_APPS_SHARE = 0.2;
/** The part of the ceiling that a flood of write-backs leaves to people. */
export const OPERATOR_SHARE = 0.05;

/** What the store's headers said last, as long as it holds. */
export interface LiveQuota {
  /** Calls per window of ours. */
  limit: number;
  /** Calls that are left until the reset, our outstanding grants taken off. */
  left: number;
}

export interface QuotaState {
  /** `throttle.limit`: the lowest of the store's channels. */
  ceiling: number;
  windowMs: number;
  live: LiveQuota | null;
}

/** Calls that were granted and still count. */
export interface QuotaUse {
  all: number;
  /** By import and bulk together. */
  background: number;
  /** By import and bulk in the last five seconds. */
  backgroundNow: number;
}

export function isBackground(purpose: QuotaPurpose): boolean {
  return purpose === 'import' || purpose === 'bulk';
}

/** Purposes that go before this one. */
export function moreUrgent(purpose: QuotaPurpose): readonly QuotaPurpose[] {
  return QUOTA_PURPOSES.slice(0, QUOTA_PURPOSES.indexOf(purpose));
}

export interface QuotaLimits {
  /** Calls in the window and five seconds, whoever makes them. */
  total: number;
  /** Up to where this purpose may bring that sum: less than the total for all but people. */
  all: number;
  /**
   * Background calls in any five seconds: its share spread evenly over the window. Grants that were given in a burst
   * would run out in a burst too, and leave a person waiting for most of a window.
   */
  pace: number;
  /** Background calls that are granted even while others fill the window up to `leastUpTo`. */
  least: number;
  leastUpTo: number;
  /** Calls of the store's own count that this purpose does not touch. */
  keepLeft: number;
}

/** The limits in force for a purpose. Never below one call: the smallest limit must still let everything go on. */
export function quotaLimits(state: QuotaState, purpose: QuotaPurpose): QuotaLimits {
  const { ceiling, windowMs, live } = state;
  const floor = live === null ? 0 : Math.floor(live.limit * OTHER_APPS_SHARE);
  const kept = purpose === 'operator' ? 0 : floor;
  const total = Math.max(1, live === null ? ceiling : Math.min(ceiling, live.limit - kept));
  const ofWriteBacks = total - Math.floor(total * OPERATOR_SHARE);
  if (!isBackground(purpose)) {
    const all = purpose === 'operator' ? total : ofWriteBacks;
    return { total, all, pace: all, least: 0, leastUpTo: 0, keepLeft: 0 };
  }
  const all = Math.max(1, Math.floor(total * BACKGROUND_SHARE));
  const pace = Math.max(1, Math.ceil((all * GRANT_USE_MS) / (windowMs + GRANT_USE_MS)));
  return {
    total,
    all,
    pace: Math.min(pace, all),
    least: Math.max(1, Math.floor(total * BACKGROUND_LEAST_SHARE)),
    leastUpTo: ofWriteBacks,
    keepLeft: floor + total - all,
  };
}

/** Most calls that could be granted at once in an idle store. */
export function mostAtOnce(limits: QuotaLimits): number {
  return Math.min(limits.all, limits.pace);
}

/**
 * Calls that may be granted now. `waiting` is what more urgent askers were refused and will ask for again: whatever
 * becomes free is theirs first.
 */
export function freeCalls(
  limits: QuotaLimits,
  now: { use: QuotaUse; live: LiveQuota | null; waiting: number; background: boolean },
): number {
  const { use, live, waiting, background } = now;
  const left = live === null ? Infinity : live.left - limits.keepLeft;
  const yielding = Math.min(limits.all - use.all, left) - waiting;
  if (!background) return Math.max(0, yielding);
  const least = Math.min(limits.least - use.background, limits.leastUpTo - use.all, left);
  return Math.max(0, Math.min(Math.max(yielding, least), limits.pace - use.backgroundNow));
}

/** Slots for calls in flight: background work leaves one of them to the others wherever there are two. */
export function slotsFor(maxConcurrency: number, purpose: QuotaPurpose): number {
  return isBackground(purpose) ? Math.max(1, maxConcurrency - 1) : maxConcurrency;
}
