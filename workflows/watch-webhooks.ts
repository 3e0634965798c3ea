/**
 * Looks after a channel's webhooks at the store, every quarter of an hour. Where something may have been missed, orders
 * changed since then are imported again; the poll would find them too, but perhaps much later.
 */
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { ParentClosePolicy, proxyActivities, startChild, workflowInfo } from '@temporalio/workflow';
import { manualImportId } from '../domain/ids.ts';
import { missedFrom } from '../domain/webhook-plan.ts';
import { channelOf } from './channel-input.ts';
import type { WatchWebhooksInput, WatchWebhooksResult, WebhookActivities } from './contract.ts';
import type { importOrders } from './import-orders.ts';
import * as policies from './policies.ts';
import { showChannel } from './search-attributes.ts';

/** May be repeated. A webhook that the store refuses is an answer (`troubles`), not a failure of the run. */
export async function watchWebhooks(input: WatchWebhooksInput): Promise<WatchWebhooksResult> {
  const channelId = channelOf(input);
  showChannel(channelId);

  const store = proxyActivities<Pick<WebhookActivities, 'keepWebhooks'>>(policies.storeCheck(channelId));
  const remove = input.remove === true;
  const summary = remove
    ? `removes the webhooks of ${channelId}`
    : `looks after the webhooks of ${channelId}`;
  const look = await store.keepWebhooks.executeWithOptions({ summary }, [
    { channelId, ...(remove ? { remove } : {}) },
  ]);

  if (look.silentSince !== null) await readAgain(channelId, look.silentSince, look.lookedAt);
  return look;
}

/** The import outlives this run; one of the same gap that runs already is as good. */
async function readAgain(channelId: string, silentSince: string, lookedAt: string): Promise<void> {
  try {
    await startChild<typeof importOrders>('importOrders', {
      workflowId: manualImportId(channelId, `missed-${silentSince}`),
      args: [{ channelId, from: missedFrom(silentSince), basis: 'modified' }],
      parentClosePolicy: ParentClosePolicy.ABANDON,
      typedSearchAttributes: workflowInfo().typedSearchAttributes,
      staticSummary: `orders of ${channelId} that its webhooks may have missed`,
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
  const database = proxyActivities<Pick<WebhookActivities, 'webhooksRead'>>(policies.database);
  await database.webhooksRead.executeWithOptions({ summary: 'what was missed is being read' }, [
    { channelId, upTo: lookedAt },
  ]);
}
