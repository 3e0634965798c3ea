/**
 * Fields of an order that the store does not own: a person's edits of parcels and weight, each with its audit entry. An
 * import never touches them (capabilities ).
 */
import type { LocalFields } from '../domain/order-label.ts';
import type { DecimalText, WeightUnit } from '../domain/order.ts';
import { recordAudit } from './audit.ts';
import { inTransaction, type Database } from './database.ts';
import { lockOrder, type OrderRow } from './order-row.ts';
import { jsonText } from './json-text.ts';

export interface FieldEdits {
  /** Null: one parcel, as if nobody had said anything. */
  parcels?: number | null;
  /** Null: what the store says. */
  weight?: { value: DecimalText; unit: WeightUnit } | null;
}

/** The order after the edit; null for one that is not known. May be repeated: an equal edit changes nothing. */
export async function editOrderFields(
  db: Database,
  input: { channelId: string; orderId: number; fields: FieldEdits; by: string; now: string },
): Promise<Pick<OrderRow, 'canonical' | 'local'> | null> {
  const { channelId, orderId, fields, by, now } = input;
  return inTransaction(db, async (tx) => {
    const row = await lockOrder(tx, channelId, orderId);
    if (row === null) return null;
    const before = row.local;
    const local = edited(before, fields);
    if (jsonText(local) === jsonText(before)) return { canonical: row.canonical, local: before };
    await tx.sql`update orders set local = ${jsonText(local)}::jsonb
      where channel_id = ${channelId} and order_id = ${orderId}`;
    const detail = { before: { ...before }, after: { ...local } };
    await recordAudit(tx, { at: now, by, channelId, orderId, action: 'order.fields', detail });
    return { canonical: row.canonical, local };
  });
}

function edited(before: LocalFields, { parcels, weight }: FieldEdits): LocalFields {
  const after: LocalFields = { ...before };
  if (parcels === null) delete after.parcels;
  else if (parcels !== undefined) after.parcels = { count: parcels, by: 'operator' };
  if (weight === null) delete after.weight;
  else if (weight !== undefined) after.weight = { ...weight, by: 'operator', always: true };
  return after;
}
