/** The channel a command is about, or a refusal that names those there are. */
import { getChannel, listChannels, type Channel } from '../../db/channels.ts';
import type { Database } from '../../db/database.ts';
import { CommandError } from './command-error.ts';

/** More names than this in a sentence help nobody. */
const NAMES_SHOWN_MAX = 10;

/** @throws CommandError `not_found` */
export async function requireChannel(db: Database, channelId: string): Promise<Channel> {
  const channel = await getChannel(db, channelId);
  if (channel !== null) return channel;
  const known = (await listChannels(db)).map((other) => other.id);
  throw new CommandError('not_found', {
    what: `No channel is called ${channelId}.`,
    why:
      known.length === 0
        ? 'There is no channel yet.'
        : `There ${known.length === 1 ? 'is' : 'are'}: ${known.slice(0, NAMES_SHOWN_MAX).join(', ')}${known.length > NAMES_SHOWN_MAX ? ', …' : ''}.`,
    todo: `Connect a store with \`waybill channel add ${channelId}\`, or correct the name.`,
  });
}
