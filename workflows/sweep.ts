/** One pass over what was recorded but not followed up; by schedule every five minutes, or by hand. */
import { proxyActivities } from '@temporalio/workflow';
import { channelOf } from './channel-input.ts';
import type { SweepActivities, SweepInput, SweepResult } from './contract.ts';
import * as policies from './policies.ts';
import { showChannel } from './search-attributes.ts';

const database = proxyActivities<SweepActivities>(policies.databasePass);

/** May be repeated and may run beside anything: rows are claimed, and done only at the generation that was handled. */
export async function sweep(input: SweepInput = {}): Promise<SweepResult> {
  const whole = !hasChannel(input);
  if (whole) return database.sweepOnce({});
  const channelId = channelOf(input);
  showChannel(channelId);
  return database.sweepOnce({ channelId });
}

function hasChannel(input: unknown): boolean {
  return typeof input === 'object' && input !== null && 'channelId' in input && input.channelId !== undefined;
}
