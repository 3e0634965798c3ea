/**
 * `approve`: a person lets steps go out that wait for a person. One transaction per order: ledger, row, audit, decision,
 * outbox. It calls nobody, and never lets a step go out that the plan of this moment would not make.
 */
import type { WriteBackBlock } from '../domain/write-back-types.ts';
import { mayWrite } from '../domain/write-back-plan.ts';
import { writeBackRules } from '../settings/rules.ts';
import { getChannel } from './channel-row.ts';
import type { Database, Tx } from './database.ts';
import { considerLocked, writeDecision, type OrderRow } from './decide-order.ts';
import { loadKnownFacts, type LedgerRow } from './known-facts.ts';
import { blockInWords, findSteps, latestSteps, shortId } from './named-steps.ts';
import {
  named,
  readReason,
  recordWord,
  refused,
  underLock,
  type OperatorWordInput,
  type Refused,
} from './operator-frame.ts';
import { offerOrder } from './outbox.ts';
import { openLocked } from './wake-order.ts';

/** Blocks that a person lifts; `auth` and `channel` are lifted by what they wait for. */
export const APPROVABLE_BLOCKS: readonly WriteBackBlock[] = ['ask', 'push_off', 'dry_run'];
/** The word for "I have seen what the store changed", in the place of a step. */
export const CHANGE_WORD = 'change';

export interface ToldStep {
  /** Short id, as `waybill order` shows it. */
  step: string;
  kind: string;
  summary: string;
  /** Mails to the shopper that the step is expected to cause. */
  mails: number;
}

export type StepsResult =
  | {
      ok: true;
      changed: boolean;
      steps: ToldStep[];
      /** Whole sentences about what is so besides. */
      notes: string[];
      /** Of the outbox row, when the lifecycle is to be told. */
      generation: number | null;
    }
  | Refused;

export interface StepWordInput extends OperatorWordInput {
  /** A short id, subject or kind; null: every step that the word can mean. */
  step: string | null;
}

/**
 * Lets the order's waiting steps go out, or the one that is named; where nothing waits and the store has changed the
 * order after a label was made, says that a person has seen it. Opens an order that is not followed. Refused with a
 * sentence while the order is paused or the channel does not write. May be repeated.
 */
export async function approveOrder(db: Database, input: StepWordInput): Promise<StepsResult> {
  return approve(db, input, null);
}

/** {@link approveOrder} for exactly these ledger rows; those that wait no more are passed over. */
export async function approveRows(
  db: Database,
  input: OperatorWordInput & { writeBackIds: readonly string[] },
): Promise<StepsResult> {
  return approve(db, { ...input, step: null }, input.writeBackIds);
}

async function approve(
  db: Database,
  input: StepWordInput,
  only: readonly string[] | null,
): Promise<StepsResult> {
  const reason = readReason(input.reason, 'approve', false);
  if (typeof reason !== 'string') return reason;
  const said = { ...input, reason };
  return underLock(db, input, async (tx, row): Promise<StepsResult> => {
    if (input.step?.trim() === CHANGE_WORD) return seenChange(tx, said, row);
    const { ledger } = await loadKnownFacts(tx, row);
    const own = latestSteps(ledger.filter((entry) => entry.channelId === row.channelId));
    const found = findSteps(own, input.step);
    if (!Array.isArray(found)) return found;
    const waiting = found.filter(waitsForPerson).filter(({ id }) => only === null || only.includes(id));
    if (waiting.length === 0) {
      if (only !== null) return { ok: true, changed: false, steps: [], notes: [], generation: null };
      if (input.step === null && (row.storeChange !== null || isLossUnseen(row)))
        return seenChange(tx, said, row);
      return nothingWaits(said, row, found);
    }
    const barred = await reasonNotToWrite(tx, said, row);
    return barred ?? letGo(tx, said, row, waiting);
  });
}

function waitsForPerson(entry: LedgerRow): boolean {
  return entry.state === 'planned' && entry.blocked !== null && APPROVABLE_BLOCKS.includes(entry.blocked);
}

/** Why no step of the order can go out at all, whatever a person says of it. */
export async function reasonNotToWrite(
  tx: Tx,
  input: { channelId: string; orderId: number },
  row: OrderRow,
): Promise<Refused | null> {
  const { channelId, orderId } = input;
  if (row.paused) {
    return refused(
      'order_paused',
      `${named(input)} is paused (${row.pauseReason ?? 'no reason was given'}), so nothing of it is written. First: waybill resume ${channelId} ${String(orderId)} --reason "…"`,
    );
  }
  const off = (why: string, todo: string) =>
    refused('writes_off', `Channel ${channelId} writes nothing: ${why}. First: ${todo}`);
  const channel = await getChannel(tx, channelId);
  if (channel === null) return off('it was removed', `waybill channel add ${channelId}`);
  if (!channel.enabled)
    return off(channel.disabledReason ?? 'it is disabled', `waybill channel enable ${channelId}`);
  const rules = writeBackRules(channel.settings);
  if (!mayWrite(rules))
    return off(
      'its profile is import_only',
      `waybill channel set ${channelId} channel.profile=import_and_writeback`,
    );
  if (!rules.pushEnabled)
    return off(
      'fulfillment.push_enabled is off',
      `waybill channel set ${channelId} fulfillment.push_enabled=true`,
    );
  if (rules.dryRun)
    return off('fulfillment.dry_run is on', `waybill channel set ${channelId} fulfillment.dry_run=false`);
  return null;
}

