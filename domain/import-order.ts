/**
 * What a channel's settings make of an order that was read: cash on delivery, option keys, customs data, images, weight,
 * pickup points, warnings. Pure; the store's own words stay beside what is made of them.
 */
import type { CodJudge } from './cash-on-delivery.ts';
import { comparable } from './cash-on-delivery.ts';
import { decimalOf, decimalUnits } from './decimal.ts';
import {
  physicalLines,
  type Address,
  type Consignment,
  type DecimalText,
  type HsCodeSource,
  type LineCustoms,
  type LineItem,
  type Order,
  type OrderCustomer,
  type OrderWarning,
  type OrderWeight,
  type Payment,
  type Refund,
  type WeightUnit,
} from './order.ts';
import { readPickupPoint, type Metafield, type PickupPointRules } from './pickup-point.ts';

export interface OrderRules {
  cod: CodJudge;
  /** Our key → display names of options, in the order in which they win (capabilities S-34…S-37). */
  productOptions: Readonly<Record<string, readonly string[]>>;
  hsCode: { sources: readonly HsCodeSource[]; default: string | null };
  /** Null: not known. */
  storeUnit: WeightUnit | null;
  /** Null: not looked for. */
  pickupPoints: PickupPointRules | null;
}

/** What the catalog says of a product; both of its variant where it has one. */
export interface ProductDetail {
  imageUrl: string | null;
  weight: DecimalText | null;
  variants: Readonly<Record<string, { imageUrl: string | null; weight: DecimalText | null }>>;
}

/** Customs information of a product (capabilities F-15). */
export interface CustomsDetail {
  originCountry: string | null;
  description: string | null;
  /** By destination (ISO-2), or `ALL`. */
  hsCodes: Readonly<Record<string, string>>;
}

/** Answers of detail calls, as far as they were asked for. */
export interface OrderDetails {
  products: ReadonlyMap<number, ProductDetail>;
  customs: ReadonlyMap<number, CustomsDetail>;
  payments: readonly Payment[] | null;
  /** False: the store holds more payments than it lists (capabilities K-34). */
  paymentsComplete: boolean;
  refunds: readonly Refund[] | null;
  metafields: readonly Metafield[];
  /** Tariff codes that products carry as a metafield, by product. */
  codes: ReadonlyMap<number, string>;
  /** Null: not asked for, or not there any more. */
  customer: OrderCustomer | null;
}

export const NO_DETAILS: OrderDetails = {
  products: new Map(),
  customs: new Map(),
  payments: null,
  paymentsComplete: true,
  refunds: null,
  metafields: [],
  codes: new Map(),
  customer: null,
};

/** The key of `product_options` that is a tariff code. */
const HS_CODE_KEY = 'hs_code';
const HS_CODE_LENGTH_MAX = 18;

/** The order with everything that the rules and the details say of it. May be repeated with the same result. */
export function completeOrder(read: Order, rules: OrderRules, details: OrderDetails = NO_DETAILS): Order {
  const warnings: OrderWarning[] = [];
  const countries = countriesOf(read.consignments);
  const lineItems = read.lineItems.map((line) =>
    completeLine(line, countries.get(line.orderProductId) ?? '', rules, details, warnings),
  );
  const consignments = read.consignments.map((group) =>
    completeConsignment(group, read, rules, details, warnings),
  );
  const weight = weightOf(lineItems, rules.storeUnit);
  // The only copy of the order: its thirty members are copied once and the verdict is written into it.
  const order: Order = {
    ...read,
    lineItems,
    consignments,
    weight,
    payments: details.payments === null ? null : [...details.payments],
    refunds: details.refunds === null ? null : [...details.refunds],
    warnings,
    // Not a member of every order, so that orders of channels that do not ask for it stay as they are.
    ...(details.customer === null ? {} : { customer: customerInSequence(details.customer) }),
  };
  if (!details.paymentsComplete) {
    warnings.push({
      code: 'payments_cut',
      detail: 'The order has more payments than the store lists, page by page, so no sum of them is right.',
    });
  }
  Object.assign(order, rules.cod.judge(order));
  if (!order.isCod)
    for (const detail of rules.cod.similar(read)) warnings.push({ code: 'cod_similar', detail });
  if (weight.source === 'partial')
    warnings.push({ code: 'weight_unknown', detail: 'Some lines have no weight; the sum is too low.' });
  return order;
}

/** What was kept lies in a `jsonb` column, which knows no sequence; the content hash does. */
function customerInSequence({ groupId, company, phone, email, notes }: OrderCustomer): OrderCustomer {
  return { groupId, company, phone, email, notes };
}

