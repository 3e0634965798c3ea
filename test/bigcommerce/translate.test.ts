// How a store's order becomes ours: what is taken, what is refused and how a refusal speaks.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Order } from '../../domain/order.ts';
import { readIdentity, readOrder, readProducts } from '../../bigcommerce/translate.ts';
import { wireConsignmentsOf, wireLineItem, wireOrderOf, wireShipping } from './orders-on-the-wire.ts';

const context = { storeHash: 'abc123' };

function orderOf(raw: unknown, more: Partial<Parameters<typeof readOrder>[1]> = {}): Order {
  const read = readOrder(raw, { ...context, ...more });
  if (!read.ok) throw new Error(`unreadable: ${read.problem}`);
  return read.order;
}

function problemOf(raw: unknown): string {
  const read = readOrder(raw, context);
  if (read.ok) throw new Error('was read');
  return read.problem;
}

function isIncomplete(raw: unknown): boolean {
  const read = readOrder(raw, context);
  if (!read.ok) throw new Error(`unreadable: ${read.problem}`);
  return read.linesIncomplete;
}

describe('an order that is read', () => {
  it('has the canonical shape and nothing beside it', () => {
    expect(
      orderOf(
        wireOrderOf({
          surprise: 'a new field of the API',
          billing_address: { ...(wireOrderOf()['billing_address'] as object), shoe_size: 46 },
        }),
      ),
    ).toEqual({
      schemaVersion: 2,
      orderId: 1001,
      storeHash: 'abc123',
      storefrontId: 1,
      createdAt: '2018-01-10T21:05:30Z',
      modifiedAt: '2018-12-05T20:16:55Z',
      statusId: 11,
      statusLabel: '',
      archived: false,
      paymentStatus: 'captured',
      paymentMethod: 'Credit Card',
      isCod: false,
      codReason: null,
      codAmount: null,
      currency: 'USD',
      shopperCurrency: { code: 'EUR', rate: '' },
      totalIncTax: '29.0000',
      totals: {
        subtotalIncTax: '0.0000',
        shippingIncTax: '0.0000',
        handlingIncTax: '0.0000',
        wrappingIncTax: '0.0000',
        discount: '0.0000',
        couponDiscount: '0.0000',
        storeCredit: '0.0000',
        giftCertificates: '0.0000',
        totalTax: '0.0000',
      },
      customerId: 20,
      origin: { source: '', cartId: null, merchantId: null, externalId: null },
      externalOrderId: null,
      externalSource: null,
      customerMessage: '',
      staffNotes: '',
      billingAddress: {
        firstName: 'Jane',
        lastName: 'Doe',
        company: '',
        street1: '455 Main Street',
        street2: '',
        city: 'Austin',
        state: '',
        postalCode: '78751',
        country: 'United States',
        countryIso2: 'US',
        phone: '',
        email: 'jane@example.com',
      },
      consignments: [
        {
          kind: 'shipping',
          id: 9,
          address: expect.objectContaining({ city: 'Austin', street1: '455 Main Street' }) as unknown,
          shippingMethod: 'Flat rate',
          costIncTax: '0.0000',
          formFields: [],
          pickupPoint: null,
          orderProductIds: [15],
        },
      ],
      lineItems: [
        {
          orderProductId: 15,
          productId: 77,
          variantId: 78,
          kind: 'physical',
          sku: 'MUG-1',
          name: 'Mug',
          quantity: 2,
          quantityShipped: 0,
          quantityRefunded: 0,
          orderAddressId: 9,
          pickupId: null,
          parentId: null,
          upc: '',
          weight: '0.4000',
          weightSource: 'line',
          unitPriceIncTax: '12.0000',
          totalIncTax: '24.0000',
          options: [{ name: 'Color', value: 'Blue' }],
          fields: {},
          customs: null,
          imageUrl: null,
        },
      ],
      itemsTotal: 2,
      weight: { value: '0.0000', unit: null, source: 'none' },
      fees: [],
      payments: null,
      refunds: null,
      warnings: [],
    });
  });

  it('has the same money whether it came as text or as a number', () => {
    const asText = wireOrderOf({ total_inc_tax: '49.5000' });
    const asNumber = wireOrderOf({
      total_inc_tax: 49.5,
      consignments: wireConsignmentsOf({
        shipping: [
          wireShipping({ line_items: [wireLineItem({ price_inc_tax: 12, total_inc_tax: 24, weight: 0.4 })] }),
        ],
      }),
    });
    expect(orderOf(asNumber)).toEqual(orderOf(asText));
    expect(orderOf(wireOrderOf({ total_inc_tax: '49.5' })).totalIncTax).toBe('49.5000');
    expect(orderOf(wireOrderOf({ total_inc_tax: '-0.0000' })).totalIncTax).toBe('0.0000');
  });

  it('is the same in the object form and in the older array form of consignments', () => {
    expect(orderOf(wireOrderOf({ consignments: [wireConsignmentsOf()] }))).toEqual(orderOf(wireOrderOf()));
  });

  it('has seconds in UTC whatever offset the date was written with', () => {
    expect(orderOf(wireOrderOf({ date_modified: 'Wed, 05 Dec 2018 22:16:55 +0200' })).modifiedAt).toBe(
      '2018-12-05T20:16:55Z',
    );
    expect(orderOf(wireOrderOf({ date_modified: '2018-12-05T20:16:55+00:00' })).modifiedAt).toBe(
      '2018-12-05T20:16:55Z',
    );
  });

  it('takes ids and quantities that come as text', () => {
    const raw = wireOrderOf({
      id: '1001',
      consignments: wireConsignmentsOf({
        shipping: [wireShipping({ line_items: [wireLineItem({ quantity: '2' })] })],
      }),
    });
    expect(orderOf(raw)).toEqual(orderOf(wireOrderOf()));
  });

  it('places digital lines, gift certificates and pickups in their own consignments', () => {
    const order = orderOf(
      wireOrderOf({
        items_total: 5,
        consignments: {
          pickups: [
            {
              id: 3,
              pickup_method_display_name: 'In store',
              location: { id: 8, name: 'Downtown' },
              line_items: [
                wireLineItem({ id: 16, order_address_id: 0, order_pickup_method_id: 3, quantity: 1 }),
              ],
            },
          ],
          shipping: [wireShipping()],
          downloads: [
            {
              recipient_email: 'jane@example.com',
              line_items: [wireLineItem({ id: 17, type: 'digital', order_address_id: 0, quantity: 1 })],
            },
          ],
          email: {
            gift_certificates: [
              {
                recipient_email: 'joe@example.com',
                line_items: [
                  wireLineItem({ id: 18, type: 'giftcertificate', order_address_id: 0, quantity: 1 }),
                ],
              },
            ],
          },
        },
      }),
    );
    expect(order.consignments.map((consignment) => [consignment.kind, consignment.orderProductIds])).toEqual([
      ['shipping', [15]],
      ['pickup', [16]],
      ['download', [17]],
      ['email', [18]],
    ]);
    expect(order.lineItems.map((line) => [line.orderProductId, line.orderAddressId, line.pickupId])).toEqual([
      [15, 9, null],
      [16, null, 3],
      [17, null, null],
      [18, null, null],
    ]);
  });

  it('counts a type that nobody knows yet as physical where it has a place to go to, else as digital', () => {
    const order = orderOf(
      wireOrderOf({
        items_total: 3,
        consignments: wireConsignmentsOf({
          shipping: [wireShipping({ line_items: [wireLineItem({ type: 'hologram' })] })],
          downloads: [
            {
              recipient_email: '',
              line_items: [wireLineItem({ id: 16, type: 'hologram', order_address_id: 0, quantity: 1 })],
            },
          ],
        }),
      }),
    );
    expect(order.lineItems.map((line) => line.kind)).toEqual(['physical', 'digital']);
  });

  it('lists lines by id, so that two answers with another order have the same content', () => {
    const lines = [wireLineItem({ id: 17, quantity: 1 }), wireLineItem({ id: 15, quantity: 1 })];
    const raw = wireOrderOf({
      consignments: wireConsignmentsOf({ shipping: [wireShipping({ line_items: lines })] }),
    });
    expect(orderOf(raw).lineItems.map((line) => line.orderProductId)).toEqual([15, 17]);
  });
});

