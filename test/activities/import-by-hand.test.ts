// Imports that a person asks for: days in the channel's own time, lists of any length, named orders in every status, and
// going on where a run was cancelled.
import { randomUUID } from 'node:crypto';
import { MockActivityEnvironment } from '@temporalio/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { beginImport, finishImport } from '../../activities/import-runs.ts';
import { addToImportList, countImportList, nameImportList } from '../../db/import-lists.ts';
import { failRun, getRun, isConserved, type ImportRun } from '../../db/import-runs.ts';
import type { ImportInput } from '../../workflows/contract.ts';
import { asAttempt, CHANNEL, openStoreSide, slice, type SideOptions, type StoreSide } from './store-side.ts';

let side: StoreSide;
afterEach(async () => {
  await side.close();
});
async function open(options: SideOptions = {}): Promise<void> {
  side = await openStoreSide(import.meta.url, options);
}

/** Each beginning is a step of its own: its id follows from the step. */
async function begin(input: Omit<ImportInput, 'channelId'>): Promise<ImportRun> {
  const environment = new MockActivityEnvironment({ activityId: randomUUID() });
  const given = {
    input: { channelId: CHANNEL, ...input },
    workflowId: 'import:shop:manual:x',
    nominalTime: null,
  };
  const { runId } = await environment.run<[], { runId: string }, () => Promise<{ runId: string }>>(() =>
    beginImport(side.deps, given),
  );
  return must(runId);
}
async function must(runId: string): Promise<ImportRun> {
  const run = await getRun(side.db, runId);
  if (run === null) throw new Error('the run was just begun');
  return run;
}
async function readToEnd(run: ImportRun): Promise<ImportRun> {
  for (let done = false; !done;) ({ done } = await slice(side, run.id));
  await asAttempt(() => finishImport(side.deps, { runId: run.id }));
  return must(run.id);
}
const storedIds = async () =>
  (await side.db.sql<{ id: number }[]>`select order_id as id from orders order by 1`).map((row) => row.id);

describe('days', () => {
  it("count from creation, back to the midnight of the channel's zone, and create nothing older (S-31)", async () => {
    await open();
    const at = (daysAgo: number) => new Date(Date.now() - daysAgo * 86_400_000).toISOString();
    const [young, old] = side.store.addOrders([
      { kind: 'plain', dateCreated: at(6), dateModified: at(6) },
      { kind: 'plain', dateCreated: at(8.1), dateModified: at(1) },
    ]);
    const seven = await readToEnd(await begin({ days: 7 }));
    expect(seven.mode).toBe('created_range');
    expect(await storedIds()).toEqual([young]);
    await readToEnd(await begin({ days: 9 }));
    expect(await storedIds()).toEqual([young, old].sort((a = 0, b = 0) => a - b));
  });

  it('count from the last change where the channel or the person says so', async () => {
    await open({ settings: { orders: { import: { lookback_basis: 'modified' } } } });
    expect((await begin({ days: 7 })).mode).toBe('range');
    expect((await begin({ days: 7, basis: 'created' })).mode).toBe('created_range');
  });
});

describe('everything', () => {
  it('is every order that the gate admits, of any age, whatever the watermark', async () => {
    await open();
    const ids = side.store.addOrders(
      ['2009-06-01T00:00:00Z', '2019-06-01T00:00:00Z', new Date(Date.now() - 3_600_000).toISOString()].map(
        (at) => ({ kind: 'plain', statusId: 11, dateCreated: at, dateModified: at }),
      ),
    );
    await readToEnd(await begin({}));
    await side.db.sql`delete from orders`;
    // As `waybill import --all` asks.
    const run = await readToEnd(await begin({ from: '2000-01-01', basis: 'created' }));
    expect(run).toMatchObject({ mode: 'created_range', counts: { seen: 3, created: 3 } });
    expect(await storedIds()).toEqual(ids);
  });
});

