/**
 * Sends one step to the store at most once: judge by what was just read, mark the row as sent, call, record. Whoever
 * calls this has looked at the store and has settled what earlier attempts sent.
 */
import { randomUUID } from 'node:crypto';
import { StoreError } from '../bigcommerce/errors.ts';
import { storeAsKnown } from '../db/known-facts.ts';
import {
  blockWriteBack,
  markSent,
  refuseWriteBack,
  retryWriteBackLater,
  supersedeWriteBack,
  type StoreRead,
} from '../db/write-backs.ts';
import { mayWrite } from '../domain/write-back-plan.ts';
import { isResend } from '../domain/write-back-resend.ts';
import type { StoreShipment, WriteBackBody, WriteBackKind } from '../domain/write-back-types.ts';
import { callStore, type CallResult } from './call-store.ts';
import { ActivityRefusal } from './failures.ts';
import { judgeStep } from './judge-step.ts';
import type { StoreSession } from './store-calls.ts';
import { readStoreView, type StoreNow } from './store-view.ts';
import {
  answerCodeOf,
  again,
  confirm,
  confirmFound,
  holdBack,
  isThere,
  later,
  moved,
  type HeldBack,
  type Work,
  type WriteBackOutcome,
} from './write-back-record.ts';

/** HTTP time-out < activity time-out − 10 s (design section 6). */
export const ATTEMPT_MARGIN_MS = 10_000;
/** A write is not begun with less time than this for its answer: it would only become unclear. */
const WRITE_TIME_MIN_MS = 15_000;
/** A grant that may still be used for this long survives the transaction that marks the row as sent. */
const GRANT_READY_MS = 2_000;

/** Kinds of steps that depend on the shipments in the store; the others are spared the call. */
const ASKS_SHIPMENTS: readonly WriteBackKind[] = ['create_shipment', 'update_shipment', 'delete_shipment'];

/** What the store shows of the row's order now. */
export function look(work: Work): Promise<StoreNow> {
  const { row, order } = work.at;
  return readView(
    work,
    work.session,
    ASKS_SHIPMENTS.includes(row.body.kind) ? null : { shipments: storeAsKnown(order).shipments },
  );
}

function readView(
  { at, deps }: Work,
  session: StoreSession,
  knownShipments: { shipments: StoreShipment[] | null } | null,
): Promise<StoreNow> {
  const { orderId, storeHash, body } = at.row;
  const clock = (): string => deps.clock();
  return readStoreView(session.client, { orderId, storeHash, knownShipments, body, clock });
}

/** Sends the row's step if it is still right; `heldBack` and what was read may say otherwise. May be repeated. */
export async function sendStep(
  work: Work,
  now: StoreNow,
  heldBack: HeldBack | null,
): Promise<WriteBackOutcome> {
  const { deps, at, fence, rules } = work;
  if (heldBack !== null) {
    // A row that was sent and is not in the store goes back to where it may wait.
    if (heldBack.block !== null || at.row.state === 'planned') return holdBack(deps, fence, heldBack);
    return again(work, { why: heldBack.why, read: now.read, outcome: heldBack.why });
  }
  if (!mayWrite(rules)) return holdBack(deps, fence, { block: 'push_off', why: 'the channel only imports' });
  const judged = judgeStep(at, now, rules);
  const { read } = now;
  switch (judged.go) {
    case 'confirm':
      return confirm(work, judged.shipmentId, judged.why, read);
    case 'supersede':
      return moved(
        'superseded',
        await supersedeWriteBack(deps.db, { fence, outcome: judged.why, read, now: deps.clock() }),
      );
    case 'ask':
      return moved(
        'blocked:ask',
        await blockWriteBack(deps.db, { fence, block: 'ask', outcome: judged.why, read, now: deps.clock() }),
      );
    case 'replan':
      return again(work, { why: judged.why, read, outcome: 'replan' });
    case 'call':
      return callOnce(work, now, { adopt: judged.adopt, body: judged.body ?? at.row.body });
  }
}

