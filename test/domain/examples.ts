/** Orders and facts for the tests of the rules: small, valid, and said in the fewest words. */
import type {
  CarrierEventType,
  CarrierFact,
  LineQuantity,
  TrackingStatus,
} from '../../domain/carrier-event.ts';
import type { OrderFacts, StageOverride } from '../../domain/facts.ts';
import type { Address, LineItem, Order } from '../../domain/order.ts';

const address: Address = {
  firstName: 'A',
  lastName: 'B',
  company: '',
  street1: 'Street 1',
  street2: '',
  city: 'City',
  state: '',
  postalCode: '1000',
  country: 'Nowhere',
  countryIso2: 'NW',
  phone: '555',
  email: 'a@example.com',
};

export function lineItem(over: Partial<LineItem> & { orderProductId: number }): LineItem {
  return {
    productId: 1,
    variantId: 1,
    kind: 'physical',
    sku: `SKU-${String(over.orderProductId)}`,
    name: 'Thing',
    quantity: 1,
    quantityShipped: 0,
    quantityRefunded: 0,
    orderAddressId: 7,
    pickupId: null,
    parentId: null,
    upc: '',
    weight: '1.0000',
    weightSource: 'line',
    unitPriceIncTax: '10.0000',
    totalIncTax: '10.0000',
    options: [],
    fields: {},
    customs: null,
    imageUrl: null,
    ...over,
  };
}

export function order(over: Partial<Order> = {}): Order {
  const lineItems = over.lineItems ?? [
    lineItem({ orderProductId: 15, quantity: 2 }),
    lineItem({ orderProductId: 16 }),
  ];
  const shipped = lineItems.filter((line) => line.orderAddressId !== null);
  const addressIds = [...new Set(shipped.map((line) => line.orderAddressId ?? 0))];
  return {
    schemaVersion: 2,
    orderId: 1001,
    storeHash: 'abc123',
    storefrontId: 1,
    createdAt: '2026-01-01T00:00:00Z',
    modifiedAt: '2026-01-01T00:00:00Z',
    statusId: 11,
    statusLabel: '',
    archived: false,
    paymentStatus: 'captured',
    paymentMethod: 'Card',
    isCod: false,
    codReason: null,
    codAmount: null,
    currency: 'USD',
    shopperCurrency: null,
    totalIncTax: '30.0000',
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
    customerId: 0,
    origin: { source: 'www', cartId: null, merchantId: null, externalId: null },
    externalOrderId: null,
    externalSource: null,
    customerMessage: '',
    staffNotes: '',
    billingAddress: address,
    consignments: addressIds.map((id) => ({
      kind: 'shipping' as const,
      id,
      address,
      shippingMethod: 'Standard',
      costIncTax: '0.0000',
      formFields: [],
      pickupPoint: null,
      orderProductIds: shipped
        .filter((line) => line.orderAddressId === id)
        .map((line) => line.orderProductId),
    })),
    itemsTotal: lineItems.reduce((sum, line) => sum + line.quantity, 0),
    weight: { value: '0.0000', unit: null, source: 'none' },
    fees: [],
    payments: null,
    refunds: null,
    warnings: [],
    ...over,
    lineItems,
  };
}

/** `at(5)` is five hours after midnight of 2 January 2026. */
export function at(hours: number): string {
  return new Date(Date.UTC(2026, 0, 2) + hours * 3_600_000).toISOString();
}

let nextId = 0;

export interface FactWords {
  id?: string;
  at?: number;
  receivedAt?: string;
  number?: string | null;
  replaces?: string;
  lines?: LineQuantity[];
  carrier?: string;
  service?: string;
  url?: string;
  status?: TrackingStatus;
  reason?: string;
  returning?: boolean;
}

export function fact(type: CarrierEventType, words: FactWords = {}): CarrierFact {
  nextId += 1;
  const occurredAt = at(words.at ?? nextId);
  return {
    eventId: words.id ?? `evt-${String(nextId).padStart(5, '0')}`,
    type,
    occurredAt,
    receivedAt: words.receivedAt ?? occurredAt,
    lines: words.lines ?? null,
    shipment: {
      trackingNumber: words.number ?? null,
      replaces: words.replaces ?? null,
      carrier: words.carrier ?? null,
      service: words.service ?? null,
      trackingUrl: words.url ?? null,
    },
    tracking:
      words.status === undefined
        ? null
        : {
            status: words.status,
            reason: words.reason ?? null,
            provider: null,
            providerStatus: null,
            returning: words.returning ?? false,
            signedBy: null,
            cod: null,
          },
    location: null,
  };
}

export function label(number: string | null, words: FactWords = {}): CarrierFact {
  return fact('label.created', { ...words, number });
}

export function scan(number: string | null, status: TrackingStatus, words: FactWords = {}): CarrierFact {
  return fact('tracking.updated', { ...words, number, status });
}

export function override(stage: StageOverride['stage'], hours: number): StageOverride {
  return { stage, reason: 'asked', by: 'ann', at: at(hours) };
}

export function facts(over: Partial<OrderFacts> = {}): OrderFacts {
  const theOrder = over.order ?? order();
  return {
    order: theOrder,
    events: [],
    overrides: [],
    store: { statusId: theOrder.statusId, statusExplained: true, shippedByPerson: [] },
    stage: null,
    stale: false,
    paused: false,
    ledger: { auth: false, refused: false, ask: false },
    reopened: false,
    ...over,
  };
}
