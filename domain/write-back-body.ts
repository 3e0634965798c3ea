/**
 * What a shipment looks like in the store: number, link, carrier, method, comments (bigcommerce-api.md section 3.7).
 * It promises fields within the store's limits; it must not decide whether anything is written.
 */
import type { LineQuantity } from './carrier-event.ts';
import { carrierTarget, fillLink } from './carrier-map.ts';
import type { Shipment } from './facts.ts';
import { normalizeTrackingNumber, trackingNumbersIn } from './ids.ts';
import type { WriteBackBody } from './write-back-types.ts';

/** Section 3.7: longer numbers must go to the link or the comments. */
export const TRACKING_NUMBER_LENGTH_MAX = 50;
/** Section 3.7. */
export const TRACKING_LINK_LENGTH_MAX = 500;

/** Opens the numbers in `comments`; read back by `numberInBody`. */
const COMMENT_OPENING = 'Tracking numbers: ';

export type CreateShipmentBody = Extract<WriteBackBody, { kind: 'create_shipment' }>;
export type UpdateShipmentBody = Extract<WriteBackBody, { kind: 'update_shipment' }>;

type TrackingFields = Pick<
  CreateShipmentBody,
  'trackingNumber' | 'trackingUrl' | 'shippingProvider' | 'trackingCarrier'
>;

/**
 * Number and carrier. An unmapped carrier is written with an explicit empty provider, because an omitted one becomes
 * `custom` and takes the link out of the shopper's mail (section 3.7); its own link is used then.
 */
function trackingFields(shipment: Shipment, carrierMap: Readonly<Record<string, string>>): TrackingFields {
  const number = (shipment.trackingNumber ?? '').trim();
  const fits = number.length <= TRACKING_NUMBER_LENGTH_MAX;
  const target = carrierTarget(carrierMap, shipment.carrier);
  const ownLink = target === null || !fits ? (shipment.trackingUrl ?? '') : '';
  const link = target?.way === 'link' && number !== '' ? fillLink(target.template, number) : ownLink;
  return {
    trackingNumber: fits ? number : '',
    trackingUrl: link.length <= TRACKING_LINK_LENGTH_MAX ? link : '',
    shippingProvider: target?.way === 'provider' ? target.provider : '',
    trackingCarrier: target?.way === 'tracking_carrier' ? target.slug : '',
  };
}

/** Body of a new shipment: the lead's number in its field, the other boxes' numbers and a long one in `comments`. */
export function createBody(input: {
  shipment: Shipment;
  boxes: readonly Shipment[];
  orderAddressId: number;
  items: LineQuantity[];
  carrierMap: Readonly<Record<string, string>>;
}): CreateShipmentBody {
  const { shipment, boxes, orderAddressId, items, carrierMap } = input;
  const fields = trackingFields(shipment, carrierMap);
  const others = boxes.flatMap((box) => (box.trackingNumber === null ? [] : [box.trackingNumber.trim()]));
  const own =
    fields.trackingNumber === '' && shipment.trackingNumber !== null ? [shipment.trackingNumber.trim()] : [];
  const commented = [...own, ...others];
  const mapped = fields.shippingProvider !== '' || fields.trackingCarrier !== '';
  const method = [mapped ? null : shipment.carrier, shipment.service].filter(
    (word) => word !== null && word !== '',
  );
  return {
    kind: 'create_shipment',
    orderAddressId,
    items,
    ...fields,
    shippingMethod: method.join(' '),
    comments: commented.length === 0 ? '' : COMMENT_OPENING + commented.join(', '),
  };
}

/** Body that puts a parcel's current number onto a shipment that is in the store. */
export function updateBody(
  shipment: Shipment,
  storeShipmentId: number,
  carrierMap: Readonly<Record<string, string>>,
): UpdateShipmentBody {
  return { kind: 'update_shipment', shipmentId: storeShipmentId, ...trackingFields(shipment, carrierMap) };
}

/** The parcel's own number in a body, normalized: from its field, or the first of the comments; null when it has none. */
export function numberInBody(body: CreateShipmentBody): string | null {
  if (body.trackingNumber !== '') return normalizeTrackingNumber(body.trackingNumber);
  if (!body.comments.startsWith(COMMENT_OPENING)) return null;
  const [first] = body.comments.slice(COMMENT_OPENING.length).split(', ');
  return first === undefined || first === '' ? null : normalizeTrackingNumber(first);
}

/** Whether two bodies tell the shopper the same number; a number too long for its field is known by its link. */
export function sameTracking(
  a: Pick<TrackingFields, 'trackingNumber' | 'trackingUrl'>,
  b: Pick<TrackingFields, 'trackingNumber' | 'trackingUrl'>,
): boolean {
  const numberA = normalizeTrackingNumber(a.trackingNumber);
  const numberB = normalizeTrackingNumber(b.trackingNumber);
  return numberA === numberB && (numberA !== '' || a.trackingUrl === b.trackingUrl);
}

/** Whether a store's free-text fields hold a number, also joined with others. */
export function holdsNumber(text: string, number: string): boolean {
  return trackingNumbersIn(text).includes(number);
}
