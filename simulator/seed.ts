// Makes up orders: by kind and seed, many at once, or one by one from a small description. Deterministic for a seed.
import { parseStoreDate } from './clock.ts';
import type { LineType, Order, OrderLine, PostalAddress, ShippingConsignment } from './model.ts';
import type { CatalogProduct } from './catalog-data.ts';
import { variantPrice } from './catalog-data.ts';
import { ORDER_KIND_NAMES, orderKind } from './order-kinds.ts';
import type { OrderKindTraits } from './order-kinds.ts';
import { seededAddress, unicodeAddress } from './places.ts';
import { SeededRandom } from './random.ts';
import type { StoreState } from './store.ts';
import { totalsOf } from './totals.ts';

/** One line of an explicit order. */
export interface LineSpec {
  readonly sku?: string;
  readonly name?: string;
  readonly quantity?: number;
  readonly weight?: number | string;
  readonly type?: LineType;
  readonly price?: number;
  readonly productId?: number;
  readonly variantId?: number;
  readonly options?: readonly { readonly name: string; readonly value: string }[];
}

/** One explicit order: a kind and what differs from it. */
export interface OrderSpec {
  readonly kind?: string;
  readonly id?: number;
  readonly statusId?: number;
  readonly dateCreated?: string;
  readonly dateModified?: string;
  readonly lines?: readonly LineSpec[];
  readonly customerId?: number;
  readonly channelId?: number;
  readonly paymentMethod?: string;
  readonly paymentStatus?: string;
  readonly externalOrderId?: string;
  readonly externalSource?: string;
  readonly staffNotes?: string;
  readonly customerMessage?: string;
  readonly shippingMethod?: string;
  readonly currency?: string;
  readonly cartId?: string | null;
  readonly isDeleted?: boolean;
  readonly billing?: Partial<PostalAddress>;
  readonly shippingAddress?: Partial<PostalAddress>;
  readonly formFields?: readonly { readonly name: string; readonly value: string }[];
}

/** Many orders at once. Dates are ISO 8601; by default they spread over the past fourteen days. */
export interface SeedRequest {
  readonly count: number;
  readonly seed?: number;
  readonly kind?: string;
  readonly startId?: number;
  readonly modifiedWithinOneSecond?: number;
  readonly createdFrom?: string;
  readonly createdTo?: string;
}

export interface SeedResult {
  readonly count: number;
  readonly firstId: number;
  readonly lastId: number;
}

const DEFAULT_SPREAD_SECONDS = 14 * 24 * 3600;
/** Seeded orders end this long before the present, so that an import window that stops short of it sees them all. */
const QUIET_SECONDS = 300;
const TAX_PERCENT = 10;

/** Adds seeded orders and answers their ids. Throws `RangeError` for a kind or date that does not exist. */
export function seedOrders(store: StoreState, request: SeedRequest): SeedResult {
  if (!Number.isInteger(request.count) || request.count < 1)
    throw new RangeError('count must be a whole number above 0.');
  const random = new SeededRandom(request.seed ?? 1);
  const now = store.clock.nowSeconds();
  const to = readDate(request.createdTo, now - QUIET_SECONDS);
  const from = readDate(request.createdFrom, to - DEFAULT_SPREAD_SECONDS);
  const kinds = request.kind === undefined || request.kind === 'mixed' ? ORDER_KIND_NAMES : [request.kind];
  const orders: Order[] = [];
  for (let index = 0; index < request.count; index += 1) {
    const created = Math.floor(from + ((to - from) * (index + random.next())) / request.count);
    const modified = Math.min(to, created + random.between(0, 6 * 3600));
    const kind = kinds[index % kinds.length] ?? 'plain';
    const id = request.startId === undefined ? undefined : request.startId + index;
    const order = buildOrder(store, random, { kind, ...(id === undefined ? {} : { id }) }, created);
    order.modified = Math.max(created, modified);
    orders.push(order);
  }
  const together = Math.min(request.modifiedWithinOneSecond ?? 0, orders.length);
  if (together > 0) {
    const newest = [...orders].sort((a, b) => b.modified - a.modified).slice(0, together);
    const second = newest[0]?.modified ?? to;
    for (const order of newest) order.modified = second;
  }
  for (const order of orders) store.put(order);
  return { count: orders.length, firstId: orders[0]?.id ?? 0, lastId: orders.at(-1)?.id ?? 0 };
}

