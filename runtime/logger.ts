/**
 * The one logger (pino) and its adapter for Temporal's SDK. Lines carry ids and counts; the names under which secrets
 * could travel are blanked here as a second lock, not as the first.
 */
import { pino, type DestinationStream, type Logger } from 'pino';
import { PinoPretty } from 'pino-pretty';
import type { LogLevel, LogMetadata, Logger as TemporalLogger } from '@temporalio/common';

export type { Logger } from 'pino';

const SECRET_NAMES = [
  'token',
  'accessToken',
  'access_token',
  'clientSecret',
  'client_secret',
  'apiKey',
  'api_key',
  'secret',
  'secretKeys',
  'password',
  'authorization',
  'Authorization',
  'cookie',
  'x-auth-token',
  'X-Auth-Token',
  'databaseUrl',
];

export interface LoggerOptions {
  level: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'silent';
  format: 'json' | 'pretty';
  /** Default: standard error, so that standard output stays free for a command's own result. */
  destination?: DestinationStream;
}

const STANDARD_ERROR = 2;

/** A logger that blanks secrets in the first three levels of its fields and writes levels as words. */
export function createLogger({ level, format, destination }: LoggerOptions): Logger {
  const out = destination ?? pino.destination({ dest: STANDARD_ERROR, sync: true });
  const stream =
    format === 'pretty'
      ? PinoPretty({ destination: out, colorize: process.stderr.isTTY, ignore: 'pid,hostname' })
      : out;
  return pino(
    {
      level,
      base: null,
      formatters: { level: (label) => ({ level: label }) },
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: {
        paths: SECRET_NAMES.flatMap((name) => [`["${name}"]`, `*["${name}"]`, `*.*["${name}"]`]),
        censor: '[hidden]',
      },
    },
    stream,
  );
}

/**
 * Temporal's own lines (core, worker, workflow, activity) through ours. The SDK keeps the event's time under a symbol,
 * which JSON drops; our own time is close enough, since core's lines are forwarded at once.
 */
export function temporalLogger(logger: Logger): TemporalLogger {
  const write = (level: LogLevel, message: string, meta?: LogMetadata): void => {
    const fields = meta ?? {};
    switch (level) {
      case 'TRACE':
        return logger.trace(fields, message);
      case 'DEBUG':
        return logger.debug(fields, message);
      case 'INFO':
        return logger.info(fields, message);
      case 'WARN':
        return logger.warn(fields, message);
      case 'ERROR':
        return logger.error(fields, message);
    }
  };
  return {
    log: write,
    trace: (message, meta) => write('TRACE', message, meta),
    debug: (message, meta) => write('DEBUG', message, meta),
    info: (message, meta) => write('INFO', message, meta),
    warn: (message, meta) => write('WARN', message, meta),
    error: (message, meta) => write('ERROR', message, meta),
  };
}
