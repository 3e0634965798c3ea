/**
 * Ship24: several trackings a body, and of each only the new events (carrier-events.md sections 3 to 5). Every event has
 * an id; its code is looked at before the milestone. The secret in the header does not bind the body.
 */
import { isFields, type Fields } from '../field-reader.ts';
import { ANY_STATUS, codeFacts, lookUp, meaning, type CodeFact } from './code-facts.ts';
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
const STATUS_PAGE = 'Status, https://docs.ship24.com/status/';

const CODES: CodeFact[] = codeFacts(STATUS_PAGE, AS_OF, [
  ['pending', null, 'label_created'],
  ['info_received', null, 'trackable'],
  ['in_transit', null, 'in_transit'],
  ['out_for_delivery', null, 'out_for_delivery'],
  ['failed_attempt', null, 'attempt_failed'],
  ['available_for_pickup', null, 'available_for_pickup'],
  ['delivered', null, 'delivered'],
  ['exception', null, 'exception', { reason: 'other' }],
  ['info_received', 'data_order_created', 'trackable'],
  ['info_received', 'data_delivery_proposed', 'trackable'],
  ['info_received', 'data_delivery_decided', 'trackable'],
  [ANY_STATUS, 'data_order_cancelled', 'exception', { reason: 'cancelled_label' }],
  ['in_transit', 'transit_handover', 'picked_up'],
  ['in_transit', 'transit_origin_country_departure', 'in_transit'],
  ['in_transit', 'destination_arrival', 'in_transit'],
  ['in_transit', 'customs_received', 'in_transit'],
  ['in_transit', 'customs_cleared', 'in_transit'],
  [ANY_STATUS, 'customs_exception', 'exception', { reason: 'customs' }],
  [ANY_STATUS, 'customs_rejected', 'exception', { reason: 'customs' }],
  ['available_for_pickup', 'delivery_available_for_pickup', 'available_for_pickup'],
  ['out_for_delivery', 'delivery_out_for_delivery', 'out_for_delivery'],
  ['failed_attempt', 'delivery_attempted', 'attempt_failed'],
  [ANY_STATUS, 'delivery_exception', 'exception', { reason: 'other' }],
  [ANY_STATUS, 'delivery_refused', 'exception', { reason: 'refused' }],
  ['delivered', 'delivery_delivered', 'delivered'],
  [ANY_STATUS, 'exception_return', 'returned'],
  [ANY_STATUS, 'exception_lost', 'exception', { reason: 'lost' }],
  [ANY_STATUS, 'exception_discarded', 'exception', { reason: 'disposed' }],
]);

export const ship24: CarrierProvider = {
  id: 'ship24',
  title: 'Ship24',
  signature: { kind: 'shared', header: 'authorization', prefix: 'Bearer ' },
  urlSecret: false,
  disablesOnRefusal: false,
  codes: CODES,
  read,
};

function read(json: unknown): ReadBody {
  if (!isFields(json)) return refused('', 'expected a Ship24 webhook object');
  if (!Array.isArray(json['trackings'])) return refused('trackings', 'expected a list');
  const trackings = listOf(json['trackings']);
  const scans: ProviderScan[] = [];
  for (const [index, tracking] of trackings.entries()) {
    const events = listOf(tracking['events']);
    if (events.length === 0) continue;
    const number = textOf(fieldsOf(tracking['tracker'])['trackingNumber']);
    if (!isTrackingNumber(number)) {
      return refused(`trackings[${String(index)}].tracker.trackingNumber`, NO_NUMBER_MESSAGE);
    }
    const signedBy = textOf(fieldsOf(fieldsOf(tracking['shipment'])['delivery'])['signedBy']);
    const sentAt = timeOf(fieldsOf(tracking['metadata'])['generatedAt']);
    for (const event of inOrder(events)) scans.push(scanOf(number, event, sentAt, signedBy));
  }
  if (scans.length === 0) return nothing('no_events');
  const [only] = trackings;
  const messageId = trackings.length === 1 ? textOf(fieldsOf(only?.['metadata'])['messageId']) : null;
  return found(scans, messageId);
}

/** `order` breaks the ties of equal times. */
function inOrder(events: readonly Fields[]): Fields[] {
  const place = (event: Fields): number => (typeof event['order'] === 'number' ? event['order'] : 0);
  return [...events].sort((a, b) => place(a) - place(b));
}

function scanOf(
  number: string,
  event: Fields,
  sentAt: string | number | null,
  signedBy: string | null,
): ProviderScan {
  const milestone = textOf(event['statusMilestone']);
  const code = textOf(event['statusCode']);
  const means = milestone === null && code === null ? meaning('unknown') : lookUp(CODES, milestone, code);
  return {
    id: textOf(event['eventId']),
    trackingNumber: number,
    carrier: textOf(event['courierCode']),
    service: null,
    trackingUrl: null,
    status: milestone,
    detail: code,
    description: textOf(event['status']),
    occurredAt: timeOf(event['occurrenceDatetime']),
    sentAt,
    location: textOf(event['location']),
    signedBy: means.word === 'delivered' ? signedBy : null,
    meaning: means,
  };
}
