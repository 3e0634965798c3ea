/** The bundle's entry: the workflows by the names under which histories and schedules know them, and nothing else. */
import './stack-depth.ts';
export { checkChannel } from './check-channel.ts';
export { importOrders } from './import-orders.ts';
export { lookUpOrder } from './look-up-order.ts';
export { orderLifecycle } from './order-lifecycle.ts';
export { reconcileChannel } from './reconcile-channel.ts';
export { sweep } from './sweep.ts';
export { watchWebhooks } from './watch-webhooks.ts';