describe('lines that may be missing', () => {
  it('are noticed by the 50-line cap, by the warning and by the count', () => {
    const fifty = Array.from({ length: 50 }, (_, index) => wireLineItem({ id: index + 1, quantity: 1 }));
    expect(isIncomplete(wireOrderOf())).toBe(false);
    expect(
      isIncomplete(
        wireOrderOf({
          items_total: 50,
          consignments: wireConsignmentsOf({ shipping: [wireShipping({ line_items: fifty })] }),
        }),
      ),
    ).toBe(true);
    expect(
      isIncomplete(
        wireOrderOf({
          consignments: wireConsignmentsOf({
            shipping: [wireShipping({ __warning__: { message: 'Not all line items …' } })],
          }),
        }),
      ),
    ).toBe(true);
    expect(
      isIncomplete(
        wireOrderOf({
          consignments: wireConsignmentsOf({ __warning__: { message: 'Not all line items …' } }),
        }),
      ),
    ).toBe(true);
    expect(isIncomplete(wireOrderOf({ items_total: 3 }))).toBe(true);
  });

  it('are noticed where the include came back empty or as links', () => {
    expect(
      isIncomplete(
        wireOrderOf({ consignments: wireConsignmentsOf({ shipping: [wireShipping({ line_items: [] })] }) }),
      ),
    ).toBe(true);
    const link = { url: 'https://api.example.com/x', resource: '/orders/1001/products/15' };
    expect(
      isIncomplete(
        wireOrderOf({
          consignments: wireConsignmentsOf({ shipping: [wireShipping({ line_items: [link] })] }),
        }),
      ),
    ).toBe(true);
    expect(
      isIncomplete(
        wireOrderOf({ consignments: wireConsignmentsOf({ shipping: [wireShipping({ line_items: link })] }) }),
      ),
    ).toBe(true);
  });

  it('are replaced by what the products answer holds', () => {
    const products = readProducts(
      [wireLineItem({ id: 15, quantity: 1 }), wireLineItem({ id: 16, quantity: 1, order_address_id: '9' })],
      1001,
    );
    if (!products.ok) throw new Error(products.problem);
    const read = readOrder(
      wireOrderOf({ consignments: wireConsignmentsOf({ shipping: [wireShipping({ line_items: [] })] }) }),
      { ...context, lines: products.lines },
    );
    if (!read.ok) throw new Error(read.problem);
    expect(read.linesIncomplete).toBe(false);
    expect(read.order.consignments).toMatchObject([{ kind: 'shipping', id: 9, orderProductIds: [15, 16] }]);
  });

  it('do not come from another order', () => {
    expect(readProducts([wireLineItem({ order_id: 7 })], 1001)).toEqual({
      ok: false,
      problem: 'products.0.order_id: another order',
    });
  });
});

