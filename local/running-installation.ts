/**
 * How commands find the installation that runs in a folder: one file with its addresses and keys, readable by its owner
 * only, there while it runs. What it says of a process that has ended is not believed.
 */
import { readFileSync } from 'node:fs';
import { rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';

const contents = z.object({
  pid: z.number().int().positive(),
  databaseUrl: z.string(),
  temporalAddress: z.string(),
  namespace: z.string(),
  uiUrl: z.string().nullable(),
  httpUrl: z.string().nullable(),
  /** As in WAYBILL_SECRET_KEYS. */
  secretKeys: z.string(),
  /** The `temporal` program of this installation, for a person without one on the path. */
  temporalCli: z.string().nullable(),
});
export type RunningInstallation = z.output<typeof contents>;

const FILE = 'installation.json';

/** Tells commands in this folder where everything answers. Whole or not at all. */
export async function announceInstallation(home: string, installation: RunningInstallation): Promise<void> {
  const file = path.join(home, FILE);
  const draft = `${file}.${String(installation.pid)}`;
  await writeFile(draft, JSON.stringify(installation, null, 2), { mode: 0o600 });
  await rename(draft, file);
}

/** May be repeated. */
export async function withdrawInstallation(home: string): Promise<void> {
  await rm(path.join(home, FILE), { force: true });
}

/** The installation that runs in this folder, or null: none was announced, or its process has ended. */
export function readRunningInstallation(home: string): RunningInstallation | null {
  let text: string;
  try {
    text = readFileSync(path.join(home, FILE), 'utf8');
  } catch {
    return null;
  }
  const parsed = contents.safeParse(parseJson(text));
  return parsed.success && isAlive(parsed.data.pid) ? parsed.data : null;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Somebody else's process is a process all the same.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
