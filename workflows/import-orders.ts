/**
 * One import: slice by slice, each stored with its cursor in one transaction, lifecycles handed over in batches, the
 * run's row closed whatever happens. Orders never pass through here, only ids and counts.
 */
import {
  CancellationScope,
  ContinueAsNew,
  isCancellation,
  log,
  makeContinueAsNewFunc,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import { parseImportInput } from '../domain/import-input.ts';
import {
  hintsWaiting,
  importProgress,
  type ImportDatabaseActivities,
  type ImportInput,
  type ImportProgress,
  type ImportResult,
  type ImportStoreActivities,
  type SliceResult,
} from './contract.ts';
import { invalidInput, sentenceOf } from './failures.ts';
import * as policies from './policies.ts';
import { nominalTime, showChannel } from './search-attributes.ts';

/** Lifecycles waiting before they are handed over: each hand-over costs six events, so slices are gathered. */
const HAND_OVER_AT = 200;
/** A run that works off hints ends after this; the sweep starts the next one for what is left. */
const HINT_RUN_MAX_MS = 10 * 60_000;

const database = proxyActivities<Pick<ImportDatabaseActivities, 'beginImport' | 'finishImport'>>(
  policies.database,
);
const lastWords = proxyActivities<Pick<ImportDatabaseActivities, 'failImport'>>(policies.lastWords);

/**
 * Imports orders of one channel; without a range, what changed since the channel's watermark. May be repeated: older
 * never overwrites newer. A cancelled run keeps what it stored.
 * @throws ApplicationFailure `InvalidInput` in plain words for what a person mistyped
 */
export async function importOrders(input: ImportInput): Promise<ImportResult> {
  const given = checked(input);
  const ofHints = given.hints === true;

  // Messages.
  const progress: ImportProgress = {
    runId: given.runId ?? null,
    slices: 0,
    seen: 0,
    changed: 0,
    waiting: 0,
    total: null,
    etaSeconds: null,
  };
  let hinted = false;
  setHandler(hintsWaiting, () => {
    hinted = ofHints;
  });
  setHandler(importProgress, () => progress);

  // Main flow.
  showChannel(given.channelId);
  const timeIsUp = () => ofHints && Date.now() - workflowInfo().runStartTime.getTime() > HINT_RUN_MAX_MS;
  let runId = given.runId;
  try {
    if (runId === undefined) {
      const begun = await database.beginImport(beginning(given));
      runId = progress.runId = begun.runId;
      if (begun.nothingToDo) return await database.finishImport({ runId });
    }
    for (let last = false; !last;) {
      hinted = false;
      const slice = await readSlice({ channelId: given.channelId, runId, ofHints, n: progress.slices + 1 });
      show(progress, slice);
      // A hint that came meanwhile may be of an order that this slice did not see.
      const isLast = () => timeIsUp() || (slice.done && !hinted);
      if (slice.waiting >= HAND_OVER_AT || (isLast() && slice.waiting > 0))
        await handOver(given.channelId, runId);
      last = isLast();
      if (!last && workflowInfo().continueAsNewSuggested) return await continueWith({ ...given, runId });
    }
    const result = await database.finishImport({ runId });
    runId = undefined;
    // A hint that came while the row was closed gets a run of its own.
    return hinted && !timeIsUp() ? await continueWith({ channelId: given.channelId, hints: true }) : result;
  } catch (error) {
    const open = runId;
    if (open !== undefined && !(error instanceof ContinueAsNew)) {
      await CancellationScope.nonCancellable(() => closeRow(open, error));
    }
    throw error;
  }
}

/** @throws ApplicationFailure `InvalidInput` with every problem */
function checked(input: unknown): ImportInput {
  const parsed = parseImportInput(input);
  if (parsed.ok) return parsed.input;
  throw invalidInput(parsed.problems.map((problem) => `${problem.field}: ${problem.message}`).join('\n'));
}

function beginning(given: ImportInput): Parameters<ImportDatabaseActivities['beginImport']>[0] {
  return { input: given, workflowId: workflowInfo().workflowId, nominalTime: nominalTime() };
}

async function readSlice(slice: {
  channelId: string;
  runId: string;
  ofHints: boolean;
  n: number;
}): Promise<SliceResult> {
  const store = proxyActivities<ImportStoreActivities>(policies.storeRead(slice.channelId));
  const question: [{ runId: string }] = [{ runId: slice.runId }];
  return slice.ofHints
    ? store.importHints.executeWithOptions({ summary: `due hints, slice ${String(slice.n)}` }, question)
    : store.importSlice.executeWithOptions({ summary: `from page ${String(slice.n)}` }, question);
}

function show(progress: ImportProgress, slice: SliceResult): void {
  progress.slices = slice.slices ?? progress.slices + 1;
  progress.seen = slice.seen;
  progress.changed = slice.changed;
  progress.waiting = slice.waiting;
  progress.total = slice.total ?? null;
  progress.etaSeconds = slice.etaSeconds ?? null;
  setCurrentDetails(
    `page ${String(progress.slices)}: ${String(slice.seen)}${progress.total === null ? '' : ` of ${String(progress.total)}`} seen, ${String(slice.changed)} changed, ${String(slice.waiting)} waiting for their lifecycle`,
  );
}

/** What is left in the outbox is the sweep's; an import must not fail for it. */
async function handOver(channelId: string, runId: string): Promise<void> {
  const door = proxyActivities<Pick<ImportDatabaseActivities, 'openLifecycles'>>(
    policies.handOver(channelId),
  );
  try {
    await door.openLifecycles.executeWithOptions({ summary: 'opens lifecycles' }, [{ channelId, runId }]);
  } catch (error) {
    if (isCancellation(error)) throw error;
    log.warn(`Lifecycles were not opened, the sweep will: ${sentenceOf(error)}`);
  }
}

async function continueWith(next: ImportInput): Promise<never> {
  const again = makeContinueAsNewFunc<typeof importOrders>({
    typedSearchAttributes: workflowInfo().typedSearchAttributes,
  });
  return again(next);
}

async function closeRow(runId: string, error: unknown): Promise<void> {
  const cancelled = isCancellation(error);
  const failure = cancelled ? 'A person cancelled the import; what it had stored stays.' : sentenceOf(error);
  try {
    await lastWords.failImport({ runId, state: cancelled ? 'cancelled' : 'failed', failure });
  } catch (unclosed) {
    log.warn(`The import's row could not be closed: ${sentenceOf(unclosed)}`, { runId });
  }
}
