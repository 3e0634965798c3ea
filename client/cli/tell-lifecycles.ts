/**
 * Tells lifecycles of what a command has committed, at once where Temporal answers. Where it does not, the outbox row
 * stays and the sweep tells them: the command has succeeded either way.
 */
import type { Database } from '../../db/database.ts';
import { outboxDone } from '../../db/outbox.ts';
import { wakeLifecycle } from '../orders.ts';
import { TemporalUnavailableError } from '../temporal.ts';
import type { Session } from './session.ts';

export interface CommittedWake {
  channelId: string;
  orderId: number;
  /** For the history's reader: 'event', 'operator'. */
  reason: string;
  /** Of the outbox row, which is deleted once its lifecycle was told; null: unknown, and the sweep deletes it. */
  generation: number | null;
  eventId?: string;
}

const SIGNAL_DEADLINE_MS = 5_000;

/** @returns whether all were told. */
export async function tellLifecycles(
  session: Session,
  db: Database,
  wakes: readonly CommittedWake[],
): Promise<boolean> {
  if (wakes.length === 0) return true;
  try {
    const { connection, client } = await session.temporal();
    for (const { channelId, orderId, reason, generation, eventId } of wakes) {
      await connection.withDeadline(Date.now() + SIGNAL_DEADLINE_MS, () =>
        wakeLifecycle(client, {
          channelId,
          orderId,
          reason,
          ...(eventId === undefined ? {} : { event: { id: eventId } }),
        }),
      );
      if (generation !== null) await outboxDone(db, [{ channelId, orderId, generation }]);
    }
    return true;
  } catch (error) {
    const why =
      error instanceof TemporalUnavailableError ? 'Temporal is away' : 'the workflow could not be told';
    session.out.note(
      `Recorded, but ${why}: the sweep tells it within five minutes, or at once with \`waybill sweep\`.`,
    );
    return false;
  }
}
