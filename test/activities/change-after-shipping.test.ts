// What the store changes of an order whose parcel is on its way asks for a person, and what does not matter to it does not.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { getOrder } from '../../db/orders.ts';
import type { Order as SimulatedOrder } from '../../simulator/model.ts';
import { CHANNEL, event, importAll, openStoreSide, type StoreSide } from './store-side.ts';

let side: StoreSide;
beforeAll(async () => {
  side = await openStoreSide(import.meta.url);
});
afterAll(() => side.close());

async function row(orderId: number) {
  const found = await getOrder(side.db, CHANNEL, orderId);
  if (found === null) throw new Error('the order is stored');
  return found;
}

/** Imported, labelled and with the carrier. */
async function shippedOrder(): Promise<SimulatedOrder> {
  const [id = 0] = side.store.addOrders([
    {
      kind: 'plain',
      lines: [
        { sku: 'A', quantity: 2 },
        { sku: 'B', quantity: 1 },
      ],
    },
  ]);
  await importAll(side, { orderIds: [id] });
  const shipment = { trackingNumber: `T${String(id)}` } as const;
  const parcel = { replaces: null, carrier: 'usps', service: null, trackingUrl: null };
  await event(side, id, 'label.created', { shipment: { ...parcel, ...shipment } });
  await event(side, id, 'shipment.external', { shipment: { ...parcel, ...shipment } });
  expect(await row(id)).toMatchObject({ stage: 'shipped', attention: null });
  const order = side.store.state.order(id);
  if (order === undefined) throw new Error('the order was just made');
  return order;
}

type Change = (order: SimulatedOrder) => void;
const edit = (order: SimulatedOrder, change: Parameters<typeof side.store.editOrder>[1]): void =>
  void side.store.editOrder(order.id, change);

describe('after shipping', () => {
  const asks: [what: string, change: Change, said: RegExp][] = [
    [
      'another address',
      (order) => edit(order, { shipping_address: { street_1: '9 Elsewhere' } }),
      /delivery address of consignment/,
    ],
    ['a new line', (order) => edit(order, { lines: [{ sku: 'NEW', quantity: 1 }] }), /line \d+ \(0 → 1\)/],
    ['a line less', (order) => edit(order, { lines: [{ sku: 'B', remove: true }] }), /line \d+ \(1 → 0\)/],
    [
      'another quantity',
      (order) => edit(order, { lines: [{ sku: 'A', quantity: 5 }] }),
      /line \d+ \(2 → 5\)/,
    ],
    [
      'another shipping method',
      (order) => {
        for (const consignment of order.shipping) consignment.method = 'Overnight';
        edit(order, {});
      },
      /shipping method of consignment/,
    ],
    [
      'another total',
      (order) => {
        order.overrides['total_inc_tax'] = 12_345;
        edit(order, {});
      },
      /the total/,
    ],
  ];
  test.each(asks)('%s asks for a person', async (_, change, said) => {
    const order = await shippedOrder();
    change(order);
    expect((await importAll(side, { orderIds: [order.id] })).counts).toMatchObject({ updated: 1 });
    const { attention, attentionReason } = await row(order.id);
    expect(attention).toBe('changed');
    expect(attentionReason).toMatch(said);
    expect(attentionReason).not.toContain('Elsewhere');
  });

  const quiet: [what: string, change: Change][] = [
    ['a note of the staff', (order) => edit(order, { staff_notes: 'call first' })],
    ['a message of the shopper', (order) => edit(order, { customer_message: 'thanks' })],
  ];
  test.each(quiet)('%s asks for nobody', async (_, change) => {
    const order = await shippedOrder();
    change(order);
    expect((await importAll(side, { orderIds: [order.id] })).counts).toMatchObject({ updated: 1 });
    expect(await row(order.id)).toMatchObject({ attention: null, storeChange: null });
  });
});
