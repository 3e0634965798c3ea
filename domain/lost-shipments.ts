/**
 * Shipments that we made and that the store no longer has, because a person deleted them there. Tells them from the
 * ledger and what the store shows; it plans nothing, because what a person took away is never made anew by itself.
 */
import type { LostShipments, Shipment } from './facts.ts';
import type { LineItem } from './order.ts';
import { deletedIds } from './write-back-ledger.ts';
import type { LedgerEntry } from './write-back-types.ts';

/** What a ledger tells of a shipment of ours that should be in the store. */
export interface OwnShipment {
  shipmentId: number;
  /** Of the ledger's row: our parcel and the consignment. */
  subject: string;
  items: readonly { orderProductId: number; quantity: number }[];
}

/**
 * The shipments that the ledger knows to be in the store: the last confirmed one of each parcel, unless we took it away
 * or are about to.
 */
export function ownShipments(ledger: readonly LedgerEntry[]): OwnShipment[] {
  const last = new Map<string, LedgerEntry>();
  for (const row of ledger) {
    if (row.kind !== 'create_shipment' || row.state !== 'confirmed') continue;
    if ((last.get(row.subject)?.n ?? 0) <= row.n) last.set(row.subject, row);
  }
  const leaving = deletedIds(ledger);
  for (const { body, state } of ledger)
    if (body.kind === 'delete_shipment' && (state === 'planned' || state === 'sent'))
      leaving.add(body.shipmentId);
  // Two parcels may stand behind one shipment: one of them adopted what bears its number too.
  const own = new Map<number, OwnShipment>();
  for (const { body, subject, storeShipmentId } of last.values()) {
    if (storeShipmentId === null || leaving.has(storeShipmentId) || body.kind !== 'create_shipment') continue;
    own.set(storeShipmentId, { shipmentId: storeShipmentId, subject, items: body.items });
  }
  return [...own.values()];
}

/** Whether the store counts fewer units of a line as shipped than these shipments hold; lines not given are passed over. */
export function showsFewer(
  lines: readonly Pick<LineItem, 'orderProductId' | 'quantityShipped'>[],
  own: readonly Pick<OwnShipment, 'items'>[],
): boolean {
  return lines.some(({ orderProductId, quantityShipped }) => {
    const items = own.flatMap((one) => one.items).filter((item) => item.orderProductId === orderProductId);
    return items.reduce((sum, item) => sum + item.quantity, 0) > quantityShipped;
  });
}

/** Subjects of the lost ones that nobody has looked at, sent again or taken away since. */
export function stillLost(lost: LostShipments | null, ledger: readonly LedgerEntry[]): string[] {
  if (lost === null || lost.seen) return [];
  return ownShipments(ledger)
    .filter(({ shipmentId }) => lost.ids.includes(shipmentId))
    .map(({ subject }) => subject);
}

/** Whether the subject's label was voided: then nobody misses its shipment. */
export function isOfVoided(subject: string, parcels: readonly Shipment[]): boolean {
  return parcels.some(
    ({ voided, key, numbers }) => voided && [key, ...numbers].some((name) => subject.startsWith(`${name}@`)),
  );
}
