/** Waybill's own programs as real child processes, for tests that kill them: nothing here shares memory with them. */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';

const execute = promisify(execFile);
const PROGRAM = path.join(import.meta.dirname, '..', '..', 'bin', 'waybill.js');

/** A program that is slow to start on a busy machine of two cores still starts within this. */
const READY_DEADLINE_MS = 240_000;
const OUTPUT_BYTES_MAX = 16 * 1024 * 1024;

export interface ProgramEnvironment {
  databaseUrl: string;
  temporalAddress: string;
  namespace: string;
  /** An empty folder, so that no installation of the developer's is found. */
  home: string;
  /** More variables, such as WAYBILL_HTTP_PORT. */
  more?: Record<string, string>;
}

/** Test keys: 32 bytes that guard nothing. */
export const TEST_SECRET_KEYS = `test:${Buffer.alloc(32, 7).toString('base64')}`;

function environmentOf(given: ProgramEnvironment): NodeJS.ProcessEnv {
  return {
    ...process.env,
    WAYBILL_DATABASE_URL: given.databaseUrl,
    TEMPORAL_ADDRESS: given.temporalAddress,
    TEMPORAL_NAMESPACE: given.namespace,
    WAYBILL_HOME: given.home,
    WAYBILL_SECRET_KEYS: TEST_SECRET_KEYS,
    WAYBILL_ALLOW_LOOPBACK_STORES: '1',
    WAYBILL_LOG_LEVEL: 'info',
    WAYBILL_HTTP_PORT: '0',
    ...given.more,
  };
}

export interface RunningProgram {
  pid: number;
  /** Everything it printed so far, both streams. */
  said(): string;
  /** SIGKILL, as a crash or an out-of-memory killer would. */
  kill(): Promise<void>;
  /** SIGTERM, and waits. */
  stop(): Promise<number | null>;
}

/** Starts `waybill <words>` and returns when it has printed something that matches `ready`. */
export async function startProgram(
  words: readonly string[],
  given: ProgramEnvironment,
  ready: RegExp,
): Promise<RunningProgram> {
  const child = spawn(process.execPath, [PROGRAM, ...words], {
    env: environmentOf(given),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  const hear = (chunk: Buffer): void => {
    said += chunk.toString('utf8');
  };
  child.stdout.on('data', hear);
  child.stderr.on('data', hear);
  const deadline = performance.now() + READY_DEADLINE_MS;
  while (!ready.test(said)) {
    if (child.exitCode !== null || performance.now() > deadline) {
      child.kill('SIGKILL');
      throw new Error(`waybill ${words.join(' ')} did not become ready. It said:\n${said}`);
    }
    await pause(20);
  }
  return {
    pid: child.pid ?? 0,
    said: () => said,
    kill: async () => {
      await end(child, 'SIGKILL');
    },
    stop: () => end(child, 'SIGTERM'),
  };
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  child.kill(signal);
  return ended;
}

export interface CommandEnd {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs `waybill <words>` to its end, whatever its exit code. */
export async function runCommand(words: readonly string[], given: ProgramEnvironment): Promise<CommandEnd> {
  try {
    const { stdout, stderr } = await execute(process.execPath, [PROGRAM, ...words], {
      env: environmentOf(given),
      maxBuffer: OUTPUT_BYTES_MAX,
    });
    return { code: 0, stdout, stderr };
  } catch (error) {
    // execFile adds both streams to the error of a command that ended badly.
    if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'number') throw error;
    const stdout = 'stdout' in error ? String(error.stdout) : '';
    const stderr = 'stderr' in error ? String(error.stderr) : '';
    return { code: error.code, stdout, stderr };
  }
}

/** The JSON document of a command that must succeed. */
export async function commandResult(words: readonly string[], given: ProgramEnvironment): Promise<unknown> {
  const end = await runCommand([...words, '--json'], given);
  if (end.code !== 0)
    throw new Error(`waybill ${words.join(' ')} ended with ${String(end.code)}:\n${end.stderr}${end.stdout}`);
  return JSON.parse(end.stdout);
}

/** Asks again until the answer is not null; the name says what was missing when the time is over. */
export async function eventually<T>(
  what: string,
  ask: () => Promise<T | null>,
  deadlineMs: number,
  everyMs = 50,
): Promise<T> {
  const deadline = performance.now() + deadlineMs;
  for (;;) {
    const answer = await ask();
    if (answer !== null) return answer;
    if (performance.now() > deadline) throw new Error(`Not within ${String(deadlineMs / 1000)} s: ${what}`);
    await pause(everyMs);
  }
}
