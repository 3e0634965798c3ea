/**
 * Words of services that come in our own envelope (capabilities section 0.2), as one table of facts: Qapla' ids,
 * ParcelPilot's statuses, Starshipit's order states. It promises that a word that is not listed is kept and shown as
 * unknown, never mapped to a plausible neighbour.
 */
import { codeFacts, lookUp, type CodeFact, type Meaning } from './code-facts.ts';

/** What may stand as `tracking.provider` beside a word that needs no `tracking.status`. */
export const ENVELOPE_PROVIDERS = ['qapla', 'parcelpilot', 'starshipit'] as const;
export type EnvelopeProvider = (typeof ENVELOPE_PROVIDERS)[number];

const AS_OF = '2026-11-22';

/** The id is the only stable key: labels are translated. `detail` is the detail id of an exception. */
const QAPLA: CodeFact[] = codeFacts('Qapla/qapla-api-skill:references/statuses.md', AS_OF, [
  ['0', null, 'label_created'],
  ['50', null, 'label_created'],
  ['1', null, 'trackable'],
  ['2', null, 'awaiting_collection'],
  ['20', null, 'picked_up'],
  ['3', null, 'in_transit'],
  ['8', null, 'in_transit', { reason: 'delayed' }],
  ['4', null, 'out_for_delivery'],
  ['5', null, 'attempt_failed'],
  ['10', null, 'available_for_pickup'],
  ['6', null, 'exception'],
  ['6', '1', 'exception', { reason: 'held' }],
  ['6', '2', 'exception', { reason: 'refused' }],
  ['6', '3', 'exception', { reason: 'damaged' }],
  ['6', '4', 'exception', { reason: 'lost' }],
  ['99', null, 'delivered'],
  ['95', null, 'returned'],
]);

const PARCELPILOT: CodeFact[] = codeFacts(
  'Shipments — Statuses, https://parcelpilot.co.uk/help/shipments/shipment-status',
  AS_OF,
  [
    ['Label created', null, 'label_created'],
    ['Pending pickup', null, 'awaiting_collection'],
    ['In transit', null, 'in_transit'],
    ['Out for delivery', null, 'out_for_delivery'],
    ['Delivery attempted', null, 'attempt_failed'],
    ['Exception', null, 'exception'],
    ['Delivered', null, 'delivered'],
    ['Returned', null, 'returned'],
    // A word withdraws no shipment: it asks for a look, and `label.voided` is what takes the parcel away.
    ['Cancelled', null, 'cancelled'],
  ],
);

/**
 * States of the order (`order_status`), which are coarser than ours: one that stands for several is read as the least
 * of them, so that no parcel gets further than its sender said. The scans of its webhooks (`tracking_status`) have
 * words of their own, with other meanings (`starshipit.ts`).
 */
const STARSHIPIT: CodeFact[] = codeFacts(
  'rknell/starshipit_dart:lib/src/models/get_tracking_response.dart',
  AS_OF,
  [
    ['Unshipped', null, 'label_created'],
    // trackable, or awaiting_collection
    ['Awaiting Dispatch', null, 'trackable'],
    // picked_up, in_transit, or out_for_delivery
    ['Dispatched', null, 'picked_up'],
    ['Delivered', null, 'delivered'],
  ],
);

export const ENVELOPE_WORDS: Readonly<Record<EnvelopeProvider, readonly CodeFact[]>> = {
  qapla: QAPLA,
  parcelpilot: PARCELPILOT,
  starshipit: STARSHIPIT,
};

/** The service that a sender names, in whatever case; null for one whose words are not known here. */
export function envelopeProvider(name: string | null): EnvelopeProvider | null {
  const given = name?.trim().toLowerCase();
  return ENVELOPE_PROVIDERS.find((known) => known === given) ?? null;
}

/** What a service's word, with its finer word, means; unknown for one that is not in its published list. Pure. */
export function envelopeMeaning(provider: EnvelopeProvider, word: string, detail: string | null): Meaning {
  const codes = ENVELOPE_WORDS[provider];
  const published = codes.find(({ status }) => spelling(status) === spelling(word));
  return lookUp(codes, published?.status ?? word, detail?.trim() ?? null);
}

/** `IN_TRANSIT`, `in-transit` and `In transit` are one word; an id is nothing but itself. */
function spelling(word: string): string {
  const trimmed = word.trim();
  return /^\p{L}/u.test(trimmed) ? trimmed.toLowerCase().replaceAll(/[\s_-]+/g, '') : trimmed;
}
