/**
 * From facts about one order to sentences a person can act on: was it seen, which rule decided, what it waits for, what
 * to do with which command (capabilities K-7, P-37). Pure; the same for the command line and for HTTP.
 */
import type { ExplainFacts, RunFacts, VerdictFacts } from '../db/explain-order.ts';
import { storeAsKnown } from '../db/known-facts.ts';
import { blockInWords, shortId } from '../db/named-steps.ts';
import { ORDER_GONE } from '../db/write-backs.ts';
import { remedyFor } from '../domain/attention-remedy.ts';
import { fieldInWords } from '../domain/field-edits.ts';
import { tellsOfLoss } from '../domain/order-attention.ts';
import { isEndStage } from '../domain/order-stage.ts';
import { CLOSING_STATUSES, storeStatusName } from '../domain/store-status.ts';
import type { LookUpOrderResult } from '../workflows/contract.ts';

export interface Explanation {
  channelId: string;
  orderId: number;
  seen: boolean;
  /** Whether it was seen, when, and by which run or hint. */
  history: string[];
  /** The rule and the setting that decided, then and now. */
  rule: string[];
  /** What it waits for; empty where nothing is awaited. */
  waitsFor: string[];
  /** Every write that did not go out: one machine word each, and a sentence. */
  unsent: { subject: string; reason: string; detail: string }[];
  /** What to do, with the exact command where there is one. */
  todo: { text: string; command: string | null }[];
}

type Todo = Explanation['todo'];

/** `asked`: what the store itself said just now, for an order that was never seen; null: it was not asked. */
export function explainOrder(facts: ExplainFacts, asked: LookUpOrderResult | null, now: string): Explanation {
  const { channelId, orderId, order } = facts;
  const todo: Todo = [];
  const waitsFor: string[] = [];
  if (!facts.channel.enabled) {
    waitsFor.push(`The channel is disabled: ${facts.channel.disabledReason ?? 'no reason was given'}.`);
    todo.push({ text: 'Enable the channel', command: `waybill channel enable ${channelId}` });
  }
  const rule = facts.verdict === null ? [] : ruleLines(facts.verdict);
  if (order === null) {
    unseen(facts, asked, now, { rule, waitsFor, todo });
  } else {
    seen(facts, { waitsFor, todo });
  }
  return {
    channelId,
    orderId,
    seen: order !== null,
    history: historyLines(facts),
    rule,
    waitsFor,
    unsent: unsentOf(facts),
    todo,
  };
}

function historyLines(facts: ExplainFacts): string[] {
  const { order, verdict, hint, parkedEvents } = facts;
  const lines: string[] = [];
  if (order === null) {
    lines.push(
      verdict === null
        ? 'Never seen: no import and no hint has ever read this order.'
        : `Seen ${verdict.at} and not taken in${byRun(verdict.run)}.`,
    );
  } else {
    lines.push(
      `Taken in ${order.firstSeenAt}${verdict?.outcome === 'admitted' ? byRun(verdict.run) : ''}; last read ${order.readAt}.`,
      inStore(order),
    );
    for (const [field, { by, at }] of Object.entries(order.local.edited ?? {}))
      lines.push(`${by} set ${fieldInWords(field)} (${at}); no import changes that.`);
    if (order.gone !== null) lines.push(`The store lists it no more: it was ${order.gone} there.`);
    if (order.storeChange !== null)
      lines.push(
        `After a label was made the store changed ${order.storeChange.what} (${order.storeChange.at}).`,
      );
  }
  if (order !== null && order.lostShipments !== null) {
    const { ids, at, seen } = order.lostShipments;
    const told = seen ? ', and a person has seen it' : '';
    lines.push(`Of our shipments ${ids.join(', ')} was found deleted in the store (${at})${told}.`);
  }
  if (hint !== null) {
    const error = hint.lastError === null ? '' : `; the last read failed: ${hint.lastError}`;
    lines.push(`It is to be read again not before ${hint.dueAt} (${hintInWords(hint.reason)})${error}.`);
  }
  if (parkedEvents > 0)
    lines.push(`${String(parkedEvents)} carrier events wait for it and are applied when it is imported.`);
  return lines;
}

/** As it was read last, by an import or for a write. */
function inStore(order: NonNullable<ExplainFacts['order']>): string {
  const { statusId } = storeAsKnown(order);
  const status = `In the store: ${storeStatusName(statusId)} (${String(statusId)})`;
  return statusId === order.statusId ? `${status}, changed ${order.storeModifiedAt}.` : `${status}.`;
}

