/**
 * Whether an error means that Postgres cannot be reached at the moment, as opposed to a fault: such work may be sent
 * again later.
 */
import { isDbError, sqlStateOf } from '../db/errors.ts';

/** Of Node's sockets and of the Postgres client. */
const NETWORK_CODES: readonly unknown[] = [
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
  'CONNECT_TIMEOUT',
  'CONNECTION_CLOSED',
  'CONNECTION_ENDED',
  'CONNECTION_DESTROYED',
];
/** The server shuts down, starts, or has no connection left (PostgreSQL, appendix A: classes 57P and 53). */
const AWAY_STATES: readonly string[] = ['57P01', '57P02', '57P03', '53300'];
const CAUSES_MAX = 5;

export function isDatabaseAway(error: unknown): boolean {
  if (isDbError(error, 'database_unreachable')) return true;
  const state = sqlStateOf(error);
  if (state !== null) return AWAY_STATES.includes(state);
  for (
    let at: unknown = error, depth = 0;
    at instanceof Error && depth < CAUSES_MAX;
    at = at.cause, depth++
  ) {
    if ('code' in at && NETWORK_CODES.includes(at.code)) return true;
  }
  return false;
}
