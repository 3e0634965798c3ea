// Finds a `temporal` program with a new enough server, cheapest way first, and says what it tries and how long that
// took. What had to be downloaded or built is kept per user and version, so that it is paid for once.
import { execFile } from 'node:child_process';
import { chmod, copyFile, mkdir, readFile, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startChild } from './child.ts';
import { LocalError } from './errors.ts';
import { formatDuration, reasonOf, type Log } from './log.ts';
import { downloadBySdk, sdkVersion } from './sdk-download.ts';

const execute = promisify(execFile);

export interface TemporalCliOptions {
  /** `WAYBILL_TEMPORAL_CLI`: taken or refused, never passed over in silence. */
  explicitPath?: string | undefined;
  /** The folders to look for `temporal` in, as in `PATH`. */
  searchPath: string;
  /** The cache of this user, as `~/.cache/waybill`. */
  cacheFolder: string;
  log: Log;
  /** Gives up a download or a build that is under way. */
  signal?: AbortSignal | undefined;
  /** The ways that cost a download or a build, in order; tests give their own. */
  lastResorts?: readonly LastResort[];
}

export interface TemporalCli {
  path: string;
  serverVersion: string;
  /** Where it came from, for a person. */
  origin: string;
}

/** A way to get the program that costs minutes. Its result is moved into the cache under `cacheKey`. */
export interface LastResort {
  name: string;
  cacheKey(): Promise<string>;
  /** Puts the program into the folder and returns its path; throws with the reason when it cannot. */
  fetchInto(folder: string, log: Log, signal?: AbortSignal): Promise<string>;
}

/** Fairness, which keeps one big store from starving the others, needs this server (`Priority.fairnessKey`). */
const SERVER_VERSION_MIN = [1, 29] as const;
const VERSION_DEADLINE_MS = 10_000;
const BUILD_PROGRESS_EVERY_MS = 15_000;
const BUILD_STOP_WITHIN_MS = 5_000;

const WRAPPER_MODULE = fileURLToPath(new URL('./temporal-cli', import.meta.url));

/**
 * Returns a program that runs on this machine and carries server 1.29 or newer. Throws `temporal_cli_missing` with
 * everything that was tried and why it failed. A wrong explicit path is an error at once: a person asked for that one.
 */
export async function resolveTemporalCli(options: TemporalCliOptions): Promise<TemporalCli> {
  const { log } = options;
  if (options.explicitPath !== undefined && options.explicitPath !== '') {
    const serverVersion = await checkedVersion(options.explicitPath).catch((error: unknown) => {
      throw new LocalError(
        'temporal_cli_missing',
        `WAYBILL_TEMPORAL_CLI names ${String(options.explicitPath)}, which cannot be used: ${reasonOf(error)} ` +
          `Correct it, or unset it to let a program be found or built.`,
        { cause: error },
      );
    });
    return { path: options.explicitPath, serverVersion, origin: 'WAYBILL_TEMPORAL_CLI' };
  }

  const tried: string[] = [];
  const onPath = await firstOnPath('temporal', options.searchPath);
  if (onPath === undefined) tried.push('temporal on the path: there is none');
  else {
    try {
      return { path: onPath, serverVersion: await checkedVersion(onPath), origin: 'the path' };
    } catch (error) {
      log(`passing over ${onPath}: ${reasonOf(error)}`);
      tried.push(`temporal on the path (${onPath}): ${reasonOf(error)}`);
    }
  }

  const lastResorts = options.lastResorts ?? [sdkDownload, goBuild];
  for (const resort of lastResorts) {
    const cached = cachedProgram(options.cacheFolder, await resort.cacheKey());
    if (!(await exists(cached))) tried.push(`the cache: nothing at ${cached}`);
    else {
      try {
        return { path: cached, serverVersion: await checkedVersion(cached), origin: 'the cache' };
      } catch (error) {
        tried.push(`the cache (${cached}): ${reasonOf(error)}`);
      }
    }
  }

  for (const resort of lastResorts) {
    options.signal?.throwIfAborted();
    log(`no temporal program at hand: trying ${resort.name}`);
    const key = await resort.cacheKey();
    const workFolder = path.join(options.cacheFolder, 'temporal-cli', `.unfinished-${key}-${process.pid}`);
    const begunAt = performance.now();
    try {
      await mkdir(workFolder, { recursive: true });
      const made = await resort.fetchInto(workFolder, log, options.signal);
      const placed = await placeInCache(made, options.cacheFolder, key);
      log(`${resort.name}: done in ${formatDuration(performance.now() - begunAt)}, kept as ${placed.path}`);
      return { ...placed, origin: resort.name };
    } catch (error) {
      const took = formatDuration(performance.now() - begunAt);
      log(`${resort.name} failed after ${took}: ${reasonOf(error)}`);
      tried.push(`${resort.name}: ${reasonOf(error)} (${took})`);
    } finally {
      await rm(workFolder, { recursive: true, force: true });
    }
  }
  throw new LocalError(
    'temporal_cli_missing',
    `No temporal program with server ${SERVER_VERSION_MIN.join('.')} or newer could be found. Tried:\n` +
      tried.map((line) => `  - ${line}`).join('\n') +
      `\nInstall the Temporal CLI, or Go to have it built, or set WAYBILL_TEMPORAL_CLI to a program you have.`,
  );
}

