/**
 * The tables of design section 8, as drizzle sees them. Migrations in `db/migrations/` are generated from this file
 * and numbered; a released one is never edited. Times are `timestamptz`, given by the caller except for leases,
 * grants and `sent_at`, which use the database's clock.
 */
import { sql } from 'drizzle-orm';
import {
  bigint,
  bigserial,
  boolean,
  check,
  index,
  integer,
  pgSequence,
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';
import type { CarrierFact } from '../domain/carrier-event.ts';
import type {
  Shipment,
  Stage,
  Attention,
  StageCounts,
  StageOverride,
  StoreChange,
  LostShipments,
} from '../domain/facts.ts';
import type { LocalFields } from '../domain/order-label.ts';
import type { StoreOrderView } from '../domain/write-back-types.ts';
import { bytes, json, orderDocument, time } from './columns.ts';

export type { ImportCounts, ImportCursor, ImportWindow } from './import-shapes.ts';
export { gateways } from './gateway-table.ts';
export { importOutcomes } from './import-outcome-table.ts';
export { importDetails, importLists, importRuns, importWatermarks } from './import-tables.ts';
export { inboundCalls, quotaGrants, quotas, quotaSlots, quotaWaits } from './quota-tables.ts';
export { deliveryRefusals, webhookDeliveries, webhooks } from './webhook-tables.ts';
export { writeBacks } from './write-back-table.ts';

/**
 * Generations of outbox and hints rise over all rows and never come back: a slow handler that still holds the
 * generation of a deleted row must not delete the row that took its place.
 */
export const generations = pgSequence('generations');
const generation = () =>
  bigint('generation', { mode: 'number' })
    .notNull()
    .default(sql`nextval('generations')`);

export const channels = pgTable(
  'channels',
  {
    id: text('id').primaryKey(),
    /** Bound for ever: a slug never moves to another store (design section 4). */
    storeHash: text('store_hash').notNull(),
    /** The settings that were given, validated by `settings/`; defaults are filled in on reading. */
    settings: json<Record<string, unknown>>('settings').notNull(),
    settingsVersion: integer('settings_version').notNull().default(1),
    enabled: boolean('enabled').notNull().default(false),
    /** Why it is disabled or paused, for people; null while enabled. */
    disabledReason: text('disabled_reason'),
    /** What disabled it: a check that succeeds ends only a pause by `auth`. Null while enabled. */
    disabledBy: text('disabled_by').$type<'new' | 'operator' | 'auth'>(),
    disabledAt: time('disabled_at'),
    /** 401 answers in a row; three pause the channel (design section 6). */
    authFailures: integer('auth_failures').notNull().default(0),
    /** Last connection check: plain JSON report, no secret. */
    lastCheck: json<Record<string, unknown>>('last_check'),
    /** Store clock minus ours, as last seen in a `Date` header. */
    clockSkewMs: integer('clock_skew_ms'),
    createdAt: time('created_at').notNull(),
    updatedAt: time('updated_at').notNull(),
    /** Removed channels keep their row, because the slug stays bound to its store; nothing else shows them. */
    removedAt: time('removed_at'),
  },
  (t) => [index('channels_store').on(t.storeHash)],
);

export const channelSecrets = pgTable(
  'channel_secrets',
  {
    channelId: text('channel_id')
      .notNull()
      .references(() => channels.id, { onDelete: 'cascade' }),
    /** `access_token`, `client_secret`, … */
    kind: text('kind').notNull(),
    keyId: text('key_id').notNull(),
    /** 12 bytes IV, ciphertext, 16 bytes tag (AES-256-GCM), bound to channel and kind as associated data. */
    sealed: bytes('sealed').notNull(),
    createdAt: time('created_at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.channelId, t.kind] })],
);

export const apiKeys = pgTable('api_keys', {
  /** Public part, shown in lists; the key is `wb_{id}_{secret}`. */
  id: text('id').primaryKey(),
  name: text('name').notNull(),
  /** SHA-256 of the secret part: it has 256 random bits, so no slow hash is needed. */
  secretHash: bytes('secret_hash').notNull(),
  /** Null: every channel. */
  channelId: text('channel_id'),
  createdAt: time('created_at').notNull(),
  revokedAt: time('revoked_at'),
});

export const orders = pgTable(
  'orders',
  {
    channelId: text('channel_id').notNull(),
    orderId: bigint('order_id', { mode: 'number' }).notNull(),
    storeHash: text('store_hash').notNull(),
    /** Fields that the store owns; read in today's shape, whichever version stored it. */
    canonical: orderDocument('canonical').notNull(),
    /** Fields that it does not own: defaults of the day of creation, and what people edited. */
    local: json<LocalFields>('local').notNull().default({}),
    schemaVersion: integer('schema_version').notNull(),
    contentHash: text('content_hash').notNull(),
    statusId: integer('status_id').notNull(),
    storefrontId: integer('storefront_id').notNull(),
    storeCreatedAt: time('store_created_at').notNull(),
    storeModifiedAt: time('store_modified_at').notNull(),
    /** When this version was read; decides between two reads with an equal `store_modified_at`. */
    readAt: time('read_at').notNull(),
    stage: text('stage').$type<Stage>(),
    counts: json<StageCounts>('counts'),
    attention: text('attention').$type<Attention>(),
    attentionReason: text('attention_reason'),
    stageChangedAt: time('stage_changed_at'),
    /** Last news of any kind about the order: what the watchdog asks for. */
    lastNewsAt: time('last_news_at').notNull(),
    stale: boolean('stale').notNull().default(false),
    paused: boolean('paused').notNull().default(false),
    pauseReason: text('pause_reason'),
    overrides: json<StageOverride[]>('overrides').notNull().default([]),
    lifecycleState: text('lifecycle_state').$type<'none' | 'open' | 'closed'>().notNull().default('none'),
    closedReason: text('closed_reason').$type<'end' | 'no_news'>(),
    closedAt: time('closed_at'),
    /** Last entry of the explained sequence (design section 6): statuses that our own doing or the start can cause. */
    explainedStatuses: json<number[]>('explained_statuses').notNull(),
    /** What was last read of the order for a write. */
    storeView: json<StoreOrderView>('store_view'),
    firstSeenAt: time('first_seen_at').notNull(),
    /** The store lists the order no more: how it is gone there. Null while it is listed. */
    gone: text('gone').$type<'archived' | 'deleted'>(),
    /** What the store changed after a label was made, until somebody looked at it; no customer data. */
    storeChange: json<StoreChange>('store_change'),
    /** Which of our shipments are gone from the store; null while none was found to be. */
    lostShipments: json<LostShipments>('lost_shipments'),
  },
  (t) => [
    primaryKey({ columns: [t.channelId, t.orderId] }),
    index('orders_open').on(t.channelId, t.lifecycleState, t.orderId),
    index('orders_created').on(t.channelId, t.storeCreatedAt),
    index('orders_attention')
      .on(t.channelId, t.attention)
      .where(sql`attention is not null`),
    check('orders_lifecycle_state', sql`${t.lifecycleState} in ('none', 'open', 'closed')`),
  ],
);

/** The projection of `domain/shipments.ts`, rewritten whenever the order is decided. */
export const shipments = pgTable(
  'shipments',
  {
    channelId: text('channel_id').notNull(),
    orderId: bigint('order_id', { mode: 'number' }).notNull(),
    key: text('key').notNull(),
    shipment: json<Shipment>('shipment').notNull(),
  },
  (t) => [primaryKey({ columns: [t.channelId, t.orderId, t.key] })],
);

/** Normalized tracking number → order: how events without an order find theirs, and `waybill find`. */
export const shipmentNumbers = pgTable(
  'shipment_numbers',
  {
    channelId: text('channel_id').notNull(),
    number: text('number').notNull(),
    orderId: bigint('order_id', { mode: 'number' }).notNull(),
    shipmentKey: text('shipment_key').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.channelId, t.number, t.orderId] }),
    index('shipment_numbers_order').on(t.channelId, t.orderId),
  ],
);

