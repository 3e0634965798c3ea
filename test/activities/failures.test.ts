// What leaves an activity: one of a closed set of failures, with nothing foreign in its message.
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { describe, expect, it } from 'vitest';
import { ActivityRefusal, FAILURES, failureOf, rateLimitDelayMs } from '../../activities/failures.ts';
import { StoreError, STORE_ERROR_CODES } from '../../bigcommerce/errors.ts';
import { DbError } from '../../db/errors.ts';

const storeError = (code: (typeof STORE_ERROR_CODES)[number], more: object = {}) =>
  new StoreError('What happened, why, what to do.', {
    code,
    reason: 'refused',
    call: 'GET /v2/orders',
    retryable: !FAILURES[code].final,
    effect: 'none',
    ...more,
  });

describe('an error', () => {
  it.each(STORE_ERROR_CODES)('%s keeps its name and is final or not by the table', (code) => {
    expect(failureOf(storeError(code))).toMatchObject({
      type: code,
      nonRetryable: FAILURES[code].final,
      message: 'What happened, why, what to do.',
    });
  });

  it('that waits for quota is benign and says when', () => {
    const failure = failureOf(
      storeError('BigCommerceRateLimited', { wait: { resetMs: 1_500, retryAfterMs: null } }),
    );
    expect(failure).toMatchObject({ category: 'BENIGN', nonRetryable: false });
    expect(Number((failure as ApplicationFailure).nextRetryDelay)).toBeGreaterThanOrEqual(1_500);
  });

  it('of the database room keeps its sentence under our names', () => {
    expect(failureOf(new DbError('channel_unknown', 'There is no channel x.'))).toMatchObject({
      type: 'UnknownChannel',
      nonRetryable: true,
    });
    expect(failureOf(new DbError('run_ended', 'The run has ended.'))).toMatchObject({
      type: 'RunEnded',
      nonRetryable: true,
    });
    expect(failureOf(new DbError('quota_too_small', 'x'))).toMatchObject({ type: 'DatabaseRefused' });
  });

  it('of Postgres or of a library shows nothing of the statement or of a customer', () => {
    const postgres = Object.assign(new Error('duplicate key value (jane@example.com)'), {
      name: 'PostgresError',
      code: '23505',
    });
    const wrapped = new Error('Failed query: insert into orders … params: jane@example.com', {
      cause: postgres,
    });
    const failure = failureOf(wrapped);
    expect(failure).toMatchObject({ type: 'DatabaseRefused' });
    expect(`${failure.message} ${String(failure.cause)}`).not.toContain('jane');
    expect(failure.message).toContain('23505');
    expect(failureOf(new TypeError('jane@example.com is not a function')).message).not.toContain('jane');
    expect(failureOf(Object.assign(new Error('x'), { code: 'CONNECTION_ENDED' }))).toMatchObject({
      type: 'DatabaseUnavailable',
      nonRetryable: false,
    });
  });

  it('that is Temporal’s already passes as it is', () => {
    const own = ApplicationFailure.nonRetryable('x', 'InvalidInput');
    expect(failureOf(own)).toBe(own);
    const cancelled = new CancelledFailure('stop');
    expect(failureOf(cancelled)).toBe(cancelled);
    const aborted = new DOMException('aborted', 'AbortError');
    expect(failureOf(aborted)).toBe(aborted);
  });

  it('that asks for a certain wait gets it', () => {
    expect(failureOf(new ActivityRefusal('OutcomeUnclear', 'x', 60_000))).toMatchObject({
      nextRetryDelay: 60_000,
      category: 'BENIGN',
    });
    expect(failureOf(new ActivityRefusal('ChannelDisabled', 'x'))).toMatchObject({
      nonRetryable: true,
      nextRetryDelay: undefined,
    });
  });
});

describe('the wait after a 429', () => {
  it('is the longer of the two headers', () => {
    const wait = rateLimitDelayMs({ resetMs: 1_000, retryAfterMs: 3_000 });
    expect(wait).toBeGreaterThanOrEqual(3_000);
    expect(wait).toBeLessThanOrEqual(3_300);
  });

  it('of a long time is spread over a second more, so that not everybody comes back at once', () => {
    const waits = Array.from({ length: 50 }, () => rateLimitDelayMs({ resetMs: 30_000, retryAfterMs: null }));
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(30_000);
    expect(Math.max(...waits)).toBeLessThanOrEqual(31_000);
    expect(new Set(waits).size).toBeGreaterThan(10);
  });

  it('without headers is a moment: the store’s own row of refusals says how long it is left alone', () => {
    expect(rateLimitDelayMs(null)).toBeGreaterThanOrEqual(1_000);
    expect(rateLimitDelayMs({ resetMs: null, retryAfterMs: null })).toBeLessThanOrEqual(1_100);
  });
});
