/**
 * 17TRACK v2: status and sub-status of one number (carrier-events.md sections 3 to 5). The key of its signature is the
 * API key itself. `TRACKING_STOPPED` means that it no longer looks.
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
  refused,
  textOf,
  timeOf,
  type CarrierProvider,
  type ProviderScan,
  type ReadBody,
} from './provider.ts';

const AS_OF = '2026-11-22';
const ENUMS = 'godely/aio17track:aio17track/enums.py (v2.4)';
const STOPPED = 'TRACKING_STOPPED';

const CODES: CodeFact[] = [
  ...codeFacts(ENUMS, AS_OF, [
    ['NotFound', null, 'label_created'],
    ['InfoReceived', null, 'trackable'],
    ['InTransit', null, 'in_transit'],
    ['Expired', null, 'expired'],
    ['AvailableForPickup', null, 'available_for_pickup'],
    ['OutForDelivery', null, 'out_for_delivery'],
    ['DeliveryFailure', null, 'attempt_failed'],
    ['Delivered', null, 'delivered'],
    ['Exception', null, 'exception', { reason: 'other' }],
    ['NotFound', 'NotFound_Other', 'label_created'],
    ['NotFound', 'NotFound_InvalidCode', 'unknown'],
    ['InfoReceived', 'InfoReceived', 'trackable'],
    ['InTransit', 'InTransit_PickedUp', 'picked_up'],
    ['InTransit', 'InTransit_Other', 'in_transit'],
    ['InTransit', 'InTransit_Departure', 'in_transit'],
    ['InTransit', 'InTransit_Arrival', 'in_transit'],
    ['InTransit', 'InTransit_CustomsProcessing', 'in_transit'],
    ['InTransit', 'InTransit_CustomsReleased', 'in_transit'],
    ['InTransit', 'InTransit_CustomsRequiringInformation', 'exception', { reason: 'customs' }],
    ['Expired', 'Expired_Other', 'expired'],
    ['AvailableForPickup', 'AvailableForPickup_Other', 'available_for_pickup'],
    ['OutForDelivery', 'OutForDelivery_Other', 'out_for_delivery'],
    ['DeliveryFailure', 'DeliveryFailure_Other', 'attempt_failed'],
    ['DeliveryFailure', 'DeliveryFailure_NoBody', 'attempt_failed'],
    ['DeliveryFailure', 'DeliveryFailure_Security', 'attempt_failed'],
    ['DeliveryFailure', 'DeliveryFailure_Rejected', 'exception', { reason: 'refused' }],
    ['DeliveryFailure', 'DeliveryFailure_InvalidAddress', 'attempt_failed', { reason: 'address' }],
    ['Delivered', 'Delivered_Other', 'delivered'],
    ['Exception', 'Exception_Other', 'exception', { reason: 'other' }],
    ['Exception', 'Exception_Returning', 'returned', { returning: true }],
    ['Exception', 'Exception_Returned', 'returned'],
    ['Exception', 'Exception_NoBody', 'exception', { reason: 'other' }],
    ['Exception', 'Exception_Security', 'exception', { reason: 'held' }],
    ['Exception', 'Exception_Damage', 'exception', { reason: 'damaged' }],
    ['Exception', 'Exception_Rejected', 'exception', { reason: 'refused' }],
    ['Exception', 'Exception_Delayed', 'exception', { reason: 'delayed' }],
    ['Exception', 'Exception_Lost', 'exception', { reason: 'lost' }],
    ['Exception', 'Exception_Destroyed', 'exception', { reason: 'disposed' }],
    ['Exception', 'Exception_Cancel', 'exception', { reason: 'cancelled_label' }],
  ]),
  ...codeFacts('godely/aio17track:tests/fixtures/webhook_tracking_stopped.json', AS_OF, [
    [STOPPED, null, 'expired'],
  ]),
];

/** Older scans carry the milestone only (`stage`); each stands for one sub-status. */
const STAGES: Readonly<Record<string, string>> = {
  InfoReceived: 'InfoReceived',
  PickedUp: 'InTransit_PickedUp',
  Departure: 'InTransit_Departure',
  Arrival: 'InTransit_Arrival',
  AvailableForPickup: 'AvailableForPickup_Other',
  OutForDelivery: 'OutForDelivery_Other',
  Delivered: 'Delivered_Other',
  Returning: 'Exception_Returning',
  Returned: 'Exception_Returned',
};

