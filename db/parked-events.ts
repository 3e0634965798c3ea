/**
 * Events that came before their order or their shipment: kept as `parked`, applied when it arrives, either in the
 * transaction that stores it or by the sweep (two transactions may miss each other). Nothing is dropped here.
 */
import { NO_ORDER, type Wake } from './carrier-events.ts';
import { inTransaction, type Database, type Tx } from './database.ts';
import { holdNumbers } from './number-events.ts';
import { lockOrder, lockOrders } from './order-row.ts';
import { applyReferredEvents } from './referred-events.ts';
import { followLocked } from './wake-order.ts';

/**
 * For orders whose rows were just stored (and are therefore locked) in this transaction: applies the parked events
 * that name them, decides, and opens or wakes by the rules of design section 4 (outbox rows included). One cheap
 * query when nothing is parked. May be repeated.
 */
export async function applyParkedEvents(
  tx: Tx,
  input: { channelId: string; orderIds: readonly number[]; now: string },
): Promise<{ applied: number; wake: Wake[] }> {
  const { channelId, orderIds, now } = input;
  if (orderIds.length === 0) return { applied: 0, wake: [] };
  const released = await tx.sql<{ id: number; orderId: number }[]>`
    update carrier_events set state = 'applied'
    where channel_id = ${channelId} and order_id = any(${[...orderIds]}) and state = 'parked'
      and order_id <> ${NO_ORDER}
    returning id, order_id as "orderId"`;
  if (released.length === 0) return { applied: 0, wake: [] };
  const rows = await lockOrders(
    tx,
    channelId,
    released.map((event) => event.orderId),
  );
  const wake: Wake[] = [];
  for (const row of rows) {
    const eventIds = released.filter((event) => event.orderId === row.orderId).map((event) => event.id);
    const { offered } = await followLocked(tx, row, now, { eventIds });
    if (offered !== null) wake.push({ orderId: row.orderId, first: false, generation: offered.generation });
  }
  return { applied: released.length, wake };
}

/**
 * The sweep's pass: parked events whose order exists by now, or whose number became known; one transaction per order.
 * May be repeated.
 */
export async function applyDueParkedEvents(
  db: Database,
  input: { channelId?: string; limit: number; now: string },
): Promise<{ applied: number; wake: (Wake & { channelId: string })[] }> {
  const named = await ordersThatCame(db, input);
  const numbered = await ordersOfKnownNumbers(db, input);
  let applied = 0;
  const wake: (Wake & { channelId: string })[] = [];
  for (const { channelId, orderId } of named) {
    const result = await inTransaction(db, async (tx) => {
      const row = await lockOrder(tx, channelId, orderId);
      return row === null ? null : applyParkedEvents(tx, { channelId, orderIds: [orderId], now: input.now });
    });
    applied += result?.applied ?? 0;
    wake.push(...(result?.wake ?? []).map((entry) => ({ channelId, ...entry })));
  }
  for (const { channelId, orderId, numbers } of numbered) {
    const result = await inTransaction(db, (tx) =>
      applyByNumber(tx, { channelId, orderId, numbers, now: input.now }),
    );
    applied += result.applied;
    wake.push(...result.wake.map((entry) => ({ channelId, ...entry })));
  }
  const referred = await applyReferredEvents(db, input);
  return { applied: applied + referred.applied, wake: [...wake, ...referred.wake] };
}

async function ordersThatCame(
  db: Database,
  input: { channelId?: string; limit: number },
): Promise<{ channelId: string; orderId: number }[]> {
  const { channelId = null, limit } = input;
  return db.sql<{ channelId: string; orderId: number }[]>`
    select distinct e.channel_id as "channelId", e.order_id as "orderId"
    from carrier_events e
    join orders o on o.channel_id = e.channel_id and o.order_id = e.order_id
    where e.state = 'parked' and (${channelId}::text is null or e.channel_id = ${channelId})
    order by 1, 2
    limit ${limit}`;
}

async function ordersOfKnownNumbers(
  db: Database,
  input: { channelId?: string; limit: number },
): Promise<{ channelId: string; orderId: number; numbers: string[] }[]> {
  const { channelId = null, limit } = input;
  return db.sql<{ channelId: string; orderId: number; numbers: string[] }[]>`
    select n.channel_id as "channelId", n.order_id as "orderId", array_agg(distinct n.number) as numbers
    from carrier_events e
    join shipment_numbers n on n.channel_id = e.channel_id and n.number = e.number
    where e.state = 'parked' and e.order_id = ${NO_ORDER} and (${channelId}::text is null or e.channel_id = ${channelId})
    group by 1, 2
    order by 1, 2
    limit ${limit}`;
}

/** Copies the waiting events of known numbers to every order they serve, so that the last copy may remove them. */
async function applyByNumber(
  tx: Tx,
  input: { channelId: string; orderId: number; numbers: readonly string[]; now: string },
): Promise<{ applied: number; wake: Wake[] }> {
  const { channelId, orderId, numbers, now } = input;
  await holdNumbers(tx, channelId, { exclusive: numbers, shared: [] });
  const owners = await tx.sql<{ orderId: number }[]>`
    select distinct order_id as "orderId" from shipment_numbers
    where channel_id = ${channelId} and number = any(${[...numbers]}) order by 1`;
  const rows = await lockOrders(tx, channelId, [orderId, ...owners.map((owner) => owner.orderId)]);
  const served = rows.map((row) => row.orderId);
  const moved = await tx.sql<{ id: number; orderId: number }[]>`
    with waiting as (
      delete from carrier_events e
      where e.channel_id = ${channelId} and e.order_id = ${NO_ORDER} and e.state = 'parked'
        and e.number = any(${[...numbers]})
        and exists (select 1 from shipment_numbers n where n.channel_id = e.channel_id and n.number = e.number
          and n.order_id = any(${served}))
      returning e.*
    )
    insert into carrier_events
      (channel_id, event_id, order_id, delivery_id, fact, number, occurred_at, received_at, state)
    select w.channel_id, w.event_id, n.order_id, w.delivery_id, w.fact, w.number, w.occurred_at, w.received_at, 'applied'
    from waiting w
    join shipment_numbers n on n.channel_id = w.channel_id and n.number = w.number and n.order_id = any(${served})
    order by w.event_id, n.order_id
    on conflict (channel_id, event_id, order_id) do nothing
    returning id, order_id as "orderId"`;
  const wake: Wake[] = [];
  for (const row of rows) {
    const eventIds = moved.filter((event) => event.orderId === row.orderId).map((event) => event.id);
    if (eventIds.length === 0) continue;
    const { offered } = await followLocked(tx, row, now, { eventIds });
    if (offered !== null) wake.push({ orderId: row.orderId, first: false, generation: offered.generation });
  }
  return { applied: moved.length, wake };
}
