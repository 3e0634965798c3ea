/**
 * Statuses that are no step forward (design section 6, "Exceptions to the rank"): the one before a voided label's
 * shipment, the one before a shipment whose side effect is not wanted yet, those of an exception and of a return. It
 * promises to undo only what we explained ourselves, and each cause once.
 */
import { storeStatusName, STORE_STATUS } from './store-status.ts';
import { blockOf, latestRow } from './write-back-ledger.ts';
import { judgeBack, type PlanContext, type Skip } from './write-back-permission.ts';
import type { ShipmentPlan, StatusPlan } from './write-back-draft.ts';
import type { LedgerEntry, StatusPurpose, WriteBackBlock } from './write-back-types.ts';

const MAILS_PER_STATUS = 1;

interface Back {
  purpose: StatusPurpose;
  statusId: number;
  /** Names the cause, so that each is answered once. */
  subject: string;
  words: string;
}

/**
 * The step back that is due, or why it is not taken; null where nothing of the kind stands, so that the step forward may
 * follow. `forward`: the status that the rules of progress ask for now.
 */
export function planStatusBack(
  context: PlanContext,
  shipments: ShipmentPlan,
  given: { forward: number | null; heldBy: WriteBackBlock | null },
): StatusPlan | null {
  const trouble = exceptionOf(context) ?? returnedOf(context);
  if (trouble !== null) return planBack(context, trouble, given.heldBy);
  if (given.forward !== null) return null;
  const back = voidOf(context, shipments) ?? restoreOf(context, shipments);
  if (back === null) return null;
  if ('reason' in back) return { step: null, skipped: [back] };
  return planBack(context, back, given.heldBy);
}

function planBack(context: PlanContext, back: Back, heldBy: WriteBackBlock | null): StatusPlan {
  const { statusId, subject, purpose } = back;
  const nothing: StatusPlan = { step: null, skipped: [] };
  const row = latestRow(context.ledger, 'set_status', [subject]);
  if (row?.state === 'sent' || row?.state === 'confirmed') return nothing;
  const skip = (reason: Skip['reason'], detail: string): StatusPlan => ({
    step: null,
    skipped: [{ kind: 'set_status', subject, reason, detail }],
  });
  if (row?.state === 'refused')
    return skip('refused_before', 'The store refused this status; `waybill retry` tries again.');
  // A restore is planned together with its shipment, before the store shows what will be undone.
  const ahead = purpose === 'restore' && context.store.statusId === statusId;
  if (context.store.statusId === statusId && !ahead) return nothing;
  const permission = ahead ? ({ verdict: 'go' } as const) : judgeBack(context, statusId, purpose);
  if (permission.verdict === 'skip') return skip(permission.reason, permission.detail);
  return {
    skipped: [],
    step: {
      kind: 'set_status',
      subject,
      n: row?.n ?? 0,
      body: { kind: 'set_status', statusId, purpose },
      blocked: blockOf(context.rules, row, permission.verdict === 'ask') ?? heldBy,
      mails: MAILS_PER_STATUS,
      summary: `Set status ${String(statusId)} (${storeStatusName(statusId)}): ${back.words}.`,
    },
  };
}

/** `fulfillment.status.on_exception`: one step per parcel in trouble, while it is (capabilities Q-45). */
function exceptionOf({ rules, decision }: PlanContext): Back | null {
  const { onException } = rules;
  if (onException === null) return null;
  const troubled = decision.shipments.find((one) => !one.voided && one.side === 'exception');
  if (troubled === undefined) return null;
  const why = troubled.reason === null ? '' : ` (${troubled.reason})`;
  return {
    purpose: 'exception',
    statusId: onException,
    subject: `exception:${troubled.key}`,
    words: `parcel ${troubled.trackingNumber ?? troubled.key} met an exception${why}`,
  };
}

