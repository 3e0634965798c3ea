/**
 * What a lifecycle does on start and on every wake, as one transaction: apply what its signals carried, decide, plan,
 * bring the ledger in line, name the one step that is due, close the row when nothing is awaited. Only this file
 * closes a lifecycle. It never calls the store.
 */
import type { Attention, OrderDecision, Shipment, Stage, StageCounts } from '../domain/facts.ts';
import { DAY_MS, instantMs } from '../domain/instants.ts';
import { describeProgress, isEndStage } from '../domain/order-stage.ts';
import { mayWrite, nextDue } from '../domain/write-back-plan.ts';
import type { WriteBackKind } from '../domain/write-back-types.ts';
import { writeBackRules } from '../settings/rules.ts';
import { getChannel, type Channel } from './channel-row.ts';
import { inTransaction, type Database, type Tx } from './database.ts';
import { decideLocked, lockOrder, type OrderRow } from './decide-order.ts';
import { recordChangedDecisions, recordDecision } from './decisions.ts';
import { ledgerReasons } from './known-facts.ts';
import { loadLedger, supersedePlanned, syncLedger } from './ledger.ts';
import { describeSettled, stepInWords, type DetailsInput } from './order-details.ts';
import { planOrder } from './plan-order.ts';
import { holdNumbersOf, storeEvents, type StoredEvent } from './carrier-events.ts';
import { readSignals, type SignalledEvent } from './signalled-events.ts';
import { followLocked } from './wake-order.ts';
import type { WriteBackRow } from './write-backs.ts';

export type { SignalledEvent } from './signalled-events.ts';

/** The shape of `Settled` in `workflows/contract.ts`, which this room may not import. */
export interface SettledOrder {
  known: boolean;
  stage: Stage | null;
  counts: StageCounts | null;
  progress: string;
  attention: Attention | null;
  attentionReason: string | null;
  paused: boolean;
  due: { writeBackId: string; kind: WriteBackKind; summary: string } | null;
  dueAt: string | null;
  done: boolean;
  lastNewsAt: string;
  staleAfterMs: number;
  closeAfterMs: number;
  details: string;
}

export interface SettleInput {
  channelId: string;
  orderId: number;
  events: SignalledEvent[];
  watchdog: boolean;
  /** ISO with milliseconds. */
  now: string;
}

/** For orders whose channel's settings cannot be asked: the defaults of capabilities section 8. */
const STALE_AFTER_DAYS_DEFAULT = 30;
const CLOSE_AFTER_DAYS_DEFAULT = 90;

/**
 * May be repeated: facts are unique by their keys, everything else is derived from rows. A malformed signal becomes a
 * decision row and is otherwise ignored; it never throws for one. Orders of a disabled channel get nothing due and
 * are not closed; a paused order gets nothing due.
 */
export async function settleOrder(db: Database, input: SettleInput): Promise<SettledOrder> {
  const { channelId, orderId, now } = input;
  const signalled = readSignals(input);
  return inTransaction(db, async (tx) => {
    await holdNumbersOf(
      tx,
      channelId,
      signalled.deliveries.flatMap((delivery) => delivery.facts),
    );
    const row = await lockOrder(tx, channelId, orderId);
    const known = new Set(row === null ? [] : [orderId]);
    const stored: StoredEvent[] = [];
    for (const { facts, ...delivery } of signalled.deliveries) {
      const addressed = facts.map(({ fact }) => ({ orderId, fact }));
      stored.push(...(await storeEvents(tx, { ...delivery, channelId, now, facts }, addressed, known)));
    }
    await recordChangedDecisions(
      tx,
      signalled.refused.map((detail) => ({
        channelId,
        orderId,
        at: now,
        kind: 'event',
        outcome: 'malformed',
        detail,
      })),
    );
    const channel = await getChannel(tx, channelId);
    const limits = watchdogLimits(channel);
    if (row === null) return unknownOrder(input, limits);

    const news = stored.length > 0;
    const left = channel === null || !channel.enabled;
    if (input.watchdog && !news && !left) await raiseStale(tx, row, limits, now);
    const eventIds = stored.map((event) => event.id);
    const followed = await followLocked(tx, row, now, { news, eventIds, offer: false });
    if (row.lifecycleState !== 'open' || left) {
      const shipments = followed.outcome === 'late' ? followed.known.shipments : followed.after.shipments;
      return answer({ row, shipments, ledger: await loadLedger(tx, row), writes: 'disabled', limits, now });
    }
    return settleOpen(tx, row, channel, followed.after, limits, input);
  });
}

interface WatchdogLimits {
  staleAfterMs: number;
  closeAfterMs: number;
}

function watchdogLimits(channel: Channel | null): WatchdogLimits {
  const lifecycle = channel?.settings.lifecycle;
  return {
    staleAfterMs: (lifecycle?.stale_after_days ?? STALE_AFTER_DAYS_DEFAULT) * DAY_MS,
    closeAfterMs: (lifecycle?.close_after_days ?? CLOSE_AFTER_DAYS_DEFAULT) * DAY_MS,
  };
}

