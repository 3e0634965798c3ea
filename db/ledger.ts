/**
 * Brings the ledger in line with a plan, and finds rows that wait although nobody works on them. The rows' way through
 * a call to the store is `write-backs.ts`.
 */
import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { isResend } from '../domain/write-back-resend.ts';
import type { WriteBackStep } from '../domain/write-back-types.ts';
import { inTransaction, type Database, type Tx } from './database.ts';
import { recordChangedDecisions } from './decisions.ts';
import { jsonText, storableText } from './json-text.ts';
import type { LedgerRow } from './known-facts.ts';
import { lockOrder, type OrderRow } from './order-row.ts';
import { offerOrder } from './outbox.ts';
import { openLocked } from './wake-order.ts';

/**
 * Makes the ledger say what the plan says: new steps are planned, steps due again are planned again, the channel's
 * planned rows that are no longer due are superseded. Rows that are sent, confirmed or refused are never touched. The
 * order must be locked, and `ledger` as it is now. Returns the ledger afterwards: rows that are sent first, then those
 * of the plan in its order. May be repeated.
 */
export async function syncLedger(
  tx: Tx,
  row: OrderRow,
  ledger: readonly LedgerRow[],
  steps: readonly WriteBackStep[],
  now: string,
): Promise<LedgerRow[]> {
  const byKey = new Map(ledger.map((entry) => [keyOf(entry), entry]));
  const wanted = new Set(steps.map(keyOf));
  const told: Told[] = [];
  for (const step of steps) {
    const entry = byKey.get(keyOf(step));
    if (entry === undefined) {
      byKey.set(keyOf(step), await planStep(tx, row, step, now, told));
    } else if (
      entry.channelId === row.channelId &&
      (entry.state === 'planned' || entry.state === 'superseded')
    ) {
      byKey.set(keyOf(step), await replanStep(tx, entry, step, now, told));
    }
  }
  for (const entry of ledger) {
    if (entry.state !== 'planned' || entry.channelId !== row.channelId || wanted.has(keyOf(entry))) continue;
    byKey.set(keyOf(entry), await supersede(tx, entry, 'no longer due', now, told));
  }
  await tell(tx, row, now, told);
  const order = new Map(steps.map((step, at) => [keyOf(step), at]));
  const rank = (entry: LedgerRow): number =>
    entry.state === 'sent' ? -1 : (order.get(keyOf(entry)) ?? steps.length);
  return [...byKey.values()].sort((a, b) => rank(a) - rank(b));
}

/** Supersedes the channel's planned rows of a locked order, which is closed without news. Returns the ledger after it. */
export async function supersedePlanned(
  tx: Tx,
  row: OrderRow,
  ledger: readonly LedgerRow[],
  why: string,
  now: string,
): Promise<LedgerRow[]> {
  const told: Told[] = [];
  const after: LedgerRow[] = [];
  for (const entry of ledger) {
    const goes = entry.state === 'planned' && entry.channelId === row.channelId;
    after.push(goes ? await supersede(tx, entry, why, now, told) : entry);
  }
  await tell(tx, row, now, told);
  return after;
}

/**
 * For the sweep: orders with a row that is due or sent although their lifecycle is not open, or that nobody touched
 * for `overdueMs` after it was due; opens and offers them. Paused orders, disabled and import-only channels are left
 * alone. Returns how many. May be repeated: an order that waits in the outbox already is not offered again.
 */
export async function offerDueWriteBacks(
  db: Database,
  input: { channelId?: string; overdueMs: number; limit: number; now: string },
): Promise<number> {
  const { channelId = null, overdueMs, limit, now } = input;
  const found = await db.sql<{ channelId: string; orderId: number }[]>`
    select distinct o.channel_id as "channelId", o.order_id as "orderId"
    from write_backs w
    join orders o on o.channel_id = w.channel_id and o.order_id = w.order_id
    join channels c on c.id = w.channel_id and c.enabled and c.removed_at is null
      and coalesce(c.settings->'channel'->>'profile', 'import_only') <> 'import_only'
    where (${channelId}::text is null or w.channel_id = ${channelId})
      and w.state in ('planned', 'sent') and w.blocked is null and not o.paused
      and coalesce(w.not_before, w.updated_at) <= ${now}::timestamptz
      and (o.lifecycle_state <> 'open'
        or greatest(w.updated_at, coalesce(w.not_before, w.updated_at))
           <= ${now}::timestamptz - ${overdueMs}::float8 * interval '1 millisecond')
      and not exists (select 1 from outbox b where b.channel_id = o.channel_id and b.order_id = o.order_id)
    order by 1, 2
    limit ${limit}`;
  for (const { channelId: channel, orderId } of found) {
    await inTransaction(db, async (tx) => {
      const row = await lockOrder(tx, channel, orderId);
      if (row === null) return;
      await openLocked(tx, row, now, 'a write-back is due');
      // Begins the waiting time anew: a row that nobody can move is not a wake every few minutes.
      await tx.sql`update write_backs set updated_at = greatest(updated_at, ${now}::timestamptz)
        where channel_id = ${channel} and order_id = ${orderId} and state in ('planned', 'sent') and blocked is null`;
      await offerOrder(tx, { channelId: channel, orderId, first: false, now });
    });
  }
  return found.length;
}