function hintInWords(reason: string): string {
  switch (reason) {
    case 'webhook':
      return 'the store told of it';
    case 'held':
      return 'its hold window';
    case 'unreadable':
      return 'it could not be read';
    default:
      return 'it was asked for';
  }
}

function byRun(run: RunFacts | null): string {
  return run === null ? '' : ` by ${run.workflowId} (${run.mode}, begun ${run.startedAt})`;
}

function ruleLines({ outcome, detail, at, setting }: VerdictFacts): string[] {
  const lines = [`${outcome}: ${detail}`];
  if (setting === null) return lines;
  const then = JSON.stringify(setting.then);
  const now = JSON.stringify(setting.now);
  lines.push(
    setting.changedAt === null
      ? `${setting.name} is ${now}, as it was then (${at}).`
      : `${setting.name} was ${then} then (${at}); it is ${now} now, since ${setting.changedAt} by ${setting.changedBy ?? 'somebody'}.`,
  );
  return lines;
}

function unseen(
  facts: ExplainFacts,
  asked: LookUpOrderResult | null,
  now: string,
  into: { rule: string[]; waitsFor: string[]; todo: Todo },
): void {
  const { channelId, orderId, channel, watermark, lastRun } = facts;
  const importIt = `waybill import ${channelId} --ids ${String(orderId)}`;
  const { mode, interval_minutes: minutes } = channel.settings.orders.import;
  if (asked !== null && !asked.found) {
    into.rule.push('The store has no order with this number.');
    into.todo.push({ text: 'Check the number and the store', command: `waybill channel show ${channelId}` });
    return;
  }
  if (asked !== null) {
    const status = `${storeStatusName(asked.statusId)} (${String(asked.statusId)})`;
    into.rule.push(
      `The store has it: ${status}, created ${asked.createdAt}, changed ${asked.modifiedAt}.`,
      asked.admitted
        ? 'By the rules of now it would be taken in.'
        : `By the rules of now it would not be taken in: ${asked.detail ?? asked.rule ?? 'no reason'}`,
    );
    if (asked.admitted) into.todo.push({ text: 'Import it', command: importIt });
    else if (asked.setting !== null && asked.setting !== '') {
      into.todo.push(...refusedTodo(facts, asked.setting, asked.statusId));
    }
    if (asked.until !== null) into.waitsFor.push(`It is held until ${asked.until}.`);
  }
  into.waitsFor.push(
    mode === 'automatic'
      ? `Imports run every ${String(minutes)} minutes, of what changed since ${watermark ?? 'the beginning'}.`
      : 'The channel imports only when asked (orders.import.mode is manual).',
  );
  if (lastRun?.state === 'failed')
    into.waitsFor.push(
      `The last import failed: ${lastRun.failure ?? 'see the run'} (${lastRun.workflowId}).`,
    );
  if (asked !== null && watermark !== null && asked.modifiedAt < watermark && asked.admitted) {
    into.waitsFor.push(
      `It was changed before the watermark (${watermark}), so no automatic import reads it again as of ${now}.`,
    );
  }
  if (asked === null) into.todo.push({ text: 'Import it, if the rules admit it', command: importIt });
}

/** What lets in an order that a setting keeps out: this one alone where that can be, and all like it. */
function refusedTodo({ channelId, orderId, channel }: ExplainFacts, setting: string, statusId: number): Todo {
  const importIt = `waybill import ${channelId} --ids ${String(orderId)}`;
  const alone = setting.startsWith('orders.import.') && setting !== 'orders.import.own_orders';
  const list = setting.replace('orders.import.statuses.', '');
  const { statuses } = channel.settings.orders.import;
  const without = (ids: readonly number[]): number[] => ids.filter((id) => id !== statusId);
  const value =
    list === 'default_exclude' || list === 'exclude'
      ? without(statuses[list])
      : list === 'include'
        ? [...without(statuses.include ?? []), statusId]
        : null;
  const change = { text: `Change ${setting}`, command: `waybill channel show ${channelId} --all` };
  return [
    ...(alone ? [{ text: 'Take in this order alone', command: `${importIt} --include-excluded` }] : []),
    ...(value === null
      ? [change, { text: 'Then import it', command: importIt }]
      : [
          {
            text: 'Or take in all like it',
            command: `waybill channel set ${channelId} '${setting}=${JSON.stringify(value)}' --fetch-admitted`,
          },
        ]),
  ];
}

