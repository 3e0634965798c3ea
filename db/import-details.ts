/**
 * Answers of detail calls (images, customs, transactions, customers), committed as they arrive, so that a slice that is
 * tried again does not ask the store twice. Dropped with the end of the run.
 */
import type { Queries } from './database.ts';
import { jsonText } from './json-text.ts';

export interface DetailKey {
  runId: string;
  /** What was asked, such as `product_images`. */
  kind: string;
  /** Of what: an id, or a normalized query. */
  key: string;
}

/** Keeps an answer; the first one of a key stays. May be repeated. */
export async function saveDetail(
  db: Queries,
  detail: DetailKey & { answer: unknown; now: string },
): Promise<void> {
  await db.sql`
    insert into import_details (run_id, kind, key, answer, read_at)
    values (${detail.runId}, ${detail.kind}, ${detail.key}, ${jsonText(detail.answer)}::jsonb, ${detail.now}::timestamptz)
    on conflict (run_id, kind, key) do nothing`;
}

/**
 * The answers that are there already, by key; without `keys` all of the kind. The caller parses them: they are what the
 * store sent.
 */
export async function readDetails(
  db: Queries,
  ask: { runId: string; kind: string; keys?: readonly string[] },
): Promise<Map<string, unknown>> {
  const keys = ask.keys === undefined ? null : [...ask.keys];
  const rows = await db.sql<{ key: string; answer: unknown }[]>`
    select key, answer from import_details
    where run_id = ${ask.runId} and kind = ${ask.kind} and (${keys}::text[] is null or key = any(${keys}::text[]))`;
  return new Map(rows.map((row) => [row.key, row.answer]));
}

/** Forgets the run's answers. May be repeated. */
export async function dropDetails(tx: Queries, runId: string): Promise<void> {
  await tx.sql`delete from import_details where run_id = ${runId}`;
}
