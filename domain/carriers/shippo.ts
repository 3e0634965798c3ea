/**
 * Shippo: `track_updated` with the state now and the history, oldest first (carrier-events.md sections 3 to 5). Out for
 * delivery and pick-up hide in the substatus of `TRANSIT`; each statement has an id of its own.
 */
import { isFields, type Fields } from '../field-reader.ts';
import { codeFacts, lookUp, meaning, type CodeFact, type Meaning } from './code-facts.ts';
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
const STATUS_LIST = 'goshippo/shippo-javascript-sdk:src/models/components/trackingstatusenum.ts';
const SUBSTATUS_LIST = 'Tracking, https://docs.goshippo.com/docs/tracking/tracking/';

const CODES: CodeFact[] = [
  ...codeFacts(STATUS_LIST, AS_OF, [
    ['PRE_TRANSIT', null, 'label_created'],
    ['TRANSIT', null, 'in_transit'],
    ['DELIVERED', null, 'delivered'],
    ['RETURNED', null, 'returned'],
    ['FAILURE', null, 'exception', { reason: 'other' }],
    ['UNKNOWN', null, 'unknown'],
  ]),
  ...codeFacts(SUBSTATUS_LIST, AS_OF, [
    ['PRE_TRANSIT', 'information_received', 'trackable'],
    ['TRANSIT', 'package_accepted', 'picked_up'],
    ['TRANSIT', 'package_arrived', 'in_transit'],
    ['TRANSIT', 'package_departed', 'in_transit'],
    ['TRANSIT', 'package_processing', 'in_transit'],
    ['TRANSIT', 'package_processed', 'in_transit'],
    ['TRANSIT', 'package_forwarded', 'in_transit'],
    ['TRANSIT', 'delivery_scheduled', 'in_transit'],
    ['TRANSIT', 'delivery_rescheduled', 'in_transit'],
    ['TRANSIT', 'delayed', 'in_transit', { reason: 'delayed' }],
    ['TRANSIT', 'out_for_delivery', 'out_for_delivery'],
    ['TRANSIT', 'pickup_available', 'available_for_pickup'],
    ['TRANSIT', 'delivery_attempted', 'attempt_failed'],
    ['TRANSIT', 'notice_left', 'attempt_failed'],
    ['TRANSIT', 'location_inaccessible', 'attempt_failed', { reason: 'address' }],
    ['TRANSIT', 'reschedule_delivery', 'attempt_failed'],
    ['TRANSIT', 'address_issue', 'exception', { reason: 'address' }],
    ['TRANSIT', 'contact_carrier', 'exception', { reason: 'other' }],
    ['TRANSIT', 'package_damaged', 'exception', { reason: 'damaged' }],
    ['TRANSIT', 'package_held', 'exception', { reason: 'held' }],
    ['DELIVERED', 'delivered', 'delivered'],
    ['RETURNED', 'return_to_sender', 'returned'],
    // Not back yet: the customer may still fetch it.
    ['RETURNED', 'package_unclaimed', 'returned', { reason: 'unclaimed', returning: true }],
    ['FAILURE', 'package_undeliverable', 'exception', { reason: 'other' }],
    ['FAILURE', 'package_disposed', 'exception', { reason: 'disposed' }],
    ['FAILURE', 'package_lost', 'exception', { reason: 'lost' }],
    ['UNKNOWN', 'other', 'unknown'],
  ]),
];

export const shippo: CarrierProvider = {
  id: 'shippo',
  title: 'Shippo',
  signature: { kind: 'hmac_timestamp', header: 'shippo-auth-signature', windowSeconds: 300 },
  urlSecret: true,
  disablesOnRefusal: false,
  codes: CODES,
  read,
};

function read(json: unknown): ReadBody {
  if (!isFields(json)) return refused('', 'expected a Shippo webhook object');
  const event = textOf(json['event']);
  if (event === null) return refused('event', 'is missing; expected track_updated or another event');
  if (event !== 'track_updated') return nothing('other_event');
  if (json['test'] === true) return nothing('test');
  const track = json['data'];
  if (!isFields(track)) return refused('data', 'expected the track as an object');
  const number = textOf(track['tracking_number']);
  if (!isTrackingNumber(number)) return refused('data.tracking_number', NO_NUMBER_MESSAGE);
  const parcel = { number, carrier: textOf(track['carrier']) };
  const now = track['tracking_status'];
  // Registered, and nothing known yet.
  if (now === null || now === undefined) return nothing('no_events');
  if (!isFields(now)) return refused('data.tracking_status', 'expected the status as an object');
  if (textOf(now['status']) === null) return refused('data.tracking_status.status', 'is missing');
  const history = listOf(track['tracking_history']).map((entry) => scanOf(parcel, entry));
  const head = scanOf(parcel, now);
  const told = head.id !== null && history.some((scan) => scan.id === head.id);
  return found(told ? history : [...history, head]);
}

function scanOf(parcel: { number: string; carrier: string | null }, entry: Fields): ProviderScan {
  const status = textOf(entry['status']);
  const substatus = fieldsOf(entry['substatus']);
  const place = fieldsOf(entry['location']);
  return {
    id: textOf(entry['object_id']),
    trackingNumber: parcel.number,
    carrier: parcel.carrier,
    service: null,
    trackingUrl: null,
    status,
    detail: textOf(substatus['code']),
    description: textOf(entry['status_details']) ?? textOf(substatus['text']),
    occurredAt: timeOf(entry['status_date']),
    sentAt: timeOf(entry['object_created']),
    location: placeOf(place['city'], place['state'], place['zip'], place['country']),
    signedBy: null,
    meaning: meaningOf(status, textOf(substatus['code']), substatus['action_required'] === true),
  };
}

/** A substatus that we do not know and that asks somebody to act is a failed attempt with an alert, not "in transit". */
function meaningOf(status: string | null, substatus: string | null, actionRequired: boolean): Meaning {
  if (status === null) return meaning('unknown');
  const known = CODES.some((code) => code.status === status && code.detail === substatus);
  if (status === 'TRANSIT' && !known && actionRequired) {
    return meaning('attempt_failed', { reason: 'other', alert: 'other' });
  }
  return lookUp(CODES, status, substatus);
}
