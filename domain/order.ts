/**
 * The canonical order: what Waybill keeps of a store's order, in our words, as plain JSON.
 * Types only; parsing wire data is `bigcommerce/translate.ts`, deciding is done next door.
 */

/**
 * Raised when the shape below changes; `order-versions.ts` reads every older one. 1: what the lifecycle needs. 2: all that
 * a label needs (capabilities Q-46).
 */
export const ORDER_SCHEMA_VERSION = 2;

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
  /** The merchant's own text for the status; shown and compared with `cod.status_labels`, never decided by otherwise. */
  statusLabel: string;
  archived: boolean;
  paymentStatus: string;
  paymentMethod: string;
  isCod: boolean;
  /** Which rule says so, such as `payment method "Cash on Delivery"`; also why an order that matches is none. */
  codReason: string | null;
  /** Amount to collect on delivery, in `currency`; null unless `isCod`. */
  codAmount: DecimalText | null;
  /** The transactional currency, which all money fields are in. */
  currency: string;
  /** What the shopper saw, where it is another one. */
  shopperCurrency: { code: string; rate: string } | null;
  totalIncTax: DecimalText;
  totals: OrderTotals;
  /** 0 is a guest. */
  customerId: number;
  /** What the store knows of a registered customer beside the order; only where a setting asks for it. */
  customer?: OrderCustomer;
  /** Where the order was made (capabilities Q-42); the platform is BigCommerce. */
  origin: OrderOrigin;
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
  weight: OrderWeight;
  fees: { name: string; costIncTax: DecimalText }[];
  /** Null: not asked for. */
  payments: Payment[] | null;
  /** Null: not asked for. */
  refunds: Refund[] | null;
  /** What a person should know before a label is printed. No customer data. */
  warnings: OrderWarning[];
}

/** Where an order was made: the store's `order_source` (an open list: `www`, `manual`, `amazon`, …) and its other marks. */
export interface OrderOrigin {
  source: string;
  cartId: string | null;
  /** Write-once mark of a connector. */
  merchantId: string | null;
  /** A marketplace's own number. */
  externalId: string | null;
}

export interface OrderTotals {
  subtotalIncTax: DecimalText;
  shippingIncTax: DecimalText;
  handlingIncTax: DecimalText;
  wrappingIncTax: DecimalText;
  discount: DecimalText;
  couponDiscount: DecimalText;
  storeCredit: DecimalText;
  giftCertificates: DecimalText;
  totalTax: DecimalText;
}

export type WeightUnit = 'kg' | 'g' | 'lb' | 'oz' | 't';

/** Weight of all units that travel. */
export interface OrderWeight {
  value: DecimalText;
  /** Null: the store's unit, which could not be read. */
  unit: WeightUnit | null;
  /** `line`: every physical line has one. `product`: some came from the catalog. `partial`, `none`: some or all have none. */
  source: 'line' | 'product' | 'partial' | 'none';
}

/** One transaction (bigcommerce-api.md section 5.1); card data is never kept. */
export interface Payment {
  id: number;
  at: IsoSecond;
  event: string;
  method: string;
  gateway: string;
  amount: DecimalText;
  currency: string;
  ok: boolean;
  test: boolean;
}

/** One refund that counts: none of its payments was declined (bigcommerce-api.md section 5.2). */
export interface Refund {
  id: number;
  at: IsoSecond;
  amount: DecimalText;
  items: { kind: string; itemId: number; quantity: number }[];
}

export type OrderWarningCode =
  | 'address_incomplete'
  | 'pickup_point_unreadable'
  | 'cod_similar'
  | 'option_conflict'
  | 'payments_cut'
  | 'weight_unknown';

export interface OrderWarning {
  code: OrderWarningCode;
  /** Names fields, settings and ids; never a customer's data. */
  detail: string;
}

/** A field that the merchant added to an address at checkout. */
export interface FormField {
  name: string;
  value: string;
}

/** A carrier's delivery point that the shopper chose (capabilities ): not a store of the merchant. */
export interface PickupPoint {
  /** Where it was read, such as `form_field:Pickup point`. */
  readFrom: string;
  /** False: something is written there that is no point. Such an order must not go to the shopper's home unseen. */
  readable: boolean;
  /** The parcel goes to the point, not to the consignment's address. */
  asDestination: boolean;
  id: string;
  courier: string;
  type: string;
  name: string;
  address: string;
  city: string;
  state: string;
  postalCode: string;
  country: string;
  description: string;
}

/** A place of the merchant's own where an order is collected (capabilities F-16, X-26). */
export interface StoreLocation {
  code: string;
  street1: string;
  street2: string;
  city: string;
  state: string;
  postalCode: string;
  countryIso2: string;
  phone: string;
  email: string;
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

/** A registered customer's record, as far as a label or a rule may need it. */
export interface OrderCustomer {
  /** Null: in no group. */
  groupId: number | null;
  company: string;
  phone: string;
  email: string;
  /** The merchant's notes about the customer. */
  notes: string;
}

/** The store's grouping of line items by destination or method. */
export type Consignment =
  | {
      kind: 'shipping';
      id: number;
      address: Address;
      shippingMethod: string;
      costIncTax: DecimalText;
      formFields: FormField[];
      pickupPoint: PickupPoint | null;
      orderProductIds: number[];
    }
  | {
      kind: 'pickup';
      id: number;
      pickupMethodId: number;
      pickupMethodName: string;
      instructions: string;
      locationId: number | null;
      locationName: string;
      location: StoreLocation | null;
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
  /** The line that this one is a part of (bundles), or null. */
  parentId: number | null;
  upc: string;
  /** Of one unit, in the store's unit. */
  weight: DecimalText;
  weightSource: 'line' | 'product' | 'none';
  unitPriceIncTax: DecimalText;
  totalIncTax: DecimalText;
  /** As they were chosen; `merchantName` where the merchant calls an option otherwise than the shopper sees it. */
  options: { name: string; value: string; merchantName?: string }[];
  /** Options under the keys of `orders.import.product_options`, such as `size` (capabilities S-34…S-37). */
  fields: Record<string, string>;
  customs: LineCustoms | null;
  /** https, or null. */
  imageUrl: string | null;
}

/** What a customs form asks for; null parts are not known. */
export interface LineCustoms {
  hsCode: string | null;
  hsCodeFrom: HsCodeSource | null;
  /** ISO 3166-1 alpha-2. */
  originCountry: string | null;
  description: string | null;
}

export type HsCodeSource = 'option' | 'customs_information' | 'product_metafield' | 'channel_default';

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
