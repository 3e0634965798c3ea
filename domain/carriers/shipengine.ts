/**
 * ShipEngine, now ShipStation API v2: `API_TRACK` with all events (carrier-events.md sections 3 to 5). The detail code
 * decides before the status code: `IT` also means out for delivery.
 */
import { isFields, type Fields } from '../field-reader.ts';
import { ANY_STATUS, codeFacts, lookUp, meaning, type CodeFact } from './code-facts.ts';
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
const OPENAPI = 'ShipEngine/shipengine-openapi:openapi.yaml (status_code, status_detail_code)';
const CLIENT = 'ShipEngine generated client, tracking_status_detail_code';

const CODES: CodeFact[] = [
  ...codeFacts(OPENAPI, AS_OF, [
    ['NY', null, 'label_created'],
    ['AC', null, 'trackable'],
    ['IT', null, 'in_transit'],
    ['AT', null, 'attempt_failed'],
    ['SP', null, 'available_for_pickup'],
    ['DE', null, 'delivered'],
    ['EX', null, 'exception', { reason: 'other' }],
    ['UN', null, 'unknown'],
    [ANY_STATUS, 'SHIPMENT_CREATED', 'label_created'],
    [ANY_STATUS, 'NOT_YET_RECEIVED_BY_CARRIER', 'label_created'],
    [ANY_STATUS, 'ELEC_ADVICE_RECD_BY_CARRIER', 'trackable'],
    [ANY_STATUS, 'AWAITING_PICKUP_DROP_OFF', 'awaiting_collection'],
    [ANY_STATUS, 'PICKED_UP', 'picked_up'],
    [ANY_STATUS, 'DROPPED_OFF', 'picked_up'],
    [ANY_STATUS, 'RECEIVED_BY_CARRIER', 'picked_up'],
    [ANY_STATUS, 'RECD_BY_CARRIER_NO_ELEC_ADVICE', 'picked_up'],
    [ANY_STATUS, 'HUB_SCAN_IN', 'in_transit'],
    [ANY_STATUS, 'HUB_SCAN_OUT', 'in_transit'],
    [ANY_STATUS, 'IN_TRANSIT', 'in_transit'],
    [ANY_STATUS, 'CUSTOMS_PROCESSING', 'in_transit'],
    [ANY_STATUS, 'CUSTOMS_CLEARED', 'in_transit'],
    [ANY_STATUS, 'RECEIVED_LOCAL_DELIVERY_DEPOT', 'in_transit'],
    [ANY_STATUS, 'CARRIER_DELAYS', 'in_transit', { reason: 'delayed' }],
    [ANY_STATUS, 'OUT_FOR_DELIVERY', 'out_for_delivery'],
    [ANY_STATUS, 'AWAITING_COLLECTION_FROM_PICKUP_POINT', 'available_for_pickup'],
    [ANY_STATUS, 'COLLECT_AT_LOCAL_PO', 'available_for_pickup'],
    [ANY_STATUS, 'CUSTOMER_TO_COLLECT_FROM_CARRIER', 'available_for_pickup'],
    // A locker is not the customer.
    [ANY_STATUS, 'DELIVERED_TO_PICKUP_POINT', 'available_for_pickup'],
    [ANY_STATUS, 'DELIVERED', 'delivered'],
    [ANY_STATUS, 'DELIVERED_DAMAGED', 'delivered', { alert: 'damaged' }],
    [ANY_STATUS, 'DELIVERED_IN_PART', 'delivered', { alert: 'other' }],
    [ANY_STATUS, 'PARCEL_COLLECTED_FROM_PICKUP_POINT', 'delivered'],
    [ANY_STATUS, 'PROOF_OF_DELIVERY', 'delivered'],
    [ANY_STATUS, 'COD_AMOUNT_PAID', 'delivered', { cod: 'paid' }],
    [ANY_STATUS, 'ATTEMPTED_DELIVERY', 'attempt_failed'],
    [ANY_STATUS, 'ATTEMPTED_DELIVERY_FINAL', 'attempt_failed'],
    [ANY_STATUS, 'CUSTOMER_CARDED', 'attempt_failed'],
    [ANY_STATUS, 'NO_ACCESS_TO_RECIPIENTS_ADDRESS', 'attempt_failed', { reason: 'address' }],
    [ANY_STATUS, 'DELIVERY_RESCHEDULED', 'attempt_failed'],
    [ANY_STATUS, 'ADDRESS_QUERY', 'exception', { reason: 'address' }],
    [ANY_STATUS, 'PARCEL_DAMAGED', 'exception', { reason: 'damaged' }],
    [ANY_STATUS, 'PARCEL_LOST', 'exception', { reason: 'lost' }],
    [ANY_STATUS, 'HELD_BY_CUSTOMS', 'exception', { reason: 'customs' }],
    [ANY_STATUS, 'REFUSED_BY_CUSTOMER', 'exception', { reason: 'refused' }],
    [ANY_STATUS, 'COD_AMOUNT_NOT_PAID', 'exception', { reason: 'payment_due', cod: 'not_paid' }],
    [ANY_STATUS, 'CANCELLED', 'exception', { reason: 'cancelled_label' }],
    [ANY_STATUS, 'RETURN_TO_SENDER', 'returned'],
    [ANY_STATUS, 'UNDELIVERABLE_RETURNED_TO_SENDER', 'returned'],
    // On its way, not back yet.
    [ANY_STATUS, 'NOT_COLLECTED_FROM_PICKUP_POINT', 'returned', { reason: 'unclaimed', returning: true }],
    [ANY_STATUS, 'TRACKING_EXPIRED', 'expired'],
    [ANY_STATUS, 'CARRIER_STATUS_NOT_MAPPED', 'unknown'],
  ]),
  ...codeFacts(CLIENT, AS_OF, [
    [ANY_STATUS, 'AWAITING_ELECTRONIC_ADVICE', 'label_created'],
    [ANY_STATUS, 'AWAITING_DESPATCH', 'awaiting_collection'],
    [ANY_STATUS, 'COLLECTION_REQUESTED', 'awaiting_collection'],
    [ANY_STATUS, 'COLLECTION_FAILED', 'awaiting_collection', { reason: 'other' }],
    [ANY_STATUS, 'DESPATCHED', 'picked_up'],
    [ANY_STATUS, 'COLLECTION_MADE', 'picked_up'],
    [ANY_STATUS, 'DELAYED_NOT_CARRIER', 'in_transit', { reason: 'delayed' }],
    [ANY_STATUS, 'MISSORTED', 'in_transit', { reason: 'missorted' }],
    [ANY_STATUS, 'ROUTING_ERROR', 'in_transit', { reason: 'missorted' }],
    [ANY_STATUS, 'SUB_CONTRACTOR_EVENT', 'in_transit'],
    [ANY_STATUS, 'SUB_CONTRACTOR_RECEIVED', 'in_transit'],
    [ANY_STATUS, 'PARCEL_OVER_LABELLED', 'in_transit'],
    [ANY_STATUS, 'PARCEL_REPACKED', 'in_transit', { reason: 'damaged' }],
    [ANY_STATUS, 'DELIVERY_ARRANGED_WITH_RECIPIENT', 'in_transit'],
    // Notes that prove nothing by themselves: the status code decides.
    ['IT', 'INFORMATION', 'in_transit'],
    ['IT', 'PARCEL_UPDATE_NOTIFICATION_VIA_EMAIL', 'in_transit'],
    ['IT', 'PARCEL_UPDATE_NOTIFICATION_VIA_SMS', 'in_transit'],
    ['DE', 'POST_TRANSIT_STATUS', 'delivered'],
    [ANY_STATUS, 'DELIVERED_TO_LOCKER_COLLECTION_POINT', 'available_for_pickup'],
    [ANY_STATUS, 'DELIVERED_SPECIFIED_SAFE_PLACE', 'delivered'],
    [ANY_STATUS, 'DELIVERED_TO_ALTERNATIVE_DELIVERY_LOCATION', 'delivered'],
    [ANY_STATUS, 'DELIVERED_TO_NEIGHBOUR', 'delivered'],
    [ANY_STATUS, 'DELIVERED_TO_PO_BOX', 'delivered'],
    [ANY_STATUS, 'ATTEMPTED_DELIVERY_2ND', 'attempt_failed'],
    [ANY_STATUS, 'ATTEMPTED_DELIVERY_3RD', 'attempt_failed'],
    [ANY_STATUS, 'CUSTOMER_IDENTIFICATION_FAILED', 'attempt_failed', { reason: 'identification' }],
    [ANY_STATUS, 'INVALID_METHOD_OF_PAYMENT', 'attempt_failed', { reason: 'payment_due' }],
    [ANY_STATUS, 'CANCELLED_BEFORE_DESPATCH', 'exception', { reason: 'cancelled_label' }],
    [ANY_STATUS, 'CUSTOMER_MOVED', 'exception', { reason: 'address' }],
    [ANY_STATUS, 'HAZARDOUS_PROHIBITED', 'exception', { reason: 'other' }],
    [ANY_STATUS, 'NOT_DELIVERED', 'exception', { reason: 'other' }],
    [ANY_STATUS, 'NOT_DELIVERED_ADDRESSEE_DECEASED', 'exception', { reason: 'other' }],
    [ANY_STATUS, 'PARCEL_DISPOSED', 'exception', { reason: 'disposed' }],
    [ANY_STATUS, 'PARCEL_OUTSIDE_OF_SERVICE_CAPABILITY', 'exception', { reason: 'other' }],
    [ANY_STATUS, 'INCORRECT_DECLARATION', 'exception', { reason: 'other' }],
    [ANY_STATUS, 'HELD_BY_CARRIER', 'exception', { reason: 'held' }],
    [ANY_STATUS, 'HELD_BY_CARRIER_FOR_CLEARANCE_PRE_PROCESSING', 'exception', { reason: 'customs' }],
    [ANY_STATUS, 'HELD_BY_EXPORT_CUSTOMS', 'exception', { reason: 'customs' }],
    [ANY_STATUS, 'HELD_BY_IMPORT_CUSTOMS', 'exception', { reason: 'customs' }],
  ]),
];

