import { describe, expect, test } from 'vitest';
import { currentOrder, type StoredOrderDocument } from '../../domain/order-versions.ts';
import { isDigitalOnly } from '../../domain/order.ts';
import { order } from './examples.ts';

/** As version 1 of the schema stored it: written down, not made from today's types. */
const VERSION_1 = {
  schemaVersion: 1,
  orderId: 7,
  storeHash: 'abc123',
  storefrontId: 1,
  createdAt: '2026-01-01T00:00:00Z',
  modifiedAt: '2026-01-01T00:00:00Z',
  statusId: 11,
  archived: false,
  paymentStatus: 'captured',
  paymentMethod: 'Card',
  isCod: false,
  codAmount: null,
  currency: 'USD',
  totalIncTax: '10.0000',
  customerId: 0,
  externalOrderId: null,
  externalSource: null,
  customerMessage: '',
  staffNotes: 'kept',
  billingAddress: order().billingAddress,
  consignments: [
    {
      kind: 'shipping',
      id: 3,
      address: order().billingAddress,
      shippingMethod: 'Ground',
      orderProductIds: [5],
    },
    {
      kind: 'pickup',
      id: 4,
      pickupMethodName: 'Shop',
      locationId: 1,
      locationName: 'Main',
      orderProductIds: [],
    },
    { kind: 'download', recipientEmail: '', orderProductIds: [] },
  ],
  lineItems: [
    {
      orderProductId: 5,
      productId: 1,
      variantId: 1,
      kind: 'physical',
      sku: 'S',
      name: 'Thing',
      quantity: 1,
      quantityShipped: 0,
      quantityRefunded: 0,
      orderAddressId: 3,
      pickupId: null,
      weight: '1.0000',
      unitPriceIncTax: '10.0000',
      totalIncTax: '10.0000',
      options: [{ name: 'Size', value: 'M' }],
    },
  ],
  itemsTotal: 1,
} as StoredOrderDocument; // A literal of an old shape: the compiler cannot narrow its kinds by itself.

describe('a stored order', () => {
  test('of version 1 is read in the shape of today, with its content', () => {
    const read = currentOrder(VERSION_1);
    expect(read).toMatchObject({ schemaVersion: 2, staffNotes: 'kept', payments: null, warnings: [] });
    expect(read.consignments).toMatchObject([
      { kind: 'shipping', shippingMethod: 'Ground', formFields: [], pickupPoint: null },
      { kind: 'pickup', locationName: 'Main', location: null },
      { kind: 'download' },
    ]);
    expect(read.lineItems[0]).toMatchObject({ sku: 'S', fields: {}, customs: null, imageUrl: null });
    expect(Object.keys(read).sort()).toEqual(Object.keys(order()).sort());
    expect(isDigitalOnly(read)).toBe(false);
  });

  test('of today is returned as it is', () => {
    const today = order();
    expect(currentOrder(today)).toBe(today);
  });
});