/** Adds explicit orders and answers their ids. Throws `RangeError` for a kind or date that does not exist. */
export function addOrders(store: StoreState, specs: readonly OrderSpec[], seed = 1): number[] {
  return specs.map((spec, index) => {
    const random = new SeededRandom(seed + store.orderCount + index);
    const now = store.clock.nowSeconds();
    const order = buildOrder(store, random, spec, readDate(spec.dateCreated, now));
    order.modified = readDate(spec.dateModified, Math.max(order.created, now));
    store.put(order);
    store.announceCreated(order);
    return order.id;
  });
}

function readDate(text: string | undefined, fallback: number): number {
  if (text === undefined) return fallback;
  const seconds = parseStoreDate(text);
  if (seconds === null) throw new RangeError(`"${text}" is not a date.`);
  return seconds;
}

function buildOrder(store: StoreState, random: SeededRandom, spec: OrderSpec, created: number): Order {
  const kindName = spec.kind ?? 'plain';
  const kind = orderKind(kindName);
  if (kind === undefined) throw new RangeError(`There is no order kind "${kindName}".`);
  const billing = kind.extra === 'unicode' ? unicodeAddress(random) : seededAddress(random);
  const order = blankOrder(store, random, spec, kind, created, { ...billing, ...spec.billing });
  addConsignments(store, random, order, kind, spec);
  order.lines =
    spec.lines === undefined ? kindLines(store, random, order, kind) : specLines(store, order, spec.lines);
  applyExtra(store, random, order, kind);
  addTransaction(store, order, kind);
  return order;
}

function blankOrder(
  store: StoreState,
  random: SeededRandom,
  spec: OrderSpec,
  kind: OrderKindTraits,
  created: number,
  billing: PostalAddress,
): Order {
  const currency = { id: 1, code: spec.currency ?? store.traits.currency };
  return {
    id: store.nextOrderId(spec.id),
    version: 1,
    customerId: spec.customerId ?? (kind.extra === 'guest' ? 0 : random.between(1, 40)),
    channelId: spec.channelId ?? (kind.extra === 'marketplace' ? 2 : 1),
    statusId: spec.statusId ?? kind.statusId,
    created,
    modified: created,
    shippedAt: null,
    cartId: spec.cartId === undefined ? random.uuid() : spec.cartId,
    orderSource: kind.extra === 'marketplace' ? 'amazon' : 'www',
    externalSource: spec.externalSource ?? null,
    externalOrderId: spec.externalOrderId ?? '',
    externalMerchantId: null,
    paymentMethod: spec.paymentMethod ?? paymentName(kind),
    paymentStatus: spec.paymentStatus ?? kind.paymentStatus,
    paymentProviderId: '',
    displayCurrency: kind.extra === 'foreign-currency' ? { id: 2, code: 'EUR' } : currency,
    currency: kind.extra === 'foreign-currency' ? { id: 2, code: 'EUR' } : currency,
    exchangeRate: '1.0000000000',
    staffNotes: spec.staffNotes ?? '',
    customerMessage:
      spec.customerMessage ?? (random.next() < 0.1 ? 'Please leave it with the neighbour.' : ''),
    customerLocale: 'en',
    ipAddress: `192.0.2.${random.between(1, 254)}`,
    isDeleted: spec.isDeleted ?? kind.extra === 'archived',
    billing,
    billingFormFields: [],
    shipping: [],
    pickups: [],
    digitalEmail: billing.email,
    lines: [],
    fees: [],
    coupons: [],
    discountCents: 0,
    couponCents: 0,
    storeCreditCents: 0,
    giftCertificateCents: 0,
    handlingCents: 0,
    wrappingCents: 0,
    overrides: {},
    transactions: [],
    refunds: [],
    messages: [],
    shipments: [],
    searchableAtMs: 0,
    raw: null,
  };
}