/** Destination of each line, ISO-2. */
function countriesOf(consignments: readonly Consignment[]): Map<number, string> {
  const countries = new Map<number, string>();
  for (const group of consignments) {
    if (group.kind !== 'shipping') continue;
    for (const id of group.orderProductIds) countries.set(id, group.address.countryIso2);
  }
  return countries;
}

function completeLine(
  line: LineItem,
  country: string,
  rules: OrderRules,
  details: OrderDetails,
  warnings: OrderWarning[],
): LineItem {
  const fields = line.options.length === 0 ? line.fields : optionFields(line, rules, warnings);
  const product = line.productId === 0 ? undefined : details.products.get(line.productId);
  const variant = product?.variants[String(line.variantId)];
  const weighed =
    line.weightSource === 'none' && line.kind === 'physical'
      ? (variant?.weight ?? product?.weight ?? null)
      : null;
  const fromCatalog = weighed !== null && decimalUnits(weighed) > 0n;
  return {
    ...line,
    fields,
    ...(fromCatalog ? { weight: weighed, weightSource: 'product' as const } : {}),
    customs: line.kind === 'physical' ? customsOf(line, fields, country, rules, details) : null,
    imageUrl: httpsOrNull(variant?.imageUrl ?? product?.imageUrl ?? null),
  };
}

function httpsOrNull(url: string | null): string | null {
  return url?.startsWith('https://') === true ? url : null;
}

/** Shopper's name first, then the merchant's; of several names that are listed for a key the first with a value wins. */
function optionFields(line: LineItem, rules: OrderRules, warnings: OrderWarning[]): Record<string, string> {
  const fields: Record<string, string> = {};
  for (const [key, names] of Object.entries(rules.productOptions)) {
    const values = names.flatMap((name) => {
      const wanted = comparable(name);
      const option =
        line.options.find((one) => comparable(one.name) === wanted && one.value.trim() !== '') ??
        line.options.find((one) => comparable(one.merchantName ?? '') === wanted && one.value.trim() !== '');
      return option === undefined ? [] : [option.value.trim()];
    });
    const [first] = values;
    if (first === undefined) continue;
    fields[key] = key === HS_CODE_KEY ? first.slice(0, HS_CODE_LENGTH_MAX) : first;
    if (values.some((value) => value !== first))
      warnings.push({
        code: 'option_conflict',
        detail: `Line ${String(line.orderProductId)} has several options for ${key} that differ; the first listed name wins.`,
      });
  }
  return fields;
}

function customsOf(
  line: LineItem,
  fields: Readonly<Record<string, string>>,
  country: string,
  rules: OrderRules,
  details: OrderDetails,
): LineCustoms | null {
  const information = line.productId === 0 ? undefined : details.customs.get(line.productId);
  const codes: Record<HsCodeSource, string | null> = {
    option: fields[HS_CODE_KEY] ?? null,
    customs_information: information?.hsCodes[country] ?? information?.hsCodes['ALL'] ?? null,
    product_metafield: details.codes.get(line.productId)?.trim() ?? null,
    channel_default: rules.hsCode.default,
  };
  const from = rules.hsCode.sources.find((source) => (codes[source] ?? '') !== '') ?? null;
  const originCountry = information?.originCountry ?? null;
  const description = information?.description ?? null;
  if (from === null && originCountry === null && description === null) return null;
  return {
    hsCode: from === null ? null : (codes[from] ?? '').slice(0, HS_CODE_LENGTH_MAX),
    hsCodeFrom: from,
    originCountry,
    description,
  };
}

function completeConsignment(
  group: Consignment,
  order: Order,
  rules: OrderRules,
  details: OrderDetails,
  warnings: OrderWarning[],
): Consignment {
  if (group.kind !== 'shipping') return group;
  const point =
    rules.pickupPoints === null
      ? null
      : readPickupPoint(
          {
            formFields: group.formFields,
            shippingMethod: group.shippingMethod,
            staffNotes: order.staffNotes,
            metafields: details.metafields,
          },
          rules.pickupPoints,
        );
  if (point?.readable === false) {
    warnings.push({
      code: 'pickup_point_unreadable',
      detail: `Consignment ${String(group.id)} names a pickup point that cannot be read (${point.readFrom}, pudo.sources).`,
    });
  }
  const missing = missingParts(group.address, order.billingAddress);
  if (missing.length > 0) {
    warnings.push({
      code: 'address_incomplete',
      detail: `Consignment ${String(group.id)} has no ${missing.join(', no ')}.`,
    });
  }
  return point === null ? group : { ...group, pickupPoint: point };
}

