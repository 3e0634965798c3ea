// Creating an order through the API: no mail, status 1 unless told otherwise, prices of the catalog unless overridden.
import { Refusal, invalidField, v2Error } from './answers.ts';
import type { Answer } from './answers.ts';
import { parseStoreDate } from './clock.ts';
import { CUSTOMER_COUNT } from './customers.ts';
import { parseMoney } from './money.ts';
import { emptyAddress } from './model.ts';
import type { Order, PostalAddress } from './model.ts';
import { findCatalogLine } from './order-lines.ts';
import { readStatusId, writeAddress, writeFees, writeTexts } from './order-update.ts';
import { ORDER_SCOPE, writtenOrder } from './orders.ts';
import { isRecord, recordWrite, v2Body } from './routing.ts';
import type { Call, Route } from './routing.ts';
import { shippingConsignment } from './order-maker.ts';
import { STATUS_PENDING } from './statuses.ts';

/** Shortest `zip` of a billing address (bigcommerce-api.md section 3.5). */
const ZIP_LENGTH_MIN = 2;
/** Storefronts that exist and are enabled. */
const STOREFRONTS = new Set([1, 2]);

function readBilling(body: Record<string, unknown>): PostalAddress {
  const value = body['billing_address'];
  if (!isRecord(value))
    throw new Refusal(v2Error(400, "The required field 'billing_address' was not supplied."));
  const address = emptyAddress();
  writeAddress(address, value);
  if (address.zip.length < ZIP_LENGTH_MIN) throw new Refusal(invalidField('billing_address.zip'));
  if (address.country === '' && address.country_iso2 === '')
    throw new Refusal(invalidField('billing_address.country'));
  return address;
}

/** A registered customer, or 0 for a guest. */
function readCustomer(body: Record<string, unknown>): number {
  const id = body['customer_id'] ?? 0;
  if (typeof id !== 'number' || !Number.isInteger(id) || id < 0 || id > CUSTOMER_COUNT) {
    throw new Refusal(invalidField('customer_id'));
  }
  return id;
}

function blank(call: Call, body: Record<string, unknown>): Order {
  const billing = readBilling(body);
  const created = typeof body['date_created'] === 'string' ? parseStoreDate(body['date_created']) : null;
  if (body['date_created'] !== undefined && created === null) throw new Refusal(invalidField('date_created'));
  const channelId = body['channel_id'] ?? 1;
  if (typeof channelId !== 'number' || !STOREFRONTS.has(channelId))
    throw new Refusal(invalidField('channel_id'));
  const now = call.store.clock.nowSeconds();
  const code =
    typeof body['default_currency_code'] === 'string'
      ? body['default_currency_code']
      : call.store.traits.currency;
  return {
    id: call.store.nextOrderId(),
    version: 1,
    customerId: readCustomer(body),
    channelId,
    statusId: readStatusId(body) ?? STATUS_PENDING,
    created: created ?? now,
    modified: now,
    shippedAt: null,
    cartId: null,
    orderSource: 'external',
    externalSource: null,
    externalOrderId: '',
    externalMerchantId: null,
    paymentMethod: 'Manual',
    paymentStatus: '',
    paymentProviderId: '',
    displayCurrency: { id: 1, code },
    currency: { id: 1, code },
    exchangeRate: '1.0000000000',
    staffNotes: '',
    customerMessage: '',
    customerLocale: 'en',
    ipAddress: '',
    isDeleted: false,
    billing,
    billingFormFields: [],
    shipping: [],
    pickups: [],
    digitalEmail: billing.email,
    lines: [],
    fees: [],
    coupons: [],
    discountCents: parseMoney(body['discount_amount']) ?? 0,
    couponCents: 0,
    storeCreditCents: 0,
    giftCertificateCents: 0,
    handlingCents: parseMoney(body['handling_cost_ex_tax']) ?? 0,
    wrappingCents: parseMoney(body['wrapping_cost_ex_tax']) ?? 0,
    overrides: {},
    transactions: [],
    refunds: [],
    messages: [],
    shipments: [],
    searchableAtMs: performance.now() + call.store.traits.externalIdLagMs,
    staleUntilMs: 0,
    hideLines: false,
    raw: null,
  };
}

