// One installation per folder: the file `lock` in it names the process that runs there and its addresses. A lock whose
// process has ended is taken over; one that is held is never broken.
import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { LocalError } from './errors.ts';
import { commandOf } from './processes.ts';
import type { Log } from './log.ts';

const contents = z.object({
  pid: z.number().int().positive(),
  /** The command line of the holder: a process id alone may belong to somebody else by now. */
  command: z.string(),
  startedAt: z.string(),
  /** What answers where; empty while the holder is still starting. */
  addresses: z.record(z.string(), z.string()),
});
export type LockContents = z.output<typeof contents>;

export interface Lock {
  /** Tells others where we answer. */
  note(addresses: Readonly<Record<string, string>>): Promise<void>;
  /** May be repeated. */
  release(): Promise<void>;
}

/** Takes the lock of the folder, creating the folder. Refuses with `already_running` and the addresses of the holder. */
export async function acquireLock(folder: string, log: Log): Promise<Lock> {
  await mkdir(folder, { recursive: true });
  const file = lockFile(folder);
  const mine: LockContents = {
    pid: process.pid,
    command: (await commandOf(process.pid)) ?? '',
    startedAt: new Date().toISOString(),
    addresses: {},
  };
  const draft = `${file}.${process.pid}`;
  try {
    await writeFile(draft, JSON.stringify(mine, null, 2));
    for (;;) {
      try {
        // Linking is atomic and fails when the lock exists, and the file is whole from its first moment.
        await link(draft, file);
        break;
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
      }
      const holder = await readHolder(folder);
      if (holder !== undefined) throw alreadyRunning(folder, holder);
      log('taking over the lock of an installation that ended without a word');
      await rm(file, { force: true });
    }
  } finally {
    await rm(draft, { force: true });
  }
  return {
    note: async (addresses) => {
      await writeFile(draft, JSON.stringify({ ...mine, addresses }, null, 2));
      await rename(draft, file);
    },
    release: async () => {
      const now = await readLock(folder);
      if (now?.pid === process.pid) await rm(file, { force: true });
    },
  };
}

/** The living holder of the folder's lock, with its addresses; undefined when nothing runs there. */
export async function readHolder(folder: string): Promise<LockContents | undefined> {
  const found = await readLock(folder);
  if (found === undefined) return undefined;
  return (await commandOf(found.pid)) === found.command ? found : undefined;
}

/** Refuses with `already_running` when an installation runs in the folder: for what must not happen beside one. */
export async function assertNothingRuns(folder: string): Promise<void> {
  const holder = await readHolder(folder);
  if (holder !== undefined) throw alreadyRunning(folder, holder);
}

async function readLock(folder: string): Promise<LockContents | undefined> {
  const text = await readFile(lockFile(folder), 'utf8').catch(() => '');
  try {
    return contents.parse(JSON.parse(text));
  } catch {
    // Half a file or a stranger's: nobody who runs could have written it.
    return undefined;
  }
}

function alreadyRunning(folder: string, holder: LockContents): LocalError {
  const addresses = Object.entries(holder.addresses).map(([name, address]) => `  ${name}: ${address}`);
  const where = addresses.length === 0 ? 'It is still starting.' : `It answers at\n${addresses.join('\n')}`;
  return new LocalError(
    'already_running',
    `An installation already runs in ${folder} (process ${holder.pid}, since ${holder.startedAt}). ${where}\n` +
      `Use that one, stop it with Ctrl-C or kill ${holder.pid}, or set WAYBILL_HOME to another folder.`,
  );
}

function lockFile(folder: string): string {
  return path.join(folder, 'lock');
}
