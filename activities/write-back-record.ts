/**
 * One attempt at a ledger row: what it holds, and how its outcomes are recorded. Every recording is fenced in `db/`;
 * here only words are chosen.
 */
import type { StoreError } from '../bigcommerce/errors.ts';
import {
  blockWriteBack,
  confirmWriteBack,
  retryWriteBackLater,
  type AnswerCode,
  type Fence,
  type Moved,
  type StoreRead,
  type WriteBackAtHand,
} from '../db/write-backs.ts';
import { matchShipment, settleSent } from '../domain/write-back-match.ts';
import type { WriteBackBlock, WriteBackRules } from '../domain/write-back-types.ts';
import type { Attempt } from './attempt.ts';
import type { ActivityDeps } from './deps.ts';
import type { StoreSession } from './store-calls.ts';
import type { StoreNow } from './store-view.ts';

export interface WriteBackOutcome {
  /** Machine word: `confirmed`, `refused`, `superseded`, `blocked:auth`, `replan`, `lost`, … */
  outcome: string;
}

export interface Work {
  deps: ActivityDeps;
  at: WriteBackAtHand;
  session: StoreSession;
  rules: WriteBackRules;
  attempt: Attempt;
  fence: Fence;
}

/** What keeps a step from being sent; `block` null: nothing has to be recorded for it. */
export interface HeldBack {
  block: WriteBackBlock | null;
  why: string;
}

/** Leaves a planned row alone, or blocks it where only a person or a setting can let it go on. */
export async function holdBack(
  deps: ActivityDeps,
  fence: Fence,
  { block, why }: HeldBack,
): Promise<WriteBackOutcome> {
  if (block === null) return { outcome: why };
  return moved(
    `blocked:${block}`,
    await blockWriteBack(deps.db, { fence, block, outcome: why, read: null, now: deps.clock() }),
  );
}

/** Did the store take what was sent? Asked of a fresh read, by the body in the row. */
export function isThere({ at }: Pick<Work, 'at'>, now: StoreNow): boolean {
  const { body, statusBefore } = at.row;
  const shipmentsNow = now.read.view.shipments ?? [];
  const statusNow = now.order.statusId;
  const { claimedShipmentIds: claimedIds } = at;
  const { extras } = now;
  return settleSent({ body, statusBefore, statusNow, shipmentsNow, claimedIds, extras }) === 'confirmed';
}

/** Confirms a row whose step the store shows although its answer was lost. */
export async function confirmFound(work: Work, { read }: StoreNow): Promise<WriteBackOutcome> {
  const { body } = work.at.row;
  const shipmentId =
    body.kind === 'create_shipment'
      ? (matchShipment(body, read.view.shipments ?? [], work.at.claimedShipmentIds)?.shipmentId ?? null)
      : body.kind === 'update_shipment' || body.kind === 'delete_shipment'
        ? body.shipmentId
        : null;
  return confirm(
    work,
    shipmentId,
    'found in the store: the call had been carried out although its answer was lost',
    read,
  );
}

export async function confirm(
  work: Work,
  storeShipmentId: number | null,
  outcome: string,
  read: StoreRead | null,
): Promise<WriteBackOutcome> {
  const { deps, fence } = work;
  return moved(
    'confirmed',
    await confirmWriteBack(deps.db, { fence, storeShipmentId, outcome, read, now: deps.clock() }),
  );
}

/** Back to `planned`, due at once or after `afterMs`: the next settling decides from what was read. */
export async function again(
  work: Work,
  input: { why: string; read: StoreRead | null; outcome: string; afterMs?: number },
): Promise<WriteBackOutcome> {
  const now = work.deps.clock();
  return moved(
    input.outcome,
    await retryWriteBackLater(work.deps.db, {
      fence: work.fence,
      unclear: false,
      notBefore: later(now, input.afterMs ?? 0),
      outcome: input.why,
      read: input.read,
      now,
    }),
  );
}

/** What the ledger keeps of a refusal beside its sentence; null where the store did not answer. */
export function answerCodeOf({ call, httpStatus }: StoreError): AnswerCode | null {
  if (httpStatus === null) return null;
  return `${call.startsWith('GET ') ? 'read' : 'write'}:${httpStatus}`;
}

export function moved(outcome: string, move: Moved): WriteBackOutcome {
  return { outcome: move.ok ? outcome : move.reason };
}

export function later(now: string, byMs: number): string {
  return new Date(Date.parse(now) + byMs).toISOString();
}
