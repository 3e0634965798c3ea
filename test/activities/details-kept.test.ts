// What a slice that is tried again takes from the shelf of its run makes the same order as what the store answered.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { detailsOfOrders } from '../../activities/order-details.ts';
import { contentHash, type RowRules } from '../../activities/order-rows.ts';
import { runShelf } from '../../activities/run-shelf.ts';
import { storeFactsOf } from '../../activities/store-facts.ts';
import { readOrder } from '../../bigcommerce/translate.ts';
import { requireChannel } from '../../db/channels.ts';
import { completeOrder } from '../../domain/import-order.ts';
import type { Order } from '../../domain/order.ts';
import { detailRules, localFields, orderRules } from '../../settings/import-rules.ts';
import { gateRules } from '../../settings/rules.ts';
import { clientAt } from '../bigcommerce/simulated.ts';
import { beginImportRun, CHANNEL, openStoreSide, STORE_HASH, TOKEN, type StoreSide } from './store-side.ts';

let side: StoreSide;
beforeAll(async () => {
  // A gateway to look for makes the import ask for the payments of unpaid orders.
  side = await openStoreSide(import.meta.url, {
    settings: { orders: { import: { cod: { gateway_codes: ['cod'] } } } },
  });
});
afterAll(() => side.close());

test('refunds and payments that were kept have the same content hash as when they were read', async () => {
  const ids = side.store.addOrders([
    { kind: 'partially_refunded' },
    { kind: 'awaiting_payment' },
    { kind: 'plain' },
  ]);
  const run = await beginImportRun(side);
  const channel = await requireChannel(side.db, CHANNEL);
  const facts = storeFactsOf(channel);
  const rules: RowRules = {
    gate: { ...gateRules(channel.settings), everyStatus: true, lookback: null },
    order: orderRules(channel.settings, facts),
    details: detailRules(channel.settings, facts),
    imageSize: 'standard',
    local: localFields(channel.settings),
    horizonDays: 365,
  };
  const orders = ids.map((id): Order => {
    const read = readOrder(side.store.order(id).order, { storeHash: STORE_HASH });
    if (!read.ok) throw new Error(read.problem);
    return read.order;
  });
  const client = clientAt(side.simulator.url, STORE_HASH, TOKEN);
  const attempt = async (): Promise<Order[]> => {
    const details = await detailsOfOrders(
      { client, rules, shelf: runShelf(side.deps, run.id), logger: side.deps.logger, mayCall: () => true },
      orders,
    );
    return orders.map((order, at) => completeOrder(order, rules.order, details[at]));
  };
  const read = await attempt();
  const asked = side.store.requests().list.length;
  const kept = await attempt();
  expect(side.store.requests().list).toHaveLength(asked);
  expect(read.map((order) => order.refunds?.length ?? 0)).toEqual([1, 0, 0]);
  expect(read.some((order) => (order.payments?.length ?? 0) > 0)).toBe(true);
  expect(kept).toEqual(read);
  expect(kept.map(contentHash)).toEqual(read.map(contentHash));
});
