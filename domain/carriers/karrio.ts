/**
 * Karrio: `tracker_created` and `tracker_updated` with all events (carrier-events.md sections 3 to 5). Its secret comes
 * in clear in `X-Event-Id` and does not bind the body; older carriers give a date and a clock without a zone.
 */
import { isFields, type Fields } from '../field-reader.ts';
import { codeFacts, lookUp, meaning, type CodeFact, type Meaning } from './code-facts.ts';
import { withHead } from './history.ts';
import {
  found,
  isTrackingNumber,
  listOf,
  NO_NUMBER_MESSAGE,
  nothing,
  refused,
  textOf,
  timeOf,
  type CarrierProvider,
  type ProviderScan,
  type ReadBody,
} from './provider.ts';

const AS_OF = '2026-11-22';
const UNITS = 'karrioapi/karrio:modules/sdk/karrio/core/units.py';
/** `pending` means two things: nothing was heard, or the carrier knows the number. */
const NO_EVENTS = 'no events';
/** Trackers are retired after 90 days. */
const RETIRED = 'retired';

const CODES: CodeFact[] = codeFacts(UNITS, AS_OF, [
  ['pending', null, 'trackable'],
  ['pending', NO_EVENTS, 'label_created'],
  ['picked_up', null, 'picked_up'],
  ['in_transit', null, 'in_transit'],
  ['delivery_delayed', null, 'in_transit', { reason: 'delayed' }],
  ['out_for_delivery', null, 'out_for_delivery'],
  ['ready_for_pickup', null, 'available_for_pickup'],
  ['delivered', null, 'delivered'],
  ['delivery_failed', null, 'attempt_failed'],
  ['on_hold', null, 'exception', { reason: 'held' }],
  ['cancelled', null, 'exception', { reason: 'cancelled_label' }],
  ['return_to_sender', null, 'returned'],
  ['unknown', null, 'unknown'],
  ['unknown', RETIRED, 'expired'],
]);

/** Karrio's `TrackingIncidentReason`, as far as ours is coarser; any other is shown as sent. */
const REASONS: Readonly<Record<string, string>> = {
  carrier_damaged_parcel: 'damaged',
  carrier_parcel_lost: 'lost',
  carrier_sorting_error: 'missorted',
  carrier_address_not_found: 'address',
  carrier_not_enough_time: 'delayed',
  carrier_vehicle_issue: 'delayed',
  carrier_capacity_exceeded: 'delayed',
  carrier_mechanical_delay: 'delayed',
  consignee_refused: 'refused',
  consignee_incorrect_address: 'address',
  consignee_verification_failed: 'identification',
  customs_delay: 'customs',
  customs_documentation: 'customs',
  customs_duties_unpaid: 'payment_due',
  weather_delay: 'weather',
  natural_disaster: 'weather',
  delivery_exception_hold: 'held',
};

export const karrio: CarrierProvider = {
  id: 'karrio',
  title: 'Karrio',
  signature: { kind: 'shared', header: 'x-event-id', prefix: '' },
  urlSecret: false,
  disablesOnRefusal: true,
  codes: CODES,
  read,
};

function read(json: unknown): ReadBody {
  if (!isFields(json)) return refused('', 'expected a Karrio webhook object');
  const event = textOf(json['event']);
  if (event === null) return refused('event', 'is missing; expected tracker_updated or another event');
  if (!event.startsWith('tracker_')) return nothing('other_event');
  const tracker = json['data'];
  if (!isFields(tracker)) return refused('data', 'expected the tracker as an object');
  if (tracker['test_mode'] === true) return nothing('test');
  const number = textOf(tracker['tracking_number']);
  if (!isTrackingNumber(number)) return refused('data.tracking_number', NO_NUMBER_MESSAGE);
  const status = textOf(tracker['status']);
  if (status === null) return refused('data.status', 'is missing');
  const parcel = { number, carrier: textOf(tracker['carrier_name']) };
  const events = listOf(tracker['events']);
  const history = events.flatMap((one) => scanOf(parcel, one) ?? []);
  const isRetired = status === 'unknown' && tracker['delivered'] === null;
  const detail = isRetired ? RETIRED : status === 'pending' && events.length === 0 ? NO_EVENTS : null;
  const newest = history.find((scan) => scan.status === status);
  const head: ProviderScan = {
    ...bare(parcel, status),
    // The code of its newest scan: then it is that scan.
    detail: detail === null ? (newest?.detail ?? null) : null,
    meaning: lookUp(CODES, status, detail),
  };
  return found(withHead(head, history));
}

function bare(parcel: { number: string; carrier: string | null }, status: string): ProviderScan {
  return {
    id: null,
    trackingNumber: parcel.number,
    carrier: parcel.carrier,
    service: null,
    trackingUrl: null,
    status,
    detail: null,
    description: null,
    occurredAt: null,
    sentAt: null,
    location: null,
    signedBy: null,
    meaning: meaning('unknown'),
  };
}

/** An event without a status of its own says nothing that the tracker's status does not. */
function scanOf(parcel: { number: string; carrier: string | null }, event: Fields): ProviderScan | null {
  const status = textOf(event['status']);
  if (status === null) return null;
  const date = textOf(event['date']);
  const time = textOf(event['time']);
  return {
    ...bare(parcel, status),
    detail: textOf(event['code']),
    description: textOf(event['description']),
    occurredAt: timeOf(event['timestamp']) ?? (date === null || time === null ? date : `${date} ${time}`),
    location: textOf(event['location']),
    meaning: withReason(lookUp(CODES, status, null), textOf(event['reason'])),
  };
}

function withReason(means: Meaning, reason: string | null): Meaning {
  if (reason === null || means.word === 'delivered') return means;
  return { ...means, reason: Object.hasOwn(REASONS, reason) ? (REASONS[reason] ?? reason) : reason };
}
