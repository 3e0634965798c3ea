/**
 * Commits deliveries of one channel together: those that arrive while a transaction is under way share the next one, so
 * a busy ingress pays for one commit and few round trips instead of one for each. Nobody is answered before the commit
 * of what it sent; one delivery that cannot be stored does not take the others with it.
 */
import {
  recordDeliveries,
  recordDelivery,
  type Delivery,
  type DeliveryResult,
} from '../db/carrier-events.ts';
import type { Database } from '../db/database.ts';
import { isDatabaseAway } from './database-away.ts';

/** Stores one delivery; resolves when it is committed. */
export type RecordDelivery = (delivery: Delivery) => Promise<DeliveryResult>;

/** So many share a transaction at most: its row locks must be held for milliseconds. */
const TOGETHER_MAX = 50;
/** Transactions of one channel at the same time: while one waits for its commit the next one is put together. */
const AT_ONCE_MAX = 2;

interface Waiting {
  delivery: Delivery;
  resolve: (result: DeliveryResult) => void;
  reject: (error: unknown) => void;
}

interface Line {
  waiting: Waiting[];
  running: number;
}

/** A recorder that commits what comes at the same time together. Deliveries of one channel are taken in their sequence. */
export function createDeliveryLine(db: Database): RecordDelivery {
  const lines = new Map<string, Line>();

  const run = (channelId: string, line: Line): void => {
    while (line.running < AT_ONCE_MAX && line.waiting.length > 0) {
      // A lone one goes at once; more go together when a transaction has ended.
      if (line.running > 0 && line.waiting.length < 2) return;
      const taken = line.waiting.splice(0, TOGETHER_MAX);
      line.running += 1;
      void commit(db, channelId, taken).then(() => {
        line.running -= 1;
        if (line.running === 0 && line.waiting.length === 0) lines.delete(channelId);
        else run(channelId, line);
      });
    }
  };

  return (delivery) =>
    new Promise((resolve, reject) => {
      const { channelId } = delivery;
      const line = lines.get(channelId) ?? { waiting: [], running: 0 };
      lines.set(channelId, line);
      line.waiting.push({ delivery, resolve, reject });
      run(channelId, line);
    });
}

/** Never rejects: each of them is answered with its result or its error. */
async function commit(db: Database, channelId: string, taken: readonly Waiting[]): Promise<void> {
  try {
    const results = await recordDeliveries(
      db,
      channelId,
      taken.map(({ delivery }) => delivery),
    );
    for (const [at, { resolve, reject }] of taken.entries()) {
      const result = results[at];
      if (result === undefined) reject(new Error('a delivery was not answered'));
      else resolve(result);
    }
  } catch (error) {
    if (taken.length === 1 || isDatabaseAway(error)) {
      for (const { reject } of taken) reject(error);
      return;
    }
    // Nothing of them was committed: each by itself, so that only the one that cannot be stored is refused.
    for (const { delivery, resolve, reject } of taken)
      await recordDelivery(db, delivery).then(resolve, reject);
  }
}
