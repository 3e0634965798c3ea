/**
 * Looks up in the table of failures (`error-rows.ts`), and makes the errors of its rows: no error about a store's answer
 * is made in another way, so that class, retry and sentence cannot drift apart.
 */
import { ANSWERED, OTHERS, STORE_FAILURES, type OtherFailureId, type StoreFailure } from './error-rows.ts';
import { StoreError, type WaitFacts } from './errors.ts';

/** The row of an answer that is no success. */
export function failureOfStatus(status: number): StoreFailure {
  const row = ANSWERED.find((candidate) => candidate.statuses(status));
  if (row === undefined) throw new RangeError(`No row for HTTP ${String(status)}.`);
  return row;
}

/** The row of a failure that has no status of its own. */
export function failureById(id: OtherFailureId): StoreFailure {
  const row = OTHERS.find((candidate) => candidate.id === id);
  if (row === undefined) throw new RangeError(`No failure ${id}.`);
  return row;
}

/** Whether the same call may be made again without anybody having acted: by the error's row (capabilities I-70). */
export function isTriedAgain(error: StoreError): boolean {
  const row = failureOfError(error);
  return row === null ? error.retryable : row.next !== 'never';
}

/** The row an error belongs to; null for one of our own making that is like none. */
export function failureOfError(error: StoreError): StoreFailure | null {
  const answered =
    error.httpStatus === null || error.httpStatus < 300 ? null : failureOfStatus(error.httpStatus);
  if (answered?.reason === error.reason && answered.code === error.code) return answered;
  return (
    OTHERS.find(
      (row) => row.code === error.code && row.reason === error.reason && row.effect === error.effect,
    ) ??
    STORE_FAILURES.find((row) => row.code === error.code && row.reason === error.reason) ??
    null
  );
}

/** Makes the error of a row. `what` is what happened, such as "answered 404"; the row says why and what to do. */
export function storeError(
  row: StoreFailure,
  facts: {
    call: string;
    what: string;
    httpStatus?: number | undefined;
    wait?: WaitFacts;
    storeSentence?: string;
    /** Stands behind the row's sentence. */
    more?: string;
  },
): StoreError {
  const { call, what, httpStatus, wait, storeSentence, more } = facts;
  return new StoreError(`${call} ${what}: ${row.sentence}${more === undefined ? '' : ` ${more}`}`, {
    code: row.code,
    reason: row.reason,
    call,
    retryable: row.next !== 'never',
    effect: row.effect,
    ...(httpStatus === undefined ? {} : { httpStatus }),
    ...(wait === undefined ? {} : { wait }),
    ...(storeSentence === undefined ? {} : { storeSentence }),
  });
}

/** An answer whose shape is not the API's: the paths say where, never with what value. */
export function wrongShape(call: string, problems: string[], httpStatus?: number): StoreError {
  return storeError(failureById('shape'), {
    call,
    what: `answered with a wrong shape (${problems.join('; ')})`,
    httpStatus,
  });
}
