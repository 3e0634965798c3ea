/**
 * Keeps what a newer read of an order means beside its content: that the store changed it after a label was made (until a
 * person or a newer label deals with it), and that it was archived.
 */
import { changeForLabels } from '../domain/change-after-label.ts';
import type { StoreChange } from '../domain/facts.ts';
import type { Order } from '../domain/order.ts';
import type { Tx } from './database.ts';
import { setGone } from './gone-orders.ts';
import { jsonText } from './json-text.ts';
import type { OrderRow } from './order-row.ts';

/** `row` is locked, holds the new version, and is updated in place. May be repeated. */
export async function noteChange(tx: Tx, row: OrderRow, before: Order, now: string): Promise<void> {
  await setGone(tx, row, row.canonical.archived ? (row.gone ?? 'archived') : null, now);
  const what = changeForLabels(before, row.canonical);
  if (what === null) return;
  const parcels = await tx.sql`
    select 1 from shipments where channel_id = ${row.channelId} and order_id = ${row.orderId}
      and shipment->>'kind' = 'parcel' and not (shipment->>'voided')::boolean
    limit 1`;
  if (parcels.length === 0) return;
  const change: StoreChange = { at: now, what };
  await tx.sql`update orders set store_change = ${jsonText(change)}::jsonb
    where channel_id = ${row.channelId} and order_id = ${row.orderId}`;
  row.storeChange = change;
}