async function letGo(
  tx: Tx,
  input: StepWordInput,
  row: OrderRow,
  waiting: readonly LedgerRow[],
): Promise<StepsResult> {
  const { channelId, orderId, by, now, reason } = input;
  const steps = waiting.map(tellStep);
  await tx.sql`
    update write_backs set approved = true, blocked = null, not_before = null, updated_at = ${now}
    where id = any(${waiting.map(({ id }) => id).sort()}::uuid[])`;
  const what = steps.map(({ summary }) => summary).join(' ');
  await recordWord(tx, input, {
    word: 'approve',
    detail: { steps: waiting.map(({ id }) => id), mails: mailsOf(steps) },
    sentence: `${by}: ${what}${reason === '' ? '' : ` (${reason})`}`,
  });
  // What waited for a person is no reason for attention any more; the next settling plans anew.
  await writeDecision(tx, row, await considerLocked(tx, row), now);
  await openLocked(tx, row, now, 'a person approved a write');
  const { generation } = await offerOrder(tx, { channelId, orderId, first: false, now });
  return { ok: true, changed: true, steps, notes: [], generation };
}

async function seenChange(tx: Tx, input: StepWordInput, row: OrderRow): Promise<StepsResult> {
  const { channelId, orderId, by, now, reason } = input;
  const { storeChange: change, lostShipments } = row;
  const lost = lostShipments !== null && isLossUnseen(row) ? { ...lostShipments, seen: true } : null;
  if (change === null && lost === null)
    return refused(
      'nothing_waits',
      `The store changed nothing of ${named(input)} that nobody has looked at.`,
    );
  await tx.sql`update orders set store_change = null,
      lost_shipments = case when lost_shipments is null then null else lost_shipments || '{"seen": true}' end
    where channel_id = ${channelId} and order_id = ${orderId}`;
  const parts = [
    ...(change === null ? [] : [`the store changed ${change.what}`]),
    ...(lost === null ? [] : ['a shipment of ours was deleted in the store']),
  ].join(', and ');
  const sentence = `${by} has seen that ${parts}`;
  await recordWord(tx, input, {
    word: 'approve',
    detail: { change, lost },
    sentence: reason === '' ? sentence : `${sentence} (${reason})`,
  });
  const seen: OrderRow = { ...row, storeChange: null, lostShipments: lost ?? lostShipments };
  await writeDecision(tx, seen, await considerLocked(tx, seen), now);
  const told =
    row.lifecycleState === 'open' ? await offerOrder(tx, { channelId, orderId, first: false, now }) : null;
  const notes = [`Taken note of: ${parts}.`];
  return { ok: true, changed: true, steps: [], notes, generation: told?.generation ?? null };
}

function isLossUnseen(row: OrderRow): boolean {
  return row.lostShipments !== null && !row.lostShipments.seen;
}

/** A repeat of an approval is no mistake; anything else says what the step waits for instead. */
function nothingWaits(input: StepWordInput, row: OrderRow, found: readonly LedgerRow[]): StepsResult {
  const again = found.filter(({ approved, state }) => approved && state !== 'superseded');
  if (again.length > 0 && (input.step !== null || again.length === found.length)) {
    return { ok: true, changed: false, steps: again.map(tellStep), notes: [], generation: null };
  }
  const [only] = found;
  if (input.step !== null && only !== undefined) {
    return refused('step_not_waiting', `That step waits for no approval: ${stateInWords(only, input)}.`);
  }
  const other = found.find(({ state, blocked }) => state === 'refused' || blocked !== null);
  const also = other === undefined ? '' : ` But ${shortId(other)}: ${stateInWords(other, input)}.`;
  if (row.lifecycleState === 'closed' && also === '') {
    return refused('order_closed', `${named(input)} is closed, and no write of it waits for an approval.`);
  }
  return refused('nothing_waits', `No write of ${named(input)} waits for an approval.${also}`);
}

/** Where a step is, and what would help, for people. */
export function stateInWords(
  entry: Pick<LedgerRow, 'state' | 'blocked' | 'notBefore'>,
  at: { channelId: string; orderId: number },
): string {
  switch (entry.state) {
    case 'planned':
      if (entry.blocked !== null) return blockInWords(entry.blocked, at);
      return entry.notBefore === null
        ? 'it is due and goes out by itself'
        : `it goes out by itself, not before ${entry.notBefore}`;
    case 'sent':
      return 'it was sent, and whether the store took it is being looked up';
    case 'confirmed':
      return 'it is in the store';
    case 'refused':
      return `the store refused it; \`waybill retry ${at.channelId} ${String(at.orderId)}\` tries again`;
    case 'superseded':
      return 'it is no longer due';
  }
}

export function tellStep(entry: LedgerRow): ToldStep {
  return { step: shortId(entry), kind: entry.kind, summary: entry.summary, mails: entry.mails };
}

export function mailsOf(steps: readonly { mails: number }[]): number {
  return steps.reduce((sum, { mails }) => sum + mails, 0);
}
