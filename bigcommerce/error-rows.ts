/**
 * Everything that can go wrong with a call to a store, one row each: which error it becomes, whether it is tried again
 * and when, what is known about a write, what to do, and who must act. Errors are made from this table, `activities/`
 * takes its retry decisions from it, and docs/operate.md shows it. Data only: `error-table.ts` looks up in it.
 */
import type { StoreErrorCode, StoreErrorReason } from './errors.ts';

/**
 * When the next attempt begins. `headers`: when the store's headers say that the quota resets, without them after a
 * moment that grows with each refusal. `growing`: the policy of the work (from 2 s, doubling; at most 2 minutes apart for
 * reading, 2 hours for writing), later where the store sends `Retry-After`. `never`: until somebody has acted.
 */
export type NextAttempt = 'headers' | 'growing' | 'never';

/** Who can put it right. `nobody`: it passes by itself. */
export type FailureActor = 'nobody' | 'administrator of the store' | 'operator of Waybill' | 'BigCommerce';

export interface StoreFailure {
  /** Names the row, in documents and tests. */
  id: string;
  code: StoreErrorCode;
  reason: StoreErrorReason;
  /** The HTTP statuses, for people; what happened instead where there was no answer. */
  seen: string;
  next: NextAttempt;
  /** What is known about a write: `unknown` is looked up in the store before it is sent again. */
  effect: 'none' | 'unknown';
  who: FailureActor;
  /** For the operator: why, and what to do. Stands behind "GET /v2/… answered 4xx:". */
  sentence: string;
}

export interface AnsweredFailure extends StoreFailure {
  /** Whether an answer with this status is this row. The first row that says so is it. */
  statuses: (status: number) => boolean;
}

const one =
  (...statuses: number[]) =>
  (status: number): boolean =>
    statuses.includes(status);
const between =
  (from: number, to: number) =>
  (status: number): boolean =>
    status >= from && status <= to;

/** Failures that are an answer with an HTTP status that is no success (bigcommerce-api.md section 14.2). */
export const ANSWERED: readonly AnsweredFailure[] = [
  {
    id: 'unauthorized',
    code: 'BigCommerceAuth',
    reason: 'unauthorized',
    seen: '401',
    statuses: one(401),
    next: 'never',
    effect: 'none',
    who: 'administrator of the store',
    sentence:
      "the access token is wrong, revoked or replaced. The store's administrator must make a new API account; enter its token with `waybill channel rotate`.",
  },
  {
    id: 'forbidden',
    code: 'BigCommerceAuth',
    reason: 'forbidden',
    seen: '403',
    statuses: one(403),
    next: 'never',
    effect: 'none',
    who: 'administrator of the store',
    sentence:
      "the API account lacks a scope for this call, the store hash is wrong, or the plan forbids it. The store's administrator must make an API account with the scopes of docs/connect-a-store.md.",
  },
  {
    id: 'not_found',
    code: 'BigCommerceNotFound',
    reason: 'not_found',
    seen: '404',
    statuses: one(404),
    next: 'never',
    effect: 'none',
    who: 'operator of Waybill',
    sentence: 'there is no such thing in the store (any more), or the store hash is wrong.',
  },
  {
    id: 'conflict',
    code: 'InvalidRequest',
    reason: 'refused',
    seen: '409',
    statuses: one(409),
    next: 'never',
    effect: 'none',
    who: 'operator of Waybill',
    sentence:
      'something with this key is there already, or was changed meanwhile. It is not sent again; look at what the store has.',
  },
  {
    id: 'too_many_rows',
    code: 'InvalidRequest',
    reason: 'refused',
    seen: '413',
    statuses: one(413),
    next: 'never',
    effect: 'none',
    who: 'operator of Waybill',
    sentence: 'more rows were asked for or sent than the store takes at once.',
  },
  {
    id: 'rate_limited',
    code: 'BigCommerceRateLimited',
    reason: 'rate_limited',
    seen: '429',
    statuses: one(429),
    next: 'headers',
    effect: 'none',
    who: 'nobody',
    sentence: "the store's quota is used up. It is asked again when the quota resets.",
  },
  {
    id: 'redirect',
    code: 'UnexpectedAnswer',
    reason: 'redirect',
    seen: '3xx',
    statuses: between(300, 399),
    next: 'never',
    effect: 'none',
    who: 'operator of Waybill',
    sentence:
      'a redirect, which is not followed because the token would go along. Check connection.api_base_url.',
  },
  {
    id: 'locked',
    code: 'BigCommerceUnavailable',
    reason: 'server_error',
    seen: '423',
    statuses: one(423),
    next: 'growing',
    effect: 'none',
    who: 'nobody',
    sentence: 'the store has locked it for a moment. It is tried again.',
  },
  {
    id: 'connection_given_up',
    code: 'BigCommerceUnavailable',
    reason: 'server_error',
    seen: '408, 499',
    statuses: one(408, 499),
    next: 'growing',
    effect: 'unknown',
    who: 'nobody',
    sentence: 'the call took too long for a gateway before the store. It is tried again.',
  },
  {
    id: 'maintenance',
    code: 'BigCommerceUnavailable',
    reason: 'server_error',
    seen: '503',
    statuses: one(503),
    next: 'growing',
    effect: 'unknown',
    who: 'nobody',
    sentence:
      "the store is in maintenance, suspended or overloaded. It is tried again; if it lasts for a day, ask the store's administrator.",
  },
  {
    id: 'plan_limit',
    code: 'BigCommerceUnavailable',
    reason: 'server_error',
    seen: '507',
    statuses: one(507),
    next: 'never',
    effect: 'none',
    who: 'administrator of the store',
    sentence:
      "the store's plan allows no more of this. Waiting does not lift that; the plan has to, or something be deleted.",
  },
  {
    id: 'server_error',
    code: 'BigCommerceUnavailable',
    reason: 'server_error',
    seen: '500, 502, 504, other 5xx',
    statuses: between(500, 599),
    next: 'growing',
    effect: 'unknown',
    who: 'nobody',
    sentence: 'the store or a gateway before it failed. It is tried again.',
  },
  {
    id: 'refused',
    code: 'InvalidRequest',
    reason: 'refused',
    seen: '400, 405, 406, 415, 422, anything else',
    statuses: () => true,
    next: 'never',
    effect: 'none',
    who: 'operator of Waybill',
    sentence:
      'the store refuses this call, and would refuse it again. Read what the store says; correct the order or the setting, then retry.',
  },
];

