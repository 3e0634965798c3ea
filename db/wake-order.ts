/**
 * "When a lifecycle opens and ends" of design section 4, for everything that is learned outside a workflow: decides
 * a locked order and puts it into the outbox if a lifecycle must know, opening the row where the rules say so.
 */
import { isDigitalOnly } from '../domain/order.ts';
import type { Tx } from './database.ts';
import { considerLocked, writeDecision, type Considered, type DecideOptions } from './decide-order.ts';
import { recordDecision } from './decisions.ts';
import type { OrderRow } from './order-row.ts';
import { offerOrder } from './outbox.ts';
import { isWriteBackDue } from './plan-order.ts';

export interface FollowOptions extends DecideOptions {
  /** Rows of `carrier_events` that are the reason; they become `late` where the outcome is. */
  eventIds?: readonly number[];
  /** False inside the lifecycle itself, which needs no telling; default true. */
  offer?: boolean;
  /**
   * True: the store's own facts are what changed. They are part of the plan and of nothing that `mayMatter` compares, so
   * a step that they make due wakes the order too; our own echo makes none due.
   */
  storeChanged?: boolean;
}

export interface Followed extends Considered {
  /** 'late': the order is closed and these facts would move its stage without re-opening it; nothing was written. */
  outcome: 'quiet' | 'woken' | 'opened' | 'late';
  /** The outbox row, when one was written. */
  offered: { generation: number } | null;
}

/**
 * `decideLocked`, and what follows: an open order is woken if it may matter; another one opens only by the facts
 * listed under "Opens" and "Re-opens". The import calls this for known orders whose store facts changed. `row` must be
 * locked and is updated in place. May be repeated: without new facts it wakes nobody.
 */
export async function followLocked(
  tx: Tx,
  row: OrderRow,
  now: string,
  options: FollowOptions = {},
): Promise<Followed> {
  const decided = await considerLocked(tx, row, options);
  const freed = options.storeChanged === true && !decided.matters && isWriteBackDue(tx, row, decided, 'new');
  const considered: Considered = freed ? { ...decided, matters: true } : decided;
  if (row.lifecycleState === 'open') {
    const wake = considered.matters && options.offer !== false;
    const [offered] = await Promise.all([
      wake ? offer(tx, row, now) : null,
      writeDecision(tx, row, considered, now, options),
    ]);
    return { ...considered, outcome: considered.matters ? 'woken' : 'quiet', offered };
  }
  const reason = reasonToOpen(tx, row, considered, options);
  if (reason !== null) {
    await openLocked(tx, row, now, reason);
    await writeDecision(tx, row, considered, now, options);
    const offered = options.offer === false ? null : await offer(tx, row, now);
    return { ...considered, outcome: 'opened', offered };
  }
  if (row.closedReason === 'end' && row.stage !== considered.after.stage) {
    await keepAsLate(tx, row, considered, now, options.eventIds ?? []);
    return { ...considered, outcome: 'late', offered: null };
  }
  await writeDecision(tx, row, considered, now, options);
  return { ...considered, outcome: 'quiet', offered: null };
}

/** Marks a locked row open and says why; the caller offers it to the outbox. Nothing happens to an open one. */
export async function openLocked(tx: Tx, row: OrderRow, now: string, reason: string): Promise<void> {
  if (row.lifecycleState === 'open') return;
  const again = row.lifecycleState === 'closed';
  await tx.sql`update orders set lifecycle_state = 'open', closed_reason = null, closed_at = null
    where channel_id = ${row.channelId} and order_id = ${row.orderId}`;
  Object.assign(row, {
    lifecycleState: 'open',
    closedReason: null,
    closedAt: null,
  } satisfies Partial<OrderRow>);
  await recordDecision(tx, {
    channelId: row.channelId,
    orderId: row.orderId,
    at: now,
    kind: 'lifecycle',
    outcome: again ? 'reopened' : 'opened',
    detail: `${again ? 'Re-opened' : 'Opened'}: ${reason}.`,
  });
}

function offer(tx: Tx, row: OrderRow, now: string): Promise<{ generation: number }> {
  return offerOrder(tx, { channelId: row.channelId, orderId: row.orderId, first: false, now });
}

/** "Opens" and "Re-opens" of design section 4; null: the facts are kept and nobody is woken. */
function reasonToOpen(tx: Tx, row: OrderRow, considered: Considered, options: DecideOptions): string | null {
  const { after } = considered;
  if (isDigitalOnly(row.canonical)) return null;
  if (options.reopened === true) return 'the store changed lines, quantities or an ending status';
  if (after.stage === 'returned' && row.stage !== 'returned') return 'the parcels came back';
  const mayMoveIn = row.lifecycleState === 'none' || row.closedReason === 'no_news';
  if (mayMoveIn && after.stage !== (row.stage ?? 'imported')) return `the stage moved to ${after.stage}`;
  if (considered.matters && isWriteBackDue(tx, row, considered)) return 'a write-back came due';
  return null;
}

async function keepAsLate(
  tx: Tx,
  row: OrderRow,
  considered: Considered,
  now: string,
  eventIds: readonly number[],
): Promise<void> {
  const ids = [...eventIds, ...considered.adoptedIds];
  if (ids.length === 0) return;
  await tx.sql`update carrier_events set state = 'late' where id = any(${ids})`;
  await recordDecision(tx, {
    channelId: row.channelId,
    orderId: row.orderId,
    at: now,
    kind: 'event',
    outcome: 'late',
    detail:
      `Kept, not applied: the order ended as ${row.stage ?? 'imported'} and would have become ${considered.after.stage}, ` +
      'which does not re-open it.',
  });
}
