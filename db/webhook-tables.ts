/**
 * The tables of what others send us beside carrier events: the webhooks that a store was asked for, their deliveries
 * (kept only to know a repeat), and how many deliveries were refused and why. Part of `schema.ts`.
 */
import { bigint, index, integer, pgTable, primaryKey, text } from 'drizzle-orm/pg-core';
import { time } from './columns.ts';

/** One row for each webhook that the store was asked for, as it was last found. */
export const webhooks = pgTable(
  'webhooks',
  {
    channelId: text('channel_id').notNull(),
    scope: text('scope').notNull(),
    /** The store's id of it; null while it could not be made. */
    webhookId: bigint('webhook_id', { mode: 'number' }),
    destination: text('destination').notNull(),
    registeredAt: time('registered_at'),
    /** When it was last found in place and switched on; what happened since is not lost yet. */
    seenActiveAt: time('seen_active_at'),
    /** How often it had to be switched on or made again. */
    repaired: integer('repaired').notNull().default(0),
    /** Why it is not in place, in the operator's words; null while it is. */
    trouble: text('trouble'),
  },
  (t) => [primaryKey({ columns: [t.channelId, t.scope] })],
);

/** Deliveries that were taken in, to know a repeat; days old ones are purged. */
export const webhookDeliveries = pgTable(
  'webhook_deliveries',
  {
    channelId: text('channel_id').notNull(),
    /** The store's id of the delivery, or a hash of what it says. */
    key: text('key').notNull(),
    receivedAt: time('received_at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.channelId, t.key] }), index('webhook_deliveries_age').on(t.receivedAt)],
);

/** Deliveries of others that were refused, counted; their bodies are not kept. */
export const deliveryRefusals = pgTable(
  'delivery_refusals',
  {
    channelId: text('channel_id').notNull(),
    /** `store`, or the carrier service. */
    source: text('source').notNull(),
    /** Such as `signature`, `secret`, `expired`. */
    reason: text('reason').notNull(),
    refused: integer('refused').notNull().default(0),
    lastAt: time('last_at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.channelId, t.source, t.reason] })],
);
