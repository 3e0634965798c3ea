/**
 * AfterShip Tracking: `tracking_update` with all checkpoints (carrier-events.md sections 3 to 5). Tag and subtag of each
 * checkpoint; once a parcel is on its way back, its delivery is the one at the sender.
 */
import { isFields, type Fields } from '../field-reader.ts';
import { codeFacts, lookUp, meaning, type CodeFact } from './code-facts.ts';
import { withHead } from './history.ts';
import {
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
const TAG_LIST = 'AfterShip/tracking-sdk-nodejs:src/model/TagV1.ts';
const SUBTAG_LIST =
  'Delivery Sub-statuses, https://www.aftership.com/docs/tracking/enum/delivery-sub-statuses';
const NEW_SUBTAGS =
  'Learn About Delivery Sub-Status, https://support.aftership.com/en/article/learn-about-delivery-sub-statuses-1b0hdlx/';
const MORE_PENDING = 'Substatus list of a public client (ShipkitSubstatus.swift)';

const CODES: CodeFact[] = [
  ...codeFacts(TAG_LIST, AS_OF, [
    ['Pending', null, 'label_created'],
    ['InfoReceived', null, 'trackable'],
    ['InTransit', null, 'in_transit'],
    ['OutForDelivery', null, 'out_for_delivery'],
    ['AttemptFail', null, 'attempt_failed'],
    ['Delivered', null, 'delivered'],
    ['AvailableForPickup', null, 'available_for_pickup'],
    ['Exception', null, 'exception', { reason: 'other' }],
    ['Expired', null, 'expired'],
  ]),
  ...codeFacts(SUBTAG_LIST, AS_OF, [
    ['Delivered', 'Delivered_001', 'delivered'],
    ['Delivered', 'Delivered_002', 'delivered'],
    ['Delivered', 'Delivered_003', 'delivered'],
    ['Delivered', 'Delivered_004', 'delivered', { cod: 'paid' }],
    ['Delivered', 'Delivered_005', 'delivered'],
    ['AvailableForPickup', 'AvailableForPickup_001', 'available_for_pickup'],
    ['Exception', 'Exception_001', 'exception', { reason: 'other' }],
    ['Exception', 'Exception_002', 'exception', { reason: 'address' }],
    ['Exception', 'Exception_003', 'exception', { reason: 'refused' }],
    ['Exception', 'Exception_004', 'exception', { reason: 'customs' }],
    ['Exception', 'Exception_005', 'exception', { reason: 'delayed' }],
    ['Exception', 'Exception_006', 'exception', { reason: 'payment_due' }],
    ['Exception', 'Exception_007', 'exception', { reason: 'address' }],
    ['Exception', 'Exception_008', 'exception', { reason: 'unclaimed' }],
    ['Exception', 'Exception_009', 'exception', { reason: 'other' }],
    ['Exception', 'Exception_010', 'returned', { returning: true }],
    ['Exception', 'Exception_011', 'returned'],
    ['Exception', 'Exception_012', 'exception', { reason: 'damaged' }],
    ['Exception', 'Exception_013', 'exception', { reason: 'lost' }],
    ['AttemptFail', 'AttemptFail_001', 'attempt_failed'],
    ['AttemptFail', 'AttemptFail_002', 'attempt_failed'],
    ['AttemptFail', 'AttemptFail_003', 'attempt_failed'],
    ['InTransit', 'InTransit_001', 'in_transit'],
    ['InTransit', 'InTransit_002', 'picked_up'],
    ['InTransit', 'InTransit_003', 'in_transit'],
    ['InTransit', 'InTransit_004', 'in_transit'],
    ['InTransit', 'InTransit_005', 'in_transit'],
    ['InTransit', 'InTransit_006', 'in_transit'],
    ['InTransit', 'InTransit_007', 'in_transit'],
    ['InTransit', 'InTransit_008', 'in_transit'],
    ['InTransit', 'InTransit_009', 'in_transit'],
    ['InfoReceived', 'InfoReceived_001', 'trackable'],
    ['OutForDelivery', 'OutForDelivery_001', 'out_for_delivery'],
    ['OutForDelivery', 'OutForDelivery_003', 'out_for_delivery'],
    ['OutForDelivery', 'OutForDelivery_004', 'out_for_delivery'],
    ['Pending', 'Pending_001', 'label_created'],
    ['Expired', 'Expired_001', 'expired'],
  ]),
  ...codeFacts(MORE_PENDING, AS_OF, [
    ['Pending', 'Pending_002', 'label_created'],
    ['Pending', 'Pending_003', 'label_created'],
    ['Pending', 'Pending_004', 'label_created'],
    ['Pending', 'Pending_005', 'label_created'],
    ['Pending', 'Pending_006', 'label_created'],
  ]),
  ...codeFacts(NEW_SUBTAGS, AS_OF, [
    ['Exception', 'Exception_016', 'exception', { reason: 'delayed' }],
    ['Exception', 'Exception_017', 'exception', { reason: 'weather' }],
    ['Exception', 'Exception_018', 'exception', { reason: 'customs' }],
    ['Exception', 'Exception_019', 'exception', { reason: 'delayed' }],
    ['Exception', 'Exception_020', 'exception', { reason: 'cancelled_label' }],
    ['Exception', 'Exception_021', 'exception', { reason: 'disposed' }],
  ]),
];

export const aftership: CarrierProvider = {
  id: 'aftership',
  title: 'AfterShip',
  signature: {
    kind: 'hmac',
    header: 'aftership-hmac-sha256',
    prefix: '',
    encoding: 'base64',
    normalize: false,
  },
  urlSecret: false,
  disablesOnRefusal: false,
  codes: CODES,
  read,
};

function read(json: unknown): ReadBody {
  if (!isFields(json)) return refused('', 'expected an AfterShip webhook object');
  const deliveryId = textOf(json['event_id']);
  const event = textOf(json['event']);
  if (event === null) return refused('event', 'is missing; expected tracking_update or another event');
  if (event !== 'tracking_update') return nothing('other_event', deliveryId);
  const tracking = json['msg'];
  if (!isFields(tracking)) return refused('msg', 'expected the tracking as an object');
  const number = textOf(tracking['tracking_number']);
  if (!isTrackingNumber(number)) return refused('msg.tracking_number', NO_NUMBER_MESSAGE);
  if (textOf(tracking['tag']) === null) return refused('msg.tag', 'is missing');
  const parcel = {
    number,
    carrier: textOf(tracking['slug']),
    url: textOf(tracking['courier_tracking_link']),
    orders: [textOf(tracking['order_id']), textOf(tracking['order_number'])],
  };
  const checkpoints = listOf(tracking['checkpoints']).map((entry) => scanOf(parcel, entry, null));
  const head = {
    ...scanOf(
      parcel,
      { tag: tracking['tag'], subtag: tracking['subtag'], message: tracking['subtag_message'] },
      json['ts'],
    ),
    signedBy: textOf(tracking['signed_by']),
  };
  const scans = withHead(head, checkpoints);
  return found(tracking['return_to_sender'] === true ? backAtSender(scans) : scans, deliveryId);
}

/**
 * After "returning to sender", delivered means delivered to the sender. The list is oldest first. Where only the flag
 * says that the parcel is on its way back, that is a statement of its own.
 */
function backAtSender(scans: readonly ProviderScan[]): ProviderScan[] {
  let returning = !scans.some((scan) => scan.meaning.word === 'returned');
  const told = scans.map((scan) => {
    if (scan.meaning.word === 'returned') returning = true;
    return returning && scan.meaning.word === 'delivered' ? { ...scan, meaning: meaning('returned') } : scan;
  });
  const last = told.at(-1);
  if (last === undefined || told.some((scan) => scan.meaning.word === 'returned')) return told;
  return [
    ...told,
    { ...last, description: 'return_to_sender', meaning: meaning('returned', { returning: true }) },
  ];
}

function scanOf(
  parcel: { number: string; carrier: string | null; url: string | null; orders: (string | null)[] },
  entry: Fields,
  sentAt: unknown,
): ProviderScan {
  const tag = textOf(entry['tag']);
  const subtag = textOf(entry['subtag']);
  return {
    id: null,
    trackingNumber: parcel.number,
    carrier: parcel.carrier,
    service: null,
    trackingUrl: parcel.url,
    status: tag,
    detail: subtag,
    description: textOf(entry['message']),
    occurredAt: timeOf(entry['checkpoint_time']),
    sentAt: timeOf(sentAt),
    location:
      textOf(entry['location']) ??
      placeOf(entry['city'], entry['state'], entry['country_region'] ?? entry['country_iso3']),
    signedBy: null,
    orderReferences: parcel.orders,
    meaning: tag === null ? meaning('unknown') : lookUp(CODES, tag, subtag),
  };
}