describe('a list of order numbers', () => {
  async function stored(orderIds: number[]): Promise<string> {
    const listId = `part-${randomUUID()}`;
    const now = side.deps.clock();
    for (let at = 0; at < orderIds.length; at += 1_000)
      await addToImportList(side.db, {
        channelId: CHANNEL,
        listId,
        orderIds: orderIds.slice(at, at + 1_000),
        now,
      });
    return nameImportList(side.db, { channelId: CHANNEL, listId });
  }

  it('of thousands is read with far fewer calls than numbers, each once, and then forgotten', async () => {
    await open();
    side.store.seed({ count: 3_000, seed: 7, kind: 'plain' });
    const ids = side.store.orderIds();
    const asked = ids.filter((_, at) => at % 3 !== 0);
    const list = await stored([...asked, ...asked.slice(0, 10), 9_999_999].reverse());
    const run = await readToEnd(await begin({ list }));
    expect(run.counts).toMatchObject({ seen: 2_001, created: 2_000, rejected: { not_found: 1 } });
    expect(isConserved(run.counts)).toBe(true);
    expect(await storedIds()).toEqual(asked);
    expect(run.counts.apiCalls).toBeLessThan(20);
    expect(await countImportList(side.db, { channelId: CHANNEL, listId: list })).toBe(0);
  });

  it('is the same list whatever the sequence of its numbers', async () => {
    await open();
    expect(await stored([3, 1, 2])).toBe(await stored([2, 3, 1, 1]));
    expect(await stored([3, 1])).not.toBe(await stored([2, 3, 1]));
  });

  it('that is not there is refused with what to do', async () => {
    await open();
    await expect(begin({ list: 'gone' })).rejects.toThrow('There is no list gone');
  });

  it('holds archived orders too, which no list page shows', async () => {
    await open();
    const ids = side.store.addOrders([
      { kind: 'plain' },
      { kind: 'plain' },
      { kind: 'plain' },
      { kind: 'archived' },
    ]);
    const run = await readToEnd(await begin({ orderIds: ids }));
    expect(run.counts).toMatchObject({ seen: 4, created: 3, rejected: { archived: 1 } });
  });
});

describe('named orders', () => {
  it('come in whatever their status is, where the person says so (P-26)', async () => {
    await open();
    const ids = side.store.addOrders([{ kind: 'cancelled' }, { kind: 'completed' }]);
    expect((await readToEnd(await begin({ orderIds: ids }))).counts).toMatchObject({
      created: 0,
      rejected: { default_exclude: 2 },
    });
    const run = await readToEnd(await begin({ orderIds: ids, includeExcluded: true }));
    expect(run.counts).toMatchObject({ created: 2, rejected: {} });
    const again = await readToEnd(await begin({ orderIds: ids, includeExcluded: true }));
    expect(again.counts).toMatchObject({ unchanged: 2 });
  });
});

describe('a run that was cancelled', () => {
  it('keeps what it stored, and another one goes on where it stood', async () => {
    await open();
    side.store.seed({ count: 700, seed: 4, kind: 'plain' });
    const first = await begin({});
    // The first page is answered, no other one is.
    side.store.setFaults([{ match: { path: '^/v2/orders\\?' }, skip: 1, fault: '503' }]);
    const estimate = await slice(side, first.id);
    expect(estimate).toMatchObject({ seen: 250, total: 700 });
    expect(estimate.etaSeconds).toBeGreaterThanOrEqual(0);
    const now = side.deps.clock();
    await failRun(side.db, { runId: first.id, state: 'cancelled', failure: 'a person', now });
    expect(await storedIds()).toHaveLength(250);
    side.store.clearFaults();
    const second = await readToEnd(await begin({ resume: first.id }));
    expect(second).toMatchObject({ mode: 'first', counts: { seen: 450, created: 450 } });
    expect(await storedIds()).toEqual(side.store.orderIds());
  });

  it('is not gone on with while it runs, when it is done, or from another channel', async () => {
    await open();
    const run = await begin({});
    await expect(begin({ resume: run.id })).rejects.toThrow('still running');
    await readToEnd(run);
    await expect(begin({ resume: run.id })).rejects.toThrow('nothing to go on with');
    await expect(begin({ resume: randomUUID() })).rejects.toThrow('has no import run');
  });
});
