/**
 * How a person names a step of the write-back ledger: by the short id that `waybill order` shows, by its subject
 * (`status:2`), or by its kind (`create_shipment`). Pure; reads no table.
 */
import type { WriteBackBlock } from '../domain/write-back-types.ts';
import type { LedgerRow } from './known-facts.ts';
import { refused, type Refused } from './operator-frame.ts';

/** Enough to tell the steps of one order apart, short enough to type. */
export const SHORT_ID_LENGTH = 8;
/** Fewer characters of an id would match by accident. */
const ID_PREFIX_MIN = 4;
/** More are counted, not named. */
const NAMED_MAX = 6;

export function shortId(step: { id: string }): string {
  return step.id.slice(0, SHORT_ID_LENGTH);
}

/** All rows that the word means; all rows where no word is given. Refuses a word that means none. */
export function findSteps<Row extends Pick<LedgerRow, 'id' | 'kind' | 'subject' | 'n' | 'summary'>>(
  ledger: readonly Row[],
  given: string | null,
): Row[] | Refused {
  const word = given?.trim() ?? '';
  if (word === '') return [...ledger];
  const lower = word.toLowerCase();
  const byId = ledger.filter(
    ({ id }) => id === lower || (lower.length >= ID_PREFIX_MIN && id.startsWith(lower)),
  );
  if (byId.length > 0) return byId;
  const bySubject = ledger.filter(({ subject }) => subject === word);
  const found = bySubject.length > 0 ? bySubject : ledger.filter(({ kind }) => kind === lower);
  if (found.length > 0) return found;
  return refused(
    'unknown_step',
    `The order has no write-back called ${JSON.stringify(word)}. ${thereAre(ledger)}`,
  );
}

function thereAre(ledger: readonly Pick<LedgerRow, 'id' | 'summary'>[]): string {
  if (ledger.length === 0) return 'It has no write-backs at all.';
  const names = ledger
    .slice(0, NAMED_MAX)
    .map((row) => `${shortId(row)} (${row.summary.replace(/\.$/, '')})`);
  const more = ledger.length > NAMED_MAX ? `, and ${String(ledger.length - NAMED_MAX)} more` : '';
  return `It has: ${names.join(', ')}${more}.`;
}

/** Only rows of the highest counter of each kind and subject are still spoken of. */
export function latestSteps<Row extends Pick<LedgerRow, 'kind' | 'subject' | 'n'>>(
  ledger: readonly Row[],
): Row[] {
  const latest = new Map<string, Row>();
  for (const row of ledger) {
    const key = `${row.kind} ${row.subject}`;
    const other = latest.get(key);
    if (other === undefined || other.n < row.n) latest.set(key, row);
  }
  return ledger.filter((row) => latest.get(`${row.kind} ${row.subject}`) === row);
}

/** Why a step does not go out by itself, and which command helps, for people. */
export function blockInWords(block: WriteBackBlock, at: { channelId: string; orderId: number }): string {
  const order = `${at.channelId} ${String(at.orderId)}`;
  switch (block) {
    case 'auth':
      return `the store refuses our credentials, or they cannot be read; look with \`waybill channel test ${at.channelId}\`, store new ones with \`waybill channel rotate ${at.channelId}\``;
    case 'channel':
      return `the channel is disabled; \`waybill channel enable ${at.channelId}\``;
    case 'ask':
      return `it stands against a person's decision in the store; \`waybill approve ${order}\` lets it go out`;
    case 'push_off':
      return `it came due while fulfillment.push_enabled was off; \`waybill approve ${order}\` lets it go out once that is on`;
    case 'dry_run':
      return `it came due while fulfillment.dry_run was on; \`waybill approve ${order}\` lets it go out once that is off`;
  }
}
