/**
 * Fetches what a change of the gate now admits (capabilities Q-20): an import over the lookback window by the plain rules.
 * Without it a change counts from the next run on, which reads only what the store changed since the last one.
 */
import type { Channel } from '../../db/channels.ts';
import { CommandError } from './command-error.ts';
import { runImport, type FollowedImport } from './run-import.ts';
import type { Session } from './session.ts';

export interface FetchOptions {
  fetchAdmitted?: true;
  detach?: true;
}

/** Settings by which the gate decides whether a new order comes in (`domain/gate.ts`). */
const OF_THE_GATE =
  /^(orders\.import\.(statuses|cod)\.|orders\.import\.(own_orders|hold_minutes)$|orders\.push\.external_source$|connection\.bc_channel_ids$)/;

/** As the commands that change settings describe the option. */
export const FETCH_OPTION = [
  '--fetch-admitted',
  'also fetch what the settings admit now, from orders.import.lookback_days on',
] as const;
export const DETACH_OPTION = ['--detach', 'with --fetch-admitted: do not wait for its end'] as const;

/** @throws CommandError `bad_usage`, `not_allowed`: before anything is changed, because it could not be done afterwards */
export function assertMayFetch(
  options: FetchOptions,
  channel: Pick<Channel, 'id' | 'enabled'> | null,
  channelId: string,
): void {
  if (options.fetchAdmitted !== true) {
    if (options.detach !== true) return;
    throw new CommandError('bad_usage', {
      what: '--detach says not to wait for --fetch-admitted, which was not given.',
      todo: 'Give both, or none of them.',
    });
  }
  if (channel?.enabled === true) return;
  throw new CommandError('not_allowed', {
    what: 'Nothing was changed.',
    why: `The channel ${channelId} is not enabled, so nothing can be fetched from its store.`,
    todo: `Change the settings without --fetch-admitted, enable the channel (waybill channel enable ${channelId}), then: waybill channel set ${channelId} --fetch-admitted`,
  });
}

/**
 * Starts the import that follows from the change, or joins it: its name is the version of the settings, so that the same
 * command given twice is one import, and one that began under older rules is not mistaken for it. Null where none of
 * the changed settings decides about admission; where nothing was changed, the settings in force are what counts.
 * @throws CommandError saying that the settings are saved nevertheless
 */
export async function fetchAdmitted(
  session: Session,
  { channel, changes }: { channel: Channel; changes: readonly { setting: string }[] },
  options: FetchOptions,
): Promise<FollowedImport | null> {
  if (options.fetchAdmitted !== true) return null;
  const { id: channelId, settingsVersion, settings } = channel;
  if (changes.length > 0 && !changes.some(({ setting }) => OF_THE_GATE.test(setting))) {
    session.out.line('Nothing is fetched: no changed setting decides which orders come in.');
    return null;
  }
  const days = settings.orders.import.lookback_days;
  session.out.note(`Fetching what they admit of the last ${String(days)} days.`);
  try {
    return await runImport(session, {
      input: { channelId, days },
      name: `admitted-v${String(settingsVersion)}`,
      summary: `${channelId}, what version ${String(settingsVersion)} of its settings admits`,
      ifRunning: 'join',
      detach: options.detach === true,
    });
  } catch (error) {
    throw await savedNevertheless(error, channel);
  }
}

async function savedNevertheless(error: unknown, { id, settingsVersion }: Channel): Promise<unknown> {
  const { TemporalUnavailableError } = await import('../temporal.ts');
  const ours = error instanceof CommandError;
  if (!ours && !(error instanceof TemporalUnavailableError)) return error;
  return new CommandError(
    ours ? error.code : 'temporal_unavailable',
    {
      what: `The settings are saved (version ${String(settingsVersion)}), but what they admit was not fetched to its end: ${error.message}`,
      ...(ours && error.why !== null ? { why: error.why } : {}),
      todo: `${ours && error.todo !== null ? `${error.todo} ` : ''}Go on with: waybill channel set ${id} --fetch-admitted`,
    },
    error,
  );
}
