/**
 * What the outside may know of the workflows: queues, types, messages, inputs, results, and what they need of
 * activities. Everything here crosses Temporal, so it is plain JSON with ids and facts, never a customer's data.
 * Names are addresses (design section 4): histories, schedules and operators' notes hold them.
 */
import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { ConnectionReport, OwnWebhook } from '../domain/connection-report.ts';
import type { Attention, Stage, StageCounts } from '../domain/facts.ts';
import type { WriteBackKind } from '../domain/write-back-types.ts';

/** Workflows and database activities. */
export const WAYBILL_QUEUE = 'waybill';
/** Store calls: few slots, fair by channel. */
export const BIGCOMMERCE_QUEUE = 'bigcommerce';

export const SEARCH_ATTRIBUTES = {
  ChannelId: 'KEYWORD',
  OrderStage: 'KEYWORD',
  StageChangedAt: 'DATETIME',
  Attention: 'KEYWORD',
} as const;

/** How the outside names the workflows, with what each takes and gives. */
export interface WaybillWorkflows {
  orderLifecycle(input: OrderLifecycleInput): Promise<OrderState>;
  importOrders(input: ImportInput): Promise<ImportResult>;
  checkChannel(input: CheckChannelInput): Promise<CheckChannelResult>;
  watchWebhooks(input: WatchWebhooksInput): Promise<WatchWebhooksResult>;
  reconcileChannel(input: ReconcileInput): Promise<ReconcileResult>;
  sweep(input: SweepInput): Promise<SweepResult>;
  lookUpOrder(input: LookUpOrderInput): Promise<LookUpOrderResult>;
}

// ---- orderLifecycle

export interface OrderLifecycleInput {
  channelId: string;
  orderId: number;
  /** Carried over a continue-as-new; absent at the first start. */
  carried?: { stage: Stage | null; attention: Attention | null; pending: CarrierEventSignal[] };
  /** Stands for the first settling, if it is young enough (docs/decisions/0006); absent: the run settles at its start. */
  opened?: OpenedWith;
}

/**
 * What the opener read of an imported order to which nothing has happened yet: of an answer of `settleOrder` all that is
 * not the same for each such order. Nothing is due, so a run that believes it can only wait.
 */
export type OpenedWith = Pick<
  Settled,
  'progress' | 'lastNewsAt' | 'staleAfterMs' | 'closeAfterMs' | 'details'
> & {
  /** The opener's clock just before it read. */
  readAt: string;
  counts: StageCounts;
};

/**
 * Our ingress sends `{ id }` only: the fact is in Postgres. A person may type a whole envelope of design section 5
 * (facts included); it is read by the same parser as the ingress, in `settleOrder`.
 */
export interface CarrierEventSignal {
  id: string;
  [field: string]: unknown;
}

export interface OrderChangedSignal {
  /** Why: 'imported', 'settings', 'operator', 'sweep', … for the history's reader. */
  reason: string;
}

export interface OrderState {
  channelId: string;
  orderId: number;
  stage: Stage | null;
  counts: StageCounts | null;
  /** Such as `2 of 3 shipped`. */
  progress: string;
  attention: Attention | null;
  attentionReason: string | null;
  paused: boolean;
  /** What the next write to the store is, or null. */
  nextWrite: string | null;
  /** This answer is as of the last wake; Postgres may know more. */
  asOf: string;
}

export const carrierEvent = defineSignal<[CarrierEventSignal]>('carrierEvent');
export const orderChanged = defineSignal<[OrderChangedSignal]>('orderChanged');
export const state = defineQuery<OrderState>('state');
export type OperatorWord = { reason: string; by?: string };
export const pause = defineUpdate<OrderState, [OperatorWord]>('pause');
export const resume = defineUpdate<OrderState, [OperatorWord]>('resume');

/** What `retry`, `approve` and `resend` are told: everything may be left out, and then every step that the word can mean is meant. */
export interface StepWord {
  /** A short id, subject or kind, as `waybill order` shows them. */
  step?: string;
  reason?: string;
  by?: string;
}
export const retry = defineUpdate<OrderState, [StepWord]>('retry');
export const approve = defineUpdate<OrderState, [StepWord]>('approve');
export const resend = defineUpdate<OrderState, [StepWord]>('resend');

export interface OverrideWord extends OperatorWord {
  stage: Stage;
}
export const override = defineUpdate<OrderState, [OverrideWord]>('override');

/** What an operator may say of a running order, by the name of its update. */
export const OPERATOR_ACTIONS = ['pause', 'resume', 'retry', 'approve', 'resend', 'override'] as const;
export type OperatorAction = (typeof OPERATOR_ACTIONS)[number];

// ---- importOrders

