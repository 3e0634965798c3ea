/**
 * `resend`: a person wants the tracking in the store once more although the ledger says that it is there (capabilities
 * P-32). One transaction: ledger, row, audit, decision, outbox. It calls nobody: the step itself finds the shipment by
 * the id we know or by its number, updates it, and makes it anew only where it is gone.
 */
import { randomUUID } from 'node:crypto';
import { normalizeTrackingNumber } from '../domain/ids.ts';
import { stillLost } from '../domain/lost-shipments.ts';
import { numbersInBody } from '../domain/write-back-body.ts';
import { isResend } from '../domain/write-back-resend.ts';
import type { WriteBackPlan, WriteBackStep } from '../domain/write-back-types.ts';
import { reasonNotToWrite, stateInWords, type StepsResult, type StepWordInput } from './approve-steps.ts';
import { settingsOf } from './channel-row.ts';
import type { Database, Tx } from './database.ts';
import { considerLocked, writeDecision, type OrderRow } from './decide-order.ts';
import { jsonText, storableText } from './json-text.ts';
import { loadKnownFacts, type KnownFacts, type LedgerRow } from './known-facts.ts';
import { findSteps, latestSteps, shortId } from './named-steps.ts';
import { named, readReason, recordWord, refused, underLock, type Refused } from './operator-frame.ts';
import { offerOrder } from './outbox.ts';
import { planOrder } from './plan-order.ts';
import { openLocked } from './wake-order.ts';

/**
 * Sends the tracking of the order's shipments again, or of the one that is named by step or tracking number; where a
 * shipment was reported as deleted and none is named, of that one. Refused
 * with a sentence while the order is paused, the channel does not write, a call is unclear, or nothing was written yet.
 * May be repeated: while the first wish is not carried out, a second one changes nothing.
 */
export async function resendOrder(db: Database, input: StepWordInput): Promise<StepsResult> {
  const reason = readReason(input.reason, 'resend', false);
  if (typeof reason !== 'string') return reason;
  const said = { ...input, reason };
  return underLock(db, input, async (tx, row): Promise<StepsResult> => {
    const known = await loadKnownFacts(tx, row);
    const own = latestSteps(known.ledger.filter((entry) => entry.channelId === row.channelId)).filter(
      ({ kind }) => kind === 'create_shipment' || kind === 'update_shipment',
    );
    const found = findShipments(own, input.step);
    if (!Array.isArray(found)) return found;
    const barred = await reasonNotToWrite(tx, said, row);
    if (barred !== null) return barred;
    const sent = known.ledger.find(({ state }) => state === 'sent');
    if (sent !== undefined) {
      return refused(
        'unclear',
        `A write of ${named(input)} was sent, and it is not known yet whether the store took it (${sent.summary}) Nothing else goes out beside it; it is looked up by itself.`,
      );
    }
    const waiting = found.filter(({ state, body }) => state === 'planned' && isResend(body));
    if (waiting.length > 0)
      return { ok: true, changed: false, steps: waiting.map(told), notes: [], generation: null };
    const written = found.filter(({ state }) => state === 'confirmed').map(({ subject }) => subject);
    // Where a loss was told and nothing is named, that is what is meant.
    const lost = input.step === null ? stillLost(row.lostShipments, known.ledger).flat() : [];
    const meant = new Set(lost.length > 0 ? lost : written);
    if (meant.size === 0) return nothingWritten(tx, said, row, known, found);
    return sendAgain(tx, said, row, known, [...meant]);
  });
}

/** By short id, subject or kind as every word, and by tracking number, which is what a person has at hand. */
function findShipments(own: readonly LedgerRow[], step: string | null): LedgerRow[] | Refused {
  const number = normalizeTrackingNumber(step ?? '');
  const byNumber = own.filter(
    ({ body }) =>
      (body.kind === 'create_shipment' || body.kind === 'update_shipment') &&
      number !== '' &&
      numbersInBody(body).includes(number),
  );
  return byNumber.length > 0 ? byNumber : findSteps(own, step);
}

