// Makes order lines: from catalog products, from small descriptions, and as each kind of order wants them.
import { variantPrice } from './catalog-data.ts';
import type { CatalogProduct } from './catalog-data.ts';
import type { LineType, Order, OrderLine } from './model.ts';
import type { OrderKindTraits } from './order-kinds.ts';
import type { SeededRandom } from './random.ts';
import type { StoreState } from './store.ts';

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

/** The store's one tax rate. */
const TAX_PERCENT = 10;

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

/** The lines a kind of order has. */
export function kindLines(
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

/** The lines a description asks for; a known SKU, variant or product id takes price and weight from the catalog. */
export function specLines(store: StoreState, order: Order, specs: readonly LineSpec[]): OrderLine[] {
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
