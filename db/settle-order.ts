/**
 * What a lifecycle does on start and on every wake, as one transaction: apply what its signals carried, decide, plan,
 * bring the ledger in line, name the one step that is due, close the row when nothing is awaited. Only this file
 * closes a lifecycle. It never calls the store.
 */
import { DAY_MS, instantMs } from '../domain/instants.ts';
import { isEndStage } from '../domain/order-stage.ts';
import { mayWrite } from '../domain/write-back-plan.ts';
import { writeBackRules } from '../settings/rules.ts';
import { settingsOf } from './channel-row.ts';
import { inTransaction, type Database, type Tx } from './database.ts';
import { decideLocked, lockOrder, type OrderRow } from './decide-order.ts';
import { recordChangedDecisions, recordDecision } from './decisions.ts';
import { ledgerReasons, loadKnownFacts, type KnownFacts, type LedgerRow } from './known-facts.ts';
import { supersedePlanned, syncLedger } from './ledger.ts';
import { planOrder } from './plan-order.ts';
import { settledAs, watchdogLimits, type SettledOrder, type WatchdogLimits } from './settled-answer.ts';
import { holdNumbersOf, storeEvents } from './carrier-events.ts';
import { readSignals, type ReadSignals, type SignalledEvent } from './signalled-events.ts';
import { followLocked } from './wake-order.ts';

export type { SettledOrder } from './settled-answer.ts';
export type { SignalledEvent } from './signalled-events.ts';

export interface SettleInput {
  channelId: string;
  orderId: number;
  events: SignalledEvent[];
  watchdog: boolean;
  /** ISO with milliseconds. */
  now: string;
}

/**
 * May be repeated: facts are unique by their keys, everything else is derived from rows. A malformed signal becomes a
 * decision row and is otherwise ignored; it never throws for one. Orders of a disabled channel get nothing due and
 * are not closed; a paused order gets nothing due.
 */
export async function settleOrder(db: Database, input: SettleInput): Promise<SettledOrder> {
  const { channelId, now } = input;
  const signalled = readSignals(input);
  return inTransaction(db, async (tx) => {
    const { row, known, eventIds } = await takeIn(tx, input, signalled);
    const channel = known.channel;
    const settings = channel === null ? null : settingsOf(tx, channelId, channel.settings);
    const limits = watchdogLimits(settings);
    if (row === null) return unknownOrder(input, limits);

    const news = eventIds.length > 0;
    // Orders of a disabled channel are left alone: booked, but neither asked about nor closed.
    const active = channel?.enabled === true && settings !== null;
    if (input.watchdog && !news && active) await raiseStale(tx, row, limits, now);
    const followed = await followLocked(tx, row, now, { news, eventIds, known, offer: false });
    const shipments = followed.outcome === 'late' ? followed.known.shipments : followed.after.shipments;
    const { ledger } = followed.known;
    if (row.lifecycleState !== 'open' || !active) {
      return settledAs({ row, shipments, ledger, writes: 'disabled', limits, now });
    }
    const plan = planOrder(settings, row, followed.after, ledger);
    const synced = await syncLedger(tx, row, ledger, plan.steps, now);
    // What the plan changed in the ledger may be a reason for attention, or the end of one.
    if (!sameReasons(ledger, synced)) await decideLocked(tx, row, now, { news: false });
    const kept = await closeIfOver(tx, row, synced, limits, input);
    // A row that was sent before the channel became import-only waits: even settling it might have to write.
    const writes = mayWrite(writeBackRules(settings)) ? 'yes' : 'import_only';
    return settledAs({ row, shipments, ledger: kept, writes, limits, now });
  });
}

interface TakenIn {
  row: OrderRow | null;
  known: KnownFacts;
  /** Rows of `carrier_events` that the signals added. */
  eventIds: number[];
}

/** Locks the order, stores what the signals carried, and reads what is known: in one go where they carried nothing. */
async function takeIn(tx: Tx, input: SettleInput, signalled: ReadSignals): Promise<TakenIn> {
  const { channelId, orderId, now } = input;
  const { deliveries, refused } = signalled;
  const heldFor = deliveries.flatMap((delivery) => delivery.facts);
  const [, row, before] = await Promise.all([
    holdNumbersOf(tx, channelId, heldFor),
    lockOrder(tx, channelId, orderId),
    loadKnownFacts(tx, input),
  ]);
  const told = { channelId, orderId, at: now, kind: 'event' as const, outcome: 'malformed' };
  await recordChangedDecisions(
    tx,
    refused.map((detail) => ({ ...told, detail })),
  );
  const knownOrders = new Set(row === null ? [] : [orderId]);
  const eventIds: number[] = [];
  for (const { facts, ...delivery } of deliveries) {
    const addressed = facts.map(({ fact }) => ({ orderId, fact }));
    const stored = await storeEvents(tx, { ...delivery, channelId, now, facts }, addressed, knownOrders);
    eventIds.push(...stored.map((event) => event.id));
  }
  const known = eventIds.length === 0 ? before : await loadKnownFacts(tx, input);
  return { row, known, eventIds };
}

function sameReasons(before: readonly LedgerRow[], after: readonly LedgerRow[]): boolean {
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
 * "Ends" of design section 4. A row of the channel that is due or sent keeps the run open; a blocked one does not.
 * Without news for long enough, what is planned is superseded, but never beside a row that is sent. Returns the ledger
 * afterwards.
 */
async function closeIfOver(
  tx: Tx,
  row: OrderRow,
  ledger: LedgerRow[],
  limits: WatchdogLimits,
  { watchdog, now }: SettleInput,
): Promise<LedgerRow[]> {
  const own = ledger.filter((entry) => entry.channelId === row.channelId);
  const sent = own.some((entry) => entry.state === 'sent');
  const due = own.some((entry) => entry.state === 'planned' && entry.blocked === null);
  if (row.stage !== null && isEndStage(row.stage) && !sent && !due) {
    await close(tx, row, 'end', `the order is ${row.stage} and nothing is due in the store`, now);
    return ledger;
  }
  if (!watchdog || sent || quietMs(row, now) < limits.closeAfterMs) return ledger;
  const days = String(limits.closeAfterMs / DAY_MS);
  const left = await supersedePlanned(tx, row, ledger, 'the order was closed without news', now);
  await close(tx, row, 'no_news', `nothing was heard for ${days} days (lifecycle.close_after_days)`, now);
  return left;
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
