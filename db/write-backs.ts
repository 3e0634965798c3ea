/**
 * The way of a ledger row from `planned` to its end (design section 6): each step is a fenced UPDATE under the order's
 * row lock, so that nothing is ever done twice in the store. It plans nothing and calls nobody.
 */
import { and, eq, inArray } from 'drizzle-orm';
import { explainedAfter } from '../domain/write-back-match.ts';
import type {
  StoreOrderView,
  WriteBackBlock,
  WriteBackBody,
  WriteBackState,
} from '../domain/write-back-types.ts';
import { writeBackRules } from '../settings/rules.ts';
import { getChannel } from './channel-row.ts';
import { inTransaction, type Database, type Queries, type Tx } from './database.ts';
import { recordDecision } from './decisions.ts';
import { DbError } from './errors.ts';
import { jsonText, storableText } from './json-text.ts';
import type { StoredView } from './known-facts.ts';
import type { OrderRow } from './order-row.ts';
import { channels, orders, writeBacks } from './schema.ts';
import type { AnswerCode } from './write-back-table.ts';

/** The outcome of a write to an order that the store has no more. */
export const ORDER_GONE = 'The order is not in the store any more.';

export type { AnswerCode };
export type WriteBackRow = typeof writeBacks.$inferSelect;

/**
 * Names a row as an attempt knows it. `attemptId` is the row's `attempt_id` as last read or written by this attempt
 * (null for a row that was never sent): when another attempt took the row over, every step here answers `lost`.
 */
export interface Fence {
  writeBackId: string;
  attemptId: string | null;
}

/** Why a step of the ledger did not happen. `lost`: another attempt owns the row, or its state changed. */
export type NotDone = 'lost' | 'blocked' | 'paused' | 'channel' | 'push_off' | 'dry_run' | 'other_sent';
export type Moved = { ok: true } | { ok: false; reason: NotDone };

/** What was read of the store with an outcome; kept in `orders` so that the next plan does not ask again. */
export interface StoreRead {
  view: StoreOrderView;
  /** ISO with milliseconds, when it was read. */
  readAt: string;
}

export interface WriteBackAtHand {
  row: WriteBackRow;
  order: OrderRow;
  /** What the store may show without a person's doing. */
  explainedStatuses: number[];
  /** Store shipments that other rows of this order own: never adopted again. */
  claimedShipmentIds: number[];
}

/** What an attempt needs to begin; null when there is no such row. */
export async function getWriteBack(db: Queries, writeBackId: string): Promise<WriteBackAtHand | null> {
  const [found] = await db.orm
    .select({ row: writeBacks, order: orders })
    .from(writeBacks)
    .innerJoin(
      orders,
      and(eq(orders.channelId, writeBacks.channelId), eq(orders.orderId, writeBacks.orderId)),
    )
    .where(eq(writeBacks.id, writeBackId));
  if (found === undefined) return null;
  const { row, order } = found;
  const claims = await db.sql<{ id: number }[]>`
    select distinct store_shipment_id as id from write_backs
    where store_hash = ${row.storeHash} and order_id = ${row.orderId} and id <> ${row.id}
      and store_shipment_id is not null and state in ('sent', 'confirmed') and kind <> 'delete_shipment'
      and subject <> ${row.subject}
    order by 1`;
  return {
    row,
    order,
    explainedStatuses: order.explainedStatuses,
    claimedShipmentIds: claims.map(({ id }) => id),
  };
}

/**
 * `planned` → `sent`, or the own `sent` once more (after it was settled as not there): stores body, status before and
 * the database's clock, and lets the explained statuses grow by what the call can cause. `newAttemptId` becomes the
 * fence; the call starts within 5 s of asking for this, or not at all (design section 6). Refused while another
 * row of the order is `sent`, while the row is blocked, the order paused, the channel disabled or its push off.
 */
export async function markSent(
  db: Database,
  input: {
    fence: Fence;
    newAttemptId: string;
    body: WriteBackBody;
    statusBefore: number;
    read: StoreRead;
    now: string;
  },
): Promise<{ ok: true; sentAt: string } | { ok: false; reason: NotDone }> {
  const { body, statusBefore, newAttemptId, now } = input;
  return inTransaction(db, async (tx) => {
    const at = await hold(tx, input.fence);
    if (at === null) return { ok: false, reason: 'lost' };
    const reason = await reasonNotToSend(tx, at);
    if (reason !== null) return { ok: false, reason };
    const [sent] = await tx.sql<{ sentAt: string }[]>`
      update write_backs set state = 'sent', attempt_id = ${newAttemptId}, attempts = attempts + 1,
        body = ${jsonText(body)}::jsonb, status_before = ${statusBefore}, sent_at = clock_timestamp(),
        not_before = null, outcome = null, answer_code = null, updated_at = ${now}
      where id = ${at.row.id}
      returning sent_at as "sentAt"`;
    if (sent === undefined) return { ok: false, reason: 'lost' };
    const explained = explainedAfter({
      body,
      explained: at.order.explainedStatuses,
      statusBefore,
      statusAfter: null,
    });
    await keepStoreRead(tx, at, input.read, explained);
    return { ok: true, sentAt: sent.sentAt };
  });
}

