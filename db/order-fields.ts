/**
 * Fields of an order that a person set in place of the store or of defaults: each edit with its audit entry and its line
 * in the order's history. An import never touches them (capabilities ).
 */
import { applyEdits, fieldInWords, type FieldEdits } from '../domain/field-edits.ts';
import type { LocalFields } from '../domain/order-label.ts';
import { inTransaction, type Database } from './database.ts';
import { jsonText } from './json-text.ts';
import { recordWord } from './operator-frame.ts';
import { lockOrder, type OrderRow } from './order-row.ts';

export type { FieldEdits };

export type FieldsOutcome =
  ({ ok: true; changed: boolean } & Pick<OrderRow, 'canonical' | 'local'>) | { ok: false; message: string };

/**
 * The order after the edit; null for one that is not known. May be repeated: an equal edit changes nothing. The audit and
 * the history name the fields of an address and not what is in them.
 */
export async function editOrderFields(
  db: Database,
  input: {
    channelId: string;
    orderId: number;
    fields: FieldEdits;
    /** What a new order of the channel would get: where an edit is taken back. */
    defaults: LocalFields;
    by: string;
    now: string;
  },
): Promise<FieldsOutcome | null> {
  const { channelId, orderId, fields, defaults, by, now } = input;
  return inTransaction(db, async (tx): Promise<FieldsOutcome | null> => {
    const row = await lockOrder(tx, channelId, orderId);
    if (row === null) return null;
    const { canonical, local: before } = row;
    const edited = applyEdits(canonical, before, fields, { by, at: now, defaults });
    if (!edited.ok) return edited;
    const { local, set, unset } = edited;
    if (set.length + unset.length === 0) return { ok: true, changed: false, canonical, local: before };
    await tx.sql`update orders set local = ${jsonText(local)}::jsonb
      where channel_id = ${channelId} and order_id = ${orderId}`;
    const { parcels, weight } = before;
    await recordWord(
      tx,
      { channelId, orderId, by, now, reason: '' },
      {
        word: 'fields',
        detail: {
          set,
          unset,
          before: { parcels, weight },
          after: { parcels: local.parcels, weight: local.weight },
        },
        sentence: sentenceOf(by, set, unset),
      },
    );
    return { ok: true, changed: true, canonical, local };
  });
}

function sentenceOf(by: string, set: readonly string[], unset: readonly string[]): string {
  const parts = [
    ...(set.length === 0 ? [] : [`set ${set.map(fieldInWords).join(', ')}`]),
    ...(unset.length === 0 ? [] : [`took back ${unset.map(fieldInWords).join(', ')}`]),
  ];
  return `${by} ${parts.join(' and ')}.`;
}
