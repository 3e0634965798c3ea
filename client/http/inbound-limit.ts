/**
 * Refuses deliveries above a channel's `throttle.inbound_limit` before anything of them is stored: 429 with
 * `Retry-After`. What was answered 202 is never affected. Webhooks of the store are not counted: they have a line of their
 * own that refuses nothing (`store-webhook-line.ts` says why).
 */
import type { Database } from '../../db/database.ts';
import { inboundLimit, takeInbound, type InboundLimit } from '../../db/inbound-limit.ts';
import { inTime } from './database-deadline.ts';
import { HttpProblem } from './problems.ts';

/** A changed setting takes effect within this; asking for each delivery would cost a round trip. */
const LOOK_AGAIN_MS = 5_000;
const MS_PER_SECOND = 1_000;

export interface InboundGuard {
  /** @throws HttpProblem `too-many-requests` */
  admit(channelId: string): Promise<void>;
}

export function createInboundGuard(db: Database): InboundGuard {
  const known = new Map<string, { limit: InboundLimit | null; until: number }>();
  const limitOf = async (channelId: string): Promise<InboundLimit | null> => {
    const kept = known.get(channelId);
    if (kept !== undefined && kept.until > performance.now()) return kept.limit;
    const limit = await inboundLimit(db, channelId);
    // Names that are no channel are not kept: a caller could invent any number of them.
    if (limit !== null) known.set(channelId, { limit, until: performance.now() + LOOK_AGAIN_MS });
    return limit;
  };
  return {
    admit: async (channelId) => {
      const limit = await inTime(limitOf(channelId));
      if (limit === null || limit.limit === 0) return;
      const call = await inTime(takeInbound(db, { channelId, ...limit }));
      if (call.taken) return;
      const seconds = Math.ceil(call.waitMs / MS_PER_SECOND);
      throw new HttpProblem(
        'too-many-requests',
        `Channel ${channelId} takes ${String(limit.limit)} deliveries in ${String(limit.windowMs / MS_PER_SECOND)} s (throttle.inbound_limit). Nothing was stored; send it again in ${String(seconds)} s.`,
        { headers: { 'retry-after': String(seconds) } },
      );
    },
  };
}
