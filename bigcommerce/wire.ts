/**
 * The shapes that come over the wire, as far as we use them (bigcommerce-api.md sections 3.3, 3.4, 3.7, 1.7). Lenient
 * where the store is known to vary, strict where a wrong guess would ship wrong goods. Unknown members are ignored,
 * because new ones appear without notice. No conversion here: that is `translate.ts`.
 */
import { z } from 'zod';
import {
  date,
  id,
  looseText,
  money,
  optionalId,
  optionalMoney,
  optionalQuantity,
  quantity,
  text,
} from './wire-parts.ts';

const address = z.object({
  first_name: text,
  last_name: text,
  company: text,
  street_1: text,
  street_2: text,
  city: text,
  state: text,
  zip: looseText,
  country: text,
  country_iso2: text,
  phone: looseText,
  email: text,
});
export type WireAddress = z.infer<typeof address>;

/** A line item, the same in consignments and in `GET /v2/orders/{id}/products`. */
export const wireLine = z.object({
  id,
  order_id: optionalId,
  product_id: optionalId,
  variant_id: optionalId,
  order_address_id: optionalId,
  order_pickup_method_id: optionalId,
  parent_order_product_id: optionalId,
  name: text,
  sku: text,
  upc: looseText,
  type: text,
  quantity,
  quantity_shipped: optionalQuantity,
  quantity_refunded: optionalQuantity,
  weight: optionalMoney,
  price_inc_tax: optionalMoney,
  total_inc_tax: optionalMoney,
  product_options: z
    .array(
      z.object({
        display_name: text,
        display_name_customer: text,
        display_name_merchant: text,
        display_value: text,
        name: text,
        value: z.unknown().optional(),
      }),
    )
    .nullish(),
});
export type WireLine = z.infer<typeof wireLine>;

/**
 * Line items are read one by one (`translate.ts`), so that a problem names its line: they may be objects, links
 * (`{url, resource}`) where the include was not honored, or one object instead of a list, as in a published example.
 */
const lineItems = z.unknown().optional();

/** A custom field of an address: the value is a number, a text or a list (section 3.3). Odd ones are left out. */
const formFields = z.unknown().optional();

const shippingConsignment = address.extend({
  id,
  shipping_method: text,
  cost_inc_tax: optionalMoney,
  form_fields: formFields,
  line_items: lineItems,
});
const location = z.object({
  id: optionalId,
  name: text,
  code: text,
  address_line_1: text,
  address_line_2: text,
  city: text,
  state: text,
  postal_code: looseText,
  country_alpha2: text,
  email: text,
  phone: looseText,
});
export type WireLocation = z.infer<typeof location>;
const pickupConsignment = z.object({
  id,
  pickup_method_id: optionalId,
  pickup_method_display_name: text,
  collection_instructions: text,
  location: location.nullish(),
  line_items: lineItems,
});
const mailedConsignment = z.object({ recipient_email: text, line_items: lineItems });

export const wireConsignments = z.object({
  pickups: z.array(pickupConsignment).nullish(),
  shipping: z.array(shippingConsignment).nullish(),
  downloads: z.array(mailedConsignment).nullish(),
  email: z.object({ gift_certificates: z.array(mailedConsignment).nullish() }).nullish(),
});
export type WireConsignments = z.infer<typeof wireConsignments>;

export const wireOrder = z.object({
  id,
  channel_id: optionalId,
  date_created: date,
  date_modified: date,
  status_id: z.union([z.number().int().nonnegative(), z.string().regex(/^\d{1,3}$/)]),
  is_deleted: z
    .union([z.boolean(), z.literal('true'), z.literal('false'), z.literal(''), z.number()])
    .nullish(),
  payment_status: text,
  payment_method: text,
  default_currency_code: text,
  currency_code: text,
  total_inc_tax: money,
  store_credit_amount: optionalMoney,
  gift_certificate_amount: optionalMoney,
  customer_id: optionalId,
  external_order_id: looseText,
  external_source: text,
  external_id: looseText,
  external_merchant_id: looseText,
  order_source: text,
  cart_id: text,
  custom_status: text,
  currency_exchange_rate: looseText,
  subtotal_inc_tax: optionalMoney,
  shipping_cost_inc_tax: optionalMoney,
  handling_cost_inc_tax: optionalMoney,
  wrapping_cost_inc_tax: optionalMoney,
  discount_amount: optionalMoney,
  coupon_discount: optionalMoney,
  total_tax: optionalMoney,
  fees: z.unknown().optional(),
  customer_message: text,
  staff_notes: text,
  items_total: optionalQuantity,
  billing_address: address,
});
export type WireOrder = z.infer<typeof wireOrder>;

export const wireShipment = z.object({
  id,
  order_id: optionalId,
  order_address_id: optionalId,
  tracking_number: text,
  comments: text,
  items: z.array(z.object({ order_product_id: id, quantity })).nullish(),
});

export const wireCount = z.object({
  count: quantity,
  statuses: z.array(z.object({ id, count: quantity })).nullish(),
});

/** At most this many problems are named; one is enough to look at the answer. */
const PROBLEMS_MAX = 5;

/** Where and what of a failed reading, never the value: it may be a customer's. */
export function shapeProblems(error: z.ZodError, at: string[] = []): string[] {
  return error.issues.slice(0, PROBLEMS_MAX).map((issue) => {
    const path = [...at, ...issue.path.map(String)].join('.');
    return `${path === '' ? '(whole)' : path}: ${expectation(issue)}`;
  });
}

function expectation(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `expected ${issue.expected}`;
    case 'invalid_union':
      return 'none of the known shapes';
    case 'custom':
      return issue.message;
    default:
      return issue.code;
  }
}
