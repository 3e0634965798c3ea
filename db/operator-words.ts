/**
 * An operator's word about one order, each as one transaction: row, audit, decision, outbox. They outlive the run and
 * work without a worker (design section 4).
 */
import { recordAudit } from './audit.ts';
import { inTransaction, type Database, type Tx } from './database.ts';
import { decideLocked, lockOrder } from './decide-order.ts';
import { recordDecision } from './decisions.ts';
import { storableText } from './json-text.ts';
import { offerOrder } from './outbox.ts';

export interface OperatorWordInput {
  channelId: string;
  orderId: number;
  reason: string;
  by: string;
  /** ISO with milliseconds. */
  now: string;
}

export type OperatorWordResult =
  /** `changed: false`: the same word was recorded before (a repeat). */
  | { ok: true; changed: boolean }
  | {
      ok: false;
      code: 'unknown_order' | 'already_paused' | 'not_paused' | 'reason_missing' | 'reason_too_long';
      message: string;
    };

/** Longer texts belong into a ticket; this one is shown in lists. */
export const REASON_LENGTH_MAX = 500;

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
  const reason = storableText(input.reason.trim());
  if (reason === '') {
    return {
      ok: false,
      code: 'reason_missing',
      message: `A ${word} needs a reason, which others will read. Nothing was changed.`,
    };
  }
  if (reason.length > REASON_LENGTH_MAX) {
    const message = `The reason has ${String(reason.length)} characters; at most ${String(REASON_LENGTH_MAX)} are kept. Nothing was changed.`;
    return { ok: false, code: 'reason_too_long', message };
  }
  return inTransaction(db, async (tx): Promise<OperatorWordResult> => {
    const row = await lockOrder(tx, channelId, orderId);
    const order = `Order ${String(orderId)} of channel ${channelId}`;
    if (row === null) {
      const message = `${order} is not known here. Check the id, or import it: waybill import ${channelId} --ids ${String(orderId)}`;
      return { ok: false, code: 'unknown_order', message };
    }
    const paused = word === 'pause';
    if (row.paused === paused) {
      if (paused && row.pauseReason === reason) return { ok: true, changed: false };
      if (!paused && (await wasSaidLast(tx, input, word, reason))) return { ok: true, changed: false };
      if (!paused) {
        return {
          ok: false,
          code: 'not_paused',
          message: `${order} is not paused; there is nothing to resume.`,
        };
      }
      const message = `${order} is already paused: ${row.pauseReason ?? 'no reason was given'}. Resume it first to give another reason.`;
      return { ok: false, code: 'already_paused', message };
    }
    const pauseReason = paused ? reason : null;
    await tx.sql`update orders set paused = ${paused}, pause_reason = ${pauseReason}
      where channel_id = ${channelId} and order_id = ${orderId}`;
    await recordAudit(tx, {
      at: now,
      by,
      channelId,
      orderId,
      action: `order.${word}`,
      detail: { reason, before: row.pauseReason },
    });
    await recordDecision(tx, {
      channelId,
      orderId,
      at: now,
      kind: 'operator',
      outcome: word,
      detail: `${by}: ${reason}`,
    });
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
