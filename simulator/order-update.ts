// Changing an order: partial, with the recalculation and read-only rules of the real API. Creating is in order-create.ts.
import { NO_CONTENT, Refusal, invalidField, json, notFound, v2Error } from './answers.ts';
import type { Answer } from './answers.ts';
import { parseMoney } from './money.ts';
import type { Order, OrderLine, PostalAddress } from './model.ts';
import { findCatalogLine, readCustomPrices } from './order-lines.ts';
import { ORDER_SCOPE, orderOf, writtenOrder } from './orders.ts';
import { idParam, isRecord, recordWrite, v2Body } from './routing.ts';
import type { Call, Route } from './routing.ts';
import { ORDER_STATUSES } from './statuses.ts';
import { addressWire } from './wire.ts';

/** Length of the long text fields of an order at most. */
export const LONG_TEXT_MAX = 65_535;

/** Fields that a PUT refuses (bigcommerce-api.md section 3.6). */
const READ_ONLY = new Set([
  'id',
  'date_modified',
  'date_shipped',
  'order_source',
  'payment_status',
  'currency_id',
  'currency_code',
  'currency_exchange_rate',
  'default_currency_id',
  'default_currency_code',
  'coupon_discount',
  'store_credit_amount',
  'gift_certificate_amount',
  'shipping_address_count',
  'coupons',
  'external_id',
  'subtotal_tax',
  'total_tax',
  'shipping_cost_tax',
  'shipping_cost_tax_class_id',
  'handling_cost_tax',
  'handling_cost_tax_class_id',
  'wrapping_cost_tax',
  'wrapping_cost_tax_class_id',
]);
/** Sums that may be overridden; only sensible in pairs, which the store does not check. */
const SUMS = ['subtotal_ex_tax', 'subtotal_inc_tax', 'total_ex_tax', 'total_inc_tax'];
/** Fields after which the store computes the totals anew and forgets discounts. */
const RECALCULATING = [
  'discount_amount',
  'base_shipping_cost',
  'shipping_cost_ex_tax',
  'shipping_cost_inc_tax',
  'base_handling_cost',
  'handling_cost_ex_tax',
  'handling_cost_inc_tax',
  'base_wrapping_cost',
  'wrapping_cost_ex_tax',
  'wrapping_cost_inc_tax',
  'billing_address',
  'shipping_addresses',
  'products',
];
/** Accepted and without effect here; `status` is text that the real store does not act on. */
const IGNORED = new Set([
  'status',
  'custom_status',
  'ebay_order_id',
  'geoip_country',
  'geoip_country_iso2',
  'ip_address_v6',
  'items_shipped',
  'items_total',
  'order_is_digital',
  'payment_provider_id',
  'refunded_amount',
  'tax_provider_id',
  'date_created',
]);

const TEXTS = {
  staff_notes: 'staffNotes',
  customer_message: 'customerMessage',
  external_order_id: 'externalOrderId',
  customer_locale: 'customerLocale',
  payment_method: 'paymentMethod',
  ip_address: 'ipAddress',
} as const;

const KNOWN = new Set([
  ...Object.keys(TEXTS),
  ...SUMS,
  ...RECALCULATING,
  ...IGNORED,
  'status_id',
  'external_source',
  'external_merchant_id',
  'channel_id',
  'customer_id',
  'is_deleted',
  'fees',
  'consignments',
]);

/** Stores the plain text fields of a body. Throws a V2 400 for one that is no text or too long. */
export function writeTexts(order: Order, body: Record<string, unknown>): void {
  for (const [wire, field] of Object.entries(TEXTS)) {
    const value = body[wire];
    if (value === undefined) continue;
    if (value === null) {
      order[field] = '';
      continue;
    }
    if (typeof value !== 'string' || value.length > LONG_TEXT_MAX) throw new Refusal(invalidField(wire));
    order[field] = value;
  }
  const source = body['external_source'];
  if (source === null || typeof source === 'string') order.externalSource = source;
  else if (source !== undefined) throw new Refusal(invalidField('external_source'));
  const merchantId = body['external_merchant_id'];
  if (merchantId === undefined || merchantId === null) return;
  if (typeof merchantId !== 'string') throw new Refusal(invalidField('external_merchant_id'));
  if (order.externalMerchantId !== null) {
    throw new Refusal(v2Error(400, "The field 'external_merchant_id' cannot be written to once it is set."));
  }
  order.externalMerchantId = merchantId;
}