/** Failures without an answer, or with one that says success and is none. */
export const OTHERS = [
  {
    id: 'address',
    code: 'AddressNotAllowed',
    reason: 'address',
    seen: 'no call',
    next: 'never',
    effect: 'none',
    who: 'operator of Waybill',
    sentence:
      'the address is not https at an allowed host, so nothing was sent. Correct connection.api_base_url.',
  },
  {
    id: 'unusable_token',
    code: 'BigCommerceAuth',
    reason: 'unauthorized',
    seen: 'no call',
    next: 'never',
    effect: 'none',
    who: 'operator of Waybill',
    sentence:
      'the stored access token is empty or holds characters that no token has, so nothing was sent. Enter it again with `waybill channel rotate`.',
  },
  {
    id: 'dns',
    code: 'BigCommerceUnavailable',
    reason: 'dns',
    seen: 'host not found',
    next: 'growing',
    effect: 'none',
    who: 'operator of Waybill',
    sentence:
      "the store's API host cannot be found. Check the name server of this machine and connection.api_base_url.",
  },
  {
    id: 'tls',
    code: 'BigCommerceUnavailable',
    reason: 'tls',
    seen: 'no trusted TLS',
    next: 'growing',
    effect: 'none',
    who: 'operator of Waybill',
    sentence:
      "no trusted TLS connection to the store's API host. Check the clock and the certificates of this machine, and proxies between.",
  },
  {
    id: 'unreached',
    code: 'BigCommerceUnavailable',
    reason: 'connection',
    seen: 'host not reached',
    next: 'growing',
    effect: 'none',
    who: 'operator of Waybill',
    sentence: "the store's API host cannot be reached. Nothing was sent; it is tried again.",
  },
  {
    id: 'no_connection_in_time',
    code: 'BigCommerceUnavailable',
    reason: 'timeout',
    seen: 'no connection in time',
    next: 'growing',
    effect: 'none',
    who: 'nobody',
    sentence: 'the store accepted no connection in time. Nothing was sent; it is tried again.',
  },
  {
    id: 'no_answer_in_time',
    code: 'BigCommerceUnavailable',
    reason: 'timeout',
    seen: 'no answer in time',
    next: 'growing',
    effect: 'unknown',
    who: 'nobody',
    sentence: 'the store did not answer in time. It is tried again.',
  },
  {
    id: 'broken_connection',
    code: 'BigCommerceUnavailable',
    reason: 'connection',
    seen: 'connection cut',
    next: 'growing',
    effect: 'unknown',
    who: 'nobody',
    sentence: 'the connection to the store broke before its answer was complete. It is tried again.',
  },
  {
    id: 'not_json',
    code: 'UnexpectedAnswer',
    reason: 'not_json',
    seen: '2xx without JSON',
    next: 'growing',
    effect: 'unknown',
    who: 'nobody',
    sentence:
      'a page (HTML or XML) or nothing where JSON belongs, as gateways and maintenance pages do. Nothing was taken from it; it is asked again.',
  },
  {
    id: 'cut_body',
    code: 'UnexpectedAnswer',
    reason: 'cut_body',
    seen: '2xx with broken JSON',
    next: 'growing',
    effect: 'unknown',
    who: 'nobody',
    sentence: 'JSON that is cut or broken. Nothing was taken from it; it is asked again.',
  },
  {
    id: 'encoding',
    code: 'UnexpectedAnswer',
    reason: 'encoding',
    seen: '2xx in a foreign encoding',
    next: 'growing',
    effect: 'unknown',
    who: 'BigCommerce',
    sentence:
      'an encoding or a compression that cannot be read. Nothing was taken from it; it is asked again.',
  },
  {
    id: 'too_large',
    code: 'UnexpectedAnswer',
    reason: 'too_large',
    seen: '2xx beyond our limit',
    next: 'growing',
    effect: 'unknown',
    who: 'nobody',
    sentence: 'more than we read of one answer. A smaller page is asked for where there are pages.',
  },
  {
    id: 'shape',
    code: 'UnexpectedAnswer',
    reason: 'shape',
    seen: '2xx with a wrong shape',
    next: 'growing',
    effect: 'unknown',
    who: 'operator of Waybill',
    sentence:
      'a shape that the API does not describe. Nothing was taken from it; it is asked again, and if this stays the reading of that field has to be extended.',
  },
  {
    id: 'filter',
    code: 'FilterIgnored',
    reason: 'filter',
    seen: '2xx with rows not asked for',
    next: 'never',
    effect: 'none',
    who: 'operator of Waybill',
    sentence:
      "the store did not apply the filter or the sort order asked for. Nothing of the page was taken. Asking again is harmless; if it stays, compare the query in the log with the API's description.",
  },
] as const satisfies readonly StoreFailure[];

/** The closed table. */
export const STORE_FAILURES: readonly StoreFailure[] = [...ANSWERED, ...OTHERS];

/** Rows that are not an HTTP status of the store's. */
export type OtherFailureId = (typeof OTHERS)[number]['id'];
