// What an import of 10,000 orders asks of the store, counted by the simulated store over HTTP, with real Postgres.
import { afterEach, describe, expect, it } from 'vitest';
import { importAll, openStoreSide, type StoreSide } from './store-side.ts';

const ORDERS = 10_000;
/** More than two pages with the same time of change: key paging must not stop in the middle of a second. */
const IN_ONE_SECOND = 600;
/** Ten thousand rows through Postgres on a busy machine; on an idle one it takes some seconds. */
const DEADLINE_MS = 240_000;

let side: StoreSide;
afterEach(async () => {
  await side.close();
});

async function storeOfTenThousand(): Promise<void> {
  side = await openStoreSide(import.meta.url, { store: { quota: null } });
  side.store.seed({ count: ORDERS, seed: 11, kind: 'plain', modifiedWithinOneSecond: IN_ONE_SECOND });
}
const countStored = async () =>
  (await side.db.sql<{ orders: number }[]>`select count(*)::int as orders from orders`)[0]?.orders;

describe('10,000 orders, 600 of them modified within one second', () => {
  it(
    'are read by their time of change with at most 60 calls, and none is missed',
    async () => {
      await storeOfTenThousand();
      const run = await importAll(side, { days: 30 });
      expect(run.counts).toMatchObject({ created: ORDERS });
      expect(await countStored()).toBe(ORDERS);
      expect(side.store.requests().total).toBeLessThanOrEqual(60);
      expect(run.counts.apiCalls).toBe(side.store.requests().total);
    },
    DEADLINE_MS,
  );

  it(
    'are read by id on the first run with at most 42 calls, one of them for an estimate of the end',
    async () => {
      await storeOfTenThousand();
      const run = await importAll(side);
      expect(run.counts).toMatchObject({ created: ORDERS });
      expect(side.store.requests().total).toBeLessThanOrEqual(42);
    },
    DEADLINE_MS,
  );
});
