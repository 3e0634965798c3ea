/**
 * What became of one delivery: each fact that it brought, whether it counts or waits, and where its order is now
 * (capabilities 8.1). Reads only; ids, statuses and words, never a customer's data.
 */
import type { Attention, Stage } from '../domain/facts.ts';
import type { Queries } from './database.ts';

export interface DeliveryOutcome {
  id: string;
  /** `http`, `cli`, `signal`, or the provider. */
  source: string;
  receivedAt: string;
  facts: number;
  new: number;
  /** The facts that were new; those known before came with an earlier delivery. */
  events: DeliveredEvent[];
}

interface DeliveredEvent {
  eventId: string;
  type: string;
  /** Our tracking status, where the event is a scan. */
  status: string | null;
  trackingNumber: string | null;
  occurredAt: string;
  /** `parked`: its order or number is not known yet. `applied`: it counts. `late`: the order was closed. */
  state: 'parked' | 'applied' | 'late';
  /** Null while neither the event nor its number names one. */
  orderId: number | null;
  /** The order as it is now; null where it was never taken in. */
  order: {
    stage: Stage | null;
    attention: Attention | null;
    attentionReason: string | null;
    writes: { kind: string; state: string; blocked: string | null; outcome: string | null }[];
  } | null;
}

/** Null for an id that the channel does not have, or no longer (`retention.deliveries_days`). May be repeated. */
export async function deliveryOutcome(
  db: Queries,
  ask: { channelId: string; deliveryId: string },
): Promise<DeliveryOutcome | null> {
  const { channelId, deliveryId } = ask;
  const [delivery] = await db.sql<Omit<DeliveryOutcome, 'events'>[]>`
    select id, source, received_at as "receivedAt", facts, new_facts as new from carrier_deliveries
    where id = ${deliveryId} and channel_id = ${channelId}`;
  if (delivery === undefined) return null;
  const events = await db.sql<DeliveredEvent[]>`
    select e.event_id as "eventId", e.fact->>'type' as type, e.fact->'tracking'->>'status' as status,
      e.fact->'shipment'->>'trackingNumber' as "trackingNumber", e.occurred_at as "occurredAt", e.state,
      nullif(e.order_id, 0) as "orderId",
      case when o.order_id is null then null else jsonb_build_object(
        'stage', o.stage, 'attention', o.attention, 'attentionReason', o.attention_reason,
        'writes', coalesce((
          select jsonb_agg(jsonb_build_object('kind', w.kind, 'state', w.state, 'blocked', w.blocked, 'outcome', w.outcome)
            order by w.created_at, w.kind, w.subject, w.n)
          from write_backs w where w.channel_id = e.channel_id and w.order_id = e.order_id), '[]')) end as "order"
    from carrier_deliveries d
    -- An event keeps the time of its delivery, and by it the few blocks are found that can hold it.
    join carrier_events e on e.received_at = d.received_at and e.delivery_id = d.id and e.channel_id = d.channel_id
    left join orders o on o.channel_id = e.channel_id and o.order_id = e.order_id
    where d.id = ${deliveryId} and d.channel_id = ${channelId}
    order by e.id`;
  return { ...delivery, events: [...events] };
}
