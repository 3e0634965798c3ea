/**
 * Where an import run keeps answers of detail calls until it ends, so that a slice that is tried again, or the next one,
 * asks the store nothing twice. It holds what our own code put there, of this very run.
 */
import { readDetails, saveDetail } from '../db/import-details.ts';
import type { ActivityDeps } from './deps.ts';

export interface RunShelf {
  /** What is there of these keys. */
  find(kind: string, keys: readonly string[]): Promise<Map<string, unknown>>;
  /** The first answer of a key stays. */
  keep(kind: string, key: string, answer: unknown): Promise<void>;
}

/** For reads that are not part of an import run: nothing is kept. */
export const NO_SHELF: RunShelf = { find: async () => new Map(), keep: async () => undefined };

/** The shelf of a run: rows of `import_details`, committed as they come. */
export function runShelf(deps: Pick<ActivityDeps, 'db' | 'clock'>, runId: string): RunShelf {
  return {
    find: async (kind, keys) =>
      keys.length === 0 ? new Map<string, unknown>() : readDetails(deps.db, { runId, kind, keys }),
    keep: (kind, key, answer) => saveDetail(deps.db, { runId, kind, key, answer, now: deps.clock() }),
  };
}

/** The date is part of the key, because a changed order has other lines, payments and refunds. */
export function orderKey(order: { orderId: number; modifiedAt: string }): string {
  return `${String(order.orderId)}@${order.modifiedAt}`;
}
