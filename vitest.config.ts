// How the tests run: real servers once per run (test/support/global-setup.ts), two files at a time, each in a process
// of its own.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // These need the published API descriptions, which are not part of the repository: npm run test:contract.
    exclude: ['test/contract/**', 'node_modules/**'],
    globalSetup: ['test/support/global-setup.ts'],
    setupFiles: ['test/support/end-with-runner.ts'],
    // Temporal's native part hangs or crashes in worker threads.
    pool: 'forks',
    maxWorkers: 2,
    // Where something hangs, the run ends; how fast a test is on a busy machine of two cores says nothing.
    testTimeout: 240_000,
    hookTimeout: 600_000,
  },
});
