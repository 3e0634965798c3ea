/**
 * A store's order → our canonical order. One order at a time, so that one that cannot be read never hides its
 * neighbors; nothing unknown passes into the canonical order; a problem is named by its path, never with its value.
 */
import {
  ORDER_SCHEMA_VERSION,
  type IsoSecond,
  type LineItem,
  type Order,
  type OrderTotals,
} from '../domain/order.ts';
import { consignmentsOf } from './translate-consignments.ts';
import { lineOf, parseLine, quantitySum, readLineItems } from './translate-lines.ts';
import { idOrNull, isoSecond, textOf, textOrNull, wholeNumber, decimalText } from './wire-values.ts';
import { addressOf } from './translate-consignments.ts';
import { shapeProblems, wireConsignments, wireOrder, type WireConsignments, type WireOrder } from './wire.ts';

export interface ReadContext {
  storeHash: string;
  /** All lines as `GET /v2/orders/{id}/products` gave them; they replace the included ones. */
  lines?: readonly LineItem[];
}

export type ReadOrder =
  | {
      ok: true;
      order: Order;
      /** True when the answer does not hold all lines: ask `…/products` and read again with `lines`. */
      linesIncomplete: boolean;
    }
  | {
      ok: false;
      /** As far as they can be told: enough to set the order aside and to move past it. */
      orderId: number | null;
      modifiedAt: IsoSecond | null;
      /** Where the answer is not what the API describes, without values. */
      problem: string;
    };

/** Included line items stop here without an error (bigcommerce-api.md, Traps 3: `bigcommerce/docs` #960). */
export const INCLUDED_LINES_MAX = 50;

/**
 * Reads one order of a list or of `GET /v2/orders/{id}` with `include=consignments.line_items`. Takes consignments in
 * object and in array form. What the channel's settings make of an order (cash on delivery, option keys, pickup points,
 * details) is `domain/import-order.ts`. Pure; never throws.
 */
export function readOrder(raw: unknown, context: ReadContext): ReadOrder {
  const parsed = wireOrder.safeParse(raw);
  if (!parsed.success) return unreadable(raw, shapeProblems(parsed.error));
  const wire = parsed.data;
  const createdAt = isoSecond(wire.date_created);
  const modifiedAt = isoSecond(wire.date_modified);
  if (createdAt === null || modifiedAt === null)
    return unreadable(raw, ['date_created or date_modified: no such date']);
  if (wholeNumber(wire.id) === 0) return unreadable(raw, ['id: 0']);
  const included = readConsignments(memberOf(raw, 'consignments'));
  if ('problems' in included) return unreadable(raw, included.problems);

  const lines = context.lines === undefined ? included.lines : [...context.lines];
  lines.sort((a, b) => a.orderProductId - b.orderProductId);
  const itemsTotal =
    wire.items_total === null || wire.items_total === undefined
      ? quantitySum(lines)
      : wholeNumber(wire.items_total);
  const linesIncomplete =
    context.lines === undefined &&
    (included.cut || quantitySum(lines) !== itemsTotal || holdsWarning(memberOf(raw, 'consignments')));
  const { currency, shopperCurrency } = currenciesOf(wire);
  return {
    ok: true,
    linesIncomplete,
    order: {
      schemaVersion: ORDER_SCHEMA_VERSION,
      orderId: wholeNumber(wire.id),
      storeHash: context.storeHash,
      // The default storefront is always 1 (bigcommerce-api.md section 13).
      storefrontId: idOrNull(wire.channel_id) ?? 1,
      createdAt,
      modifiedAt,
      statusId: Number(wire.status_id),
      statusLabel: textOf(wire.custom_status),
      archived: wire.is_deleted === true || wire.is_deleted === 'true' || wire.is_deleted === 1,
      paymentStatus: textOf(wire.payment_status),
      paymentMethod: textOf(wire.payment_method),
      isCod: false,
      codReason: null,
      codAmount: null,
      currency,
      shopperCurrency,
      totalIncTax: decimalText(wire.total_inc_tax),
      totals: totalsOf(wire),
      customerId: wholeNumber(wire.customer_id),
      origin: {
        source: textOf(wire.order_source),
        cartId: textOrNull(wire.cart_id),
        merchantId: textOrNull(wire.external_merchant_id),
        externalId: textOrNull(wire.external_id),
      },
      externalOrderId: textOrNull(wire.external_order_id),
      externalSource: textOrNull(wire.external_source),
      customerMessage: textOf(wire.customer_message),
      staffNotes: textOf(wire.staff_notes),
      billingAddress: addressOf(wire.billing_address),
      consignments: consignmentsOf(included.wire, lines),
      lineItems: lines,
      itemsTotal,
      weight: { value: '0.0000', unit: null, source: 'none' },
      fees: feesOf(wire.fees),
      payments: null,
      refunds: null,
      warnings: [],
    },
  };
}

