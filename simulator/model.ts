// What a simulated store remembers, as plain data. Money is in cents, times in seconds; wire shapes live in wire.ts.

/** A postal address, spelt as on the wire. */
export interface PostalAddress {
  first_name: string;
  last_name: string;
  company: string;
  street_1: string;
  street_2: string;
  city: string;
  state: string;
  zip: string;
  country: string;
  country_iso2: string;
  phone: string;
  email: string;
}

/** A custom field of an address form. */
export interface FormField {
  name: string;
  value: string | number | string[];
}

/** A choice the shopper made on a product. */
export interface ProductOption {
  optionId: number;
  productOptionId: number;
  displayName: string;
  displayValue: string;
  value: string;
  type: string;
}

/** A discount that was applied to one line. */
export interface AppliedDiscount {
  id: string;
  cents: number;
  name: string;
  code: string | null;
  target: 'order' | 'product';
}

export type LineType = 'physical' | 'digital' | 'giftcertificate';

/** An order product; `id` is what shipments and refunds call `order_product_id`. */
export interface OrderLine {
  id: number;
  productId: number;
  variantId: number;
  /** Id of the shipping consignment, 0 for pickup and digital lines. */
  addressId: number;
  /** Id of the pickup consignment, 0 unless the line is collected. */
  pickupId: number;
  parentId: number | null;
  type: LineType;
  name: string;
  sku: string;
  upc: string;
  brand: string;
  weight: string;
  quantity: number;
  shipped: number;
  refunded: number;
  exTaxCents: number;
  incTaxCents: number;
  options: ProductOption[];
  discounts: AppliedDiscount[];
}

/** A shipping consignment; its id is the order's address id. */
export interface ShippingConsignment {
  id: number;
  address: PostalAddress;
  formFields: FormField[];
  method: string;
  exTaxCents: number;
  incTaxCents: number;
  zoneId: number;
  zoneName: string;
}

/** A store pickup inside an order. */
export interface PickupConsignment {
  id: number;
  methodId: number;
  displayName: string;
  instructions: string;
  timeDescription: string;
}

export interface OrderFee {
  id: number;
  customerName: string;
  merchantName: string;
  source: string;
  exTaxCents: number;
  incTaxCents: number;
}

export interface OrderCoupon {
  id: number;
  couponId: number;
  code: string;
  type: number;
  amountCents: number;
  discountCents: number;
}

export interface Shipment {
  id: number;
  /** Real time before which the list of shipments may not show it yet. */
  visibleAtMs: number;
  addressId: number;
  created: number;
  trackingNumber: string;
  trackingLink: string;
  shippingMethod: string;
  shippingProvider: string;
  trackingCarrier: string;
  merchantCostText: string;
  comments: string;
  items: { lineId: number; quantity: number }[];
}

export interface Transaction {
  id: number;
  event: string;
  method: string;
  gateway: string;
  cents: number;
  created: number;
  displayName: string;
  referenceId: number | null;
}

export interface Refund {
  id: number;
  created: number;
  reason: string;
  items: { type: string; id: number; quantity: number; cents: number }[];
  provider: string;
}

export interface OrderMessage {
  id: number;
  subject: string;
  message: string;
  created: number;
}

export interface Order {
  readonly id: number;
  /** Rises with each change; part of the key under which the serialized order is kept. */
  version: number;
  customerId: number;
  channelId: number;
  statusId: number;
  created: number;
  modified: number;
  shippedAt: number | null;
  cartId: string | null;
  orderSource: string;
  externalSource: string | null;
  externalOrderId: string;
  externalMerchantId: string | null;
  paymentMethod: string;
  paymentStatus: string;
  paymentProviderId: string;
  displayCurrency: { id: number; code: string };
  currency: { id: number; code: string };
  exchangeRate: string;
  staffNotes: string;
  customerMessage: string;
  customerLocale: string;
  ipAddress: string;
  isDeleted: boolean;
  billing: PostalAddress;
  billingFormFields: FormField[];
  shipping: ShippingConsignment[];
  pickups: PickupConsignment[];
  digitalEmail: string;
  lines: OrderLine[];
  fees: OrderFee[];
  coupons: OrderCoupon[];
  discountCents: number;
  couponCents: number;
  storeCreditCents: number;
  giftCertificateCents: number;
  handlingCents: number;
  wrappingCents: number;
  /** Sums that a writer has overridden, in cents by wire name (`total_inc_tax`, …). */
  overrides: Record<string, number>;
  transactions: Transaction[];
  refunds: Refund[];
  messages: OrderMessage[];
  shipments: Shipment[];
  /** Real time before which the search by external id does not find the order yet. */
  searchableAtMs: number;
  /** Real time until which reads may show the order as it was before the last write. */
  staleUntilMs: number;
  /** Whether includes show no line items, although there are some (`bigcommerce/dev-docs` #2052). */
  hideLines: boolean;
  /** Text served instead of the order, for orders that cannot be parsed. */
  raw: string | null;
}

/** Units of an order by state: all lines count, digital ones too (bigcommerce-api.md section 3.3). */
export function itemTotals(lines: readonly OrderLine[]): { total: number; shipped: number } {
  let total = 0;
  let shipped = 0;
  for (const line of lines) {
    total += line.quantity;
    shipped += line.shipped;
  }
  return { total, shipped };
}

/** The address written for people who gave none. */
export function emptyAddress(): PostalAddress {
  return {
    first_name: '',
    last_name: '',
    company: '',
    street_1: '',
    street_2: '',
    city: '',
    state: '',
    zip: '',
    country: '',
    country_iso2: '',
    phone: '',
    email: '',
  };
}
