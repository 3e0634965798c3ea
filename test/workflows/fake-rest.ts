// The activities of the small workflows: a check, a comparison of two pages, a sweep.
import type {
  ChannelActivities,
  ReconcileActivities,
  ReconcileStoreActivities,
  SweepActivities,
  WebhookActivities,
} from '../../workflows/contract.ts';

export class FakeRest {
  readonly compared: { from: string; to: string }[] = [];
  readonly sweeps: unknown[] = [];
  /** Since when something was missed, by channel; forgotten once it is being read. */
  readonly missed = new Map<string, string>();
  readonly looks: unknown[] = [];

  activities(): ChannelActivities &
    ReconcileActivities &
    ReconcileStoreActivities &
    SweepActivities &
    WebhookActivities {
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
      // In two goes, as where there are more open orders than one attempt may compare.
      compareOpenOrders: async ({ afterOrderId }) => ({
        ...{ ordersRead: 0, repaired: 0, apiCalls: 0 },
        ...(afterOrderId === 0
          ? { shipmentsLost: 1, lastOrderId: 2000 }
          : { shipmentsLost: 2, lastOrderId: null }),
      }),
      keepWebhooks: async (input) => {
        this.looks.push(input);
        return {
          channelId: input.channelId,
          wanted: 3,
          inPlace: 3,
          made: 0,
          switchedOn: this.missed.has(input.channelId) ? 1 : 0,
          removed: 0,
          troubles: [],
          silentSince: this.missed.get(input.channelId) ?? null,
          lookedAt: '2026-03-01T10:15:00.000Z',
        };
      },
      webhooksRead: async ({ channelId }) => void this.missed.delete(channelId),
      sweepOnce: async (input) => {
        this.sweeps.push(input);
        return { outboxDelivered: 1, parkedApplied: 0, hintRunsStarted: 0, lifecyclesWoken: 0 };
      },
    };
  }
}
