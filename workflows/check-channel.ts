/** Asks a store whether the channel works: connection, scopes, clock. The activity records the answer. */
import { proxyActivities } from '@temporalio/workflow';
import { channelOf } from './channel-input.ts';
import type { ChannelActivities, CheckChannelInput, CheckChannelResult } from './contract.ts';
import * as policies from './policies.ts';
import { showChannel } from './search-attributes.ts';

/** May be repeated; a store that refuses is an answer (`ok: false`), not a failure of the run. */
export async function checkChannel(input: CheckChannelInput): Promise<CheckChannelResult> {
  const channelId = channelOf(input);
  showChannel(channelId);
  const store = proxyActivities<ChannelActivities>(policies.storeCheck(channelId));
  return store.checkChannel.executeWithOptions({ summary: `asks the store of ${channelId}` }, [
    { channelId },
  ]);
}
