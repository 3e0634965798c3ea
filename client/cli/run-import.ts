/**
 * Carries out one import that a person asked for: starts or joins it, shows how it goes, and that its counts add up. What
 * is asked for is the caller's.
 */
import type {
  ImportInput,
  ImportProgress,
  ImportResult,
  WaybillWorkflows,
} from '../../workflows/contract.ts';
import type { Output } from './output.ts';
import type { OutcomesTold } from './outcomes-command.ts';
import type { Session } from './session.ts';

export interface AskedImport {
  input: ImportInput;
  /** With the channel the workflow's id. */
  name: string;
  /** For the list of workflows: no customer data. */
  summary: string;
  ifRunning: 'join' | 'refuse';
  detach: boolean;
}

/** For machines: which run it is, with its counts unless it was not waited for. */
export type FollowedImport = {
  workflowId: string;
  temporalRunId: string;
  link: string | null;
  detached: boolean;
} & Partial<ImportResult> &
  Partial<OutcomesTold>;

/** @throws CommandError and TemporalUnavailableError, as {@link startAndFollow} does */
export async function runImport(session: Session, asked: AskedImport): Promise<FollowedImport> {
  const { input, name, summary, ifRunning, detach } = asked;
  const { out } = session;
  const [{ ALL_QUEUES, startAndFollow }, { startImport }, { importProgress }, { manualImportId }] =
    await Promise.all([
      import('./follow.ts'),
      import('../manual-import.ts'),
      import('../../workflows/contract.ts'),
      import('../../domain/ids.ts'),
    ]);
  const workflowId = manualImportId(input.channelId, name);
  const { started, result } = await startAndFollow<WaybillWorkflows['importOrders']>(session, {
    what: `the import of ${input.channelId}`,
    workflowId,
    start: (client) => startImport(client, { input, name, summary }),
    queues: ALL_QUEUES,
    ifRunning,
    detach,
    describe: async (handle) => describeProgress(await handle.query(importProgress)),
  });
  const { runId: temporalRunId, link } = started;
  if (result === null) {
    out.line(`Started: ${workflowId}`);
    return { workflowId, temporalRunId, link, detached: true };
  }
  showCounts(out, result);
  const outcomes = result.mode === 'ids' ? await outcomesOf(session, result) : null;
  if (link !== null) out.line(`See ${link}`);
  return { ...result, ...outcomes, workflowId, temporalRunId, link, detached: false };
}

/** What became of every order that was given. */
async function outcomesOf(session: Session, result: ImportResult): Promise<OutcomesTold | null> {
  const [{ showOutcomes }, { requireRun }] = await Promise.all([
    import('./outcomes-command.ts'),
    import('../../db/import-runs.ts'),
  ]);
  const db = await session.database();
  return showOutcomes(session.out, db, await requireRun(db, result.runId));
}

function describeProgress(progress: ImportProgress): string {
  const { seen, total, changed, slices, waiting, etaSeconds } = progress;
  const share =
    total === null || total === 0
      ? ''
      : ` of ${String(total)} (${String(Math.floor((seen / total) * 100))} %)`;
  const end = etaSeconds === null ? '' : `, about ${inWords(etaSeconds)} left`;
  return `${String(seen)}${share} seen, ${String(changed)} changed, ${String(slices)} pages, ${String(waiting)} to open${end}`;
}

function inWords(seconds: number): string {
  if (seconds < 90) return `${String(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 90 ? `${String(minutes)} min` : `${(minutes / 60).toFixed(1)} h`;
}

/** Conservation: what was seen is what became of it. */
function showCounts(out: Output, result: ImportResult): void {
  const { seen, created, updated, unchanged } = result;
  const rejected = countOf(result.rejected);
  const setAside = countOf(result.setAside);
  out.line(
    `${String(seen)} seen = ${String(created)} created + ${String(updated)} updated + ${String(unchanged)} unchanged + ${String(rejected)} rejected${reasons(result.rejected)} + ${String(setAside)} set aside${reasons(result.setAside)}`,
  );
  const missing = seen - created - updated - unchanged - rejected - setAside;
  if (missing !== 0)
    out.line(`The counts do not add up: ${String(missing)} orders are unaccounted for. Please report this.`);
  out.line(
    `${String(result.opened)} lifecycles opened, ${String(result.slices)} pages, ${String(result.apiCalls)} API calls`,
  );
  if (created + updated > 0)
    out.line(
      `List them: waybill orders ${result.channelId} --since-run ${result.runId}${updated > 0 ? ' --updated' : ''}`,
    );
  if (result.window.from !== null || result.window.to !== null)
    out.line(`Window: ${result.window.from ?? 'the beginning'} to ${result.window.to ?? 'now'}`);
}

function reasons(counts: Record<string, number>): string {
  const entries = Object.entries(counts);
  return entries.length === 0
    ? ''
    : ` (${entries.map(([reason, count]) => `${reason}: ${String(count)}`).join(', ')})`;
}

/** Of all reasons together. */
export function countOf(counts: Record<string, number>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}
