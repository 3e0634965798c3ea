/**
 * How the delivered marker stands in the store (capabilities Q-33), so that an earlier try is recognized. Words only.
 */
import type { BodyOf } from './write-back-types.ts';

/** Our metafield on orders; `read` lets other apps and people see it (bigcommerce-api.md section 5.3, Traps 5). */
export const DELIVERED_METAFIELD = {
  namespace: 'waybill',
  key: 'delivered_at',
  permissionSet: 'read',
  description: 'When the carrier delivered the last parcel of the order.',
} as const;

/** Opens our line in the staff notes. */
export const DELIVERED_NOTE_OPENING = 'Delivered (Waybill): ';

/** The staff notes with our line appended; the field is written whole (bigcommerce-api.md section 14.4). */
export function notesWithDelivery(notes: string, body: BodyOf<'mark_delivered'>): string {
  const line = DELIVERED_NOTE_OPENING + body.deliveredAt;
  return notes.trim() === '' ? line : `${notes.trimEnd()}\n${line}`;
}
