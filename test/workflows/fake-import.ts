// The import activities of the contract over a script of slices: what the workflow may expect of database and store.
import { ApplicationFailure } from '@temporalio/common';
import type {
  ImportDatabaseActivities,
  ImportResult,
  ImportStoreActivities,
  SliceResult,
} from '../../workflows/contract.ts';

type Begin = Parameters<ImportDatabaseActivities['beginImport']>[0];

export class FakeImport {
  readonly begun: Begin[] = [];
  readonly ended: string[] = [];
  readonly handedOver: string[] = [];
  /** Answers of the slices to come, by channel; afterwards a slice is done and empty. */
  readonly slices = new Map<string, SliceResult[]>();
  /** By channel: how many hinted orders are due; each slice reads up to 25. */
  readonly dueHints = new Map<string, number>();
  readonly hintSlices: string[] = [];
  nothingToDo = new Set<string>();
  failSlices = new Map<string, ApplicationFailure>();
  beforeSlice: (channelId: string) => Promise<void> = async () => undefined;
  beforeFinish: (channelId: string) => Promise<void> = async () => undefined;
  handOverFails = false;
  readonly #channelOf = new Map<string, string>();
  #runs = 0;

  activities(): ImportDatabaseActivities & ImportStoreActivities {
    return {
      beginImport: async (begin) => {
        this.begun.push(begin);
        const runId = `run-${String(++this.#runs)}`;
        this.#channelOf.set(runId, begin.input.channelId);
        return { runId, nothingToDo: this.nothingToDo.has(begin.input.channelId) };
      },
      importSlice: async ({ runId }) => {
        const channelId = this.#channel(runId);
        await this.beforeSlice(channelId);
        const failure = this.failSlices.get(channelId);
        if (failure !== undefined) throw failure;
        return this.slices.get(channelId)?.shift() ?? { done: true, seen: 0, changed: 0, waiting: 0 };
      },
      importHints: async ({ runId }) => {
        const channelId = this.#channel(runId);
        const due = this.dueHints.get(channelId) ?? 0;
        const read = Math.min(25, due);
        this.dueHints.set(channelId, due - read);
        await this.beforeSlice(channelId);
        this.hintSlices.push(`${channelId}:${String(read)}`);
        return { done: due - read === 0, seen: read, changed: read, waiting: 0, nextDueInMs: null };
      },
      openLifecycles: async ({ channelId }) => {
        if (this.handOverFails) throw ApplicationFailure.nonRetryable('Temporal says no', 'Refused');
        this.handedOver.push(channelId);
        return { opened: 1, left: 0 };
      },
      finishImport: async ({ runId }) => {
        const channelId = this.#channel(runId);
        await this.beforeFinish(channelId);
        this.ended.push(`${channelId} ${runId} done`);
        return result(runId, channelId);
      },
      failImport: async ({ runId, state, failure }) => {
        this.ended.push(`${this.#channel(runId)} ${runId} ${state}: ${failure}`);
      },
    };
  }

  endsOf(channelId: string): string[] {
    return this.ended
      .filter((end) => end.startsWith(`${channelId} `))
      .map((end) => end.replace(/ run-\d+ /, ' '));
  }

  #channel(runId: string): string {
    const channelId = this.#channelOf.get(runId);
    if (channelId === undefined) throw new Error(`no run ${runId}`);
    return channelId;
  }
}

function result(runId: string, channelId: string): ImportResult {
  return {
    runId,
    channelId,
    mode: 'watermark',
    seen: 0,
    created: 0,
    updated: 0,
    unchanged: 0,
    rejected: {},
    setAside: {},
    opened: 0,
    slices: 0,
    apiCalls: 0,
    window: { from: null, to: null },
  };
}
