/**
 * Stores what was read of many orders in one transaction, with everything that must follow: decisions, hints, outbox,
 * parked events. Older never overwrites newer, and the guard is in the SQL. Knows nothing of runs and cursors
 * (`import-slice.ts`) and never decides whether an order is admitted (`domain/gate.ts`).
 */
import type { OrderDecision } from '../domain/facts.ts';
import type { GateVerdict, LifecycleWish } from '../domain/gate.ts';
import { describeChanges } from '../domain/order-diff.ts';
import type { LocalFields } from '../domain/order-label.ts';
import type { Order } from '../domain/order.ts';
import type { Tx } from './database.ts';
import { lockOrders } from './decide-order.ts';
import { appendDecisions, recordChangedDecisions, type Decision } from './decisions.ts';
import {
  hintBackoffMs,
  leaveHints,
  settleHints,
  type Hint,
  type HintOutcome,
  type ReadAgain,
} from './hints.ts';
import { noteChange } from './note-change.ts';
import { offerOrders } from './outbox.ts';
import { applyParkedEvents } from './parked-events.ts';
import { asksForMore } from './store-change.ts';
import { upsertOrders, type UpsertOutcome } from './upsert-orders.ts';
import { followLocked } from './wake-order.ts';

/** A hint that led to the read, at the generation that was read; settled together with what was read. */
interface FromHint {
  hint?: { generation: number; attempts: number };
}

export interface OrderRead extends FromHint {
  kind: 'order';
  order: Order;
  /** Hash of the canonical order: tells a change from a repeat. */
  contentHash: string;
  /** The order as text that `jsonb` takes, where it was written for the hash; absent: it is written when it is stored. */
  document?: string;
  /** When the store answered; decides between two reads with an equal `modifiedAt`. */
  readAt: string;
  /** Asked for orders that are not known yet; known ones are refreshed whatever it says. */
  verdict: GateVerdict;
  wantsLifecycle: LifecycleWish;
  /** What `decideOrder` says without events; kept at creation, so that a list shows a stage at once. */
  decision?: OrderDecision;
}

/** The store's answer could not be read as an order. `orderId` null: not even its id. */
export interface UnreadableRead extends FromHint {
  kind: 'unreadable';
  orderId: number | null;
  /** The path in the answer and what is wrong there; no customer data. */
  error: string;
}

/** Asked for by id, and the store has no such order (any more). */
export interface MissingRead extends FromHint {
  kind: 'missing';
  orderId: number;
}

export type SliceRow = OrderRead | UnreadableRead | MissingRead;

export type ReadOutcome = UpsertOutcome | 'rejected' | 'held' | 'unreadable' | 'missing';

export interface StoredRead {
  orderId: number | null;
  outcome: ReadOutcome;
  /** The rule that rejected it, and its setting. */
  rule?: string;
  setting?: string;
  /** A sentence where the order did not come in; no customer data. */
  detail?: string;
}

export interface StoredReads {
  /** One entry a row, in the order of the rows. */
  reads: StoredRead[];
  /** Lifecycles that were put into the outbox, first starts included. */
  offered: number;
}

/** Pictures, customs data and the like. */
const UNTOLD = 'Changed in the store: something that is not told here.';

const NOT_THERE = 'The store has no order with this id.';

/** A held order whose rule names no time is read again after this long. */
const HOLD_DEFAULT_MS = 60_000;

/**
 * Stores the reads of one channel. An order that is given twice is stored once, as its newest read says; the other
 * counts as `unchanged`. The caller holds the channel's import lock, so that nobody else creates orders meanwhile. May be repeated: the same
 * reads come out as `unchanged`, and nothing is offered twice.
 */
