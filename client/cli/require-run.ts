/** The import run that a command names, refused with a sentence where the channel has no such run. */
import type { Database } from '../../db/database.ts';
import { getRun, type ImportRun } from '../../db/import-runs.ts';
import { CommandError } from './command-error.ts';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** @throws CommandError `bad_usage`, the same for a run of another channel: its ids are nobody else's */
export async function requireRunOf(db: Database, channelId: string, runId: string): Promise<ImportRun> {
  const run = UUID.test(runId) ? await getRun(db, runId) : null;
  if (run?.channelId === channelId) return run;
  throw new CommandError('bad_usage', {
    what: `Channel ${channelId} has no import run ${runId.slice(0, 40)}.`,
    todo: `See: waybill runs ${channelId}`,
  });
}
