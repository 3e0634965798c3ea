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
/** Import and bulk together get at most this part of the ceiling (design section 8). */
export const BACKGROUND_SHARE = 0.8;
/**
 * The part of the store's live quota that automatic work leaves to the merchant's other apps: all apps share it
 * (capabilities F-10). A preset ceiling of 80 % (I-59) leaves the same; this holds where the ceiling was set higher.
 */
export const OTHER_APPS_SHARE = 0.2;

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
  /** Calls of all purposes together in the window and five seconds. */
  all: number;
  /** The part of it for this purpose: less than `all` for background work. */
  share: number;
  /**
   * Background calls in any five seconds: its share spread evenly over the window. Grants that were given in a burst
   * would run out in a burst too, and leave a person waiting for most of a window.
   */
  pace: number;
  /** Calls of the store's own count that this purpose does not touch. */
  keepLeft: number;
}

/** The limits in force for a purpose. Never below one call: the smallest limit must still let everything go on. */
export function quotaLimits(state: QuotaState, purpose: QuotaPurpose): QuotaLimits {
  const { ceiling, windowMs, live } = state;
  const floor = live === null ? 0 : Math.floor(live.limit * OTHER_APPS_SHARE);
  const kept = purpose === 'operator' ? 0 : floor;
  const all = Math.max(1, live === null ? ceiling : Math.min(ceiling, live.limit - kept));
  if (!isBackground(purpose)) return { all, share: all, pace: all, keepLeft: 0 };
  const share = Math.max(1, Math.floor(all * BACKGROUND_SHARE));
  const pace = Math.max(1, Math.ceil((share * GRANT_USE_MS) / (windowMs + GRANT_USE_MS)));
  return { all, share, pace: Math.min(pace, share), keepLeft: floor + all - share };
}

/** Most calls that could be granted at once in an idle store. */
export function mostAtOnce(limits: QuotaLimits): number {
  return Math.min(limits.all, limits.share, limits.pace);
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
  const free = Math.min(
    limits.all - use.all - waiting,
    background ? limits.share - use.background : Infinity,
    background ? limits.pace - use.backgroundNow : Infinity,
    live === null ? Infinity : live.left - limits.keepLeft - waiting,
  );
  return Math.max(0, free);
}

/** Slots for calls in flight: background work leaves one of them to the others wherever there are two. */
export function slotsFor(maxConcurrency: number, purpose: QuotaPurpose): number {
  return isBackground(purpose) ? Math.max(1, maxConcurrency - 1) : maxConcurrency;
}
