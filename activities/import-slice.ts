/**
 * One slice of an import: pages of the run for a few seconds, each stored in one transaction with the run's cursor. It
 * promises that nothing is passed over. May be repeated.
 */
import { importPace } from '../db/import-pace.ts';
import { waitingLifecycles } from '../db/import-progress.ts';
import { requireRun, type ImportRun } from '../db/import-runs.ts';
import type { GateRules } from '../domain/gate.ts';
import { estimateEnd, type RunEstimate } from '../domain/import-estimate.ts';
import { detailRules, localFields, orderRules } from '../settings/import-rules.ts';
import { gateRules } from '../settings/rules.ts';
import type { SliceResult } from '../workflows/contract.ts';
import { asActivity } from './attempt.ts';
import type { ActivityDeps } from './deps.ts';
import { ActivityRefusal } from './failures.ts';
import { importPages } from './import-pages.ts';
import type { RowRules } from './order-rows.ts';
import { openStoreSession, type StoreSession } from './store-calls.ts';
import { storeFactsOf } from './store-facts.ts';

/** Reads and stores the next slice of a run. Throws Temporal failures only. */
export function importSlice(deps: ActivityDeps, input: { runId: string }): Promise<SliceResult> {
  return asActivity(deps, { heartbeats: true }, async (attempt) => {
    const run = await openRun(deps, input.runId);
    if (run === null) return resultOf(deps, await requireRun(deps.db, input.runId), true);
    const session = await openStoreSession(deps, { channelId: run.channelId, purpose: 'import', attempt });
    const work = { run, session, rules: rowRules(session, run), attempt };
    const { stored, estimate } = await importPages(deps, work);
    return {
      ...(await resultOf(deps, { ...run, ...stored }, stored.cursor.phase === 'done')),
      ...(await endOf(deps, { run, session, estimate, counts: stored.counts })),
    };
  });
}

/** When it will have seen everything, for people who wait. */
async function endOf(
  deps: ActivityDeps,
  at: {
    run: ImportRun;
    session: StoreSession;
    estimate: RunEstimate | null;
    counts: ImportRun['counts'];
  },
): Promise<Pick<SliceResult, 'total' | 'etaSeconds'>> {
  const { run, session, estimate, counts } = at;
  if (estimate === null) return { total: null, etaSeconds: null };
  const pace = await importPace(deps.db, session.channel.storeHash);
  return estimateEnd(estimate, { run, counts, pace, now: deps.clock() });
}

/** The run, or null when it has been read to its end. Throws `RunEnded` for one that failed or was cancelled. */
async function openRun(deps: ActivityDeps, runId: string): Promise<ImportRun | null> {
  const run = await requireRun(deps.db, runId);
  if (run.state === 'failed' || run.state === 'cancelled') {
    throw new ActivityRefusal(
      'RunEnded',
      `Import run ${run.id} has ended as ${run.state}. Start a new import.`,
    );
  }
  return run.state === 'done' || run.cursor.phase === 'done' ? null : run;
}

/** What a slice tells of a run as its row has it. */
export async function resultOf(
  deps: Pick<ActivityDeps, 'db'>,
  run: Pick<ImportRun, 'channelId' | 'counts' | 'slices'>,
  done: boolean,
): Promise<SliceResult> {
  const { channelId, counts, slices } = run;
  const waiting = await waitingLifecycles(deps.db, channelId);
  return { done, seen: counts.seen, changed: counts.created + counts.updated, slices, waiting };
}

/** The horizon bounds a first import only (design section 4). */
export function rowRules(
  session: StoreSession,
  run: Pick<ImportRun, 'mode'> & Partial<Pick<ImportRun, 'input' | 'window'>>,
): RowRules {
  const { settings } = session.channel;
  const store = storeFactsOf(session.channel);
  return {
    gate: {
      ...gateRules(settings),
      everyStatus: run.input?.['includeExcluded'] === true,
      lookback: lookbackOf(run),
    },
    order: orderRules(settings, store),
    details: detailRules(settings, store),
    imageSize: settings.orders.import.images.size,
    local: localFields(settings),
    horizonDays: run.mode === 'first' ? settings.lifecycle.horizon_days : Infinity,
  };
}

/** What a run was asked for bounds what it creates, whatever a page holds. */
function lookbackOf(run: Parameters<typeof rowRules>[1]): NonNullable<GateRules['lookback']> | null {
  const since = run.window?.from ?? null;
  if (since === null || typeof run.input?.['days'] !== 'number') return null;
  return { basis: run.mode === 'created_range' ? 'created' : 'modified', since };
}