function paymentName(kind: OrderKindTraits): string {
  switch (kind.payment) {
    case 'cod':
      return 'Cash on Delivery';
    case 'bank':
      return 'Bank Deposit';
    case 'none':
      return '';
    case 'card':
      return 'Credit Card';
  }
}

/** A shipping consignment to an address, with the shop's flat rate. */
export function shippingConsignment(
  store: StoreState,
  address: PostalAddress,
  method: string,
): ShippingConsignment {
  return {
    id: store.nextId('address'),
    address,
    formFields: [],
    method,
    exTaxCents: 500,
    incTaxCents: 550,
    zoneId: 1,
    zoneName: 'Everywhere',
  };
}

function addConsignments(
  store: StoreState,
  random: SeededRandom,
  order: Order,
  kind: OrderKindTraits,
  spec: OrderSpec,
): void {
  for (let index = 0; index < kind.addresses; index += 1) {
    const own = index === 0 ? order.billing : seededAddress(random);
    const address =
      kind.extra === 'bare-address' ? { ...own, state: '', phone: '', country: '', company: '' } : { ...own };
    const consignment = shippingConsignment(
      store,
      { ...address, ...spec.shippingAddress },
      spec.shippingMethod ?? 'Flat Rate',
    );
    consignment.formFields = (spec.formFields ?? []).map((field) => ({ ...field }));
    if (kind.extra === 'pickup-point') {
      consignment.formFields.push({ name: 'Pickup point', value: `PP-${random.between(1000, 9999)}` });
    }
    order.shipping.push(consignment);
  }
  if (kind.extra === 'pickup') {
    order.pickups.push({
      id: store.nextId('address'),
      methodId: 1,
      displayName: 'Collect at the main shop',
      instructions: 'Bring your order number.',
      timeDescription: 'Ready in two hours',
    });
  }
}

/** A line of an order for a catalog product; the first consignment or pickup takes it if it is physical. */
export function catalogLine(
  store: StoreState,
  order: Order,
  product: CatalogProduct,
  variantIndex: number,
  quantity: number,
  consignmentIndex = 0,
): OrderLine {
  const variant = product.variants[variantIndex % product.variants.length];
  const cents = variant === undefined ? product.priceCents : variantPrice(product, variant);
  const physical = product.type === 'physical';
  return {
    ...blankLine(store),
    productId: product.id,
    variantId: variant?.id ?? 0,
    addressId: physical ? (order.shipping[consignmentIndex]?.id ?? 0) : 0,
    pickupId: physical && order.shipping.length === 0 ? (order.pickups[0]?.id ?? 0) : 0,
    type: product.type,
    name: product.name,
    sku: variant?.sku ?? product.sku,
    brand: product.brand,
    weight: (variant?.weight ?? product.weight).toFixed(4),
    quantity,
    exTaxCents: cents,
    incTaxCents: withTax(cents),
    options: (variant?.options ?? []).map((option) => ({
      optionId: option.optionId,
      productOptionId: option.optionId,
      displayName: option.name,
      displayValue: option.label,
      value: String(option.valueId),
      type: 'Multiple choice',
    })),
  };
}

/** A line that belongs nowhere yet. */
export function blankLine(store: StoreState): OrderLine {
  return {
    id: store.nextId('line'),
    productId: 0,
    variantId: 0,
    addressId: 0,
    pickupId: 0,
    parentId: null,
    type: 'physical',
    name: '',
    sku: '',
    upc: '',
    brand: '',
    weight: '0.0000',
    quantity: 1,
    shipped: 0,
    refunded: 0,
    exTaxCents: 0,
    incTaxCents: 0,
    options: [],
    discounts: [],
  };
}

