/**
 * A provider's status words as a table of facts: word → our tracking status, with where the fact is from and when it
 * was read. It promises that a word that is not listed is `unknown`, never a plausible neighbour.
 */
import type { TrackingStatus } from '../carrier-event.ts';

/** What one word of a provider means to us. */
export interface Meaning {
  word: TrackingStatus;
  /** Of the list in docs/send-carrier-events.md, or null. */
  reason: string | null;
  /** With `returned`: on its way back, not yet back. */
  returning: boolean;
  cod: 'paid' | 'not_paid' | null;
  /** The parcel also needs a person's look; this is the reason shown. */
  alert: string | null;
}

export interface CodeFact extends Meaning {
  /** Exactly as sent; {@link ANY_STATUS} where the detail decides alone. */
  status: string;
  /** Exactly as sent; null: the status without a detail, or with one that has no row of its own. */
  detail: string | null;
  /** Repository and path, or page, where the word was read. */
  origin: string;
  /** The day on which it was read, `YYYY-MM-DD`. */
  asOf: string;
}

export const ANY_STATUS = '*';

type More = Partial<Omit<Meaning, 'word'>>;
type CodeRow = readonly [status: string, detail: string | null, word: TrackingStatus, more?: More];

/** Rows of one source. */
export function codeFacts(origin: string, asOf: string, rows: readonly CodeRow[]): CodeFact[] {
  return rows.map(([status, detail, word, more]) => ({
    status,
    detail,
    ...meaning(word, more),
    origin,
    asOf,
  }));
}

export function meaning(word: TrackingStatus, more: More = {}): Meaning {
  return { word, reason: null, returning: false, cod: null, alert: null, ...more };
}

export const UNKNOWN_MEANING: Meaning = meaning('unknown');

/**
 * The meaning of a status with its detail: the row of both, the detail's own row, the status's own row, else unknown.
 * Words are compared exactly. Pure; may be repeated.
 */
export function lookUp(codes: readonly CodeFact[], status: string | null, detail: string | null): Meaning {
  const find = (wantedStatus: string | null, wantedDetail: string | null): CodeFact | undefined =>
    codes.find((code) => code.status === wantedStatus && code.detail === wantedDetail);
  const found =
    (detail === null ? undefined : (find(status, detail) ?? find(ANY_STATUS, detail))) ?? find(status, null);
  if (found === undefined) return UNKNOWN_MEANING;
  const { word, reason, returning, cod, alert } = found;
  return { word, reason, returning, cod, alert };
}
