/** The gateways that catalog items may name: of the whole installation (capabilities C-8). Part of `schema.ts`. */
import { pgTable, text } from 'drizzle-orm/pg-core';

export const gateways = pgTable('gateways', {
  ref: text('ref').primaryKey(),
  name: text('name').notNull(),
  note: text('note').notNull(),
});
