/** What `waybill doctor` says of each channel: its last connection report. Asks no store. */
import { listChannels } from '../../db/channels.ts';
import type { Database } from '../../db/database.ts';
import { lastReport, reportLines } from './last-report.ts';

/** As `doctor-command.ts` prints them. */
interface ConnectionFinding {
  what: string;
  ok: boolean;
  message: string;
  todo: string | null;
}

/** One finding for each enabled channel, and for each that was paused because its credentials were refused. */
export async function examineChannels(db: Database): Promise<ConnectionFinding[]> {
  const channels = await listChannels(db);
  return channels
    .filter(({ enabled, disabledBy }) => enabled || disabledBy === 'auth')
    .map((channel) => {
      const { ok, lines } = reportLines(channel.id, lastReport(channel));
      const [head = '', ...rest] = lines;
      return {
        what: `Connection of ${channel.id}`,
        ok: ok && channel.enabled,
        message: channel.enabled ? head : `paused after refused credentials; ${head}`,
        todo: rest.length === 0 ? null : rest.join(' '),
      };
    });
}
