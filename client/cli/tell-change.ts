/** What a change of settings came to, in an operator's words, and the schedules that follow from it. It stores nothing. */
import type { Channel } from '../../db/channels.ts';
import { ensureSchedules } from './enable-channel.ts';
import { fetchAdmitted, type FetchOptions } from './fetch-admitted.ts';
import type { Session } from './session.ts';

/** Settings that the schedules in Temporal are made of. */
const SCHEDULED_BY = /^(channel\.timezone|orders\.import\.)/;

/**
 * Says what was changed and what follows from it; brings the schedules in line where they follow from it, and fetches
 * what was shut out before where that was asked for.
 */
export async function tellChange(
  session: Session,
  {
    channel,
    changes,
    offered,
    cod,
  }: {
    channel: Channel;
    changes: readonly { setting: string; from: unknown; to: unknown }[];
    offered: number;
    /** What became of orders not shipped yet, where the rules of cash on delivery were changed. */
    cod: { becameCod: number; stoppedBeingCod: number } | null;
  },
  options: FetchOptions,
): Promise<void> {
  const { id, settingsVersion } = channel;
  for (const { setting, from, to } of changes) session.out.line(`${setting}: ${shown(from)} → ${shown(to)}`);
  session.out.line(
    changes.length === 0
      ? 'Nothing is different from before.'
      : `The settings of ${id} are at version ${String(settingsVersion)}.`,
  );
  if (offered > 0)
    session.out.line(`${String(offered)} open orders are looked at again within five minutes.`);
  if (cod !== null)
    session.out.line(
      `${String(cod.becameCod)} orders became cash on delivery, ${String(cod.stoppedBeingCod)} stopped being it.`,
    );
  // A disabled channel gets its schedules when it is enabled.
  if (channel.enabled && changes.some(({ setting }) => SCHEDULED_BY.test(setting)))
    await ensureSchedules(session, channel);
  const fetched = await fetchAdmitted(session, { channel, changes }, options);
  session.out.result({ channelId: id, settingsVersion, changes, offered, fetched });
}

function shown(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value);
}
