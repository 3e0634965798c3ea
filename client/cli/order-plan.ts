/** `waybill order --plan`: what would be written to the store now, in words. It shows and changes nothing. */
import type { PlanPreview } from '../../db/plan-preview.ts';
import type { WriteBackBlock } from '../../domain/write-back-types.ts';
import { mailSwitchInWords, type StoreAsChecked } from '../store-as-checked.ts';
import type { Output } from './output.ts';

const BARRED: Readonly<Record<NonNullable<PlanPreview['barred']>, string>> = {
  no_channel: 'Nothing is written: the channel was removed.',
  disabled: 'Nothing is written while the channel is disabled.',
  import_only: 'Nothing is ever written: the channel only imports (channel.profile).',
  paused: 'Nothing is written while the order is paused.',
};

const WAITS: Readonly<Record<WriteBackBlock, string>> = {
  auth: 'waits for credentials that the store takes',
  ask: 'waits for `waybill approve`',
  push_off: 'fulfillment.push_enabled is off, or was when it came due',
  dry_run: 'fulfillment.dry_run is on, or was when it came due',
  channel: 'waits for the channel',
};

export function showPlan(out: Output, preview: PlanPreview, store: StoreAsChecked): void {
  const { steps, skipped, unclear, mailsNow, mailsWaiting } = preview;
  out.line(`Plan of order ${String(preview.orderId)} of ${preview.channelId}, by what is known now`);
  if (preview.barred !== null) out.line(BARRED[preview.barred]);
  for (const summary of unclear) out.line(`Not clear yet, looked up before anything else: ${summary}`);
  if (steps.length === 0) out.line('Nothing would be written now.');
  else {
    out.table(
      ['#', 'what', 'mails', 'goes out'],
      steps.map((step, index) => [
        index + 1,
        step.summary,
        step.mails,
        step.blocked === null ? 'by itself' : `no: ${WAITS[step.blocked]}`,
      ]),
    );
    const waiting = mailsWaiting === 0 ? '' : `, ${String(mailsWaiting)} more once approved`;
    out.line(`Mails to the shopper: ${String(mailsNow)}${waiting}.`);
    out.line(mailSwitchInWords(preview.channelId, store, preview.storefrontId));
  }
  if (preview.conflict !== null) out.line(preview.conflict);
  if (skipped.length === 0) return;
  out.line('\nNot written');
  out.table(
    ['what', 'reason', 'why'],
    skipped.map((skip) => [`${skip.kind} ${skip.subject}`, skip.reason, skip.detail]),
  );
}
