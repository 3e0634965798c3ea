// Order shapes as the V2 order API writes them. Reads the store's memory, changes nothing; errors live in answers.ts.
import { rfc2822 } from './clock.ts';
import { moneyNumber, moneyText } from './money.ts';
import { emptyAddress, itemTotals } from './model.ts';
import type {
  Order,
  OrderFee,
  OrderLine,
  PickupConsignment,
  Shipment,
  ShippingConsignment,
} from './model.ts';
import { pickupLocation } from './places.ts';
import { statusName } from './statuses.ts';
import { carrierLink, providerName } from './tracking-links.ts';
import { totalsOf } from './totals.ts';

/** What an answer carries besides the order itself. */
export interface OrderIncludes {
  readonly consignments: 'link' | 'links' | 'lines';
  readonly fees: boolean;
  /** `consignment_structure=object`; without it the consignments arrive in a one-element array. */
  readonly asObject: boolean;
}

/** Facts of the store that show on each order. */
export interface WireContext {
  /** Address of the store's API without a trailing slash; links inside orders start with it. */
  readonly apiUrl: string;
  readonly statusLabel: (statusId: number) => string;
  readonly storeCurrency: string;
}

/** Line items that an included consignment shows at most (bigcommerce-api.md, Traps 3: `bigcommerce/docs` #960). */
export const CONSIGNMENT_LINES_MAX = 50;

const TRUNCATION_WARNING = {
  message:
    'Not all line items of this consignment are returned with this response, only 50 are included. Use the order products endpoint to get all of them.',
};

function link(context: WireContext, resource: string): { url: string; resource: string } {
  return { url: `${context.apiUrl}/v2${resource}`, resource };
}

/** One order as `GET /v2/orders/{id}` and the list write it. */
export function orderWire(
  order: Order,
  includes: OrderIncludes,
  context: WireContext,
): Record<string, unknown> {
  const sums = totalsOf(order);
  const items = itemTotals(order.lines);
  const path = `/orders/${order.id}`;
  const statusText = statusName(order.statusId);
  const handling = moneyText(order.handlingCents);
  const wrapping = moneyText(order.wrappingCents);
  return {
    id: order.id,
    customer_id: order.customerId,
    date_created: rfc2822(order.created),
    date_modified: rfc2822(order.modified),
    date_shipped: order.shippedAt === null ? '' : rfc2822(order.shippedAt),
    status_id: order.statusId,
    status: statusText,
    subtotal_ex_tax: moneyText(sums.subtotalExTax),
    subtotal_inc_tax: moneyText(sums.subtotalIncTax),
    subtotal_tax: moneyText(sums.subtotalIncTax - sums.subtotalExTax),
    base_shipping_cost: moneyText(sums.shippingExTax),
    shipping_cost_ex_tax: moneyText(sums.shippingExTax),
    shipping_cost_inc_tax: moneyText(sums.shippingIncTax),
    shipping_cost_tax: moneyText(sums.shippingIncTax - sums.shippingExTax),
    shipping_cost_tax_class_id: 2,
    base_handling_cost: handling,
    handling_cost_ex_tax: handling,
    handling_cost_inc_tax: handling,
    handling_cost_tax: '0.0000',
    handling_cost_tax_class_id: 2,
    base_wrapping_cost: wrapping,
    wrapping_cost_ex_tax: wrapping,
    wrapping_cost_inc_tax: wrapping,
    wrapping_cost_tax: '0.0000',
    wrapping_cost_tax_class_id: 3,
    total_ex_tax: moneyText(sums.totalExTax),
    total_inc_tax: moneyText(sums.totalIncTax),
    total_tax: moneyText(sums.totalIncTax - sums.totalExTax),
    items_total: items.total,
    items_shipped: items.shipped,
    payment_method: order.paymentMethod,
    payment_provider_id: order.paymentProviderId,
    payment_status: order.paymentStatus,
    // Always zero, also after refunds: the published guide says never to use it.
    refunded_amount: '0.0000',
    order_is_digital: order.lines.length > 0 && order.lines.every((line) => line.type !== 'physical'),
    store_credit_amount: moneyText(order.storeCreditCents),
    gift_certificate_amount: moneyText(order.giftCertificateCents),
    ip_address: order.ipAddress,
    ip_address_v6: '',
    geoip_country: order.billing.country,
    geoip_country_iso2: order.billing.country_iso2,
    currency_id: order.displayCurrency.id,
    currency_code: order.displayCurrency.code,
    currency_exchange_rate: order.exchangeRate,
    default_currency_id: order.currency.id,
    default_currency_code: order.currency.code,
    store_default_currency_code: context.storeCurrency,
    store_default_to_transactional_exchange_rate: '1.0000000000',
    staff_notes: order.staffNotes,
    customer_message: order.customerMessage,
    discount_amount: moneyText(order.discountCents),
    coupon_discount: moneyText(order.couponCents),
    shipping_address_count: order.shipping.length,
    is_deleted: order.isDeleted,
    ebay_order_id: '0',
    cart_id: order.cartId,
    is_tax_inclusive_pricing: false,
    is_email_opt_in: false,
    order_source: order.orderSource,
    channel_id: order.channelId,
    external_source: order.externalSource,
    external_id: null,
    external_merchant_id: order.externalMerchantId,
    external_order_id: order.externalOrderId,
    tax_provider_id: 'BasicTaxProvider',
    customer_locale: order.customerLocale,
    credit_card_type: null,
    custom_status: context.statusLabel(order.statusId),
    billing_address: { ...order.billing, form_fields: order.billingFormFields },
    products: link(context, `${path}/products`),
    shipping_addresses: link(context, `${path}/shippingaddresses`),
    coupons: link(context, `${path}/coupons`),
    fees: includes.fees ? order.fees.map(feeWire) : link(context, `${path}/fees`),
    consignments: consignmentsMember(order, includes, context),
  };
}

