/** What `reconcileChannel` asks of its activities: shapes only, part of `contract.ts`, through which they are imported. */
export interface ReconcileActivities {
  /** Puts every order whose row says open into the outbox, in keyed pages; lifecycles that run are untouched. */
  offerOpenOrders(input: {
    channelId: string;
    afterOrderId: number;
  }): Promise<{ offered: number; lastOrderId: number; done: boolean }>;
}
interface Compared {
  ordersRead: number;
  repaired: number;
  apiCalls: number;
}

export interface ReconcileStoreActivities {
  /** Compares one window of creations with the store by counts, then by list pages where they differ. */
  reconcileWindow(input: {
    channelId: string;
    from: string;
    to: string;
  }): Promise<Compared & { differs: boolean }>;
  /** Compares open orders by list pages, as many as one attempt may take. `lastOrderId` null or absent: that was all. */
  compareOpenOrders(input: {
    channelId: string;
    createdBefore: string;
    afterOrderId?: number;
  }): Promise<Compared & { shipmentsLost?: number; lastOrderId?: number | null }>;
}
