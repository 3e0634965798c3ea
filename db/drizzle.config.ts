/** Used by `npm run db:generate` alone: turns a change of schema.ts into the next numbered migration. */
import { defineConfig } from 'drizzle-kit';

export default defineConfig({ dialect: 'postgresql', schema: './db/schema.ts', out: './db/migrations' });
