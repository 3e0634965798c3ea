/**
 * When a channel imports next, as the server of Temporal has it in its schedule, and how to do it now (capabilities K-33).
 * It asks and changes nothing; where Temporal is away it says so instead of guessing.
 */
import { ScheduleNotFoundError } from '@temporalio/client';
import { importScheduleId } from '../domain/ids.ts';
import { localTime } from '../domain/time-zone.ts';
import type { ScheduledChannel } from './schedules.ts';
import { grpcCode, TemporalUnavailableError, type TemporalConnection } from './temporal.ts';

export interface NextImport {
  /** UTC; null where none will come by itself, or nobody knows. */
  at: string | null;
  /** The same in the channel's time zone. */
  local: string | null;
  timeZone: string;
  /** A sentence for people. */
  text: string;
  /** Imports at once. */
  now: string;
}

/** A person waits; the rest of what is shown comes from Postgres. */
const DESCRIBE_DEADLINE_MS = 3_000;

/** Asks the server only where the settings let imports come by themselves. May be repeated. */
export async function nextImport(
  channel: ScheduledChannel,
  connect: () => Promise<TemporalConnection>,
): Promise<NextImport> {
  const { id, enabled, settings } = channel;
  const timeZone = settings.channel.timezone;
  const now = `waybill import ${id}`;
  const none = (text: string): NextImport => ({ at: null, local: null, timeZone, text, now });
  if (!enabled) return none(`None: the channel is disabled. Enable it: waybill channel enable ${id}`);
  if (settings.orders.import.mode === 'manual')
    return none(`None by schedule: orders.import.mode is manual. Now: ${now}`);
  const scheduleId = importScheduleId(id);
  try {
    const { client, connection } = await connect();
    const { info, state } = await connection.withDeadline(Date.now() + DESCRIBE_DEADLINE_MS, () =>
      client.schedule.getHandle(scheduleId).describe(),
    );
    if (state.paused) {
      const note = state.note === undefined || state.note === '' ? '' : ` (${state.note})`;
      return none(
        `None while the schedule is paused${note}. Go on: temporal schedule toggle --unpause --schedule-id ${scheduleId}. Now: ${now}`,
      );
    }
    const next = info.nextActionTimes[0];
    if (next === undefined) return none(`The schedule ${scheduleId} names no time. Now: ${now}`);
    const at = next.toISOString();
    const local = `${localTime(next.getTime(), timeZone)} (${timeZone})`;
    return { at, local, timeZone, text: `${local}, ${at}. Now: ${now}`, now };
  } catch (error) {
    if (error instanceof ScheduleNotFoundError)
      return none(
        `There is no schedule ${scheduleId}. Make it: waybill channel enable ${id}; a worker that starts makes it too. Now: ${now}`,
      );
    // The sentence of the first says where it was sought; the other is a server that is there and does not answer.
    if (error instanceof TemporalUnavailableError) return none(`Not known: ${error.message}`);
    if (grpcCode(error) !== null) return none('Not known: Temporal did not answer in time.');
    throw error;
  }
}