function consignmentsMember(order: Order, includes: OrderIncludes, context: WireContext): unknown {
  if (includes.consignments === 'link') return link(context, `/orders/${order.id}/consignments`);
  const consignments = consignmentsWire(order, includes.consignments === 'lines', context);
  return includes.asObject ? consignments : [consignments];
}

/** The consignments of an order, with at most 50 line items each and a `__warning__` where some were left out. */
export function consignmentsWire(
  order: Order,
  withLines: boolean,
  context: WireContext,
): Record<string, unknown> {
  const lineItems = (lines: readonly OrderLine[]): Record<string, unknown> => {
    if (withLines && order.hideLines) return { line_items: [] };
    if (!withLines) {
      return { line_items: lines.map((line) => link(context, `/orders/${order.id}/products/${line.id}`)) };
    }
    if (lines.length <= CONSIGNMENT_LINES_MAX)
      return { line_items: lines.map((line) => lineWire(order, line)) };
    return {
      line_items: lines.slice(0, CONSIGNMENT_LINES_MAX).map((line) => lineWire(order, line)),
      __warning__: TRUNCATION_WARNING,
    };
  };
  const digital = order.lines.filter((line) => line.type === 'digital');
  const gifts = order.lines.filter((line) => line.type === 'giftcertificate');
  return {
    pickups: order.pickups.map((pickup) => ({
      ...pickupWire(pickup),
      ...lineItems(order.lines.filter((line) => line.pickupId === pickup.id)),
    })),
    shipping: order.shipping.map((consignment) => {
      const lines = order.lines.filter((line) => line.addressId === consignment.id);
      return { ...shippingWire(order, consignment, lines, context), ...lineItems(lines) };
    }),
    downloads: digital.length === 0 ? [] : [{ recipient_email: order.digitalEmail, ...lineItems(digital) }],
    email: {
      gift_certificates:
        gifts.length === 0 ? [] : [{ recipient_email: order.digitalEmail, ...lineItems(gifts) }],
    },
  };
}

