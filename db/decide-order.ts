/**
 * Decides where one order stands from the rows that are known of it, under the order's row lock, and writes the
 * projection (stage, counts, attention, shipments, numbers) where it changed. It wakes nobody: that is `wake-order.ts`.
 */
import { isDeepStrictEqual } from 'node:util';
import type { OrderDecision, Shipment } from '../domain/facts.ts';
import { mayMatter } from '../domain/may-matter.ts';
import { decideOrder, describeProgress } from '../domain/order-stage.ts';
import type { Tx } from './database.ts';
import { gatherWrites, writeGathered, type DecidedColumns, type DecisionWrites } from './decision-writes.ts';
import { recordChangedDecisions } from './decisions.ts';
import { jsonText } from './json-text.ts';
import { loadKnownFacts, orderFactsOf, type KnownFacts } from './known-facts.ts';
import { adoptEventsOfNumbers } from './number-events.ts';
import type { OrderRow } from './order-row.ts';

export { lockOrder, lockOrders, type OrderRow } from './order-row.ts';

export interface DecideOptions {
  /** New lines, raised quantities or a store status that left 4, 5 or 6 (design section 4); default false. */
  reopened?: boolean;
  /** True: something was learned just now, so `stale` is cleared and the watchdog starts anew; default true. */
  news?: boolean;
  /** What {@link loadKnownFacts} answered after the lock and after the last fact was stored; by default it is asked. */
  known?: KnownFacts | undefined;
  /** Given: what changes in orders and shipments is left here for the caller's `writeGathered`. */
  together?: DecisionWrites;
}

export interface Decided {
  /** As it was stored; null for an order that was never decided. */
  before: OrderDecision | null;
  after: OrderDecision;
  /** `mayMatter(before, after)`. */
  matters: boolean;
}

/** A decision that is not written yet, and what it was made from. */
export interface Considered extends Decided {
  known: KnownFacts;
  /** Rows of `carrier_events` that a number seen for the first time brought in. */
  adoptedIds: number[];
}

/** A replaced label may bring a number whose events bring another one; longer chains wait for the next decision. */
const ADOPTION_ROUNDS_MAX = 4;

/**
 * Decides and writes the projection, with a `decisions` row for a new stage or attention. A number seen for the first
 * time brings in the stored events that waited for it. `row` must be locked and as it is now in the database; it is
 * updated in place. May be repeated: without new facts it writes nothing but the time of the news.
 */
export async function decideLocked(
  tx: Tx,
  row: OrderRow,
  now: string,
  options: DecideOptions = {},
): Promise<Decided> {
  const considered = await considerLocked(tx, row, options);
  await writeDecision(tx, row, considered, now, options);
  return { before: considered.before, after: considered.after, matters: considered.matters };
}

/** The first half of {@link decideLocked}: nothing is written but events that a new number brought in. */
export async function considerLocked(
  tx: Tx,
  row: OrderRow,
  options: DecideOptions = {},
): Promise<Considered> {
  const reopened = options.reopened ?? false;
  // News clears `stale` before the decision, so that the attention it raised goes away with it.
  const judged: OrderRow = options.news === false ? row : { ...row, stale: false };
  let known = options.known ?? (await loadKnownFacts(tx, row));
  const before = storedDecision(row, known.shipments);
  const stored = new Set(known.shipments.flatMap((shipment) => shipment.numbers));
  let after = decideOrder(orderFactsOf(judged, known, reopened));
  const adoptedIds: number[] = [];
  for (let round = 0; round < ADOPTION_ROUNDS_MAX; round += 1) {
    const fresh = after.shipments.filter((shipment) =>
      shipment.numbers.some((number) => !stored.has(number)),
    );
    if (fresh.length === 0) break;
    const adopted = await adoptEventsOfNumbers(tx, row, fresh);
    for (const number of fresh.flatMap((shipment) => shipment.numbers)) stored.add(number);
    if (adopted.length === 0) continue;
    adoptedIds.push(...adopted);
    known = await loadKnownFacts(tx, row);
    after = decideOrder(orderFactsOf(judged, known, reopened));
  }
  return { before, after, matters: mayMatter(before, after), known, adoptedIds };
}