/** Exactly one of `days`, `orderIds`, `from`+`to`, `list`, `resume`, `hints`, or none (= since the watermark). */
export interface ImportInput {
  channelId: string;
  days?: number;
  orderIds?: number[];
  /** `2026-08-21` or RFC 3339. */
  from?: string;
  to?: string;
  /** What `from`, `to` and `days` speak of; default the channel's `lookback_basis` for days, else `modified`. */
  basis?: 'created' | 'modified';
  /** A list of order numbers that `waybill import --file` stored, of any length. */
  list?: string;
  /** Named orders (`orderIds`, `list`) come in whatever their status is. */
  includeExcluded?: boolean;
  /** Goes on where a failed or cancelled run stood. */
  resume?: string;
  /** Works off due hints and ends; only in `import:{channel}:hints`. */
  hints?: boolean;
  /** Carried over a continue-as-new. */
  runId?: string;
}

export interface ImportResult {
  runId: string;
  channelId: string;
  mode: string;
  seen: number;
  created: number;
  updated: number;
  unchanged: number;
  rejected: Record<string, number>;
  setAside: Record<string, number>;
  opened: number;
  slices: number;
  apiCalls: number;
  window: { from: string | null; to: string | null };
}

export const hintsWaiting = defineSignal('hintsWaiting');
export const importProgress = defineQuery<ImportProgress>('progress');
export interface ImportProgress {
  runId: string | null;
  slices: number;
  seen: number;
  changed: number;
  waiting: number;
  /** How many orders there are to see; null while that is not known. */
  total: number | null;
  /** Seconds until the end, by what the quota lets through and by the pace so far; null while that is not known. */
  etaSeconds: number | null;
}

// ---- checkChannel, reconcileChannel, sweep

export interface CheckChannelInput {
  channelId: string;
  /** `next`: tries the token that is to replace the present one, and records nothing about the channel. */
  credentials?: 'next';
}
/** Members of the report are absent in answers of older workers. */
export interface CheckChannelResult extends Partial<ConnectionReport> {
  /** Orders can be imported. What else is blocked is in the report. */
  ok: boolean;
  channelId: string;
  storeHash: string;
  storeName: string | null;
  clockSkewMs: number | null;
  /** One line per probe, in the operator's words. */
  findings: { probe: string; ok: boolean; message: string }[];
  /** Which token was asked with, where it was not the channel's own. */
  credentials?: 'next';
  /** What the API account of that token owns in the store; only of a token on trial and of the one before it. */
  webhooks?: { own: OwnWebhook[]; before: OwnWebhook[] };
}

export interface LookUpOrderInput {
  channelId: string;
  orderId: number;
  /** Keep what went over the wire under this id, beside Temporal, for the person who asks. */
  trace?: string;
}
/** What the store has of one order, and what the gate would say of it now; nothing of it is stored. */
export type LookUpOrderResult =
  | { found: false; channelId: string; orderId: number }
  | {
      found: true;
      channelId: string;
      orderId: number;
      statusId: number;
      storefrontId: number;
      archived: boolean;
      createdAt: string;
      modifiedAt: string;
      admitted: boolean;
      /** The rule that stops it, its setting and a sentence; null where it would be taken in. */
      rule: string | null;
      setting: string | null;
      detail: string | null;
      /** The end of a hold. */
      until: string | null;
      /** A lifecycle would be opened for it. */
      followed: boolean;
    };

export interface ReconcileInput {
  channelId: string;
  /** How many past days of creations are counted against the store; default 30. */
  days?: number;
}
export interface ReconcileResult {
  channelId: string;
  comparedWindows: number;
  differingWindows: number;
  ordersRead: number;
  ordersRepaired: number;
  /** Shipments of ours that people deleted in the store; absent: none was found. */
  shipmentsLost?: number;
  lifecyclesOffered: number;
  apiCalls: number;
}

export interface SweepInput {
  /** Absent: all channels. */
  channelId?: string;
}
export interface SweepResult {
  outboxDelivered: number;
  parkedApplied: number;
  hintRunsStarted: number;
  lifecyclesWoken: number;
}

// ---- what the workflows need of activities

export interface Settled {
  /** False: no such order here (opened by a plain signal-with-start); the workflow asks for an import and waits. */
  known: boolean;
  stage: Stage | null;
  counts: StageCounts | null;
  progress: string;
  attention: Attention | null;
  attentionReason: string | null;
  paused: boolean;
  /**
   * The one step that is due now, or null. `retryAt`: when a person last asked to try it at once; absent in answers of
   * older workers.
   */
  due: { writeBackId: string; kind: WriteBackKind; summary: string; retryAt?: string | null } | null;
  /** Earliest time at which a planned step becomes due by the clock alone, or null. */
  dueAt: string | null;
  /** The row is closed: this run ends. */
  done: boolean;
  /** Last news, for the watchdog. */
  lastNewsAt: string;
  /** The watchdog's settings, in milliseconds. */
  staleAfterMs: number;
  closeAfterMs: number;
  /** Markdown for the UI, no customer data: what arrived, what was written, what is awaited. */
  details: string;
}

