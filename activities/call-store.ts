/**
 * The one call to the store that carries out a step, by its kind, and what its answer tells of the store. It is made at
 * most once per mark in the ledger; whether it may be made is decided before.
 */
import type { StoreClient } from '../bigcommerce/client.ts';
import { DELIVERED_METAFIELD, notesWithDelivery } from '../domain/delivered-words.ts';
import { adoptionBody } from '../domain/write-back-body.ts';
import { matchPickup } from '../domain/write-back-match.ts';
import type { BodyOf, StoreShipment, WriteBackBody } from '../domain/write-back-types.ts';
import type { StoreNow } from './store-view.ts';

export interface CallResult {
  shipmentId: number | null;
  /** For people, without customer data. */
  outcome: string;
  /** The status as the answer tells it, or as it was; null where another look is needed to know. */
  statusAfter: number | null;
  shipmentsAfter: StoreShipment[] | null;
  /** What the step itself took away or added may change what counts as shipped: another look is needed. */
  shippedMoved: boolean;
}

/** Carries out `body`; `adopt`: a shipment of the store that gets the tracking instead of a new one. Throws `StoreError`s. */
export async function callStore(
  client: StoreClient,
  orderId: number,
  given: { body: WriteBackBody; adopt: StoreShipment | null; now: StoreNow },
): Promise<CallResult> {
  const { body, adopt, now } = given;
  const { statusId, shipments } = now.read.view;
  const unmoved = { statusAfter: statusId, shipmentsAfter: shipments, shippedMoved: false };
  switch (body.kind) {
    case 'set_status': {
      const statusAfter = (await client.setStatus(orderId, body.statusId)) ?? body.statusId;
      return { ...unmoved, shipmentId: null, outcome: `status ${String(body.statusId)} set`, statusAfter };
    }
    case 'update_shipment':
      return update(client, orderId, body, now, body.resend === true ? 'sent its tracking again' : 'updated');
    case 'create_shipment': {
      if (adopt !== null)
        return update(
          client,
          orderId,
          adoptionBody(body, adopt),
          now,
          'of the store adopted, tracking added',
        );
      const made = await client.createShipment(orderId, body);
      return {
        shipmentId: made.shipmentId,
        outcome: `shipment ${String(made.shipmentId)} created`,
        statusAfter: null,
        shipmentsAfter: [...(shipments ?? []), made],
        shippedMoved: true,
      };
    }
    case 'delete_shipment': {
      const { shipmentId } = body;
      await client.deleteShipment(orderId, shipmentId);
      return {
        shipmentId,
        outcome: `shipment ${String(shipmentId)} deleted`,
        statusAfter: null,
        shipmentsAfter: shipments?.filter((one) => one.shipmentId !== shipmentId) ?? null,
        shippedMoved: true,
      };
    }
    case 'mark_delivered':
      return { ...unmoved, shipmentId: null, outcome: await mark(client, orderId, body, now) };
    case 'write_pickup':
      return { ...unmoved, shipmentId: null, outcome: await recordPickup(client, orderId, body, now) };
  }
}

async function update(
  client: StoreClient,
  orderId: number,
  body: BodyOf<'update_shipment'>,
  { read: { view } }: StoreNow,
  what: string,
): Promise<CallResult> {
  const { shipmentId, trackingNumber, comments } = body;
  await client.updateShipment(orderId, body);
  const shipmentsAfter = (view.shipments ?? []).map((one) =>
    one.shipmentId === shipmentId ? { ...one, trackingNumber, comments: comments ?? one.comments } : one,
  );
  const outcome = `shipment ${String(shipmentId)} ${what}`;
  // A changed shipment moves no status (bigcommerce-api.md section 3.7).
  return { shipmentId, outcome, statusAfter: view.statusId, shipmentsAfter, shippedMoved: false };
}

async function mark(
  client: StoreClient,
  orderId: number,
  body: BodyOf<'mark_delivered'>,
  { extras }: StoreNow,
): Promise<string> {
  if (body.marker === 'staff_note') {
    await client.setStaffNotes(orderId, notesWithDelivery(extras.staffNotes, body));
    return 'line added to the staff notes';
  }
  const draft = { ...DELIVERED_METAFIELD, value: body.deliveredAt };
  if (extras.metafield === null) await client.createOrderMetafield(orderId, draft);
  else await client.updateOrderMetafield(orderId, extras.metafield.metafieldId, draft);
  return `metafield ${draft.namespace}.${draft.key} written`;
}

async function recordPickup(
  client: StoreClient,
  orderId: number,
  body: BodyOf<'write_pickup'>,
  { extras }: StoreNow,
): Promise<string> {
  const { pickupMethodId, items, readyAt, collectedAt } = body;
  const found = matchPickup(body, extras.pickups);
  if (found !== null && collectedAt !== null) {
    await client.updatePickup({ pickupId: found.pickupId, collectedAt });
    return `pickup ${String(found.pickupId)} marked as collected`;
  }
  const times = collectedAt === null ? { readyAt } : { readyAt, collectedAt };
  const made = await client.createPickup({ orderId, pickupMethodId, items, ...times });
  return `pickup ${String(made.pickupId)} recorded`;
}
