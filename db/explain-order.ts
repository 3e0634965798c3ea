/**
 * What the rows know for `waybill explain`: was the order seen, which rule decided and with which setting, what it
 * waits for. Facts only, no sentences and no customer's data; reads only.
 */
import { getChannel, type Channel } from './channel-row.ts';
import { decideOrder } from '../domain/order-stage.ts';
import { inTransaction, type Database, type Queries, type Tx } from './database.ts';
import { listDecisions, type StoredDecision } from './decisions.ts';
import { getRun, getWatermark, listRuns } from './import-runs.ts';
import { loadKnownFacts, orderFactsOf, type LedgerRow } from './known-facts.ts';
import { latestSteps } from './named-steps.ts';
import { getOrder } from './orders.ts';
import type { OrderRow } from './order-row.ts';
import { planOrder } from './plan-order.ts';
import type { AnswerCode } from './write-back-table.ts';
import type { WriteBackPlan, WriteBackStep } from '../domain/write-back-types.ts';

export interface RunFacts {
  id: string;
  workflowId: string;
  mode: string;
  state: string;
  startedAt: string;
  failure: string | null;
  window: { from: string | null; to: string | null };
}

/** What the gate said last, with the setting it went by: then and now. */
export interface VerdictFacts {
  at: string;
  /** Machine word such as `rejected:default_exclude`. */
  outcome: string;
  detail: string;
  run: RunFacts | null;
  setting: {
    name: string;
    now: unknown;
    then: unknown;
    changedAt: string | null;
    changedBy: string | null;
  } | null;
}

export interface ExplainFacts {
  channelId: string;
  orderId: number;
  channel: Pick<Channel, 'enabled' | 'disabledReason' | 'settings'>;
  order: OrderRow | null;
  verdict: VerdictFacts | null;
  /** The last word about whether it is followed, such as `not_opened:beyond_horizon`. */
  lifecycle: { at: string; outcome: string; detail: string } | null;
  hint: { reason: string; dueAt: string; attempts: number; lastError: string | null } | null;
  /** Carrier events that came before the order did. */
  parkedEvents: number;
  /** The highest counter of every step, oldest first. */
  steps: (Pick<
    LedgerRow,
    'id' | 'kind' | 'subject' | 'summary' | 'state' | 'blocked' | 'notBefore' | 'mails'
  > & { outcome: string | null; answerCode: AnswerCode | null })[];
  /** What the plan of this moment would add to the ledger: the lifecycle has not looked yet, or may not. */
  due: Pick<WriteBackStep, 'kind' | 'subject' | 'summary' | 'blocked'>[];
  /** Parcels of the order whose label stands. */
  parcels: number;
  /** What is not written, and why, by the plan of this moment. */
  skipped: WriteBackPlan['skipped'];
  lastRun: RunFacts | null;
  watermark: string | null;
}

/** Null when there is no such channel. */
export async function explainFacts(
  db: Database,
  channelId: string,
  orderId: number,
): Promise<ExplainFacts | null> {
  const channel = await getChannel(db, channelId);
  if (channel === null) return null;
  const { enabled, disabledReason, settings } = channel;
  const [writes, decisions, hint, parkedEvents, runs, watermark] = await Promise.all([
    inTransaction(db, (tx) => writesOf(tx, channel, orderId)),
    listDecisions(db, { channelId, orderId }),
    hintOf(db, channelId, orderId),
    parkedOf(db, channelId, orderId),
    listRuns(db, { channelId, limit: 1 }),
    getWatermark(db, channelId),
  ]);
  const gate = decisions.findLast(({ kind }) => kind === 'gate') ?? null;
  const followed = decisions.findLast(({ kind }) => kind === 'lifecycle') ?? null;
  return {
    channelId,
    orderId,
    channel: { enabled, disabledReason, settings },
    ...writes,
    verdict: gate === null ? null : await verdictOf(db, channel, gate),
    lifecycle:
      followed === null ? null : { at: followed.at, outcome: followed.outcome, detail: followed.detail },
    hint,
    parkedEvents,
    lastRun: runs[0] === undefined ? null : runFacts(runs[0]),
    watermark,
  };
}

