// One child process that never outlives us: it is stopped in order when we stop it, and a small watcher ends it when
// this process disappears without a word (SIGKILL, a crash, a closed terminal). It must not decide about restarts.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Log } from './log.ts';

/** How the child ended: one of the two is null. */
export interface ChildEnd {
  code: number | null;
  signal: NodeJS.Signals | null;
}

export interface Child {
  pid: number;
  /** Resolves when the process has ended, however it ended; never rejects. */
  ended: Promise<ChildEnd>;
  /** True until the process has ended. */
  isRunning(): boolean;
  /** The last lines it wrote to either output: the reason, when it ended early. */
  lastLines(): string[];
  /** Asks it to end, and kills it when it has not within the bound. May be repeated. */
  stop(): Promise<void>;
  /** Ends it at once, as a crash would (SIGKILL). May be repeated. */
  kill(): Promise<void>;
}

export interface ChildOptions {
  command: string;
  args: readonly string[];
  /** Run as this user; only root may ask for it. */
  user?: { uid: number; gid: number };
  /** The signal that asks it to end in good order. */
  stopSignal: 'SIGTERM' | 'SIGINT';
  /** After this time `stop` becomes `kill`. */
  stopWithinMs: number;
  /** A folder that the watcher removes after the process has ended because we vanished. */
  removeWhenOrphaned?: string;
  onLine?: Log;
}

const LAST_LINES_MAX = 40;

// The watcher's standard input is a pipe whose other end is ours. A word on it means that the child ended in good order;
// end of file without a word means that we are gone.
const WATCHER = `
pid=$1; signal=$2; seconds=$3; leftover=$4
if ! read -r _; then
  kill -s "$signal" "$pid" 2>/dev/null
  while [ "$seconds" -gt 0 ] && kill -0 "$pid" 2>/dev/null; do sleep 1; seconds=$((seconds - 1)); done
  kill -s KILL "$pid" 2>/dev/null
  if [ -n "$leftover" ]; then rm -rf -- "$leftover"; fi
fi
`;

/** Starts the process; rejects when it cannot be started at all. Its success or failure is seen in `ended`. */
export async function startChild(options: ChildOptions): Promise<Child> {
  const child = spawn(options.command, options.args, {
    // A folder that every user may enter: the one we are in may be closed to `user`.
    cwd: '/',
    // Ctrl-C in a terminal reaches the whole process group. In ours, Postgres would go down before what uses it.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(options.user === undefined ? {} : { uid: options.user.uid, gid: options.user.gid }),
  });
  const lastLines: string[] = [];
  for (const output of [child.stdout, child.stderr]) {
    createInterface({ input: output }).on('line', (line) => {
      lastLines.push(line);
      if (lastLines.length > LAST_LINES_MAX) lastLines.shift();
      options.onLine?.(line);
    });
  }
  let running = true;
  const exited = new Promise<ChildEnd>((resolve) => {
    child.once('exit', (code, signal) => {
      running = false;
      resolve({ code, signal });
    });
  });
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', reject);
  });
  const pid = child.pid;
  if (pid === undefined)
    throw new Error(`${options.command} could not be started: it was given no process id`);
  child.on('error', (error) => options.onLine?.(`${options.command}: ${error.message}`));
  const watcher = watch(pid, options);
  const ended = exited.then(async (end) => {
    await watcher.release();
    return end;
  });

  async function kill(): Promise<void> {
    if (running) child.kill('SIGKILL');
    await ended;
  }
  async function stop(): Promise<void> {
    if (!running) return;
    child.kill(options.stopSignal);
    const deadline = setTimeout(() => {
      if (running) child.kill('SIGKILL');
    }, options.stopWithinMs);
    await ended;
    clearTimeout(deadline);
  }
  return { pid, ended, isRunning: () => running, lastLines: () => [...lastLines], stop, kill };
}

function watch(pid: number, options: ChildOptions): { release(): Promise<void> } {
  const seconds = String(Math.ceil(options.stopWithinMs / 1_000));
  const signal = options.stopSignal.slice('SIG'.length);
  const watcher = spawn(
    '/bin/sh',
    ['-c', WATCHER, 'sh', String(pid), signal, seconds, options.removeWhenOrphaned ?? ''],
    {
      cwd: '/',
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    },
  );
  const gone = new Promise<void>((resolve) => {
    watcher.once('exit', () => resolve());
    watcher.once('error', (error) => {
      options.onLine?.(`${options.command} runs without a watcher: ${error.message}`);
      resolve();
    });
  });
  // A watcher that is already gone breaks the pipe; there is nobody left to tell.
  watcher.stdin.on('error', () => undefined);
  return {
    // Waited for, so that no process is left unreaped when we exit right after.
    release: async () => {
      watcher.stdin.end('done\n');
      await gone;
    },
  };
}