/** The second half of {@link decideLocked}; updates `row` in place. */
export async function writeDecision(
  tx: Tx,
  row: OrderRow,
  considered: Considered,
  now: string,
  options: DecideOptions = {},
): Promise<void> {
  const { after } = considered;
  const news = options.news ?? true;
  const stale = news ? false : row.stale;
  const stageMoved = row.stage !== after.stage;
  const attentionMoved = row.attention !== after.attention;
  const rowChanged =
    stageMoved ||
    attentionMoved ||
    row.attentionReason !== after.attentionReason ||
    row.stale !== stale ||
    !isDeepStrictEqual(row.counts, after.counts) ||
    (news && row.lastNewsAt < now);
  const lines = linesOf(row, after);
  const writes: Promise<unknown>[] = [];
  const gathered = options.together ?? gatherWrites();
  if (rowChanged) {
    const stageChangedAt = stageMoved ? now : row.stageChangedAt;
    const lastNewsAt = news && row.lastNewsAt < now ? now : row.lastNewsAt;
    const columns: DecidedColumns = {
      stage: after.stage,
      counts: after.counts,
      attention: after.attention,
      attentionReason: after.attentionReason,
      stale,
      stageChangedAt,
      lastNewsAt,
    };
    gathered.orders.push({ orderId: row.orderId, ...columns });
    Object.assign(row, columns);
  }
  writes.push(...writeShipments(tx, row, considered.known.shipments, after.shipments, gathered));
  if (options.together === undefined) writes.push(writeGathered(tx, row.channelId, gathered));
  const { channelId, orderId } = row;
  writes.push(
    recordChangedDecisions(
      tx,
      lines.map((line) => ({ channelId, orderId, at: now, kind: 'stage', ...line })),
    ),
  );
  await Promise.all(writes);
}

/** What `waybill explain` is told of a decision: a new stage, a new attention. */
function linesOf(row: OrderRow, after: OrderDecision): { outcome: string; detail: string }[] {
  const lines: { outcome: string; detail: string }[] = [];
  if (row.stage !== after.stage) {
    const from = row.stage === null ? '' : `${row.stage} → `;
    lines.push({
      outcome: after.stage,
      detail: `${from}${after.stage}: ${describeProgress(after.counts, after.stage)}`,
    });
  }
  if (row.attention !== after.attention) {
    lines.push({
      outcome: `attention:${after.attention ?? 'none'}`,
      detail:
        after.attentionReason ?? `Nothing needs attention any more (was ${row.attention ?? 'nothing'}).`,
    });
  }
  return lines;
}

/** The decision that the rows hold: what `mayMatter` compares with. */
function storedDecision(row: OrderRow, shipments: Shipment[]): OrderDecision | null {
  if (row.stage === null || row.counts === null) return null;
  return {
    stage: row.stage,
    counts: row.counts,
    attention: row.attention,
    attentionReason: row.attentionReason,
    shipments,
  };
}

/** Rewrites what differs, in the order of keys; returns the running statements, what is new or changed is gathered. */
function writeShipments(
  tx: Tx,
  row: OrderRow,
  stored: Shipment[],
  current: Shipment[],
  gathered: DecisionWrites,
): Promise<unknown>[] {
  const { channelId, orderId } = row;
  const storedByKey = new Map(stored.map((shipment) => [shipment.key, shipment]));
  const changed = current.filter((shipment) => !isDeepStrictEqual(storedByKey.get(shipment.key), shipment));
  const keys = new Set(current.map((shipment) => shipment.key));
  const gone = stored.filter((shipment) => !keys.has(shipment.key)).map((shipment) => shipment.key);
  const writes: Promise<unknown>[] = [];
  gathered.shipments.push(...changed.map((shipment) => ({ orderId, key: shipment.key, shipment })));
  if (gone.length > 0) {
    writes.push(
      tx.sql`delete from shipments where channel_id = ${channelId} and order_id = ${orderId} and key = any(${gone})`,
    );
  }
  const numbersOf = (shipments: Shipment[]): string[] =>
    shipments.flatMap((shipment) => shipment.numbers.map((number) => `${number}\n${shipment.key}`)).sort();
  if (!isDeepStrictEqual(numbersOf(stored), numbersOf(current))) {
    const wanted = current.flatMap((shipment) =>
      shipment.numbers.map((number) => ({ number, key: shipment.key })),
    );
    const numbers = wanted.map((entry) => entry.number);
    writes.push(
      tx.sql`delete from shipment_numbers
        where channel_id = ${channelId} and order_id = ${orderId} and number <> all(${numbers})`,
      tx.sql`insert into shipment_numbers (channel_id, number, order_id, shipment_key)
        select distinct on (x.number) ${channelId}, x.number, ${orderId}, x.key
        from jsonb_to_recordset(${jsonText(wanted)}::jsonb) as x(number text, key text)
        order by x.number, x.key
        on conflict (channel_id, number, order_id) do update set shipment_key = excluded.shipment_key`,
    );
  }
  return writes;
}
