/**
 * The list pages that a store could not answer during a run, kept with it, so that every attempt and every worker asks
 * for the same size (`domain/page-size.ts`). Only appended to, and forgotten with the run's end.
 */
import { readDetails, saveDetail } from '../db/import-details.ts';
import type { ImportRun } from '../db/import-runs.ts';
import { pageSizeAfter, type PageFault } from '../domain/page-size.ts';
import type { ActivityDeps } from './deps.ts';

/** The kind under which faults are kept; their keys count from 0. */
const FAULTS = 'page_fault';

type Deps = Pick<ActivityDeps, 'db' | 'clock'>;
type RunSoFar = Pick<ImportRun, 'id' | 'slices'>;

/** How many orders the run asks for on its next list page. */
export async function pageSize(deps: Deps, run: RunSoFar): Promise<number> {
  return pageSizeAfter(await faultsOf(deps, run.id), run.slices);
}

/** Remembers that the run's next page failed; answers how many orders are asked for then. */
export async function notePageFault(deps: Deps, run: RunSoFar, tooMuch: boolean): Promise<number> {
  const faults = await faultsOf(deps, run.id);
  const fault: PageFault = { slices: run.slices, tooMuch };
  const key = String(faults.length);
  await saveDetail(deps.db, { runId: run.id, kind: FAULTS, key, answer: fault, now: deps.clock() });
  return pageSizeAfter([...faults, fault], run.slices);
}

/** In the sequence in which they happened. */
async function faultsOf(deps: Pick<ActivityDeps, 'db'>, runId: string): Promise<PageFault[]> {
  const kept = await readDetails(deps.db, { runId, kind: FAULTS });
  return [...kept].sort(([a], [b]) => Number(a) - Number(b)).map(([, fault]) => fault as PageFault); // written above, of this very run
}
