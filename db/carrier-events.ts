/**
 * The ingress of carrier events: one transaction stores what upstream sent, applies it to its orders and leaves an
 * outbox row only where a workflow must know. It calls nobody outside Postgres.
 */
import type { CarrierFact } from '../domain/carrier-event.ts';
import { normalizeTrackingNumber } from '../domain/ids.ts';
import { inTransaction, type Database, type Tx } from './database.ts';
import { gatherWrites, writeGathered } from './decision-writes.ts';
import { jsonText, storableText } from './json-text.ts';
import { loadKnownFactsOf } from './known-facts.ts';
import {
  holdNumbers,
  ordersServed,
  ownersOfNumbers,
  referredOrder,
  type NumberOwner,
} from './number-events.ts';
import { lockOrders, type OrderRow } from './order-row.ts';
import { followLocked } from './wake-order.ts';

/** One fact for one order; null: found by the fact's tracking number. */
export interface AddressedFact {
  orderId: number | null;
  fact: CarrierFact;
}

export interface Delivery {
  channelId: string;
  /** 'http' | 'cli' | 'signal' | provider id. */
  source: string;
  /** Exactly as received. */
  body: string;
  facts: AddressedFact[];
  /** Chosen by the caller: the 202's answer. The same id again changes nothing. */
  deliveryId: string;
  /** ISO with milliseconds. */
  now: string;
}

/** A lifecycle that must be told: its outbox row is committed, so a signal that fails is repeated by the sweep. */
export interface Wake {
  orderId: number;
  /** False for every event: signal-with-start. */
  first: boolean;
  /** Of the outbox row, for `outboxDone` after the signal was sent. */
  generation: number;
}

export interface DeliveryResult {
  deliveryId: string;
  /** Facts in the body, and rows that were new (a fact for two orders makes two rows). */
  facts: number;
  newFacts: number;
  /** New rows whose order, or whose number, is not known yet. */
  parked: number;
  /** Empty for a disabled channel: its orders are left alone until it is enabled. */
  wake: Wake[];
}

/** How long a transaction waits for others and for the server before it gives up with nothing stored. */
export interface Patience {
  /** For one lock: error 55P03. */
  lockMs: number;
  /** For one statement: error 57014. */
  statementMs: number;
}

/** The order id of an event that names none and whose number is not known. */
export const NO_ORDER = 0;

/** A row that was new. */
export interface StoredEvent {
  id: number;
  orderId: number;
  state: 'parked' | 'applied';
}

/**
 * Stores and applies one delivery in one transaction (design section 5). A repeat, also a concurrent one, changes
 * nothing and is answered all the same. The channel must exist; that is the caller's question.
 */
export async function recordDelivery(db: Database, delivery: Delivery): Promise<DeliveryResult> {
  const [result] = await recordDeliveries(db, delivery.channelId, [delivery]);
  if (result === undefined) throw new Error('a delivery was given and none was answered');
  return result;
}

/**
 * {@link recordDelivery} for several deliveries of one channel, in one transaction: what each of them says is committed
 * when this returns, or nothing of any. An order that several of them speak of is decided once, by all their facts; the
 * first of them is answered with its wake. Results in the sequence of the deliveries. Without `patience` it waits as long
 * as the pool allows.
 */
