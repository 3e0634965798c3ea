// What is known about a process that we did not start ourselves: whether it lives, and what it runs. It never ends one.
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** Whether a process of this id exists, whoever owns it. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM means that it lives and belongs to somebody else.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** The command line of a living process; undefined when there is none (a process that has ended but is not yet reaped has none). */
export async function commandOf(pid: number): Promise<string | undefined> {
  if (!isAlive(pid)) return undefined;
  try {
    // Linux, also in a container without `ps`.
    const command = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).replaceAll('\0', ' ').trim();
    return command === '' ? undefined : command;
  } catch {
    const { stdout } = await execute('ps', ['-o', 'command=', '-p', String(pid)]).catch(() => ({
      stdout: '',
    }));
    const command = stdout.trim();
    return command === '' ? undefined : command;
  }
}
