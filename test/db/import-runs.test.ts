// Import runs: the watermark moves forwards only, once, and only for what was read to the end.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Database } from '../../db/database.ts';
import { readDetails, saveDetail } from '../../db/import-details.ts';
import {
  beginRun,
  countOpened,
  failRun,
  finishRun,
  getRun,
  getWatermark,
  listRuns,
  requireRun,
  type ImportMode,
  type ImportRun,
} from '../../db/import-runs.ts';
import { at, CHANNEL, openTestDatabase } from './order-life.ts';

let db: Database;

beforeAll(async () => {
  db = await openTestDatabase(import.meta.url);
});
afterAll(() => db.close());
beforeEach(async () => {
  await db.sql`delete from import_runs`;
  await db.sql`delete from import_watermarks`;
});

const begin = (
  mode: ImportMode,
  toMinute: number | null,
  id = randomUUID(),
  startMinute = 0,
): Promise<ImportRun> =>
  beginRun(db, {
    id,
    channelId: CHANNEL,
    workflowId: `import:${CHANNEL}`,
    mode,
    input: { days: 2 },
    window: { from: null, to: toMinute === null ? null : at(toMinute) },
    cursor: { phase: 'window', since: at(0) },
    now: at(startMinute),
  });
const readToTheEnd = (run: ImportRun) =>
  db.sql`update import_runs set cursor = '{"phase":"done"}' where id = ${run.id}`;
const finish = (run: ImportRun) => finishRun(db, { runId: run.id, now: at(99) });

describe('beginning', () => {
  it('finds the run that was begun before with the same id', async () => {
    const id = randomUUID();
    const first = await begin('watermark', 10, id);
    const again = await begin('watermark', 20, id, 5);

    expect(again).toEqual(first);
    expect(first).toMatchObject({
      state: 'running',
      slices: 0,
      startedAt: at(0),
      watermarkBefore: null,
      counts: { seen: 0, rejected: {} },
    });
    expect(await listRuns(db)).toHaveLength(1);
  });

  it('is listed newest first, by channel', async () => {
    const early = await begin('ids', null, undefined, 1);
    const late = await begin('ids', null, undefined, 2);

    expect((await listRuns(db, { channelId: CHANNEL })).map((run) => run.id)).toEqual([late.id, early.id]);
    expect(await listRuns(db, { channelId: CHANNEL, limit: 1 })).toHaveLength(1);
    expect(await listRuns(db, { channelId: 'other' })).toEqual([]);
    expect(await getRun(db, randomUUID())).toBeNull();
    await expect(requireRun(db, randomUUID())).rejects.toMatchObject({ code: 'run_unknown' });
  });
});

describe('the watermark', () => {
  it('becomes the end of a first run, and moves on with the next', async () => {
    const first = await begin('first', 10);
    await readToTheEnd(first);
    expect(await finish(first)).toMatchObject({ state: 'done', finishedAt: at(99) });
    expect(await getWatermark(db, CHANNEL)).toBe(at(10));

    const next = await begin('watermark', 20);
    expect(next.watermarkBefore).toBe(at(10));
    await readToTheEnd(next);
    await finish(next);
    await finish(next);
    expect(await getWatermark(db, CHANNEL)).toBe(at(20));
  });

  it('stays for a run that was not read to the end, that failed, or that read something else', async () => {
    const first = await begin('first', 10);
    await readToTheEnd(first);
    await finish(first);

    await finish(await begin('watermark', 30));
    const failed = await begin('watermark', 40);
    await readToTheEnd(failed);
    await failRun(db, { runId: failed.id, state: 'failed', failure: 'the store is away', now: at(50) });
    for (const mode of ['range', 'created_range', 'ids', 'hints'] as const) {
      const run = await begin(mode, 60);
      await readToTheEnd(run);
      await finish(run);
    }
    expect(await getWatermark(db, CHANNEL)).toBe(at(10));
    await expect(finish(failed)).rejects.toMatchObject({ code: 'run_ended' });
    expect(await getRun(db, failed.id)).toMatchObject({
      state: 'failed',
      failure: 'the store is away',
      finishedAt: at(50),
    });
  });

  it('is moved by the first of two runs that began at it, and never backwards', async () => {
    const first = await begin('first', 10);
    await readToTheEnd(first);
    await finish(first);
    const [long, short, backwards] = [
      await begin('watermark', 50),
      await begin('watermark', 20),
      await begin('watermark', 5),
    ];
    for (const run of [long, short, backwards]) await readToTheEnd(run);

    await finish(backwards);
    expect(await getWatermark(db, CHANNEL)).toBe(at(10));
    await Promise.all([finish(long), finish(short)]);
    expect([at(20), at(50)]).toContain(await getWatermark(db, CHANNEL));
    const reached = await getWatermark(db, CHANNEL);
    await finish(await begin('watermark', 15));
    expect(await getWatermark(db, CHANNEL)).toBe(reached);
  });
});

describe('ending', () => {
  it('of a run that has ended changes nothing', async () => {
    const run = await begin('ids', null);
    await finish(run);
    expect(await failRun(db, { runId: run.id, state: 'cancelled', failure: 'x', now: at(1) })).toMatchObject({
      state: 'done',
      failure: null,
    });
    await expect(finishRun(db, { runId: randomUUID(), now: at(1) })).rejects.toMatchObject({
      code: 'run_unknown',
    });
  });

  it('adds up the lifecycles that were opened for it', async () => {
    const run = await begin('ids', null);
    await countOpened(db, { runId: run.id, opened: 3 });
    await countOpened(db, { runId: run.id, opened: 4 });
    expect((await getRun(db, run.id))?.counts.opened).toBe(7);
  });
});

describe('details', () => {
  it('are kept from the first answer to the end of their run', async () => {
    const run = await begin('ids', null);
    const detail = { runId: run.id, kind: 'product_images', key: '77' };
    await saveDetail(db, { ...detail, answer: [{ url: 'a' }], now: at(1) });
    await saveDetail(db, { ...detail, answer: 'later', now: at(2) });
    await saveDetail(db, { ...detail, key: '78', answer: null, now: at(1) });

    const kept = await readDetails(db, { runId: run.id, kind: 'product_images', keys: ['77', '78', '79'] });
    expect(kept).toEqual(
      new Map<string, unknown>([
        ['77', [{ url: 'a' }]],
        ['78', null],
      ]),
    );
    expect(await readDetails(db, { runId: run.id, kind: 'customers', keys: ['77'] })).toEqual(new Map());
    await finish(run);
    expect(await db.sql`select 1 from import_details`).toHaveLength(0);
  });
});
