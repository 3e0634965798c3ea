/**
 * Does the connection to a store work? Asks by reads only, judges what was found, and keeps it with the channel. A good
 * check after a bad one lets waiting write-backs go on (`db/channels.ts`). May be repeated; writes nothing to the store.
 */
import { recordCheck, requireChannel } from '../db/channels.ts';
import { lastWriteVerdict } from '../db/write-evidence.ts';
import type { CheckChannelInput, CheckChannelResult } from '../workflows/contract.ts';
import { asActivity } from './attempt.ts';
import type { ActivityDeps } from './deps.ts';
import { probeConnection, webhooksOfBoth } from './probe-connection.ts';

/** The kind under which a token on trial is sealed until it is put in place or dropped. */
const NEXT_TOKEN = 'next.access_token';

/**
 * The report of capabilities section 1 (one line per scope) and of Q-36 (cause, who must act, a text for them). A store
 * that refuses is an answer, not a failure; only a missing grant and our own database fail the attempt. With
 * `credentials: 'next'` the token on trial is asked with, and nothing is recorded about the channel.
 */
export function checkChannel(deps: ActivityDeps, input: CheckChannelInput): Promise<CheckChannelResult> {
  return asActivity(deps, { heartbeats: false }, async (attempt) => {
    const channel = await requireChannel(deps.db, input.channelId);
    const trial = input.credentials === 'next';
    const address = { channelId: channel.id, storeHash: channel.storeHash };
    if (trial) {
      const wrote = { orders: null };
      const probed = await probeConnection(deps, { channel, attempt, wrote, onTrial: NEXT_TOKEN });
      const webhooks = probed.ok
        ? await webhooksOfBoth(deps, { channel, attempt, onTrial: NEXT_TOKEN })
        : null;
      return { ...probed, ...address, credentials: 'next', ...(webhooks === null ? {} : { webhooks }) };
    }
    const wrote = { orders: await lastWriteVerdict(deps.db, channel.id) };
    const probed = await probeConnection(deps, { channel, attempt, wrote });
    const { ok, clockSkewMs, ...report } = probed;
    await recordCheck(deps.db, { id: channel.id, ok, report: { ...report }, clockSkewMs, now: deps.clock() });
    return { ...probed, ...address };
  });
}