/** Places without postal codes, by the Universal Postal Union's list; the larger ones to which shops send. */
const WITHOUT_POSTAL_CODE: ReadonlySet<string> = new Set([
  ...['AE', 'AG', 'AO', 'AW', 'BS', 'BZ', 'BJ', 'BW', 'BF', 'BI', 'CM', 'CF', 'KM', 'CG', 'CD', 'CK', 'CI'],
  ...['DJ', 'DM', 'GQ', 'ER', 'FJ', 'GM', 'GH', 'GD', 'GY', 'HK', 'KI', 'MO', 'ML', 'MR', 'NR', 'NU', 'QA'],
  ...[
    'RW',
    'KN',
    'ST',
    'SC',
    'SL',
    'SB',
    'SR',
    'SY',
    'TL',
    'TG',
    'TK',
    'TO',
    'TT',
    'TV',
    'UG',
    'VU',
    'YE',
    'ZW',
  ],
]);

/** What carriers refuse an address for (capabilities K-26); the telephone may be the payer's. */
function missingParts(address: Address, billing: Address): string[] {
  const named = address.firstName !== '' || address.lastName !== '' || address.company !== '';
  const parts: [string, boolean][] = [
    ['name', named],
    ['street', address.street1.trim() !== ''],
    ['city', address.city.trim() !== ''],
    ['postal code', address.postalCode.trim() !== '' || WITHOUT_POSTAL_CODE.has(address.countryIso2)],
    ['country', address.countryIso2 !== ''],
    ['telephone', address.phone.trim() !== '' || billing.phone.trim() !== ''],
  ];
  return parts.filter(([, there]) => !there).map(([part]) => part);
}

function weightOf(lines: readonly LineItem[], unit: WeightUnit | null): OrderWeight {
  let sum = 0n;
  let travelling = 0;
  let without = 0;
  let weighed = 0;
  for (const line of lines) {
    if (line.kind !== 'physical') continue;
    travelling += 1;
    if (line.weightSource === 'none') {
      // Parts of a bundle weigh nothing of their own: the bundle's line has the weight.
      if (line.parentId === null) without += 1;
      continue;
    }
    if (line.weightSource === 'product') weighed += 1;
    sum += decimalUnits(line.weight) * BigInt(line.quantity);
  }
  const source =
    travelling === 0 || sum === 0n ? 'none' : without > 0 ? 'partial' : weighed > 0 ? 'product' : 'line';
  return { value: decimalOf(sum), unit, source };
}

/** Which detail calls an order needs, as far as settings ask for them (design section 11: only then). */
export interface DetailWishes {
  /** Ids of products to read in the catalog. */
  products: number[];
  /** Ids of products whose customs information is wanted. */
  customs: number[];
  transactions: boolean;
  refunds: boolean;
  metafields: boolean;
  /** Ids of products whose tariff code is looked for among their metafields. */
  codes: number[];
  /** The customer to look up; null: a guest, or not wanted. */
  customer: number | null;
}

export interface DetailRules {
  images: boolean;
  /** A default weight is set: before it is used, the catalog is asked. */
  catalogWeights: boolean;
  /** Country of the store, ISO-2: customs data is asked for what leaves it. Null: not known, so not asked. */
  customsFrom: string | null;
  metafields: boolean;
  /** The metafield of products that holds a tariff code, for what leaves this country (ISO-2). Null: not asked for. */
  codes: { from: string; namespace: string | null; key: string } | null;
  /** Records of registered customers. */
  customers: boolean;
}

/** Pure. Asked of orders that the gate may admit; details of others are not read. */
export function detailWishes(order: Order, rules: OrderRules, wanted: DetailRules): DetailWishes {
  const products = new Set<number>();
  const leaving = new Set<number>();
  const abroad = new Set<number>();
  const from = wanted.customsFrom ?? wanted.codes?.from ?? null;
  if (from !== null) {
    for (const [orderProductId, country] of countriesOf(order.consignments))
      if (country !== '' && country !== from) abroad.add(orderProductId);
  }
  for (const line of order.lineItems) {
    if (line.productId === 0) continue;
    const weightless = wanted.catalogWeights && line.kind === 'physical' && line.weightSource === 'none';
    const leaves = line.kind === 'physical' && abroad.has(line.orderProductId);
    if (wanted.images || weightless) products.add(line.productId);
    if (leaves) leaving.add(line.productId);
  }
  return {
    products: [...products],
    customs: wanted.customsFrom === null ? [] : [...leaving],
    codes: wanted.codes === null ? [] : [...leaving],
    customer: wanted.customers && order.customerId > 0 ? order.customerId : null,
    transactions: rules.cod.asksTransactions(order),
    // Read in bulk, and only of orders that have some (capabilities I-74).
    refunds: order.lineItems.some((line) => line.quantityRefunded > 0),
    metafields: wanted.metafields && physicalLines(order).some((line) => line.orderAddressId !== null),
  };
}
