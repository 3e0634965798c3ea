/**
 * Why an order was or was not admitted, opened, written: the rows behind `waybill explain`. Only appended to, and only
 * where the verdict changed, so that reading an order again and again does not fill the table.
 */
import { asc, and, eq, desc } from 'drizzle-orm';
import type { Queries } from './database.ts';
import { storableText } from './json-text.ts';
import { decisions } from './schema.ts';

export type DecisionKind = 'gate' | 'lifecycle' | 'stage' | 'write_back' | 'event' | 'operator';

export interface Decision {
  channelId: string;
  orderId: number;
  /** ISO, the caller's clock. */
  at: string;
  kind: DecisionKind;
  /** Machine word such as `rejected:default_exclude`. */
  outcome: string;
  /** A sentence with the rule and the setting; no customer data. */
  detail: string;
  runId?: string | null;
}

export interface StoredDecision extends Required<Decision> {
  id: number;
}

/** Enough for every order that people look at; older rows are cut, not the newest. */
const LIST_MAX = 1_000;

/** Appends one row, always. Repeating it appends another. */
export async function recordDecision(tx: Queries, decision: Decision): Promise<void> {
  await tx.orm
    .insert(decisions)
    .values({ ...decision, detail: storableText(decision.detail), runId: decision.runId ?? null });
}

/** Appends many rows, always: for what happened, which may happen again in the same words. */
export async function appendDecisions(tx: Queries, rows: readonly Decision[]): Promise<void> {
  if (rows.length === 0) return;
  const stored = rows.map((row) => ({
    ...row,
    detail: storableText(row.detail),
    runId: row.runId ?? null,
  }));
  await tx.orm.insert(decisions).values(stored);
}

/**
 * Appends those rows whose outcome or detail differs from the order's last row of the same kind. May be repeated.
 * Answers how many were new.
 */
export async function recordChangedDecisions(tx: Queries, rows: readonly Decision[]): Promise<number> {
  if (rows.length === 0) return 0;
  const column = <K extends keyof Decision>(key: K) => rows.map((row) => row[key]);
  const inserted = await tx.sql`
    insert into decisions (channel_id, order_id, at, kind, outcome, detail, run_id)
    select g.channel_id, g.order_id, g.at, g.kind, g.outcome, g.detail, g.run_id
    from unnest(${column('channelId')}::text[], ${column('orderId')}::bigint[], ${column('at')}::timestamptz[],
                ${column('kind')}::text[], ${column('outcome')}::text[],
                ${rows.map((row) => storableText(row.detail))}::text[],
                ${rows.map((row) => row.runId ?? null)}::uuid[])
         as g (channel_id, order_id, at, kind, outcome, detail, run_id)
    left join lateral (
      select d.outcome, d.detail from decisions d
      where d.channel_id = g.channel_id and d.order_id = g.order_id and d.kind = g.kind
      order by d.id desc limit 1
    ) last on true
    where last.outcome is null or last.outcome <> g.outcome or last.detail <> g.detail`;
  return inserted.count;
}

/** The order's decisions, oldest first; the newest thousand. */
export async function listDecisions(
  db: Queries,
  ask: { channelId: string; orderId: number; kind?: DecisionKind },
): Promise<StoredDecision[]> {
  const newest = db.orm
    .select()
    .from(decisions)
    .where(
      and(
        eq(decisions.channelId, ask.channelId),
        eq(decisions.orderId, ask.orderId),
        ...(ask.kind === undefined ? [] : [eq(decisions.kind, ask.kind)]),
      ),
    )
    .orderBy(desc(decisions.id))
    .limit(LIST_MAX)
    .as('newest');
  return db.orm.select().from(newest).orderBy(asc(newest.id));
}
