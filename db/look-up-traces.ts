/**
 * Records of look-ups in debug mode, on their way from the worker that asked the store to the person who wanted to know:
 * sealed, taken once, and gone after a quarter of an hour. They hold a customer's data, so nothing else reads them.
 */
import type { ShownLookUp } from '../domain/look-up-trace.ts';
import type { Queries } from './database.ts';
import { jsonText } from './json-text.ts';
import type { SealedSecret, SecretBox } from './secrets.ts';

/** They lie beside the answers that imports keep, under a run that does not exist. */
const NO_RUN = '00000000-0000-0000-0000-000000000000';
const KIND = 'trace';
/** A person waits for it; what nobody took by then was interrupted. */
export const TRACE_KEPT_MS = 15 * 60_000;

interface KeptTrace {
  keyId: string;
  /** Base64. */
  sealed: string;
}

/** Keeps or replaces it. May be repeated. */
export async function keepTrace(
  db: Queries,
  box: SecretBox,
  kept: { channelId: string; id: string; trace: ShownLookUp; now: string },
): Promise<void> {
  const { keyId, sealed } = box.seal(JSON.stringify(kept.trace), placeOf(kept));
  const answer: KeptTrace = { keyId, sealed: sealed.toString('base64') };
  await db.sql`
    insert into import_details (run_id, kind, key, answer, read_at)
    values (${NO_RUN}, ${KIND}, ${kept.id}, ${jsonText(answer)}::jsonb, ${kept.now}::timestamptz)
    on conflict (run_id, kind, key) do update set answer = excluded.answer, read_at = excluded.read_at`;
}

/** The record, which is gone then; null where there is none. Throws `credentials_unreadable` under another key. */
export async function takeTrace(
  db: Queries,
  box: SecretBox,
  place: { channelId: string; id: string },
): Promise<ShownLookUp | null> {
  const [row] = await db.sql<{ answer: KeptTrace }[]>`
    delete from import_details where run_id = ${NO_RUN} and kind = ${KIND} and key = ${place.id} returning answer`;
  if (row === undefined) return null;
  const sealed: SealedSecret = {
    keyId: row.answer.keyId,
    sealed: Buffer.from(row.answer.sealed, 'base64'),
  };
  // Sealed by `keepTrace` and unchanged since, which opening proves.
  return JSON.parse(box.open(sealed, placeOf(place))) as ShownLookUp;
}

/** Forgets those that nobody took. May be repeated. */
export async function dropOldTraces(db: Queries, now: string): Promise<void> {
  const before = new Date(Date.parse(now) - TRACE_KEPT_MS).toISOString();
  await db.sql`
    delete from import_details where run_id = ${NO_RUN} and kind = ${KIND} and read_at < ${before}::timestamptz`;
}

function placeOf({ channelId, id }: { channelId: string; id: string }): { channelId: string; kind: string } {
  return { channelId, kind: `trace ${id}` };
}
