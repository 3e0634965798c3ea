/** Imports: their runs, how far they came, the answers and the order numbers they go by. Part of `schema.ts`. */
import { bigint, index, integer, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core';
import { json, time } from './columns.ts';
import type { ImportCounts, ImportCursor, ImportWindow } from './import-shapes.ts';

export const importRuns = pgTable(
  'import_runs',
  {
    id: uuid('id').primaryKey(),
    channelId: text('channel_id').notNull(),
    workflowId: text('workflow_id').notNull(),
    mode: text('mode').$type<'first' | 'watermark' | 'range' | 'created_range' | 'ids' | 'hints'>().notNull(),
    /** The input as given: ids and dates only. */
    input: json<Record<string, unknown>>('input').notNull(),
    window: json<ImportWindow>('window').notNull(),
    cursor: json<ImportCursor>('cursor').notNull(),
    counts: json<ImportCounts>('counts').notNull(),
    slices: integer('slices').notNull().default(0),
    state: text('state').$type<'running' | 'done' | 'failed' | 'cancelled'>().notNull(),
    /** A sentence for people when it failed. */
    failure: text('failure'),
    startedAt: time('started_at').notNull(),
    finishedAt: time('finished_at'),
    /** The watermark this run began at; only then may it move it. */
    watermarkBefore: time('watermark_before'),
  },
  (t) => [
    index('import_runs_channel').on(t.channelId, t.startedAt),
    index('import_runs_workflow').on(t.workflowId),
  ],
);

export const importWatermarks = pgTable('import_watermarks', {
  channelId: text('channel_id').primaryKey(),
  watermark: time('watermark').notNull(),
  movedAt: time('moved_at').notNull(),
});

/** Answers of detail calls, committed as they arrive so that a retried slice asks nothing twice. */
export const importDetails = pgTable(
  'import_details',
  {
    runId: uuid('run_id').notNull(),
    kind: text('kind').notNull(),
    key: text('key').notNull(),
    answer: json<unknown>('answer').notNull(),
    readAt: time('read_at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.runId, t.kind, t.key] })],
);

/** Order numbers of a file, which are too many for a workflow's input; gone with the run that read them to the end. */
export const importLists = pgTable(
  'import_lists',
  {
    channelId: text('channel_id').notNull(),
    /** Hash of the numbers: the same file again is the same list. */
    listId: text('list_id').notNull(),
    orderId: bigint('order_id', { mode: 'number' }).notNull(),
    createdAt: time('created_at').notNull(),
  },
  (t) => [primaryKey({ columns: [t.channelId, t.listId, t.orderId] })],
);