export async function recordDeliveries(
  db: Database,
  channelId: string,
  deliveries: readonly Delivery[],
  patience: Patience | null = null,
): Promise<DeliveryResult[]> {
  const facts = deliveries.flatMap((delivery) => delivery.facts);
  const now = deliveries.map((delivery) => delivery.now).reduce((a, b) => (a > b ? a : b), '');
  return inTransaction(db, async (tx) => {
    // Statements that need not wait for each other's answers travel together, in the order of these calls; the server
    // runs them one after the other, so each sees what the earlier ones have waited for or written.
    const [, , owners, rows] = await Promise.all([
      patience === null ? null : setPatience(tx, patience),
      holdNumbersOf(tx, channelId, facts),
      ownersOfNumbers(tx, channelId, numbersWithoutOrder(facts)),
      lockAddressed(tx, channelId, facts),
    ]);
    const orderIds = rows.map((row) => row.orderId);
    const given = deliveries.map((delivery) => ({
      delivery,
      addressed: addressFacts(delivery.facts, owners, rows),
    }));
    const [stored, known] = await Promise.all([
      storeDeliveries(tx, channelId, given, new Set(orderIds)),
      loadKnownFactsOf(tx, channelId, orderIds),
    ]);
    const wakes = new Map<number, Wake>();
    const together = gatherWrites();
    // The statements of several orders travel together; those of one wait for each other.
    await Promise.all(
      rows.map(async (row) => {
        const { orderId } = row;
        const eventIds = stored.filter((event) => event.orderId === orderId).map((event) => event.id);
        if (eventIds.length === 0) return;
        const followed = await followLocked(tx, row, now, { eventIds, known: known.get(orderId), together });
        if (followed.offered !== null && followed.known.channel?.enabled === true)
          wakes.set(orderId, { orderId, first: false, generation: followed.offered.generation });
      }),
    );
    await writeGathered(tx, channelId, together);
    return deliveries.map((delivery, at) => resultOf(deliveries, at, delivery, stored, wakes));
  });
}

function setPatience(tx: Tx, { lockMs, statementMs }: Patience): Promise<unknown> {
  return tx.sql`select set_config('lock_timeout', ${String(lockMs)}, true),
    set_config('statement_timeout', ${String(statementMs)}, true)`.execute();
}

/** What one of several deliveries is answered; a wake is told once. */
function resultOf(
  deliveries: readonly Delivery[],
  at: number,
  delivery: Delivery,
  stored: readonly (StoredEvent & { deliveryId: string })[],
  wakes: Map<number, Wake>,
): DeliveryResult {
  const { deliveryId } = delivery;
  // The same delivery twice in one transaction: the second is a repeat.
  const isRepeat = deliveries.findIndex((other) => other.deliveryId === deliveryId) < at;
  const own = isRepeat ? [] : stored.filter((event) => event.deliveryId === deliveryId);
  const wake: Wake[] = [];
  for (const orderId of [...new Set(own.map((event) => event.orderId))].sort((a, b) => a - b)) {
    const told = wakes.get(orderId);
    if (told === undefined) continue;
    wakes.delete(orderId);
    wake.push(told);
  }
  return {
    deliveryId,
    facts: delivery.facts.length,
    newFacts: own.length,
    parked: own.filter((event) => event.state === 'parked').length,
    wake,
  };
}

/** The number an event is found by: normalized, or null. */
export function numberOf(fact: CarrierFact): string | null {
  const number =
    fact.shipment.trackingNumber === null ? '' : normalizeTrackingNumber(fact.shipment.trackingNumber);
  return number === '' ? null : number;
}

/** The number that leads to the order of a fact that names none: a replacement is about the number it replaces. */
function soughtNumber(fact: CarrierFact): string | null {
  if (fact.type !== 'label.replaced') return numberOf(fact);
  const number = normalizeTrackingNumber(fact.shipment.replaces ?? '');
  return number === '' ? null : number;
}

/** Before any row lock; see {@link holdNumbers}. Events that name their order and bring no number need nothing. */
export async function holdNumbersOf(
  tx: Tx,
  channelId: string,
  facts: readonly AddressedFact[],
): Promise<void> {
  const exclusive: string[] = [];
  const shared: string[] = [];
  for (const { orderId, fact } of facts) {
    const number = numberOf(fact);
    const sought = orderId === null ? soughtNumber(fact) : null;
    if (sought !== null) shared.push(sought);
    if (number === null) continue;
    // An order number beside it may bring the tracking number to that order.
    const brings =
      orderId === null
        ? number !== sought || fact.orderNumbers !== undefined
        : fact.type !== 'tracking.updated';
    if (brings) exclusive.push(number);
  }
  await holdNumbers(tx, channelId, { exclusive, shared });
}

/** The orders that the facts name, and those that their numbers serve, locked in the order of their keys. */
function lockAddressed(tx: Tx, channelId: string, facts: readonly AddressedFact[]): Promise<OrderRow[]> {
  const orderIds = facts.flatMap(({ orderId, fact }) => orderId ?? fact.orderNumbers ?? []);
  return lockOrders(tx, channelId, orderIds, numbersWithoutOrder(facts));
}