/** A price with the store's one tax rate. */
export function withTax(cents: number): number {
  return Math.round((cents * (100 + TAX_PERCENT)) / 100);
}

function productsOf(store: StoreState, type: 'physical' | 'digital'): CatalogProduct[] {
  return [...store.catalog.products.values()].filter((product) => product.type === type);
}

function kindLines(
  store: StoreState,
  random: SeededRandom,
  order: Order,
  kind: OrderKindTraits,
): OrderLine[] {
  const physical = productsOf(store, 'physical').filter((product) => product.weight > 0);
  const line = (pool: readonly CatalogProduct[], consignment = 0): OrderLine =>
    catalogLine(store, order, random.pick(pool), random.between(0, 3), random.between(1, 3), consignment);
  const two = (pool: readonly CatalogProduct[]): OrderLine[] => [
    line(pool),
    line(pool, order.shipping.length > 1 ? 1 : 0),
  ];
  switch (kind.lines) {
    case 'physical':
      return two(physical);
    case 'digital':
      return [line(productsOf(store, 'digital'))];
    case 'physical+digital':
      return [...two(physical), line(productsOf(store, 'digital'))];
    case 'zero-weight':
      return [line(productsOf(store, 'physical').filter((product) => product.weight === 0))];
    case 'sixty':
      return Array.from({ length: 60 }, () => line(physical));
    case 'gift':
      return [
        {
          ...blankLine(store),
          type: 'giftcertificate',
          name: 'Gift certificate',
          exTaxCents: 2500,
          incTaxCents: 2500,
        },
      ];
    case 'custom':
      return [
        line(physical),
        {
          ...blankLine(store),
          addressId: order.shipping[0]?.id ?? 0,
          name: 'Engraving by hand',
          exTaxCents: 1500,
          incTaxCents: withTax(1500),
        },
      ];
    case 'bundle': {
      const parent = line(physical);
      const child = line(physical);
      return [
        parent,
        { ...child, parentId: parent.id, quantity: parent.quantity, exTaxCents: 0, incTaxCents: 0 },
      ];
    }
    case 'options': {
      const chosen = line(physical.filter((product) => product.variants.length > 1));
      const option = (
        displayName: string,
        displayValue: string,
        id: number,
      ): OrderLine['options'][number] => ({
        optionId: id,
        productOptionId: id,
        displayName,
        displayValue,
        value: displayValue,
        type: 'Text field',
      });
      return [
        {
          ...chosen,
          options: [...chosen.options, option('HS Code', '6203.42', 901), option('Note', 'Für Zoë', 902)],
        },
      ];
    }
  }
}

function specLines(store: StoreState, order: Order, specs: readonly LineSpec[]): OrderLine[] {
  return specs.map((spec) => {
    const known = findVariant(store, spec);
    const base =
      known === null
        ? { ...blankLine(store), exTaxCents: 1000, incTaxCents: withTax(1000), weight: '1.0000' }
        : catalogLine(store, order, known.product, known.index, 1);
    const type = spec.type ?? base.type;
    const cents = spec.price === undefined ? base.exTaxCents : Math.round(spec.price * 100);
    return {
      ...base,
      type,
      productId: spec.productId ?? base.productId,
      variantId: spec.variantId ?? base.variantId,
      addressId: type === 'physical' ? (order.shipping[0]?.id ?? 0) : 0,
      pickupId: type === 'physical' && order.shipping.length === 0 ? (order.pickups[0]?.id ?? 0) : 0,
      name: spec.name ?? (base.name === '' ? (spec.sku ?? 'Article') : base.name),
      sku: spec.sku ?? base.sku,
      quantity: spec.quantity ?? 1,
      weight: spec.weight === undefined ? base.weight : String(spec.weight),
      exTaxCents: cents,
      incTaxCents: spec.price === undefined ? base.incTaxCents : withTax(cents),
      options:
        spec.options?.map((option, index) => ({
          optionId: index + 1,
          productOptionId: index + 1,
          displayName: option.name,
          displayValue: option.value,
          value: option.value,
          type: 'Text field',
        })) ?? base.options,
    };
  });
}

