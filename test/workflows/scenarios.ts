// The runs whose histories are kept: each proves one way through a workflow. Used to record them, from a real server.
import { ApplicationFailure } from '@temporalio/common';
import type { WorkflowHandle } from '@temporalio/client';
import { openLifecycle, wakeHints, wakeLifecycle } from '../../client/orders.ts';
import { hintImportId, orderLifecycleId } from '../../domain/ids.ts';
import {
  approve,
  carrierEvent,
  override,
  pause,
  resume,
  retry,
  WAYBILL_QUEUE,
  type OpenedWith,
  type SliceResult,
} from '../../workflows/contract.ts';
import { FakeImport } from './fake-import.ts';
import { FakeOrders } from './fake-orders.ts';
import { FakeRest } from './fake-rest.ts';
import { eventually, type WorkflowWorld } from './test-workers.ts';

export interface Scenario {
  /** `<workflow>-<what it proves>`, the beginning of the file's name. */
  name: string;
  /** Runs to the end; the id of the workflow, and of its run where a later one has the same id. */
  run(world: WorkflowWorld): Promise<{ workflowId: string; runId?: string }>;
}

const DAY_MS = 86_400_000;
export const orders = new FakeOrders();
export const imports = new FakeImport();
export const rest = new FakeRest();

/** Every activity of the contract, faked. */
export function scenarioActivities(): object {
  return { ...orders.activities(), ...imports.activities(), ...rest.activities() };
}

let lastOrderId = 5000;
function follow(world: WorkflowWorld, changes: Parameters<FakeOrders['row']>[1]) {
  const orderId = ++lastOrderId;
  const row = orders.row(orderId, changes);
  const address = { channelId: 'acme', orderId };
  const workflowId = orderLifecycleId('acme', orderId);
  const handle = world.client.workflow.getHandle(workflowId);
  const tell = async (...stages: (string | undefined)[]): Promise<void> => {
    for (const stage of stages) {
      await world.idle(workflowId);
      const id = `e${String(row.eventIds.length)}`;
      await handle.signal(carrierEvent, stage === undefined ? { id } : { id, stage });
      await eventually(() => {
        if (!row.eventIds.includes(id)) throw new Error(`${id} is not settled`);
      });
    }
    await world.idle(workflowId);
  };
  const start = async (opened?: OpenedWith): Promise<void> => {
    await openLifecycle(world.client, { ...address, ...(opened === undefined ? {} : { opened }) });
    await world.idle(workflowId);
  };
  const written = (count: number) =>
    eventually(() => {
      if (row.written.length < count) throw new Error('not written');
    });
  return { row, orderId, address, workflowId, handle, tell, start, written };
}

async function runImport(world: WorkflowWorld, channelId: string): Promise<WorkflowHandle> {
  return world.client.workflow.start('importOrders', {
    workflowId: `import:${channelId}:manual:kept`,
    taskQueue: WAYBILL_QUEUE,
    args: [{ channelId }],
  });
}
const slices = (...waiting: number[]): SliceResult[] =>
  waiting.map((count, n) => ({
    done: n === waiting.length - 1,
    seen: 250 * (n + 1),
    changed: count,
    waiting: count,
  }));