/** Takes over a `sent` row that an earlier attempt left, so that the earlier one can no longer write its outcome. */
export async function takeOverSent(
  db: Database,
  input: { fence: Fence; newAttemptId: string; now: string },
): Promise<Moved> {
  return inTransaction(db, async (tx) => {
    const at = await hold(tx, input.fence);
    if (at?.row.state !== 'sent') return { ok: false, reason: 'lost' };
    await tx.sql`update write_backs set attempt_id = ${input.newAttemptId}, updated_at = ${input.now} where id = ${at.row.id}`;
    return { ok: true };
  });
}

/** `sent` (or `planned`, when the store already has it) → `confirmed`. `read` is what the store showed afterwards. */
export async function confirmWriteBack(
  db: Database,
  input: {
    fence: Fence;
    storeShipmentId: number | null;
    outcome: string;
    read: StoreRead | null;
    now: string;
  },
): Promise<Moved> {
  return move(db, input, async (tx, at) => {
    await setState(tx, at, 'confirmed', input);
    await tx.sql`update write_backs set store_shipment_id = coalesce(${input.storeShipmentId}, store_shipment_id)
      where id = ${at.row.id}`;
    const { read } = input;
    if (read === null) return null;
    return explainedAfter({
      body: at.row.body,
      explained: at.order.explainedStatuses,
      statusBefore: at.row.statusBefore,
      statusAfter: read.view.statusId,
    });
  });
}

/** How an attempt ended. */
interface Outcome {
  fence: Fence;
  /** For people; no customer data. */
  outcome: string;
  /** The answer of the store that ended it; absent or null: none did. */
  answerCode?: AnswerCode | null;
  read: StoreRead | null;
  now: string;
}

/** → `refused`, with the store's sentence (no customer data): the store certainly did not do it. */
export async function refuseWriteBack(db: Database, input: Outcome): Promise<Moved> {
  return move(db, input, async (tx, at) => {
    await setState(tx, at, 'refused', input);
    return explainedWithout(at);
  });
}

/** Back to `planned` and blocked: the store certainly did not do it. */
export async function blockWriteBack(
  db: Database,
  input: Outcome & { block: WriteBackBlock },
): Promise<Moved> {
  return move(db, input, async (tx, at) => {
    await setState(tx, at, 'planned', input, { blocked: input.block });
    return explainedWithout(at);
  });
}

/**
 * Another try, not before `notBefore`. `unclear` leaves a `sent` row `sent` (the store may have done it); otherwise it
 * goes back to `planned`.
 */
export async function retryWriteBackLater(
  db: Database,
  input: Outcome & { notBefore: string; unclear: boolean },
): Promise<Moved> {
  return move(db, input, async (tx, at) => {
    const stays = input.unclear && at.row.state === 'sent';
    await setState(tx, at, stays ? 'sent' : 'planned', input, { notBefore: input.notBefore });
    return stays ? null : explainedWithout(at);
  });
}

/** → `superseded`: reading the store showed that it is no longer due, and that it was not done. */
export async function supersedeWriteBack(db: Database, input: Outcome): Promise<Moved> {
  return move(db, input, async (tx, at) => {
    await setState(tx, at, 'superseded', input);
    return explainedWithout(at);
  });
}

export interface Held {
  row: WriteBackRow;
  order: OrderRow;
}

