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

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** May be repeated at any time; an order that the store does not have is an answer, not a failure. */
export async function lookUpOrder(input: LookUpOrderInput): Promise<LookUpOrderResult> {
  const channelId = channelOf(input);
  const orderId = fieldOf(input, 'orderId');
  if (typeof orderId !== 'number' || !Number.isSafeInteger(orderId) || orderId < 1) {
    throw invalidInput(
      `"orderId" must be the store's order number. Example: {"channelId":"${channelId}","orderId":1001}`,
    );
  }
  const trace = fieldOf(input, 'trace');
  if (trace !== undefined && (typeof trace !== 'string' || !UUID.test(trace)))
    throw invalidInput('"trace" must be a UUID, as `waybill explain --debug` makes one.');
  showChannel(channelId);
  const store = proxyActivities<LookUpActivities>(policies.storeCheck(channelId));
  return store.lookUpOrder.executeWithOptions({ summary: `asks the store about order ${String(orderId)}` }, [
    { channelId, orderId, ...(trace === undefined ? {} : { trace }) },
  ]);
}
