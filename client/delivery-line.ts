/**
 * Commits deliveries of one channel together: those that arrive while a transaction is under way share the next one, so
 * a busy ingress pays for one commit and few round trips instead of one for each. Nobody is answered before the commit
 * of what it sent; one delivery that cannot be stored does not take the others with it; and when more comes than can be
 * stored, it is refused soon and unstored instead of being kept waiting.
 */
import { recordDeliveries, type Delivery, type DeliveryResult, type Patience } from '../db/carrier-events.ts';
import type { Database } from '../db/database.ts';
import { sqlStateOf } from '../db/errors.ts';
import { isDatabaseAway } from './database-away.ts';

/** Stores one delivery; resolves when it is committed. @throws LineBusyError and what the database says */
export type RecordDelivery = (delivery: Delivery) => Promise<DeliveryResult>;

/** Nothing of the delivery was stored, because there is no time for it now; it may be sent again. */
export class LineBusyError extends Error {
  constructor(why: string) {
    super(why);
    this.name = 'LineBusyError';
  }
}

export interface LineLimits {
  /** Deliveries of a channel that wait; one more is refused at once. */
  waitingMax: number;
  /** A delivery whose turn has not come within this is refused. */
  waitMs: number;
  patience: Patience;
}

/** Together less than the five seconds after which HTTP answers for a database that hangs (`database-deadline.ts`). */
const LIMITS: LineLimits = {
  // Some seconds' worth of a busy machine; bodies are small, and more would only wait for their refusal.
  waitingMax: 500,
  waitMs: 2_500,
  // An order is locked for milliseconds; an import's slice or a hanging process may take longer.
  patience: { lockMs: 2_000, statementMs: 2_500 },
};
/** So many share a transaction at most: its row locks must be held for milliseconds. */
const TOGETHER_MAX = 50;
/** Transactions of one channel at the same time: while one waits for its commit the next one is put together. */
const AT_ONCE_MAX = 2;
/** Of a transaction that failed, so many deliveries are tried at the same time, each by itself. */
const ALONE_AT_ONCE_MAX = 3;
/** lock_not_available and query_canceled: patience is over, and nothing was stored. */
const OUT_OF_PATIENCE: readonly (string | null)[] = ['55P03', '57014'];

interface Waiting {
  delivery: Delivery;
  /** On the clock of `performance.now()`. */
  until: number;
  resolve: (result: DeliveryResult) => void;
  reject: (error: unknown) => void;
}

interface Line {
  waiting: Waiting[];
  running: number;
  /** Set while somebody waits: when the first of them has waited for too long. */
  timer?: NodeJS.Timeout | undefined;
}

/** A recorder that commits what comes at the same time together. Deliveries of one channel are taken in their sequence. */
export function createDeliveryLine(db: Database, limits: LineLimits = LIMITS): RecordDelivery {
  const lines = new Map<string, Line>();

  const run = (channelId: string, line: Line): void => {
    while (line.running < AT_ONCE_MAX && line.waiting.length > 0) {
      // A lone one goes at once; more go together when a transaction has ended.
      if (line.running > 0 && line.waiting.length < 2) break;
      const taken = line.waiting.splice(0, TOGETHER_MAX);
      line.running += 1;
      void commit(db, channelId, taken, limits.patience).then(() => {
        line.running -= 1;
        if (line.running === 0 && line.waiting.length === 0) lines.delete(channelId);
        run(channelId, line);
      });
    }
    watch(channelId, line);
  };

  /** Refuses those who have waited for too long, also when no transaction ends. */
  const watch = (channelId: string, line: Line): void => {
    clearTimeout(line.timer);
    line.timer = undefined;
    while ((line.waiting[0]?.until ?? Infinity) <= performance.now()) refuseLate(line.waiting.shift());
    const first = line.waiting[0];
    if (first === undefined) return;
    line.timer = setTimeout(() => run(channelId, line), Math.max(1, first.until - performance.now()));
  };

  return (delivery) =>
    new Promise((resolve, reject) => {
      const { channelId } = delivery;
      const line = lines.get(channelId) ?? { waiting: [], running: 0 };
      if (line.waiting.length >= limits.waitingMax) {
        reject(new LineBusyError(`${String(limits.waitingMax)} deliveries of this channel wait already.`));
        return;
      }
      lines.set(channelId, line);
      line.waiting.push({ delivery, until: performance.now() + limits.waitMs, resolve, reject });
      run(channelId, line);
    });
}

function refuseLate(late: Waiting | undefined): void {
  late?.reject(new LineBusyError('More deliveries come than the database stores in time.'));
}

/** Never rejects: each of them is answered with its result or its error. */
async function commit(
  db: Database,
  channelId: string,
  taken: readonly Waiting[],
  patience: Patience,
): Promise<void> {
  try {
    const deliveries = taken.map(({ delivery }) => delivery);
    const results = await recordDeliveries(db, channelId, deliveries, patience);
    for (const [at, { resolve, reject }] of taken.entries()) {
      const result = results[at];
      if (result === undefined) reject(new Error('a delivery was not answered'));
      else resolve(result);
    }
  } catch (error) {
    if (taken.length === 1 || isDatabaseAway(error)) {
      for (const { reject } of taken) reject(asAnswer(error));
      return;
    }
    // Nothing of them was committed: each by itself, so that only the one that cannot be stored is refused.
    const left = taken.values();
    const alone = async (): Promise<void> => {
      for (const one of left) {
        if (one.until <= performance.now()) refuseLate(one);
        else await commit(db, channelId, [one], patience);
      }
    };
    await Promise.all(Array.from({ length: ALONE_AT_ONCE_MAX }, alone));
  }
}

function asAnswer(error: unknown): unknown {
  if (!OUT_OF_PATIENCE.includes(sqlStateOf(error))) return error;
  const busy = new LineBusyError('The order is being worked at, or the database is slow.');
  busy.cause = error;
  return busy;
}
