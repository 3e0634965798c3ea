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
  const trial = input.credentials === 'next';
  const summary = trial ? `tries the new token of ${channelId}` : `asks the store of ${channelId}`;
  return store.checkChannel.executeWithOptions({ summary }, [
    { channelId, ...(trial ? { credentials: 'next' } : {}) },
  ]);
}
