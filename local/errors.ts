// The errors of a local installation: a closed set, each with a code and a sentence that says what to do. Callers
// decide by `code`; the message is for the person at the terminal.

export type LocalErrorCode =
  | 'already_running'
  | 'data_folder_in_use'
  | 'demo_failed'
  | 'port_in_use'
  | 'postgres_data_version'
  | 'postgres_failed'
  | 'postgres_unavailable'
  | 'start_failed'
  | 'temporal_cli_missing'
  | 'temporal_failed'
  | 'time_skipping_missing';

/** Thrown by everything in `local/`; `code` is stable, the message is for people. */
export class LocalError extends Error {
  readonly code: LocalErrorCode;

  constructor(code: LocalErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'LocalError';
    this.code = code;
  }
}
