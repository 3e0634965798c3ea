/**
 * EasyPost: an `Event` whose `result` is a `Tracker` (carrier-events.md sections 3 to 5). The whole history comes each
 * time; the event's own id stands for the delivery, a hash for each scan.
 */
import { isFields, type Fields } from '../field-reader.ts';
import { codeFacts, lookUp, meaning, type CodeFact } from './code-facts.ts';
import { withHead } from './history.ts';
import {
  fieldsOf,
  found,
  isTrackingNumber,
  listOf,
  NO_NUMBER_MESSAGE,
  nothing,
  placeOf,
  refused,
  textOf,
  timeOf,
  type CarrierProvider,
  type ProviderScan,
  type ReadBody,
} from './provider.ts';

const AS_OF = '2026-11-22';
const STATUS_LIST = 'EasyPost/easypost-node:types/Tracker/TrackerStatus.d.ts';
const DETAIL_LIST = 'EasyPost/easypost-node:types/Tracker/TrackerStatusDetail.d.ts';

/** Statuses that say little by themselves, so that a detail about trouble decides. */
const OPEN_STATUSES = ['pre_transit', 'in_transit', 'out_for_delivery', 'failure', 'error', 'unknown'];

const CODES: CodeFact[] = [
  ...codeFacts(STATUS_LIST, AS_OF, [
    ['pre_transit', null, 'trackable'],
    ['in_transit', null, 'in_transit'],
    ['out_for_delivery', null, 'out_for_delivery'],
    ['available_for_pickup', null, 'available_for_pickup'],
    ['delivered', null, 'delivered'],
    ['return_to_sender', null, 'returned'],
    ['failure', null, 'exception', { reason: 'other' }],
    ['error', null, 'exception', { reason: 'other' }],
    ['cancelled', null, 'exception', { reason: 'cancelled_label' }],
    ['unknown', null, 'unknown'],
  ]),
  ...codeFacts(DETAIL_LIST, AS_OF, [
    ['pre_transit', 'label_created', 'label_created'],
    ['pre_transit', 'awaiting_information', 'trackable'],
    ['pre_transit', 'status_update', 'trackable'],
    ['in_transit', 'received_at_origin_facility', 'picked_up'],
    ['in_transit', 'departed_origin_facility', 'picked_up'],
    ['in_transit', 'in_transit', 'in_transit'],
    ['in_transit', 'arrived_at_facility', 'in_transit'],
    ['in_transit', 'departed_facility', 'in_transit'],
    ['in_transit', 'arrived_at_destination', 'in_transit'],
    ['in_transit', 'received_at_destination_facility', 'in_transit'],
    ['in_transit', 'transferred_to_destination_carrier', 'in_transit'],
    ['in_transit', 'status_update', 'in_transit'],
    ['in_transit', 'delayed', 'in_transit', { reason: 'delayed' }],
    ['in_transit', 'weather_delay', 'in_transit', { reason: 'weather' }],
    ['in_transit', 'missorted', 'in_transit', { reason: 'missorted' }],
    ['in_transit', 'delivery_exception', 'attempt_failed'],
    ['out_for_delivery', 'out_for_delivery', 'out_for_delivery'],
    ['out_for_delivery', 'delivery_exception', 'attempt_failed'],
    ['available_for_pickup', 'arrived_at_pickup_location', 'available_for_pickup'],
    ['return_to_sender', 'return', 'returned'],
    ['failure', 'failure', 'exception', { reason: 'other' }],
    ['cancelled', 'cancelled', 'exception', { reason: 'cancelled_label' }],
    ['unknown', 'unknown', 'unknown'],
    ...OPEN_STATUSES.flatMap(
      (status) =>
        [
          [status, 'damaged', 'exception', { reason: 'damaged' }],
          [status, 'lost', 'exception', { reason: 'lost' }],
          [status, 'refused', 'exception', { reason: 'refused' }],
          [status, 'held', 'exception', { reason: 'held' }],
          [status, 'address_correction', 'exception', { reason: 'address' }],
          [status, 'transit_exception', 'exception', { reason: 'other' }],
          [status, 'expired', 'expired'],
        ] as const,
    ),
  ]),
];

export const easypost: CarrierProvider = {
  id: 'easypost',
  title: 'EasyPost',
  signature: {
    kind: 'hmac',
    header: 'x-hmac-signature',
    prefix: 'hmac-sha256-hex=',
    encoding: 'hex',
    normalize: true,
  },
  urlSecret: true,
  disablesOnRefusal: true,
  codes: CODES,
  read,
};

function read(json: unknown): ReadBody {
  if (!isFields(json)) return refused('', 'expected an EasyPost event object');
  const deliveryId = textOf(json['id']);
  const event = textOf(json['description']);
  if (event === null)
    return refused('description', 'is missing; expected tracker.created, tracker.updated or another event');
  if (!event.startsWith('tracker.')) return nothing('other_event', deliveryId);
  if (json['mode'] === 'test') return nothing('test', deliveryId);
  const tracker = json['result'];
  if (!isFields(tracker)) return refused('result', 'expected the tracker as an object');
  const number = textOf(tracker['tracking_code']);
  if (!isTrackingNumber(number)) return refused('result.tracking_code', NO_NUMBER_MESSAGE);
  if (textOf(tracker['status']) === null) return refused('result.status', 'is missing');
  // A return label is an inbound parcel of its own and never touches the outbound one.
  if (tracker['is_return'] === true) return nothing('inbound', deliveryId);
  const parcel = { number, carrier: textOf(tracker['carrier']), url: textOf(tracker['public_url']) };
  const history = listOf(tracker['tracking_details']).map((detail) => scanOf(parcel, detail, null));
  const head = {
    ...scanOf(
      parcel,
      { status: tracker['status'], status_detail: tracker['status_detail'] },
      json['created_at'],
    ),
    signedBy: textOf(tracker['signed_by']),
  };
  return found(withHead(head, history), deliveryId);
}

function scanOf(
  parcel: { number: string; carrier: string | null; url: string | null },
  detail: Fields,
  sentAt: unknown,
): ProviderScan {
  const status = textOf(detail['status']);
  const finer = textOf(detail['status_detail']);
  const place = fieldsOf(detail['tracking_location']);
  return {
    id: null,
    trackingNumber: parcel.number,
    carrier: parcel.carrier,
    service: null,
    trackingUrl: parcel.url,
    status,
    detail: finer,
    description: textOf(detail['message']) ?? textOf(detail['description']),
    occurredAt: timeOf(detail['datetime']),
    sentAt: timeOf(sentAt),
    location: placeOf(place['city'], place['state'], place['zip'], place['country']),
    signedBy: null,
    meaning: status === null ? meaning('unknown') : lookUp(CODES, status, finer),
  };
}
