/**
 * Brings the ledger in line with a plan, and finds rows that wait although nobody works on them. The rows' way through
 * a call to the store is `write-backs.ts`.
 */
import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { WriteBackStep } from '../domain/write-back-types.ts';
import { inTransaction, type Database, type Tx } from './database.ts';
import { recordDecision } from './decisions.ts';
import { jsonText } from './json-text.ts';
import { lockOrder, type OrderRow } from './order-row.ts';
import { offerOrder } from './outbox.ts';
import { writeBacks } from './schema.ts';
import { and, asc, eq } from 'drizzle-orm';
import { openLocked } from './wake-order.ts';
import type { WriteBackRow } from './write-backs.ts';

/** All rows of the order in its store, of whichever channel, oldest first. */
export async function loadLedger(tx: Tx, row: OrderRow): Promise<WriteBackRow[]> {
  return tx.orm
    .select()
    .from(writeBacks)
    .where(and(eq(writeBacks.storeHash, row.storeHash), eq(writeBacks.orderId, row.orderId)))
    .orderBy(asc(writeBacks.createdAt), asc(writeBacks.id));
}

/**
 * Makes the ledger say what the plan says: new steps are planned, steps due again are planned again, the channel's
 * planned rows that are no longer due are superseded. Rows that are sent, confirmed or refused are never touched. The
 * order must be locked. Returns the ledger afterwards: rows that are sent first, then planned ones in the plan's order.
 * May be repeated.
 */
export async function syncLedger(
  tx: Tx,
  row: OrderRow,
  steps: readonly WriteBackStep[],
  now: string,
): Promise<WriteBackRow[]> {
  const ledger = await loadLedger(tx, row);
  const byKey = new Map(ledger.map((entry) => [keyOf(entry), entry]));
  const wanted = new Set(steps.map(keyOf));
  for (const step of steps) {
    const entry = byKey.get(keyOf(step));
    if (entry === undefined) {
      byKey.set(keyOf(step), await planStep(tx, row, step, now));
    } else if (
      entry.channelId === row.channelId &&
      (entry.state === 'planned' || entry.state === 'superseded')
    ) {
      byKey.set(keyOf(step), await replanStep(tx, entry, step, now));
    }
  }
  for (const entry of ledger) {
    if (entry.state !== 'planned' || entry.channelId !== row.channelId || wanted.has(keyOf(entry))) continue;
    byKey.set(keyOf(entry), await supersede(tx, entry, 'no longer due', now));
  }
  const order = new Map(steps.map((step, at) => [keyOf(step), at]));
  const rank = (entry: WriteBackRow): number =>
    entry.state === 'sent' ? -1 : (order.get(keyOf(entry)) ?? steps.length);
  return [...byKey.values()].sort((a, b) => rank(a) - rank(b));
}

/** Supersedes the channel's planned rows of a locked order: for an order that is closed without news. */
export async function supersedePlanned(tx: Tx, row: OrderRow, why: string, now: string): Promise<void> {
  for (const entry of await loadLedger(tx, row)) {
    if (entry.state === 'planned' && entry.channelId === row.channelId) await supersede(tx, entry, why, now);
  }
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

async function planStep(tx: Tx, row: OrderRow, step: WriteBackStep, now: string): Promise<WriteBackRow> {
  const [entry] = await tx.orm
    .insert(writeBacks)
    .values({
      id: randomUUID(),
      storeHash: row.storeHash,
      channelId: row.channelId,
      orderId: row.orderId,
      kind: step.kind,
      subject: step.subject,
      n: step.n,
      state: 'planned',
      blocked: step.blocked,
      body: step.body,
      summary: step.summary,
      mails: step.mails,
      createdAt: now,
      updatedAt: now,
    })
    .returning();
  if (entry === undefined) throw new Error('an insert without a condition returned no row');
  await note(tx, entry, step.blocked === null ? 'planned' : `blocked:${step.blocked}`, step.summary, now);
  return entry;
}

/** The row as the plan has it now; a row that waits keeps its `not_before`, one that is due again starts afresh. */
async function replanStep(
  tx: Tx,
  entry: WriteBackRow,
  step: WriteBackStep,
  now: string,
): Promise<WriteBackRow> {
  const dueAgain = entry.state === 'superseded';
  const same =
    !dueAgain &&
    entry.blocked === step.blocked &&
    entry.summary === step.summary &&
    entry.mails === step.mails &&
    isDeepStrictEqual(entry.body, step.body);
  if (same) return entry;
  const notBefore = dueAgain ? null : entry.notBefore;
  await tx.sql`update write_backs set state = 'planned', blocked = ${step.blocked}, body = ${jsonText(step.body)}::jsonb,
      summary = ${step.summary}, mails = ${step.mails}, not_before = ${notBefore}, updated_at = ${now}
    where id = ${entry.id}`;
  if (dueAgain || entry.blocked !== step.blocked) {
    await note(tx, entry, step.blocked === null ? 'planned' : `blocked:${step.blocked}`, step.summary, now);
  }
  const { blocked, body, summary, mails } = step;
  return { ...entry, state: 'planned', blocked, body, summary, mails, notBefore, updatedAt: now };
}

async function supersede(tx: Tx, entry: WriteBackRow, why: string, now: string): Promise<WriteBackRow> {
  await tx.sql`update write_backs set state = 'superseded', blocked = null, not_before = null, outcome = ${why},
    updated_at = ${now} where id = ${entry.id}`;
  await note(tx, entry, 'superseded', `${entry.summary}: ${why}`, now);
  return { ...entry, state: 'superseded', blocked: null, notBefore: null, outcome: why, updatedAt: now };
}

async function note(
  tx: Tx,
  entry: WriteBackRow,
  outcome: string,
  detail: string,
  now: string,
): Promise<void> {
  const { channelId, orderId } = entry;
  await recordDecision(tx, { channelId, orderId, at: now, kind: 'write_back', outcome, detail });
}
