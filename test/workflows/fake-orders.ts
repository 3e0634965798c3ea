// The order activities of the contract over rows in memory: what the lifecycle may expect of Postgres and the store,
// with faults on request. It decides stages by the last word of an event, nothing more.
import { ApplicationFailure } from '@temporalio/common';
import type { Attention, Stage, StageCounts } from '../../domain/facts.ts';
import type {
  CarrierEventSignal,
  OrderActivities,
  SettleActivities,
  Settled,
  WriteBackActivities,
} from '../../workflows/contract.ts';

const DAY_MS = 86_400_000;

export interface FakeRow {
  stage: Stage;
  attention: Attention | null;
  paused: boolean;
  closed: 'end' | 'no_news' | null;
  stale: boolean;
  lastNewsAt: number;
  staleAfterMs: number;
  closeAfterMs: number;
  eventIds: string[];
  /** Ledger rows that are due, oldest first. */
  steps: { id: string; notBefore: number; retryAt?: string }[];
  written: string[];
  /** Makes a step due at each stage it names. */
  writesAt: Stage[];
}

export type SettleQuestion = Parameters<SettleActivities['settleOrder']>[0];
const END: readonly Stage[] = ['delivered', 'cancelled', 'returned'];
const COUNTS: StageCounts = { needed: 1, imported: 0, trackable: 0, shipped: 0, delivered: 0, returned: 0 };

export class FakeOrders {
  readonly rows = new Map<string, FakeRow>();
  readonly settlements: SettleQuestion[] = [];
  readonly imports: string[] = [];
  readonly words: string[] = [];
  readonly cancelled: string[] = [];
  readonly writeAttempts: string[] = [];
  /** By order: the next so many settlings fail as a lost database does. */
  readonly settleFaults = new Map<number, number>();
  /** Called at the start of each settling and each write, to hold them. */
  beforeSettle: (question: SettleQuestion) => Promise<void> = async () => undefined;
  clock: () => Promise<number> = async () => Date.now();
  beforeWrite: (writeBackId: string) => Promise<void> = async () => undefined;

  row(orderId: number, changes: Partial<FakeRow> = {}): FakeRow {
    const row: FakeRow = {
      stage: 'imported',
      attention: null,
      paused: false,
      closed: null,
      stale: false,
      lastNewsAt: Date.now(),
      staleAfterMs: 30 * DAY_MS,
      closeAfterMs: 90 * DAY_MS,
      eventIds: [],
      steps: [],
      written: [],
      writesAt: [],
      ...changes,
    };
    this.rows.set(`acme:${String(orderId)}`, row);
    return row;
  }

  activities(): SettleActivities & OrderActivities & WriteBackActivities {
    return {
      settleOrder: async (question) => {
        this.settlements.push(question);
        await this.beforeSettle(question);
        const faults = this.settleFaults.get(question.orderId) ?? 0;
        if (faults > 0) {
          this.settleFaults.set(question.orderId, faults - 1);
          throw ApplicationFailure.create({ type: 'DatabaseUnavailable', message: 'Postgres is away.' });
        }
        if (question.channelId === 'nowhere') {
          throw ApplicationFailure.nonRetryable('There is no channel nowhere.', 'UnknownChannel');
        }
        return this.#settle(question, await this.clock());
      },
      requestImport: async ({ channelId, orderId }) =>
        void this.imports.push(`${channelId}:${String(orderId)}`),
      recordOperatorWord: async ({ orderId, action, reason, by, step, stage }) => {
        const about = [String(orderId), stage, step].filter((part) => typeof part === 'string').join(' ');
        this.words.push(`${action} ${about} by ${by}: ${reason}`);
        const row = this.rows.get(`acme:${String(orderId)}`);
        if (row === undefined) throw ApplicationFailure.nonRetryable('This order is not known.', 'Refused');
        if (action === 'pause' || action === 'resume') row.paused = action === 'pause';
        if (action === 'override') row.stage = stage as Stage; // the tests name stages only
        if (action !== 'retry') return;
        const meant = row.steps.filter(({ id }) => (step ?? id) === id);
        if (meant.length === 0) throw ApplicationFailure.nonRetryable('No such write-back.', 'Refused');
        for (const one of meant) {
          one.notBefore = 0;
          one.retryAt = new Date().toISOString();
        }
      },
      recordRunCancelled: async ({ orderId }) => void this.cancelled.push(String(orderId)),
      runWriteBack: async ({ orderId, writeBackId }) => {
        this.writeAttempts.push(writeBackId);
        await this.beforeWrite(writeBackId);
        const row = this.rows.get(`acme:${String(orderId)}`);
        if (row === undefined) throw new Error('no such order');
        row.steps = row.steps.filter((step) => step.id !== writeBackId);
        row.written.push(writeBackId);
        return { outcome: 'confirmed' };
      },
    };
  }

  #settle({ channelId, orderId, events, watchdog }: SettleQuestion, now: number): Settled {
    const row = this.rows.get(`${channelId}:${String(orderId)}`);
    if (row === undefined) return this.#answer(null, now);
    for (const event of events) this.#apply(row, event, now);
    if (watchdog) this.#watch(row, now);
    if (END.includes(row.stage) && row.steps.length === 0) row.closed ??= 'end';
    return this.#answer(row, now);
  }

  #apply(row: FakeRow, event: CarrierEventSignal, now: number): void {
    if (row.eventIds.includes(event.id)) return;
    row.eventIds.push(event.id);
    row.lastNewsAt = now;
    row.stale = false;
    const stage = event['stage'];
    if (typeof stage !== 'string') return;
    row.stage = stage as Stage; // the tests name stages only
    if (row.writesAt.includes(row.stage)) row.steps.push({ id: `${row.stage}-write`, notBefore: 0 });
  }

  #watch(row: FakeRow, now: number): void {
    const silence = now - row.lastNewsAt;
    if (silence >= row.staleAfterMs) row.stale = true;
    if (silence >= row.closeAfterMs) row.closed ??= 'no_news';
  }

  #answer(row: FakeRow | null, now: number): Settled {
    const next = row?.steps[0];
    const ready = next !== undefined && next.notBefore <= now && row?.paused === false;
    return {
      known: row !== null,
      stage: row?.stage ?? null,
      counts: row === null ? null : COUNTS,
      progress: row === null ? 'unknown' : `1 of 1 ${row.stage}`,
      attention: row?.attention ?? (row?.stale === true ? 'stale' : row?.paused === true ? 'paused' : null),
      attentionReason: null,
      paused: row?.paused ?? false,
      due: ready
        ? {
            writeBackId: next.id,
            kind: 'create_shipment',
            summary: `writes ${next.id}`,
            retryAt: next.retryAt ?? null,
          }
        : null,
      dueAt: next === undefined || ready ? null : new Date(next.notBefore).toISOString(),
      done: row !== null && row.closed !== null,
      lastNewsAt: new Date(row?.lastNewsAt ?? now).toISOString(),
      staleAfterMs: row?.staleAfterMs ?? 30 * DAY_MS,
      closeAfterMs: row?.closeAfterMs ?? 90 * DAY_MS,
      details: row === null ? 'not known here' : `stage **${row.stage}**`,
    };
  }
}
