/**
 * Sendcloud: `parcel_status_changed` with the state now (carrier-events.md sections 3 to 5). The ids are not in its
 * public page, so a word is known by its message, and the id is a check on it.
 */
import { isFields } from '../field-reader.ts';
import { codeFacts, meaning, UNKNOWN_MEANING, type CodeFact, type Meaning } from './code-facts.ts';
import {
  fieldsOf,
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
const LIST = 'white-nl/commerce-sendcloud:src/enums/ParcelStatus.php';

/** `status` is the message, `detail` the id. */
const CODES: CodeFact[] = codeFacts(LIST, AS_OF, [
  ['No label', '999', 'label_created'],
  ['Ready to send', '1000', 'label_created'],
  ['Being announced', '1001', 'label_created'],
  ['Announced', '1', 'trackable'],
  ['Announced: not collected', '13', 'awaiting_collection'],
  ['Shipment picked up by driver', '22', 'picked_up'],
  ['En route to sorting center', '3', 'in_transit'],
  ['Delivery delayed', '4', 'in_transit', { reason: 'delayed' }],
  ['Sorted', '5', 'in_transit'],
  ['Not sorted', '6', 'in_transit'],
  ['Being sorted', '7', 'in_transit'],
  ['Parcel en route', '91', 'in_transit'],
  ['At customs', '62989', 'in_transit', { reason: 'customs' }],
  ['At sorting centre', '62990', 'in_transit'],
  ['Delivery method changed', '62993', 'in_transit'],
  ['Delivery date changed', '62994', 'in_transit'],
  ['Delivery address changed', '62995', 'in_transit'],
  ['Driver en route', '92', 'out_for_delivery'],
  ['Awaiting customer pickup', '12', 'available_for_pickup'],
  ['Delivered', '11', 'delivered'],
  ['Shipment collected by customer', '93', 'delivered'],
  ['Delivery attempt failed', '8', 'attempt_failed'],
  ['Error collecting', '15', 'exception', { reason: 'other' }],
  ['Unable to deliver', '80', 'exception', { reason: 'other' }],
  ['Announcement failed', '1002', 'exception', { reason: 'other' }],
  ['Refused by recipient', '62991', 'exception', { reason: 'refused' }],
  ['Exception', '62996', 'exception', { reason: 'other' }],
  ['Address invalid', '62997', 'exception', { reason: 'address' }],
  ['Cancelled upstream', '1998', 'exception', { reason: 'cancelled_label' }],
  ['Cancellation requested', '1999', 'exception', { reason: 'cancelled_label' }],
  ['Cancelled', '2000', 'exception', { reason: 'cancelled_label' }],
  ['Submitting cancellation request', '2001', 'exception', { reason: 'cancelled_label' }],
  // The label is still good although somebody wanted it gone: a person should know.
  ['Parcel cancellation failed', '94', 'exception', { reason: 'cancelled_label' }],
  ['Returned to sender', '62992', 'returned'],
  ['Unknown status - check carrier track & trace page for more insights', '1337', 'unknown'],
]);

export const sendcloud: CarrierProvider = {
  id: 'sendcloud',
  title: 'Sendcloud',
  signature: { kind: 'hmac', header: 'sendcloud-signature', prefix: '', encoding: 'hex', normalize: false },
  urlSecret: false,
  disablesOnRefusal: false,
  codes: CODES,
  read,
};

function read(json: unknown): ReadBody {
  if (!isFields(json)) return refused('', 'expected a Sendcloud webhook object');
  const action = textOf(json['action']);
  if (action === null)
    return refused('action', 'is missing; expected parcel_status_changed or another action');
  if (action !== 'parcel_status_changed') return nothing('other_event');
  const parcel = json['parcel'];
  if (!isFields(parcel)) return refused('parcel', 'expected an object');
  const state = parcel['status'];
  if (!isFields(state)) return refused('parcel.status', 'expected an object');
  const id = textOf(state['id']);
  const message = textOf(state['message']);
  if (id === null && message === null) return refused('parcel.status.id', 'is missing');
  // A parcel of the customer coming back is not the one that went out.
  if (parcel['is_return'] === true) return nothing('inbound');
  const number = textOf(parcel['tracking_number']);
  // Before the carrier has answered there is no number.
  if (!isTrackingNumber(number)) return nothing('no_number');
  const carrier = parcel['carrier'];
  const changedAt = timeOf(json['carrier_status_change_timestamp']);
  return found([
    {
      id: null,
      hashOf: [parcel['id'] ?? number, id, changedAt],
      trackingNumber: number,
      carrier: textOf(isFields(carrier) ? (carrier['code'] ?? carrier['name']) : carrier),
      service: textOf(fieldsOf(parcel['shipment'])['name']),
      trackingUrl: textOf(parcel['tracking_url']),
      status: message,
      detail: id,
      description: null,
      occurredAt: changedAt,
      sentAt: timeOf(json['timestamp']),
      location: null,
      signedBy: null,
      orderReferences: [textOf(parcel['order_number']), textOf(parcel['external_order_id'])],
      meaning: meaningOf(message, id),
    },
  ]);
}

/** By message, with the id as a check: where they contradict each other nothing is believed. */
function meaningOf(message: string | null, id: string | null): Meaning {
  // Some versions end the sentence with a full stop.
  const word = message?.replace(/\.$/, '').toLowerCase();
  const byMessage = CODES.find((code) => code.status.toLowerCase() === word);
  const byId = CODES.find((code) => code.detail === id);
  if (byMessage !== undefined && byId !== undefined && byMessage !== byId) return UNKNOWN_MEANING;
  const known = byMessage ?? byId;
  if (known === undefined) return UNKNOWN_MEANING;
  const { reason, returning, cod, alert } = known;
  return meaning(known.word, { reason, returning, cod, alert });
}
