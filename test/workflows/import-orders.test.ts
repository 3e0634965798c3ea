import { ApplicationFailure } from '@temporalio/common';
import { WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { wakeHints } from '../../client/orders.ts';
import { hintImportId, manualImportId } from '../../domain/ids.ts';
import {
  importProgress,
  WAYBILL_QUEUE,
  type SliceResult,
  type WaybillWorkflows,
} from '../../workflows/contract.ts';
import { FakeImport } from './fake-import.ts';
import { eventually, withoutTheServersOwn, type WorkflowWorld } from './test-workers.ts';
import { workflowWorld } from './workflow-world.ts';

const fake = new FakeImport();
let world: WorkflowWorld;
beforeAll(async () => {
  world = await workflowWorld(import.meta.url, fake.activities());
});
afterAll(() => world.close());

let channels = 0;
const aChannel = () => `shop-${String(++channels)}`;
type Import = WaybillWorkflows['importOrders'];
function start(
  input: unknown,
  workflowId = `import:test:${String(++channels)}`,
): Promise<WorkflowHandle<Import>> {
  return world.client.workflow.start<Import>('importOrders', {
    workflowId,
    taskQueue: WAYBILL_QUEUE,
    args: [input as { channelId: string }], // whatever a person may type
  });
}
const slice = (changes: Partial<SliceResult>): SliceResult => ({
  done: false,
  seen: 1,
  changed: 1,
  waiting: 0,
  ...changes,
});
async function failureOf(handle: WorkflowHandle<Import>): Promise<string> {
  const error: unknown = await handle.result().then(
    () => null,
    (failure: unknown) => failure,
  );
  expect(error).toBeInstanceOf(WorkflowFailedError);
  const { cause } = error as WorkflowFailedError;
  return (cause?.cause as Error | undefined)?.message ?? cause?.message ?? '';
}

describe('an import', () => {
  test('reads slice after slice, hands over at 200 waiting and at the end, and closes its row', async () => {
    const channelId = aChannel();
    fake.slices.set(channelId, [
      slice({ waiting: 150 }),
      slice({ waiting: 210 }),
      slice({ waiting: 40 }),
      slice({ waiting: 60, done: true }),
    ]);
    const handle = await start({ channelId });
    await handle.result();
    expect(fake.handedOver.filter((id) => id === channelId)).toHaveLength(2);
    expect(fake.endsOf(channelId)).toEqual([`${channelId} done`]);
  });

  test('a quiet hour costs at most 25 events and no hand-over', async () => {
    const types = await withoutTheServersOwn(async () => {
      const channelId = aChannel();
      const handle = await start({ channelId });
      await handle.result();
      expect(fake.handedOver).not.toContain(channelId);
      return world.eventTypes(handle.workflowId);
    });
    expect(types.length, types.join('\n')).toBeLessThanOrEqual(25);
  });

  test('asks the store nothing when there is nothing to do', async () => {
    const channelId = aChannel();
    fake.nothingToDo.add(channelId);
    const handle = await start({ channelId });
    await handle.result();
    expect(fake.endsOf(channelId)).toEqual([`${channelId} done`]);
    expect(
      (await world.eventTypes(handle.workflowId)).filter((type) => type === 'ACTIVITY_TASK_SCHEDULED'),
    ).toHaveLength(2);
  });

  test('shows its numbers while it runs', async () => {
    const channelId = aChannel();
    fake.slices.set(channelId, [slice({ seen: 250, changed: 40, waiting: 3 })]);
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    let calls = 0;
    fake.beforeSlice = (id) => (id === channelId && ++calls > 1 ? held : Promise.resolve());
    const handle = await start({ channelId });
    await eventually(async () =>
      expect(await handle.query(importProgress)).toMatchObject({
        slices: 1,
        seen: 250,
        changed: 40,
        waiting: 3,
      }),
    );
    release();
    await handle.result();
    fake.beforeSlice = async () => undefined;
  });

  test('goes on over several runs with the same row', async () => {
    const channelId = aChannel();
    fake.slices.set(
      channelId,
      Array.from({ length: 30 }, () => slice({})),
    );
    const handle = await start({ channelId });
    await handle.result();
    expect(fake.begun.filter((begin) => begin.input.channelId === channelId)).toHaveLength(1);
    expect(fake.endsOf(channelId)).toEqual([`${channelId} done`]);
    // The server's list follows what happened with a delay, so it is asked until it has caught up.
    await vi.waitFor(
      async () => {
        const runs: string[] = [];
        for await (const run of world.client.workflow.list({
          query: `WorkflowId = "${handle.workflowId}"`,
        })) {
          runs.push(run.status.name);
        }
        expect(runs).toContain('CONTINUED_AS_NEW');
      },
      { timeout: 90_000, interval: 200 },
    );
  });

  test('a failure of the store fails the run and closes its row with the sentence', async () => {
    const channelId = aChannel();
    fake.failSlices.set(
      channelId,
      ApplicationFailure.nonRetryable('The store refuses the token (401).', 'BigCommerceAuth'),
    );
    expect(await failureOf(await start({ channelId }))).toBe('The store refuses the token (401).');
    expect(fake.endsOf(channelId)).toEqual([`${channelId} failed: The store refuses the token (401).`]);
  });

  test('a cancelled import keeps what it has and closes its row as cancelled', async () => {
    const channelId = aChannel();
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    let reading = false;
    fake.beforeSlice = (id) => {
      if (id !== channelId) return Promise.resolve();
      reading = true;
      return held;
    };
    const handle = await start({ channelId });
    await eventually(() => expect(reading).toBe(true));
    await handle.cancel();
    await expect(handle.result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
    release();
    fake.beforeSlice = async () => undefined;
    expect(fake.endsOf(channelId)).toEqual([
      `${channelId} cancelled: A person cancelled the import; what it had stored stays.`,
    ]);
    expect((await handle.describe()).status.name).toBe('CANCELLED');
  });

  test('a hand-over that fails for good is left to the sweep', async () => {
    const channelId = aChannel();
    fake.handOverFails = true;
    fake.slices.set(channelId, [slice({ waiting: 5, done: true })]);
    await (await start({ channelId })).result();
    fake.handOverFails = false;
    expect(fake.endsOf(channelId)).toEqual([`${channelId} done`]);
  });

  test('what a person mistyped is refused with words, before anything is begun', async () => {
    const before = fake.begun.length;
    expect(await failureOf(await start({ channelId: 'acme', days: 'seven' }))).toMatch(/days/);
    expect(await failureOf(await start({ channelId: 'acme', days: 1, orderIds: [5] }))).toMatch(/\S/);
    expect(await failureOf(await start(undefined))).toMatch(/\S/);
    expect(fake.begun).toHaveLength(before);
  });

  test('is found by its channel although it was started by hand without attributes', async () => {
    const channelId = aChannel();
    const handle = await start({ channelId }, manualImportId(channelId, 'week34'));
    await handle.result();
    const shown = (await handle.describe()).typedSearchAttributes
      .toJSON()
      .map(({ key, value }) => [key.name, value]);
    expect(Object.fromEntries(shown)).toMatchObject({ ChannelId: channelId });
  });

  test('knows the nominal time from the id that a schedule gave it', async () => {
    const channelId = aChannel();
    await (await start({ channelId }, `import:${channelId}-2026-08-21T10:00:00Z`)).result();
    expect(fake.begun.at(-1)).toMatchObject({ nominalTime: '2026-08-21T10:00:00.000Z' });
    await (await start({ channelId }, manualImportId(channelId, 'now'))).result();
    expect(fake.begun.at(-1)).toMatchObject({ nominalTime: null });
  });
});

describe('hints', () => {
  test('are worked off until none is due', async () => {
    const channelId = aChannel();
    fake.dueHints.set(channelId, 60);
    await wakeHints(world.client, channelId);
    await world.client.workflow.getHandle(hintImportId(channelId)).result();
    expect(fake.hintSlices.filter((read) => read.startsWith(`${channelId}:`))).toEqual(
      [25, 25, 10].map((read) => `${channelId}:${String(read)}`),
    );
  });

  test('a hint that arrives while a slice is read is read by the next one', async () => {
    const channelId = aChannel();
    fake.dueHints.set(channelId, 1);
    let told = false;
    fake.beforeSlice = async (id) => {
      if (id !== channelId || told) return;
      told = true;
      // The slice has already looked: this one comes too late for it.
      fake.dueHints.set(channelId, 1);
      await wakeHints(world.client, channelId);
    };
    await wakeHints(world.client, channelId);
    await eventually(() =>
      expect(fake.hintSlices.filter((read) => read === `${channelId}:1`)).toHaveLength(2),
    );
    fake.beforeSlice = async () => undefined;
  });

  test('a hint that arrives while the drain ends is read all the same', async () => {
    const channelId = aChannel();
    fake.dueHints.set(channelId, 1);
    let told = false;
    fake.beforeFinish = async (id) => {
      if (id !== channelId || told) return;
      told = true;
      fake.dueHints.set(channelId, 1);
      await wakeHints(world.client, channelId);
    };
    await wakeHints(world.client, channelId);
    await eventually(() =>
      expect(fake.hintSlices.filter((read) => read === `${channelId}:1`)).toHaveLength(2),
    );
    fake.beforeFinish = async () => undefined;
    await world.client.workflow.getHandle(hintImportId(channelId)).result();
    expect(fake.dueHints.get(channelId)).toBe(0);
  });
});