async function callOnce(
  work: Work,
  now: StoreNow,
  { adopt, body }: { adopt: StoreShipment | null; body: WriteBackBody },
): Promise<WriteBackOutcome> {
  const { deps, at, session, attempt } = work;
  if (attempt.leftMs() < WRITE_TIME_MIN_MS + ATTEMPT_MARGIN_MS) {
    throw new ActivityRefusal(
      'BigCommerceUnavailable',
      'The store answers reads so slowly that no time is left for the write. Nothing was sent; it is tried again.',
    );
  }
  await session.purse.ready(GRANT_READY_MS);
  const newAttemptId = randomUUID();
  const asked = performance.now();
  const sent = await markSent(deps.db, {
    fence: work.fence,
    newAttemptId,
    body,
    statusBefore: now.order.statusId,
    read: now.read,
    now: deps.clock(),
  });
  if (!sent.ok) {
    // Another channel of the store is writing to the same order: not asked again before its outcome can be known.
    return sent.reason === 'other_sent'
      ? again(work, {
          why: 'another write to the order is under way',
          read: now.read,
          outcome: 'other_sent',
          afterMs: deps.timing.unclearWaitMs,
        })
      : { outcome: sent.reason };
  }
  work.fence = { ...work.fence, attemptId: newAttemptId };
  deps.faultPoint?.('marked');
  if (performance.now() - asked > deps.timing.sentToCallMs) {
    await again(work, {
      why: 'marking the row took too long, so the call was not begun',
      read: null,
      outcome: 'again',
    });
    throw new ActivityRefusal(
      'DatabaseUnavailable',
      'The database was too slow to begin the call in time. Nothing was sent; it is tried again.',
    );
  }
  let done: CallResult;
  try {
    done = await callStore(session.client, at.row.orderId, { body, adopt, now });
  } catch (error) {
    return await callFailed(work, error);
  }
  deps.faultPoint?.('called');
  const seen = await lookAfter(work, now, done);
  deps.faultPoint?.('seen');
  const confirmed = await confirm(work, done.shipmentId, done.outcome, seen);
  deps.faultPoint?.('recorded');
  return confirmed;
}

/**
 * What the store shows after the call. A new shipment moves the status by itself (capabilities F-3), and knowing it now
 * spares the next step where it would change nothing. A failed look costs nothing: the row is confirmed without it.
 */
async function lookAfter(work: Work, before: StoreNow, done: CallResult): Promise<StoreRead | null> {
  const { at, deps, session } = work;
  const shipments = done.shipmentsAfter;
  if (done.statusAfter !== null && !done.shippedMoved) {
    return { view: { ...before.read.view, statusId: done.statusAfter, shipments }, readAt: deps.clock() };
  }
  if (work.attempt.leftMs() < WRITE_TIME_MIN_MS) return null;
  try {
    return (await readView(work, session, { shipments })).read;
  } catch (error) {
    const { channelId, orderId } = at.row;
    deps.logger.debug(
      { channelId, orderId, err: error },
      'the look after a write failed; the next step looks again',
    );
    return null;
  }
}

// ---- what went wrong

async function callFailed(work: Work, error: unknown): Promise<WriteBackOutcome> {
  const { deps, fence } = work;
  // Not the store's error: the row stays sent, and is settled when its time has come.
  if (!(error instanceof StoreError)) throw error;
  const outcome = error.message;
  const answerCode = answerCodeOf(error);
  const now = deps.clock();
  if (error.effect === 'unknown') {
    const waitMs = deps.timing.unclearWaitMs;
    await retryWriteBackLater(deps.db, {
      fence,
      unclear: true,
      notBefore: later(now, waitMs),
      outcome,
      answerCode,
      read: null,
      now,
    });
    throw new ActivityRefusal(
      'OutcomeUnclear',
      `${outcome} Whether it was carried out is looked up in ${String(Math.ceil(waitMs / 1000))} s; it is not repeated before.`,
      waitMs,
    );
  }
  if (error.code === 'BigCommerceAuth') {
    return moved(
      'blocked:auth',
      await blockWriteBack(deps.db, { fence, block: 'auth', outcome, answerCode, read: null, now }),
    );
  }
  if (error.retryable) {
    await retryWriteBackLater(deps.db, {
      ...{ fence, unclear: false, notBefore: now },
      ...{ outcome, answerCode, read: null, now },
    });
    throw error;
  }
  return refuse(work, error);
}

/**
 * A refusal may mean that it was done before (bigcommerce-api.md section 14.4): no units left for a shipment, a
 * metafield that is there already, a shipment that is gone already. So look before believing it.
 */
async function refuse(work: Work, error: StoreError): Promise<WriteBackOutcome> {
  const { deps, at } = work;
  const outcome =
    error.storeSentence === null
      ? error.message
      : `The store refused it (${String(error.httpStatus ?? 0)}): ${error.storeSentence}`;
  let read: StoreRead | null = null;
  // What is sent again was there before, so finding it there proves nothing.
  if (at.row.body.kind !== 'set_status' && !isResend(at.row.body) && mayHaveBeenDone(error)) {
    const now = await look(work);
    if (isThere(work, now)) return confirmFound(work, now);
    read = now.read;
  }
  return moved(
    'refused',
    await refuseWriteBack(deps.db, {
      ...{ fence: work.fence, outcome, read, now: deps.clock() },
      answerCode: answerCodeOf(error),
    }),
  );
}

function mayHaveBeenDone(error: StoreError): boolean {
  return error.code === 'InvalidRequest' || error.code === 'BigCommerceNotFound';
}
