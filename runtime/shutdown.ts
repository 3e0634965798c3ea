/**
 * Ending a program in good order: what was started last is stopped first, once, within a time limit. It decides no
 * exit code; the program that owns the process does.
 */

export interface ShutdownLog {
  info(fields: Record<string, unknown>, message: string): void;
  error(fields: Record<string, unknown>, message: string): void;
}

export interface Shutdown {
  /** Remembers how to stop a part. Parts stop in reverse order. */
  onStop(name: string, stop: () => Promise<void> | void): void;
  /** Stops everything; a second call waits for the first. A part that fails is logged and does not stop the others. */
  stop(reason: string): Promise<{ clean: boolean }>;
  /** Resolves with the signal's name when the process is asked to end; the listeners are removed by `stop`. */
  signalled: Promise<string>;
}

/** Above the worker's own grace time (20 s) and force time (40 s), below a container's usual stop period (60 s). */
export const STOP_DEADLINE_MS = 50_000;

/**
 * @param signals names of process signals that count as a request to end; none in tests.
 * The second signal of the same kind is left to Node, which ends the process at once: a person who insists is obeyed.
 */
export function createShutdown(options: {
  log: ShutdownLog;
  signals?: readonly NodeJS.Signals[];
  deadlineMs?: number;
}): Shutdown {
  const { log, signals = ['SIGINT', 'SIGTERM'], deadlineMs = STOP_DEADLINE_MS } = options;
  const parts: { name: string; stop: () => Promise<void> | void }[] = [];
  let stopping: Promise<{ clean: boolean }> | undefined;

  const { promise: signalled, resolve } = signalPromise();
  const listeners = signals.map((signal) => ({ signal, listener: () => resolve(signal) }));
  for (const { signal, listener } of listeners) process.once(signal, listener);

  async function stopAll(reason: string): Promise<{ clean: boolean }> {
    log.info({ reason }, 'stopping');
    let clean = true;
    for (const part of parts.reverse()) {
      try {
        await withDeadline(part.stop(), deadlineMs, part.name);
      } catch (error) {
        clean = false;
        log.error({ part: part.name, err: error }, `${part.name} did not stop in good order`);
      }
    }
    for (const { signal, listener } of listeners) process.removeListener(signal, listener);
    log.info({ clean }, 'stopped');
    return { clean };
  }

  return {
    onStop: (name, stop) => void parts.push({ name, stop }),
    stop: (reason) => (stopping ??= stopAll(reason)),
    signalled,
  };
}

function signalPromise(): { promise: Promise<string>; resolve: (signal: string) => void } {
  let resolve: (signal: string) => void = () => undefined;
  const promise = new Promise<string>((done) => (resolve = done));
  return { promise, resolve };
}

async function withDeadline(work: Promise<void> | void, deadlineMs: number, name: string): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`${name} took longer than ${deadlineMs / 1000} s to stop`)),
      deadlineMs,
    );
  });
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
