// The contract check: the simulator's answers, and our client's request bodies, against the published API descriptions.
// The descriptions are not part of the repository; WAYBILL_OPENAPI_DIR says where they are.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/contract/**/*.test.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 30_000,
    // Reading the descriptions takes a few seconds on a slow machine.
    hookTimeout: 60_000,
  },
});
