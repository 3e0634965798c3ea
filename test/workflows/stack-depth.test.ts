// Stacks inside the sandbox are kept short: they still name the line of ours that waits or throws.
import { WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openLifecycle } from '../../client/orders.ts';
import { orderLifecycleId } from '../../domain/ids.ts';
import { WAYBILL_QUEUE } from '../../workflows/contract.ts';
import { FakeOrders } from './fake-orders.ts';
import type { WorkflowWorld } from './test-workers.ts';
import { workflowWorld } from './workflow-world.ts';

const orders = new FakeOrders();
let world: WorkflowWorld;
beforeAll(async () => {
  world = await workflowWorld(import.meta.url, orders.activities());
});
afterAll(() => world.close());

test('the stack trace of a run names where its loop and its alarm wait', async () => {
  orders.row(1);
  await openLifecycle(world.client, { channelId: 'acme', orderId: 1 });
  await world.idle(orderLifecycleId('acme', 1));
  const trace = await world.client.workflow
    .getHandle(orderLifecycleId('acme', 1))
    .query<string>('__stack_trace');
  expect(trace).toMatch(/orderLifecycle \(.*workflows\/order-lifecycle\.ts:\d+:\d+\)/);
  expect(trace).toMatch(/runAlarm \(.*workflows\/alarm\.ts:\d+:\d+\)/);
});

test('the failure of a run names the line that refused its input', async () => {
  const started = await world.client.workflow.start('orderLifecycle', {
    ...{ workflowId: 'mistyped', taskQueue: WAYBILL_QUEUE, args: [{ channelId: 'acme', orderId: -1 }] },
  });
  const failed: unknown = await started.result().catch((error: unknown) => error);
  const cause = failed instanceof WorkflowFailedError ? failed.cause : undefined;
  expect(cause).toBeInstanceOf(ApplicationFailure);
  const frames = cause?.stack?.split('\n').filter((line) => line.startsWith('    at ')) ?? [];
  expect(frames.join('\n')).toMatch(/workflows\/order-lifecycle\.ts:\d+:\d+/);
  // The engine's own depth is ten: more than five means that the sandbox no longer knows our limit.
  expect(frames.length).toBeLessThanOrEqual(5);
});
