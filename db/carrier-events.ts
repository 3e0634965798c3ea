/**
 * The ingress of carrier events: one transaction stores what upstream sent, applies it to its orders and leaves an
 * outbox row only where a workflow must know. It calls nobody outside Postgres.
 */
import type { CarrierFact } from '../domain/carrier-event.ts';
import { normalizeTrackingNumber } from '../domain/ids.ts';
import { inTransaction, type Database, type Tx } from './database.ts';
import { jsonText, storableText } from './json-text.ts';
import { loadKnownFacts } from './known-facts.ts';
import { holdNumbers, ordersServed, ownersOfNumbers, type NumberOwner } from './number-events.ts';
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
  const { channelId, now, facts } = delivery;
  return inTransaction(db, async (tx) => {
    // Statements that need not wait for each other's answers travel together, in the order of these calls; the server
    // runs them one after the other, so each sees what the earlier ones have waited for or written.
    const [, owners, rows] = await Promise.all([
      holdNumbersOf(tx, channelId, facts),
      ownersOfNumbers(tx, channelId, numbersWithoutOrder(facts)),
      lockAddressed(tx, channelId, facts),
    ]);
    const addressed = addressFacts(facts, owners);
    const knownOrders = new Set(rows.map((row) => row.orderId));
    const [stored, ...known] = await Promise.all([
      storeEvents(tx, delivery, addressed, knownOrders),
      ...rows.map((row) => loadKnownFacts(tx, row)),
    ]);
    const wake: Wake[] = [];
    for (const [at, row] of rows.entries()) {
      const eventIds = stored.filter((event) => event.orderId === row.orderId).map((event) => event.id);
      if (eventIds.length === 0) continue;
      const followed = await followLocked(tx, row, now, { eventIds, known: known[at] });
      if (followed.offered !== null && followed.known.channel?.enabled === true) {
        wake.push({ orderId: row.orderId, first: false, generation: followed.offered.generation });
      }
    }
    return {
      deliveryId: delivery.deliveryId,
      facts: facts.length,
      newFacts: stored.length,
      parked: stored.filter((event) => event.state === 'parked').length,
      wake,
    };
  });
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
    if (orderId === null ? number !== sought : fact.type !== 'tracking.updated') exclusive.push(number);
  }
  await holdNumbers(tx, channelId, { exclusive, shared });
}

/** The orders that the facts name, and those that their numbers serve, locked in the order of their keys. */
function lockAddressed(tx: Tx, channelId: string, facts: readonly AddressedFact[]): Promise<OrderRow[]> {
  const orderIds = facts.flatMap(({ orderId }) => orderId ?? []);
  return lockOrders(tx, channelId, orderIds, numbersWithoutOrder(facts));
}

function numbersWithoutOrder(facts: readonly AddressedFact[]): string[] {
  return facts.flatMap(({ orderId, fact }) => (orderId === null ? (soughtNumber(fact) ?? []) : []));
}

/** Gives every fact its orders; one without any gets {@link NO_ORDER}. */
function addressFacts(
  facts: readonly AddressedFact[],
  owners: readonly NumberOwner[],
): { orderId: number; fact: CarrierFact }[] {
  return facts.flatMap(({ orderId, fact }) => {
    if (orderId !== null) return [{ orderId, fact }];
    const number = soughtNumber(fact);
    const served = number === null ? [] : ordersServed(owners, number, fact);
    return (served.length > 0 ? served : [NO_ORDER]).map((found) => ({ orderId: found, fact }));
  });
}

/** The delivery and its facts in one statement; returns the rows that were new. */
export async function storeEvents(
  tx: Tx,
  delivery: Delivery,
  addressed: readonly { orderId: number; fact: CarrierFact }[],
  knownOrders: ReadonlySet<number>,
): Promise<StoredEvent[]> {
  const incoming = addressed.map(({ orderId, fact }) => ({
    event_id: fact.eventId,
    order_id: orderId,
    fact,
    // Who names no order waits for the number by which its order is found.
    number: orderId === NO_ORDER ? soughtNumber(fact) : numberOf(fact),
    occurred_at: fact.occurredAt,
    state: knownOrders.has(orderId) ? 'applied' : 'parked',
  }));
  const stored = await tx.sql<StoredEvent[]>`
    with stored as (
      insert into carrier_events
        (channel_id, event_id, order_id, delivery_id, fact, number, occurred_at, received_at, state)
      select ${delivery.channelId}, x.event_id, x.order_id, ${delivery.deliveryId}::uuid, x.fact, x.number,
        x.occurred_at, ${delivery.now}::timestamptz, x.state
      from jsonb_to_recordset(${jsonText(incoming)}::jsonb)
        as x(event_id text, order_id bigint, fact jsonb, number text, occurred_at timestamptz, state text)
      order by x.event_id, x.order_id
      on conflict (channel_id, event_id, order_id) do nothing
      returning id, order_id, state
    ), received as (
      insert into carrier_deliveries (id, channel_id, source, body, received_at, facts, new_facts)
      select ${delivery.deliveryId}::uuid, ${delivery.channelId}, ${delivery.source}, ${storableText(delivery.body)},
        ${delivery.now}::timestamptz, ${delivery.facts.length}, (select count(*) from stored)
      on conflict (id) do nothing
    )
    select id, order_id as "orderId", state from stored order by id`.execute();
  return [...stored];
}