function pickupWire(pickup: PickupConsignment): Record<string, unknown> {
  return {
    id: pickup.id,
    pickup_method_id: pickup.methodId,
    pickup_method_display_name: pickup.displayName,
    collection_instructions: pickup.instructions,
    collection_time_description: pickup.timeDescription,
    location: pickupLocation(),
  };
}

function shippingWire(
  order: Order,
  consignment: ShippingConsignment,
  lines: readonly OrderLine[],
  context: WireContext,
): Record<string, unknown> {
  const items = itemTotals(lines);
  return {
    id: consignment.id,
    ...consignment.address,
    form_fields: consignment.formFields,
    items_total: items.total,
    items_shipped: items.shipped,
    shipping_method: consignment.method,
    base_cost: moneyNumber(consignment.exTaxCents),
    cost_ex_tax: moneyNumber(consignment.exTaxCents),
    cost_inc_tax: moneyNumber(consignment.incTaxCents),
    cost_tax: moneyNumber(consignment.incTaxCents - consignment.exTaxCents),
    cost_tax_class_id: 2,
    base_handling_cost: 0,
    handling_cost_ex_tax: 0,
    handling_cost_inc_tax: 0,
    handling_cost_tax: 0,
    handling_cost_tax_class_id: 2,
    shipping_zone_id: consignment.zoneId,
    shipping_zone_name: consignment.zoneName,
    shipping_quotes: link(
      context,
      `/orders/${order.id}/consignments/shipping/${consignment.id}/shippingquotes`,
    ),
  };
}

/** A shipping address as `GET /v2/orders/{id}/shipping_addresses` writes it: flat, money as text. */
export function addressWire(
  order: Order,
  consignment: ShippingConsignment,
  context: WireContext,
): Record<string, unknown> {
  const items = itemTotals(order.lines.filter((line) => line.addressId === consignment.id));
  return {
    id: consignment.id,
    order_id: order.id,
    ...consignment.address,
    items_total: items.total,
    items_shipped: items.shipped,
    shipping_method: consignment.method,
    base_cost: moneyText(consignment.exTaxCents),
    cost_ex_tax: moneyText(consignment.exTaxCents),
    cost_inc_tax: moneyText(consignment.incTaxCents),
    cost_tax: moneyText(consignment.incTaxCents - consignment.exTaxCents),
    cost_tax_class_id: 2,
    base_handling_cost: '0.0000',
    handling_cost_ex_tax: '0.0000',
    handling_cost_inc_tax: '0.0000',
    handling_cost_tax: '0.0000',
    handling_cost_tax_class_id: 2,
    shipping_zone_id: consignment.zoneId,
    shipping_zone_name: consignment.zoneName,
    shipping_quotes: link(context, `/orders/${order.id}/shippingaddresses/${consignment.id}/shippingquotes`),
    form_fields: consignment.formFields,
  };
}