/** Money is in the transactional currency, which is the *default* one (bigcommerce-api.md section 3.3). */
function currenciesOf(wire: WireOrder): Pick<Order, 'currency' | 'shopperCurrency'> {
  const shown = textOf(wire.currency_code);
  const currency = textOrNull(wire.default_currency_code) ?? shown;
  const shopperCurrency =
    shown === '' || shown === currency ? null : { code: shown, rate: textOf(wire.currency_exchange_rate) };
  return { currency, shopperCurrency };
}

function totalsOf(wire: WireOrder): OrderTotals {
  return {
    subtotalIncTax: decimalText(wire.subtotal_inc_tax),
    shippingIncTax: decimalText(wire.shipping_cost_inc_tax),
    handlingIncTax: decimalText(wire.handling_cost_inc_tax),
    wrappingIncTax: decimalText(wire.wrapping_cost_inc_tax),
    discount: decimalText(wire.discount_amount),
    couponDiscount: decimalText(wire.coupon_discount),
    storeCredit: decimalText(wire.store_credit_amount),
    giftCertificates: decimalText(wire.gift_certificate_amount),
    totalTax: decimalText(wire.total_tax),
  };
}

/** A link where the include was not honored, and an odd fee, count as none: no label depends on them. */
function feesOf(raw: unknown): Order['fees'] {
  if (!Array.isArray(raw)) return [];
  return raw.flatMap((fee: unknown) => {
    const cost = memberOf(fee, 'cost_inc_tax');
    const name = memberOf(fee, 'display_name_customer');
    const isMoney = typeof cost === 'number' || (typeof cost === 'string' && /^-?\d+(\.\d+)?$/.test(cost));
    return isMoney ? [{ name: typeof name === 'string' ? name : '', costIncTax: decimalText(cost) }] : [];
  });
}

/**
 * Reads a page of `GET /v2/orders/{id}/products`. Problems name the path without values. Pure; never throws.
 */
export function readProducts(
  raw: unknown[],
  orderId: number,
): { ok: true; lines: LineItem[] } | { ok: false; problem: string } {
  const lines: LineItem[] = [];
  for (const [index, entry] of raw.entries()) {
    const line = parseLine(entry, 'products', index);
    if ('problems' in line) return { ok: false, problem: line.problems.join('; ') };
    const owner = wholeNumber(line.wire.order_id);
    if (owner !== 0 && owner !== orderId)
      return { ok: false, problem: `products.${String(index)}.order_id: another order` };
    lines.push(
      lineOf(line.wire, {
        orderAddressId: idOrNull(line.wire.order_address_id),
        pickupId: idOrNull(line.wire.order_pickup_method_id),
      }),
    );
  }
  return { ok: true, lines };
}

/** What can be told of an order without reading it all; null where it cannot. Used to check filters and to set aside. */
export interface OrderIdentity {
  orderId: number | null;
  createdAt: IsoSecond | null;
  modifiedAt: IsoSecond | null;
  statusId: number | null;
  storefrontId: number | null;
}

/** Reads only id, dates, status and storefront. Pure; never throws. */
export function readIdentity(raw: unknown): OrderIdentity {
  const orderId = numberIn(raw, 'id');
  return {
    orderId: orderId === 0 ? null : orderId,
    createdAt: secondIn(raw, 'date_created'),
    modifiedAt: secondIn(raw, 'date_modified'),
    statusId: numberIn(raw, 'status_id'),
    storefrontId: numberIn(raw, 'channel_id'),
  };
}

function numberIn(raw: unknown, name: string): number | null {
  const value = memberOf(raw, name);
  const whole =
    typeof value === 'number'
      ? value
      : typeof value === 'string' && /^\d{1,15}$/.test(value)
        ? Number(value)
        : NaN;
  return Number.isSafeInteger(whole) && whole >= 0 ? whole : null;
}