/** A status id of a body; undefined when absent. Throws a V2 400 for one that does not exist. */
export function readStatusId(body: Record<string, unknown>): number | undefined {
  const value = body['status_id'];
  if (value === undefined) return undefined;
  const id = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
  if (typeof id !== 'number' || ORDER_STATUSES[id] === undefined)
    throw new Refusal(invalidField('status_id'));
  return id;
}

/** Fees of a body, replacing all the order has. */
export function writeFees(call: Pick<Call, 'store'>, order: Order, value: unknown): void {
  if (value === undefined) return;
  if (!Array.isArray(value)) throw new Refusal(invalidField('fees'));
  order.fees = (value as unknown[]).map((fee) => {
    if (!isRecord(fee)) throw new Refusal(invalidField('fees'));
    const name = fee['display_name_customer'] ?? fee['display_name_merchant'];
    let ex = parseMoney(fee['cost_ex_tax']);
    let inc = parseMoney(fee['cost_inc_tax']);
    const tax = parseMoney(fee['cost_tax']);
    if (ex === null && inc !== null && tax !== null) ex = inc - tax;
    if (inc === null && ex !== null && tax !== null) inc = ex + tax;
    if (typeof name !== 'string' || ex === null || inc === null) throw new Refusal(invalidField('fees'));
    const known = order.fees.find((candidate) => candidate.id === fee['id']);
    const merchantName = fee['display_name_merchant'];
    return {
      id: known?.id ?? call.store.nextId('fee'),
      customerName: name,
      merchantName: typeof merchantName === 'string' ? merchantName : name,
      source: typeof fee['source'] === 'string' ? fee['source'] : '',
      exTaxCents: ex,
      incTaxCents: inc,
    };
  });
}

/** Overwrites the members of an address that a body names. */
export function writeAddress(address: PostalAddress, value: unknown): void {
  if (!isRecord(value)) return;
  for (const key of Object.keys(address)) {
    const text = value[key];
    // The keys of an address are exactly its wire names.
    if (typeof text === 'string') address[key as keyof PostalAddress] = text;
  }
}

function writeProducts(call: Call, order: Order, value: unknown): void {
  if (value === undefined) return;
  if (!Array.isArray(value)) throw new Refusal(invalidField('products'));
  for (const row of value as unknown[]) {
    if (!isRecord(row)) throw new Refusal(invalidField('products'));
    const quantity = row['quantity'];
    if (
      quantity !== undefined &&
      (typeof quantity !== 'number' || !Number.isInteger(quantity) || quantity < 0)
    ) {
      throw new Refusal(invalidField('quantity'));
    }
    if (row['id'] === undefined) {
      order.lines.push(findCatalogLine(call.store, order, row));
      continue;
    }
    const line = order.lines.find((candidate) => candidate.id === row['id']);
    if (line === undefined) throw new Refusal(invalidField('products'));
    if (quantity === 0) {
      order.lines = order.lines.filter((candidate) => candidate !== line);
      continue;
    }
    changeLine(line, row, quantity);
  }
}

function changeLine(line: OrderLine, row: Record<string, unknown>, quantity: number | undefined): void {
  if (quantity !== undefined) line.quantity = quantity;
  const prices = readCustomPrices(row);
  if (prices !== null) {
    line.exTaxCents = prices.ex;
    line.incTaxCents = prices.inc;
  }
  // Touching a line clears its discounts and promotions.
  line.discounts = [];
}

function writeMoney(order: Order, body: Record<string, unknown>): void {
  const cents = (name: string): number | undefined => {
    if (body[name] === undefined) return undefined;
    const value = parseMoney(body[name]);
    if (value === null) throw new Refusal(invalidField(name));
    return value;
  };
  for (const name of [...SUMS, 'shipping_cost_ex_tax', 'shipping_cost_inc_tax']) {
    const value = cents(name);
    if (value !== undefined) order.overrides[name] = value;
  }
  order.handlingCents = cents('handling_cost_ex_tax') ?? order.handlingCents;
  order.wrappingCents = cents('wrapping_cost_ex_tax') ?? order.wrappingCents;
}

