/**
 * Starts what operators start by hand beside imports: checks, comparisons, sweeps, with the ids of design section 4. Each
 * refuses a second run of its id, by `WorkflowExecutionAlreadyStartedError`; whether to join that is the caller's.
 */
import type { Client, WorkflowHandle } from '@temporalio/client';
import { checkChannelId, lookUpId, reconcileId, watchWebhooksId } from '../../domain/ids.ts';
import {
  WAYBILL_QUEUE,
  type CheckChannelInput,
  type LookUpOrderInput,
  type ReconcileInput,
  type SweepInput,
  type WatchWebhooksInput,
  type WaybillWorkflows,
} from '../../workflows/contract.ts';
import { CHANNEL_ID_KEY } from '../temporal.ts';

export async function startCheck(
  client: Client,
  input: CheckChannelInput,
): Promise<WorkflowHandle<WaybillWorkflows['checkChannel']>> {
  const { channelId } = input;
  return client.workflow.start<WaybillWorkflows['checkChannel']>('checkChannel', {
    ...common(channelId, `check of ${channelId} by hand`),
    workflowId: checkChannelId(channelId),
    args: [input],
  });
}

export async function startWatchWebhooks(
  client: Client,
  input: WatchWebhooksInput,
): Promise<WorkflowHandle<WaybillWorkflows['watchWebhooks']>> {
  const { channelId } = input;
  return client.workflow.start<WaybillWorkflows['watchWebhooks']>('watchWebhooks', {
    ...common(channelId, `look after the webhooks of ${channelId} by hand`),
    workflowId: watchWebhooksId(channelId),
    args: [input],
  });
}

export async function startLookUp(
  client: Client,
  input: LookUpOrderInput,
): Promise<WorkflowHandle<WaybillWorkflows['lookUpOrder']>> {
  const { channelId, orderId } = input;
  return client.workflow.start<WaybillWorkflows['lookUpOrder']>('lookUpOrder', {
    ...common(channelId, `what the store has of order ${String(orderId)} of ${channelId}`),
    workflowId: lookUpId(channelId, orderId),
    args: [input],
  });
}

export async function startReconcile(
  client: Client,
  input: ReconcileInput,
): Promise<WorkflowHandle<WaybillWorkflows['reconcileChannel']>> {
  return client.workflow.start<WaybillWorkflows['reconcileChannel']>('reconcileChannel', {
    ...common(input.channelId, `comparison of ${input.channelId} with its store, by hand`),
    workflowId: reconcileId(input.channelId),
    args: [input],
  });
}

/** The caller chooses the id: one for all channels, one for each. */
export async function startSweep(
  client: Client,
  { workflowId, input }: { workflowId: string; input: SweepInput },
): Promise<WorkflowHandle<WaybillWorkflows['sweep']>> {
  const { channelId } = input;
  return client.workflow.start<WaybillWorkflows['sweep']>('sweep', {
    ...(channelId === undefined
      ? { taskQueue: WAYBILL_QUEUE, staticSummary: 'sweep of all channels by hand', ...PLAIN_START }
      : common(channelId, `sweep of ${channelId} by hand`)),
    workflowId,
    args: [input],
  });
}

const PLAIN_START = { workflowIdReusePolicy: 'ALLOW_DUPLICATE', workflowIdConflictPolicy: 'FAIL' } as const;

function common(channelId: string, staticSummary: string) {
  return {
    ...PLAIN_START,
    taskQueue: WAYBILL_QUEUE,
    staticSummary,
    typedSearchAttributes: [{ key: CHANNEL_ID_KEY, value: channelId }],
  };
}
