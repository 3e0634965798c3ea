/** The row of an import run: begun with its window and cursor, ended with its watermark or its failure. */
import { activityInfo } from '@temporalio/activity';
import { requireChannel } from '../db/channels.ts';
import { countImportList, dropImportList } from '../db/import-lists.ts';
import { forgetOldOutcomes } from '../db/import-outcomes.ts';
import {
  beginRun,
  failRun,
  finishRun,
  getRun,
  getWatermark,
  importRunId,
  whyNotResumed,
  type ImportRun,
} from '../db/import-runs.ts';
import { importWindow } from '../domain/import-cursor.ts';
import type { ImportDatabaseActivities, ImportInput, ImportResult } from '../workflows/contract.ts';
import { asActivity } from './attempt.ts';
import type { ActivityDeps } from './deps.ts';
import { ActivityRefusal } from './failures.ts';

type Input<Name extends keyof ImportDatabaseActivities> = Parameters<ImportDatabaseActivities[Name]>[0];

/**
 * Creates the run's row. May be repeated: the id depends on the step only. A schedule or a hint finds nothing to do in
 * a disabled channel; a person is refused.
 * @throws failure `UnknownChannel`, `ChannelDisabled`, `RunEnded` for a list or a run that cannot be gone on with
 */
export function beginImport(
  deps: ActivityDeps,
  { input, workflowId, nominalTime }: Input<'beginImport'>,
): Promise<{ runId: string; nothingToDo: boolean }> {
  return asActivity(deps, { heartbeats: false }, async () => {
    const channel = await requireChannel(deps.db, input.channelId);
    const byPerson = nominalTime === null && input.hints !== true;
    if (!channel.enabled && byPerson) {
      throw new ActivityRefusal(
        'ChannelDisabled',
        `Channel ${channel.id} is disabled, so nothing is imported. Enable it: waybill channel enable ${channel.id}`,
      );
    }
    const now = deps.clock();
    const { lookback_basis: basis } = channel.settings.orders.import;
    const begun: Begun =
      input.resume === undefined
        ? importWindow({
            request: input.days === undefined ? input : { basis, ...input },
            watermark: await getWatermark(deps.db, channel.id),
            nominalTime,
            now,
            timeZone: channel.settings.channel.timezone,
          })
        : await whereItStood(deps, channel.id, input.resume);
    const nothingToDo = !channel.enabled;
    const run = await beginRun(deps.db, {
      id: runIdOfStep(),
      channelId: channel.id,
      workflowId,
      mode: begun.mode,
      input: { ...(begun.input ?? rowInput(input)), ...(await listTotal(deps, input)) },
      window: nothingToDo ? { from: null, to: null } : begun.window,
      cursor: nothingToDo ? { phase: 'done' } : begun.cursor,
      now,
    });
    await forgetOldOutcomes(deps.db, { channelId: channel.id, now });
    return { runId: run.id, nothingToDo };
  });
}

type Begun = Pick<ImportRun, 'mode' | 'window' | 'cursor'> & { input?: Record<string, unknown> };

/** Everything of a run that ended early but its counts: the new one goes on where it stood. */
async function whereItStood(deps: ActivityDeps, channelId: string, runId: string): Promise<Begun> {
  const run = await getRun(deps.db, runId);
  const refused = whyNotResumed(run, channelId, runId);
  if (run === null || refused !== null) throw new ActivityRefusal('RunEnded', refused ?? '');
  const { mode, window, cursor, input } = run;
  return { mode, window, cursor, input: { ...input, resumed: runId } };
}

/** Refuses a list that is not there: nothing would be read, and nobody would notice. */
async function listTotal(deps: ActivityDeps, input: ImportInput): Promise<{ listTotal?: number }> {
  if (input.list === undefined) return {};
  const listTotal = await countImportList(deps.db, { channelId: input.channelId, listId: input.list });
  if (listTotal > 0) return { listTotal };
  throw new ActivityRefusal(
    'RunEnded',
    `There is no list ${input.list} of order numbers (any more). Give the file again: waybill import ${input.channelId} --file …`,
  );
}

/** Moves the watermark and closes the row. May be repeated. */
export function finishImport(deps: ActivityDeps, { runId }: Input<'finishImport'>): Promise<ImportResult> {
  return asActivity(deps, { heartbeats: false }, async () => {
    const run = await finishRun(deps.db, { runId, now: deps.clock() });
    const listId = run.input['list'];
    if (typeof listId === 'string') await dropImportList(deps.db, { channelId: run.channelId, listId });
    return resultOfRun(run);
  });
}

/** Closes the row without moving the watermark. May be repeated. */
export function failImport(deps: ActivityDeps, input: Input<'failImport'>): Promise<void> {
  return asActivity(deps, { heartbeats: false }, async () => {
    await failRun(deps.db, { ...input, now: deps.clock() });
  });
}

function resultOfRun(run: ImportRun): ImportResult {
  const { seen, created, updated, unchanged, rejected, setAside, opened, apiCalls } = run.counts;
  return {
    runId: run.id,
    channelId: run.channelId,
    mode: run.mode,
    seen,
    created,
    updated,
    unchanged,
    rejected,
    setAside,
    opened,
    slices: run.slices,
    apiCalls,
    window: run.window,
  };
}

/** The input without what only matters between two runs of the workflow. */
function rowInput({ runId: _carried, ...given }: ImportInput): Record<string, unknown> {
  return given;
}

/** The same in every attempt of this activity. */
function runIdOfStep(): string {
  const { workflowExecution, activityId } = activityInfo();
  const { workflowId = '', runId: temporalRunId = '' } = workflowExecution ?? {};
  return importRunId({ workflowId, temporalRunId, activityId });
}
