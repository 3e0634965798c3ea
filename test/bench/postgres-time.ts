// Processor time of a Postgres server on this machine, read from /proc by the server's own list of its processes: on
// Linux only, elsewhere zero. Sessions that have ended are not counted, so it is asked while they are open.
import { readFile } from 'node:fs/promises';
import type { Queries } from '../../db/database.ts';

/** USER_HZ of Linux: the unit of the times in /proc/{pid}/stat. */
const TICKS_PER_SECOND = 100;

/** Seconds of user and system time of all its processes that are there now. */
export async function postgresSeconds(db: Queries): Promise<number> {
  const rows = await db.sql<{ pid: number }[]>`select pid from pg_stat_activity`;
  let ticks = 0;
  for (const { pid } of rows) {
    const stat = await readFile(`/proc/${String(pid)}/stat`, 'utf8').catch(() => null);
    // Behind the name, which may hold anything: user and system time are the 12th and 13th.
    const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ') ?? [];
    ticks += Number(fields[11] ?? 0) + Number(fields[12] ?? 0);
  }
  return ticks / TICKS_PER_SECOND;
}