/** A line item, the same in consignments and in `GET /v2/orders/{id}/products`. */
export function lineWire(order: Order, line: OrderLine): Record<string, unknown> {
  const ex = moneyText(line.exTaxCents);
  const inc = moneyText(line.incTaxCents);
  const totalEx = line.exTaxCents * line.quantity;
  const totalInc = line.incTaxCents * line.quantity;
  let discounts = 0;
  for (const discount of line.discounts) discounts += discount.cents;
  return {
    id: line.id,
    order_id: order.id,
    product_id: line.productId,
    variant_id: line.variantId,
    order_pickup_method_id: line.pickupId,
    order_address_id: line.addressId,
    name: line.name,
    name_customer: line.name,
    name_merchant: line.name,
    sku: line.sku,
    upc: line.upc,
    type: line.type,
    base_price: ex,
    price_ex_tax: ex,
    price_inc_tax: inc,
    price_tax: moneyText(line.incTaxCents - line.exTaxCents),
    base_total: moneyText(totalEx),
    total_ex_tax: moneyText(totalEx),
    total_inc_tax: moneyText(totalInc),
    total_tax: moneyText(totalInc - totalEx),
    weight: line.weight,
    width: '0.0000',
    height: '0.0000',
    depth: '0.0000',
    quantity: line.quantity,
    base_cost_price: '0.0000',
    cost_price_inc_tax: '0.0000',
    cost_price_ex_tax: '0.0000',
    cost_price_tax: '0.0000',
    is_refunded: line.refunded > 0 && line.refunded >= line.quantity,
    quantity_refunded: line.refunded,
    refund_amount: '0.0000',
    return_id: 0,
    wrapping_id: 0,
    wrapping_name: null,
    base_wrapping_cost: '0.0000',
    wrapping_cost_ex_tax: '0.0000',
    wrapping_cost_inc_tax: '0.0000',
    wrapping_cost_tax: '0.0000',
    wrapping_message: '',
    quantity_shipped: line.shipped,
    event_name: null,
    event_date: null,
    fixed_shipping_cost: '0.0000',
    ebay_item_id: '',
    ebay_transaction_id: '',
    option_set_id: null,
    parent_order_product_id: line.parentId,
    is_bundled_product: line.parentId !== null,
    bin_picking_number: '',
    external_id: null,
    brand: line.brand,
    gift_certificate_id: line.type === 'giftcertificate' ? line.id : null,
    applied_discounts: line.discounts.map((discount) => ({
      id: discount.id,
      amount: moneyText(discount.cents),
      name: discount.name,
      code: discount.code,
      target: discount.target,
    })),
    product_options: line.options.map((option, index) => ({
      id: line.id * 10 + index,
      option_id: option.optionId,
      order_product_id: line.id,
      product_option_id: option.productOptionId,
      display_name: option.displayName,
      display_name_customer: option.displayName,
      display_name_merchant: option.displayName,
      display_value: option.displayValue,
      display_value_customer: option.displayValue,
      display_value_merchant: option.displayValue,
      value: option.value,
      type: option.type,
      name: option.displayName,
      display_style: '',
    })),
    configurable_fields: [],
    discounted_total_inc_tax: moneyText(totalInc - discounts),
  };
}

/** A fee of an order. */
export function feeWire(fee: OrderFee): Record<string, unknown> {
  return {
    id: fee.id,
    type: 'custom_fee',
    display_name_customer: fee.customerName,
    display_name_merchant: fee.merchantName,
    source: fee.source,
    base_cost: moneyText(fee.exTaxCents),
    cost_ex_tax: moneyText(fee.exTaxCents),
    cost_inc_tax: moneyText(fee.incTaxCents),
    cost_tax: moneyText(fee.incTaxCents - fee.exTaxCents),
    tax_class_id: null,
  };
}

/** A shipment of an order. An own `tracking_link` wins: the generated one then stays empty. */
export function shipmentWire(order: Order, shipment: Shipment): Record<string, unknown> {
  const consignment = order.shipping.find((candidate) => candidate.id === shipment.addressId);
  return {
    id: shipment.id,
    order_id: order.id,
    customer_id: order.customerId,
    order_address_id: shipment.addressId,
    date_created: rfc2822(shipment.created),
    tracking_number: shipment.trackingNumber,
    merchant_shipping_cost: shipment.merchantCostText,
    shipping_method: shipment.shippingMethod,
    comments: shipment.comments,
    shipping_provider: shipment.shippingProvider,
    shipping_provider_display_name: providerName(shipment.shippingProvider),
    tracking_carrier: shipment.trackingCarrier,
    tracking_link: shipment.trackingLink,
    generated_tracking_link: shipment.trackingLink === '' ? carrierLink(shipment) : '',
    billing_address: order.billing,
    shipping_address: consignment?.address ?? emptyAddress(),
    items: shipment.items.map((item) => ({
      order_product_id: item.lineId,
      product_id: 0,
      quantity: item.quantity,
    })),
  };
}
