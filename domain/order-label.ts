/**
 * All that a label needs of an order in one view (capabilities Q-46): where to send what, how heavy, how many parcels,
 * what to collect. Made from the store's order and the fields that are ours; pure, and stored nowhere.
 */
import {
  physicalLines,
  type Address,
  type Consignment,
  type DecimalText,
  type LineItem,
  type Order,
  type OrderWarning,
  type OrderWeight,
  type PickupPoint,
  type WeightUnit,
} from './order.ts';
import { decimalOf, decimalUnits } from './decimal.ts';

/** Who set a field of ours (capabilities ): refreshing an order changes neither. */
export type FieldOwner = 'default' | 'operator';

export interface LocalWeight {
  value: DecimalText;
  unit: WeightUnit;
  by: FieldOwner;
  /** Of a default: also where the store gives a weight. */
  always: boolean;
}

/** Fields that the store does not own; set when an order is created, then by people only. */
export interface LocalFields {
  parcels?: { count: number; by: FieldOwner };
  weight?: LocalWeight;
  /** A person's address for a consignment, by its id: the fields that were set, the others are the store's. */
  addresses?: Record<string, Partial<Address>>;
  /** Who set what, and when: by `parcels`, `weight`, `address.{consignment}.{field}`. */
  edited?: Record<string, { by: string; at: string }>;
}

export interface LabelWeight {
  value: DecimalText;
  unit: WeightUnit | null;
  source: OrderWeight['source'] | FieldOwner;
}

export interface LabelParcel {
  consignmentId: number;
  /** Null: it names a pickup point that cannot be read, so nobody knows where it goes. */
  shipTo: Address | null;
  /** The order's own address, where the parcel goes somewhere else. */
  shopperAddress: Address | null;
  /** What the store says, where a person set another address. */
  storeAddress: Address | null;
  addressFrom: 'store' | 'operator' | 'pickup_point';
  shippingMethod: string;
  pickupPoint: PickupPoint | null;
  lines: LineItem[];
}

export interface OrderLabel {
  orderId: number;
  origin: {
    platform: 'bigcommerce';
    storeHash: string;
    storefrontId: number;
    source: string;
    externalOrderId: string | null;
    externalSource: string | null;
  };
  createdAt: string;
  modifiedAt: string;
  /** Who receives it: name, company, telephone and e-mail, with the payer's or the customer's where the address has none. */
  consignee: Pick<Address, 'firstName' | 'lastName' | 'company' | 'phone' | 'email'>;
  parcels: { count: number; by: FieldOwner };
  weight: LabelWeight;
  /** What the store says, beside what is used. */
  storeWeight: OrderWeight;
  currency: string;
  totalIncTax: DecimalText;
  cod: { amount: DecimalText; currency: string; reason: string } | null;
  destinations: LabelParcel[];
  /** Collected in a shop of the merchant: no parcel, another block (capabilities X-26). */
  storePickups: Extract<Consignment, { kind: 'pickup' }>[];
  notes: { fromShopper: string; fromStaff: string };
  /** What people set; `idle` where the order has nothing (any more) that it applies to. */
  edits: { field: string; by: string; at: string; idle: boolean }[];
  warnings: OrderWarning[];
}

/** The view. May be repeated. */
export function orderLabel(order: Order, local: LocalFields): OrderLabel {
  const shipping = order.consignments.filter((group) => group.kind === 'shipping');
  const destinations = shipping.map((group) => destinationOf(order, group, local));
  const first = destinations[0]?.shopperAddress ?? destinations[0]?.shipTo ?? shipping[0]?.address;
  return {
    orderId: order.orderId,
    origin: {
      platform: 'bigcommerce',
      storeHash: order.storeHash,
      storefrontId: order.storefrontId,
      source: order.origin.source,
      externalOrderId: order.externalOrderId,
      externalSource: order.externalSource,
    },
    createdAt: order.createdAt,
    modifiedAt: order.modifiedAt,
    consignee: consigneeOf(first ?? order.billingAddress, order),
    parcels: local.parcels ?? { count: 1, by: 'default' },
    weight: labelWeight(order, local),
    storeWeight: order.weight,
    currency: order.currency,
    totalIncTax: order.totalIncTax,
    cod:
      order.isCod && order.codAmount !== null
        ? { amount: order.codAmount, currency: order.currency, reason: order.codReason ?? '' }
        : null,
    destinations,
    storePickups: order.consignments.filter((group) => group.kind === 'pickup'),
    notes: { fromShopper: order.customerMessage, fromStaff: order.staffNotes },
    edits: editsOf(local, destinations),
    warnings: order.warnings,
  };
}