function secondIn(raw: unknown, name: string): IsoSecond | null {
  const value = memberOf(raw, name);
  return typeof value === 'string' && value !== '' ? isoSecond(value) : null;
}

function unreadable(raw: unknown, problems: string[]): ReadOrder {
  const identity = readIdentity(raw);
  return {
    ok: false,
    orderId: identity.orderId,
    modifiedAt: identity.modifiedAt,
    problem: problems.join('; '),
  };
}

interface Included {
  wire: WireConsignments;
  lines: LineItem[];
  /** Some lines are not here: links instead of lines, or a list that ends at the cap. */
  cut: boolean;
}

function readConsignments(raw: unknown): Included | { problems: string[] } {
  if (memberOf(raw, 'url') !== undefined)
    return { problems: ['consignments: a link, although asked to be included'] };
  // `consignment_structure=object` is always asked for; the array form is the older one (section 3.4).
  const read = Array.isArray(raw) ? joinedParts(raw) : wireConsignments.safeParse(raw);
  if ('problems' in read) return read;
  if (!read.success) return { problems: shapeProblems(read.error, ['consignments']) };
  const wire = read.data;
  const included: Included = { wire, lines: [], cut: false };
  for (const [index, group] of (wire.shipping ?? []).entries()) {
    const place = { orderAddressId: wholeNumber(group.id), pickupId: null };
    const problems = takeLines(included, group, 'shipping', index, place);
    if (problems !== null) return { problems };
  }
  for (const [index, group] of (wire.pickups ?? []).entries()) {
    const place = { orderAddressId: null, pickupId: wholeNumber(group.id) };
    const problems = takeLines(included, group, 'pickups', index, place);
    if (problems !== null) return { problems };
  }
  for (const [index, group] of (wire.downloads ?? []).entries()) {
    const problems = takeLines(included, group, 'downloads', index, NOWHERE);
    if (problems !== null) return { problems };
  }
  for (const [index, group] of (wire.email?.gift_certificates ?? []).entries()) {
    const problems = takeLines(included, group, 'email.gift_certificates', index, NOWHERE);
    if (problems !== null) return { problems };
  }
  return included;
}

/** The array form as one object. */
function joinedParts(
  parts: readonly unknown[],
): { success: true; data: WireConsignments } | { problems: string[] } {
  const shipping: NonNullable<WireConsignments['shipping']> = [];
  const pickups: NonNullable<WireConsignments['pickups']> = [];
  const downloads: NonNullable<WireConsignments['downloads']> = [];
  const mailed: typeof downloads = [];
  for (const [index, part] of parts.entries()) {
    const parsed = wireConsignments.safeParse(part);
    if (!parsed.success) return { problems: shapeProblems(parsed.error, ['consignments', String(index)]) };
    shipping.push(...(parsed.data.shipping ?? []));
    pickups.push(...(parsed.data.pickups ?? []));
    downloads.push(...(parsed.data.downloads ?? []));
    mailed.push(...(parsed.data.email?.gift_certificates ?? []));
  }
  return { success: true, data: { shipping, pickups, downloads, email: { gift_certificates: mailed } } };
}

interface Place {
  orderAddressId: number | null;
  pickupId: number | null;
}
const NOWHERE: Place = { orderAddressId: null, pickupId: null };

/** Adds a group's lines; answers what is wrong with them, or null. */
function takeLines(
  into: Included,
  group: { line_items?: unknown },
  kind: string,
  index: number,
  place: Place,
): string[] | null {
  const read = readLineItems(group.line_items, `consignments.${kind}.${String(index)}`);
  if ('problems' in read) return read.problems;
  into.cut ||= read.links || read.wires.length >= INCLUDED_LINES_MAX;
  for (const wire of read.wires) into.lines.push(lineOf(wire, place));
  return null;
}

/** The key's place inside a consignment is not documented (Traps 3), so the whole member is searched for it. */
function holdsWarning(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(holdsWarning);
  if (typeof value !== 'object' || value === null) return false;
  for (const key of Object.keys(value)) {
    if (key === '__warning__' || (key !== 'line_items' && holdsWarning(memberOf(value, key)))) return true;
  }
  return false;
}

function memberOf(value: unknown, name: string): unknown {
  // An object of unknown members; reading one of them is safe whatever it holds.
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)[name]
    : undefined;
}
