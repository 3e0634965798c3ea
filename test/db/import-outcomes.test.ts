// What a run keeps of every order that it was given: the last word, over the runs that went on with it, for a month.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { openDatabase, type Database } from '../../db/database.ts';
import { countOutcomes, forgetOldOutcomes, keepOutcomes, listOutcomes } from '../../db/import-outcomes.ts';
import { beginRun } from '../../db/import-runs.ts';
import { CHANNEL } from './order-life.ts';
import { databaseFor } from '../support/servers.ts';

let db: Database;
beforeAll(async () => {
  db = openDatabase((await databaseFor(import.meta.url)).url);
});
afterAll(() => db.close());
beforeEach(async () => {
  await db.sql`truncate import_runs, import_outcomes`;
});

const NOW = '2026-03-02T08:00:00.000Z';
const MONTH_LATER = '2026-04-02T08:00:00.000Z';

async function run(input: Record<string, unknown> = {}, now = NOW): Promise<string> {
  const { id } = await beginRun(db, {
    id: randomUUID(),
    channelId: CHANNEL,
    workflowId: 'import:shop:manual:x',
    mode: 'ids',
    input,
    window: { from: null, to: null },
    cursor: { phase: 'list', next: 0 },
    now,
  });
  return id;
}

test('the last word of an order stays, also over runs that went on with the one before', async () => {
  const first = await run();
  await keepOutcomes(db, {
    runId: first,
    reads: [
      { orderId: 1, outcome: 'created' },
      { orderId: 2, outcome: 'unreadable', detail: 'lines: expected array' },
    ],
  });
  const second = await run({ resumed: first });
  const rejected = { rule: 'exclude', setting: 'orders.import.statuses.exclude', detail: 'It is excluded.' };
  await keepOutcomes(db, {
    runId: second,
    reads: [
      { orderId: 2, outcome: 'older' },
      { orderId: 3, outcome: 'rejected', ...rejected },
      { orderId: 4, outcome: 'missing' },
      { orderId: null, outcome: 'unreadable' },
    ],
  });
  expect([...(await countOutcomes(db, second))]).toEqual([
    ['created', 1],
    ['unchanged', 1],
    ['rejected', 1],
    ['not_found', 1],
  ]);
  const { orders, next } = await listOutcomes(db, { runId: second, after: 2, limit: 1 });
  expect(orders).toEqual([{ orderId: 3, outcome: 'rejected', ...rejected }]);
  expect(next).toBe(3);
  expect([...(await countOutcomes(db, first)).keys()]).toEqual(['created', 'unreadable']);
});

test('a page that is stored again changes the outcomes and doubles none', async () => {
  const runId = await run();
  await keepOutcomes(db, { runId, reads: [{ orderId: 1, outcome: 'held', detail: 'until noon' }] });
  await keepOutcomes(db, { runId, reads: [{ orderId: 1, outcome: 'created' }] });
  expect((await listOutcomes(db, { runId, limit: 10 })).orders).toMatchObject([
    { orderId: 1, outcome: 'created', detail: null },
  ]);
});

test('they are forgotten after a month, those of younger runs are not', async () => {
  const [old, young] = [await run(), await run({}, MONTH_LATER)];
  for (const runId of [old, young])
    await keepOutcomes(db, { runId, reads: [{ orderId: 1, outcome: 'created' }] });
  await forgetOldOutcomes(db, { channelId: CHANNEL, now: MONTH_LATER });
  expect((await countOutcomes(db, old)).size).toBe(0);
  expect((await countOutcomes(db, young)).size).toBe(1);
});