async function writesOf(
  tx: Tx,
  channel: Channel,
  orderId: number,
): Promise<Pick<ExplainFacts, 'order' | 'steps' | 'due' | 'parcels' | 'skipped'>> {
  const order = await getOrder(tx, channel.id, orderId);
  if (order === null) return { order, steps: [], due: [], parcels: 0, skipped: [] };
  const known = await loadKnownFacts(tx, order);
  const decision = decideOrder(orderFactsOf(order, known, false));
  const plan = planOrder(channel.settings, order, decision, known.ledger);
  const steps = latestSteps(known.ledger.filter((entry) => entry.channelId === channel.id));
  const outcomes = await outcomesOf(tx, steps);
  const written = new Set(steps.map(({ kind, subject }) => `${kind} ${subject}`));
  return {
    order,
    skipped: plan.skipped,
    parcels: known.shipments.filter(({ voided }) => !voided).length,
    steps: steps.map(({ id, kind, subject, summary, state, blocked, notBefore, mails }) => {
      const { outcome = null, answerCode = null } = outcomes.get(id) ?? {};
      return { id, kind, subject, summary, state, blocked, notBefore, mails, outcome, answerCode };
    }),
    due: plan.steps
      .filter(({ kind, subject }) => !written.has(`${kind} ${subject}`))
      .map(({ kind, subject, summary, blocked }) => ({ kind, subject, summary, blocked })),
  };
}

/** What came of the last attempt at each. */
async function outcomesOf(
  tx: Tx,
  steps: readonly { id: string }[],
): Promise<Map<string, { outcome: string | null; answerCode: AnswerCode | null }>> {
  const rows = await tx.sql<{ id: string; outcome: string | null; answerCode: AnswerCode | null }[]>`
    select id, outcome, answer_code as "answerCode" from write_backs
    where id = any(${steps.map(({ id }) => id)}::uuid[])`;
  return new Map(rows.map(({ id, ...came }) => [id, came]));
}

async function verdictOf(db: Queries, channel: Channel, gate: StoredDecision): Promise<VerdictFacts> {
  const run = gate.runId === null ? null : await getRun(db, gate.runId);
  const name = settingIn(gate.detail);
  const { at, outcome, detail } = gate;
  return {
    at,
    outcome,
    detail,
    run: run === null ? null : runFacts(run),
    setting: name === null ? null : { name, ...(await valueThen(db, channel, name, at)) },
  };
}

/** Every verdict names its setting in its sentence. */
function settingIn(detail: string): string | null {
  return /\b(?:orders|connection|channel|lifecycle|pudo)\.[a-z_]+(?:\.[a-z_]+)*/.exec(detail)?.[0] ?? null;
}

/** The value now, and the one at the time of the verdict: what the first change after it says it changed from. */
async function valueThen(
  db: Queries,
  channel: Channel,
  name: string,
  at: string,
): Promise<Omit<NonNullable<VerdictFacts['setting']>, 'name'>> {
  const now = valueAt(channel.settings, name);
  const [change] = await db.sql<{ at: string; by: string; from: unknown }[]>`
    select a.at, a.by, c.change->'from' as "from"
    from audit a, jsonb_array_elements(a.detail->'changes') as c(change)
    where a.channel_id = ${channel.id} and a.action = 'channel.settings' and a.at > ${at}::timestamptz
      and jsonb_typeof(a.detail->'changes') = 'array' and c.change->>'setting' = ${name}
    order by a.at, a.id limit 1`;
  return change === undefined
    ? { now, then: now, changedAt: null, changedBy: null }
    : { now, then: change.from, changedAt: change.at, changedBy: change.by };
}

function valueAt(settings: unknown, name: string): unknown {
  let at = settings;
  for (const part of name.split('.')) {
    if (typeof at !== 'object' || at === null) return undefined;
    at = Object.entries(at).find(([key]) => key === part)?.[1];
  }
  return at;
}

async function hintOf(db: Queries, channelId: string, orderId: number): Promise<ExplainFacts['hint']> {
  const [hint] = await db.sql<NonNullable<ExplainFacts['hint']>[]>`
    select reason, due_at as "dueAt", attempts, last_error as "lastError" from hints
    where channel_id = ${channelId} and order_id = ${orderId}`;
  return hint ?? null;
}

async function parkedOf(db: Queries, channelId: string, orderId: number): Promise<number> {
  const [row] = await db.sql<{ count: number }[]>`
    select count(*)::int as count from carrier_events
    where channel_id = ${channelId} and order_id = ${orderId} and state = 'parked'`;
  return row?.count ?? 0;
}

function runFacts(run: NonNullable<Awaited<ReturnType<typeof getRun>>>): RunFacts {
  const { id, workflowId, mode, state, startedAt, failure, window } = run;
  return { id, workflowId, mode, state, startedAt, failure, window: { from: window.from, to: window.to } };
}
