/**
 * `retry`: a person wants a step tried now. A refused one gets a row of its own with the next counter; one that waits
 * for its next attempt waits no longer. One transaction: ledger, row, audit, decision, outbox. It never starts a
 * second call beside a row that is sent and unclear (design section 6); such a row is only looked up sooner.
 */
import { randomUUID } from 'node:crypto';
import { settingsOf } from './channel-row.ts';
import type { Database, Tx } from './database.ts';
import { considerLocked, writeDecision, type OrderRow } from './decide-order.ts';
import { jsonText, storableText } from './json-text.ts';
import { loadKnownFacts, type KnownFacts, type LedgerRow } from './known-facts.ts';
import { findSteps, latestSteps } from './named-steps.ts';
import { named, readReason, recordWord, refused, underLock, type Refused } from './operator-frame.ts';
import {
  reasonNotToWrite,
  stateInWords,
  tellStep,
  type StepsResult,
  type StepWordInput,
} from './approve-steps.ts';
import { offerOrder } from './outbox.ts';
import { planOrder } from './plan-order.ts';
import { openLocked } from './wake-order.ts';

/** What a retry makes of a step, or null where it means nothing. */
type Means = 'anew' | 'sooner' | 'look' | null;

/**
 * Tries the order's refused and waiting steps now, or the one that is named. Refused with a sentence while the order is
 * paused, the channel does not write, another step of it is sent and unclear, or the step is not due any more. May be
 * repeated: a step that was planned anew is then only tried sooner.
 */
export async function retryOrder(db: Database, input: StepWordInput): Promise<StepsResult> {
  const reason = readReason(input.reason, 'retry', false);
  if (typeof reason !== 'string') return reason;
  const said = { ...input, reason };
  return underLock(db, input, async (tx, row): Promise<StepsResult> => {
    const known = await loadKnownFacts(tx, row);
    const own = latestSteps(known.ledger.filter((entry) => entry.channelId === row.channelId));
    const found = findSteps(own, input.step);
    if (!Array.isArray(found)) return found;
    const meant = found.filter((entry) => meaning(entry) !== null);
    if (meant.length === 0) return nothingToRetry(said, row, found);
    const barred = await reasonNotToWrite(tx, said, row);
    if (barred !== null) return barred;
    // Of whichever channel of the store: the ledger is kept by store.
    const sent = known.ledger.find(({ state }) => state === 'sent');
    const anew = meant.filter((entry) => meaning(entry) === 'anew');
    if (sent !== undefined && !meant.includes(sent)) {
      return refused(
        'unclear',
        `Another write of ${named(input)} was sent, and it is not known yet whether the store took it (${sent.summary}) Nothing else goes out beside it; it is looked up by itself.`,
      );
    }
    const notDue = await reasonNotDue(tx, said, row, known, anew);
    if (notDue !== null) return notDue;
    return tryNow(tx, said, row, { meant, anew, besideSent: sent !== undefined });
  });
}

function meaning(entry: LedgerRow): Means {
  if (entry.state === 'refused') return 'anew';
  if (entry.state === 'sent') return 'look';
  if (entry.state !== 'planned') return null;
  // What waits for credentials is tried with those there are: a scope may have been added without our knowing.
  return entry.blocked === null || entry.blocked === 'auth' || entry.blocked === 'channel' ? 'sooner' : null;
}

function anewOf(entry: LedgerRow): LedgerRow {
  return {
    ...entry,
    id: randomUUID(),
    n: entry.n + 1,
    state: 'planned',
    blocked: null,
    approved: false,
    storeShipmentId: null,
    notBefore: null,
  };
}

/** A refused step is planned anew only if the plan of this moment still wants it. */
async function reasonNotDue(
  tx: Tx,
  input: StepWordInput,
  row: OrderRow,
  known: KnownFacts,
  anew: readonly LedgerRow[],
): Promise<Refused | null> {
  if (anew.length === 0 || known.channel === null) return null;
  const considered = await considerLocked(tx, row, { known, news: false });
  const tried = anew.map(anewOf);
  const plan = planOrder(settingsOf(tx, row.channelId, known.channel.settings), row, considered.after, [
    ...known.ledger,
    ...tried,
  ]);
  const gone = tried.filter(
    ({ kind, subject }) => !plan.steps.some((step) => step.kind === kind && step.subject === subject),
  );
  if (gone.length < tried.length) return null;
  const why = plan.skipped.find((skip) => gone.some(({ subject }) => subject === skip.subject))?.detail;
  return refused(
    'not_due',
    `What the store refused of ${named(input)} is not due any more${why === undefined ? '.' : `: ${why}`} Nothing was changed.`,
  );
}

async function tryNow(
  tx: Tx,
  input: StepWordInput,
  row: OrderRow,
  {
    meant,
    anew,
    besideSent,
  }: { meant: readonly LedgerRow[]; anew: readonly LedgerRow[]; besideSent: boolean },
): Promise<StepsResult> {
  const { channelId, orderId, by, now, reason } = input;
  const sooner = meant.filter((entry) => !anew.includes(entry)).map(({ id }) => id);
  await tx.sql`
    update write_backs set retry_at = ${now}, updated_at = ${now}, failing_since = null, gave_up_at = null,
      not_before = null, blocked = case when blocked in ('auth', 'channel') then null else blocked end
    where id = any(${sooner.sort()}::uuid[])`;
  for (const entry of anew) await planAnew(tx, row, anewOf(entry), now);
  const steps = meant.map(tellStep);
  const what = steps.map(({ summary }) => summary).join(' ');
  await recordWord(tx, input, {
    word: 'retry',
    detail: { steps: meant.map(({ id }) => id) },
    sentence: `${by}: ${what}${reason === '' ? '' : ` (${reason})`}`,
  });
  await writeDecision(tx, row, await considerLocked(tx, row), now);
  await openLocked(tx, row, now, 'a person asked for another attempt');
  const { generation } = await offerOrder(tx, { channelId, orderId, first: false, now });
  const notes = besideSent
    ? ['What was sent is looked up in the store first; it is sent again only if it is certainly not there.']
    : [];
  return { ok: true, changed: true, steps, notes, generation };
}

async function planAnew(tx: Tx, row: OrderRow, entry: LedgerRow, now: string): Promise<void> {
  const { id, kind, subject, n, body, summary, mails } = entry;
  await tx.sql`
    insert into write_backs (id, store_hash, channel_id, order_id, kind, subject, n, state, body, summary, mails,
      retry_at, created_at, updated_at)
    values (${id}, ${row.storeHash}, ${row.channelId}, ${row.orderId}, ${kind}, ${subject}, ${n}, 'planned',
      ${jsonText(body)}::jsonb, ${storableText(summary)}, ${mails}, ${now}, ${now}, ${now})`;
}

function nothingToRetry(input: StepWordInput, row: OrderRow, found: readonly LedgerRow[]): Refused {
  const [only] = found;
  if (input.step !== null && only !== undefined) {
    return refused('step_not_waiting', `There is nothing to retry: ${stateInWords(only, input)}.`);
  }
  const waits = found.find(({ state, blocked }) => state === 'planned' && blocked !== null);
  if (waits !== undefined) {
    return refused(
      'step_not_waiting',
      `Nothing of ${named(input)} has failed: ${stateInWords(waits, input)}.`,
    );
  }
  if (row.lifecycleState === 'closed') {
    return refused('order_closed', `${named(input)} is closed, and no write of it was refused.`);
  }
  return refused('nothing_waits', `No write of ${named(input)} was refused or waits for another attempt.`);
}
