/** `createActivities(deps)`: every activity of the contract, by the name under which workflows call it. */
import type {
  ChannelActivities,
  ImportDatabaseActivities,
  ImportStoreActivities,
  LookUpActivities,
  OrderActivities,
  ReconcileActivities,
  ReconcileStoreActivities,
  SettleActivities,
  SweepActivities,
  WebhookActivities,
  WriteBackActivities,
} from '../workflows/contract.ts';
import { checkChannel } from './check-channel.ts';
import type { ActivityDeps } from './deps.ts';
import { compareOpenOrders } from './compare-open-orders.ts';
import { importHints } from './import-hints.ts';
import { beginImport, failImport, finishImport } from './import-runs.ts';
import { importSlice } from './import-slice.ts';
import { lookUpOrder } from './look-up-order.ts';
import { offerOpenOrders } from './offer-open-orders.ts';
import { keepWebhooks, webhooksRead } from './keep-webhooks.ts';
import { openLifecycles } from './open-lifecycles.ts';
import { recordOperatorWord, recordRunCancelled, requestImport } from './order-actions.ts';
import { reconcileWindow } from './reconcile-window.ts';
import { runWriteBack } from './run-write-back.ts';
import { settleOrder } from './settle-order.ts';
import { sweepOnce } from './sweep.ts';

/** On queue `waybill`: the database and Temporal. */
export type DatabaseActivities = SettleActivities &
  OrderActivities &
  ImportDatabaseActivities &
  ReconcileActivities &
  SweepActivities &
  Pick<WebhookActivities, 'webhooksRead'>;

/** On queue `bigcommerce`: calls to stores. */
export type StoreActivities = WriteBackActivities &
  ImportStoreActivities &
  LookUpActivities &
  ChannelActivities &
  ReconcileStoreActivities &
  Pick<WebhookActivities, 'keepWebhooks'>;

export interface Activities {
  database: DatabaseActivities;
  store: StoreActivities;
}

/** Wires every activity to what it needs; nothing is called yet. */
export function createActivities(deps: ActivityDeps): Activities {
  return {
    database: {
      settleOrder: (input) => settleOrder(deps, input),
      requestImport: (input) => requestImport(deps, input),
      recordOperatorWord: (input) => recordOperatorWord(deps, input),
      recordRunCancelled: (input) => recordRunCancelled(deps, input),
      beginImport: (input) => beginImport(deps, input),
      finishImport: (input) => finishImport(deps, input),
      failImport: (input) => failImport(deps, input),
      openLifecycles: (input) => openLifecycles(deps, input),
      offerOpenOrders: (input) => offerOpenOrders(deps, input),
      sweepOnce: (input) => sweepOnce(deps, input),
      webhooksRead: (input) => webhooksRead(deps, input),
    },
    store: {
      importSlice: (input) => importSlice(deps, input),
      importHints: (input) => importHints(deps, input),
      checkChannel: (input) => checkChannel(deps, input),
      lookUpOrder: (input) => lookUpOrder(deps, input),
      reconcileWindow: (input) => reconcileWindow(deps, input),
      compareOpenOrders: (input) => compareOpenOrders(deps, input),
      runWriteBack: (input) => runWriteBack(deps, input),
      keepWebhooks: (input) => keepWebhooks(deps, input),
    },
  };
}
