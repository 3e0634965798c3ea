/**
 * What every word of an operator about one order has in common: a reason that can be read later, the order's lock, one
 * transaction with its audit entry and its decision, and refusals as sentences. It knows no single word.
 */
import { recordAudit } from './audit.ts';
import { inTransaction, type Database, type Tx } from './database.ts';
import { recordDecision } from './decisions.ts';
import { storableText } from './json-text.ts';
import { lockOrder, type OrderRow } from './order-row.ts';

export interface OperatorWordInput {
  channelId: string;
  orderId: number;
  reason: string;
  by: string;
  /** ISO with milliseconds. */
  now: string;
}

/** Machine words of refusals; every one comes with a sentence. */
export type RefusalCode =
  | 'unknown_order'
  | 'reason_missing'
  | 'reason_too_long'
  | 'already_paused'
  | 'not_paused'
  | 'order_paused'
  | 'order_closed'
  | 'unknown_step'
  | 'step_not_waiting'
  | 'nothing_waits'
  | 'not_due'
  | 'unclear'
  | 'writes_off'
  | 'unknown_stage'
  | 'stage_not_possible';

export interface Refused {
  ok: false;
  code: RefusalCode;
  message: string;
}

/** Longer texts belong into a ticket; this one is shown in lists. */
const REASON_LENGTH_MAX = 500;

export function refused(code: RefusalCode, message: string): Refused {
  return { ok: false, code, message };
}

/** `Order 1001 of channel acme`, for the beginning of sentences. */
export function named({ channelId, orderId }: { channelId: string; orderId: number }): string {
  return `Order ${String(orderId)} of channel ${channelId}`;
}

/** The reason as it is kept, or why it cannot be; `required`: a word that nobody could understand without one. */
export function readReason(text: string, word: string, required: boolean): string | Refused {
  const reason = storableText(text.trim());
  if (reason === '' && required) {
    return refused(
      'reason_missing',
      `${word === 'override' ? 'An' : 'A'} ${word} needs a reason, which others will read. Nothing was changed.`,
    );
  }
  if (reason.length > REASON_LENGTH_MAX) {
    return refused(
      'reason_too_long',
      `The reason has ${String(reason.length)} characters; at most ${String(REASON_LENGTH_MAX)} are kept. Nothing was changed.`,
    );
  }
  return reason;
}

/**
 * Runs the word under the order's lock, in one transaction. A refusal that `work` answers has changed nothing, because
 * it asks before it writes.
 */
export async function underLock<T>(
  db: Database,
  input: { channelId: string; orderId: number },
  work: (tx: Tx, row: OrderRow) => Promise<T | Refused>,
): Promise<T | Refused> {
  const { channelId, orderId } = input;
  return inTransaction(db, async (tx) => {
    const row = await lockOrder(tx, channelId, orderId);
    if (row !== null) return work(tx, row);
    return refused(
      'unknown_order',
      `${named(input)} is not known here. Check the id, or import it: waybill import ${channelId} --ids ${String(orderId)}`,
    );
  });
}

/** The audit entry and the decision of a word: who, what, why. Belongs in the word's own transaction. */
export async function recordWord(
  tx: Tx,
  input: OperatorWordInput,
  said: { word: string; detail: Record<string, unknown>; sentence: string },
): Promise<void> {
  const { channelId, orderId, by, now } = input;
  await recordAudit(tx, {
    at: now,
    by,
    channelId,
    orderId,
    action: `order.${said.word}`,
    detail: { ...said.detail, reason: input.reason },
  });
  await recordDecision(tx, {
    channelId,
    orderId,
    at: now,
    kind: 'operator',
    outcome: said.word,
    detail: said.sentence,
  });
}