describe('an order that cannot be read', () => {
  it('names the path and never the value', () => {
    const problem = problemOf(wireOrderOf({ total_inc_tax: 'jane@example.com' }));
    expect(problem).toContain('total_inc_tax');
    expect(problem).not.toContain('jane');
    expect(problemOf(wireOrderOf({ date_modified: 'jane@example.com' }))).toBe(
      'date_modified: not a date with an offset',
    );
    expect(
      problemOf(
        wireOrderOf({
          consignments: wireConsignmentsOf({
            shipping: [wireShipping({ line_items: [wireLineItem(), wireLineItem({ quantity: -1 })] })],
          }),
        }),
      ),
    ).toMatch(/^consignments\.shipping\.0\.line_items\.1\.quantity/);
  });

  it('says that the consignments are a link, although asked to be included', () => {
    expect(
      problemOf(wireOrderOf({ consignments: { url: 'https://x', resource: '/orders/1/consignments' } })),
    ).toContain('a link');
  });

  it('still tells its id and its date where they can be read, so that it is set aside and passed', () => {
    expect(readOrder(wireOrderOf({ billing_address: null }), context)).toMatchObject({
      ok: false,
      orderId: 1001,
      modifiedAt: '2018-12-05T20:16:55Z',
    });
    expect(readOrder('nonsense', context)).toMatchObject({ ok: false, orderId: null, modifiedAt: null });
    expect(readIdentity({ id: 0, date_modified: '' })).toMatchObject({ orderId: null, modifiedAt: null });
  });

  it('refuses a date without an offset, because its zone would be a guess', () => {
    expect(problemOf(wireOrderOf({ date_created: '2018-01-10 21:05:30' }))).toContain('date_created');
  });

  it('never throws, whatever the answer holds', () => {
    fc.assert(
      fc.property(fc.constantFrom(...Object.keys(wireOrderOf())), fc.jsonValue(), (key, value) => {
        const read = readOrder(wireOrderOf({ [key]: value }), context);
        expect(typeof read.ok).toBe('boolean');
      }),
    );
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(readOrder(value, context).ok).toBe(false);
        readIdentity(value);
        readProducts([value], 1);
      }),
    );
  });
});
