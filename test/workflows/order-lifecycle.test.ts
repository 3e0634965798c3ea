import { WorkflowFailedError, WorkflowUpdateFailedError } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { openLifecycle, queryState, wakeLifecycle } from '../../client/orders.ts';
import { orderLifecycleId } from '../../domain/ids.ts';
import { carrierEvent, orderChanged, pause, resume, state } from '../../workflows/contract.ts';
import { FakeOrders } from './fake-orders.ts';
import { eventually, withoutTheServersOwn, type WorkflowWorld } from './test-workers.ts';
import { workflowWorld } from './workflow-world.ts';

const orders = new FakeOrders();
let world: WorkflowWorld;
beforeAll(async () => {
  world = await workflowWorld(import.meta.url, orders.activities());
});
afterAll(() => world.close());

/** Until a step that failed is tried again (`LifecycleProgress`), less the grain of two clocks. */
const STEP_PAUSE_MS = 5_000 - 50;
let lastOrderId = 1000;
function anOrder(changes: Parameters<FakeOrders['row']>[1] = {}) {
  const orderId = ++lastOrderId;
  const row = orders.row(orderId, changes);
  const address = { channelId: 'acme', orderId };
  const handle = () => world.client.workflow.getHandle(orderLifecycleId('acme', orderId));
  const event = (id: string, stage?: string) =>
    handle().signal(carrierEvent, stage === undefined ? { id } : { id, stage });
  const settled = (times: number) =>
    eventually(() => expect(questions(orderId).length).toBeGreaterThanOrEqual(times));
  const stageShown = (stage: string) =>
    eventually(async () => expect((await handle().query(state)).stage).toBe(stage));
  return { orderId, row, address, handle, event, settled, stageShown };
}
const questions = (orderId: number) => orders.settlements.filter((question) => question.orderId === orderId);
describe('following an order', () => {
  test('settles at its start, moves with its events, and ends when the row is closed', async () => {
    const { address, handle, event, settled, stageShown, row } = anOrder();
    await openLifecycle(world.client, address);
    await settled(1);
    expect(await queryState(world.client, address)).toMatchObject({ stage: 'imported', paused: false });
    await event('e1', 'trackable');
    await stageShown('trackable');
    await event('e2', 'shipped');
    await stageShown('shipped');
    await event('e3', 'delivered');
    expect(await handle().result()).toMatchObject({ stage: 'delivered' });
    expect(row.eventIds).toEqual(['e1', 'e2', 'e3']);
  });

  // Signals come one by one, each when the one before is dealt with: the dearest way to follow an order. Nothing is
  // asked meanwhile, because a query that meets a task at work costs that task an event or three.
  test('costs at most 30 events for four waking signals and three stage changes', async () => {
    const types = await withoutTheServersOwn(async () => {
      const { address, orderId, handle, event, row } = anOrder();
      const id = orderLifecycleId('acme', orderId);
      await openLifecycle(world.client, address);
      for (const stage of ['trackable', 'shipped', undefined, 'delivered']) {
        await world.idle(id);
        await event(`e${String(row.eventIds.length)}`, stage);
      }
      await handle().result();
      return world.eventTypes(id);
    });
    expect(types.filter((type) => type === 'UPSERT_WORKFLOW_SEARCH_ATTRIBUTES')).toHaveLength(3);
    expect(types.filter((type) => type === 'TIMER_STARTED')).toHaveLength(1);
    expect(types.length, types.join('\n')).toBeLessThanOrEqual(30);
  });

  test('a write-back costs at most 7 events more', async () => {
    const types = await withoutTheServersOwn(async () => {
      const { address, orderId, handle, event, row } = anOrder({ writesAt: ['trackable'] });
      const id = orderLifecycleId('acme', orderId);
      await openLifecycle(world.client, address);
      for (const stage of ['trackable', 'shipped', undefined, 'delivered']) {
        await world.idle(id);
        await event(`e${String(row.eventIds.length)}`, stage);
        if (stage === 'trackable') await eventually(() => expect(questions(orderId)).toHaveLength(3));
      }
      await handle().result();
      expect(row.written).toEqual(['trackable-write']);
      return world.eventTypes(id);
    });
    expect(types.length, types.join('\n')).toBeLessThanOrEqual(37);
  });

  test('shows stage, time of its change and attention as search attributes', async () => {
    const { address, orderId, handle, event, stageShown, row } = anOrder();
    await openLifecycle(world.client, address);
    row.attention = 'exception';
    await event('e1', 'trackable');
    await stageShown('trackable');
    const shown = (await handle().describe()).typedSearchAttributes
      .toJSON()
      .map(({ key, value }) => [key.name, value]);
    expect(Object.fromEntries(shown)).toMatchObject({
      ChannelId: 'acme',
      OrderStage: 'trackable',
      Attention: 'exception',
      StageChangedAt: expect.any(Date) as Date,
    });
    row.attention = null;
    await event('e2', 'delivered');
    await handle().result();
    const last = (await world.client.workflow.getHandle(orderLifecycleId('acme', orderId)).describe())
      .typedSearchAttributes;
    expect(last.toJSON().some(({ key }) => key.name === 'Attention')).toBe(false);
  });

  test('an order that is closed already is settled once with what its signal carried, and the run ends', async () => {
    const { address, handle, row } = anOrder({ closed: 'end', stage: 'delivered' });
    await wakeLifecycle(world.client, { ...address, reason: 'event', event: { id: 'late' } });
    await handle().result();
    expect(row.eventIds).toEqual(['late']);
  });

  test('a second start of a run that is there adds no event', async () => {
    const { address, orderId, settled } = anOrder();
    await openLifecycle(world.client, address);
    await settled(1);
    await eventually(async () =>
      expect(await queryState(world.client, address)).toMatchObject({ stage: 'imported' }),
    );
    const before = (await world.eventTypes(orderLifecycleId('acme', orderId))).length;
    await openLifecycle(world.client, address);
    expect((await world.eventTypes(orderLifecycleId('acme', orderId))).length).toBe(before);
  });
});

