// Months pass here, on the time-skipping server: it moves its clock while a test sleeps and nothing is at work.
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { orderLifecycleId } from '../../domain/ids.ts';
import { workflowBundle } from '../../workers/workflow-bundle.ts';
import { carrierEvent, state, WAYBILL_QUEUE, type WaybillWorkflows } from '../../workflows/contract.ts';
import { FakeOrders } from './fake-orders.ts';
import { SKIPPING_START_DEADLINE_MS, startSkippingServer } from './skipping-server.ts';
import { eventually, installQuietRuntime } from './test-workers.ts';

const server = inject('timeSkippingServer');
const DAY_MS = 86_400_000;

describe.skipIf(server === null)('the watchdog', () => {
  const orders = new FakeOrders();
  let world: TestWorkflowEnvironment;
  let worker: Worker;
  let running: Promise<void>;
  beforeAll(async () => {
    installQuietRuntime();
    world = await startSkippingServer(server);
    orders.clock = () => world.currentTimeMs();
    worker = await Worker.create({
      connection: world.nativeConnection,
      taskQueue: WAYBILL_QUEUE,
      workflowBundle: await workflowBundle(),
      activities: orders.activities(),
    });
    running = worker.run();
  }, SKIPPING_START_DEADLINE_MS);
  afterAll(async () => {
    worker.shutdown();
    await running;
    await world.teardown();
  });

  let lastOrderId = 0;
  async function follow() {
    const orderId = ++lastOrderId;
    const row = orders.row(orderId, { lastNewsAt: await world.currentTimeMs() });
    const workflowId = orderLifecycleId('acme', orderId);
    const handle = await world.client.workflow.start<WaybillWorkflows['orderLifecycle']>('orderLifecycle', {
      workflowId,
      taskQueue: WAYBILL_QUEUE,
      args: [{ channelId: 'acme', orderId }],
    });
    const timers = async (): Promise<number> => {
      const { events } = await handle.fetchHistory();
      return (events ?? []).filter((event) => event.timerStartedEventAttributes != null).length;
    };
    const asked = () =>
      orders.settlements.filter((question) => question.orderId === orderId && question.watchdog).length;
    return { orderId, row, handle, timers, asked };
  }

  test('raises stale after a month without news, and closes the order after three', async () => {
    const { row, handle, asked } = await follow();
    await world.sleep(29 * DAY_MS);
    expect(row.stale).toBe(false);
    expect(asked()).toBe(0);
    await world.sleep(2 * DAY_MS);
    await eventually(() => expect(row.stale).toBe(true));
    await eventually(async () => expect(await handle.query(state)).toMatchObject({ attention: 'stale' }));
    await handle.result();
    expect(row.closed).toBe('no_news');
  });

  test('is put off by news that woke the order, with one timer for the whole month', async () => {
    const { row, handle, timers } = await follow();
    for (let week = 0; week < 4; week++) {
      await world.sleep(7 * DAY_MS);
      await handle.signal(carrierEvent, { id: `week-${String(week)}` });
    }
    expect(await timers()).toBe(1);
    // The timer rings at day 30 and is set again for what is left since the news of day 28.
    await world.sleep(10 * DAY_MS);
    expect(row.stale).toBe(false);
    await eventually(async () => expect(await timers()).toBe(2));
    await handle.signal(carrierEvent, { id: 'end', stage: 'delivered' });
    await handle.result();
  });

  test('is put off by news that only the database knows', async () => {
    const { row, handle, asked } = await follow();
    await world.sleep(20 * DAY_MS);
    row.lastNewsAt = await world.currentTimeMs();
    await world.sleep(12 * DAY_MS);
    await eventually(() => expect(asked()).toBe(1));
    expect(row.stale).toBe(false);
    await world.sleep(20 * DAY_MS);
    await eventually(() => expect(row.stale).toBe(true));
    await handle.signal(carrierEvent, { id: 'end', stage: 'delivered' });
    await handle.result();
  });

  test('lets news after a silence begin the month anew', async () => {
    const { row, handle } = await follow();
    await world.sleep(40 * DAY_MS);
    await eventually(() => expect(row.stale).toBe(true));
    await handle.signal(carrierEvent, { id: 'at last' });
    await world.sleep(25 * DAY_MS);
    expect(row.stale).toBe(false);
    await world.sleep(7 * DAY_MS);
    await eventually(() => expect(row.stale).toBe(true));
    await handle.signal(carrierEvent, { id: 'end', stage: 'delivered' });
    await handle.result();
  });

  test('gives up an order that no import ever found after a week', async () => {
    const orderId = 999_999;
    const handle = await world.client.workflow.start<WaybillWorkflows['orderLifecycle']>('orderLifecycle', {
      workflowId: orderLifecycleId('acme', orderId),
      taskQueue: WAYBILL_QUEUE,
      args: [{ channelId: 'acme', orderId }],
    });
    const before = await world.currentTimeMs();
    expect(await handle.result()).toMatchObject({ stage: null });
    expect((await world.currentTimeMs()) - before).toBeGreaterThanOrEqual(7 * DAY_MS);
  });
});