export async function storeReads(
  tx: Tx,
  input: {
    channelId: string;
    storeHash: string;
    /** Other channels of the same store, whose rows know what is explained. */
    siblings: readonly string[];
    rows: readonly SliceRow[];
    /** Fields that a new order starts with and the store does not own. */
    local: LocalFields;
    runId: string | null;
    now: string;
  },
): Promise<StoredReads> {
  const { channelId, now } = input;
  const newest = newestReads(input.rows);
  const stored = await upsertOrders(tx, { ...input, reads: [...newest.values()] });
  const outcomes = new Map(stored.map((row) => [row.orderId, row]));

  const created = stored.filter((row) => row.outcome === 'created').map((row) => row.orderId);
  const followed = created.filter((orderId) => newest.get(orderId)?.wantsLifecycle.wants === true);
  const reads = input.rows.map((row) => outcomeOf(row, newest, outcomes));
  const decisions = decisionsOf(input, newest, outcomes);
  const hints = hintsOf(input.rows, reads, now);

  const orders = followed.map((orderId) => ({ orderId, first: true }));
  if (hints.settled.length > 0) await settleHints(tx, { channelId, outcomes: hints.settled });
  // One after the other on the connection, but sent at once: waiting for each answer first would leave the server idle
  // for four more round trips a page, which are long ones while the worker translates another.
  const [, , , parked] = await Promise.all([
    recordChangedDecisions(tx, decisions),
    leaveHints(tx, { channelId, hints: hints.left, now }),
    offerOrders(tx, { channelId, orders, now }),
    applyParkedEvents(tx, { channelId, orderIds: created, now }),
  ]);
  const woken = await followChanged(tx, { channelId, stored, newest, runId: input.runId, now });
  const told = new Set([...followed, ...parked.wake.map((wake) => wake.orderId), ...woken]);
  return { reads, offered: told.size };
}

/** Known orders whose store facts changed are decided anew, in the order of their keys; tells which were offered. */
async function followChanged(
  tx: Tx,
  input: {
    channelId: string;
    stored: UpsertedOrders;
    newest: ReadonlyMap<number, OrderRead>;
    runId: string | null;
    now: string;
  },
): Promise<number[]> {
  const changed = new Map(
    input.stored.filter((row) => row.outcome === 'updated').map((row) => [row.orderId, row.before]),
  );
  const woken: number[] = [];
  const told: Decision[] = [];
  for (const row of await lockOrders(tx, input.channelId, [...changed.keys()])) {
    const before = changed.get(row.orderId) ?? null;
    if (before !== null) await noteChange(tx, row, before, input.now);
    const reopened = before !== null && asksForMore(before, row.canonical);
    const detail = before === null ? null : (describeChanges(before, row.canonical) ?? UNTOLD);
    if (detail !== null) {
      const { channelId, orderId } = row;
      told.push({
        channelId,
        orderId,
        at: input.now,
        runId: input.runId,
        kind: 'event',
        outcome: 'refreshed',
        detail,
      });
    }
    const followed = await followLocked(tx, row, input.now, { reopened, storeChanged: true });
    if (followed.offered !== null) woken.push(row.orderId);
  }
  // Each is a change of its own, also in the words of the one before: a run's orders are found by them.
  await appendDecisions(tx, told);
  return woken;
}

type UpsertedOrders = Awaited<ReturnType<typeof upsertOrders>>;

/** The newest read of each order, by id. */
function newestReads(rows: readonly SliceRow[]): Map<number, OrderRead> {
  const newest = new Map<number, OrderRead>();
  for (const row of rows) {
    if (row.kind !== 'order') continue;
    const other = newest.get(row.order.orderId);
    if (other === undefined || isNewer(row, other)) newest.set(row.order.orderId, row);
  }
  return new Map([...newest].sort(([a], [b]) => a - b));
}

function isNewer(read: OrderRead, than: OrderRead): boolean {
  const [a, b] = [Date.parse(read.order.modifiedAt), Date.parse(than.order.modifiedAt)];
  return a > b || (a === b && Date.parse(read.readAt) >= Date.parse(than.readAt));
}

