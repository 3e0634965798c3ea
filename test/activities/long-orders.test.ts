// Orders that are longer than one answer of the store: every line and every payment of them, and no page asked for twice.
import { afterEach, describe, expect, it, test } from 'vitest';
import { getOrder } from '../../db/orders.ts';
import type { Order } from '../../domain/order.ts';
import {
  beginImportRun,
  CHANNEL,
  failureOf,
  importAll,
  openStoreSide,
  slice,
  type StoreSide,
} from './store-side.ts';

let side: StoreSide;
afterEach(() => side.close());

async function stored(orderId: number | undefined): Promise<Order> {
  const row = await getOrder(side.db, CHANNEL, orderId ?? 0);
  if (row === null) throw new Error(`order ${String(orderId)} is not stored`);
  return row.canonical;
}
const callsTo = (part: string): number =>
  side.store.requests().list.filter((call) => call.path.includes(part)).length;

/** Unpaid, so that its payments are asked for; its first payment is the one that the store made. */
function addOrderWithPayments(count: number): number {
  const [id = 0] = side.store.addOrders([{ kind: 'cod', paymentMethod: 'Contanti alla consegna' }]);
  const order = side.store.state.order(id);
  const [first] = order?.transactions ?? [];
  if (order === undefined || first === undefined) throw new Error('the order was just made, with a payment');
  for (let n = 1; n < count; n += 1)
    order.transactions.push({ ...first, id: first.id + 1_000_000 + n, event: 'authorization', cents: n });
  return id;
}

describe('payments', () => {
  it.each([
    [249, 1],
    [250, 1],
    [251, 2],
    [260, 2],
    [750, 3],
  ])('%i of one order are all read, in %i calls (K-34)', async (count, calls) => {
    side = await openStoreSide(import.meta.url);
    const id = addOrderWithPayments(count);
    await importAll(side);
    const order = await stored(id);
    expect(order.payments).toHaveLength(count);
    expect(new Set(order.payments?.map((payment) => payment.id)).size).toBe(count);
    expect(order.warnings.map(({ code }) => code)).not.toContain('payments_cut');
    expect(order.isCod).toBe(true);
    expect(callsTo('/transactions')).toBe(calls);
  });

  it('of a page that came are not asked for again when the next one fails', async () => {
    side = await openStoreSide(import.meta.url);
    const id = addOrderWithPayments(260);
    side.store.setFaults([{ match: { path: 'transactions' }, fault: '500', skip: 1, times: 1 }]);
    const run = await beginImportRun(side);
    expect(await failureOf(slice(side, run.id))).toMatchObject({ type: 'BigCommerceUnavailable' });
    expect(await slice(side, run.id, 2)).toMatchObject({ done: true, changed: 1 });
    // The first page once, the second one twice: its first answer was lost.
    expect(callsTo('/transactions')).toBe(3);
    expect((await stored(id)).payments).toHaveLength(260);
  });
});

test.each([50, 51, 249, 250, 251, 510])('of %i lines of one order none is missing', async (count) => {
  side = await openStoreSide(import.meta.url);
  const lines = Array.from({ length: count }, (_, n) => ({ sku: `S${String(n)}`, quantity: 1 }));
  const [id] = side.store.addOrders([{ kind: 'plain', lines }]);
  await importAll(side);
  const order = await stored(id);
  expect(order.lineItems.map(({ sku }) => sku).sort()).toEqual(lines.map(({ sku }) => sku).sort());
  expect(order.itemsTotal).toBe(count);
});
