/**
 * The canonical order: what Waybill keeps of a store's order, in our words, as plain JSON.
 * Types only; parsing wire data is `bigcommerce/translate.ts`, deciding is done next door.
 */

/** Raised when the shape below changes in a way that stored documents must be rebuilt for. */
export const ORDER_SCHEMA_VERSION = 1;

/** Decimal string as the store sent it, such as `"49.0000"`. Arithmetic goes through `money.ts`. */
export type DecimalText = string;

/** `YYYY-MM-DDTHH:mm:ssZ`; the store's own clock, whole seconds. */
export type IsoSecond = string;

export interface Order {
  schemaVersion: typeof ORDER_SCHEMA_VERSION;
  orderId: number;
  storeHash: string;
  /** What BigCommerce calls `channel_id`. */
  storefrontId: number;
  createdAt: IsoSecond;
  modifiedAt: IsoSecond;
  /** Store status 0–14 (capabilities F-1). */
  statusId: number;
  archived: boolean;
  paymentStatus: string;
  paymentMethod: string;
  isCod: boolean;
  /** Amount to collect on delivery, in `currency`; null unless `isCod`. */
  codAmount: DecimalText | null;
  currency: string;
  totalIncTax: DecimalText;
  /** 0 is a guest. */
  customerId: number;
  /** BigCommerce's writable key of the outside system, and its name. */
  externalOrderId: string | null;
  externalSource: string | null;
  customerMessage: string;
  staffNotes: string;
  billingAddress: Address;
  consignments: Consignment[];
  lineItems: LineItem[];
  /** Units of all lines as the store counts them. */
  itemsTotal: number;
}

export interface Address {
  firstName: string;
  lastName: string;
  company: string;
  street1: string;
  street2: string;
  city: string;
  state: string;
  postalCode: string;
  country: string;
  countryIso2: string;
  phone: string;
  email: string;
}

/** The store's grouping of line items by destination or method. */
export type Consignment =
  | { kind: 'shipping'; id: number; address: Address; shippingMethod: string; orderProductIds: number[] }
  | {
      kind: 'pickup';
      id: number;
      pickupMethodName: string;
      locationId: number | null;
      locationName: string;
      orderProductIds: number[];
    }
  | { kind: 'download'; recipientEmail: string; orderProductIds: number[] }
  | { kind: 'email'; recipientEmail: string; orderProductIds: number[] };

export type LineItemKind = 'physical' | 'digital' | 'giftcertificate';

export interface LineItem {
  /** The store's `order_product_id`: what shipments and refunds want. */
  orderProductId: number;
  productId: number;
  variantId: number;
  kind: LineItemKind;
  sku: string;
  name: string;
  quantity: number;
  quantityShipped: number;
  quantityRefunded: number;
  /** The shipping consignment, or null for pickup, download and e-mail lines. */
  orderAddressId: number | null;
  /** The pickup consignment, or null. */
  pickupId: number | null;
  weight: DecimalText;
  unitPriceIncTax: DecimalText;
  totalIncTax: DecimalText;
  options: { name: string; value: string }[];
}

/** Units that must still reach the shopper: `quantity − refunded`, never below zero (design section 5). */
export function neededQuantity(line: LineItem): number {
  return Math.max(0, line.quantity - line.quantityRefunded);
}

/** Lines that a parcel can hold, pickup lines included. */
export function physicalLines(order: Order): LineItem[] {
  return order.lineItems.filter((line) => line.kind === 'physical');
}

/** True when nothing in the order ever travels: such an order gets no lifecycle (design section 5). */
export function isDigitalOnly(order: Order): boolean {
  return physicalLines(order).length === 0;
}