/** A PUT with money, products or addresses in it: coupons and discounts are gone afterwards, totals are new. */
function recalculate(order: Order, body: Record<string, unknown>): void {
  if (!RECALCULATING.some((name) => name in body)) return;
  const discount = parseMoney(body['discount_amount']);
  order.discountCents = discount ?? 0;
  order.couponCents = 0;
  for (const name of SUMS) if (!(name in body)) delete order.overrides[name];
}

function writePickups(order: Order, value: unknown): void {
  if (!isRecord(value)) return;
  const rows = value['pickups'];
  if (!Array.isArray(rows)) throw new Refusal(invalidField('consignments'));
  for (const row of rows as unknown[]) {
    const pickup = order.pickups.find((candidate) => isRecord(row) && candidate.id === row['id']);
    if (pickup === undefined || !isRecord(row)) throw new Refusal(invalidField('consignments'));
    const name = row['pickup_method_display_name'];
    if (typeof name === 'string') pickup.displayName = name;
  }
}

function updateOrder(call: Call): Answer {
  const order = orderOf(call);
  const body = v2Body(call);
  for (const name of Object.keys(body)) {
    if (READ_ONLY.has(name)) {
      throw new Refusal(
        v2Error(
          400,
          `The field '${name}' cannot be written to. Please remove it from your request before trying again.`,
        ),
      );
    }
    if (!KNOWN.has(name))
      throw new Refusal(v2Error(400, `The field '${name}' is not supported by this resource.`));
  }
  const statusId = readStatusId(body);
  writeTexts(order, body);
  writeProducts(call, order, body['products']);
  writeFees(call, order, body['fees']);
  writeMoney(order, body);
  recalculate(order, body);
  writeAddress(order.billing, body['billing_address']);
  writePickups(order, body['consignments']);
  if (typeof body['customer_id'] === 'number') order.customerId = body['customer_id'];
  if (typeof body['channel_id'] === 'number') order.channelId = body['channel_id'];
  if (typeof body['is_deleted'] === 'boolean') call.store.setDeleted(order, body['is_deleted']);
  const before = order.statusId;
  call.store.touch(order);
  if (statusId !== undefined) {
    call.store.setStatus(order, statusId);
    call.store.mailStatus(order);
  }
  call.store.announceUpdated(order);
  recordWrite(
    call,
    statusId === undefined
      ? `order ${order.id}: ${Object.keys(body).sort().join(', ')} written`
      : `order ${order.id}: status ${before} -> ${statusId}`,
  );
  return writtenOrder(call, order, 200);
}

function archiveOrder(call: Call): Answer {
  const order = orderOf(call);
  call.store.setDeleted(order, true);
  recordWrite(call, `order ${order.id}: archived`);
  return NO_CONTENT;
}

function archiveAllOrders(call: Call): Answer {
  for (const order of call.store.ordersById()) call.store.setDeleted(order, true);
  recordWrite(call, 'all orders archived');
  return NO_CONTENT;
}

/** Neither taxes nor shipping cost follow the new address, as in the real store. */
function updateShippingAddress(call: Call): Answer {
  const order = orderOf(call);
  const consignment = order.shipping.find((candidate) => candidate.id === idParam(call, 'id'));
  if (consignment === undefined) return notFound('v2');
  const body = v2Body(call);
  writeAddress(consignment.address, body);
  if (typeof body['shipping_method'] === 'string') consignment.method = body['shipping_method'];
  call.store.touch(order);
  call.store.announceUpdated(order);
  recordWrite(call, `order ${order.id}: shipping address ${consignment.id} written`);
  return json(200, addressWire(order, consignment, call.context));
}

const route = (method: string, template: string, handle: (call: Call) => Answer): Route => ({
  method,
  template,
  scopes: ORDER_SCOPE,
  handle,
});

/** The endpoints that change orders. */
export const orderUpdateRoutes: readonly Route[] = [
  route('PUT', '/v2/orders/{order_id}', updateOrder),
  route('DELETE', '/v2/orders/{order_id}', archiveOrder),
  route('DELETE', '/v2/orders', archiveAllOrders),
  route('PUT', '/v2/orders/{order_id}/shipping_addresses/{id}', updateShippingAddress),
];
