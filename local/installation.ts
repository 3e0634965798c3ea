// Parts that make up an installation, started one after the other and stopped in reverse order, also when a start
// fails half-way. It knows nothing of what the parts are.
import { createShutdown } from '../runtime/shutdown.ts';
import { LocalError } from './errors.ts';
import { formatDuration, reasonOf, type Log } from './log.ts';

/** What the parts tell each other and the person at the terminal: each adds what it knows. */
export interface InstallationFacts {
  databaseUrl?: string;
  temporalAddress?: string;
  /** The `temporal` program that runs the server. */
  temporalCli?: string;
  namespace?: string;
  uiUrl?: string;
  httpUrl?: string;
}

export interface PartContext {
  /** What the parts before this one told. */
  facts: Readonly<InstallationFacts>;
  log: Log;
  /** Aborted when the person gives up during the start. */
  signal: AbortSignal;
}

export interface RunningPart {
  /** Stops it in good order; a part that only does something once has none. */
  stop?: () => Promise<void>;
  facts?: InstallationFacts;
  /** One line for the person: where it answers, what it did. */
  note?: string;
  /** Resolves when it has ended by itself, which it should not. */
  ended?: Promise<unknown>;
}

export interface Part {
  name: string;
  /** Returns when the part is ready to be used; when it fails it leaves nothing behind. */
  start(context: PartContext): Promise<RunningPart>;
}

export interface Installation {
  facts: Readonly<InstallationFacts>;
  /** Stops everything in reverse order; a second call waits for the first. False when a part did not stop well. */
  stop(): Promise<{ clean: boolean }>;
  /** Resolves with the name of the first part that ended by itself. */
  broken: Promise<string>;
}

export interface InstallationOptions {
  parts: readonly Part[];
  log: Log;
  signal?: AbortSignal;
}

/**
 * Starts the parts in order. When one fails, or the signal is aborted, those before it are stopped and the error is
 * thrown as `start_failed` (a `LocalError` of a part passes through as it is).
 */
export async function startInstallation(options: InstallationOptions): Promise<Installation> {
  const { log } = options;
  const signal = options.signal ?? new AbortController().signal;
  let facts: InstallationFacts = {};
  let stopping = false;
  let reportBroken: (name: string) => void = () => undefined;
  const broken = new Promise<string>((resolve) => (reportBroken = resolve));
  const shutdown = createShutdown({
    signals: [],
    log: {
      info: () => undefined,
      error: (fields, message) => log(`${message}: ${reasonOf(fields['err'])}`),
    },
  });
  const stop = (): Promise<{ clean: boolean }> => {
    stopping = true;
    return shutdown.stop('stop');
  };

  for (const part of options.parts) {
    const begunAt = performance.now();
    try {
      signal.throwIfAborted();
      const running = await part.start({ facts, log, signal });
      shutdown.onStop(part.name, async () => {
        if (running.stop === undefined) return;
        await running.stop();
        log(`${part.name}: stopped`);
      });
      facts = { ...facts, ...running.facts };
      void running.ended?.then(() => {
        if (!stopping) reportBroken(part.name);
      });
      log(`${part.name}: ${running.note ?? 'done'} (${formatDuration(performance.now() - begunAt)})`);
      signal.throwIfAborted();
    } catch (error) {
      await stop();
      if (error instanceof LocalError) throw error;
      const why = signal.aborted ? 'the start was given up' : reasonOf(error);
      throw new LocalError('start_failed', `${part.name} did not start: ${why}`, { cause: error });
    }
  }
  return { facts, stop, broken };
}
