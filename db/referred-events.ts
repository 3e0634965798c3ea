/**
 * Events whose tracking number no order has, but whose sender names an order number beside it (Sendcloud, Starshipit,
 * AfterShip): the number leads to its order where that can be meant. A known tracking number always goes first.
 */
import type { CarrierFact } from '../domain/carrier-event.ts';
import { END_STAGES } from '../domain/facts.ts';
import { NO_ORDER, type Wake } from './carrier-events.ts';
import { inTransaction, type Database } from './database.ts';
import { BEFORE_ORDER_MAX_MS, holdNumbers, referredOrder } from './number-events.ts';
import { lockOrder } from './order-row.ts';
import { followLocked } from './wake-order.ts';

/**
 * The sweep's pass over waiting events whose order was imported since: one transaction per order. An event that no
 * order takes goes on waiting for its tracking number. May be repeated.
 */
export async function applyReferredEvents(
  db: Database,
  input: { channelId?: string; limit: number; now: string },
): Promise<{ applied: number; wake: (Wake & { channelId: string })[] }> {
  const { channelId = null, limit, now } = input;
  const found = await db.sql<{ channelId: string; orderId: number; numbers: string[] }[]>`
    select e.channel_id as "channelId", o.order_id as "orderId", array_agg(distinct e.number) as numbers
    from carrier_events e
    cross join lateral jsonb_array_elements(e.fact->'orderNumbers') as given(number)
    join orders o on o.channel_id = e.channel_id and o.order_id = given.number::bigint
    where e.state = 'parked' and e.order_id = ${NO_ORDER} and e.number is not null
      and (${channelId}::text is null or e.channel_id = ${channelId})
      and (o.stage is null or o.stage <> all(${[...END_STAGES]}))
      and e.occurred_at >= o.store_created_at - ${BEFORE_ORDER_MAX_MS}::float8 * interval '1 millisecond'
      and exists (select 1 from jsonb_array_elements(o.canonical->'lineItems') as l(line) where l.line->>'kind' = 'physical')
    group by 1, 2
    order by 1, 2
    limit ${limit}`;
  const done: Awaited<ReturnType<typeof applyReferredEvents>> = { applied: 0, wake: [] };
  for (const { channelId: channel, orderId, numbers } of found) {
    const one = await applyToOrder(db, { channelId: channel, orderId, numbers, now });
    done.applied += one.applied;
    if (one.wake !== null) done.wake.push({ channelId: channel, ...one.wake });
  }
  return done;
}

function applyToOrder(
  db: Database,
  input: { channelId: string; orderId: number; numbers: readonly string[]; now: string },
): Promise<{ applied: number; wake: Wake | null }> {
  const { channelId, orderId, numbers, now } = input;
  return inTransaction(db, async (tx) => {
    await holdNumbers(tx, channelId, { exclusive: numbers, shared: [] });
    const row = await lockOrder(tx, channelId, orderId);
    if (row === null) return { applied: 0, wake: null };
    const waiting = await tx.sql<{ id: number; fact: CarrierFact }[]>`
      select e.id, e.fact from carrier_events e
      where e.channel_id = ${channelId} and e.order_id = ${NO_ORDER} and e.state = 'parked'
        and e.number = any(${[...numbers]})
        and not exists (select 1 from shipment_numbers n where n.channel_id = e.channel_id and n.number = e.number)`;
    const ids = waiting.filter(({ fact }) => referredOrder([row], fact) === orderId).map(({ id }) => id);
    if (ids.length === 0) return { applied: 0, wake: null };
    const moved = await tx.sql<{ id: number }[]>`
      with taken as (delete from carrier_events where id = any(${ids}) and state = 'parked' returning *)
      insert into carrier_events
        (channel_id, event_id, order_id, delivery_id, fact, number, occurred_at, received_at, state)
      select channel_id, event_id, ${orderId}::bigint, delivery_id, fact, number, occurred_at, received_at, 'applied'
      from taken order by event_id
      on conflict (channel_id, event_id, order_id) do nothing
      returning id`;
    const { offered } = await followLocked(tx, row, now, { eventIds: moved.map(({ id }) => id) });
    const wake = offered === null ? null : { orderId, first: false, generation: offered.generation };
    return { applied: moved.length, wake };
  });
}