function keyOf(step: { kind: string; subject: string; n: number }): string {
  return `${step.kind} ${step.subject} ${String(step.n)}`;
}

/** What `waybill explain` is told of a row. */
interface Told {
  outcome: string;
  detail: string;
}

function wordOf(step: WriteBackStep): Told {
  return { outcome: step.blocked === null ? 'planned' : `blocked:${step.blocked}`, detail: step.summary };
}

async function tell(tx: Tx, row: OrderRow, now: string, told: readonly Told[]): Promise<void> {
  const { channelId, orderId } = row;
  const decisions = told.map((word) => ({
    channelId,
    orderId,
    at: now,
    kind: 'write_back' as const,
    ...word,
  }));
  await recordChangedDecisions(tx, decisions);
}

async function planStep(
  tx: Tx,
  row: OrderRow,
  step: WriteBackStep,
  now: string,
  told: Told[],
): Promise<LedgerRow> {
  const id = randomUUID();
  const { kind, subject, n, blocked, body, summary, mails } = step;
  // A person asked for it, under another kind of step; asked again, nobody would know what for.
  const approved = isResend(body);
  await tx.sql`
    insert into write_backs (id, store_hash, channel_id, order_id, kind, subject, n, state, blocked, approved, body,
      summary, mails, created_at, updated_at)
    values (${id}, ${row.storeHash}, ${row.channelId}, ${row.orderId}, ${kind}, ${subject}, ${n}, 'planned', ${blocked},
      ${approved}, ${jsonText(body)}::jsonb, ${storableText(summary)}, ${mails}, ${now}, ${now})`;
  told.push(wordOf(step));
  return {
    ...{ id, channelId: row.channelId, kind, subject, n, state: 'planned', blocked, approved, body },
    ...{ storeShipmentId: null, statusBefore: null, summary, mails, notBefore: null },
  };
}

/** The row as the plan has it now; a row that waits keeps its `not_before`, one that is due again starts afresh. */
async function replanStep(
  tx: Tx,
  entry: LedgerRow,
  step: WriteBackStep,
  now: string,
  told: Told[],
): Promise<LedgerRow> {
  const dueAgain = entry.state === 'superseded';
  const { blocked, body, summary, mails } = step;
  const same =
    !dueAgain &&
    entry.blocked === blocked &&
    entry.summary === summary &&
    entry.mails === mails &&
    isDeepStrictEqual(entry.body, body);
  if (same) return entry;
  const notBefore = dueAgain ? null : entry.notBefore;
  // A person approved what was due then; what comes due again needs a word of its own.
  const approved = isResend(body) || (entry.approved && !dueAgain);
  await tx.sql`update write_backs set state = 'planned', blocked = ${blocked}, approved = ${approved}, body = ${jsonText(body)}::jsonb,
      summary = ${storableText(summary)}, mails = ${mails}, not_before = ${notBefore}, updated_at = ${now},
      failing_since = case when ${dueAgain || entry.blocked !== blocked} then null else failing_since end
    where id = ${entry.id}`;
  if (dueAgain || entry.blocked !== blocked) told.push(wordOf(step));
  return { ...entry, state: 'planned', blocked, approved, body, summary, mails, notBefore };
}

async function supersede(
  tx: Tx,
  entry: LedgerRow,
  why: string,
  now: string,
  told: Told[],
): Promise<LedgerRow> {
  await tx.sql`update write_backs set state = 'superseded', blocked = null, not_before = null, outcome = ${why},
    updated_at = ${now} where id = ${entry.id}`;
  told.push({ outcome: 'superseded', detail: `${entry.summary}: ${why}` });
  return { ...entry, state: 'superseded', blocked: null, notBefore: null };
}
