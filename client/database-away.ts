/**
 * Whether an error means that Postgres cannot be reached at the moment, as opposed to a fault: such work may be sent
 * again later.
 */
import { isDbError, sqlStateOf } from '../db/errors.ts';

/** Of Node's sockets and of the Postgres client, before a connection was there: nothing was sent. */
const NOT_CONNECTED_CODES: readonly unknown[] = [
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENOTFOUND',
  'CONNECT_TIMEOUT',
];
/** The same of a connection that was there: what was sent may have been carried out. */
const LOST_CODES: readonly unknown[] = [
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'CONNECTION_CLOSED',
  'CONNECTION_ENDED',
  'CONNECTION_DESTROYED',
];
/** The server starts, or has no connection left (PostgreSQL, appendix A: classes 57P and 53). */
const REFUSING_STATES: readonly string[] = ['57P03', '53300'];
/** The server shuts down: it ends connections wherever they are, also behind a commit. */
const ENDING_STATES: readonly string[] = ['57P01', '57P02'];
const CAUSES_MAX = 5;

export function isDatabaseAway(error: unknown): boolean {
  return (
    isDbError(error, 'database_unreachable') ||
    tells(error, NOT_CONNECTED_CODES, REFUSING_STATES) ||
    isConnectionLost(error)
  );
}

/** Postgres went away while it was at work: whether a commit happened cannot be told from here. */
export function isConnectionLost(error: unknown): boolean {
  return tells(error, LOST_CODES, ENDING_STATES);
}

function tells(error: unknown, codes: readonly unknown[], states: readonly string[]): boolean {
  const state = sqlStateOf(error);
  if (state !== null) return states.includes(state);
  for (
    let at: unknown = error, depth = 0;
    at instanceof Error && depth < CAUSES_MAX;
    at = at.cause, depth++
  ) {
    if ('code' in at && codes.includes(at.code)) return true;
  }
  return false;
}