describe('messages', () => {
  test('a malformed event neither stops the run nor reaches the database', async () => {
    const { address, handle, event, row, settled } = anOrder();
    await openLifecycle(world.client, address);
    await settled(1);
    const oddities: unknown[] = [
      null,
      7,
      'text',
      [],
      {},
      { id: 5 },
      { id: '' },
      { id: 'big', text: 'x'.repeat(40_000) },
    ];
    for (const oddity of oddities) await handle().signal('carrierEvent', oddity);
    await handle().signal('carrierEvent');
    await handle().signal('noSuchSignal', 1);
    await event('good', 'delivered');
    await handle().result();
    expect(row.eventIds).toEqual(['good']);
  });

  test('an event that is signalled twice counts once', async () => {
    const { address, handle, event, row } = anOrder();
    await openLifecycle(world.client, address);
    await event('e1');
    await event('e1');
    await event('e2', 'delivered');
    await handle().result();
    expect(row.eventIds).toEqual(['e1', 'e2']);
  });

  test('a signal that comes as the run closes is settled by this run or the next', async () => {
    const many = Array.from({ length: 12 }, () => anOrder());
    await Promise.all(
      many.map(async ({ address, event, row }) => {
        await openLifecycle(world.client, address);
        await event('end', 'delivered');
        await eventually(() => expect(row.closed).toBe('end'));
        await wakeLifecycle(world.client, { ...address, reason: 'event', event: { id: 'last' } });
        await eventually(() => expect(row.eventIds).toContain('last'));
      }),
    );
  });

  test('pause is recorded before it is answered, stops writing and nothing else; resume lets it go on', async () => {
    const { address, orderId, handle, event, row, stageShown } = anOrder({ writesAt: ['trackable'] });
    await openLifecycle(world.client, address);
    const paused = await handle().executeUpdate(pause, { args: [{ reason: 'address check', by: 'mia' }] });
    expect(paused).toMatchObject({ paused: true, attention: 'paused' });
    expect(orders.words).toContain(`pause ${String(orderId)} by mia: address check`);
    await event('e1', 'trackable');
    await stageShown('trackable');
    expect(row.written).toEqual([]);
    expect(await handle().executeUpdate(resume, { args: [{ reason: 'checked' }] })).toMatchObject({
      paused: false,
    });
    await eventually(() => expect(row.written).toEqual(['trackable-write']));
  });

  test('an operator is refused with a sentence, and the history does not grow', async () => {
    let before: string[] = [];
    const after = await withoutTheServersOwn(async () => {
      const { address, orderId, handle, settled } = anOrder();
      const id = orderLifecycleId('acme', orderId);
      await openLifecycle(world.client, address);
      await settled(1);
      await eventually(async () =>
        expect(await queryState(world.client, address)).toMatchObject({ stage: 'imported' }),
      );
      before = await world.eventTypes(id);
      const refusal = async (update: typeof pause, word: unknown): Promise<string> => {
        // Whatever a person may type.
        const failure = await handle()
          .executeUpdate(update, { args: [word as { reason: string }] })
          .then(
            () => null,
            (error: unknown) => error,
          );
        expect(failure).toBeInstanceOf(WorkflowUpdateFailedError);
        return (failure as WorkflowUpdateFailedError).cause?.message ?? '';
      };
      expect(await refusal(pause, {})).toMatch(/Say why/);
      expect(await refusal(pause, null)).toMatch(/Say why/);
      expect(await refusal(pause, { reason: 'x'.repeat(501) })).toMatch(/longer than 500/);
      expect(await refusal(pause, { reason: 'x', by: 5 })).toMatch(/"by" must be a name/);
      expect(await refusal(resume, { reason: 'done' })).toMatch(/not paused/);
      return world.eventTypes(id);
    });
    expect(after).toEqual(before);
  });

  test('an input that was mistyped fails the run with a sentence and an example', async () => {
    const run = async (input: unknown): Promise<string> => {
      const failure = await world.client.workflow
        .execute('orderLifecycle', {
          workflowId: `typo-${String(++lastOrderId)}`,
          taskQueue: 'waybill',
          args: [input],
        })
        .then(
          () => null,
          (error: unknown) => error,
        );
      expect(failure).toBeInstanceOf(WorkflowFailedError);
      return (failure as WorkflowFailedError).cause?.message ?? '';
    };
    expect(await run({ channelId: 'Acme!', orderId: 1 })).toMatch(/lower-case letters/);
    expect(await run({ channelId: 'acme', orderId: '1' })).toMatch(/store's order number/);
    expect(await run(undefined)).toMatch(/"channelId"/);
  });
});

describe('writing', () => {
  test('writes one step at a time, in the order of the ledger, and settles after each', async () => {
    const { address, handle, row } = anOrder({ stage: 'delivered' });
    row.steps = ['a', 'b', 'c'].map((id) => ({ id, notBefore: 0 }));
    let running = 0;
    let most = 0;
    orders.beforeWrite = async () => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setTimeout(resolve, 30));
      running -= 1;
    };
    await openLifecycle(world.client, address);
    await handle().result();
    orders.beforeWrite = async () => undefined;
    expect(row.written).toEqual(['a', 'b', 'c']);
    expect(most).toBe(1);
  });

  test('goes on hearing while a step is on its way', async () => {
    const { address, event, row, stageShown } = anOrder({ writesAt: ['trackable'] });
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    orders.beforeWrite = () => held;
    await openLifecycle(world.client, address);
    await event('e1', 'trackable');
    await stageShown('trackable');
    await event('e2', 'shipped');
    await stageShown('shipped');
    expect(row.written).toEqual([]);
    release();
    orders.beforeWrite = async () => undefined;
    await eventually(() => expect(row.written).toEqual(['trackable-write']));
  });

  test('a step that failed for good does not fail the run, and is not tried again at once for ever', async () => {
    const { address, orderId, handle, event, row, settled } = anOrder();
    const step = `bad-${String(orderId)}`;
    row.steps = [{ id: step, notBefore: 0 }];
    const { ApplicationFailure } = await import('@temporalio/common');
    const attempts: number[] = [];
    orders.beforeWrite = async (id) => {
      if (id !== step) return;
      attempts.push(Date.now());
      if (attempts.length === 1) throw ApplicationFailure.nonRetryable('the store says no', 'InvalidRequest');
    };
    await openLifecycle(world.client, address);
    await settled(2);
    await event('e1');
    await event('e2');
    await eventually(() => expect(row.eventIds).toEqual(['e1', 'e2']));
    // Five seconds later it is tried again, by the clock, and by nothing that was heard in between.
    await eventually(() => expect(row.written).toEqual([step]));
    const [first = 0, second = 0, ...more] = attempts;
    expect(second - first).toBeGreaterThanOrEqual(STEP_PAUSE_MS);
    expect(more).toEqual([]);
    await event('e3', 'delivered');
    await handle().result();
    orders.beforeWrite = async () => undefined;
  });

  test('a step with a time is written when its time comes', async () => {
    const { address, row } = anOrder();
    row.steps = [{ id: 'later', notBefore: Date.now() + 1500 }];
    await openLifecycle(world.client, address);
    await eventually(() => expect(row.written).toEqual(['later']));
    expect(Date.now()).toBeGreaterThanOrEqual(row.steps[0]?.notBefore ?? 0);
  });
});

