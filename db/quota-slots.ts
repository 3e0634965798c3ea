/**
 * Places among a store's calls in flight (`throttle.max_concurrency`, capabilities I-65), shared by all processes. A
 * place belongs to one holder that makes one call at a time and renews it; a holder that was killed loses it in time.
 */
import { isBackground, slotsFor, type QuotaPurpose } from '../domain/store-quota.ts';
import { inTransaction, type Database } from './database.ts';
import { leaveQueue, lockQuota, queueUp, waitingBefore, type Turn } from './quota-state.ts';

/** A place that is not renewed ends after this: what a killed worker leaks at most. */
export const SLOT_MS = 15_000;
/** A place becomes free when some call ends, which nobody can reckon: most take less than half a second. */
const SLOT_WAIT_MS = 300;

export interface SlotRequest {
  storeHash: string;
  purpose: QuotaPurpose;
  /** Of the place: new for each holder. */
  id: string;
  /** Names the asker over its attempts. */
  waiter: string;
}

export type SlotAnswer = { granted: true } | { granted: false; waitMs: number };

/** A place for the next `SLOT_MS`, or when to ask again; never sleeps. */
export async function takeSlot(db: Database, request: SlotRequest): Promise<SlotAnswer> {
  const { storeHash, purpose, id, waiter } = request;
  const turn: Turn = { storeHash, purpose, what: 'slot', waiter };
  return inTransaction(db, async (tx) => {
    const { maxConcurrency } = await lockQuota(tx, storeHash);
    const [held, waiting] = await Promise.all([
      tx.sql<{ purpose: QuotaPurpose }[]>`
        select purpose from quota_slots where store_hash = ${storeHash} and until > clock_timestamp() and id <> ${id}`,
      waitingBefore(tx, turn),
    ]);
    const ofBackground = held.filter((slot) => isBackground(slot.purpose)).length;
    const free = Math.min(
      maxConcurrency - held.length - waiting,
      isBackground(purpose) ? slotsFor(maxConcurrency, purpose) - ofBackground : Infinity,
    );
    if (free < 1) {
      await queueUp(tx, { ...turn, calls: 1, waitMs: SLOT_WAIT_MS });
      return { granted: false, waitMs: SLOT_WAIT_MS };
    }
    await Promise.all([
      tx.sql`
        insert into quota_slots (id, store_hash, purpose, until)
        values (${id}, ${storeHash}, ${purpose}, clock_timestamp() + ${SLOT_MS}::float8 * interval '1 millisecond')
        on conflict (id) do update set until = excluded.until`,
      tx.sql`delete from quota_slots where store_hash = ${storeHash} and until <= clock_timestamp()`,
      leaveQueue(tx, turn),
    ]);
    return { granted: true };
  });
}

/**
 * Keeps a place. `wanted` says that somebody more urgent waits for one: background work should give it up at the next
 * call. False for `held` means that it ran out and a new one must be taken.
 */
export async function renewSlot(
  db: Database,
  slot: Pick<SlotRequest, 'id' | 'storeHash' | 'purpose' | 'waiter'>,
): Promise<{ held: boolean; wanted: boolean }> {
  const [renewed, waiting] = await Promise.all([
    db.sql`
      update quota_slots set until = clock_timestamp() + ${SLOT_MS}::float8 * interval '1 millisecond'
      where id = ${slot.id} and until > clock_timestamp()
      returning 1`,
    isBackground(slot.purpose) ? waitingBefore(db, { ...slot, what: 'slot' }) : 0,
  ]);
  return { held: renewed.length > 0, wanted: waiting > 0 };
}

/** Gives the place up. May be repeated. */
export async function dropSlot(db: Database, id: string): Promise<void> {
  await db.sql`delete from quota_slots where id = ${id}`;
}
