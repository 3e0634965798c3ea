/**
 * The closed set of what can go wrong between us and a store. Every error says which call, what happened, why and what
 * to do; it never holds an answer's body, a token or a customer's data.
 */

export const STORE_ERROR_CODES = [
  /** 401 and 403: the token, its scopes, the plan, the store hash. Somebody must act. */
  'BigCommerceAuth',
  /** 404. */
  'BigCommerceNotFound',
  /** Any other 4xx: the same call would be refused again. */
  'InvalidRequest',
  /** 429, or our own quota ledger has no grant left. */
  'BigCommerceRateLimited',
  /** 5xx, time-outs, network, TLS, DNS: the store was not reached or did not answer. */
  'BigCommerceUnavailable',
  /** An answer that is not what the API promises: HTML, cut JSON, a foreign encoding, a redirect, wrong shapes. */
  'UnexpectedAnswer',
  /** Rows that contradict the filter or the sort order asked for (bigcommerce-api.md, Traps 3). */
  'FilterIgnored',
  /** The address is not on the list of allowed API hosts, or not https. Nothing was sent. */
  'AddressNotAllowed',
] as const;
export type StoreErrorCode = (typeof STORE_ERROR_CODES)[number];

export const STORE_ERROR_REASONS = [
  'unauthorized',
  'forbidden',
  'not_found',
  'refused',
  'rate_limited',
  'server_error',
  'timeout',
  'connection',
  'dns',
  'tls',
  'not_json',
  'encoding',
  'cut_body',
  'too_large',
  'redirect',
  'shape',
  'filter',
  'address',
] as const;
export type StoreErrorReason = (typeof STORE_ERROR_REASONS)[number];

/** What the store's headers said about waiting; milliseconds, null when it said nothing. */
export interface WaitFacts {
  resetMs: number | null;
  retryAfterMs: number | null;
}

export interface StoreErrorFacts {
  code: StoreErrorCode;
  reason: StoreErrorReason;
  /** Method and path template with ids, such as `GET /v2/orders/100`; never a query or a host. */
  call: string;
  httpStatus?: number;
  retryable: boolean;
  /**
   * What is known about a write's effect: `none` when the store cannot have carried it out, `unknown` when it may have
   * (bigcommerce-api.md section 14.2: 499, 500, 502, 504, a cut answer).
   */
  effect: 'none' | 'unknown';
  wait?: WaitFacts;
  /** The store's own words about a refusal, shortened; for the ledger and for people. */
  storeSentence?: string;
  cause?: unknown;
}

/** An error of the closed set. The message is for people and safe to show, log and keep in a history. */
export class StoreError extends Error {
  readonly code: StoreErrorCode;
  readonly reason: StoreErrorReason;
  readonly call: string;
  readonly httpStatus: number | null;
  readonly retryable: boolean;
  readonly effect: 'none' | 'unknown';
  readonly wait: WaitFacts | null;
  readonly storeSentence: string | null;

  constructor(message: string, facts: StoreErrorFacts) {
    super(message);
    this.name = facts.code;
    this.code = facts.code;
    this.reason = facts.reason;
    this.call = facts.call;
    this.httpStatus = facts.httpStatus ?? null;
    this.retryable = facts.retryable;
    this.effect = facts.effect;
    this.wait = facts.wait ?? null;
    this.storeSentence = facts.storeSentence ?? null;
  }
}