async function sendAgain(
  tx: Tx,
  input: StepWordInput,
  row: OrderRow,
  known: KnownFacts,
  subjects: readonly string[],
): Promise<StepsResult> {
  const { channelId, orderId, by, now, reason } = input;
  const asked = known.ledger.flatMap((entry) =>
    subjects.includes(entry.subject) ? (markOf(known.ledger, entry) ?? []) : [],
  );
  const plan = await planWith(tx, row, known, asked);
  const steps = plan.steps.filter(({ body }) => isResend(body));
  if (steps.length === 0) {
    const why = plan.skipped.find(({ subject }) => subjects.includes(subject))?.detail;
    return refused(
      'not_due',
      `The tracking of ${named(input)} cannot be sent again${why === undefined ? ': its parcel is not on its way any more.' : `: ${why}`} Nothing was changed.`,
    );
  }
  const planned: ReturnType<typeof told>[] = [];
  for (const step of steps) planned.push(told({ id: await insertStep(tx, row, step, now), ...step }));
  const what = planned.map(({ summary }) => summary).join(' ');
  await recordWord(tx, input, {
    word: 'resend',
    detail: { steps: planned.map(({ step }) => step) },
    sentence: `${by}: ${what}${reason === '' ? '' : ` (${reason})`}`,
  });
  await writeDecision(tx, row, await considerLocked(tx, row), now);
  await openLocked(tx, row, now, 'a person wants the tracking sent again');
  const { generation } = await offerOrder(tx, { channelId, orderId, first: false, now });
  return { ok: true, changed: true, steps: planned, notes: [], generation };
}

/** The last write of a shipment as a wish to send it again: what it becomes is for the plan to say. */
function markOf(ledger: readonly LedgerRow[], entry: LedgerRow): LedgerRow | null {
  const { body } = entry;
  if (entry.state !== 'confirmed' || (body.kind !== 'create_shipment' && body.kind !== 'update_shipment'))
    return null;
  const later = ledger.some(
    ({ kind, subject, n }) => kind === entry.kind && subject === entry.subject && n > entry.n,
  );
  if (later) return null;
  const wish = { state: 'planned', blocked: null, approved: true, notBefore: null } as const;
  return { ...entry, ...wish, id: randomUUID(), n: entry.n + 1, body: { ...body, resend: true } };
}

/** What the plan makes of the order with these wishes added to its ledger. The order is locked; nothing is written. */
export async function planWith(
  tx: Tx,
  row: OrderRow,
  known: KnownFacts,
  asked: readonly LedgerRow[],
): Promise<WriteBackPlan> {
  const { channel, ledger } = known;
  if (channel === null) return { steps: [], skipped: [], conflict: null, mails: 0 };
  const considered = await considerLocked(tx, row, { known, news: false });
  return planOrder(settingsOf(tx, row.channelId, channel.settings), row, considered.after, [
    ...ledger,
    ...asked,
  ]);
}

/** Approved, because a person asked for it. A row that came to nothing before is used again. Answers its id. */
export async function insertStep(tx: Tx, row: OrderRow, step: WriteBackStep, now: string): Promise<string> {
  const { kind, subject, n, body, summary, mails } = step;
  const [planned] = await tx.sql<{ id: string }[]>`
    insert into write_backs as w (id, store_hash, channel_id, order_id, kind, subject, n, state, approved, body, summary,
      mails, retry_at, created_at, updated_at)
    values (${randomUUID()}, ${row.storeHash}, ${row.channelId}, ${row.orderId}, ${kind}, ${subject}, ${n}, 'planned', true,
      ${jsonText(body)}::jsonb, ${storableText(summary)}, ${mails}, ${now}, ${now}, ${now})
    on conflict (store_hash, order_id, kind, subject, n) do update set state = 'planned', blocked = null,
      approved = true, body = excluded.body, summary = excluded.summary, mails = excluded.mails, not_before = null,
      retry_at = excluded.retry_at, updated_at = excluded.updated_at
      where w.state in ('planned', 'superseded')
    returning w.id`;
  if (planned === undefined) throw new Error('a write-back that has ended was planned under its own counter');
  return planned.id;
}

async function nothingWritten(
  tx: Tx,
  input: StepWordInput,
  row: OrderRow,
  known: KnownFacts,
  found: readonly LedgerRow[],
): Promise<Refused> {
  const [first] = found;
  if (first !== undefined)
    return refused(
      'step_not_waiting',
      `There is nothing to send again, ${shortId(first)} never reached the store: ${stateInWords(first, input)}.`,
    );
  const plan = await planWith(tx, row, known, []);
  const why = plan.skipped.find(({ kind }) => kind === 'create_shipment')?.detail;
  return refused(
    'nothing_waits',
    `No shipment of ${named(input)} was written to the store yet${why === undefined ? '.' : `: ${why}`}`,
  );
}

function told(entry: Pick<LedgerRow, 'id' | 'kind' | 'summary' | 'mails'>): {
  step: string;
  kind: string;
  summary: string;
  mails: number;
} {
  return { step: shortId(entry), kind: entry.kind, summary: entry.summary, mails: entry.mails };
}
