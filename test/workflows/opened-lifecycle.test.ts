// Runs that begin with what their opener read, on a real server: what they cost, and what makes them settle after all.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openLifecycle, wakeLifecycle } from '../../client/orders.ts';
import { orderLifecycleId } from '../../domain/ids.ts';
import { carrierEvent, pause, state, WAYBILL_QUEUE, type OpenedWith } from '../../workflows/contract.ts';
import { FakeOrders } from './fake-orders.ts';
import { eventually, type WorkflowWorld } from './test-workers.ts';
import { workflowWorld } from './workflow-world.ts';

const DAY_MS = 86_400_000;
const orders = new FakeOrders();
let world: WorkflowWorld;
beforeAll(async () => {
  world = await workflowWorld(import.meta.url, orders.activities());
});
afterAll(() => world.close());

function opened(changes: Partial<OpenedWith> = {}): OpenedWith {
  return {
    readAt: new Date().toISOString(),
    counts: { needed: 1, imported: 1, trackable: 0, shipped: 0, delivered: 0, returned: 0 },
    progress: '1 of 1 imported',
    lastNewsAt: new Date().toISOString(),
    staleAfterMs: 30 * DAY_MS,
    closeAfterMs: 90 * DAY_MS,
    details: 'as the opener read it',
    ...changes,
  };
}
let lastOrderId = 7000;
function anOrder(changes: Parameters<FakeOrders['row']>[1] = {}) {
  const orderId = ++lastOrderId;
  const row = orders.row(orderId, changes);
  const address = { channelId: 'acme', orderId };
  const id = orderLifecycleId('acme', orderId);
  const settlements = () => orders.settlements.filter((question) => question.orderId === orderId);
  return { row, address, id, handle: world.client.workflow.getHandle(id), settlements };
}

describe('a run that begins with what its opener read', () => {
  test('asks nothing, shows it, and has its timer', async () => {
    const { address, id, handle, settlements } = anOrder();
    const given = opened();
    await openLifecycle(world.client, { ...address, opened: given });
    await world.idle(id);
    expect(await world.eventTypes(id)).toEqual([
      'WORKFLOW_EXECUTION_STARTED',
      'WORKFLOW_TASK_SCHEDULED',
      'WORKFLOW_TASK_STARTED',
      'WORKFLOW_TASK_COMPLETED',
      'TIMER_STARTED',
    ]);
    expect(await handle.query(state)).toMatchObject({
      ...{ stage: 'imported', counts: given.counts, progress: '1 of 1 imported', asOf: given.readAt },
    });
    expect(settlements()).toEqual([]);
  });

  test('settles at each wake like any other, and takes an operator at his word', async () => {
    const { address, row, handle, settlements } = anOrder();
    await openLifecycle(world.client, { ...address, opened: opened() });
    const paused = await handle.executeUpdate(pause, { args: [{ reason: 'address check', by: 'mia' }] });
    expect(paused).toMatchObject({ paused: true });
    await handle.signal(carrierEvent, { id: 'e1', stage: 'delivered' });
    expect(await handle.result()).toMatchObject({ stage: 'delivered' });
    expect(row.eventIds).toEqual(['e1']);
    expect(settlements().length).toBeGreaterThanOrEqual(2);
  });

  test('is asked for by its watchdog when its time comes', async () => {
    const { address, handle, row } = anOrder({ staleAfterMs: 1_000, closeAfterMs: 2_000 });
    const limits = { staleAfterMs: 1_000, closeAfterMs: 2_000 };
    await openLifecycle(world.client, { ...address, opened: opened(limits) });
    await handle.result();
    expect(row.closed).toBe('no_news');
  });
});

describe('settles at its start all the same', () => {
  test('where news waited for its worker', async () => {
    const { address, row, id, handle, settlements } = anOrder();
    await world.client.workflow.signalWithStart('orderLifecycle', {
      ...{ workflowId: id, taskQueue: WAYBILL_QUEUE, args: [{ ...address, opened: opened() }] },
      ...{ signal: carrierEvent, signalArgs: [{ id: 'e1', stage: 'delivered' }] },
    });
    expect(await handle.result()).toMatchObject({ stage: 'delivered' });
    expect(row.eventIds).toEqual(['e1']);
    expect(settlements()).toHaveLength(1);
  });

  test.each([
    ['old', { readAt: new Date(Date.now() - DAY_MS).toISOString() }],
    ['not whole', { details: undefined }],
  ])('where the reading is %s', async (_, change) => {
    const { address, id, settlements } = anOrder();
    await world.client.workflow.start('orderLifecycle', {
      ...{ workflowId: id, taskQueue: WAYBILL_QUEUE },
      args: [{ ...address, opened: { ...opened(), ...change } }],
    });
    await eventually(() => expect(settlements()).toHaveLength(1));
  });

  // What was read before an earlier run ended may be older than that run: it must not be believed.
  test('where an earlier run of the order has ended since', async () => {
    const { address, row, handle, settlements } = anOrder();
    await wakeLifecycle(world.client, {
      ...address,
      reason: 'event',
      event: { id: 'e1', stage: 'delivered' },
    });
    await handle.result();
    await openLifecycle(world.client, { ...address, opened: opened() });
    await eventually(() => expect(settlements()).toHaveLength(2));
    expect(await handle.result()).toMatchObject({ stage: 'delivered' });
    expect(row.closed).toBe('end');
  });

  test('and a run that is there is left alone', async () => {
    const { address, id, settlements } = anOrder();
    await openLifecycle(world.client, address);
    await world.idle(id);
    const before = await world.eventTypes(id);
    await openLifecycle(world.client, { ...address, opened: opened() });
    expect(await world.eventTypes(id)).toEqual(before);
    expect(settlements()).toHaveLength(1);
  });
});
