/**
 * One slice of an import run as one transaction: the orders of a page with everything that follows from them, the
 * run's counts, and its cursor, fenced on where the cursor stood. After a crash the same slice may come again; then it
 * finds the cursor moved and changes nothing.
 */
import { isDeepStrictEqual } from 'node:util';
import type { LocalFields } from '../domain/order-label.ts';
import type { Database, Tx } from './database.ts';
import { inTransaction } from './database.ts';
import { DbError } from './errors.ts';
import { keepOutcomes } from './import-outcomes.ts';
import { lockRun, type ImportRun } from './import-runs.ts';
import type { ImportCounts, ImportCursor, ImportWindow } from './schema.ts';
import { storeReads, type SliceRow, type StoredRead } from './store-orders.ts';

export type { SliceRow, StoredRead } from './store-orders.ts';

export interface SliceInput {
  runId: string;
  /** Where the run stood when the page was asked for. */
  expectedCursor: ImportCursor;
  /** Where it stands afterwards; differs from `expectedCursor`, because it is the fence. */
  nextCursor: ImportCursor;
  /** Everything on the page, in the page's order. */
  rows: readonly SliceRow[];
  /** Fields that a new order starts with and the store does not own; absent: none. */
  local?: LocalFields;
  /** The run's window with its end, once the first answer has told the store's clock; absent: as it is. */
  window?: ImportWindow;
  /** Calls that the slice made, for the run's counts. */
  apiCalls: number;
  now: string;
}

export interface StoredSlice {
  /** True: the slice was stored before; nothing was changed, and `reads` is empty. */
  repeated: boolean;
  reads: StoredRead[];
  /** Reads that created or updated an order. */
  changed: number;
  /** The run after this slice. */
  cursor: ImportCursor;
  counts: ImportCounts;
  slices: number;
}

/**
 * Stores a slice. Refuses `run_unknown`, `run_ended` (a run that failed or was cancelled takes no more). May be
 * repeated. Slices of one channel are stored one after the other.
 */
export async function storeSlice(db: Database, slice: SliceInput): Promise<StoredSlice> {
  if (isDeepStrictEqual(slice.expectedCursor, slice.nextCursor)) {
    throw new RangeError(
      'a slice must move the cursor: it could not be told from its own repetition otherwise',
    );
  }
  return inTransaction(db, async (tx) => {
    const run = await lockRun(tx, slice.runId);
    if (!isDeepStrictEqual(run.cursor, slice.expectedCursor)) {
      return answer(run, { repeated: true, reads: [] });
    }
    if (run.state !== 'running') {
      throw new DbError(
        'run_ended',
        `Import run ${run.id} of channel ${run.channelId} has ended as ${run.state} and takes no more orders. Start a new import.`,
        { runId: run.id, state: run.state },
      );
    }
    const { storeHash, siblings } = await lockImports(tx, run.channelId);
    const { reads } = await storeReads(tx, {
      channelId: run.channelId,
      storeHash,
      siblings,
      rows: slice.rows,
      local: slice.local ?? {},
      runId: run.id,
      now: slice.now,
    });
    const moved: ImportRun = {
      ...run,
      cursor: slice.nextCursor,
      window: slice.window ?? run.window,
      counts: addToCounts(run.counts, reads, slice.apiCalls),
      slices: run.slices + 1,
    };
    if (run.mode === 'ids') await keepOutcomes(tx, { runId: run.id, reads });
    await tx.sql`
      update import_runs
      set cursor = ${JSON.stringify(moved.cursor)}::jsonb, counts = ${JSON.stringify(moved.counts)}::jsonb,
        "window" = ${JSON.stringify(moved.window)}::jsonb, slices = ${moved.slices}
      where id = ${run.id}`;
    return answer(moved, { repeated: false, reads });
  });
}

/**
 * Stores single reads outside any run, for the reconciliation, as one transaction by the same rules. May be repeated.
 * Refuses `channel_unknown`.
 */
export async function storeSingleReads(
  db: Database,
  input: { channelId: string; rows: readonly SliceRow[]; local?: LocalFields; now: string },
): Promise<StoredRead[]> {
  return inTransaction(db, async (tx) => {
    const locked = await lockImports(tx, input.channelId);
    const { reads } = await storeReads(tx, { ...input, local: input.local ?? {}, ...locked, runId: null });
    return reads;
  });
}

/** Counts of a run with the reads of one slice added; conservation holds after it if it held before. */
export function addToCounts(
  counts: ImportCounts,
  reads: readonly StoredRead[],
  apiCalls: number,
): ImportCounts {
  const sum: ImportCounts = {
    ...counts,
    rejected: { ...counts.rejected },
    setAside: { ...counts.setAside },
    seen: counts.seen + reads.length,
    apiCalls: counts.apiCalls + apiCalls,
  };
  const add = (parts: Record<string, number>, reason: string): void => {
    parts[reason] = (parts[reason] ?? 0) + 1;
  };
  for (const { outcome, rule } of reads) {
    switch (outcome) {
      case 'created':
        sum.created += 1;
        break;
      case 'updated':
        sum.updated += 1;
        break;
      case 'unchanged':
      case 'older':
        sum.unchanged += 1;
        break;
      case 'rejected':
        add(sum.rejected, rule ?? 'gate');
        break;
      case 'missing':
        add(sum.rejected, 'not_found');
        break;
      case 'held':
      case 'unreadable':
        add(sum.setAside, outcome);
        break;
    }
  }
  return sum;
}

/**
 * Makes this transaction the only one that creates orders of the channel, so that a statement that finds an order
 * unknown is right about it. Released at its end.
 */
async function lockImports(tx: Tx, channelId: string): Promise<{ storeHash: string; siblings: string[] }> {
  const [, [channel]] = await Promise.all([
    tx.sql`select pg_advisory_xact_lock(hashtextextended(${`waybill import ${channelId}`}, 0))`,
    tx.sql<{ storeHash: string; siblings: string[] }[]>`
      select c.store_hash as "storeHash",
        array(select s.id from channels s where s.store_hash = c.store_hash and s.id <> c.id order by s.id) as siblings
      from channels c where c.id = ${channelId}`,
  ]);
  if (channel === undefined) {
    throw new DbError('channel_unknown', `There is no channel ${channelId}. See: waybill channel list`, {
      channelId,
    });
  }
  return channel;
}

function answer(run: ImportRun, slice: { repeated: boolean; reads: StoredRead[] }): StoredSlice {
  const changed = slice.reads.filter(({ outcome }) => outcome === 'created' || outcome === 'updated').length;
  return { ...slice, changed, cursor: run.cursor, counts: run.counts, slices: run.slices };
}
