/**
 * Tells lifecycles of what was committed, beside the answer: signal-with-start, then the outbox row goes. An order whose
 * news comes in a burst is told once. Whatever fails for long or does not fit here stays in the outbox and is the
 * sweep's; nothing is lost by giving up.
 */
import type { Database } from '../../db/database.ts';
import { outboxDone, type OutboxKey } from '../../db/outbox.ts';
import type { Logger } from '../../runtime/logger.ts';
import { wakeLifecycle } from '../orders.ts';
import type { TemporalLink } from './temporal-link.ts';
import { createWakeLine } from './wake-line.ts';

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
  /** Never throws and never waits. News of an event is told within a second, with what comes of its order meanwhile. */
  wake(wakes: readonly Wake[]): void;
  /** Wakes on their way and waiting. */
  readonly waiting: number;
  /** Resolves when all that waits was told, or after the deadline. Takes nothing more. */
  stop(): Promise<void>;
}

/** A burst of a parcel's news (label, manifest, first scan) is over when nothing came for so long (docs/decisions/0007) … */
const LINGER_MS = 500;
/** … but no news waits longer: a write-back is to be in the store within five seconds. */
const LINGER_MAX_MS = 1_000;
/** Signals on their way at the same time; a server of two cores takes about 250 a second (design section 10). */
const CONCURRENT_SIGNALS_MAX = 16;
/** Beyond this many the sweep is the better place: memory stays flat while Temporal is slow. */
const WAITING_MAX = 10_000;
const SIGNAL_DEADLINE_MS = 5_000;
/** Rows are deleted together: one statement for many signals. */
const DELETE_AFTER_MS = 50;
const DELETE_BATCH_MAX = 200;
const STOP_DEADLINE_MS = 5_000;

export function createLifecycleWaker(parts: {
  db: Database;
  temporal: TemporalLink;
  logger: Logger;
}): LifecycleWaker {
  const { db, temporal, logger } = parts;
  let done: OutboxKey[] = [];
  let deleteTimer: NodeJS.Timeout | undefined;
  const deletions = new Set<Promise<void>>();
  const line = createWakeLine<Wake>({
    tell,
    // The later row holds the place of the earlier one in the outbox.
    join: (older, newer) => ({ ...newer, generation: newer.generation ?? older.generation }),
    onFailure: (error, { channelId, orderId }, last) =>
      logger.warn(
        { err: error, channelId, orderId },
        `lifecycle not told yet; ${last ? 'the sweep will' : 'it is tried again'}`,
      ),
    lingerMs: LINGER_MS,
    lingerMaxMs: LINGER_MAX_MS,
    concurrentMax: CONCURRENT_SIGNALS_MAX,
    lengthMax: WAITING_MAX,
  });

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

  return {
    wake: (wakes) => {
      // Who acts at a screen waits for what follows; a carrier's event may wait for the next one.
      for (const wake of wakes) line.add(wake, wake.eventId === undefined);
    },
    get waiting() {
      return line.length;
    },
    stop: async () => {
      await line.stop(STOP_DEADLINE_MS);
      deleteNow();
      await Promise.all(deletions);
    },
  };
}
