// The time-skipping test server, for tests in which months pass: the SDK's download, or else the jars from Maven
// Central run by Java. It is for tests only; it trails the real server in features.
import { execFile } from 'node:child_process';
import { chmod, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { LocalError } from './errors.ts';
import { formatDuration, reasonOf, type Log } from './log.ts';
import { downloadBySdk, sdkVersion } from './sdk-download.ts';

const execute = promisify(execFile);

const POM = fileURLToPath(new URL('./time-skipping-server/pom.xml', import.meta.url));
const PROGRAM = 'temporal-test-server';
/** 39 jars, 37 MB: half a minute on an ordinary line. */
const MAVEN_DEADLINE_MS = 5 * 60_000;
const JAVA_DEADLINE_MS = 20_000;

/**
 * Returns the path of a program for the SDK's `existing-path`, which passes the port first. What was fetched is kept in
 * the cache folder. Throws `time_skipping_missing` with everything that was tried.
 */
export async function resolveTimeSkippingServer(options: { cacheFolder: string; log: Log }): Promise<string> {
  const { log } = options;
  const folder = path.join(options.cacheFolder, 'time-skipping-server');
  const ways = [
    {
      name: "the SDK's download",
      key: `sdk-${sdkVersion()}`,
      usable: async () => undefined,
      fetchInto: fetchProgram,
    },
    {
      name: 'the jars from Maven Central',
      key: `jars-${await jarVersion()}`,
      usable: assertJava,
      fetchInto: fetchJars,
    },
  ];
  const tried: string[] = [];
  for (const way of ways) {
    const kept = path.join(folder, way.key, PROGRAM);
    if (!(await exists(kept))) continue;
    try {
      await way.usable();
      return kept;
    } catch (error) {
      tried.push(`the cache (${kept}): ${reasonOf(error)}`);
    }
  }
  for (const way of ways) {
    log(`no time-skipping server at hand: trying ${way.name}`);
    const begunAt = performance.now();
    const unfinished = path.join(folder, `.unfinished-${way.key}-${process.pid}`);
    const place = path.join(folder, way.key);
    try {
      await way.usable();
      await mkdir(unfinished, { recursive: true });
      await way.fetchInto(unfinished, log);
      // Renamed when complete; when two were at it, the first one's is as good.
      await rename(unfinished, place).catch(async (error: unknown) => {
        if (!(await exists(path.join(place, PROGRAM)))) throw error;
      });
      log(`${way.name}: done in ${formatDuration(performance.now() - begunAt)}, kept in ${place}`);
      return path.join(place, PROGRAM);
    } catch (error) {
      const took = formatDuration(performance.now() - begunAt);
      log(`${way.name} failed after ${took}: ${reasonOf(error)}`);
      tried.push(`${way.name}: ${reasonOf(error)} (${took})`);
    } finally {
      await rm(unfinished, { recursive: true, force: true });
    }
  }
  throw new LocalError(
    'time_skipping_missing',
    `No time-skipping test server could be found. Tried:\n${tried.map((line) => `  - ${line}`).join('\n')}\n` +
      `Install Java 11 or newer and Maven, or open the way to Temporal's download host.`,
  );
}

async function fetchProgram(folder: string, log: Log): Promise<void> {
  const program = await downloadBySdk('time-skipping', folder, log);
  await rename(program, path.join(folder, PROGRAM));
}

async function fetchJars(folder: string, log: Log): Promise<void> {
  log('copying the jars of io.temporal:temporal-test-server with Maven');
  const jars = path.join(folder, 'jars');
  await execute('mvn', ['-B', '-q', '-f', POM, 'dependency:copy-dependencies', `-DoutputDirectory=${jars}`], {
    timeout: MAVEN_DEADLINE_MS,
  }).catch((error: unknown) => {
    throw new Error(
      isMissing(error) ? 'mvn (Maven) is not installed.' : `Maven failed: ${reasonOf(error).slice(0, 500)}`,
    );
  });
  const program = path.join(folder, PROGRAM);
  const script =
    '#!/bin/sh\n# Started by the Temporal SDK with the port as its first argument.\n' +
    'exec java -cp "$(dirname "$0")/jars/*" io.temporal.testserver.TestServer "$@"\n';
  await writeFile(program, script);
  await chmod(program, 0o755);
}

async function assertJava(): Promise<void> {
  await execute('java', ['-version'], { timeout: JAVA_DEADLINE_MS }).catch((error: unknown) => {
    throw new Error(
      isMissing(error) ? 'java is not installed.' : `java does not run: ${reasonOf(error).slice(0, 200)}`,
    );
  });
}

async function jarVersion(): Promise<string> {
  const pom = await readFile(POM, 'utf8');
  return (
    /<artifactId>temporal-test-server<\/artifactId>\s*<version>([^<]+)<\/version>/.exec(pom)?.[1] ?? 'unknown'
  );
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}
