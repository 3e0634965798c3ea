/**
 * The short Markdown that the Temporal UI shows of a lifecycle: carrier, stage, counts, write-backs, what is awaited.
 * No customer data, no tracking numbers, nothing that a sender wrote freely: what is shown there is kept outside our
 * database.
 */
import type { Shipment } from '../domain/facts.ts';
import { storeStatusName } from '../domain/store-status.ts';
import type { WriteBackBody } from '../domain/write-back-types.ts';
import type { OrderRow } from './order-row.ts';
import type { LedgerRow } from './known-facts.ts';

/** The UI shows a few lines; whoever wants all of it asks `waybill order`. */
const WRITE_BACKS_SHOWN_MAX = 8;

export interface DetailsInput {
  row: OrderRow;
  progress: string;
  shipments: readonly Shipment[];
  ledger: readonly LedgerRow[];
  /** What the channel lets happen in the store. */
  writes: 'yes' | 'disabled' | 'import_only';
  dueId: string | null;
  dueAt: string | null;
}

/** A step in words without a tracking number: this goes into workflow histories. */
export function stepInWords(body: WriteBackBody): string {
  switch (body.kind) {
    case 'create_shipment': {
      const units = body.items.reduce((sum, item) => sum + item.quantity, 0);
      const anew = body.resend === true ? ' anew' : '';
      return `create a shipment of ${String(units)} unit${units === 1 ? '' : 's'}${anew}`;
    }
    case 'update_shipment':
      return `put the tracking onto store shipment ${String(body.shipmentId)}${body.resend === true ? ' again' : ''}`;
    case 'delete_shipment':
      return `delete store shipment ${String(body.shipmentId)}`;
    case 'mark_delivered':
      return body.marker === 'staff_note' ? 'note the delivery for the staff' : 'mark the order as delivered';
    case 'write_pickup': {
      const units = body.items.reduce((sum, item) => sum + item.quantity, 0);
      const what = body.collectedAt === null ? 'ready' : 'collected';
      return `record the pickup of ${String(units)} unit${units === 1 ? '' : 's'} as ${what}`;
    }
    case 'set_status':
      return `set status ${String(body.statusId)} (${storeStatusName(body.statusId)})`;
  }
}

/** Why a person should look, without the numbers of parcels and without a sender's free text. */
export function reasonInHistory(reason: string | null, shipments: readonly Shipment[]): string | null {
  if (reason === null) return null;
  return shipments.reduce((text, { trackingNumber, reason: told }) => {
    const free = told !== null && !LISTED_REASON.test(told) ? text.replaceAll(` (${told})`, '') : text;
    return trackingNumber === null ? free : free.replaceAll(` ${trackingNumber}`, '');
  }, reason);
}

/** As our own list has them: `damaged`, `cancelled_label`. */
const LISTED_REASON = /^[a-z]{1,20}(_[a-z]{1,20})*$/;

/** Pure; the same rows give the same text, so that an unchanged order writes nothing into its history. */
export function describeSettled(input: DetailsInput): string {
  const { row, progress, shipments } = input;
  // The UI takes lines for a list only behind an empty one (seen in 2.50).
  const lines = [`**${row.stage ?? 'not decided yet'}**${progress === '' ? '' : ` · ${progress}`}`, ''];
  if (row.attention !== null)
    lines.push(
      `- attention: **${row.attention}**${inBrackets(reasonInHistory(row.attentionReason, shipments))}`,
    );
  if (row.paused) lines.push('- paused: write-backs wait for `waybill resume`');
  lines.push(...parcelLines(shipments), ...writeBackLines(input), `- awaited: ${awaited(input)}`);
  return lines.join('\n');
}

function inBrackets(text: string | null): string {
  return text === null ? '' : ` (${text})`;
}

function parcelLines(shipments: readonly Shipment[]): string[] {
  return shipments.map((shipment) => {
    const units = shipment.holds.reduce((sum, line) => sum + line.quantity, 0);
    const where = shipment.voided
      ? 'voided'
      : shipment.returned
        ? 'returned'
        : (shipment.side ?? shipment.position ?? 'no label yet');
    const what =
      shipment.kind === 'pickup'
        ? 'pickup'
        : `parcel${shipment.carrier === null ? '' : ` by ${shipment.carrier}`}`;
    return `- ${what}: ${where}, ${String(units)} unit${units === 1 ? '' : 's'}`;
  });
}

function writeBackLines({ ledger, dueId }: DetailsInput): string[] {
  const told = ledger.filter((entry) => entry.state !== 'superseded');
  const lines = told.slice(0, WRITE_BACKS_SHOWN_MAX).map((entry) => {
    const state = entry.blocked === null ? entry.state : `blocked by ${entry.blocked}`;
    return `- ${stepInWords(entry.body)}: ${entry.id === dueId ? `${state}, due now` : state}`;
  });
  const left = told.length - lines.length;
  return left > 0 ? [...lines, `- and ${String(left)} more write-backs`] : lines;
}

function awaited({ row, ledger, writes, dueId, dueAt }: DetailsInput): string {
  if (row.lifecycleState === 'none') return 'nothing, this order has no lifecycle';
  if (row.lifecycleState === 'closed') {
    return row.closedReason === 'no_news'
      ? 'nothing, closed because no news came'
      : 'nothing, the order is over';
  }
  if (writes === 'disabled') return 'the channel to be enabled';
  if (row.paused) return 'a person';
  if (dueId !== null) return 'the store';
  if (dueAt !== null) return `the next attempt, not before ${dueAt}`;
  if (row.attention === 'refused') return 'a person, then `waybill retry`';
  if (row.attention === 'auth') return 'a person, then `waybill channel rotate`';
  if (ledger.some((entry) => entry.state === 'planned' && entry.blocked !== null))
    return 'a person, or news of the parcels';
  return row.stage === 'imported' ? 'a label, or word of a carrier' : 'word of the carrier';
}
