/**
 * Import runs and the channel's watermark: each run has its own window, cursor and counts, and moves the watermark only
 * forwards, only when its window was read to the end, and only if nobody else moved it meanwhile.
 */
import { and, desc, eq } from 'drizzle-orm';
import { createHash } from 'node:crypto';
import type { Database, Queries } from './database.ts';
import { inTransaction } from './database.ts';
import { DbError } from './errors.ts';
import { dropDetails } from './import-details.ts';
import { importRuns, type ImportCounts, type ImportCursor, type ImportWindow } from './schema.ts';

export type ImportRun = typeof importRuns.$inferSelect;
export type ImportMode = ImportRun['mode'];
export type { ImportCounts, ImportCursor, ImportWindow };

export interface NewRun {
  /** A UUID that is the same when the same step is tried again: then the run that exists is returned. */
  id: string;
  channelId: string;
  workflowId: string;
  mode: ImportMode;
  input: Record<string, unknown>;
  window: ImportWindow;
  cursor: ImportCursor;
  now: string;
}

const LIST_DEFAULT = 50;
const UUID_HEX_LENGTH = 32;
/** The id that the SDK gives the first activity of a run, which is the one that makes the row. */
const FIRST_ACTIVITY = '1';
/** Runs of these modes read everything up to their window's end. */
const WATERMARK_MODES: readonly ImportMode[] = ['first', 'watermark'];

export function emptyCounts(): ImportCounts {
  return {
    seen: 0,
    created: 0,
    updated: 0,
    unchanged: 0,
    rejected: {},
    setAside: {},
    opened: 0,
    apiCalls: 0,
  };
}

/** `seen = created + updated + unchanged + rejected + set aside` (design section 8). */
export function isConserved(counts: ImportCounts): boolean {
  const sum = (parts: Record<string, number>): number =>
    Object.values(parts).reduce((total, part) => total + part, 0);
  const told =
    counts.created + counts.updated + counts.unchanged + sum(counts.rejected) + sum(counts.setAside);
  return counts.seen === told;
}

/** Up to when the channel was read, by the store's clock; null before the first run has ended. */
export async function getWatermark(db: Queries, channelId: string): Promise<string | null> {
  const [row] = await db.sql<{ watermark: string }[]>`
    select watermark from import_watermarks where channel_id = ${channelId}`;
  return row?.watermark ?? null;
}

/** Creates the run's row with the watermark it begins at. May be repeated with the same id. */
export async function beginRun(db: Database, run: NewRun): Promise<ImportRun> {
  return inTransaction(db, async (tx) => {
    const { now, ...fields } = run;
    await tx.orm
      .insert(importRuns)
      .values({
        ...fields,
        counts: emptyCounts(),
        state: 'running',
        startedAt: now,
        watermarkBefore: await getWatermark(tx, run.channelId),
      })
      .onConflictDoNothing();
    return requireRun(tx, run.id);
  });
}

export async function getRun(db: Queries, runId: string): Promise<ImportRun | null> {
  const [row] = await db.orm.select().from(importRuns).where(eq(importRuns.id, runId));
  return row ?? null;
}

/** Like {@link getRun}; refuses `run_unknown`. */
export async function requireRun(db: Queries, runId: string): Promise<ImportRun> {
  const run = await getRun(db, runId);
  if (run === null) throw unknownRun(runId);
  return run;
}

/**
 * The id of the row that a step of a workflow makes: a UUID (version 8, RFC 9562), the same in every attempt and in no
 * other step. Without a step it is the first one of the run, so that whoever starts the workflow knows it beforehand.
 */
export function importRunId(step: {
  workflowId: string;
  temporalRunId: string;
  activityId?: string;
}): string {
  const { workflowId, temporalRunId, activityId = FIRST_ACTIVITY } = step;
  const hex = createHash('sha256')
    .update(`${workflowId}\n${temporalRunId}\n${activityId}`)
    .digest('hex')
    .slice(0, UUID_HEX_LENGTH);
  return hex.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12})$/, '$1-$2-8$3-8$4-$5');
}

/** The run of a workflow that is under way, or null where none has begun. */
export async function runningRunOf(db: Queries, workflowId: string): Promise<ImportRun | null> {
  const [row] = await db.orm
    .select()
    .from(importRuns)
    .where(and(eq(importRuns.workflowId, workflowId), eq(importRuns.state, 'running')))
    .orderBy(desc(importRuns.startedAt))
    .limit(1);
  return row ?? null;
}

