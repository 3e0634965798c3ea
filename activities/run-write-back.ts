/**
 * Carries out one row of the write-back ledger so that nothing is ever done twice in the store (design section 6, "Once
 * only"): look, mark as sent, call once, record. What is unclear is settled later by the body that was sent, never by a
 * second call in doubt. It plans nothing.
 */
import { randomUUID } from 'node:crypto';
import { StoreError } from '../bigcommerce/errors.ts';
import { getChannel } from '../db/channels.ts';
import { noteFailedAttempt } from '../db/failing-writes.ts';
import {
  blockWriteBack,
  getWriteBack,
  ORDER_GONE,
  refuseWriteBack,
  retryWriteBackLater,
  takeOverSent,
  type AnswerCode,
  type Fence,
  type WriteBackAtHand,
} from '../db/write-backs.ts';
import { mayWrite } from '../domain/write-back-plan.ts';
import type { WriteBackKind, WriteBackRules } from '../domain/write-back-types.ts';
import { writeBackRules } from '../settings/rules.ts';
import { asActivity } from './attempt.ts';
import type { ActivityDeps } from './deps.ts';
import { ActivityRefusal, isCredentialsUnreadable } from './failures.ts';
import { ATTEMPT_MARGIN_MS, look, sendStep } from './send-step.ts';
import { openStoreSession, type SessionRequest, type StoreSession } from './store-calls.ts';
import {
  answerCodeOf,
  confirmFound,
  holdBack,
  isThere,
  later,
  moved,
  type HeldBack,
  type Work,
  type WriteBackOutcome,
} from './write-back-record.ts';

/** The order, its shipments, the write, the order afterwards; what a step does not need is left out. */
const CALLS_EXPECTED = {
  create_shipment: 4,
  update_shipment: 3,
  delete_shipment: 4,
  set_status: 2,
  mark_delivered: 3,
  write_pickup: 3,
} as const satisfies Record<WriteBackKind, number>;
/** Asking again about a row that may have been done, while the channel's credentials are refused. */
const UNCLEAR_AUTH_MS = 10 * 60_000;
const IMPORT_ONLY: WriteBackRules = { profile: 'import_only' };

/** May be repeated: each repetition continues from what the row says. Throws Temporal failures only. */
export function runWriteBack(
  deps: ActivityDeps,
  input: { channelId: string; orderId: number; writeBackId: string },
): Promise<WriteBackOutcome> {
  return asActivity(deps, { heartbeats: true }, async (attempt) => {
    const at = await getWriteBack(deps.db, input.writeBackId);
    if (at === null || at.row.channelId !== input.channelId || at.row.orderId !== input.orderId)
      return { outcome: 'gone' };
    const { row } = at;
    if (row.state !== 'planned' && row.state !== 'sent') return { outcome: row.state };
    const fence: Fence = { writeBackId: row.id, attemptId: row.attemptId };
    if (row.state === 'sent') waitUntilClear(deps, at);

    const standing = await standingOf(deps, at);
    const { heldBack } = standing;
    if (heldBack !== null && row.state === 'planned') return holdBack(deps, fence, heldBack);
    // A row that may have been done is looked up even where nothing may be written any more, but not in a store whose
    // channel is off.
    if (!standing.callable) return { outcome: 'channel' };
    const opened = await sessionOrWhyNot(deps, {
      channelId: row.channelId,
      purpose: 'write_back',
      attempt,
      timeoutMs: () =>
        Math.min(deps.storeAccess.timeoutMs, Math.max(1, attempt.leftMs() - ATTEMPT_MARGIN_MS)),
    });
    if ('why' in opened) return waitForCredentials({ deps, fence }, row.state === 'sent', opened.why);
    const { session } = opened;
    session.purse.expect(CALLS_EXPECTED[row.body.kind]);
    const work: Work = { deps, at, session, rules: standing.rules, attempt, fence };
    try {
      deps.faultPoint?.('looking');
      if (row.state === 'sent') return await settle(work, heldBack);
      const seen = await look(work);
      deps.faultPoint?.('looked');
      return await sendStep(work, seen, heldBack);
    } catch (error) {
      return await readingFailed(work, error);
    }
  });
}

/** Without a token that can be read nothing can be asked; only new credentials, or the key, help. */
async function sessionOrWhyNot(
  deps: ActivityDeps,
  request: SessionRequest,
): Promise<{ session: StoreSession } | { why: string }> {
  try {
    return { session: await openStoreSession(deps, request) };
  } catch (error) {
    if (!isCredentialsUnreadable(error)) throw error;
    return { why: error.message };
  }
}

// ---- may it be sent at all?

interface Standing {
  /** False: the store may not be called at all. */
  callable: boolean;
  rules: WriteBackRules;
  /** Keeps a step from being sent; a `sent` row is settled all the same. */
  heldBack: HeldBack | null;
}

