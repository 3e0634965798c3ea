/**
 * Shipments of our parcels that the store no longer has, because a person deleted them there. Tells them from the ledger
 * and what the store shows; it plans nothing, because what a person took away is never made anew by itself.
 */
import type { LostShipments, Shipment } from './facts.ts';
import type { LineItem } from './order.ts';
import { createdRow, deletedIds, writtenShipment } from './write-back-ledger.ts';
import type { LedgerEntry } from './write-back-types.ts';

/** What a ledger tells of a shipment that should be in the store, whoever made it. */
export interface OwnShipment {
  shipmentId: number;
  /** Of the ledger's rows: the parcels that have it, each with its consignment. */
  subjects: string[];
  items: readonly { orderProductId: number; quantity: number }[];
}

/**
 * The shipments that the ledger knows to be in the store: the one that each parcel has by the last word of the ledger,
 * made by us, taken over from another label, or a person's that bears its number; unless we took it away or are about to.
 */
export function ownShipments(ledger: readonly LedgerEntry[]): OwnShipment[] {
  const leaving = deletedIds(ledger);
  for (const { body, state } of ledger)
    if (body.kind === 'delete_shipment' && (state === 'planned' || state === 'sent'))
      leaving.add(body.shipmentId);
  const told = ledger.filter(
    ({ kind, state }) => state === 'confirmed' && (kind === 'create_shipment' || kind === 'update_shipment'),
  );
  const own = new Map<number, OwnShipment>();
  for (const subject of new Set(told.map((row) => row.subject))) {
    const written = writtenShipment(ledger, [subject]);
    if (written === null || leaving.has(written.storeShipmentId)) continue;
    const { storeShipmentId: shipmentId } = written;
    // Two parcels may stand behind one shipment: one of them adopted what bears its number too.
    const shared = own.get(shipmentId);
    if (shared !== undefined) {
      shared.subjects.push(subject);
      continue;
    }
    const body = (createdRow(ledger, shipmentId) ?? written.created)?.body;
    own.set(shipmentId, {
      ...{ shipmentId, subjects: [subject] },
      items: body?.kind === 'create_shipment' ? body.items : [],
    });
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

/** Whether the store counts fewer units of a line as shipped than were seen there before. */
export function countsDropped(
  lines: readonly Pick<LineItem, 'orderProductId' | 'quantityShipped'>[],
  before: readonly Pick<LineItem, 'orderProductId' | 'quantityShipped'>[],
): boolean {
  return lines.some(({ orderProductId, quantityShipped }) =>
    before.some((line) => line.orderProductId === orderProductId && line.quantityShipped > quantityShipped),
  );
}

/** Of each lost one that nobody has looked at, sent again or taken away since: the parcels that it was of. */
export function stillLost(lost: LostShipments | null, ledger: readonly LedgerEntry[]): string[][] {
  if (lost === null || lost.seen) return [];
  return ownShipments(ledger)
    .filter(({ shipmentId }) => lost.ids.includes(shipmentId))
    .map(({ subjects }) => subjects);
}

/** Whether the labels of all these subjects were voided: then nobody misses their shipment. */
export function isOfVoided(
  subjects: readonly string[],
  parcels: readonly Pick<Shipment, 'key' | 'numbers' | 'voided'>[],
): boolean {
  return subjects.every((subject) =>
    parcels.some(
      ({ voided, key, numbers }) =>
        voided && [key, ...numbers].some((name) => subject.startsWith(`${name}@`)),
    ),
  );
}
