/**
 * Asks a store about one order and what the gate would say of it, for `waybill explain`; nothing is stored. A workflow
 * of its own and no mode of the import: an import has a run whose counts must add up, and it stores what it reads.
 */
import { proxyActivities } from '@temporalio/workflow';
import { channelOf, fieldOf } from './channel-input.ts';
import type { LookUpActivities, LookUpOrderInput, LookUpOrderResult } from './contract.ts';
import { invalidInput } from './failures.ts';
import * as policies from './policies.ts';
import { showChannel } from './search-attributes.ts';

/** May be repeated at any time; an order that the store does not have is an answer, not a failure. */
export async function lookUpOrder(input: LookUpOrderInput): Promise<LookUpOrderResult> {
  const channelId = channelOf(input);
  const orderId = fieldOf(input, 'orderId');
  if (typeof orderId !== 'number' || !Number.isSafeInteger(orderId) || orderId < 1) {
    throw invalidInput(
      `"orderId" must be the store's order number. Example: {"channelId":"${channelId}","orderId":1001}`,
    );
  }
  showChannel(channelId);
  const store = proxyActivities<LookUpActivities>(policies.storeCheck(channelId));
  return store.lookUpOrder.executeWithOptions({ summary: `asks the store about order ${String(orderId)}` }, [
    { channelId, orderId },
  ]);
}
