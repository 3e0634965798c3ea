// Temporal's own download of its servers, done by the SDK. The SDK has no setting for another host and waits long for
// one that is not there, so the host is asked first.
import { readdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { reasonOf, type Log } from './log.ts';

const DOWNLOAD_HOST = 'https://temporal.download';
const PROBE_DEADLINE_MS = 3_000;

/** The SDK's version, which decides what it downloads. */
export function sdkVersion(): string {
  const manifest: unknown = createRequire(import.meta.url)('@temporalio/testing/package.json');
  const hasVersion = typeof manifest === 'object' && manifest !== null && 'version' in manifest;
  return hasVersion ? String(manifest.version) : 'unknown';
}

/**
 * Has the SDK download a server into the folder and start it once, and returns the program's path. Fails within
 * seconds, with the reason, when the download host does not answer.
 */
export async function downloadBySdk(
  server: 'dev-server' | 'time-skipping',
  folder: string,
  log: Log,
): Promise<string> {
  await fetch(DOWNLOAD_HOST, { method: 'HEAD', signal: AbortSignal.timeout(PROBE_DEADLINE_MS) }).catch(
    (error: unknown) => {
      throw new Error(`${DOWNLOAD_HOST} does not answer (${causeOf(error)}).`);
    },
  );
  log(`downloading from ${DOWNLOAD_HOST}`);
  // Loaded here because it brings the SDK's native part with it.
  const { TestWorkflowEnvironment } = await import('@temporalio/testing');
  const options = { server: { executable: { type: 'cached-download' as const, downloadDir: folder } } };
  const environment = await (server === 'dev-server'
    ? TestWorkflowEnvironment.createLocal(options)
    : TestWorkflowEnvironment.createTimeSkipping(options));
  await environment.teardown();
  const [program] = await readdir(folder);
  if (program === undefined) throw new Error('the SDK left no program in its download folder.');
  return path.join(folder, program);
}

function causeOf(error: unknown): string {
  // fetch hides the reason behind "fetch failed".
  return error instanceof Error && error.cause instanceof Error ? error.cause.message : reasonOf(error);
}
