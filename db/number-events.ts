/**
 * Events and the tracking numbers they speak of: which orders a number serves, and which stored events a number brings
 * along when an order learns of it. A number may serve several orders (merged parcels) and may be recycled.
 */
import type { CarrierEventType, CarrierFact } from '../domain/carrier-event.ts';
import { END_STAGES, type Shipment } from '../domain/facts.ts';
import { DAY_MS, instantMs } from '../domain/instants.ts';
import { isDigitalOnly } from '../domain/order.ts';
import { RECYCLED_AFTER_MS } from '../domain/parcel-identity.ts';
import type { Tx } from './database.ts';
import type { OrderRow } from './order-row.ts';
import { jsonText } from './json-text.ts';

/** Facts about the parcel itself: they hold for every order in it. A label's lines belong to the order it names. */
const PARCEL_FACTS: CarrierEventType[] = ['tracking.updated', 'shipment.manifested', 'shipment.external'];

/** The form in which two spellings of one carrier's name are equal. */
function carrierKey(carrier: string | null): string | null {
  return carrier === null ? null : carrier.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
}

/**
 * Holds numbers until the transaction ends, so that an event found by its number and a label that brings the number
 * cannot miss each other. Taken before any row lock, in one fixed order: `exclusive` for numbers that a fact may bring
 * to an order, `shared` for numbers by which orders are looked up.
 */
export async function holdNumbers(
  tx: Tx,
  channelId: string,
  numbers: { exclusive: readonly string[]; shared: readonly string[] },
): Promise<void> {
  const exclusive = new Set(numbers.exclusive);
  const wanted = [
    ...[...exclusive].map((number) => ({ number, own: true })),
    ...[...new Set(numbers.shared)]
      .filter((number) => !exclusive.has(number))
      .map((number) => ({ number, own: false })),
  ];
  if (wanted.length === 0) return;
  await tx.sql`
    select case when held.own then pg_advisory_xact_lock(held.lock) else pg_advisory_xact_lock_shared(held.lock) end
    from (
      select hashtextextended(${channelId} || ':' || x.number, 0) as lock, bool_or(x.own) as own
      from jsonb_to_recordset(${jsonText(wanted)}::jsonb) as x(number text, own boolean)
      group by 1 order by 1
    ) held`.execute();
}

export interface NumberOwner {
  number: string;
  orderId: number;
  carrier: string | null;
  /** When the number was first reported on a label of this order; null where only scans named it. */
  labelledAt: string | null;
}

/** The orders whose shipments have or had one of these numbers. */
export async function ownersOfNumbers(
  tx: Tx,
  channelId: string,
  numbers: readonly string[],
): Promise<NumberOwner[]> {
  if (numbers.length === 0) return [];
  return tx.sql<NumberOwner[]>`
    select n.number, n.order_id as "orderId", s.shipment->>'carrier' as carrier,
      coalesce(s.shipment->'milestones'->>'label', s.shipment->'milestones'->>'external') as "labelledAt"
    from shipment_numbers n
    left join shipments s on s.channel_id = n.channel_id and s.order_id = n.order_id and s.key = n.shipment_key
    where n.channel_id = ${channelId} and n.number = any(${[...new Set(numbers)]})
    order by n.number, n.order_id`.execute();
}

/**
 * The orders that an event of this number speaks of: those of the same carrier where one is, else all of them, because
 * services spell one carrier in several ways. Where the number was used again, those whose label is of its time.
 */
export function ordersServed(owners: readonly NumberOwner[], number: string, fact: CarrierFact): number[] {
  const same = owners.filter((owner) => owner.number === number);
  const key = carrierKey(fact.shipment.carrier);
  const exact = same.filter((owner) => key !== null && carrierKey(owner.carrier) === key);
  const ofTime = lastUse(exact.length > 0 ? exact : same, instantMs(fact.occurredAt));
  return [...new Set(ofTime.map((owner) => owner.orderId))];
}

