/** What became of every order that an import was given by its number (capabilities P-26). Part of `schema.ts`. */
import { bigint, pgTable, primaryKey, text, uuid } from 'drizzle-orm/pg-core';

export const importOutcomes = pgTable(
  'import_outcomes',
  {
    runId: uuid('run_id').notNull(),
    orderId: bigint('order_id', { mode: 'number' }).notNull(),
    outcome: text('outcome')
      .$type<'created' | 'updated' | 'unchanged' | 'rejected' | 'held' | 'unreadable' | 'not_found'>()
      .notNull(),
    /** The rule that decided and its setting; null where none did. */
    rule: text('rule'),
    setting: text('setting'),
    /** A sentence, where the outcome alone does not say it; no customer data. */
    detail: text('detail'),
  },
  (t) => [primaryKey({ columns: [t.runId, t.orderId] })],
);
