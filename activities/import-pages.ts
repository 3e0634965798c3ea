/**
 * The pages of an import run, one after the other: while one is being stored, the next one is asked for and translated.
 * Each page is a transaction of its own with the run's cursor, in the run's sequence, so that the cursor is never ahead
 * of the data and an end at any moment costs at most the page that was being read.
 */
import type { ImportRun } from '../db/import-runs.ts';
import { storeSlice, type StoredSlice } from '../db/import-slice.ts';
import type { RunEstimate } from '../domain/import-estimate.ts';
import type { ActivityDeps } from './deps.ts';
import { failureOf } from './failures.ts';
import { readNextPage, type PageRead, type RunWork } from './next-page.ts';

/**
 * No further page is begun after this, so that people see how far the run is, settings that changed are heeded and
 * other channels get the place. A busy store's page may take longer by itself.
 */
const PAGES_FOR_MS = 2_000;

export interface ImportedPages {
  /** The last page that was stored. */
  stored: StoredSlice;
  estimate: RunEstimate | null;
}

/**
 * Reads and stores pages from where `work.run` stands, at least one or throws. A failure behind the first page ends the
 * work there: the next one meets it with attempts of its own, and what was stored stays told. May be repeated.
 */
export async function importPages(deps: ActivityDeps, work: RunWork): Promise<ImportedPages> {
  const { attempt, session } = work;
  const begun = performance.now();
  const goesOn = () => !attempt.signal.aborted && performance.now() - begun < PAGES_FOR_MS;
  let { run } = work;
  let storing: Promise<ImportedPages> | null = null;
  let calls = 0;
  do {
    let page: PageRead;
    try {
      page = await readNextPage(deps, { ...work, run });
    } catch (error) {
      if (storing === null) throw error;
      deps.logger.debug({ runId: run.id, err: error }, `stopped before a page: ${failureOf(error).message}`);
      break;
    }
    // Somebody else has stored this page: where the run stands now is not for us to say.
    if (storing !== null && (await storing).stored.repeated) break;
    storing = storePage(deps, work, { run, page, apiCalls: session.calls() - calls });
    // Awaited above or below; until then nobody listens.
    storing.catch(() => undefined);
    calls = session.calls();
    run = afterPage(run, page);
  } while (run.cursor.phase !== 'done' && goesOn());
  return storing;
}

async function storePage(
  deps: ActivityDeps,
  { rules }: RunWork,
  { run, page, apiCalls }: { run: ImportRun; page: PageRead; apiCalls: number },
): Promise<ImportedPages> {
  const stored = await storeSlice(deps.db, {
    runId: run.id,
    expectedCursor: run.cursor,
    rows: page.rows,
    nextCursor: page.nextCursor,
    ...(page.window === undefined ? {} : { window: page.window }),
    local: rules.local,
    apiCalls,
    now: deps.clock(),
  });
  return { stored, estimate: page.estimate ?? null };
}

/** The run as it will be when the page is stored. */
function afterPage(run: ImportRun, page: PageRead): ImportRun {
  return { ...run, cursor: page.nextCursor, window: page.window ?? run.window, slices: run.slices + 1 };
}