function editsOf(local: LocalFields, destinations: readonly LabelParcel[]): OrderLabel['edits'] {
  return Object.entries(local.edited ?? {}).map(([field, { by, at }]) => {
    const [what, consignment] = field.split('.');
    const isThere = destinations.some(({ consignmentId }) => String(consignmentId) === consignment);
    return { field, by, at, idle: what === 'address' && !isThere };
  });
}

/** The weight to use: a person's, the store's, or the channel's default (capabilities Q-27); digital orders have none. */
export function labelWeight(order: Order, local: LocalFields): LabelWeight {
  const ours = local.weight;
  if (physicalLines(order).length === 0 || ours === undefined) return order.weight;
  const takesOurs = ours.by === 'operator' || ours.always || order.weight.source === 'none';
  return takesOurs ? { value: ours.value, unit: ours.unit, source: ours.by } : order.weight;
}

function consigneeOf(address: Address, order: Order): OrderLabel['consignee'] {
  const { billingAddress: billing, customer } = order;
  const nameless = address.firstName === '' && address.lastName === '' && address.company === '';
  const named = nameless ? billing : address;
  return {
    firstName: named.firstName,
    lastName: named.lastName,
    company: named.company,
    phone: firstOf(address.phone, billing.phone, customer?.phone),
    email: firstOf(address.email, billing.email, customer?.email),
  };
}

function firstOf(...texts: (string | undefined)[]): string {
  return texts.find((text) => text !== undefined && text.trim() !== '') ?? '';
}

function destinationOf(
  order: Order,
  group: Extract<Consignment, { kind: 'shipping' }>,
  local: LocalFields,
): LabelParcel {
  const edited = local.addresses?.[String(group.id)];
  const own: Address = edited === undefined ? group.address : { ...group.address, ...edited };
  const point = group.pickupPoint;
  const toPoint = point?.asDestination === true;
  return {
    consignmentId: group.id,
    shipTo: toPoint ? pointAddress(point, own) : own,
    shopperAddress: toPoint ? own : null,
    storeAddress: edited === undefined ? null : group.address,
    addressFrom: toPoint ? 'pickup_point' : edited === undefined ? 'store' : 'operator',
    shippingMethod: group.shippingMethod,
    pickupPoint: point,
    lines: order.lineItems.filter((line) => line.orderAddressId === group.id),
  };
}

/** The shopper's name at the point's address. Parts that the plugin did not write stay empty: they are the carrier's. */
function pointAddress(point: PickupPoint, shopper: Address): Address | null {
  if (!point.readable) return null;
  return {
    ...shopper,
    company: point.name === '' ? point.id : `${point.name} (${point.id})`,
    street1: point.address,
    street2: '',
    city: point.city,
    state: point.state,
    postalCode: point.postalCode,
    countryIso2: /^[A-Za-z]{2}$/.test(point.country) ? point.country.toUpperCase() : shopper.countryIso2,
    country: /^[A-Za-z]{2}$/.test(point.country) ? '' : point.country,
  };
}

/** The fields of a newly created order by the channel's settings (capabilities ). */
export function localDefaults(rules: {
  parcels: number;
  weight: { value: number; unit: WeightUnit; always: boolean } | null;
}): LocalFields {
  return {
    parcels: { count: rules.parcels, by: 'default' },
    ...(rules.weight === null
      ? {}
      : {
          weight: {
            value: decimalOf(decimalUnits(rules.weight.value.toFixed(4))),
            unit: rules.weight.unit,
            by: 'default' as const,
            always: rules.weight.always,
          },
        }),
  };
}
