// One import by the real activities in this process, without Temporal: slices until the run is done.
import { MockActivityEnvironment } from '@temporalio/testing';
import { randomUUID } from 'node:crypto';
import { DEFAULT_TIMING, type ActivityDeps } from '../../activities/deps.ts';
import { finishImport } from '../../activities/import-runs.ts';
import { importSlice } from '../../activities/import-slice.ts';
import type { Database } from '../../db/database.ts';
import { beginRun, getRun, type ImportRun } from '../../db/import-runs.ts';
import { importWindow } from '../../domain/import-cursor.ts';
import { benchSecrets } from './installation.ts';

const TIMEOUT_MS = 45_000;

export function benchDeps(db: Database): ActivityDeps {
  const silent = (): void => undefined;
  return {
    db,
    secrets: benchSecrets(),
    temporal: { open: async () => undefined, wake: async () => undefined, wakeHints: async () => undefined },
    clock: () => new Date().toISOString(),
    logger: { debug: silent, info: silent, warn: silent, error: silent },
    storeAccess: { allowLoopback: true, extraHosts: [], timeoutMs: TIMEOUT_MS, userAgent: 'Waybill/bench' },
    timing: DEFAULT_TIMING,
    publicUrl: null,
  };
}

/** The row of a first import of the channel. */
export async function beginFirstRun(deps: ActivityDeps, channelId: string): Promise<ImportRun> {
  const now = deps.clock();
  const begun = importWindow({ request: { channelId }, watermark: null, nominalTime: null, now });
  return beginRun(deps.db, {
    id: randomUUID(),
    channelId,
    workflowId: `import:${channelId}:bench`,
    mode: begun.mode,
    input: {},
    window: begun.window,
    cursor: begun.cursor,
    now,
  });
}

/** A first import of the channel, until its end; `onSlice` after each slice. */
export async function runImport(
  deps: ActivityDeps,
  channelId: string,
  onSlice: () => void = () => undefined,
): Promise<ImportRun> {
  const { id: runId } = await beginFirstRun(deps, channelId);
  const attempt = <T>(body: () => Promise<T>): Promise<T> =>
    new MockActivityEnvironment({ attempt: 1, startToCloseTimeoutMs: 120_000 }).run(body);
  for (let done = false; !done;) {
    ({ done } = await attempt(() => importSlice(deps, { runId })));
    onSlice();
  }
  await attempt(() => finishImport(deps, { runId }));
  const run = await getRun(deps.db, runId);
  if (run === null) throw new Error('the run is gone');
  return run;
}