/** `fulfillment.status.on_returned`: when every needed unit came back. */
function returnedOf({ rules, decision }: PlanContext): Back | null {
  const { onReturned } = rules;
  const { counts } = decision;
  if (onReturned === null || counts.needed === 0 || counts.returned < counts.needed) return null;
  const keys = decision.shipments.filter((one) => one.returned).map((one) => one.key);
  return {
    purpose: 'returned',
    statusId: onReturned,
    subject: `returned:${keys[0] ?? 'all'}`,
    words: 'every unit came back',
  };
}

/** `fulfillment.void_restore_status`, once a voided label's shipment was deleted or is about to be. */
function voidOf({ rules, ledger, store }: PlanContext, shipments: ShipmentPlan): Back | Skip | null {
  // Labels are voided in any order: the shipment that was taken away last need not be the last parcel's.
  const last = shipments.voided.findLast((one) => !isAnswered(ledger, one)) ?? shipments.voided.at(-1);
  if (last === undefined || rules.voidRestoreStatus === 'none') return null;
  const subject = voidSubject(last);
  const left = [...shipments.covered.values()].some((units) => units > 0);
  const words = 'the label was voided';
  const back = (statusId: number): Back => ({ purpose: 'void', statusId, subject, words });
  if (left) return back(STORE_STATUS.partiallyShipped);
  if (rules.voidRestoreStatus !== 'previous') return back(rules.voidRestoreStatus);
  const before = statusBeforeShipping(ledger);
  if (before !== null) return back(before);
  if (store.statusId !== STORE_STATUS.shipped && store.statusId !== STORE_STATUS.partiallyShipped)
    return null;
  return {
    kind: 'set_status',
    subject,
    reason: 'no_earlier_status',
    detail: 'The shipment was adopted, so the status before it is not known; set one by hand.',
  };
}

type Voided = ShipmentPlan['voided'][number];

function voidSubject({ subject, n }: Pick<Voided, 'subject' | 'n'>): string {
  return `void:${subject}#${String(n)}`;
}

/** Whether a status followed the deletion of this shipment: its own, or one that answered several together. */
function isAnswered(ledger: readonly LedgerEntry[], voided: Voided): boolean {
  const own = latestRow(ledger, 'set_status', [voidSubject(voided)]);
  if (own !== null) return own.state !== 'planned' && own.state !== 'superseded';
  const deleted = ledger.findIndex(
    ({ state, body }) =>
      state === 'confirmed' &&
      body.kind === 'delete_shipment' &&
      body.shipmentId === voided.created.storeShipmentId,
  );
  if (deleted < 0) return false;
  return ledger
    .slice(deleted + 1)
    .some(
      ({ state, body }) => state === 'confirmed' && body.kind === 'set_status' && body.purpose === 'void',
    );
}

/** X-3 `restore`: the store showed Shipped with the last shipment although no rule allows it yet. */
function restoreOf({ store, ledger }: PlanContext, shipments: ShipmentPlan): Back | null {
  const last = shipments.early.at(-1);
  if (last === undefined) return null;
  const moved = [STORE_STATUS.shipped, STORE_STATUS.partiallyShipped] as readonly number[];
  const before =
    last.statusBefore !== null && !moved.includes(last.statusBefore)
      ? last.statusBefore
      : statusBeforeShipping(ledger);
  if (before === null) return null;
  const planned = shipments.steps.some(
    (step) => step.kind === 'create_shipment' && step.subject === last.subject && step.n === last.n,
  );
  if (!planned && !moved.includes(store.statusId)) return null;
  const words = 'no rule under fulfillment.status allows Shipped yet';
  const subject = `restore:${last.subject}#${String(last.n)}`;
  return { purpose: 'restore', statusId: before, subject, words };
}

/** The status of the order before we first made the store show Shipped, as the rows kept it; null: not known. */
function statusBeforeShipping(ledger: readonly LedgerEntry[]): number | null {
  const kept = ledger.flatMap((row) =>
    row.kind === 'create_shipment' && row.statusBefore !== null ? [row.statusBefore] : [],
  );
  const moved = [STORE_STATUS.shipped, STORE_STATUS.partiallyShipped] as readonly number[];
  return kept.findLast((status) => !moved.includes(status)) ?? null;
}