/**
 * Carriers use numbers again: an event belongs to the youngest label that it is not too old for, and to those that were
 * made with it (a merged parcel), not to last year's parcel of that number.
 */
function lastUse(owners: readonly NumberOwner[], atMs: number): readonly NumberOwner[] {
  const times = owners.flatMap(({ labelledAt }) => (labelledAt === null ? [] : [instantMs(labelledAt)]));
  const youngest = Math.max(...times.filter((time) => time - RECYCLED_AFTER_MS <= atMs));
  if (!Number.isFinite(youngest)) return owners;
  return owners.filter(
    ({ labelledAt }) =>
      labelledAt === null || Math.abs(instantMs(labelledAt) - youngest) <= RECYCLED_AFTER_MS,
  );
}

/** Another shop's order may have the same number: a scan from before ours was made is not about it. Clocks differ. */
export const BEFORE_ORDER_MAX_MS = DAY_MS;

/**
 * The order among the locked rows that the order numbers of a sender mean (Sendcloud, Starshipit, AfterShip), asked only
 * where no order has the tracking number; null: none, and the event waits.
 */
export function referredOrder(rows: readonly OrderRow[], fact: CarrierFact): number | null {
  const numbers = fact.orderNumbers ?? [];
  const row = rows.find(({ orderId }) => numbers.includes(orderId));
  if (row === undefined || isDigitalOnly(row.canonical)) return null;
  // An order at its end has had its parcels.
  if (row.stage !== null && END_STAGES.includes(row.stage)) return null;
  const early = instantMs(row.storeCreatedAt) - instantMs(fact.occurredAt) > BEFORE_ORDER_MAX_MS;
  return early ? null : row.orderId;
}

/**
 * Brings to a locked order the stored events of its new numbers: those parked without an order, and those that another
 * order of the same parcel already has (same carrier, as far as both are known). Returns the ids of the new rows.
 */
export async function adoptEventsOfNumbers(
  tx: Tx,
  row: OrderRow,
  shipments: readonly Shipment[],
): Promise<number[]> {
  const { channelId, orderId } = row;
  const wanted = shipments.flatMap((shipment) =>
    shipment.numbers.map((number) => ({ number, carrier: carrierKey(shipment.carrier) })),
  );
  if (wanted.length === 0) return [];
  const adopted = await tx.sql<{ id: number }[]>`
    with wanted as (
      select * from jsonb_to_recordset(${jsonText(wanted)}::jsonb) as x(number text, carrier text)
    ), parked as (
      delete from carrier_events e using (
        select p.id from carrier_events p
        where p.channel_id = ${channelId} and p.state = 'parked' and p.order_id = 0
          and p.number in (select number from wanted)
        order by p.id for update
      ) held where e.id = held.id
      returning e.event_id, e.delivery_id, e.fact, e.number, e.occurred_at, e.received_at
    ), shared as (
      select distinct on (e.event_id) e.event_id, e.delivery_id, e.fact, e.number, e.occurred_at, e.received_at
      from wanted w
      join shipment_numbers n on n.channel_id = ${channelId} and n.number = w.number and n.order_id <> ${orderId}
      join carrier_events e on e.channel_id = ${channelId} and e.order_id = n.order_id and e.number = w.number
      where e.state in ('applied', 'late') and e.fact->>'type' = any(${PARCEL_FACTS})
        and (w.carrier is null or e.fact->'shipment'->>'carrier' is null
          or w.carrier = regexp_replace(lower(e.fact->'shipment'->>'carrier'), '[^a-z0-9]', '', 'g'))
      order by e.event_id
    )
    insert into carrier_events
      (channel_id, event_id, order_id, delivery_id, fact, number, occurred_at, received_at, state)
    select ${channelId}, found.event_id, ${orderId}, found.delivery_id, found.fact, found.number, found.occurred_at,
      found.received_at, 'applied'
    from (select * from parked union all select * from shared) found
    order by found.event_id
    on conflict (channel_id, event_id, order_id) do nothing
    returning id`;
  return adopted.map((event) => event.id);
}
