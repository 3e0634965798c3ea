/**
 * Starshipit: one status of one number (carrier-events.md sections 3 to 5). `AwaitingCollection` waits for the carrier,
 * not for the customer, and `Dispatched` means that the label was manifested. How it signs is not confirmed.
 */
import { isFields } from '../field-reader.ts';
import { codeFacts, lookUp, type CodeFact } from './code-facts.ts';
import {
  found,
  isTrackingNumber,
  nothing,
  refused,
  textOf,
  timeOf,
  type CarrierProvider,
  type ReadBody,
} from './provider.ts';

const AS_OF = '2026-11-22';
const PAGE =
  'Webhook notifications, https://support.starshipit.com/hc/en-us/articles/360000376436-Webhook-notifications';

const CODES: CodeFact[] = codeFacts(PAGE, AS_OF, [
  ['Printed', null, 'label_created'],
  ['AwaitingCollection', null, 'awaiting_collection'],
  ['Dispatched', null, 'awaiting_collection'],
  ['InTransit', null, 'in_transit'],
  ['OutForDelivery', null, 'out_for_delivery'],
  ['AttemptedDelivery', null, 'attempt_failed'],
  // That this waits for the customer is not confirmed.
  ['PickupInStore', null, 'available_for_pickup'],
  ['Delivered', null, 'delivered'],
  ['Exception', null, 'exception', { reason: 'other' }],
  ['Cancelled', null, 'exception', { reason: 'cancelled_label' }],
]);

export const starshipit: CarrierProvider = {
  id: 'starshipit',
  title: 'Starshipit',
  signature: { kind: 'none' },
  urlSecret: true,
  disablesOnRefusal: false,
  codes: CODES,
  read,
};

function read(json: unknown): ReadBody {
  if (!isFields(json)) return refused('', 'expected a Starshipit notification object');
  const status = textOf(json['tracking_status']);
  if (status === null) return refused('tracking_status', 'is missing');
  const number = textOf(json['tracking_number']);
  if (!isTrackingNumber(number)) return nothing('no_number');
  const changedAt = timeOf(json['last_updated_date']);
  return found([
    {
      id: null,
      hashOf: [json['order_number'] ?? null, number, status, changedAt],
      trackingNumber: number,
      carrier: textOf(json['carrier_name']),
      service: textOf(json['carrier_service']),
      trackingUrl: null,
      status,
      detail: null,
      description: null,
      occurredAt: changedAt,
      sentAt: null,
      location: null,
      signedBy: null,
      orderReferences: [textOf(json['order_number']), textOf(json['order_reference'])],
      meaning: lookUp(CODES, status, null),
    },
  ]);
}