function outcomeOf(
  row: SliceRow,
  newest: ReadonlyMap<number, OrderRead>,
  outcomes: ReadonlyMap<number, { outcome: UpsertOutcome | 'not_stored' }>,
): StoredRead {
  if (row.kind === 'unreadable') return { orderId: row.orderId, outcome: row.kind, detail: row.error };
  if (row.kind === 'missing') return { orderId: row.orderId, outcome: row.kind, detail: NOT_THERE };
  const { orderId } = row.order;
  if (newest.get(orderId) !== row) return { orderId, outcome: 'unchanged' };
  const stored = outcomes.get(orderId)?.outcome ?? 'not_stored';
  if (stored !== 'not_stored') return { orderId, outcome: stored };
  const { verdict } = row;
  if (verdict.admitted) throw new Error('an admitted order was not stored');
  const setting = verdict.setting === '' ? {} : { setting: verdict.setting };
  return { orderId, outcome: verdict.kind, rule: verdict.rule, ...setting, detail: verdict.detail };
}

function decisionsOf(
  input: { channelId: string; rows: readonly SliceRow[]; runId: string | null; now: string },
  newest: ReadonlyMap<number, OrderRead>,
  outcomes: ReadonlyMap<number, { outcome: UpsertOutcome | 'not_stored' }>,
): Decision[] {
  const decisions: Decision[] = [];
  const decide = (orderId: number, kind: Decision['kind'], outcome: string, detail: string): void => {
    decisions.push({
      channelId: input.channelId,
      orderId,
      at: input.now,
      runId: input.runId,
      kind,
      outcome,
      detail,
    });
  };
  for (const [orderId, { verdict, wantsLifecycle }] of newest) {
    const outcome = outcomes.get(orderId)?.outcome;
    if (outcome === 'not_stored' && !verdict.admitted) {
      const where = verdict.setting === '' ? '' : ` (${verdict.setting})`;
      decide(orderId, 'gate', `${verdict.kind}:${verdict.rule}`, `${verdict.detail}${where}`);
    }
    if (outcome !== 'created') continue;
    // One row for both: a first import writes as many of them as orders.
    const followed = wantsLifecycle.wants ? 'is followed' : 'is not followed';
    const why = (verdict.admitted ? verdict.because : undefined) ?? 'No rule keeps the order out.';
    decide(orderId, 'gate', 'admitted', `${why} It ${followed} from here on.`);
    if (!wantsLifecycle.wants) {
      decide(orderId, 'lifecycle', `not_opened:${wantsLifecycle.reason}`, wantsLifecycle.detail);
    }
  }
  for (const row of input.rows) {
    if (row.kind === 'unreadable') decide(row.orderId ?? 0, 'gate', 'unreadable', row.error);
    if (row.kind === 'missing') decide(row.orderId, 'gate', 'rejected:not_found', NOT_THERE);
  }
  return decisions;
}

/**
 * A read that came from a hint settles that hint and leaves no other; any other read leaves a hint where the order is
 * set aside. Never both (design section 7).
 */
function hintsOf(
  rows: readonly SliceRow[],
  reads: readonly StoredRead[],
  now: string,
): { left: Hint[]; settled: HintOutcome[] } {
  const left: Hint[] = [];
  const settled: HintOutcome[] = [];
  rows.forEach((row, at) => {
    const outcome = reads[at]?.outcome;
    const orderId = row.kind === 'order' ? row.order.orderId : row.orderId;
    if (orderId === null || outcome === undefined) return;
    const again = setAside(row, outcome, now);
    if (row.hint !== undefined) {
      const { generation } = row.hint;
      settled.push(again === null ? { orderId, generation } : { orderId, generation, again });
    } else if (again !== null) {
      const { dueAt, reason, error } = again;
      left.push({ orderId, dueAt, reason, ...(error === null ? {} : { error }) });
    }
  });
  return { left, settled };
}

/** Null: the read was complete. */
function setAside(row: SliceRow, outcome: ReadOutcome, now: string): ReadAgain | null {
  if (row.kind === 'unreadable') {
    const dueAt = later(now, hintBackoffMs((row.hint?.attempts ?? 0) + 1));
    return { dueAt, reason: 'unreadable', failed: true, error: row.error };
  }
  if (row.kind !== 'order' || outcome !== 'held' || row.verdict.admitted) return null;
  const dueAt = row.verdict.until ?? later(now, HOLD_DEFAULT_MS);
  return { dueAt, reason: 'held', failed: false, error: null };
}

function later(now: string, byMs: number): string {
  return new Date(Date.parse(now) + byMs).toISOString();
}
