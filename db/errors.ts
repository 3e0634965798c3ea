/**
 * The closed set of errors that the database room throws on purpose. Messages say what happened, why and what to do;
 * none of them holds a secret or a customer's data. Anything else that leaves this room is a fault of Postgres or ours.
 */

export const DB_ERROR_CODES = [
  'database_unreachable',
  'schema_newer',
  'schema_older',
  'schema_foreign',
  'migration_failed',
  'channel_unknown',
  'channel_exists',
  'channel_bound',
  'channel_name_taken',
  'channel_is_enabled',
  'settings_invalid',
  'settings_outdated',
  'second_writer',
  'second_catalog_owner',
  'shared_import',
  'gateway_unknown',
  'gateway_in_use',
  'scope_missing',
  'credentials_missing',
  'credentials_unreadable',
  'secret_keys_invalid',
  'secret_known',
  'secret_unknown',
  'secrets_full',
  'api_key_unknown',
  'quota_too_small',
  'run_unknown',
  'run_ended',
  'order_unknown',
  'write_back_unknown',
  'attempt_fenced',
] as const;
export type DbErrorCode = (typeof DB_ERROR_CODES)[number];

/** A refusal of the database room; `code` is for programs, `message` for people, `fields` for both. */
export class DbError extends Error {
  readonly code: DbErrorCode;
  /** Ids and numbers that the message speaks of; never a secret, never a customer's data. */
  readonly fields: Readonly<Record<string, string | number | null>>;

  constructor(
    code: DbErrorCode,
    message: string,
    fields: Record<string, string | number | null> = {},
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'DbError';
    this.code = code;
    this.fields = fields;
  }
}

/** True for a {@link DbError}, or for one with the given code. */
export function isDbError(error: unknown, code?: DbErrorCode): error is DbError {
  return error instanceof DbError && (code === undefined || error.code === code);
}

/** The SQLSTATE of a server's refusal, also when drizzle has wrapped it; null for anything else. */
export function sqlStateOf(error: unknown): string | null {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    if (at.name === 'PostgresError' && 'code' in at && typeof at.code === 'string') return at.code;
  }
  return null;
}
