/**
 * An operator's words about one order that touch no step of the ledger: pause, resume, override. Each is one
 * transaction: row, audit, decision, outbox. They outlive the run and work without a worker (design section 4).
 */
import { STAGES, type Stage, type StageOverride } from '../domain/facts.ts';
import { isDigitalOnly } from '../domain/order.ts';
import { isEndStage } from '../domain/order-stage.ts';
import type { Database, Tx } from './database.ts';
import { considerLocked, decideLocked, writeDecision } from './decide-order.ts';
import { jsonText } from './json-text.ts';
import {
  named,
  readReason,
  recordWord,
  refused,
  underLock,
  type OperatorWordInput,
  type Refused,
} from './operator-frame.ts';
import type { OrderRow } from './order-row.ts';
import { offerOrder } from './outbox.ts';
import { openLocked } from './wake-order.ts';

export { type OperatorWordInput, type RefusalCode, type Refused } from './operator-frame.ts';

export type OperatorWordResult =
  /** `changed: false`: the same word was recorded before (a repeat). */
  { ok: true; changed: boolean } | Refused;

/**
 * Stops write-backs of the order, not its bookkeeping. Refused with a sentence when there is no such order, no reason,
 * or when it is paused already for another reason. May be repeated: the same reason again changes nothing.
 */
export async function pauseOrder(db: Database, input: OperatorWordInput): Promise<OperatorWordResult> {
  return say(db, input, 'pause');
}

/** The twin of {@link pauseOrder}: write-backs go on. Refused when the order is unknown or not paused. */
export async function resumeOrder(db: Database, input: OperatorWordInput): Promise<OperatorWordResult> {
  return say(db, input, 'resume');
}

async function say(
  db: Database,
  input: OperatorWordInput,
  word: 'pause' | 'resume',
): Promise<OperatorWordResult> {
  const { channelId, orderId, by, now } = input;
  const reason = readReason(input.reason, word, true);
  if (typeof reason !== 'string') return reason;
  return underLock(db, input, async (tx, row): Promise<OperatorWordResult> => {
    const paused = word === 'pause';
    if (row.paused === paused) {
      if (paused && row.pauseReason === reason) return { ok: true, changed: false };
      if (!paused && (await wasSaidLast(tx, input, word, reason))) return { ok: true, changed: false };
      return paused
        ? refused(
            'already_paused',
            `${named(input)} is already paused: ${row.pauseReason ?? 'no reason was given'}. Resume it first to give another reason.`,
          )
        : refused('not_paused', `${named(input)} is not paused; there is nothing to resume.`);
    }
    const pauseReason = paused ? reason : null;
    await tx.sql`update orders set paused = ${paused}, pause_reason = ${pauseReason}
      where channel_id = ${channelId} and order_id = ${orderId}`;
    // While it was paused nothing failed: the patience of its writes begins anew.
    if (!paused) {
      await tx.sql`update write_backs set failing_since = null
        where channel_id = ${channelId} and order_id = ${orderId} and state in ('planned', 'sent')`;
    }
    await recordWord(
      tx,
      { ...input, reason },
      { word, detail: { before: row.pauseReason }, sentence: `${by}: ${reason}` },
    );
    await decideLocked(tx, { ...row, paused, pauseReason }, now, { news: false });
    // An order that is not open writes nothing anyway; its pause holds when it opens.
    if (row.lifecycleState === 'open') await offerOrder(tx, { channelId, orderId, first: false, now });
    return { ok: true, changed: true };
  });
}

/** True when the order's last word was this one, of the same person for the same reason: a repeat of one command. */
async function wasSaidLast(tx: Tx, input: OperatorWordInput, word: string, reason: string): Promise<boolean> {
  const [last] = await tx.sql<{ outcome: string; detail: string }[]>`
    select outcome, detail from decisions
    where channel_id = ${input.channelId} and order_id = ${input.orderId} and kind = 'operator'
    order by id desc limit 1`;
  return last?.outcome === word && last.detail === `${input.by}: ${reason}`;
}

export type OverrideResult =
  | {
      ok: true;
      changed: boolean;
      before: Stage | null;
      stage: Stage;
      /** Of the outbox row, when the lifecycle is to be told. */
      generation: number | null;
    }
  | Refused;

/**
 * Says where the order is, whatever was heard so far: a fact with a time, which hides what was received before it;
 * later facts count again (design section 5). An order that is not followed is followed again unless it is at an end.
 * Refused for a word that is no stage, and for a stage that the order cannot be at (nothing of it travels, or nothing
 * is left to ship). May be repeated: the same word about an order that is there already changes nothing.
 */
export async function overrideOrder(
  db: Database,
  input: OperatorWordInput & { stage: string },
): Promise<OverrideResult> {
  const { channelId, orderId, by, now } = input;
  const reason = readReason(input.reason, 'override', true);
  if (typeof reason !== 'string') return reason;
  const stage = STAGES.find((known) => known === input.stage.trim().toLowerCase());
  if (stage === undefined) {
    return refused(
      'unknown_stage',
      `${JSON.stringify(input.stage)} is no stage. The stages are ${STAGES.join(', ')}. Nothing was changed.`,
    );
  }
  return underLock(db, input, async (tx, row): Promise<OverrideResult> => {
    const last = row.overrides.at(-1);
    const same = last?.stage === stage && last.reason === reason && last.by === by;
    if (same && row.stage === stage)
      return { ok: true, changed: false, before: stage, stage, generation: null };
    const override: StageOverride = { stage, reason, by, at: now };
    const before = row.stage;
    // A person who says where the order is has seen what the store changed, and which shipment is gone there.
    const judged: OrderRow = {
      ...row,
      overrides: [...row.overrides, override],
      storeChange: null,
      lostShipments: row.lostShipments === null ? null : { ...row.lostShipments, seen: true },
    };
    const considered = await considerLocked(tx, judged);
    if (considered.after.stage !== stage) return cannotBe(input, row, considered.after.stage, stage);
    await tx.sql`update orders set overrides = overrides || ${jsonText([override])}::jsonb, store_change = null,
        lost_shipments = lost_shipments || '{"seen": true}'
      where channel_id = ${channelId} and order_id = ${orderId}`;
    await recordWord(
      tx,
      { ...input, reason },
      {
        word: 'override',
        detail: { stage, before },
        sentence: `${by}: ${before ?? 'not decided'} → ${stage}, ${reason}`,
      },
    );
    await writeDecision(tx, judged, considered, now);
    if (!isEndStage(stage) && !isDigitalOnly(row.canonical))
      await openLocked(tx, judged, now, 'a person said where it is');
    const told =
      judged.lifecycleState === 'open'
        ? await offerOrder(tx, { channelId, orderId, first: false, now })
        : null;
    return { ok: true, changed: true, before, stage, generation: told?.generation ?? null };
  });
}

function cannotBe(input: OperatorWordInput, row: OrderRow, rules: Stage, asked: Stage): Refused {
  const why = isDigitalOnly(row.canonical)
    ? 'nothing in it travels'
    : row.counts?.needed === 0
      ? 'nothing of it is left to ship'
      : 'the units say otherwise';
  return refused(
    'stage_not_possible',
    `${named(input)} cannot be ${asked}: ${why}, so it is ${rules}. Nothing was changed.`,
  );
}