export const shipengine: CarrierProvider = {
  id: 'shipengine',
  title: 'ShipEngine (ShipStation API v2)',
  signature: {
    kind: 'rsa',
    header: 'x-shipengine-rsa-sha256-signature',
    keyIdHeader: 'x-shipengine-rsa-sha256-key-id',
    timestampHeader: 'x-shipengine-timestamp',
    windowSeconds: 300,
  },
  urlSecret: true,
  disablesOnRefusal: false,
  codes: CODES,
  read,
};

interface Parcel {
  number: string;
  carrier: string | null;
  url: string | null;
}

function read(json: unknown): ReadBody {
  if (!isFields(json)) return refused('', 'expected a ShipEngine webhook object');
  const type = textOf(json['resource_type']);
  if (type === null) return refused('resource_type', 'is missing; expected API_TRACK or another type');
  if (type !== 'API_TRACK') return nothing('other_event');
  const data = json['data'];
  if (!isFields(data)) return refused('data', 'expected an object');
  const number = textOf(data['tracking_number']);
  if (!isTrackingNumber(number)) return refused('data.tracking_number', NO_NUMBER_MESSAGE);
  if (textOf(data['status_code']) === null) return refused('data.status_code', 'is missing');
  const parcel = { number, carrier: textOf(data['carrier_code']), url: textOf(data['tracking_url']) };
  const history = listOf(data['events']).map((event) => scanOf(parcel, event));
  const head: ProviderScan = {
    ...scanOf(parcel, data),
    description: textOf(data['exception_description']) ?? textOf(data['status_description']),
    // The promised delivery is no fact; the actual one is.
    occurredAt: data['status_code'] === 'DE' ? timeOf(data['actual_delivery_date']) : null,
    location: null,
  };
  return found(withHead(head, history));
}

function scanOf(parcel: Parcel, event: Fields): ProviderScan {
  const status = textOf(event['status_code']);
  const detail = textOf(event['status_detail_code']);
  return {
    id: null,
    trackingNumber: parcel.number,
    carrier: parcel.carrier,
    service: null,
    trackingUrl: parcel.url,
    status,
    detail,
    description: textOf(event['description']) ?? textOf(event['status_description']),
    occurredAt: timeOf(event['occurred_at']) ?? timeOf(event['carrier_occurred_at']),
    sentAt: null,
    location: placeOf(
      event['city_locality'],
      event['state_province'],
      event['postal_code'],
      event['country_code'],
    ),
    signedBy: textOf(event['signer']),
    meaning: status === null && detail === null ? meaning('unknown') : lookUp(CODES, status, detail),
  };
}
