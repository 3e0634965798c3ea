/** The ledger of write-backs (design section 6). Part of `schema.ts`. */
import { sql } from 'drizzle-orm';
import { bigint, boolean, index, integer, pgTable, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core';
import type {
  WriteBackBlock,
  WriteBackBody,
  WriteBackKind,
  WriteBackState,
} from '../domain/write-back-types.ts';
import { json, time } from './columns.ts';

/** Whether the write itself or a read around it was answered so, and the HTTP status. */
export type AnswerCode = `${'read' | 'write'}:${number}`;

export const writeBacks = pgTable(
  'write_backs',
  {
    id: uuid('id').primaryKey(),
    storeHash: text('store_hash').notNull(),
    channelId: text('channel_id').notNull(),
    orderId: bigint('order_id', { mode: 'number' }).notNull(),
    kind: text('kind').$type<WriteBackKind>().notNull(),
    subject: text('subject').notNull(),
    n: integer('n').notNull(),
    state: text('state').$type<WriteBackState>().notNull(),
    blocked: text('blocked').$type<WriteBackBlock>(),
    approved: boolean('approved').notNull().default(false),
    body: json<WriteBackBody>('body').notNull(),
    summary: text('summary').notNull(),
    mails: integer('mails').notNull(),
    notBefore: time('not_before'),
    /** Fence: only the attempt that set it may confirm or refuse. */
    attemptId: text('attempt_id'),
    attempts: integer('attempts').notNull().default(0),
    /** The database's clock. */
    sentAt: time('sent_at'),
    statusBefore: integer('status_before'),
    storeShipmentId: bigint('store_shipment_id', { mode: 'number' }),
    /** What the store answered, or why it was refused: no customer data. */
    outcome: text('outcome'),
    /** Which answer of the store ended the last attempt; null: none did, or it was no refusal. */
    answerCode: text('answer_code').$type<AnswerCode>(),
    /** When a person last asked to try it at once: cuts short a waiting attempt (design section 4, `retry`). */
    retryAt: time('retry_at'),
    /** Since when every attempt has failed, by our clock; null while none has, or since one did not. */
    failingSince: time('failing_since'),
    /** When it had failed for so long that a person was asked; only of a row whose outcome is still unclear. */
    gaveUpAt: time('gave_up_at'),
    createdAt: time('created_at').notNull(),
    updatedAt: time('updated_at').notNull(),
  },
  (t) => [
    uniqueIndex('write_backs_key').on(t.storeHash, t.orderId, t.kind, t.subject, t.n),
    index('write_backs_order').on(t.channelId, t.orderId),
    index('write_backs_due')
      .on(t.channelId, t.state)
      .where(sql`state in ('planned', 'sent')`),
  ],
);
