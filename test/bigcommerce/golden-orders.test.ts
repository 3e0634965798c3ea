// One file per kind of order that a store can hold: what we keep of it, and what a label gets. A change here is a change of
// what people see, so it is looked at: renew with `npx vitest run test/bigcommerce/golden-orders.test.ts -u` and read the
// difference. The orders come from the simulated store over HTTP, each kind from a store of its own.
import { format } from 'prettier';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createStoreClient } from '../../bigcommerce/client.ts';
import { readOrder, readProducts } from '../../bigcommerce/translate.ts';
import { codJudge } from '../../domain/cash-on-delivery.ts';
import { completeOrder, NO_DETAILS, type OrderRules } from '../../domain/import-order.ts';
import { orderLabel } from '../../domain/order-label.ts';
import { ORDER_KIND_NAMES } from '../../simulator/order-kinds.ts';
import { startSimulator, type Simulator } from '../../simulator/server.ts';
import { wireConsignmentsOf, wireLineItem, wireOrderOf, wireShipping } from './orders-on-the-wire.ts';

const RULES: OrderRules = {
  cod: codJudge({
    gatewayCodes: ['cod'],
    paymentMethods: ['Cash on Delivery'],
    statusLabels: [],
    paymentStatuses: [],
  }),
  productOptions: { size: ['Size'], hs_code: ['HS Code'], color: ['Color', 'Colour'] },
  hsCode: { sources: ['option', 'customs_information', 'channel_default'], default: null },
  storeUnit: 'kg',
  pickupPoints: {
    sources: [{ where: 'address_form_field', key: 'Pickup point' }],
    fields: { id: 'id', name: 'name', city: 'city' },
    useAsDestination: true,
  },
};
const LOCAL = { parcels: { count: 1, by: 'default' } } as const;
const TOKEN = 'token-of-the-tests';
const hashOf = (kind: string) => kind.replaceAll('_', '');

let simulator: Simulator;
beforeAll(async () => {
  simulator = await startSimulator({
    stores: ORDER_KIND_NAMES.map((kind) => ({ storeHash: hashOf(kind), token: TOKEN, quota: null })),
  });
});
afterAll(async () => {
  await simulator.close();
});

async function golden(name: string, content: unknown): Promise<void> {
  const text = await format(JSON.stringify(content), { parser: 'json', printWidth: 110 });
  await expect(text).toMatchFileSnapshot(`../fixtures/golden-orders/${name}.json`);
}

describe('what is kept of an order', () => {
  it.each(ORDER_KIND_NAMES)('of kind %s is as its golden file says', async (kind) => {
    const storeHash = hashOf(kind);
    simulator
      .store(storeHash)
      .addOrders([
        { kind, id: 4711, dateCreated: '2026-03-02T09:30:00Z', dateModified: '2026-03-02T10:00:00Z' },
      ]);
    const client = createStoreClient({
      apiBaseUrl: simulator.url,
      storeHash,
      token: TOKEN,
      timeoutMs: () => 30_000,
      userAgent: 'Waybill/test',
      allowLoopback: true,
      extraHosts: [],
    });
    const { order: raw } = await client.getOrder(4711);
    let read = readOrder(raw, { storeHash });
    if (read.ok && read.linesIncomplete) {
      const lines = readProducts(await client.orderProducts(4711, 1), 4711);
      if (!lines.ok) throw new Error(lines.problem);
      read = readOrder(raw, { storeHash, lines: lines.lines });
    }
    if (!read.ok) throw new Error(read.problem);
    const order = completeOrder(read.order, RULES, NO_DETAILS);
    await golden(kind, { order, label: orderLabel(order, LOCAL) });
  });

  it('is all that a label needs of one rich order (Q-46)', async () => {
    const option = (name: string, value: string) => ({
      display_name: name,
      display_value: value,
      type: 'Swatch',
    });
    const raw = wireOrderOf({
      custom_status: 'Da spedire',
      payment_method: 'Contanti alla consegna',
      payment_status: '',
      subtotal_inc_tax: '34.0000',
      shipping_cost_inc_tax: '5.0000',
      gift_certificate_amount: '4.0000',
      order_source: 'manual',
      external_source: 'ERP',
      external_order_id: 'A-77',
      customer_message: 'Ring twice.',
      items_total: 4,
      consignments: wireConsignmentsOf({
        shipping: [
          wireShipping({
            country: 'Italy',
            country_iso2: 'IT',
            form_fields: [
              { name: 'Pickup point', value: '{"id":"IT-0042","name":"Bar Sport","city":"Roma"}' },
            ],
            line_items: [
              wireLineItem({ product_options: [option('colour', 'Blue'), option('Size', 'M')] }),
              wireLineItem({
                id: 16,
                product_id: 88,
                variant_id: 0,
                weight: 0,
                quantity: 1,
                product_options: [],
              }),
            ],
          }),
        ],
        pickups: [
          {
            id: 12,
            pickup_method_id: 3,
            pickup_method_display_name: 'Collect at the main shop',
            collection_instructions: 'Bring your order number.',
            location: { id: 1, name: 'Main shop', code: 'MAIN', city: 'Austin', country_alpha2: 'US' },
            line_items: [
              wireLineItem({ id: 17, order_address_id: 0, order_pickup_method_id: 12, quantity: 1 }),
            ],
          },
        ],
      }),
      fees: [{ display_name_customer: 'Fragile', cost_inc_tax: '2.2000' }],
    });
    const read = readOrder(raw, { storeHash: 'abc123' });
    if (!read.ok) throw new Error(read.problem);
    const order = completeOrder(read.order, RULES, {
      ...NO_DETAILS,
      products: new Map([
        [77, { imageUrl: 'https://cdn.example/mug.jpg', weight: '0.4000', variants: {} }],
        [
          88,
          {
            imageUrl: null,
            weight: '1.2500',
            variants: { 0: { imageUrl: 'https://cdn.example/pot.jpg', weight: null } },
          },
        ],
      ]),
      customs: new Map([
        [77, { originCountry: 'PT', description: 'Ceramic mug', hsCodes: { IT: '69120025', ALL: '691200' } }],
      ]),
      payments: [
        {
          id: 1,
          at: '2018-01-10T21:05:31Z',
          event: 'pending',
          method: 'offline',
          gateway: 'cod',
          amount: '29.0000',
          currency: 'USD',
          ok: true,
          test: false,
        },
      ],
    });
    expect(order).toMatchObject({ isCod: true, codReason: 'gateway "cod"', codAmount: '25.0000' });
    expect(order.lineItems[0]).toMatchObject({
      fields: { size: 'M', color: 'Blue' },
      customs: { hsCode: '69120025', hsCodeFrom: 'customs_information', originCountry: 'PT' },
    });
    await golden('rich', { order, label: orderLabel(order, LOCAL) });
  });
});