/** Why a run cannot be gone on with, as a sentence; null: it can. `run`: what {@link getRun} answered for `runId`. */
export function whyNotResumed(run: ImportRun | null, channelId: string, runId: string): string | null {
  if (run?.channelId !== channelId)
    return `Channel ${channelId} has no import run ${runId}. See: waybill runs ${channelId}`;
  if (run.state === 'done')
    return `Import run ${runId} was read to its end; there is nothing to go on with. Start a new import.`;
  if (run.state === 'running')
    return `Import run ${runId} is still running. Wait for it, or cancel it first: waybill import ${channelId} --cancel ${runId}`;
  return null;
}

/**
 * Ends a run. A run of mode `first` or `watermark` that was read to the end makes its window's end the watermark, with
 * `greatest`, if the watermark is still the one it began at. May be repeated; refuses `run_ended` for a run that failed.
 */
export async function finishRun(db: Database, end: { runId: string; now: string }): Promise<ImportRun> {
  return inTransaction(db, async (tx) => {
    const run = await lockRun(tx, end.runId);
    if (run.state === 'done') return run;
    if (run.state !== 'running') throw endedRun(run);
    if (WATERMARK_MODES.includes(run.mode) && run.cursor.phase === 'done' && run.window.to !== null) {
      await moveWatermark(tx, run, run.window.to, end.now);
    }
    await dropDetails(tx, run.id);
    await tx.orm
      .update(importRuns)
      .set({ state: 'done', finishedAt: end.now })
      .where(eq(importRuns.id, run.id));
    return requireRun(tx, run.id);
  });
}

/** Ends a run without moving the watermark. A run that ended before stays as it is. */
export async function failRun(
  db: Database,
  end: { runId: string; state: 'failed' | 'cancelled'; failure: string; now: string },
): Promise<ImportRun> {
  return inTransaction(db, async (tx) => {
    const run = await lockRun(tx, end.runId);
    if (run.state !== 'running') return run;
    await dropDetails(tx, run.id);
    await tx.orm
      .update(importRuns)
      .set({ state: end.state, failure: end.failure, finishedAt: end.now })
      .where(eq(importRuns.id, run.id));
    return requireRun(tx, run.id);
  });
}

/** Adds lifecycles that were handed over for a run. Not to be repeated for the same hand-over. */
export async function countOpened(db: Queries, add: { runId: string; opened: number }): Promise<void> {
  await db.sql`
    update import_runs
    set counts = jsonb_set(counts, '{opened}', to_jsonb((counts ->> 'opened')::int + ${add.opened}::int))
    where id = ${add.runId}`;
}

/** Newest first. */
export async function listRuns(
  db: Queries,
  ask: { channelId?: string; limit?: number } = {},
): Promise<ImportRun[]> {
  return db.orm
    .select()
    .from(importRuns)
    .where(and(...(ask.channelId === undefined ? [] : [eq(importRuns.channelId, ask.channelId)])))
    .orderBy(desc(importRuns.startedAt), desc(importRuns.id))
    .limit(ask.limit ?? LIST_DEFAULT);
}

/** The run's row, locked until the transaction ends; refuses `run_unknown`. */
export async function lockRun(tx: Queries, runId: string): Promise<ImportRun> {
  const [row] = await tx.orm.select().from(importRuns).where(eq(importRuns.id, runId)).for('update');
  if (row === undefined) throw unknownRun(runId);
  return row;
}

/** Two runs may end at the same time: the second one waits for the first one's row and then sees its watermark. */
async function moveWatermark(tx: Queries, run: ImportRun, to: string, now: string): Promise<void> {
  if (run.watermarkBefore === null) {
    await tx.sql`
      insert into import_watermarks (channel_id, watermark, moved_at)
      values (${run.channelId}, ${to}::timestamptz, ${now}::timestamptz)
      on conflict (channel_id) do nothing`;
    return;
  }
  await tx.sql`
    update import_watermarks
    set watermark = greatest(watermark, ${to}::timestamptz), moved_at = ${now}::timestamptz
    where channel_id = ${run.channelId} and watermark = ${run.watermarkBefore}::timestamptz`;
}

function unknownRun(runId: string): DbError {
  return new DbError('run_unknown', `There is no import run ${runId}. See: waybill runs`, { runId });
}

function endedRun(run: ImportRun): DbError {
  return new DbError(
    'run_ended',
    `Import run ${run.id} of channel ${run.channelId} has ended as ${run.state}. Start a new import.`,
    { runId: run.id, state: run.state },
  );
}