describe('when things go wrong', () => {
  test('a database that does not answer at once is asked by a normal activity until it does', async () => {
    const { address, orderId, handle, event } = anOrder();
    orders.settleFaults.set(orderId, 4);
    await openLifecycle(world.client, address);
    await eventually(() => expect(orders.settleFaults.get(orderId)).toBe(0));
    await event('e1', 'delivered');
    await handle().result();
    expect(await world.eventTypes(orderLifecycleId('acme', orderId))).toContain('ACTIVITY_TASK_SCHEDULED');
  });

  test('an order that nobody imported yet is asked for once, and followed when it has come', async () => {
    const orderId = ++lastOrderId;
    const address = { channelId: 'acme', orderId };
    await wakeLifecycle(world.client, { ...address, reason: 'typed', event: { id: 'first' } });
    await eventually(() => expect(orders.imports).toContain(`acme:${String(orderId)}`));
    await wakeLifecycle(world.client, { ...address, reason: 'typed', event: { id: 'second' } });
    await eventually(() => expect(questions(orderId).length).toBeGreaterThanOrEqual(2));
    expect(orders.imports.filter((order) => order === `acme:${String(orderId)}`)).toHaveLength(1);
    expect(await queryState(world.client, address)).toMatchObject({ stage: null });
    orders.row(orderId, { stage: 'delivered' });
    const handle = world.client.workflow.getHandle(orderLifecycleId('acme', orderId));
    await handle.signal(orderChanged, { reason: 'imported' });
    expect(await handle.result()).toMatchObject({ stage: 'delivered' });
  });

  test('a channel that does not exist fails the run with a sentence', async () => {
    const failure = await wakeLifecycle(world.client, { channelId: 'nowhere', orderId: 1, reason: 'typed' })
      .then((handle) => world.client.workflow.getHandle(handle.workflowId).result())
      .then(
        () => null,
        (error: unknown) => error,
      );
    expect(failure).toBeInstanceOf(WorkflowFailedError);
    expect(orders.settlements.filter((question) => question.channelId === 'nowhere')).toHaveLength(1);
  });

  test('a cancelled run ends cancelled and leaves word of it', async () => {
    const { address, orderId, handle, settled } = anOrder();
    await openLifecycle(world.client, address);
    await settled(1);
    await handle().cancel();
    await expect(handle().result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
    expect(orders.cancelled).toContain(String(orderId));
    expect((await handle().describe()).status.name).toBe('CANCELLED');
  });

  test('nothing is lost over several runs while signals pour in', async () => {
    const { address, orderId, handle, event, row } = anOrder();
    await openLifecycle(world.client, address);
    const ids = Array.from({ length: 240 }, (_, n) => `n${String(n)}`);
    const callers = Array.from({ length: 6 }, (_, caller) => ids.filter((_id, n) => n % 6 === caller));
    await Promise.all(
      callers.map(async (share) => {
        for (const id of share) await event(id);
      }),
    );
    await event('end', 'delivered');
    await handle().result();
    expect(new Set(row.eventIds)).toEqual(new Set([...ids, 'end']));
    // The server's list follows what happened with a delay, so it is asked until it has caught up.
    await vi.waitFor(
      async () => {
        const runs: string[] = [];
        for await (const run of world.client.workflow.list({
          query: `WorkflowId = "${orderLifecycleId('acme', orderId)}"`,
        })) {
          runs.push(run.status.name);
        }
        expect(runs).toContain('CONTINUED_AS_NEW');
      },
      { timeout: 90_000, interval: 200 },
    );
    const attributes = (await handle().describe()).typedSearchAttributes.toJSON().map(({ key }) => key.name);
    expect(attributes).toEqual(expect.arrayContaining(['ChannelId', 'OrderStage']));
  });
});
