/**
 * What people are shown of one order: stage, shipments, timeline and write-backs, as Postgres knows them now. Reads
 * only; addresses and names of the shopper are not part of it.
 */
import { and, eq } from 'drizzle-orm';
import type { CarrierFact, LineQuantity } from '../domain/carrier-event.ts';
import type { Attention, Shipment, Stage, StageCounts } from '../domain/facts.ts';
import { normalizeTrackingNumber } from '../domain/ids.ts';
import { neededQuantity } from '../domain/order.ts';
import { describeProgress } from '../domain/order-stage.ts';
import { storeStatusName } from '../domain/store-status.ts';
import type { WriteBackBlock, WriteBackKind, WriteBackState } from '../domain/write-back-types.ts';
import type { Database } from './database.ts';
import { listDecisions } from './decisions.ts';
import { storeAsKnown } from './known-facts.ts';
import type { OrderRow } from './order-row.ts';
import { orders } from './schema.ts';

export interface TimelineEntry {
  /** ISO, by our clock. */
  at: string;
  /** 'carrier_event', else the decision's kind. */
  kind: string;
  /** Machine word: the event's type and status, or the decision's outcome. */
  what: string;
  detail: string;
  /** Carrier events only: when it happened by the sender's clock, and whether it counts. */
  occurredAt: string | null;
  state: 'parked' | 'applied' | 'late' | null;
  /** Who signed for the parcel: a person's name, for the operator's own eyes and no API. */
  signedBy?: string;
}

export interface WriteBackView {
  id: string;
  kind: WriteBackKind;
  subject: string;
  n: number;
  state: WriteBackState;
  blocked: WriteBackBlock | null;
  approved: boolean;
  summary: string;
  mails: number;
  notBefore: string | null;
  attempts: number;
  sentAt: string | null;
  storeShipmentId: number | null;
  outcome: string | null;
  updatedAt: string;
}

export interface OrderView {
  channelId: string;
  orderId: number;
  storeHash: string;
  stage: Stage | null;
  stageChangedAt: string | null;
  counts: StageCounts | null;
  /** Such as `2 of 3 shipped`; empty while nothing was decided. */
  progress: string;
  attention: Attention | null;
  attentionReason: string | null;
  paused: boolean;
  pauseReason: string | null;
  lifecycleState: 'none' | 'open' | 'closed';
  closedReason: 'end' | 'no_news' | null;
  closedAt: string | null;
  /** The store's status as last read, by list or for a write. */
  statusId: number;
  statusName: string;
  explainedStatuses: number[];
  storeCreatedAt: string;
  storeModifiedAt: string;
  readAt: string;
  firstSeenAt: string;
  lastNewsAt: string;
  lines: {
    orderProductId: number;
    sku: string;
    name: string;
    quantity: number;
    refunded: number;
    kind: string;
    /** Units that parcels or a pickup hold; a voided label holds none. */
    held: number;
    /** Units that the store counts as shipped. */
    inStore: number;
    /** Units that nobody labelled, handed over or shipped yet; 0 for what never travels. */
    remaining: number;
  }[];
  shipments: Shipment[];
  /** Oldest first. */
  writeBacks: WriteBackView[];
  /** Oldest first; the newest {@link TIMELINE_MAX} events and the newest decisions. */
  timeline: TimelineEntry[];
}

/** More would not be read. */
export const TIMELINE_MAX = 500;

/** Null when there is no such order. */
export async function orderView(db: Database, channelId: string, orderId: number): Promise<OrderView | null> {
  const [row] = await db.orm
    .select()
    .from(orders)
    .where(and(eq(orders.channelId, channelId), eq(orders.orderId, orderId)));
  if (row === undefined) return null;
  const [shipments, writeBacks, events, decisions] = await Promise.all([
    shipmentsOf(db, row),
    writeBacksOf(db, row),
    eventsOf(db, row),
    listDecisions(db, { channelId, orderId }),
  ]);
  const store = storeAsKnown(row);
  const told = decisions.map(({ at, kind, outcome, detail }): TimelineEntry => {
    return { at, kind, what: outcome, detail, occurredAt: null, state: null };
  });
  return {
    channelId,
    orderId,
    storeHash: row.storeHash,
    stage: row.stage,
    stageChangedAt: row.stageChangedAt,
    counts: row.counts,
    progress: row.counts === null || row.stage === null ? '' : describeProgress(row.counts, row.stage),
    attention: row.attention,
    attentionReason: row.attentionReason,
    paused: row.paused,
    pauseReason: row.pauseReason,
    lifecycleState: row.lifecycleState,
    closedReason: row.closedReason,
    closedAt: row.closedAt,
    statusId: store.statusId,
    statusName: storeStatusName(store.statusId),
    explainedStatuses: row.explainedStatuses,
    storeCreatedAt: row.storeCreatedAt,
    storeModifiedAt: row.storeModifiedAt,
    readAt: row.readAt,
    firstSeenAt: row.firstSeenAt,
    lastNewsAt: row.lastNewsAt,
    lines: linesOf(row, shipments, store),
    shipments,
    writeBacks,
    // Equal times keep their order: an event stands before what was decided because of it.
    timeline: [...events, ...told].sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0)),
  };
}