/** Local activities with a normal activity of the same name as fallback; queue `waybill`. */
export interface SettleActivities {
  /** May be repeated: facts are unique by their keys, decisions are derived from rows. */
  settleOrder(input: {
    channelId: string;
    orderId: number;
    /** Events that came straight by signal and may carry facts. */
    events: CarrierEventSignal[];
    /** The watchdog asks: raise `stale`, or close for `no_news`, if it is time. */
    watchdog: boolean;
  }): Promise<Settled>;
}

/** Normal activities on queue `waybill`. */
export interface OrderActivities {
  /** Leaves a hint for an order that was opened before it was ever imported. */
  requestImport(input: { channelId: string; orderId: number }): Promise<void>;
  /** An operator's word as one transaction: row, audit, outbox. */
  recordOperatorWord(input: {
    channelId: string;
    orderId: number;
    action: OperatorAction;
    reason: string;
    by: string;
    /** `retry`, `approve` and `resend`: which step; absent or null: every one that is meant. */
    step?: string | null;
    /** `override` only. */
    stage?: string;
  }): Promise<void>;
  /** A person cancelled the run in Temporal: leaves a decision that says so. The row stays as it is, so that a reconcile opens the order again. */
  recordRunCancelled(input: { channelId: string; orderId: number }): Promise<void>;
}

/** On queue `bigcommerce`. */
export interface WriteBackActivities {
  /** Carries out one ledger row by the rules of design section 6; ends when the row is confirmed, refused, superseded or blocked. */
  runWriteBack(input: {
    channelId: string;
    orderId: number;
    writeBackId: string;
  }): Promise<{ outcome: string }>;
}

export interface ImportDatabaseActivities {
  /** Creates the run's row: mode, window, cursor, watermark at its beginning. */
  beginImport(input: {
    input: ImportInput;
    workflowId: string;
    nominalTime: string | null;
  }): Promise<{ runId: string; nothingToDo: boolean }>;
  /** Moves the watermark (only forwards, only for a run that began at it) and closes the row. */
  finishImport(input: { runId: string }): Promise<ImportResult>;
  failImport(input: { runId: string; state: 'failed' | 'cancelled'; failure: string }): Promise<void>;
  /** Drains the outbox of one channel through the client. Heartbeats. */
  openLifecycles(input: { channelId: string; runId?: string }): Promise<{ opened: number; left: number }>;
}

/** Counts are those of the whole run so far, as its row has them. */
export interface SliceResult {
  done: boolean;
  seen: number;
  changed: number;
  /** Outbox rows of this channel that wait for a hand-over. */
  waiting: number;
  /** Pages stored so far; absent in answers of older workers, whose slices were one page each. */
  slices?: number;
  total?: number | null;
  etaSeconds?: number | null;
}

export interface ImportStoreActivities {
  /** Pages for a few seconds, each translated, gated and stored in one transaction with the cursor. */
  importSlice(input: { runId: string }): Promise<SliceResult>;
  /** Reads due hints, up to 25 orders, each once. `nextDueInMs` null: nothing is waiting. */
  importHints(input: { runId: string }): Promise<SliceResult & { nextDueInMs: number | null }>;
}

export interface ChannelActivities {
  checkChannel(input: CheckChannelInput): Promise<CheckChannelResult>;
}

// ---- watchWebhooks

export interface WatchWebhooksInput {
  channelId: string;
  /** Takes them away instead, because the channel goes. */
  remove?: boolean;
}

/** What a look after the store's webhooks found and did. */
export interface WatchWebhooksResult {
  channelId: string;
  wanted: number;
  inPlace: number;
  made: number;
  switchedOn: number;
  removed: number;
  /** What the store refuses, in the operator's words. */
  troubles: { scope: string; trouble: string }[];
  /** Since when the store may have told us nothing, ISO; null where nothing was missed. */
  silentSince: string | null;
  /** When the store was asked, ISO, our clock. */
  lookedAt: string;
}

export interface WebhookActivities {
  /** One look at the store; a second one over what the first one left changes nothing. */
  keepWebhooks(input: WatchWebhooksInput): Promise<WatchWebhooksResult>;
  /** What was missed up to `upTo` is being read. */
  webhooksRead(input: { channelId: string; upTo: string }): Promise<void>;
}

export interface LookUpActivities {
  /** One order, read and judged as if it were new; nothing is stored. */
  lookUpOrder(input: LookUpOrderInput): Promise<LookUpOrderResult>;
}

export type { ReconcileActivities, ReconcileStoreActivities } from './reconcile-contract.ts';

export interface SweepActivities {
  /** One pass over rows that are due: outbox, parked events, hints, ledger rows without an open lifecycle. */
  sweepOnce(input: SweepInput): Promise<SweepResult>;
}
