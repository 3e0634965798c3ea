/**
 * Hands what waits in the outbox to lifecycles, many at a time. A row leaves the outbox only at the generation that was
 * handed over; what failed waits for a later pass. Shared by the hand-over of imports and by the sweep.
 */
import { settleFreshOrders } from '../db/fresh-orders.ts';
import { claimOutbox, outboxDone, outboxFailed, type OutboxRow } from '../db/outbox.ts';
import type { OpenedWith } from '../workflows/contract.ts';
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

type DeliveryDeps = Pick<ActivityDeps, 'db' | 'temporal' | 'logger' | 'clock'>;

/**
 * Works until nothing more can be claimed, the attempt's time is nearly up, or it is cancelled (then it throws, and
 * rows that were not reached are due again when their lease ends).
 */
export async function deliverOutbox(
  deps: DeliveryDeps,
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
  deps: DeliveryDeps,
  rows: readonly OutboxRow[],
  { reason, signal }: Pick<DeliveryOptions, 'reason' | 'signal'>,
): Promise<{ delivered: OutboxRow[]; failed: OutboxRow[] }> {
  const { temporal, logger } = deps;
  const opened = await readFresh(deps, rows);
  const delivered: OutboxRow[] = [];
  const failed: OutboxRow[] = [];
  const waiting = rows.values();
  const work = async (): Promise<void> => {
    for (const row of waiting) {
      if (signal.aborted) return;
      const { channelId, orderId, first } = row;
      try {
        await (first
          ? temporal.open({ channelId, orderId, ...opened.get(row) })
          : temporal.wake({ channelId, orderId, reason }));
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

/**
 * What the runs to be opened may begin with, for those orders to which nothing has happened yet. It must be read behind
 * the claim: what commits later has then raised the row's generation, the row stays, and the run will be told
 * (docs/decisions/0006).
 */
async function readFresh(
  { db, clock }: DeliveryDeps,
  rows: readonly OutboxRow[],
): Promise<Map<OutboxRow, { opened: OpenedWith }>> {
  const found = new Map<OutboxRow, { opened: OpenedWith }>();
  const first = rows.filter((row) => row.first);
  for (const channelId of new Set(first.map((row) => row.channelId))) {
    const asked = first.filter((row) => row.channelId === channelId);
    const readAt = clock();
    const orderIds = asked.map(({ orderId }) => orderId);
    const fresh = await settleFreshOrders(db, { channelId, orderIds, now: readAt });
    for (const row of asked) {
      const settled = fresh.get(row.orderId);
      if (settled !== undefined) found.set(row, { opened: { readAt, ...settled } });
    }
  }
  return found;
}