function numbersWithoutOrder(facts: readonly AddressedFact[]): string[] {
  return facts.flatMap(({ orderId, fact }) => (orderId === null ? (soughtNumber(fact) ?? []) : []));
}

/** Gives every fact its orders; one without any gets {@link NO_ORDER}. */
function addressFacts(
  facts: readonly AddressedFact[],
  owners: readonly NumberOwner[],
  rows: readonly OrderRow[],
): { orderId: number; fact: CarrierFact }[] {
  return facts.flatMap(({ orderId, fact }) => {
    if (orderId !== null) return [{ orderId, fact }];
    const number = soughtNumber(fact);
    const served = number === null ? [] : ordersServed(owners, number, fact);
    if (served.length > 0) return served.map((found) => ({ orderId: found, fact }));
    return [{ orderId: referredOrder(rows, fact) ?? NO_ORDER, fact }];
  });
}

/** The delivery and its facts in one statement; returns the rows that were new. */
export function storeEvents(
  tx: Tx,
  delivery: Delivery,
  addressed: readonly { orderId: number; fact: CarrierFact }[],
  knownOrders: ReadonlySet<number>,
): Promise<StoredEvent[]> {
  return storeDeliveries(tx, delivery.channelId, [{ delivery, addressed }], knownOrders);
}

/** {@link storeEvents} for several deliveries of a channel; each row tells by which of them it came. */
async function storeDeliveries(
  tx: Tx,
  channelId: string,
  given: readonly { delivery: Delivery; addressed: readonly { orderId: number; fact: CarrierFact }[] }[],
  knownOrders: ReadonlySet<number>,
): Promise<(StoredEvent & { deliveryId: string })[]> {
  const incoming = given.flatMap(({ delivery, addressed }) =>
    addressed.map(({ orderId, fact }) => ({
      delivery: delivery.deliveryId,
      received: delivery.now,
      event_id: fact.eventId,
      order_id: orderId,
      fact,
      // Who names no order waits for the number by which its order is found.
      number: orderId === NO_ORDER ? soughtNumber(fact) : numberOf(fact),
      occurred_at: fact.occurredAt,
      state: knownOrders.has(orderId) ? 'applied' : 'parked',
    })),
  );
  const received = given.map(({ delivery }) => ({
    id: delivery.deliveryId,
    source: delivery.source,
    at: delivery.now,
    facts: delivery.facts.length,
  }));
  const bodies = given.map(({ delivery }) => storableText(delivery.body));
  const stored = await tx.sql<(StoredEvent & { deliveryId: string })[]>`
    with stored as (
      insert into carrier_events
        (channel_id, event_id, order_id, delivery_id, fact, number, occurred_at, received_at, state)
      select ${channelId}, x.event_id, x.order_id, x.delivery, x.fact, x.number, x.occurred_at, x.received, x.state
      from rows from (
        jsonb_to_recordset(${jsonText(incoming)}::jsonb) as (
          delivery uuid, received timestamptz, event_id text, order_id bigint, fact jsonb, number text,
          occurred_at timestamptz, state text)
      ) with ordinality as x (delivery, received, event_id, order_id, fact, number, occurred_at, state, at)
      order by x.event_id, x.order_id, x.at
      on conflict (channel_id, event_id, order_id) do nothing
      returning id, order_id, state, delivery_id
    ), received as (
      insert into carrier_deliveries (id, channel_id, source, body, received_at, facts, new_facts)
      select d.id, ${channelId}, d.source, d.body, d.at, d.facts, (select count(*) from stored s where s.delivery_id = d.id)
      from rows from (
        jsonb_to_recordset(${jsonText(received)}::jsonb) as (id uuid, source text, at timestamptz, facts int),
        unnest(${bodies}::text[])
      ) as d (id, source, at, facts, body)
      order by d.id
      on conflict (id) do nothing
    )
    select id, order_id as "orderId", state, delivery_id as "deliveryId" from stored order by id`.execute();
  return [...stored];
}