function linesOf(
  row: OrderRow,
  shipments: readonly Shipment[],
  store: { shipped: readonly LineQuantity[] },
): OrderView['lines'] {
  const unitsOf = (lines: readonly LineQuantity[], orderProductId: number): number =>
    lines
      .filter((line) => line.orderProductId === orderProductId)
      .reduce((sum, line) => sum + line.quantity, 0);
  const holds = shipments.filter((one) => !one.voided && one.sharesWith === null).flatMap((one) => one.holds);
  return row.canonical.lineItems.map((line) => {
    const { orderProductId, sku, name, quantity, quantityRefunded, kind } = line;
    const held = unitsOf(holds, orderProductId);
    const inStore = unitsOf(store.shipped, orderProductId);
    const left = kind === 'physical' ? neededQuantity(line) - Math.max(held, inStore) : 0;
    const remaining = Math.max(0, left);
    return {
      orderProductId,
      sku,
      name,
      quantity,
      refunded: quantityRefunded,
      kind,
      held,
      inStore,
      remaining,
    };
  });
}

export interface FoundShipment {
  channelId: string;
  orderId: number;
  stage: Stage | null;
  attention: Attention | null;
  shipment: Shipment;
}

/** An event that waits for its order (named), or for the number to become known (order id 0). */
export interface WaitingEvent {
  channelId: string;
  orderId: number;
  occurredAt: string;
  type: string;
  status: string | null;
}

/** A number is looked for by one person at one time: more rows than this would not be read. */
const FOUND_MAX = 100;

/** Orders whose shipments have, or had, this number (any spelling), and events that wait for it. */
export async function findByNumber(
  db: Database,
  input: { number: string; channelId?: string },
): Promise<{ found: FoundShipment[]; parked: WaitingEvent[] }> {
  const number = normalizeTrackingNumber(input.number);
  const { channelId = null } = input;
  const [found, parked] = await Promise.all([
    db.sql<FoundShipment[]>`
      select n.channel_id as "channelId", n.order_id as "orderId", o.stage, o.attention, s.shipment
      from shipment_numbers n
      join orders o on o.channel_id = n.channel_id and o.order_id = n.order_id
      join shipments s on s.channel_id = n.channel_id and s.order_id = n.order_id and s.key = n.shipment_key
      where n.number = ${number} and (${channelId}::text is null or n.channel_id = ${channelId})
      order by n.channel_id, n.order_id
      limit ${FOUND_MAX}`,
    db.sql<WaitingEvent[]>`
      select e.channel_id as "channelId", e.order_id as "orderId", e.occurred_at as "occurredAt",
        e.fact->>'type' as type, e.fact->'tracking'->>'status' as status
      from carrier_events e
      where e.number = ${number} and e.state = 'parked' and (${channelId}::text is null or e.channel_id = ${channelId})
      order by e.channel_id, e.occurred_at, e.id
      limit ${FOUND_MAX}`,
  ]);
  return { found: [...found], parked: [...parked] };
}

async function shipmentsOf(db: Database, row: OrderRow): Promise<Shipment[]> {
  const found = await db.sql<{ shipment: Shipment }[]>`
    select shipment from shipments where channel_id = ${row.channelId} and order_id = ${row.orderId} order by key`;
  return found.map(({ shipment }) => shipment);
}

async function writeBacksOf(db: Database, row: OrderRow): Promise<WriteBackView[]> {
  const found = await db.sql<WriteBackView[]>`
    select id, kind, subject, n, state, blocked, approved, summary, mails, not_before as "notBefore", attempts,
      sent_at as "sentAt", store_shipment_id as "storeShipmentId", outcome, updated_at as "updatedAt"
    from write_backs where store_hash = ${row.storeHash} and order_id = ${row.orderId}
    order by created_at, kind, subject, n`;
  return [...found];
}

async function eventsOf(db: Database, row: OrderRow): Promise<TimelineEntry[]> {
  const found = await db.sql<
    { fact: CarrierFact; state: 'parked' | 'applied' | 'late'; receivedAt: string }[]
  >`
    select fact, state, received_at as "receivedAt" from (
      select id, fact, state, received_at from carrier_events
      where channel_id = ${row.channelId} and order_id = ${row.orderId}
      order by received_at desc, id desc limit ${TIMELINE_MAX}
    ) newest order by received_at, id`;
  return found.map(({ fact, state, receivedAt }) => ({
    at: receivedAt,
    kind: 'carrier_event',
    what: fact.tracking === null ? fact.type : `${fact.type} ${fact.tracking.status}`,
    detail: detailOf(fact),
    occurredAt: fact.occurredAt,
    state,
    ...(fact.tracking?.signedBy == null ? {} : { signedBy: fact.tracking.signedBy }),
  }));
}

const COD_WORDS = { paid: 'cash collected', not_paid: 'cash not collected' } as const;

/** `in_transit (departed_facility)`. */
function providerWords(tracking: CarrierFact['tracking']): string | null {
  const [word, finer] = [tracking?.providerStatus ?? null, tracking?.providerSubstatus ?? null];
  if (word === null || finer === null) return word ?? finer;
  return `${word} (${finer})`;
}

/** Whether the time shown is what the sender said, to the second. */
function isExact({ sent }: CarrierFact): boolean {
  return sent === undefined || sent.precision === 'second';
}

/** The carrier's side of the fact; who signed for a parcel is a person's name and stands apart. */
function detailOf(fact: CarrierFact): string {
  const { shipment, tracking } = fact;
  return [
    shipment.carrier,
    shipment.trackingNumber,
    shipment.replaces === null ? null : `replaces ${shipment.replaces}`,
    tracking?.provider ?? null,
    providerWords(tracking),
    tracking?.reason ?? null,
    tracking?.returning === true ? 'on its way back' : null,
    tracking?.cod == null ? null : COD_WORDS[tracking.cod],
    tracking?.unproven === true ? 'nothing proves it' : null,
    fact.location,
    tracking?.description ?? null,
    isExact(fact) ? null : `time as sent: ${fact.sent?.occurredAt ?? 'none'}`,
  ]
    .filter((part) => part !== null && part !== '')
    .join(', ');
}
