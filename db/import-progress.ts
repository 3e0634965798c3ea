/**
 * How far an import run is, as its rows tell, for people who wait: what was seen, how many there are, when it will be
 * over. Reads only, but for the store's count, which the run keeps here.
 */
import { estimateEnd } from '../domain/import-estimate.ts';
import type { Queries } from './database.ts';
import { readDetails, saveDetail } from './import-details.ts';
import { importPace } from './import-pace.ts';
import type { ImportRun } from './import-runs.ts';
import { outboxWaiting } from './outbox.ts';

/** The kind under which the store's count is kept. */
const TOTAL = 'total';
/** Beyond this the exact number helps nobody, and counting would take longer the more there are. */
const WAITING_COUNT_MAX = 10_000;

export interface RunProgress {
  seen: number;
  changed: number;
  pages: number;
  /** Lifecycles of the channel that wait for their hand-over, counted up to 10,000. */
  waiting: number;
  /** How many orders there are to see; null while that is not known. */
  total: number | null;
  /** Seconds until the end; null while that is not known, and for a run that has ended. */
  etaSeconds: number | null;
}

/** The count that the store told the run; null: it told none; undefined: it was not asked yet. */
export async function keptTotal(db: Queries, runId: string): Promise<number | null | undefined> {
  const kept = (await readDetails(db, { runId, kind: TOTAL, keys: [TOTAL] })).get(TOTAL);
  return kept === undefined ? undefined : typeof kept === 'number' ? kept : null;
}

/** Keeps it until the run ends; the first count stays. */
export async function keepTotal(
  db: Queries,
  { runId, total, now }: { runId: string; total: number | null; now: string },
): Promise<void> {
  await saveDetail(db, { runId, kind: TOTAL, key: TOTAL, answer: total, now });
}

/** Outbox rows of the channel that wait for a hand-over, counted up to 10,000. */
export function waitingLifecycles(db: Queries, channelId: string): Promise<number> {
  return outboxWaiting(db, { channelId, atMost: WAITING_COUNT_MAX });
}

/** How many orders a run was given by their numbers; null: it was given none. */
export function givenTotal(run: Pick<ImportRun, 'input'>): number | null {
  const { listTotal, orderIds } = run.input;
  if (typeof listTotal === 'number') return listTotal;
  return Array.isArray(orderIds) ? new Set(orderIds).size : null;
}

/** May be repeated. */
export async function runProgress(
  db: Queries,
  run: ImportRun,
  at: { storeHash: string; now: string },
): Promise<RunProgress> {
  const { counts, slices: pages } = run;
  const progress = {
    seen: counts.seen,
    changed: counts.created + counts.updated,
    pages,
    waiting: await waitingLifecycles(db, run.channelId),
  };
  const total = givenTotal(run) ?? (await keptTotal(db, run.id)) ?? null;
  if (total === null || run.state !== 'running') return { ...progress, total, etaSeconds: null };
  const pace = await importPace(db, at.storeHash);
  return { ...progress, ...estimateEnd({ total }, { run, counts, pace, now: at.now }) };
}
