/**
 * The workflows as one file of code, made ahead of time by `npm run build` or here when it is missing. The file's name
 * holds a hash of everything it was made from, so that a stale one is never used.
 */
import { bundleWorkflowCode, type Logger } from '@temporalio/worker';
import { createHash, randomBytes } from 'node:crypto';
import { createRequire } from 'node:module';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const BUNDLE_FOLDER = path.join(ROOT, 'dist');
const ENTRY = path.join(ROOT, 'workflows', 'index.ts');
/** The rooms that the sandbox can reach (.dependency-cruiser.cjs, `sandbox-reach`). */
const SOURCE_ROOMS = ['workflows', 'domain'];
const HASH_LENGTH = 16;
const BUNDLE_NAME = /^workflows-[0-9a-f]+\.cjs$/;

export interface BundleOptions {
  /** The bundler's own lines; none without it. */
  logger?: Logger;
}

/**
 * The bundle for `Worker.create({ workflowBundle })`: the prebuilt file when its sources are the present ones, else
 * built now (about a second) and kept for the next start where the folder can be written.
 */
export async function workflowBundle(
  options: BundleOptions = {},
): Promise<{ codePath: string } | { code: string }> {
  const codePath = await bundlePath();
  if (await exists(codePath)) return { codePath };
  const code = await build(options);
  try {
    await keep(codePath, code);
    return { codePath };
  } catch {
    // A read-only installation builds at each start; `npm run build` while packaging avoids it.
    return { code };
  }
}

/** Builds anew, removes older bundles, and answers where the file is. For `npm run build`. */
export async function buildWorkflowBundle(options: BundleOptions = {}): Promise<string> {
  const codePath = await bundlePath();
  await keep(codePath, await build(options));
  for (const name of await readdir(BUNDLE_FOLDER)) {
    if (BUNDLE_NAME.test(name) && name !== path.basename(codePath)) await rm(path.join(BUNDLE_FOLDER, name));
  }
  return codePath;
}

async function build({ logger }: BundleOptions): Promise<string> {
  const { code } = await bundleWorkflowCode({
    workflowsPath: ENTRY,
    // Evaluated once for a worker and not once for each run: they hold no state (test/workers/workflow-bundle.test.ts).
    preloadModules: [ENTRY],
    logger: logger ?? silent,
  });
  return code;
}

async function bundlePath(): Promise<string> {
  const hash = createHash('sha256');
  hash.update(sdkVersion());
  // How it is built is said in this file.
  hash.update(await readFile(fileURLToPath(import.meta.url)));
  for (const room of SOURCE_ROOMS) {
    const names = (await readdir(path.join(ROOT, room))).filter((name) => name.endsWith('.ts')).sort();
    for (const name of names) {
      hash.update(`\0${room}/${name}\0`);
      hash.update(await readFile(path.join(ROOT, room, name)));
    }
  }
  return path.join(BUNDLE_FOLDER, `workflows-${hash.digest('hex').slice(0, HASH_LENGTH)}.cjs`);
}

function sdkVersion(): string {
  // The package's own description; only its version is read.
  const description = createRequire(import.meta.url)('@temporalio/workflow/package.json') as {
    version: string;
  };
  return description.version;
}

/** Written beside and moved into place, so that two processes starting together never read half a file. */
async function keep(codePath: string, code: string): Promise<void> {
  await mkdir(BUNDLE_FOLDER, { recursive: true });
  const draft = `${codePath}.${randomBytes(4).toString('hex')}.draft`;
  try {
    await writeFile(draft, code);
    await rename(draft, codePath);
  } finally {
    await rm(draft, { force: true });
  }
}

async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}

const nothing = (): void => undefined;
const silent: Logger = {
  log: nothing,
  trace: nothing,
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
};
