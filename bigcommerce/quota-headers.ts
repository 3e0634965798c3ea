/**
 * What a store says about its quota in the headers of each answer (bigcommerce-api.md section 2). Pure: numbers out of
 * text, nothing believed that is not a sane number.
 */

export interface QuotaHeaders {
  /** Requests per window for this client now; it moves with what other apps of the store do. */
  quota: number | null;
  left: number | null;
  /** Milliseconds until the window resets: the wait on a 429. */
  resetMs: number | null;
  windowMs: number | null;
  /** The older `X-Retry-After`, and `Retry-After`, both in seconds. */
  retryAfterMs: number | null;
}

export type HeaderBag = Readonly<Record<string, string | string[] | undefined>>;

/** Longer waits than this are taken for a broken header: windows are 30 s, maintenance answers come without one. */
const WAIT_MAX_MS = 60 * 60 * 1000;
const QUOTA_MAX = 1_000_000;

/** Reads the quota headers; missing, negative, fractional or absurd values become null. Never throws. */
export function readQuotaHeaders(headers: HeaderBag): QuotaHeaders {
  const retryAfter =
    wholeNumber(headers['x-retry-after'], WAIT_MAX_MS / 1000) ??
    wholeNumber(headers['retry-after'], WAIT_MAX_MS / 1000);
  return {
    quota: wholeNumber(headers['x-rate-limit-requests-quota'], QUOTA_MAX),
    left: wholeNumber(headers['x-rate-limit-requests-left'], QUOTA_MAX),
    resetMs: wholeNumber(headers['x-rate-limit-time-reset-ms'], WAIT_MAX_MS),
    windowMs: wholeNumber(headers['x-rate-limit-time-window-ms'], WAIT_MAX_MS),
    retryAfterMs: retryAfter === null ? null : retryAfter * 1000,
  };
}

function wholeNumber(value: string | string[] | undefined, max: number): number | null {
  const text = Array.isArray(value) ? value[0] : value;
  if (text === undefined || !/^\d{1,9}$/.test(text.trim())) return null;
  const number = Number(text);
  return number <= max ? number : null;
}