export const carrierDeliveries = pgTable(
  'carrier_deliveries',
  {
    /** The id that the 202 answers. */
    id: uuid('id').primaryKey(),
    channelId: text('channel_id').notNull(),
    /** 'http' | 'cli' | 'signal' | provider id. */
    source: text('source').notNull(),
    /** Exactly as received, for audit and for a better parser later. */
    body: text('body').notNull(),
    receivedAt: time('received_at').notNull(),
    /** How many facts it held, how many were new. */
    facts: integer('facts').notNull(),
    newFacts: integer('new_facts').notNull(),
  },
  (t) => [index('carrier_deliveries_time').on(t.channelId, t.receivedAt)],
);

export const carrierEvents = pgTable(
  'carrier_events',
  {
    id: bigserial('id', { mode: 'number' }).primaryKey(),
    channelId: text('channel_id').notNull(),
    eventId: text('event_id').notNull(),
    /** 0 while the event names no order and its number is not known: such an event is parked. */
    orderId: bigint('order_id', { mode: 'number' }).notNull(),
    deliveryId: uuid('delivery_id').notNull(),
    fact: json<CarrierFact>('fact').notNull(),
    /** Normalized; null for events without a number. */
    number: text('number'),
    occurredAt: time('occurred_at').notNull(),
    receivedAt: time('received_at').notNull(),
    /** 'parked': its order or shipment is not known yet. 'applied': counted in the order's facts. 'late': the order was closed. */
    state: text('state').$type<'parked' | 'applied' | 'late'>().notNull(),
  },
  (t) => [
    uniqueIndex('carrier_events_once').on(t.channelId, t.eventId, t.orderId),
    index('carrier_events_order').on(t.channelId, t.orderId),
    index('carrier_events_parked')
      .on(t.channelId, t.number)
      .where(sql`state = 'parked'`),
    // Finds the events of one delivery by its time; they come in that order, so it costs an event next to nothing.
    index('carrier_events_time').using('brin', t.receivedAt).with({ autosummarize: true }),
  ],
);

