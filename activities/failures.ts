/**
 * Every error that leaves an activity becomes one of a closed set of Temporal failures here: its type, whether Temporal
 * may try again, and when. Messages go into histories, so nothing foreign passes: the text of an error that is not ours
 * stays in the log, because statements and answers may hold a customer's data.
 */
import { ApplicationFailure, ApplicationFailureCategory, CancelledFailure } from '@temporalio/common';
import { STORE_FAILURES } from '../bigcommerce/error-rows.ts';
import { isTriedAgain } from '../bigcommerce/error-table.ts';
import { StoreError, type StoreErrorCode } from '../bigcommerce/errors.ts';
import { isDbError, sqlStateOf, type DbErrorCode } from '../db/errors.ts';

/** Failure types beside the store's codes, which are used as they are. */
export const OWN_FAILURE_TYPES = [
  'UnknownChannel',
  'ChannelDisabled',
  'CredentialsUnreadable',
  'RunEnded',
  /** A write whose outcome is not known yet: asked again after a while, never repeated blindly. */
  'OutcomeUnclear',
  'DatabaseUnavailable',
  'DatabaseRefused',
] as const;
export type FailureType = StoreErrorCode | (typeof OWN_FAILURE_TYPES)[number];

interface FailureRule {
  /** True: trying again cannot help, somebody must act. */
  final: boolean;
  /** Benign failures are part of the plan (waiting for quota): no warning in the log, no failure metric. */
  benign: boolean;
}

/** A class of store errors is final when each of its rows is; single rows (a plan's limit) are judged by themselves. */
function storeRule(code: StoreErrorCode): FailureRule {
  const rows = STORE_FAILURES.filter((row) => row.code === code);
  return { final: rows.every((row) => row.next === 'never'), benign: false };
}

/** The one table. `final` types are named again in the workflows' retry policies, for histories of older workers. */
export const FAILURES: Readonly<Record<FailureType, FailureRule>> = {
  BigCommerceAuth: storeRule('BigCommerceAuth'),
  BigCommerceNotFound: storeRule('BigCommerceNotFound'),
  InvalidRequest: storeRule('InvalidRequest'),
  BigCommerceRateLimited: { ...storeRule('BigCommerceRateLimited'), benign: true },
  BigCommerceUnavailable: storeRule('BigCommerceUnavailable'),
  UnexpectedAnswer: storeRule('UnexpectedAnswer'),
  FilterIgnored: storeRule('FilterIgnored'),
  AddressNotAllowed: storeRule('AddressNotAllowed'),
  UnknownChannel: { final: true, benign: false },
  ChannelDisabled: { final: true, benign: false },
  CredentialsUnreadable: { final: true, benign: false },
  RunEnded: { final: true, benign: false },
  OutcomeUnclear: { final: false, benign: true },
  DatabaseUnavailable: { final: false, benign: false },
  DatabaseRefused: { final: false, benign: false },
};

/** Our own refusals in activities; the message is for people. */
export class ActivityRefusal extends Error {
  readonly type: FailureType;
  /** Milliseconds until the next attempt; null leaves it to the workflow's retry policy. */
  readonly againInMs: number | null;

  constructor(type: FailureType, message: string, againInMs: number | null = null) {
    super(message);
    this.name = type;
    this.type = type;
    this.againInMs = againInMs;
  }
}

const DB_FAILURES: Readonly<Partial<Record<DbErrorCode, FailureType>>> = {
  channel_unknown: 'UnknownChannel',
  credentials_missing: 'CredentialsUnreadable',
  credentials_unreadable: 'CredentialsUnreadable',
  secret_keys_invalid: 'CredentialsUnreadable',
  run_unknown: 'RunEnded',
  run_ended: 'RunEnded',
  database_unreachable: 'DatabaseUnavailable',
};

/** The channel's token is not there, or no key that this worker has opens it: the store was not asked. */
export function isCredentialsUnreadable(error: unknown): error is Error {
  if (error instanceof ActivityRefusal) return error.type === 'CredentialsUnreadable';
  return isDbError(error) && DB_FAILURES[error.code] === 'CredentialsUnreadable';
}

/**
 * A 429 without headers: the store's row of refusals decides when it is called again (db/quota-answers.ts), and the
 * attempt that comes back earlier is told by it. The number of the attempt says nothing: most were waits for quota.
 */
const BLIND_WAIT_MS = 1_000;
/** Waiting attempts must not all wake at the same millisecond; a short wait must not become a long one by that. */
const JITTER_MAX_MS = 1_000;
const JITTER_MIN_MS = 50;
const JITTER_SHARE = 0.1;

/**
 * How long to wait after a 429: the longer of what the headers say (bigcommerce-api.md section 2), else a moment, plus
 * jitter. Milliseconds.
 */
export function rateLimitDelayMs(
  wait: { resetMs: number | null; retryAfterMs: number | null } | null,
): number {
  const told = Math.max(wait?.resetMs ?? 0, wait?.retryAfterMs ?? 0);
  const base = told > 0 ? told : BLIND_WAIT_MS;
  const jitter = Math.min(JITTER_MAX_MS, Math.max(JITTER_MIN_MS, base * JITTER_SHARE));
  return Math.round(base + Math.random() * jitter);
}

/**
 * The failure for an error. Cancellations and failures that are Temporal's already pass unchanged.
 */
export function failureOf(error: unknown): Error {
  if (error instanceof ApplicationFailure || error instanceof CancelledFailure) return error;
  if (error instanceof Error && error.name === 'AbortError') return error;
  if (error instanceof StoreError) {
    const delay =
      error.code === 'BigCommerceRateLimited'
        ? rateLimitDelayMs(error.wait)
        : (error.wait?.retryAfterMs ?? null);
    return failure(error.code, error.message, delay, !isTriedAgain(error));
  }
  if (error instanceof ActivityRefusal) return failure(error.type, error.message, error.againInMs);
  if (isDbError(error)) return failure(DB_FAILURES[error.code] ?? 'DatabaseRefused', error.message, null);
  const state = sqlStateOf(error);
  if (state !== null)
    return failure(
      'DatabaseRefused',
      `Postgres refused a statement (SQLSTATE ${state}). The worker's log has the details.`,
      null,
    );
  if (isConnectionLoss(error))
    return failure(
      'DatabaseUnavailable',
      'Postgres is away or closed the connection. It is tried again.',
      null,
    );
  const name = error instanceof Error ? error.name : typeof error;
  return ApplicationFailure.create({
    type: 'Unexpected',
    message: `An unexpected ${name} in an activity. The worker's log has the details.`,
  });
}

function failure(
  type: FailureType,
  message: string,
  delayMs: number | null,
  final = FAILURES[type].final,
): ApplicationFailure {
  const told = ApplicationFailure.create({
    type,
    message,
    nonRetryable: final,
    ...(delayMs === null ? {} : { nextRetryDelay: Math.max(1, Math.round(delayMs)) }),
    ...(FAILURES[type].benign ? { category: ApplicationFailureCategory.BENIGN } : {}),
  });
  // Where it was made says nothing to those who read it in Temporal; the error behind it is in the log with its stack.
  told.stack = '';
  return told;
}

/** postgres.js names a lost server by codes of its own and of the system. */
function isConnectionLoss(error: unknown): boolean {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    if (
      'code' in at &&
      typeof at.code === 'string' &&
      /^(CONNECTION_|ECONN|EPIPE|ENOTFOUND|EHOSTUNREACH|ETIMEDOUT)/.test(at.code)
    )
      return true;
  }
  return false;
}
