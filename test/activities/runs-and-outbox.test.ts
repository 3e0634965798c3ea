import { ApplicationFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { LifecycleDoor } from '../../activities/deps.ts';
import { createActivities, type Activities } from '../../activities/index.ts';
import { setEnabled } from '../../db/channels.ts';
import { listDecisions } from '../../db/decisions.ts';
import { leaveHint } from '../../db/hints.ts';
import { getRun, getWatermark } from '../../db/import-runs.ts';
import { offerOrders, outboxWaiting } from '../../db/outbox.ts';
import { asAttempt, CHANNEL, openStoreSide, type StoreSide } from './store-side.ts';

let side: StoreSide;
let activities: Activities;
const told: string[] = [];
let refuse: (orderId: number) => boolean = () => false;
let during: (orderId: number) => Promise<unknown> = async () => undefined;
let underWay = 0;
let mostUnderWay = 0;

beforeAll(async () => {
  side = await openStoreSide(import.meta.url);
  const tell = async (word: string, orderId: number): Promise<void> => {
    mostUnderWay = Math.max(mostUnderWay, ++underWay);
    await new Promise((resolve) => setTimeout(resolve, 1));
    await during(orderId);
    underWay -= 1;
    if (refuse(orderId)) throw new Error('Temporal is away');
    told.push(`${word} ${String(orderId)}`);
  };
  const temporal: LifecycleDoor = {
    open: ({ orderId }) => tell('open', orderId),
    wake: ({ orderId, reason }) => tell(`wake (${reason})`, orderId),
    wakeHints: async (channelId) => void told.push(`hints ${channelId}`),
  };
  activities = createActivities({ ...side.deps, temporal });
});
afterAll(() => side.close());
beforeEach(() => {
  told.length = 0;
  refuse = () => false;
  during = async () => undefined;
  mostUnderWay = 0;
});

const now = () => side.deps.clock();
const offer = (first: boolean, ...orderIds: number[]) =>
  offerOrders(side.db, {
    channelId: CHANNEL,
    orders: orderIds.map((orderId) => ({ orderId, first })),
    now: now(),
  });
/** As another step of a workflow than the others of this file, so that it begins a run of its own. */
function inStep<T>(activityId: string, body: () => Promise<T>): Promise<T> {
  return new MockActivityEnvironment({ activityId, startToCloseTimeoutMs: 120_000 }).run(body);
}
const openLifecycles = (runId?: string) =>
  asAttempt(() =>
    activities.database.openLifecycles({ channelId: CHANNEL, ...(runId === undefined ? {} : { runId }) }),
  );
const begin = (input: object = {}, nominalTime: string | null = null, workflow = 'import:shop:manual:x') =>
  asAttempt(() =>
    activities.database.beginImport({
      input: { channelId: CHANNEL, ...input },
      workflowId: workflow,
      nominalTime,
    }),
  );

describe('the hand-over', () => {
  test('opens and tells every order that waits, 32 at a time, and empties the outbox', async () => {
    await offer(true, ...Array.from({ length: 230 }, (_, n) => n + 1));
    await offer(false, 901, 902);
    const { runId } = await begin();
    expect(await openLifecycles(runId)).toEqual({ opened: 232, left: 0 });
    expect(new Set(told).size).toBe(232);
    expect(told).toContain('open 7');
    expect(told).toContain('wake (imported) 901');
    expect(mostUnderWay).toBe(32);
    expect((await getRun(side.db, runId))?.counts.opened).toBe(232);
    expect(await openLifecycles()).toEqual({ opened: 0, left: 0 });
  });

  test('keeps what it could not tell for a later pass', async () => {
    await offer(true, 11, 12, 13);
    refuse = (orderId) => orderId === 12;
    expect(await openLifecycles()).toEqual({ opened: 2, left: 1 });
    refuse = () => false;
    await expect.poll(() => openLifecycles(), { timeout: 60_000 }).toEqual({ opened: 1, left: 0 });
  });

  test('news that came while an order was being told is told too', async () => {
    await offer(false, 21);
    let again = true;
    during = async () => {
      if (again) await offer(false, 21);
      again = false;
    };
    expect(await openLifecycles()).toEqual({ opened: 2, left: 0 });
    expect(told).toEqual(['wake (imported) 21', 'wake (imported) 21']);
  });

  test('ends when it is cancelled, and loses nothing', async () => {
    await offer(true, 31);
    const environment = new MockActivityEnvironment({ startToCloseTimeoutMs: 120_000 });
    const work = environment.run(() => {
      environment.cancel('CANCELLED');
      return activities.database.openLifecycles({ channelId: CHANNEL });
    });
    await expect(work).rejects.toThrow();
    expect(await outboxWaiting(side.db, { channelId: CHANNEL })).toBe(1);
    await openLifecycles();
  });
});

describe('the row of an import', () => {
  test('is begun once however often the step is tried, and its end moves the watermark', async () => {
    const first = await begin();
    expect(await begin()).toEqual(first);
    expect(first.runId).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
    for (let done = false; !done;) ({ done } = await asAttempt(() => activities.store.importSlice(first)));
    const result = await asAttempt(() => activities.database.finishImport(first));
    expect(result).toMatchObject({ runId: first.runId, channelId: CHANNEL, mode: 'first' });
    expect(await asAttempt(() => activities.database.finishImport(first))).toEqual(result);
    expect(await getWatermark(side.db, CHANNEL)).not.toBeNull();
  });

  test('a schedule finds nothing to do in a disabled channel; a person is told', async () => {
    await setEnabled(side.db, { id: CHANNEL, enabled: false, by: 'test', now: now() });
    const ask = (activityId: string, nominalTime: string | null) =>
      inStep(activityId, () =>
        activities.database.beginImport({
          input: { channelId: CHANNEL },
          workflowId: 'import:shop',
          nominalTime,
        }),
      );
    const before = await getWatermark(side.db, CHANNEL);
    const begun = await ask('scheduled', now());
    expect(begun.nothingToDo).toBe(true);
    await asAttempt(() => activities.database.finishImport(begun));
    expect(await getWatermark(side.db, CHANNEL)).toBe(before);
    await expect(ask('by hand', null)).rejects.toMatchObject({
      type: 'ChannelDisabled',
      nonRetryable: true,
      message: expect.stringContaining('waybill channel enable shop') as string,
    });
    await setEnabled(side.db, { id: CHANNEL, enabled: true, by: 'test', now: now() });
  });

  test('of a channel that nobody knows is refused', async () => {
    const work = asAttempt(() =>
      activities.database.beginImport({
        input: { channelId: 'nowhere' },
        workflowId: 'x',
        nominalTime: null,
      }),
    );
    await expect(work).rejects.toMatchObject({ type: 'UnknownChannel', nonRetryable: true });
  });

  test('that failed keeps the sentence', async () => {
    const { runId } = await inStep('fails', () =>
      activities.database.beginImport({
        input: { channelId: CHANNEL, days: 3 },
        workflowId: 'y',
        nominalTime: null,
      }),
    );
    const end = { runId, state: 'cancelled' as const, failure: 'A person cancelled the import.' };
    await asAttempt(() => activities.database.failImport(end));
    await asAttempt(() => activities.database.failImport(end));
    expect(await getRun(side.db, runId)).toMatchObject({
      state: 'cancelled',
      failure: 'A person cancelled the import.',
    });
  });
});

describe('the sweep', () => {
  test('starts runs for hints that have been due for a minute, and tells what waits in the outbox', async () => {
    const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();
    await leaveHint(side.db, {
      channelId: CHANNEL,
      orderId: 5,
      reason: 'webhook',
      dueAt: minutesAgo(5),
      now: minutesAgo(5),
    });
    await offerOrders(side.db, {
      channelId: CHANNEL,
      orders: [{ orderId: 41, first: false }],
      now: minutesAgo(1),
    });
    await offer(false, 42);
    const result = await asAttempt(() => activities.database.sweepOnce({}));
    expect(result).toMatchObject({ outboxDelivered: 1, hintRunsStarted: 1 });
    expect(told).toEqual(['hints shop', 'wake (sweep) 41']);
    // The fresh row is on its way by whoever wrote it.
    expect(await outboxWaiting(side.db, { channelId: CHANNEL })).toBe(1);
    await openLifecycles();
  });
});

describe('what a lifecycle asks for', () => {
  test('an order that is not known leaves a hint that is due, and a run for it', async () => {
    await asAttempt(() => activities.database.requestImport({ channelId: CHANNEL, orderId: 777 }));
    expect(told).toEqual(['hints shop']);
    const work = asAttempt(() => activities.database.requestImport({ channelId: 'nowhere', orderId: 1 }));
    await expect(work).rejects.toMatchObject({ type: 'UnknownChannel' });
  });

  test("an operator's word about an order that is not known is refused with a sentence", async () => {
    const word = { channelId: CHANNEL, orderId: 778, action: 'pause' as const, reason: 'x', by: 'mia' };
    const refusal: unknown = await asAttempt(() => activities.database.recordOperatorWord(word)).catch(
      (error: unknown) => error,
    );
    expect(refusal).toBeInstanceOf(ApplicationFailure);
    expect(refusal).toMatchObject({ type: 'Refused', nonRetryable: true });
  });

  test('a cancelled run leaves a decision', async () => {
    await asAttempt(() => activities.database.recordRunCancelled({ channelId: CHANNEL, orderId: 779 }));
    const [decision] = await listDecisions(side.db, { channelId: CHANNEL, orderId: 779 });
    expect(decision).toMatchObject({ kind: 'lifecycle', outcome: 'run_cancelled' });
  });

  test('open orders are offered in pages', async () => {
    expect(
      await asAttempt(() => activities.database.offerOpenOrders({ channelId: CHANNEL, afterOrderId: 0 })),
    ).toMatchObject({ done: true });
  });
});
