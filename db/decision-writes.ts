/**
 * What decisions change in the rows of locked orders, gathered and written in one statement for each table: an ingress
 * that decides many orders in one transaction would otherwise send two statements for each. Decides nothing.
 */
import type { Shipment } from '../domain/facts.ts';
import type { Tx } from './database.ts';
import { jsonText } from './json-text.ts';
import type { OrderRow } from './order-row.ts';

/** The columns of `orders` that a decision writes. */
export type DecidedColumns = Pick<
  OrderRow,
  'stage' | 'counts' | 'attention' | 'attentionReason' | 'stale' | 'stageChangedAt' | 'lastNewsAt'
>;

export interface DecisionWrites {
  readonly orders: (DecidedColumns & { orderId: number })[];
  readonly shipments: { orderId: number; key: string; shipment: Shipment }[];
}

export function gatherWrites(): DecisionWrites {
  return { orders: [], shipments: [] };
}

/** Writes what was gathered for orders of the channel, each of them locked; the statements travel together. */
export async function writeGathered(tx: Tx, channelId: string, writes: DecisionWrites): Promise<void> {
  await Promise.all([
    writes.orders.length === 0 ? null : updateOrders(tx, channelId, writes.orders),
    writes.shipments.length === 0 ? null : upsertShipments(tx, channelId, writes.shipments),
  ]);
}

function updateOrders(tx: Tx, channelId: string, orders: DecisionWrites['orders']): Promise<unknown> {
  return tx.sql`
    update orders o set stage = x.stage, counts = x.counts, attention = x.attention, attention_reason = x."attentionReason",
      stale = x.stale, stage_changed_at = x."stageChangedAt", last_news_at = x."lastNewsAt"
    from jsonb_to_recordset(${jsonText(orders)}::jsonb) as x(
      "orderId" bigint, stage text, counts jsonb, attention text, "attentionReason" text, stale boolean,
      "stageChangedAt" timestamptz, "lastNewsAt" timestamptz)
    where o.channel_id = ${channelId} and o.order_id = x."orderId"`.execute();
}

function upsertShipments(
  tx: Tx,
  channelId: string,
  shipments: DecisionWrites['shipments'],
): Promise<unknown> {
  return tx.sql`
    insert into shipments (channel_id, order_id, key, shipment)
    select ${channelId}, x."orderId", x.key, x.shipment
    from jsonb_to_recordset(${jsonText(shipments)}::jsonb) as x("orderId" bigint, key text, shipment jsonb)
    order by x."orderId", x.key
    on conflict (channel_id, order_id, key) do update set shipment = excluded.shipment`.execute();
}