/** Which lifecycle must be opened or told; deleted only at the generation that was handled. */
export const outbox = pgTable(
  'outbox',
  {
    channelId: text('channel_id').notNull(),
    orderId: bigint('order_id', { mode: 'number' }).notNull(),
    /** True: the lifecycle may be not running, a plain start does. False: signal-with-start `orderChanged`/`carrierEvent`. */
    first: boolean('first').notNull(),
    generation: generation(),
    /** Claimed by a drain until then (database's clock). */
    leasedUntil: time('leased_until'),
    attempts: integer('attempts').notNull().default(0),
    createdAt: time('created_at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.channelId, t.orderId] }), index('outbox_age').on(t.createdAt)],
);

/** Orders that must be read: webhooks, ends of holds, failed reads. */
export const hints = pgTable(
  'hints',
  {
    channelId: text('channel_id').notNull(),
    orderId: bigint('order_id', { mode: 'number' }).notNull(),
    reason: text('reason').$type<'webhook' | 'held' | 'unreadable' | 'asked'>().notNull(),
    dueAt: time('due_at').notNull(),
    generation: generation(),
    attempts: integer('attempts').notNull().default(0),
    /** What went wrong last, with the path in the answer, no customer data. */
    lastError: text('last_error'),
    createdAt: time('created_at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.channelId, t.orderId] }), index('hints_due').on(t.dueAt)],
);

/** Why an order was or was not admitted, opened, written: what `waybill explain` reads. */
export const decisions = pgTable(
  'decisions',
  {
    id: bigserial('id', { mode: 'number' }).primaryKey(),
    channelId: text('channel_id').notNull(),
    orderId: bigint('order_id', { mode: 'number' }).notNull(),
    at: time('at').notNull(),
    kind: text('kind')
      .$type<'gate' | 'lifecycle' | 'stage' | 'write_back' | 'event' | 'operator'>()
      .notNull(),
    /** Machine word such as `rejected:default_exclude`. */
    outcome: text('outcome').notNull(),
    /** A sentence with the rule and the setting. */
    detail: text('detail').notNull(),
    runId: uuid('run_id'),
  },
  (t) => [
    index('decisions_order').on(t.channelId, t.orderId, t.kind, t.id),
    // Rows come in the order of time, so that a few blocks are known to hold a run's; costs an import next to nothing.
    index('decisions_time').using('brin', t.at).with({ autosummarize: true }),
  ],
);

export const audit = pgTable(
  'audit',
  {
    id: bigserial('id', { mode: 'number' }).primaryKey(),
    at: time('at').notNull(),
    by: text('by').notNull(),
    channelId: text('channel_id'),
    orderId: bigint('order_id', { mode: 'number' }),
    action: text('action').notNull(),
    /** Before and after; secrets never. */
    detail: json<Record<string, unknown>>('detail').notNull(),
  },
  (t) => [index('audit_channel').on(t.channelId, t.at)],
);