export const SCENARIOS: readonly Scenario[] = [
  {
    name: 'orderLifecycle-delivered',
    run: async (world) => {
      const { start, tell, handle, workflowId } = follow(world, {});
      await start();
      await tell('trackable', 'shipped', undefined, 'delivered');
      await handle.result();
      return { workflowId };
    },
  },
  {
    name: 'orderLifecycle-opened',
    run: async (world) => {
      const { start, tell, handle, workflowId, row } = follow(world, {});
      const lastNewsAt = new Date(row.lastNewsAt).toISOString();
      await start({
        readAt: new Date().toISOString(),
        counts: { needed: 1, imported: 1, trackable: 0, shipped: 0, delivered: 0, returned: 0 },
        ...{ progress: '1 of 1 imported', details: 'stage **imported**', lastNewsAt },
        ...{ staleAfterMs: row.staleAfterMs, closeAfterMs: row.closeAfterMs },
      });
      await tell('trackable', 'shipped', 'delivered');
      await handle.result();
      return { workflowId };
    },
  },
  {
    name: 'orderLifecycle-write-back',
    run: async (world) => {
      const { start, tell, written, handle, workflowId } = follow(world, {
        writesAt: ['trackable', 'delivered'],
      });
      await start();
      await tell('trackable');
      await written(1);
      await tell('shipped', 'delivered');
      await written(2);
      await handle.result();
      return { workflowId };
    },
  },
  {
    name: 'orderLifecycle-paused',
    run: async (world) => {
      const { start, tell, written, handle, workflowId } = follow(world, { writesAt: ['trackable'] });
      await start();
      await handle.executeUpdate(pause, { args: [{ reason: 'address check', by: 'mia' }] });
      await tell('trackable');
      await handle.executeUpdate(resume, { args: [{ reason: 'address is good', by: 'mia' }] });
      await written(1);
      await tell('delivered');
      await handle.result();
      return { workflowId };
    },
  },
  {
    name: 'orderLifecycle-retried',
    run: async (world) => {
      let away = true;
      orders.beforeWrite = async (id) => {
        if (away && id === 'trackable-write')
          throw ApplicationFailure.create({ message: 'The store is away.', nextRetryDelay: '2 h' });
      };
      const { start, tell, written, handle, workflowId } = follow(world, { writesAt: ['trackable'] });
      await start();
      // So many events continue as new; it is the first run that is kept.
      const { runId } = await handle.describe();
      const word = { stage: 'trackable', reason: 'told by phone', by: 'mia' } as const;
      await handle.executeUpdate(override, { args: [word] });
      await tell('trackable');
      await eventually(() => {
        if (!orders.writeAttempts.includes('trackable-write')) throw new Error('not tried');
      });
      away = false;
      await handle.executeUpdate(retry, { args: [{ by: 'mia' }] });
      await written(1);
      orders.beforeWrite = async () => undefined;
      await handle.executeUpdate(approve, { args: [{ step: 'status:2', by: 'mia' }] });
      await tell('delivered');
      await handle.result();
      return { workflowId, runId };
    },
  },
  {
    name: 'orderLifecycle-no-news',
    run: async (world) => {
      const { start, handle, workflowId } = follow(world, { staleAfterMs: 1500, closeAfterMs: 4000 });
      await start();
      await handle.result();
      return { workflowId };
    },
  },
  {
    name: 'orderLifecycle-unknown-order',
    run: async (world) => {
      const orderId = ++lastOrderId;
      const workflowId = orderLifecycleId('acme', orderId);
      const address = { channelId: 'acme', orderId };
      await wakeLifecycle(world.client, {
        ...address,
        reason: 'typed',
        event: { id: 'e0', type: 'label.created' },
      });
      await eventually(() => {
        if (!orders.imports.includes(`acme:${String(orderId)}`)) throw new Error('not asked for');
      });
      await world.idle(workflowId);
      orders.row(orderId, { stage: 'delivered' });
      await wakeLifecycle(world.client, { ...address, reason: 'imported' });
      await world.client.workflow.getHandle(workflowId).result();
      return { workflowId };
    },
  },
  {
    name: 'orderLifecycle-database-away',
    run: async (world) => {
      const { orderId, start, tell, handle, workflowId } = follow(world, {});
      orders.settleFaults.set(orderId, 3);
      await start();
      await tell('delivered');
      await handle.result();
      return { workflowId };
    },
  },
  {
    name: 'orderLifecycle-cancelled',
    run: async (world) => {
      const { start, handle, workflowId } = follow(world, {});
      await start();
      await handle.cancel();
      await handle.result().catch(() => undefined);
      return { workflowId };
    },
  },
  {
    name: 'orderLifecycle-continued',
    run: async (world) => {
      const { start, tell, handle, workflowId } = follow(world, { lastNewsAt: Date.now() - DAY_MS });
      await start();
      const { runId } = await handle.describe();
      // The server of these recordings suggests a new run after 50 events.
      await tell(...Array.from({ length: 10 }, () => undefined), 'delivered');
      await handle.result();
      return { workflowId, runId };
    },
  },
  {
    name: 'importOrders-slices',
    run: async (world) => {
      imports.slices.set('slices', slices(150, 210, 40, 60));
      const handle = await runImport(world, 'slices');
      await handle.result();
      return { workflowId: handle.workflowId };
    },
  },
  {
    name: 'importOrders-quiet-hour',
    run: async (world) => {
      const handle = await runImport(world, 'quiet');
      await handle.result();
      return { workflowId: handle.workflowId };
    },
  },
  {
    name: 'importOrders-hints',
    run: async (world) => {
      imports.dueHints.set('hinted', 30);
      await wakeHints(world.client, 'hinted');
      const workflowId = hintImportId('hinted');
      await world.client.workflow.getHandle(workflowId).result();
      return { workflowId };
    },
  },
  {
    name: 'importOrders-cancelled',
    run: async (world) => {
      let release = (): void => undefined;
      const held = new Promise<void>((resolve) => (release = resolve));
      let reading = false;
      imports.beforeSlice = (channelId) => {
        reading ||= channelId === 'stopped';
        return channelId === 'stopped' ? held : Promise.resolve();
      };
      const handle = await runImport(world, 'stopped');
      await eventually(() => {
        if (!reading) throw new Error('no slice yet');
      });
      await handle.cancel();
      await handle.result().catch(() => undefined);
      release();
      imports.beforeSlice = async () => undefined;
      return { workflowId: handle.workflowId };
    },
  },
  {
    name: 'watchWebhooks-missed',
    run: async (world) => {
      const workflowId = 'watchWebhooks-kept';
      rest.missed.set('acme', '2026-03-01T07:00:00.000Z');
      await world.client.workflow.execute('watchWebhooks', {
        workflowId,
        taskQueue: WAYBILL_QUEUE,
        args: [{ channelId: 'acme' }],
      });
      return { workflowId };
    },
  },
  ...(['checkChannel', 'reconcileChannel', 'sweep'] as const).map((type): Scenario => ({
    name: `${type}-done`,
    run: async (world) => {
      const workflowId = `${type}-kept`;
      await world.client.workflow.execute(type, {
        workflowId,
        taskQueue: WAYBILL_QUEUE,
        args: [{ channelId: 'acme' }],
      });
      return { workflowId };
    },
  })),
];