export const seventeenTrack: CarrierProvider = {
  id: '17track',
  title: '17TRACK',
  signature: { kind: 'digest', header: 'sign' },
  urlSecret: false,
  disablesOnRefusal: false,
  codes: CODES,
  read,
};

interface Parcel {
  number: string;
  carrier: string | null;
}

function read(json: unknown): ReadBody {
  if (!isFields(json)) return refused('', 'expected a 17TRACK push object');
  const event = textOf(json['event']);
  if (event === null) return refused('event', 'is missing; expected TRACKING_UPDATED or another event');
  if (event !== 'TRACKING_UPDATED' && event !== STOPPED) return nothing('other_event');
  const data = json['data'];
  if (!isFields(data)) return refused('data', 'expected an object');
  const number = textOf(data['number']);
  if (!isTrackingNumber(number)) return refused('data.number', NO_NUMBER_MESSAGE);
  const key = textOf(data['carrier']);
  if (event === STOPPED) {
    return found([
      { ...bare({ number, carrier: key }), status: STOPPED, meaning: lookUp(CODES, STOPPED, null) },
    ]);
  }
  const info = data['track_info'];
  if (!isFields(info)) return refused('data.track_info', 'expected an object');
  const latest = fieldsOf(info['latest_status']);
  const status = textOf(latest['status']);
  if (status === null) return refused('data.track_info.latest_status.status', 'is missing');
  const providers = listOf(fieldsOf(info['tracking'])['providers']);
  const parcel = { number, carrier: carrierName(providers, key) };
  const history = providers.flatMap((one) =>
    listOf(one['events']).flatMap((event_) => scanOf(parcel, event_) ?? []),
  );
  const newest = fieldsOf(info['latest_event']);
  const subStatus = textOf(latest['sub_status']);
  const head: ProviderScan = {
    ...bare(parcel),
    status,
    detail: subStatus,
    description: textOf(newest['description']) ?? textOf(latest['sub_status_descr']),
    occurredAt: timeOf(newest['time_utc']) ?? timeOf(newest['time_iso']),
    location: textOf(newest['location']),
    meaning: lookUp(CODES, status, subStatus),
  };
  return found(withHead(head, history));
}

function bare(parcel: Parcel): ProviderScan {
  return {
    id: null,
    trackingNumber: parcel.number,
    carrier: parcel.carrier,
    service: null,
    trackingUrl: null,
    status: null,
    detail: null,
    description: null,
    occurredAt: null,
    sentAt: null,
    location: null,
    signedBy: null,
    meaning: meaning('unknown'),
  };
}

/** A scan without sub-status and milestone is text only: the state beside it says where the parcel is. */
function scanOf(parcel: Parcel, event: Fields): ProviderScan | null {
  const stage = textOf(event['stage']);
  const subStatus =
    textOf(event['sub_status']) ??
    (stage !== null && Object.hasOwn(STAGES, stage) ? (STAGES[stage] ?? null) : stage);
  if (subStatus === null) return null;
  const status = subStatus.split('_')[0] ?? subStatus;
  return {
    ...bare(parcel),
    status,
    detail: subStatus,
    description: textOf(event['description']),
    occurredAt: trueTime(event, subStatus),
    location: textOf(event['location']),
    meaning: lookUp(CODES, status, subStatus),
  };
}

/** `Delivered_Other` has its true time in the raw fields. */
function trueTime(event: Fields, subStatus: string): string | number | null {
  const raw = fieldsOf(event['time_raw']);
  const date = textOf(raw['date']);
  const time = textOf(raw['time']);
  if (subStatus === 'Delivered_Other' && date !== null) {
    return time === null ? date : `${date}T${time}${textOf(raw['timezone']) ?? ''}`;
  }
  return timeOf(event['time_utc']) ?? timeOf(event['time_iso']);
}

/** The name that stands with the numeric key, else the key. */
function carrierName(providers: readonly Fields[], key: string | null): string | null {
  const named = providers
    .map((one) => fieldsOf(one['provider']))
    .find((one) => textOf(one['key']) === key || key === null);
  return textOf(named?.['name']) ?? key;
}