function findVariant(store: StoreState, spec: LineSpec): { product: CatalogProduct; index: number } | null {
  for (const product of store.catalog.products.values()) {
    const index = product.variants.findIndex(
      (variant) =>
        variant.sku === spec.sku || (spec.variantId !== undefined && variant.id === spec.variantId),
    );
    if (index >= 0) return { product, index };
    if (spec.productId === product.id) return { product, index: 0 };
  }
  return null;
}

function applyExtra(store: StoreState, random: SeededRandom, order: Order, kind: OrderKindTraits): void {
  switch (kind.extra) {
    case 'part-refund':
      refund(store, order, order.lines.slice(0, 1), 1);
      break;
    case 'full-refund':
      refund(store, order, order.lines, Infinity);
      break;
    case 'shipped':
      shipQuietly(store, random, order, Infinity);
      order.shippedAt = order.created + 3600;
      break;
    case 'part-shipped':
      shipQuietly(store, random, order, 1);
      break;
    case 'coupon':
      order.couponCents = 500;
      order.coupons.push({
        id: store.nextId('coupon'),
        couponId: 7,
        code: 'WELCOME5',
        type: 2,
        amountCents: 500,
        discountCents: 500,
      });
      order.lines[0]?.discounts.push({
        id: 'coupon',
        cents: 500,
        name: 'Welcome',
        code: 'WELCOME5',
        target: 'order',
      });
      break;
    case 'fee':
      order.fees.push({
        id: store.nextId('fee'),
        customerName: 'Handling of fragile goods',
        merchantName: 'Fragile',
        source: 'shop',
        exTaxCents: 200,
        incTaxCents: withTax(200),
      });
      break;
    default:
      break;
  }
}

function refund(store: StoreState, order: Order, lines: readonly OrderLine[], unitsPerLine: number): void {
  const items = lines.map((line) => {
    line.refunded = Math.min(line.quantity, unitsPerLine);
    return { type: 'PRODUCT', id: line.id, quantity: line.refunded, cents: line.incTaxCents * line.refunded };
  });
  order.refunds.push({
    id: store.nextId('refund'),
    created: order.created + 7200,
    reason: 'Sent back',
    items,
    provider: 'custom',
  });
}

/** Ships as a person did in the past: no mail, no event, the status is part of the kind. */
function shipQuietly(store: StoreState, random: SeededRandom, order: Order, units: number): void {
  const consignment = order.shipping[0];
  if (consignment === undefined) return;
  let left = units;
  const items: { lineId: number; quantity: number }[] = [];
  for (const line of order.lines) {
    const quantity = Math.min(left, line.quantity);
    if (line.addressId !== consignment.id || quantity === 0) continue;
    line.shipped = quantity;
    left -= quantity;
    items.push({ lineId: line.id, quantity });
  }
  order.shipments.push({
    id: store.nextId('shipment'),
    addressId: consignment.id,
    created: order.created + 3600,
    trackingNumber: random.next() < 0.7 ? `HAND${random.between(100000, 999999)}` : '',
    trackingLink: '',
    shippingMethod: consignment.method,
    shippingProvider: '',
    trackingCarrier: '',
    merchantCostText: '0.0000',
    comments: '',
    items,
  });
}

function addTransaction(store: StoreState, order: Order, kind: OrderKindTraits): void {
  if (kind.payment === 'none') return;
  const gateway = kind.payment === 'cod' ? 'cod' : kind.payment === 'bank' ? 'bankdeposit' : 'stripe';
  order.paymentProviderId = gateway;
  order.transactions.push({
    id: store.nextId('transaction'),
    event: kind.payment === 'card' ? 'purchase' : 'pending',
    method: kind.payment === 'card' ? 'credit_card' : 'offline',
    gateway,
    cents: totalsOf(order).totalIncTax,
    created: order.created,
    displayName: order.paymentMethod,
    referenceId: null,
  });
}
