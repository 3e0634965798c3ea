// What a comparison makes of what people did in the store while nobody told us: it brings the row up to date, never
// writes against them, and says where a person should look.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { reconcileWindow } from '../../activities/reconcile-window.ts';
import { orderView } from '../../db/order-view.ts';
import { resendOrder } from '../../db/resend-steps.ts';
import { asAttempt, CHANNEL, settle, writeAll } from './store-side.ts';
import { openShop, say, setFulfillment, shipmentsIn, writesOf, type Shop } from './write-back-side.ts';

const DAY_MS = 86_400_000;
const second = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;

let shop: Shop;
beforeAll(async () => {
  shop = await openShop(import.meta.url, 10);
}, 120_000);
afterAll(() => shop.side.close());
beforeEach(() => setFulfillment(shop.side, { status: { on_delivered: true } }));

const ship = (orderId: number): string => `POST shipment T${String(orderId)} x2`;
/** The comparison of the window in which all orders were made, and what follows from it. */
async function compare(orderId: number) {
  const result = await asAttempt(() =>
    reconcileWindow(shop.side.deps, {
      ...{ channelId: CHANNEL, from: second(Date.now() - 30 * DAY_MS), to: second(Date.now() + 60_000) },
    }),
  );
  await settle(shop.side, orderId);
  const view = await orderView(shop.side.db, CHANNEL, orderId);
  return { repaired: result.repaired, statusId: view?.statusId, attention: view?.attention ?? null };
}
async function written(): Promise<number> {
  const orderId = shop.next();
  await say(shop.side, orderId, 'label.created');
  await compare(orderId);
  return orderId;
}

describe('a comparison with the store', () => {
  it.each([
    ['set it back to Awaiting Fulfillment', 11, null],
    ['set it to Completed', 10, null],
    // Paid and not refunded: money goes before the rest.
    ['cancelled it after its label was made', 5, 'money'],
    ['holds it for verification', 12, 'changed'],
  ] as const)(
    'finds that a person %s (%i), and writes nothing against it',
    async (_name, statusId, attention) => {
      const orderId = await written();
      shop.side.store.editOrder(orderId, { status_id: statusId });
      expect(await compare(orderId)).toEqual({ repaired: 1, statusId, attention });
      expect(await compare(orderId)).toMatchObject({ repaired: 0 });
      await say(shop.side, orderId, 'delivered');
      expect(writesOf(shop.side, orderId).filter((call) => call.startsWith('PUT order'))).toEqual([]);
    },
  );

  it('does not make a shipment anew that a person deleted; a resend does', async () => {
    const orderId = await written();
    shop.side.store.deleteShipment(orderId, shipmentsIn(shop.side, orderId)[0]?.id ?? 0);
    await compare(orderId);
    expect(await writeAll(shop.side, orderId)).toEqual([]);
    const now = shop.side.deps.clock();
    await resendOrder(shop.side.db, { channelId: CHANNEL, orderId, step: null, reason: '', by: 'ana', now });
    await writeAll(shop.side, orderId);
    expect(writesOf(shop.side, orderId)).toEqual([ship(orderId), ship(orderId)]);
    expect(shipmentsIn(shop.side, orderId)).toHaveLength(1);
  });
});