/** Puts a program that works into the cache and returns its place there. Several may do so at once: the last one stays. */
export async function placeInCache(
  program: string,
  cacheFolder: string,
  key: string,
): Promise<Omit<TemporalCli, 'origin'>> {
  const serverVersion = await checkedVersion(program);
  const place = cachedProgram(cacheFolder, key);
  await mkdir(path.dirname(place), { recursive: true });
  // Renamed when complete, so that nobody runs half a file.
  const partial = `${place}.partial-${process.pid}`;
  await copyFile(program, partial);
  await chmod(partial, 0o755);
  await rename(partial, place);
  return { path: place, serverVersion };
}

/** Reads the server's version out of `temporal --version`; a built program calls itself 0.0.0-DEV, so that word says nothing. */
export function serverVersionIn(output: string): string | undefined {
  return /\(Server (\d+\.\d+\.\d+[^,)\s]*)/.exec(output)?.[1];
}

/** Whether a server version is at least `SERVER_VERSION_MIN`. */
export function isNewEnough(serverVersion: string): boolean {
  const [major = 0, minor = 0] = serverVersion.split('.').map(Number);
  const [majorMin, minorMin] = SERVER_VERSION_MIN;
  return major > majorMin || (major === majorMin && minor >= minorMin);
}

/** The SDK's own download: the SDK starts the server once, and what it fetched for that is kept. */
export const sdkDownload: LastResort = {
  name: "the SDK's download",
  cacheKey: async () => `sdk-${sdkVersion()}`,
  fetchInto: (folder, log) => downloadBySdk('dev-server', folder, log),
};

/** A build from the wrapper module, whose go.sum pins every source. */
export const goBuild: LastResort = {
  name: 'a build with Go',
  cacheKey: async () => {
    const module = await readFile(path.join(WRAPPER_MODULE, 'go.mod'), 'utf8');
    return /github\.com\/temporalio\/cli v(\S+)/.exec(module)?.[1] ?? 'unknown';
  },
  fetchInto: async (folder, log, signal) => {
    const go = await execute('go', ['version']).catch(() => {
      throw new Error('go is not installed.');
    });
    const program = path.join(folder, 'temporal');
    log(
      `building temporal with ${go.stdout.trim()}: about 10 minutes on 2 cores the first time, nothing later`,
    );
    const begunAt = performance.now();
    let compiled = 0;
    const build = await startChild({
      command: 'env',
      args: [
        // SQLite is in it without C, so no compiler is needed.
        'CGO_ENABLED=0',
        ...['go', 'build', '-C', WRAPPER_MODULE, '-v', '-o', program],
        'github.com/temporalio/cli/cmd/temporal',
      ],
      stopSignal: 'SIGTERM',
      stopWithinMs: BUILD_STOP_WITHIN_MS,
      onLine: () => (compiled += 1),
    });
    const progress = setInterval(() => {
      log(
        `building temporal: ${compiled} packages fetched or compiled, ${formatDuration(performance.now() - begunAt)} so far`,
      );
    }, BUILD_PROGRESS_EVERY_MS);
    const giveUp = (): void => void build.stop();
    signal?.addEventListener('abort', giveUp);
    const end = await build.ended.finally(() => {
      clearInterval(progress);
      signal?.removeEventListener('abort', giveUp);
    });
    signal?.throwIfAborted();
    if (end.code !== 0) throw new Error(`go build failed: ${build.lastLines().slice(-5).join(' | ')}`);
    return program;
  },
};

async function checkedVersion(program: string): Promise<string> {
  const { stdout } = await execute(program, ['--version'], { timeout: VERSION_DEADLINE_MS }).catch(
    (error: unknown) => {
      throw new Error(`it does not run (${reasonOf(error).split('\n')[0] ?? ''}).`);
    },
  );
  const version = serverVersionIn(stdout);
  if (version === undefined)
    throw new Error(`its --version names no server ("${stdout.trim().slice(0, 100)}").`);
  if (!isNewEnough(version)) {
    throw new Error(`its server is ${version}; ${SERVER_VERSION_MIN.join('.')} or newer is needed.`);
  }
  return version;
}

function cachedProgram(cacheFolder: string, key: string): string {
  return path.join(cacheFolder, 'temporal-cli', key, 'temporal');
}

async function firstOnPath(name: string, searchPath: string): Promise<string | undefined> {
  for (const folder of searchPath.split(path.delimiter)) {
    if (folder === '') continue;
    const candidate = path.join(folder, name);
    const found = await stat(candidate).catch(() => undefined);
    if (found?.isFile() === true && (found.mode & 0o111) !== 0) return candidate;
  }
  return undefined;
}

async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}
