/**
 * The one door to running workflows: HTTP, command line, tests and, handed in as a dependency, the activities all come
 * through here, so that ids, policies, summaries and search attributes are the same everywhere. It asks no database.
 */
import {
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
  type Client,
  type WorkflowHandleWithSignaledRunId,
} from '@temporalio/client';
import type { Priority, SearchAttributePair } from '@temporalio/common';
import { hintImportId, orderLifecycleId } from '../domain/ids.ts';
import {
  carrierEvent,
  hintsWaiting,
  orderChanged,
  state,
  WAYBILL_QUEUE,
  type CarrierEventSignal,
  type ImportInput,
  type OpenedWith,
  type OrderLifecycleInput,
  type OrderState,
  type WaybillWorkflows,
} from '../workflows/contract.ts';
import { CHANNEL_ID_KEY, ORDER_STAGE_KEY } from './temporal.ts';

type OrderLifecycle = WaybillWorkflows['orderLifecycle'];
type ImportOrders = WaybillWorkflows['importOrders'];

export interface OrderAddress {
  channelId: string;
  orderId: number;
}

/** Bulk openings stand behind what operators wait for, and one channel's do not stand before another's. */
const OPENING_PRIORITY_KEY = 4;

/**
 * Makes sure that a lifecycle of the order runs, by a plain start. One that runs already is left alone and gets no
 * event. May be repeated. The caller has asked the order's row: a closed run does not stop this. What the caller read
 * (`opened`) goes only to the first run that the order ever had: where one has closed, it knew more than was read.
 */
export async function openLifecycle(
  client: Client,
  order: OrderAddress & { opened?: OpenedWith },
): Promise<void> {
  const { opened, ...address } = order;
  if (opened !== undefined && (await startOnce(client, address, opened))) return;
  await startOnce(client, address);
}

/** False where a closed run of the order stands against `opened`. */
async function startOnce(client: Client, order: OrderAddress, opened?: OpenedWith): Promise<boolean> {
  const { args, ...start } = lifecycleStart(order);
  const [input] = args;
  try {
    await client.workflow.start<OrderLifecycle>('orderLifecycle', {
      ...start,
      workflowIdConflictPolicy: 'USE_EXISTING',
      ...(opened === undefined
        ? { args }
        : { args: [{ ...input, opened }], workflowIdReusePolicy: 'REJECT_DUPLICATE' }),
    });
    return true;
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    return opened === undefined;
  }
}

/**
 * Tells the order's lifecycle that there is news, and starts one if none runs: it settles once more in any case, even
 * when it was just about to end. May be repeated; the facts are in the database, an event carries its id only.
 */
export async function wakeLifecycle(
  client: Client,
  order: OrderAddress & { reason: string; event?: CarrierEventSignal },
): Promise<WorkflowHandleWithSignaledRunId<OrderLifecycle>> {
  const start = lifecycleStart(order);
  return order.event === undefined
    ? client.workflow.signalWithStart<OrderLifecycle, [{ reason: string }]>('orderLifecycle', {
        ...start,
        signal: orderChanged,
        signalArgs: [{ reason: order.reason }],
      })
    : client.workflow.signalWithStart<OrderLifecycle, [CarrierEventSignal]>('orderLifecycle', {
        ...start,
        signal: carrierEvent,
        signalArgs: [order.event],
      });
}

/** Tells the run that works off a channel's hints that there are some, and starts it if none runs. May be repeated. */
export async function wakeHints(client: Client, channelId: string): Promise<void> {
  const input: ImportInput = { channelId, hints: true };
  await client.workflow.signalWithStart<ImportOrders, []>('importOrders', {
    workflowId: hintImportId(channelId),
    taskQueue: WAYBILL_QUEUE,
    args: [input],
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    staticSummary: `hinted orders of ${channelId}`,
    typedSearchAttributes: [{ key: CHANNEL_ID_KEY, value: channelId }],
    signal: hintsWaiting,
    signalArgs: [],
  });
}

/** The state as of the lifecycle's last wake, or null when no run of it is kept. Needs a worker that polls. */
export async function queryState(
  client: Client,
  { channelId, orderId }: OrderAddress,
): Promise<OrderState | null> {
  try {
    return await client.workflow.getHandle(orderLifecycleId(channelId, orderId)).query(state);
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}

/** The door as the activities know it (`LifecycleDoor` in activities/deps.ts). */
export function lifecycleDoor(client: Client): {
  open(order: OrderAddress & { opened?: OpenedWith }): Promise<void>;
  wake(order: OrderAddress & { reason: string; event?: CarrierEventSignal }): Promise<void>;
  wakeHints(channelId: string): Promise<void>;
} {
  return {
    open: (order) => openLifecycle(client, order),
    wake: async (order) => void (await wakeLifecycle(client, order)),
    wakeHints: (channelId) => wakeHints(client, channelId),
  };
}

function lifecycleStart({ channelId, orderId }: OrderAddress): {
  workflowId: string;
  taskQueue: string;
  args: [OrderLifecycleInput];
  workflowIdReusePolicy: 'ALLOW_DUPLICATE';
  staticSummary: string;
  priority: Priority;
  typedSearchAttributes: SearchAttributePair[];
} {
  return {
    workflowId: orderLifecycleId(channelId, orderId),
    taskQueue: WAYBILL_QUEUE,
    args: [{ channelId, orderId }],
    // The order's row decides whether it is followed; a closed run never does.
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    staticSummary: `order ${String(orderId)} of ${channelId}`,
    priority: { priorityKey: OPENING_PRIORITY_KEY, fairnessKey: channelId },
    typedSearchAttributes: [
      { key: CHANNEL_ID_KEY, value: channelId },
      // Nearly every lifecycle opens here; a start that says so spares the run its first upsert.
      { key: ORDER_STAGE_KEY, value: 'imported' },
    ],
  };
}
