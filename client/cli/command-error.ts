/**
 * How a command ends: the exit codes and the closed set of errors that say what happened, why, and what to do.
 * Nothing here prints; `run-command.ts` does.
 */
import type { DbErrorCode } from '../../db/errors.ts';

/** The contract with shells and scripts (design section 9). */
export const EXIT = { done: 0, failed: 1, wrongUsage: 2, refused: 3 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Machine words for `--json`; each belongs to one exit code. */
const OWN_CODES = {
  bad_usage: EXIT.wrongUsage,
  bad_config: EXIT.wrongUsage,
  not_found: EXIT.refused,
  already_running: EXIT.refused,
  not_allowed: EXIT.refused,
  not_confirmed: EXIT.refused,
  check_failed: EXIT.failed,
  no_worker: EXIT.failed,
  workflow_failed: EXIT.failed,
  temporal_unavailable: EXIT.failed,
  interrupted: EXIT.failed,
  unhealthy: EXIT.failed,
  unexpected: EXIT.failed,
} as const satisfies Record<string, ExitCode>;

/** The database room's refusals are written for operators and are said as they are. */
const DATABASE_CODES: Readonly<Record<DbErrorCode, ExitCode>> = {
  database_unreachable: EXIT.failed,
  schema_newer: EXIT.failed,
  schema_older: EXIT.failed,
  schema_foreign: EXIT.failed,
  migration_failed: EXIT.failed,
  channel_unknown: EXIT.refused,
  channel_exists: EXIT.refused,
  channel_bound: EXIT.refused,
  channel_name_taken: EXIT.refused,
  channel_is_enabled: EXIT.refused,
  settings_invalid: EXIT.wrongUsage,
  settings_outdated: EXIT.refused,
  second_writer: EXIT.refused,
  second_catalog_owner: EXIT.refused,
  shared_import: EXIT.refused,
  gateway_unknown: EXIT.refused,
  gateway_in_use: EXIT.refused,
  scope_missing: EXIT.refused,
  credentials_missing: EXIT.refused,
  credentials_unreadable: EXIT.failed,
  secret_keys_invalid: EXIT.wrongUsage,
  secret_known: EXIT.refused,
  secret_unknown: EXIT.refused,
  secrets_full: EXIT.refused,
  api_key_unknown: EXIT.refused,
  quota_too_small: EXIT.refused,
  run_unknown: EXIT.refused,
  run_ended: EXIT.refused,
  order_unknown: EXIT.refused,
  write_back_unknown: EXIT.refused,
  attempt_fenced: EXIT.refused,
};

const EXIT_OF: Readonly<Record<CommandErrorCode, ExitCode>> = { ...OWN_CODES, ...DATABASE_CODES };
export type CommandErrorCode = keyof typeof OWN_CODES | DbErrorCode;

/** A command that cannot do what was asked. Never holds a secret or a customer's data. */
export class CommandError extends Error {
  readonly code: CommandErrorCode;
  readonly why: string | null;
  readonly todo: string | null;

  /** @param text `what` happened, `why`, and what `todo`; whole sentences without a final line end. */
  constructor(code: CommandErrorCode, text: { what: string; why?: string; todo?: string }, cause?: unknown) {
    super(text.what, cause === undefined ? {} : { cause });
    this.name = 'CommandError';
    this.code = code;
    this.why = text.why ?? null;
    this.todo = text.todo ?? null;
  }

  get exitCode(): ExitCode {
    return EXIT_OF[this.code];
  }
}

/** Codes that other rooms' errors carry, and which are said to the operator as they are. */
export function isCommandErrorCode(code: unknown): code is CommandErrorCode {
  return typeof code === 'string' && code in EXIT_OF;
}