async function standingOf(deps: ActivityDeps, at: WriteBackAtHand): Promise<Standing> {
  const channel = await getChannel(deps.db, at.row.channelId);
  if (channel === null) {
    return { callable: false, rules: IMPORT_ONLY, heldBack: { block: null, why: 'channel' } };
  }
  const rules = writeBackRules(channel.settings);
  if (!channel.enabled) {
    return { callable: false, rules, heldBack: { block: 'channel', why: 'the channel is disabled' } };
  }
  return { callable: true, rules, heldBack: reasonToWait(deps, at, rules) };
}

function reasonToWait(
  deps: ActivityDeps,
  { row, order }: WriteBackAtHand,
  rules: WriteBackRules,
): HeldBack | null {
  if (!mayWrite(rules)) return { block: 'push_off', why: 'the channel only imports' };
  if (!rules.pushEnabled) return { block: 'push_off', why: 'fulfillment.push_enabled is off' };
  if (rules.dryRun) return { block: 'dry_run', why: 'fulfillment.dry_run is on' };
  if (row.blocked !== null) return { block: null, why: 'blocked' };
  if (order.paused) return { block: null, why: 'paused' };
  if (
    row.state === 'planned' &&
    row.notBefore !== null &&
    Date.parse(row.notBefore) > Date.parse(deps.clock())
  )
    return { block: null, why: 'not_yet' };
  return null;
}

// ---- a row that an earlier attempt sent

function waitUntilClear(deps: ActivityDeps, { row }: WriteBackAtHand): void {
  const sentAt = row.sentAt === null ? 0 : Date.parse(row.sentAt);
  const waitMs = sentAt + deps.timing.unclearWaitMs - Date.parse(deps.clock());
  if (waitMs <= 0) return;
  throw new ActivityRefusal(
    'OutcomeUnclear',
    `It is not known yet whether the store carried this out (${row.summary}). It is looked up in ${String(Math.ceil(waitMs / 1000))} s and not repeated before.`,
    waitMs,
  );
}

/** Settles a `sent` row by the body in it: two looks, because a read right after a write may be stale (Traps 14). */
async function settle(work: Work, heldBack: HeldBack | null): Promise<WriteBackOutcome> {
  const { deps } = work;
  const newAttemptId = randomUUID();
  const taken = await takeOverSent(deps.db, { fence: work.fence, newAttemptId, now: deps.clock() });
  if (!taken.ok) return { outcome: taken.reason };
  work.fence = { ...work.fence, attemptId: newAttemptId };
  const first = await look(work);
  if (isThere(work, first)) return confirmFound(work, first);
  const second = await look(work);
  if (isThere(work, second)) return confirmFound(work, second);
  return sendStep(work, second, heldBack);
}

/** An error outside the call itself: nothing was sent by this attempt. */
async function readingFailed(work: Work, error: unknown): Promise<WriteBackOutcome> {
  const { deps, at, fence } = work;
  if (isOurWordForIt(error)) return failed(work, error);
  if (!(error instanceof StoreError)) throw error;
  const now = deps.clock();
  const wasSent = at.row.state === 'sent' || fence.attemptId !== at.row.attemptId;
  if (error.code === 'BigCommerceAuth')
    return waitForCredentials(work, wasSent, error.message, answerCodeOf(error));
  if (error.code === 'BigCommerceNotFound') {
    return moved('refused', await refuseWriteBack(deps.db, { fence, outcome: ORDER_GONE, read: null, now }));
  }
  // Waiting for quota is no failure.
  if (error.code === 'BigCommerceRateLimited') throw error;
  return failed(work, error);
}

/** A step that may have been done is asked about again by itself; any other one is due again when credentials are there. */
async function waitForCredentials(
  { deps, fence }: Pick<Work, 'deps' | 'fence'>,
  wasSent: boolean,
  outcome: string,
  answerCode: AnswerCode | null = null,
): Promise<WriteBackOutcome> {
  const now = deps.clock();
  if (!wasSent) {
    const blocked = await blockWriteBack(deps.db, {
      ...{ fence, block: 'auth' as const, outcome, answerCode, read: null, now },
    });
    return moved('blocked:auth', blocked);
  }
  await retryWriteBackLater(deps.db, {
    ...{ fence, unclear: true, notBefore: later(now, UNCLEAR_AUTH_MS) },
    ...{ outcome, answerCode, read: null, now },
  });
  return { outcome: 'unclear:auth' };
}

/** What the store's silence or slowness is called here; other refusals are about our own database. */
function isOurWordForIt(error: unknown): error is ActivityRefusal {
  return (
    error instanceof ActivityRefusal &&
    (error.type === 'OutcomeUnclear' || error.type === 'BigCommerceUnavailable')
  );
}

/** It is tried again by itself until it has failed for too long: then a person is asked (capabilities S-42). */
async function failed({ deps, fence }: Work, error: Error): Promise<WriteBackOutcome> {
  const after = await noteFailedAttempt(deps.db, { fence, outcome: error.message, now: deps.clock() });
  if (after === 'again') throw error;
  return { outcome: after === 'refused' ? 'refused' : 'unclear:asked' };
}
