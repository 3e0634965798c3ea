/**
 * What a shipment looks like in the store: number, link, carrier, method, comments (bigcommerce-api.md section 3.7).
 * It promises fields within the store's limits; it must not decide whether anything is written.
 */
import type { LineQuantity } from './carrier-event.ts';
import { carrierTarget, fillLink } from './carrier-map.ts';
import type { Shipment } from './facts.ts';
import { normalizeTrackingNumber, trackingNumbersIn } from './ids.ts';
import type { BodyOf, WritingRules } from './write-back-types.ts';

/** Section 3.7: longer numbers must go to the link or the comments. */
export const TRACKING_NUMBER_LENGTH_MAX = 50;
/** Section 3.7. */
export const TRACKING_LINK_LENGTH_MAX = 500;

/** Opens the line of numbers in `comments`; read back by `commentedNumbers`. */
const COMMENT_OPENING = 'Tracking numbers: ';
/** Between the numbers of one field; carriers' own pages take several numbers so. */
const JOINT = ',';

export type CreateShipmentBody = BodyOf<'create_shipment'>;
export type UpdateShipmentBody = BodyOf<'update_shipment'>;
type BodyRules = Pick<WritingRules, 'carrierMap' | 'multiParcel'>;

type TrackingFields = Pick<
  CreateShipmentBody,
  'trackingNumber' | 'trackingUrl' | 'shippingProvider' | 'trackingCarrier'
>;

interface Told {
  fields: TrackingFields;
  /** Numbers that stand in the comments. */
  commented: string[];
}

/**
 * Number and carrier of a parcel and its further boxes. An unmapped carrier is written with an explicit empty provider,
 * because an omitted one becomes `custom` and takes the link out of the shopper's mail (section 3.7); its own link is
 * used then.
 */
function tell(shipment: Shipment, boxes: readonly Shipment[], rules: BodyRules): Told {
  const number = (shipment.trackingNumber ?? '').trim();
  const fits = number.length <= TRACKING_NUMBER_LENGTH_MAX;
  const others = boxes.flatMap((box) => (box.trackingNumber === null ? [] : [box.trackingNumber.trim()]));
  const joined = [number, ...others].filter((one) => one !== '').join(JOINT);
  const asOne =
    rules.multiParcel === 'joined' && others.length > 0 && joined.length <= TRACKING_NUMBER_LENGTH_MAX;
  const target = carrierTarget(rules.carrierMap, shipment.carrier);
  const ownLink = target === null || !fits ? (shipment.trackingUrl ?? '') : '';
  const link = target?.way === 'link' && number !== '' ? fillLink(target.template, number) : ownLink;
  return {
    fields: {
      trackingNumber: asOne ? joined : fits ? number : '',
      trackingUrl: link.length <= TRACKING_LINK_LENGTH_MAX ? link : '',
      shippingProvider: target?.way === 'provider' ? target.provider : '',
      trackingCarrier: target?.way === 'tracking_carrier' ? target.slug : '',
    },
    commented: asOne ? [] : [...(fits || number === '' ? [] : [number]), ...others],
  };
}

/** Body of a new shipment: the lead's number in its field, the other boxes' numbers and a long one in `comments`. */
export function createBody(input: {
  shipment: Shipment;
  boxes: readonly Shipment[];
  orderAddressId: number;
  items: LineQuantity[];
  rules: BodyRules;
}): CreateShipmentBody {
  const { shipment, boxes, orderAddressId, items, rules } = input;
  const { fields, commented } = tell(shipment, boxes, rules);
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
    comments: withNumbers('', commented),
  };
}

/**
 * Body that puts a parcel's current numbers onto a shipment that is in the store. Its comments are in the body only
 * where they change; whatever else stands there (`existing`) is kept.
 */
export function updateBody(input: {
  shipment: Shipment;
  boxes: readonly Shipment[];
  storeShipmentId: number;
  existing: string;
  rules: BodyRules;
}): UpdateShipmentBody {
  const { fields, commented } = tell(input.shipment, input.boxes, input.rules);
  const comments = withNumbers(input.existing, commented);
  return {
    kind: 'update_shipment',
    shipmentId: input.storeShipmentId,
    ...fields,
    ...(comments === input.existing ? {} : { comments }),
  };
}

/** The tracking of a body for a shipment that is adopted, whose own comments stay. */
export function adoptionBody(
  body: CreateShipmentBody,
  found: { shipmentId: number; comments: string },
): UpdateShipmentBody {
  const { trackingNumber, trackingUrl, shippingProvider, trackingCarrier } = body;
  const comments = withNumbers(found.comments, commentedAsWritten(body.comments));
  return {
    kind: 'update_shipment',
    shipmentId: found.shipmentId,
    ...{ trackingNumber, trackingUrl, shippingProvider, trackingCarrier },
    ...(comments === found.comments ? {} : { comments }),
  };
}

/** The update with its numbers put into the text that stands in the store now, which a person may have changed. */
export function withCommentsOf(body: UpdateShipmentBody, inStore: string): UpdateShipmentBody {
  if (body.comments === undefined) return body;
  return { ...body, comments: withNumbers(inStore, commentedAsWritten(body.comments)) };
}

/** The text with exactly these numbers in our own line of it. */
function withNumbers(text: string, numbers: readonly string[]): string {
  const others = text === '' ? [] : text.split('\n').filter((line) => !line.startsWith(COMMENT_OPENING));
  const own = numbers.length === 0 ? [] : [COMMENT_OPENING + numbers.join(', ')];
  return [...others, ...own].join('\n');
}

function commentedAsWritten(comments: string): string[] {
  const line = comments.split('\n').find((one) => one.startsWith(COMMENT_OPENING));
  const numbers = line === undefined ? [] : line.slice(COMMENT_OPENING.length).split(', ');
  return numbers.filter((number) => number !== '');
}

function fieldNumbers(field: string): string[] {
  return field
    .split(JOINT)
    .map(normalizeTrackingNumber)
    .filter((number) => number !== '');
}

/** All numbers that a body tells the shopper, normalized, the parcel's own first. */
export function numbersInBody(body: { trackingNumber: string; comments?: string }): string[] {
  const commented = commentedAsWritten(body.comments ?? '').map(normalizeTrackingNumber);
  return [...fieldNumbers(body.trackingNumber), ...commented];
}

/** The parcel's own number in a body, normalized; null when it has none. */
export function numberInBody(body: CreateShipmentBody): string | null {
  return numbersInBody(body)[0] ?? null;
}

/** What the shopper is told now: numbers of the field, numbers of the comments, and the link. */
export interface ToldTracking {
  trackingNumber: string;
  trackingUrl: string;
  comments: string;
}

/** Whether two tell the shopper the same numbers in the same places; without any number the link decides. */
export function sameTracking(a: ToldTracking, b: ToldTracking): boolean {
  const places = (one: ToldTracking): string =>
    JSON.stringify([
      fieldNumbers(one.trackingNumber).sort(),
      commentedAsWritten(one.comments).map(normalizeTrackingNumber).sort(),
    ]);
  if (places(a) !== places(b)) return false;
  return numbersInBody(a).length > 0 || a.trackingUrl === b.trackingUrl;
}

/** Whether a store's free-text fields hold a number, also joined with others. */
export function holdsNumber(text: string, number: string): boolean {
  const ours = [...fieldNumbers(text), ...commentedAsWritten(text).map(normalizeTrackingNumber)];
  return ours.includes(number) || trackingNumbersIn(text).includes(number);
}
