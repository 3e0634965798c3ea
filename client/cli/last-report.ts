/** The connection report that was kept with a channel, as far as it can be read: older versions kept less. */
import type { Channel } from '../../db/channels.ts';
import type { ConnectionReport } from '../../domain/connection-report.ts';

export interface LastReport {
  at: string;
  ok: boolean;
  blocked: ConnectionReport['blocked'];
  problems: ConnectionReport['problems'];
  /** What the check said against the connection, for reports without problems. */
  complaints: string[];
}

/** Null for a channel that was never checked. Never throws. */
export function lastReport({ lastCheck }: Pick<Channel, 'lastCheck'>): LastReport | null {
  if (lastCheck === null) return null;
  const { at, ok, blocked, problems, findings } = lastCheck;
  return {
    at: typeof at === 'string' ? at : 'unknown',
    ok: ok === true,
    // Written by our own activity from the same types; only whether they are there at all differs by version.
    blocked: Array.isArray(blocked) ? (blocked as ConnectionReport['blocked']) : [],
    problems: Array.isArray(problems) ? (problems as ConnectionReport['problems']) : [],
    complaints: Array.isArray(findings)
      ? (findings as { ok?: boolean; message?: string }[])
          .filter((finding) => finding.ok === false)
          .map(({ message }) => message ?? '')
      : [],
  };
}

/** The report in one line and what follows from it, for `channel show` and `doctor`. */
export function reportLines(channelId: string, report: LastReport | null): { ok: boolean; lines: string[] } {
  if (report === null)
    return { ok: true, lines: [`never checked; check it: waybill channel test ${channelId}`] };
  const { at, ok, blocked, problems, complaints } = report;
  if (ok && blocked.length === 0) return { ok: true, lines: [`good, checked at ${at}`] };
  const why = problems.length > 0 ? problems.map(({ cause, todo }) => `${cause} ${todo}`) : complaints;
  const head = ok
    ? `checked at ${at}: works, but blocked: ${blocked.map(({ feature }) => feature).join('; ')}`
    : `checked at ${at}: does not work`;
  return { ok: false, lines: [head, ...why] };
}
