/**
 * What became of every order that an import was given by its number: created, updated, unchanged, or why it did not
 * come in (capabilities P-26). Written in the transaction that stores the orders; kept for a month.
 */
import { DAY_MS } from '../domain/instants.ts';
import type { Queries } from './database.ts';
import type { importOutcomes } from './import-outcome-table.ts';
import { jsonText } from './json-text.ts';
import type { StoredRead } from './store-orders.ts';

export type OrderOutcome = Omit<typeof importOutcomes.$inferSelect, 'runId'>;
export type OutcomeWord = OrderOutcome['outcome'];

/** In the sequence in which people are told. */
export const OUTCOME_WORDS = [
  'created',
  'updated',
  'unchanged',
  'rejected',
  'held',
  'unreadable',
  'not_found',
] as const satisfies readonly OutcomeWord[];

/** More on one page would be slow to read for people and machines. */
export const OUTCOME_PAGE_MAX = 1_000;
const KEPT_DAYS = 30;

/** Keeps what became of a page of given orders. May be repeated: the last word of an order stays. */
export async function keepOutcomes(
  tx: Queries,
  { runId, reads }: { runId: string; reads: readonly StoredRead[] },
): Promise<void> {
  const rows = reads.flatMap((read) => (read.orderId === null ? [] : [rowOf(read.orderId, read)]));
  if (rows.length === 0) return;
  await tx.sql`
    insert into import_outcomes (run_id, order_id, outcome, rule, setting, detail)
    select distinct on (g.id) ${runId}::uuid, g.id, g.outcome, g.rule, g.setting, g.detail
    from json_to_recordset(${jsonText(rows)}::json) as g (id bigint, outcome text, rule text, setting text, detail text)
    order by g.id
    on conflict (run_id, order_id) do update
      set outcome = excluded.outcome, rule = excluded.rule, setting = excluded.setting, detail = excluded.detail`;
}

function rowOf(id: number, read: StoredRead): Omit<OrderOutcome, 'orderId'> & { id: number } {
  const { rule = null, setting = null, detail = null } = read;
  return { id, outcome: wordOf(read.outcome), rule, setting, detail };
}

function wordOf(outcome: StoredRead['outcome']): OutcomeWord {
  if (outcome === 'missing') return 'not_found';
  // A newer version was here already: nothing is left to do for it.
  return outcome === 'older' ? 'unchanged' : outcome;
}

/** Forgets those of the channel's runs that began a month ago or earlier. */
export async function forgetOldOutcomes(
  db: Queries,
  { channelId, now }: { channelId: string; now: string },
): Promise<void> {
  const before = new Date(Date.parse(now) - KEPT_DAYS * DAY_MS).toISOString();
  await db.sql`
    delete from import_outcomes o using import_runs r
    where r.id = o.run_id and r.channel_id = ${channelId} and r.started_at < ${before}::timestamptz`;
}

/** How many orders came out how; words that no order has are left out. Runs that were gone on with count as one. */
export async function countOutcomes(db: Queries, runId: string): Promise<Map<OutcomeWord, number>> {
  const rows = await db.sql<{ outcome: OutcomeWord; orders: number }[]>`
    ${outcomesOf(db, runId)}
    select outcome, count(*)::int as orders from told group by outcome`;
  const found = new Map(rows.map(({ outcome, orders }) => [outcome, orders]));
  return new Map(
    OUTCOME_WORDS.flatMap((word): [OutcomeWord, number][] =>
      found.has(word) ? [[word, found.get(word) ?? 0]] : [],
    ),
  );
}

/** The next orders above `after`, ascending, all or those of one word; `next` null: there is no more. */
export async function listOutcomes(
  db: Queries,
  ask: { runId: string; outcome?: OutcomeWord; after?: number; limit: number },
): Promise<{ orders: OrderOutcome[]; next: number | null }> {
  const { runId, outcome = null, after = 0, limit } = ask;
  const rows = await db.sql<OrderOutcome[]>`
    ${outcomesOf(db, runId)}
    select order_id as "orderId", outcome, rule, setting, detail from told
    where order_id > ${after} and (${outcome}::text is null or outcome = ${outcome})
    order by order_id limit ${limit + 1}`;
  const orders = rows.slice(0, limit);
  return { orders, next: rows.length > limit ? (orders.at(-1)?.orderId ?? null) : null };
}

/** Of the run, and of those before it that it went on with (`import --resume`): the last word of an order counts. */
function outcomesOf(db: Queries, runId: string) {
  return db.sql`
    with recursive runs as (
      select r.id, r.input, 0 as back from import_runs r where r.id = ${runId}::uuid
      union all
      select r.id, r.input, runs.back + 1 from runs join import_runs r on r.id = (runs.input ->> 'resumed')::uuid
    ), told as (
      select distinct on (o.order_id) o.* from runs join import_outcomes o on o.run_id = runs.id
      order by o.order_id, runs.back
    )`;
}
