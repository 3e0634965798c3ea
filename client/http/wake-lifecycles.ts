/**
 * Tells lifecycles of what was committed, at once and beside the answer: signal-with-start, then the outbox row goes.
 * Whatever fails or does not fit here stays in the outbox and is the sweep's; nothing is lost by giving up.
 */
import type { Database } from '../../db/database.ts';
import { outboxDone, type OutboxKey } from '../../db/outbox.ts';
import type { Logger } from '../../runtime/logger.ts';
import { wakeLifecycle } from '../orders.ts';
import type { TemporalLink } from './temporal-link.ts';

export interface Wake {
  channelId: string;
  orderId: number;
  /** Of the outbox row that is deleted once the lifecycle was told; null: unknown, and the sweep deletes it. */
  generation: number | null;
  /** For the history's reader: 'event', 'operator'. */
  reason: string;
  /** The event that woke it; its facts are in Postgres. */
  eventId?: string;
}

export interface LifecycleWaker {
  /** Never throws and never waits. */
  wake(wakes: readonly Wake[]): void;
  /** Wakes on their way and waiting. */
  readonly waiting: number;
  /** Resolves when everything on its way has ended, or after the deadline. Takes nothing more. */
  stop(): Promise<void>;
}

/** Signals on their way at the same time; a server of two cores takes about 250 a second (design section 10). */
const CONCURRENT_SIGNALS_MAX = 32;
/** Beyond this many the sweep is the better place: memory stays flat while Temporal is slow. */
const WAITING_MAX = 10_000;
const SIGNAL_DEADLINE_MS = 5_000;
/** Rows are deleted together: one statement for many signals. */
const DELETE_AFTER_MS = 25;
const DELETE_BATCH_MAX = 200;
const STOP_DEADLINE_MS = 5_000;

export function createLifecycleWaker(parts: {
  db: Database;
  temporal: TemporalLink;
  logger: Logger;
}): LifecycleWaker {
  const { db, temporal, logger } = parts;
  const waiting: Wake[] = [];
  let done: OutboxKey[] = [];
  let running = 0;
  let stopped = false;
  let deleteTimer: NodeJS.Timeout | undefined;
  const deletions = new Set<Promise<void>>();

  async function tell({ channelId, orderId, generation, reason, eventId }: Wake): Promise<void> {
    const connected = temporal.current();
    if (connected === null) return;
    const { connection, client } = connected;
    await connection.withDeadline(Date.now() + SIGNAL_DEADLINE_MS, () =>
      wakeLifecycle(client, {
        channelId,
        orderId,
        reason,
        ...(eventId === undefined ? {} : { event: { id: eventId } }),
      }),
    );
    if (generation === null) return;
    done.push({ channelId, orderId, generation });
    if (done.length >= DELETE_BATCH_MAX) deleteNow();
    else deleteTimer ??= setTimeout(deleteNow, DELETE_AFTER_MS);
  }

  function deleteNow(): void {
    clearTimeout(deleteTimer);
    deleteTimer = undefined;
    if (done.length === 0) return;
    const rows = done;
    done = [];
    const deletion: Promise<void> = outboxDone(db, rows)
      .catch((error: unknown) =>
        logger.warn({ err: error, rows: rows.length }, 'outbox rows stay for the sweep'),
      )
      .then(() => void deletions.delete(deletion));
    deletions.add(deletion);
  }

  function pump(): void {
    while (running < CONCURRENT_SIGNALS_MAX) {
      const next = waiting.shift();
      if (next === undefined) return;
      running += 1;
      void tell(next)
        .catch((error: unknown) =>
          logger.warn(
            { err: error, channelId: next.channelId, orderId: next.orderId },
            'lifecycle not told yet; the sweep will',
          ),
        )
        .then(() => {
          running -= 1;
          pump();
        });
    }
  }

  return {
    wake: (wakes) => {
      if (stopped) return;
      for (const wake of wakes) if (waiting.length < WAITING_MAX) waiting.push(wake);
      pump();
    },
    get waiting() {
      return waiting.length + running;
    },
    stop: async () => {
      stopped = true;
      waiting.length = 0;
      const deadline = performance.now() + STOP_DEADLINE_MS;
      while (running > 0 && performance.now() < deadline)
        await new Promise((resolve) => setTimeout(resolve, 10));
      deleteNow();
      await Promise.all(deletions);
    },
  };
}
