// The whole product on the time-skipping server's clock: Postgres, the simulated store, workers and activities are the
// real ones, and each activity begins by asking what time it is.
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker } from '@temporalio/worker';
import { createActivities, type Activities } from '../../activities/index.ts';
import { lifecycleDoor } from '../../client/orders.ts';
import { orderView, type OrderView } from '../../db/order-view.ts';
import { workflowBundle } from '../../workers/workflow-bundle.ts';
import { BIGCOMMERCE_QUEUE, WAYBILL_QUEUE } from '../../workflows/contract.ts';
import { CHANNEL, openStoreSide, type SideOptions, type StoreSide } from '../activities/store-side.ts';
import { startSkippingServer } from './skipping-server.ts';
import { installQuietRuntime } from './test-workers.ts';

export interface SkippingSide {
  world: TestWorkflowEnvironment;
  side: StoreSide;
  /** The server's time when it was last asked, milliseconds. */
  nowMs(): number;
  /** Asks the server for its time, which is then the time of rows, store and ingress too. */
  tick(): Promise<number>;
  view(orderId: number): Promise<OrderView>;
  close(): Promise<void>;
}

/** `program` is what `inject('timeSkippingServer')` answers. */
export async function openSkippingSide(
  file: string,
  program: string | null,
  options: SideOptions = {},
): Promise<SkippingSide> {
  installQuietRuntime();
  const [world, side] = await Promise.all([startSkippingServer(program), openStoreSide(file, options)]);
  let nowMs = 0;
  const tick = async (): Promise<number> => {
    nowMs = await world.currentTimeMs();
    side.store.setClock({ now: new Date(nowMs).toISOString(), freeze: true });
    return nowMs;
  };
  await tick();
  side.deps.clock = () => new Date(nowMs).toISOString();
  side.deps.temporal = lifecycleDoor(world.client);

  /** Each activity begins with the server's time. */
  const timed = (activities: Activities['database'] | Activities['store']): object => {
    // Every activity takes one input and answers a promise; which ones they are does not matter here.
    const all = Object.entries(activities) as [string, (input: unknown) => Promise<unknown>][];
    return Object.fromEntries(
      all.map(([name, run]) => [
        name,
        async (input: unknown): Promise<unknown> => {
          await tick();
          return run(input);
        },
      ]),
    );
  };
  const activities = createActivities(side.deps);
  const workers: Worker[] = [];
  for (const [taskQueue, of] of [
    [WAYBILL_QUEUE, { workflowBundle: await workflowBundle(), activities: timed(activities.database) }],
    [BIGCOMMERCE_QUEUE, { activities: timed(activities.store) }],
  ] as const)
    workers.push(await Worker.create({ connection: world.nativeConnection, taskQueue, ...of }));
  const running = workers.map((worker) => worker.run());
  return {
    world,
    side,
    nowMs: () => nowMs,
    tick,
    view: async (orderId) => {
      const found = await orderView(side.db, CHANNEL, orderId);
      if (found === null) throw new Error('the order is gone');
      return found;
    },
    close: async () => {
      for (const worker of workers) worker.shutdown();
      await Promise.all(running);
      await world.teardown();
      await side.close();
    },
  };
}
