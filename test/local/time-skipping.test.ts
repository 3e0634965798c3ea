import { describe, expect, inject, test } from 'vitest';
import { SKIPPING_START_DEADLINE_MS, startSkippingServer } from '../workflows/skipping-server.ts';

const server = inject('timeSkippingServer');
const DAYS_MS = 24 * 60 * 60 * 1_000;

describe.skipIf(server === null)('the time-skipping server', () => {
  test(
    'lets 40 days pass in seconds',
    async () => {
      const environment = await startSkippingServer(server);
      try {
        const before = await environment.currentTimeMs();
        await environment.sleep('40 days');
        expect((await environment.currentTimeMs()) - before).toBeGreaterThanOrEqual(40 * DAYS_MS);
      } finally {
        await environment.teardown();
      }
    },
    SKIPPING_START_DEADLINE_MS,
  );
});
