// Makes one order of a kind, with what a description says differs from it. Deterministic for a stream of randomness.
import { CUSTOMER_COUNT } from './customers.ts';
import { kindLines, specLines } from './line-maker.ts';
import type { LineSpec } from './line-maker.ts';
import type { Order, PostalAddress, ShippingConsignment } from './model.ts';
import { addTransaction, applyExtra } from './order-extras.ts';
import { orderKind } from './order-kinds.ts';
import type { OrderKindTraits } from './order-kinds.ts';
import { seededAddress, unicodeAddress } from './places.ts';
import type { SeededRandom } from './random.ts';
import type { StoreState } from './store.ts';

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

/** Makes an order; the store does not hold it yet. Throws `RangeError` for a kind that does not exist. */
export function buildOrder(store: StoreState, random: SeededRandom, spec: OrderSpec, created: number): Order {
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
    customerId: spec.customerId ?? (kind.extra === 'guest' ? 0 : random.between(1, CUSTOMER_COUNT)),
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
    staleUntilMs: 0,
    hideLines: kind.extra === 'hidden-lines',
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
