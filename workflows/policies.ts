/**
 * Every time-out, retry and priority of the workflows, one table (design section 4; the reasons are in each line).
 * Where the store may say 429, an attempt that waits is no failure: such classes are bounded by time, not by attempts.
 */
import type { ActivityOptions, LocalActivityOptions } from '@temporalio/workflow';
import { BIGCOMMERCE_QUEUE, WAYBILL_QUEUE } from './contract.ts';

/**
 * Failures that no repetition cures. They are named here as well as by the activity that throws them, so that the
 * newer rule judges what an older worker throws.
 */
export const FINAL_FAILURES = [
  'AddressNotAllowed',
  'BigCommerceAuth',
  'BigCommerceNotFound',
  'ChannelDisabled',
  'CredentialsUnreadable',
  'FilterIgnored',
  'InvalidRequest',
  'Refused',
  'RunEnded',
  'UnknownChannel',
];

/** 1 is first, 5 last; 3 is Temporal's default. */
const PRIORITY_OPERATOR = 2;
const PRIORITY_WRITE_BACK = 3;
const PRIORITY_IMPORT = 4;

/** A statement of the database whose answer the next line needs; after three quick attempts the normal activity takes over. */
export const local: LocalActivityOptions = {
  startToCloseTimeout: '5 s',
  scheduleToCloseTimeout: '30 s',
  retry: { initialInterval: '100 ms', maximumAttempts: 3, nonRetryableErrorTypes: FINAL_FAILURES },
};

/** The database, as long as it takes: an outage is a visible, retrying activity. */
export const database: ActivityOptions = {
  taskQueue: WAYBILL_QUEUE,
  startToCloseTimeout: '30 s',
  retry: { initialInterval: '1 s', maximumInterval: '1 min', nonRetryableErrorTypes: FINAL_FAILURES },
};

/** Last words on the way out: they must not keep a cancelled run from ending. */
export const lastWords: ActivityOptions = { ...database, scheduleToCloseTimeout: '5 min' };

/** A pass over many rows. */
export const databasePass: ActivityOptions = {
  ...database,
  startToCloseTimeout: '5 min',
  // They heartbeat every ten seconds; a worker that died is noticed within this.
  heartbeatTimeout: '30 s',
};

/** Starts and signals many lifecycles; what it leaves behind is found by the sweep, so it may give up. */
export function handOver(channelId: string): ActivityOptions {
  return {
    ...databasePass,
    scheduleToCloseTimeout: '30 min',
    priority: { priorityKey: PRIORITY_IMPORT, fairnessKey: channelId },
  };
}

const store: ActivityOptions = {
  taskQueue: BIGCOMMERCE_QUEUE,
  // Eager dispatch goes around the queue and so around its slots and its fairness.
  allowEagerDispatch: false,
};
const storeRetry = {
  initialInterval: '2 s',
  backoffCoefficient: 2,
  nonRetryableErrorTypes: FINAL_FAILURES,
} as const;

/** Reading from a store: a slice of an import. */
export function storeRead(channelId: string): ActivityOptions {
  return {
    ...store,
    startToCloseTimeout: '2 min',
    scheduleToCloseTimeout: '6 h',
    heartbeatTimeout: '30 s',
    retry: { ...storeRetry, maximumInterval: '2 min' },
    priority: { priorityKey: PRIORITY_IMPORT, fairnessKey: channelId },
  };
}

/** A person waits for the answer. */
export function storeCheck(channelId: string): ActivityOptions {
  return {
    ...store,
    startToCloseTimeout: '2 min',
    scheduleToCloseTimeout: '10 min',
    retry: { ...storeRetry, maximumInterval: '30 s' },
    priority: { priorityKey: PRIORITY_OPERATOR, fairnessKey: channelId },
  };
}

/** Writing to a store: one call of at most 45 s with the reads around it; again for up to 72 h, at most 2 h apart. */
export function storeWrite(channelId: string): ActivityOptions {
  return {
    ...store,
    startToCloseTimeout: '60 s',
    // It heartbeats every five seconds, so that the death of its worker is noticed within this and not after a minute.
    // Shorter would take a machine that is busy for some seconds for dead; the ledger makes even that harmless.
    heartbeatTimeout: '15 s',
    scheduleToCloseTimeout: '72 h',
    // A person's retry cancels the waiting between two attempts. One that is at work ends first: without this (the
    // SDK's default is TRY_CANCEL, whatever its documentation says) the next one would begin beside it.
    cancellationType: 'WAIT_CANCELLATION_COMPLETED',
    retry: { ...storeRetry, maximumInterval: '2 h' },
    priority: { priorityKey: PRIORITY_WRITE_BACK, fairnessKey: channelId },
  };
}
