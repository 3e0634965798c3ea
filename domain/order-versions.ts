/**
 * Reads stored orders of every schema version: what a version did not have yet is filled in as "not known". It promises
 * an order of today's shape for each document ever stored; it must not invent content.
 */
import {
  ORDER_SCHEMA_VERSION,
  type Consignment,
  type DecimalText,
  type LineItem,
  type Order,
  type OrderTotals,
} from './order.ts';

type OldLine = Omit<LineItem, keyof typeof LINE_OF_2>;
type OldOrder = Omit<Order, keyof typeof ORDER_OF_2 | 'schemaVersion' | 'consignments' | 'lineItems'> & {
  schemaVersion: 1;
  consignments: OldConsignment[];
  lineItems: OldLine[];
};
type Shipping = Extract<Consignment, { kind: 'shipping' }>;
type Pickup = Extract<Consignment, { kind: 'pickup' }>;
type OldConsignment =
  | Omit<Shipping, keyof typeof SHIPPING_OF_2>
  | Omit<Pickup, keyof typeof PICKUP_OF_2>
  | Exclude<Consignment, Shipping | Pickup>;

/** A document as some version of Waybill stored it. */
export type StoredOrderDocument = Order | OldOrder;

const ZERO: DecimalText = '0.0000';

const NO_TOTALS: OrderTotals = {
  subtotalIncTax: ZERO,
  shippingIncTax: ZERO,
  handlingIncTax: ZERO,
  wrappingIncTax: ZERO,
  discount: ZERO,
  couponDiscount: ZERO,
  storeCredit: ZERO,
  giftCertificates: ZERO,
  totalTax: ZERO,
};

const ORDER_OF_2 = {
  statusLabel: '',
  codReason: null,
  shopperCurrency: null,
  totals: NO_TOTALS,
  origin: { source: '', cartId: null, merchantId: null, externalId: null },
  weight: { value: ZERO, unit: null, source: 'none' },
  fees: [],
  payments: null,
  refunds: null,
  warnings: [],
} satisfies Partial<Order>;

const LINE_OF_2 = {
  parentId: null,
  upc: '',
  weightSource: 'line',
  fields: {},
  customs: null,
  imageUrl: null,
} satisfies Partial<LineItem>;

const SHIPPING_OF_2 = { costIncTax: ZERO, formFields: [], pickupPoint: null } satisfies Partial<Shipping>;
const PICKUP_OF_2 = { pickupMethodId: 0, instructions: '', location: null } satisfies Partial<Pickup>;

/** The document in today's shape; one that has it already is returned as it is. Pure; may be repeated. */
export function currentOrder(stored: StoredOrderDocument): Order {
  if (stored.schemaVersion === ORDER_SCHEMA_VERSION) return stored;
  return {
    ...ORDER_OF_2,
    ...stored,
    schemaVersion: ORDER_SCHEMA_VERSION,
    consignments: stored.consignments.map(consignmentOf),
    lineItems: stored.lineItems.map((line) => ({ ...LINE_OF_2, ...line })),
  };
}

function consignmentOf(old: OldConsignment): Consignment {
  if (old.kind === 'shipping') return { ...SHIPPING_OF_2, ...old };
  if (old.kind === 'pickup') return { ...PICKUP_OF_2, ...old };
  return old;
}