/** Plan, ledger, end: for an order whose row says open, on a channel that is enabled. */
async function settleOpen(
  tx: Tx,
  row: OrderRow,
  channel: Channel,
  decision: OrderDecision,
  limits: WatchdogLimits,
  input: SettleInput,
): Promise<SettledOrder> {
  const { now } = input;
  const before = await loadLedger(tx, row);
  const plan = planOrder(channel, row, decision, before);
  let ledger = await syncLedger(tx, row, plan.steps, now);
  // What the plan changed in the ledger may be a reason for attention, or the end of one.
  if (!sameReasons(before, ledger)) await decideLocked(tx, row, now, { news: false });
  if (await closeIfOver(tx, row, ledger, limits, input)) ledger = await loadLedger(tx, row);
  // A row that was sent before the channel became import-only waits: even settling it might have to write.
  const writes = mayWrite(writeBackRules(channel.settings)) ? 'yes' : 'import_only';
  return answer({ row, shipments: decision.shipments, ledger, writes, limits, now });
}

function sameReasons(before: readonly WriteBackRow[], after: readonly WriteBackRow[]): boolean {
  const [was, is] = [ledgerReasons(before), ledgerReasons(after)];
  return was.auth === is.auth && was.ask === is.ask && was.refused === is.refused;
}

/** The watchdog's first question; news clears it again (see `DecideOptions`). */
async function raiseStale(tx: Tx, row: OrderRow, limits: WatchdogLimits, now: string): Promise<void> {
  if (row.stale || row.lifecycleState !== 'open' || quietMs(row, now) < limits.staleAfterMs) return;
  await tx.sql`update orders set stale = true where channel_id = ${row.channelId} and order_id = ${row.orderId}`;
  row.stale = true;
}

function quietMs(row: OrderRow, now: string): number {
  return instantMs(now) - instantMs(row.lastNewsAt);
}

/**
 * "Ends" of design section 4. A row that is due or sent keeps the run open; a blocked one does not. Without news for
 * long enough, what is planned is superseded, but never beside a row that is sent.
 */
async function closeIfOver(
  tx: Tx,
  row: OrderRow,
  ledger: readonly WriteBackRow[],
  limits: WatchdogLimits,
  input: SettleInput,
): Promise<boolean> {
  const sent = ledger.some((entry) => entry.state === 'sent');
  const due = ledger.some((entry) => entry.state === 'planned' && entry.blocked === null);
  if (row.stage !== null && isEndStage(row.stage) && !sent && !due) {
    await close(tx, row, 'end', `the order is ${row.stage} and nothing is due in the store`, input.now);
    return true;
  }
  if (input.watchdog && !sent && quietMs(row, input.now) >= limits.closeAfterMs) {
    const days = String(limits.closeAfterMs / DAY_MS);
    await supersedePlanned(tx, row, 'the order was closed without news', input.now);
    await close(
      tx,
      row,
      'no_news',
      `nothing was heard for ${days} days (lifecycle.close_after_days)`,
      input.now,
    );
    return true;
  }
  return false;
}

async function close(
  tx: Tx,
  row: OrderRow,
  reason: 'end' | 'no_news',
  why: string,
  now: string,
): Promise<void> {
  const { channelId, orderId } = row;
  await tx.sql`update orders set lifecycle_state = 'closed', closed_reason = ${reason}, closed_at = ${now}
    where channel_id = ${channelId} and order_id = ${orderId}`;
  Object.assign(row, {
    lifecycleState: 'closed',
    closedReason: reason,
    closedAt: now,
  } satisfies Partial<OrderRow>);
  const detail = `Closed: ${why}.`;
  await recordDecision(tx, {
    channelId,
    orderId,
    at: now,
    kind: 'lifecycle',
    outcome: `closed:${reason}`,
    detail,
  });
}

interface Outcome {
  row: OrderRow;
  shipments: readonly Shipment[];
  ledger: readonly WriteBackRow[];
  writes: DetailsInput['writes'];
  limits: WatchdogLimits;
  now: string;
}

function answer({ row, shipments, ledger, writes, limits, now }: Outcome): SettledOrder {
  const progress = row.counts === null || row.stage === null ? '' : describeProgress(row.counts, row.stage);
  // A row that is sent under another channel of the store bars ours, but only its own channel settles it.
  const next = writes !== 'yes' || row.paused ? { due: null, dueAt: null } : nextDue(ledger, now);
  const due = next.due?.channelId === row.channelId ? next.due : null;
  const done = row.lifecycleState !== 'open';
  return {
    known: true,
    stage: row.stage,
    counts: row.counts,
    progress,
    attention: row.attention,
    attentionReason: row.attentionReason,
    paused: row.paused,
    due:
      due === null || done ? null : { writeBackId: due.id, kind: due.kind, summary: stepInWords(due.body) },
    dueAt: done ? null : next.dueAt,
    done,
    lastNewsAt: row.lastNewsAt,
    ...limits,
    details: describeSettled({
      row,
      progress,
      shipments,
      ledger,
      writes,
      dueId: due?.id ?? null,
      dueAt: next.dueAt,
    }),
  };
}

function unknownOrder(input: SettleInput, limits: WatchdogLimits): SettledOrder {
  return {
    known: false,
    stage: null,
    counts: null,
    progress: '',
    attention: null,
    attentionReason: null,
    paused: false,
    due: null,
    dueAt: null,
    done: false,
    lastNewsAt: input.now,
    ...limits,
    details: 'This order was never imported. An import of it has been asked for; events that came are kept.',
  };
}