function addPickup(call: Call, order: Order, value: unknown): void {
  const pickups: unknown = isRecord(value) ? value['pickups'] : undefined;
  if (!Array.isArray(pickups) || pickups.length !== 1) throw new Refusal(invalidField('consignments'));
  const pickup: unknown = pickups[0];
  if (
    !isRecord(pickup) ||
    typeof pickup['pickup_method_id'] !== 'number' ||
    !Array.isArray(pickup['line_items'])
  ) {
    throw new Refusal(invalidField('consignments.pickups'));
  }
  const text = (name: string): string => (typeof pickup[name] === 'string' ? pickup[name] : '');
  order.pickups.push({
    id: call.store.nextId('address'),
    methodId: pickup['pickup_method_id'],
    displayName: text('pickup_method_display_name'),
    instructions: text('collection_instructions'),
    timeDescription: text('collection_time_description'),
  });
  addLines(call, order, pickup['line_items']);
}

function addLines(call: Call, order: Order, rows: readonly unknown[]): void {
  for (const row of rows) {
    if (!isRecord(row)) throw new Refusal(invalidField('products'));
    order.lines.push(findCatalogLine(call.store, order, row));
  }
}

function addShippedLines(call: Call, order: Order, body: Record<string, unknown>): void {
  const rows = body['products'];
  if (!Array.isArray(rows) || rows.length === 0) {
    throw new Refusal(v2Error(400, "The required field 'products' was not supplied."));
  }
  const given: unknown = body['shipping_addresses'];
  const addresses = Array.isArray(given) ? (given as unknown[]).filter(isRecord) : [];
  // Without any address the goods go to the billing address.
  for (const row of addresses.length === 0 ? [{}] : addresses) {
    const address = addresses.length === 0 ? { ...order.billing } : emptyAddress();
    writeAddress(address, row);
    const method = isRecord(row) && typeof row['shipping_method'] === 'string' ? row['shipping_method'] : '';
    order.shipping.push({
      ...shippingConsignment(call.store, address, method),
      exTaxCents: 0,
      incTaxCents: 0,
    });
  }
  addLines(call, order, rows);
  if (order.lines.every((line) => line.type !== 'physical')) order.shipping = [];
}

function overrideSums(order: Order, body: Record<string, unknown>): void {
  for (const sum of ['subtotal', 'total', 'shipping_cost']) {
    const ex = parseMoney(body[`${sum}_ex_tax`]);
    const inc = parseMoney(body[`${sum}_inc_tax`]);
    if (ex !== null) order.overrides[`${sum}_ex_tax`] = ex;
    if (inc !== null) order.overrides[`${sum}_inc_tax`] = inc;
  }
}

function createOrder(call: Call): Answer {
  const body = v2Body(call);
  if (body['products'] !== undefined && body['consignments'] !== undefined) {
    throw new Refusal(v2Error(400, "The fields 'products' and 'consignments' may not be combined."));
  }
  const order = blank(call, body);
  if (body['consignments'] === undefined) addShippedLines(call, order, body);
  else addPickup(call, order, body['consignments']);
  writeTexts(order, body);
  writeFees(call, order, body['fees']);
  overrideSums(order, body);
  call.store.put(order);
  call.store.announceCreated(order);
  recordWrite(call, `order ${order.id} created with external_order_id "${order.externalOrderId}"`);
  return writtenOrder(call, order, 201);
}

/** The endpoint that creates orders. */
export const orderCreateRoutes: readonly Route[] = [
  { method: 'POST', template: '/v2/orders', scopes: ORDER_SCOPE, handle: createOrder },
];
