/**
 * Qapla' status ids, which come in our own envelope (capabilities section 0.2). The id is the only stable key: labels
 * are translated. An id that is not listed is kept and shown as unknown; it is never mapped to a plausible neighbour.
 */
import { codeFacts, lookUp, type CodeFact, type Meaning } from './code-facts.ts';

export const QAPLA_PROVIDER = 'qapla';

const AS_OF = '2026-11-22';
const STATUSES = 'Qapla/qapla-api-skill:references/statuses.md';

/** `detail` is the detail id of an exception. */
export const QAPLA_CODES: CodeFact[] = codeFacts(STATUSES, AS_OF, [
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

/** What an id, with its detail id, means; unknown for one that is not in the published list. */
export function qaplaMeaning(id: string, detail: string | null): Meaning {
  return lookUp(QAPLA_CODES, id.trim(), detail?.trim() ?? null);
}