/** Locks the order of every channel of the store, then the row; null when the fence is no longer the row's. */
export async function hold(tx: Tx, fence: Fence): Promise<Held | null> {
  const [known] = await tx.orm.select().from(writeBacks).where(eq(writeBacks.id, fence.writeBackId));
  if (known === undefined) {
    throw new DbError('write_back_unknown', `There is no write-back ${fence.writeBackId} in the ledger.`, {
      writeBackId: fence.writeBackId,
    });
  }
  // Ledger and explained status are kept by store, which several channels may follow.
  const siblings = await tx.orm
    .select()
    .from(orders)
    .where(
      and(
        eq(orders.orderId, known.orderId),
        inArray(
          orders.channelId,
          tx.orm.select({ id: channels.id }).from(channels).where(eq(channels.storeHash, known.storeHash)),
        ),
      ),
    )
    .orderBy(orders.channelId)
    .for('update');
  const order = siblings.find((sibling) => sibling.channelId === known.channelId);
  if (order === undefined) {
    throw new DbError(
      'order_unknown',
      `Order ${String(known.orderId)} of write-back ${known.id} is not stored.`,
      {
        orderId: known.orderId,
      },
    );
  }
  const [row] = await tx.orm.select().from(writeBacks).where(eq(writeBacks.id, known.id)).for('update');
  if (row === undefined || row.attemptId !== fence.attemptId) return null;
  return row.state === 'planned' || row.state === 'sent' ? { row, order } : null;
}

async function reasonNotToSend(tx: Tx, { row, order }: Held): Promise<NotDone | null> {
  if (row.blocked !== null) return 'blocked';
  if (order.paused) return 'paused';
  const channel = await getChannel(tx, row.channelId);
  if (channel === null || !channel.enabled) return 'channel';
  const rules = writeBackRules(channel.settings);
  if (rules.profile === 'import_only' || !rules.pushEnabled) return 'push_off';
  if (rules.dryRun) return 'dry_run';
  const others = await tx.sql`
    select 1 from write_backs
    where store_hash = ${row.storeHash} and order_id = ${row.orderId} and state = 'sent' and id <> ${row.id}
    limit 1`;
  return others.length > 0 ? 'other_sent' : null;
}

/** The frame of every outcome; `work` answers the explained statuses from now on, or null to leave them. */
async function move(
  db: Database,
  input: { fence: Fence; read: StoreRead | null },
  work: (tx: Tx, at: Held) => Promise<number[] | null>,
): Promise<Moved> {
  return inTransaction(db, async (tx): Promise<Moved> => {
    const at = await hold(tx, input.fence);
    if (at === null) return { ok: false, reason: 'lost' };
    const explained = await work(tx, at);
    await keepStoreRead(tx, at, input.read, explained);
    return { ok: true };
  });
}

export async function setState(
  tx: Tx,
  { row }: Held,
  state: WriteBackState,
  input: { outcome: string; answerCode?: AnswerCode | null; now: string },
  extra: { blocked?: WriteBackBlock; notBefore?: string } = {},
): Promise<void> {
  const outcome = storableText(input.outcome);
  // What is only tried later has not ended: since when it fails is noted next door (`failing-writes.ts`).
  const goesOn = extra.notBefore !== undefined;
  await tx.sql`update write_backs set state = ${state}, blocked = ${extra.blocked ?? null},
      not_before = ${extra.notBefore ?? null}, outcome = ${outcome},
      answer_code = ${input.answerCode ?? null}, updated_at = ${input.now},
      failing_since = case when ${goesOn} then failing_since end, gave_up_at = case when ${goesOn} then gave_up_at end
    where id = ${row.id}`;
  const word =
    extra.blocked === undefined
      ? extra.notBefore === undefined
        ? state
        : 'again'
      : `blocked:${extra.blocked}`;
  await recordDecision(tx, {
    channelId: row.channelId,
    orderId: row.orderId,
    at: input.now,
    kind: 'write_back',
    outcome: word,
    detail: `${row.summary}: ${outcome}`,
  });
}

/**
 * The explained statuses after a call that was certainly not carried out: back to where the store stood, if that was
 * explained. A row that was never sent changed nothing.
 */
function explainedWithout({ row, order }: Held): number[] | null {
  const before = row.statusBefore;
  if (row.state !== 'sent' || before === null) return null;
  return order.explainedStatuses.includes(before) ? [before] : null;
}

/** Both are kept by store: every channel that follows the order is told. Never lets an older read replace a younger. */
async function keepStoreRead(
  tx: Tx,
  { row, order }: Held,
  read: StoreRead | null,
  explained: number[] | null,
): Promise<void> {
  if (read === null && explained === null) return;
  const stored: StoredView | null = read === null ? null : { ...read.view, readAt: read.readAt };
  await tx.sql`
    update orders set
      explained_statuses = coalesce(${explained === null ? null : jsonText(explained)}::jsonb, explained_statuses),
      store_view = case
        when ${read?.readAt ?? null}::text is null or store_view->>'readAt' > ${read?.readAt ?? null} then store_view
        else ${stored === null ? null : jsonText(stored)}::jsonb
      end
    where order_id = ${order.orderId}
      and channel_id in (select id from channels where store_hash = ${row.storeHash})`;
}