function seen(facts: ExplainFacts, into: { waitsFor: string[]; todo: Todo }): void {
  const { channelId, orderId, order, steps, lifecycle, channel } = facts;
  if (order === null) return;
  const at = { channelId, orderId };
  if (order.paused) {
    into.waitsFor.push(`It is paused: ${order.pauseReason ?? 'no reason was given'}.`);
    into.todo.push({
      text: 'Let its writes go on',
      command: `waybill resume ${channelId} ${String(orderId)} --reason "…"`,
    });
  }
  if (order.lifecycleState === 'none')
    into.waitsFor.push(`Nothing: it is not followed. ${lifecycle?.detail ?? ''}`.trim());
  else if (order.lifecycleState === 'closed')
    into.waitsFor.push(
      `Nothing: it was closed ${order.closedAt ?? ''} (${order.closedReason === 'no_news' ? 'no news came' : `it is ${order.stage ?? 'over'}`}).`,
    );
  for (const step of steps) {
    if (step.state === 'sent') into.waitsFor.push(`The store's answer: ${step.summary}`);
    if (step.state !== 'planned') continue;
    const why =
      step.blocked !== null
        ? blockInWords(step.blocked, at)
        : step.notBefore !== null
          ? `not before ${step.notBefore}`
          : 'it is due';
    into.waitsFor.push(`${shortId(step)}: ${step.summary} (${why})`);
  }
  if (channel.settings.channel.profile === 'import_only')
    into.waitsFor.push('Nothing is ever written: channel.profile is import_only.');
  const open = order.lifecycleState === 'open';
  if (open && into.waitsFor.length === 0 && order.stage !== null && !isEndStage(order.stage))
    into.waitsFor.push(
      order.stage === 'imported' ? 'A label, or word of a carrier.' : 'Word of the carrier.',
    );
  if (order.attention !== null) {
    const lost = tellsOfLoss(order.attentionReason);
    const remedy = remedyFor(order.attention, { ...at, lost, cancelled: order.stage === 'cancelled' });
    into.todo.push({
      text: lost ? remedy.text : `${order.attentionReason ?? order.attention} ${remedy.text}`,
      command: remedy.command,
    });
    if (remedy.otherwise !== undefined) into.todo.push(remedy.otherwise);
  }
}

/** Every write that was not sent carries one machine word (P-37), from the moment its event is stored. */
function unsentOf(facts: ExplainFacts): Explanation['unsent'] {
  const { channel, order, parkedEvents, parcels, steps, due, skipped } = facts;
  if (order === null && parkedEvents > 0)
    return [
      {
        subject: 'order',
        reason: 'order_not_found',
        detail: `${String(parkedEvents)} carrier events came, and the order was never taken in.`,
      },
    ];
  if (channel.settings.channel.profile === 'import_only') {
    const detail = 'channel.profile is import_only: nothing is ever written.';
    return parcels > 0 ? [{ subject: 'order', reason: 'import_only', detail }] : [];
  }
  if (order?.stage === 'cancelled' && parcels > 0 && !steps.some(({ state }) => state === 'confirmed')) {
    const { statusId } = storeAsKnown(order);
    const closed = CLOSING_STATUSES.includes(statusId);
    const detail = closed
      ? `The store says ${storeStatusName(statusId)}: no shipment is told of.`
      : 'The order is cancelled: no shipment is told of.';
    return [{ subject: 'order', reason: closed ? 'protected_status' : 'cancelled', detail }];
  }
  const rows = steps.filter(({ state }) => state === 'planned' || state === 'refused');
  const planned = due.map((step) => {
    return { ...step, state: 'planned' as const, outcome: null, answerCode: null };
  });
  const waiting = [...rows, ...planned].map((step) => ({
    subject: step.subject,
    reason: channel.enabled ? reasonOf(step) : 'channel_disabled',
    detail: step.summary,
  }));
  return [...waiting, ...skipped.map(({ subject, reason, detail }) => ({ subject, reason, detail }))];
}

function reasonOf(
  step: Pick<ExplainFacts['steps'][number], 'state' | 'blocked' | 'outcome' | 'answerCode'>,
): string {
  if (step.state === 'refused') return step.outcome === ORDER_GONE ? 'order_not_found' : 'refused';
  switch (step.blocked) {
    case null:
      return 'due';
    case 'push_off':
      return 'push_disabled';
    case 'auth':
      return step.answerCode?.endsWith(':403') === true ? 'missing_scope' : 'token_refused';
    default:
      return step.blocked;
  }
}
