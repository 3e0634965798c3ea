/**
 * Hands what waits in the outbox to lifecycles, many at a time. A row leaves the outbox only at the generation that was
 * handed over; what failed waits for a later pass. Shared by the hand-over of imports and by the sweep.
 */
import { claimOutbox, outboxDone, outboxFailed, type OutboxRow } from '../db/outbox.ts';
import type { ActivityDeps } from './deps.ts';

/** Rows per claim: two or three seconds of work at the rates of one server (design section 10). */
const CLAIM_MAX = 200;
/** Starts and signals on their way at the same time. */
const CONCURRENT_MAX = 32;
/** Whoever dies with claimed rows holds them up for this long. */
const LEASE_MS = 60_000;
/** No new claim when less of the attempt is left than one claim may need. */
const TIME_LEFT_MIN_MS = 20_000;

export interface DeliveryOptions {
  channelId?: string;
  /** Leaves fresher rows to whoever wrote them and is telling them now. */
  olderThanMs: number;
  reason: string;
  signal: AbortSignal;
  leftMs: () => number;
  /** After each claim: how many were handed over. */
  onDelivered?: (count: number) => Promise<void>;
}

/**
 * Works until nothing more can be claimed, the attempt's time is nearly up, or it is cancelled (then it throws, and
 * rows that were not reached are due again when their lease ends).
 */
export async function deliverOutbox(
  deps: Pick<ActivityDeps, 'db' | 'temporal' | 'logger'>,
  options: DeliveryOptions,
): Promise<{ delivered: number; failed: number }> {
  const { channelId, olderThanMs, signal, leftMs, onDelivered } = options;
  const total = { delivered: 0, failed: 0 };
  while (leftMs() > TIME_LEFT_MIN_MS) {
    signal.throwIfAborted();
    const rows = await claimOutbox(deps.db, {
      ...(channelId === undefined ? {} : { channelId }),
      limit: CLAIM_MAX,
      leaseMs: LEASE_MS,
      olderThanMs,
    });
    if (rows.length === 0) break;
    const { delivered, failed } = await deliver(deps, rows, options);
    const done = await outboxDone(deps.db, delivered);
    await outboxFailed(deps.db, failed);
    total.delivered += delivered.length;
    total.failed += failed.length;
    if (done > 0) await onDelivered?.(done);
  }
  return total;
}

async function deliver(
  { temporal, logger }: Pick<ActivityDeps, 'temporal' | 'logger'>,
  rows: readonly OutboxRow[],
  { reason, signal }: Pick<DeliveryOptions, 'reason' | 'signal'>,
): Promise<{ delivered: OutboxRow[]; failed: OutboxRow[] }> {
  const delivered: OutboxRow[] = [];
  const failed: OutboxRow[] = [];
  const waiting = rows.values();
  const work = async (): Promise<void> => {
    for (const row of waiting) {
      if (signal.aborted) return;
      const { channelId, orderId, first } = row;
      try {
        await (first ? temporal.open({ channelId, orderId }) : temporal.wake({ channelId, orderId, reason }));
        delivered.push(row);
      } catch (error) {
        failed.push(row);
        logger.warn({ channelId, orderId, err: error }, 'a lifecycle was not told; it waits in the outbox');
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(CONCURRENT_MAX, rows.length) }, work));
  return { delivered, failed };
}
