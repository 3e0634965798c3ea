// Known orders read again: what changed is told field by field, older versions change nothing, a cancellation in the
// store ends the order here, and what is not the store's stays.
import { afterEach, describe, expect, it } from 'vitest';
import { listDecisions } from '../../db/decisions.ts';
import { editOrderFields } from '../../db/order-fields.ts';
import { getOrder } from '../../db/orders.ts';
import { orderLabel } from '../../domain/order-label.ts';
import { CHANNEL, importAll, openStoreSide, settle, type StoreSide } from './store-side.ts';

let side: StoreSide;
afterEach(async () => {
  await side.close();
});
async function oneOrder(settings: object = {}): Promise<number> {
  side = await openStoreSide(import.meta.url, { settings: { orders: { import: settings } } });
  const [orderId = 0] = side.store.addOrders([{ kind: 'plain' }]);
  await importAll(side);
  return orderId;
}
async function row(orderId: number) {
  const found = await getOrder(side.db, CHANNEL, orderId);
  if (found === null) throw new Error('the order is stored');
  return found;
}
const history = async (orderId: number) =>
  (await listDecisions(side.db, { channelId: CHANNEL, orderId, kind: 'event' })).map(({ detail }) => detail);

describe('a refresh', () => {
  it('tells which fields changed, and no personal value (Q-15)', async () => {
    const orderId = await oneOrder();
    side.store.editOrder(orderId, { status_id: 9, staff_notes: 'secret of a shopper' });
    const run = await importAll(side, { orderIds: [orderId] });
    expect(run.counts).toMatchObject({ updated: 1 });
    const [told] = await history(orderId);
    expect(told).toContain('status 11 (Awaiting Fulfillment) → 9 (Awaiting Shipment)');
    expect(told).toContain('staffNotes changed');
    expect(told).not.toContain('secret');
    await importAll(side, { orderIds: [orderId] });
    expect(await history(orderId)).toHaveLength(1);
  });

  it('in an excluded status ends the order and its lifecycle (X-24)', async () => {
    const orderId = await oneOrder();
    side.store.editOrder(orderId, { status_id: 5 });
    await importAll(side, { orderIds: [orderId] });
    expect(await row(orderId)).toMatchObject({ statusId: 5, stage: 'cancelled' });
    expect((await settle(side, orderId)).done).toBe(true);
    expect(await row(orderId)).toMatchObject({ lifecycleState: 'closed', closedReason: 'end' });
  });

  it('leaves an address that a person set, and shows beside it what the store says now (Q-44)', async () => {
    const orderId = await oneOrder();
    const address = { consignmentId: null, set: { city: 'Shelbyville' }, unset: [] };
    await editOrderFields(side.db, {
      channelId: CHANNEL,
      orderId,
      by: 'ann',
      now: side.deps.clock(),
      defaults: {},
      fields: { address },
    });
    side.store.editOrder(orderId, { shipping_address: { city: 'Capital City', street_1: '9 New Road' } });
    expect((await importAll(side, { orderIds: [orderId] })).counts).toMatchObject({ updated: 1 });
    const { canonical, local } = await row(orderId);
    expect(orderLabel(canonical, local).destinations).toMatchObject([
      {
        addressFrom: 'operator',
        shipTo: { city: 'Shelbyville', street1: '9 New Road' },
        storeAddress: { city: 'Capital City' },
      },
    ]);
    expect(Object.values(local.edited ?? {})).toMatchObject([{ by: 'ann' }]);
  });

  it('leaves what the store does not own (Q-28, Q-44, X-12)', async () => {
    const orderId = await oneOrder({
      parcels: { default_count: 2 },
      weight: { default: 9, apply: 'always' },
    });
    const label = async () => {
      const { canonical, local } = await row(orderId);
      return orderLabel(canonical, local);
    };
    expect((await label()).parcels).toEqual({ count: 2, by: 'default' });
    expect((await label()).weight).toMatchObject({ value: '9.0000', source: 'default' });
    const now = side.deps.clock();
    const edit = { channelId: CHANNEL, orderId, by: 'ann', now, defaults: {} };
    await editOrderFields(side.db, {
      ...edit,
      fields: { parcels: 3, weight: { value: '1.5000', unit: 'kg' } },
    });
    side.store.editOrder(orderId, { status_id: 9 });
    await importAll(side, { orderIds: [orderId] });
    expect((await label()).parcels).toEqual({ count: 3, by: 'operator' });
    expect((await label()).weight).toEqual({ value: '1.5000', unit: 'kg', source: 'operator' });
    expect((await label()).storeWeight.source).toBe('line');
    // "Take from store": the edit goes, and with it the default.
    await editOrderFields(side.db, { ...edit, fields: { weight: null } });
    expect((await label()).weight.source).toBe('line');
    expect(await editOrderFields(side.db, { ...edit, orderId: 99_999, fields: { parcels: 3 } })).toBeNull();
  });
});
