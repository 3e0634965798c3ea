/** The row of an import run: begun with its window and cursor, ended with its watermark or its failure. */
import { activityInfo } from '@temporalio/activity';
import { createHash } from 'node:crypto';
import { requireChannel } from '../db/channels.ts';
import { beginRun, failRun, finishRun, getWatermark, type ImportRun } from '../db/import-runs.ts';
import { importWindow } from '../domain/import-cursor.ts';
import type { ImportDatabaseActivities, ImportInput, ImportResult } from '../workflows/contract.ts';
import { asActivity } from './attempt.ts';
import type { ActivityDeps } from './deps.ts';
import { ActivityRefusal } from './failures.ts';

type Input<Name extends keyof ImportDatabaseActivities> = Parameters<ImportDatabaseActivities[Name]>[0];

/**
 * Creates the run's row. May be repeated: the id depends on the step only. A schedule or a hint finds nothing to do in
 * a disabled channel; a person is refused.
 * @throws failure `UnknownChannel`, `ChannelDisabled`
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
    const begun = importWindow({
      request: input,
      watermark: await getWatermark(deps.db, channel.id),
      nominalTime,
      now,
    });
    const nothingToDo = !channel.enabled;
    const run = await beginRun(deps.db, {
      id: stepId(),
      channelId: channel.id,
      workflowId,
      mode: begun.mode,
      input: rowInput(input),
      window: nothingToDo ? { from: null, to: null } : begun.window,
      cursor: nothingToDo ? { phase: 'done' } : begun.cursor,
      now,
    });
    return { runId: run.id, nothingToDo };
  });
}

/** Moves the watermark and closes the row. May be repeated. */
export function finishImport(deps: ActivityDeps, { runId }: Input<'finishImport'>): Promise<ImportResult> {
  return asActivity(deps, { heartbeats: false }, async () =>
    resultOfRun(await finishRun(deps.db, { runId, now: deps.clock() })),
  );
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

const UUID_HEX_LENGTH = 32;

/** A UUID (version 8, RFC 9562) that is the same in every attempt of this activity and in no other. */
function stepId(): string {
  const { workflowExecution, activityId } = activityInfo();
  const step = `${workflowExecution?.workflowId ?? ''}\n${workflowExecution?.runId ?? ''}\n${activityId}`;
  const hex = createHash('sha256').update(step).digest('hex').slice(0, UUID_HEX_LENGTH);
  return hex.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12})$/, '$1-$2-8$3-8$4-$5');
}
