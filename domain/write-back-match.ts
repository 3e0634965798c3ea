import type { StoreShipment, WriteBackBody } from './write-back-types.ts';
export type ShipmentBody = Extract<WriteBackBody, { kind: 'create_shipment' }>;
/** The store's shipment that an earlier try or a person already made of this body, or null. Always asked before a create. */
export function matchShipment(
  wanted: ShipmentBody,
  existing: StoreShipment[],
  claimedIds: number[],
): StoreShipment | null {
  throw new Error(`being written ${wanted.kind} ${existing.length} ${claimedIds.length}`);
}
/** True when the adopted shipment does not bear the wanted number yet: the same row then puts it there by PUT. */
export function adoptionNeedsTracking(wanted: ShipmentBody, found: StoreShipment): boolean {
  throw new Error(`being written ${wanted.kind} ${found.shipmentId}`);
}
/** Settles a `sent` row by the body that was sent and by what the store shows now. */
export function settleSent(input: {
  body: WriteBackBody;
  statusBefore: number | null;
  statusNow: number;
  shipmentsNow: StoreShipment[];
  claimedIds: number[];
}): 'confirmed' | 'not_there' {
  throw new Error(`being written ${input.statusNow}`);
}
/** The explained statuses after a call: `statusAfter` null = it was just sent, else what the store showed once it was confirmed. */
export function explainedAfter(input: {
  body: WriteBackBody;
  explained: number[];
  statusBefore: number;
  statusAfter: number | null;
}): number[] {
  throw new Error(`being written ${input.statusBefore}`);
}
/** True when the status that was read is not explained (7, 9 and 11 are one value): somebody else's doing. */
export function isExplained(statusId: number, explained: number[]): boolean {
  throw new Error(`being written ${statusId} ${explained.length}`);
}
/** True when the status that was read is a person's decision against a step with this target (design section 6). */
export function personChanged(input: {
  statusId: number;
  explained: number[];
  target: number;
  protectedStatuses: number[];
}): boolean {
  throw new Error(`being written ${input.statusId}`);
}
