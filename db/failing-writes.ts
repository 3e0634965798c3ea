/**
 * Write-backs that fail again and again (capabilities S-42): they are tried for 72 hours, and then a person is asked.
 * It ends a row only where the store certainly did not do it; an unclear one is still looked up.
 */
import { instantMs } from '../domain/instants.ts';
import { inTransaction, type Database } from './database.ts';
import { recordDecision } from './decisions.ts';
import { storableText } from './json-text.ts';
import { hold, setState, type Fence } from './write-backs.ts';

/** What every failed attempt is measured by, from the first one on. */
const GIVE_UP_AFTER_HOURS = 72;
const GIVE_UP_AFTER_MS = GIVE_UP_AFTER_HOURS * 3_600_000;

/**
 * `again`: it is tried again by itself. `refused`: the row ended and waits for a person's retry. `asked`: a person is
 * asked from now on, and the row goes on being looked up; said once only.
 */
export type AfterFailure = 'again' | 'refused' | 'asked';

/**
 * Notes that an attempt has failed, with the sentence why. A row that another attempt owns by now is left alone. May be
 * repeated: the first failure counts, and a person is asked once.
 */
export async function noteFailedAttempt(
  db: Database,
  input: { fence: Fence; outcome: string; now: string },
): Promise<AfterFailure> {
  const { fence, now } = input;
  const outcome = storableText(input.outcome);
  return inTransaction(db, async (tx): Promise<AfterFailure> => {
    const at = await hold(tx, fence);
    if (at === null) return 'again';
    const { row } = at;
    const since = row.failingSince ?? now;
    if (row.failingSince === null)
      await tx.sql`update write_backs set failing_since = ${now}, outcome = ${outcome} where id = ${row.id}`;
    if (instantMs(now) - instantMs(since) < GIVE_UP_AFTER_MS) return 'again';
    const why = `Given up after ${String(GIVE_UP_AFTER_HOURS)} hours of attempts. The last one: ${outcome}`;
    if (row.state === 'planned') {
      await setState(tx, at, 'refused', { outcome: why, now });
      return 'refused';
    }
    if (row.gaveUpAt !== null) return 'again';
    await tx.sql`update write_backs set gave_up_at = ${now}, outcome = ${outcome}, updated_at = ${now} where id = ${row.id}`;
    await recordDecision(tx, {
      ...{ channelId: row.channelId, orderId: row.orderId, at: now, kind: 'write_back', outcome: 'unclear' },
      detail: `${row.summary}: for ${String(GIVE_UP_AFTER_HOURS)} hours the store could not be asked whether it took this. The last attempt: ${outcome}`,
    });
    return 'asked';
  });
}
