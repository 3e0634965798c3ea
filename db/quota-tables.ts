/**
 * The tables of the store's quota (design section 8) and of the limit on what others send us. All of their times are
 * by the database's clock. Part of `schema.ts`.
 */
import { sql } from 'drizzle-orm';
import { bigserial, index, integer, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core';
import type { QuotaPurpose } from '../domain/store-quota.ts';
import { time } from './columns.ts';

export const quotas = pgTable('quotas', {
  storeHash: text('store_hash').primaryKey(),
  /** Ceiling by setting: the lowest of the store's channels. */
  limitPerWindow: integer('limit_per_window').notNull(),
  windowMs: integer('window_ms').notNull(),
  /** Calls in flight by setting: the lowest of the store's channels. */
  maxConcurrency: integer('max_concurrency').notNull().default(4),
  /** What the store's headers granted per window and what is left of it, until `live_until`; null when none holds. */
  liveLimit: integer('live_limit'),
  liveLeft: integer('live_left'),
  liveUntil: time('live_until'),
  /** Length of the store's own window: grants given since its beginning were taken off `live_left`. */
  liveWindowMs: integer('live_window_ms'),
  /** After a 429: nobody calls before this. */
  blockedUntil: time('blocked_until'),
  /** Times in a row that the store refused without saying for how long. */
  refusals: integer('refusals').notNull().default(0),
});

export const quotaGrants = pgTable(
  'quota_grants',
  {
    id: bigserial('id', { mode: 'number' }).primaryKey(),
    storeHash: text('store_hash').notNull(),
    grantedAt: time('granted_at')
      .notNull()
      .default(sql`clock_timestamp()`),
    calls: integer('calls').notNull(),
    purpose: text('purpose').$type<QuotaPurpose>().notNull(),
  },
  (t) => [index('quota_grants_store').on(t.storeHash, t.grantedAt)],
);

/** Who was refused and will come back: what becomes free is kept for the more urgent of them. */
export const quotaWaits = pgTable(
  'quota_waits',
  {
    storeHash: text('store_hash').notNull(),
    /** Names the asker over its attempts. */
    waiter: text('waiter').notNull(),
    purpose: text('purpose').$type<QuotaPurpose>().notNull(),
    /** 'calls': of the window. 'slot': a place among the calls in flight. */
    what: text('what').$type<'calls' | 'slot'>().notNull(),
    calls: integer('calls').notNull(),
    since: time('since')
      .notNull()
      .default(sql`clock_timestamp()`),
    /** One that did not come back by then has given up. */
    until: time('until').notNull(),
  },
  (t) => [primaryKey({ columns: [t.storeHash, t.waiter, t.what] })],
);

/** Places among the calls in flight; a holder that died loses its place at `until`. */
export const quotaSlots = pgTable(
  'quota_slots',
  {
    id: uuid('id').primaryKey(),
    storeHash: text('store_hash').notNull(),
    purpose: text('purpose').$type<QuotaPurpose>().notNull(),
    until: time('until').notNull(),
  },
  (t) => [index('quota_slots_store').on(t.storeHash)],
);

/** Calls to our HTTP API, for channels with `throttle.inbound_limit` only; kept for one window. */
export const inboundCalls = pgTable(
  'inbound_calls',
  {
    id: bigserial('id', { mode: 'number' }).primaryKey(),
    channelId: text('channel_id').notNull(),
    at: time('at')
      .notNull()
      .default(sql`clock_timestamp()`),
  },
  (t) => [index('inbound_calls_channel').on(t.channelId, t.at)],
);
