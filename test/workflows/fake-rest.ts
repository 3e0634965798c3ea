// The activities of the small workflows: a check, a comparison of two pages, a sweep.
import type {
  ChannelActivities,
  ReconcileActivities,
  ReconcileStoreActivities,
  SweepActivities,
} from '../../workflows/contract.ts';

export class FakeRest {
  readonly compared: { from: string; to: string }[] = [];
  readonly sweeps: unknown[] = [];

  activities(): ChannelActivities & ReconcileActivities & ReconcileStoreActivities & SweepActivities {
    return {
      checkChannel: async ({ channelId }) => ({
        ok: true,
        channelId,
        storeHash: 'abc123',
        storeName: 'A shop',
        clockSkewMs: 0,
        findings: [{ probe: 'orders', ok: true, message: 'orders can be read' }],
      }),
      offerOpenOrders: async ({ afterOrderId }) => ({
        offered: 2,
        lastOrderId: afterOrderId + 2,
        done: afterOrderId >= 2,
      }),
      reconcileWindow: async ({ from, to }) => {
        this.compared.push({ from, to });
        const differs = this.compared.length === 1;
        return { differs, ordersRead: differs ? 3 : 0, repaired: differs ? 1 : 0, apiCalls: 1 };
      },
      sweepOnce: async (input) => {
        this.sweeps.push(input);
        return { outboxDelivered: 1, parkedApplied: 0, hintRunsStarted: 0, lifecyclesWoken: 0 };
      },
    };
  }
}
