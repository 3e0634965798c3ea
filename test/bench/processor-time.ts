// Processor time of the benchmark's processes, by what they are: on a busy machine the clock says more of the others
// than of us. Read from /proc, so on Linux only; elsewhere nothing is said.
import { readdir, readFile } from 'node:fs/promises';

/** Seconds of processor time so far, by role. */
export type ProcessorTimes = Map<string, number>;

/** USER_HZ of Linux: the unit of utime and stime in /proc/{pid}/stat, the same on every platform that Node runs on. */
const TICKS_PER_SECOND = 100;
const ROLES: readonly [role: string, said: RegExp][] = [
  ['temporal', /temporal.* server start-dev/],
  ['postgres', /postgres/],
  ['bare worker', /bare-worker/],
  ['worker', /waybill\.js worker/],
  ['serve', /waybill\.js serve/],
];

/** What this process (`caller`) and those that it started have used until now; empty where that cannot be read. */
export async function processorTimes(): Promise<ProcessorTimes> {
  const times: ProcessorTimes = new Map();
  const found = new Map<number, { parent: number; seconds: number; said: string }>();
  for (const name of await readdir('/proc').catch(() => [])) {
    const pid = Number(name);
    if (!Number.isInteger(pid)) continue;
    try {
      const [stat, said] = await Promise.all([
        readFile(`/proc/${name}/stat`, 'utf8'),
        readFile(`/proc/${name}/cmdline`, 'utf8'),
      ]);
      // The name in brackets may hold anything; after it: state, parent, …, user and system time as 12th and 13th.
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      const ticks = Number(fields[11]) + Number(fields[12]);
      found.set(pid, {
        parent: Number(fields[1]),
        seconds: ticks / TICKS_PER_SECOND,
        said: said.replaceAll('\0', ' '),
      });
    } catch {
      // It ended in between.
    }
  }
  for (const [pid, { seconds, said }] of found) {
    if (!descends(found, pid)) continue;
    const role =
      pid === process.pid ? 'caller' : (ROLES.find(([, pattern]) => pattern.test(said))?.[0] ?? 'other');
    times.set(role, (times.get(role) ?? 0) + seconds);
  }
  return times;
}

function descends(found: ReadonlyMap<number, { parent: number }>, pid: number): boolean {
  for (let at: number | undefined = pid; at !== undefined && at > 1; at = found.get(at)?.parent) {
    if (at === process.pid) return true;
  }
  return false;
}

/** Milliseconds of each role for one piece of work, and of all together. */
export function perPiece(
  before: ProcessorTimes,
  after: ProcessorTimes,
  pieces: number,
): { all: number; by: [role: string, ms: number][] } {
  const by = [...after]
    .map(([role, seconds]): [string, number] => [
      role,
      ((seconds - (before.get(role) ?? 0)) * 1_000) / pieces,
    ])
    .filter(([, ms]) => ms > 0)
    .sort(([, a], [, b]) => b - a);
  return { all: by.reduce((sum, [, ms]) => sum + ms, 0), by };
}
