// Lines that come in through the API: catalog products at the store's price or an overridden one, and custom products.
import { Refusal, invalidField, v2Error } from './answers.ts';
import { variantPrice } from './catalog-data.ts';
import type { CatalogProduct } from './catalog-data.ts';
import { parseMoney } from './money.ts';
import type { Order, OrderLine } from './model.ts';
import { isRecord } from './routing.ts';
import { blankLine, catalogLine, withTax } from './line-maker.ts';
import type { StoreState } from './store.ts';

/** Length of a custom product's name at most. */
const CUSTOM_NAME_MAX = 250;

/** The two prices of a line, both or neither. Throws a V2 400 for one alone. */
export function readCustomPrices(row: Record<string, unknown>): { ex: number; inc: number } | null {
  const ex = parseMoney(row['price_ex_tax']);
  const inc = parseMoney(row['price_inc_tax']);
  if (ex === null && inc === null) return null;
  if (ex === null || inc === null) {
    throw new Refusal(
      v2Error(400, "The fields 'price_ex_tax' and 'price_inc_tax' must be specified together."),
    );
  }
  return { ex, inc };
}

/** Builds the line a body asks for and takes catalog stock. Throws a V2 400 that says what is wrong with it. */
export function findCatalogLine(store: StoreState, order: Order, row: Record<string, unknown>): OrderLine {
  const quantity = row['quantity'];
  if (typeof quantity !== 'number' || !Number.isInteger(quantity) || quantity < 1)
    throw new Refusal(invalidField('quantity'));
  const prices = readCustomPrices(row);
  if (row['product_id'] === undefined || row['product_id'] === 0)
    return customLine(store, order, row, quantity, prices);
  const product =
    typeof row['product_id'] === 'number' ? store.catalog.products.get(row['product_id']) : undefined;
  if (product === undefined) throw new Refusal(invalidField('product_id'));
  const index = variantIndex(product, row);
  const line = catalogLine(store, order, product, index, quantity);
  const variant = product.variants[index];
  if (variant !== undefined) {
    if (variant.stock < quantity) {
      throw new Refusal(v2Error(400, `The product "${product.name}" does not have enough stock.`));
    }
    variant.stock -= quantity;
    line.exTaxCents = variantPrice(product, variant);
    line.incTaxCents = withTax(line.exTaxCents);
  }
  if (prices !== null) {
    line.exTaxCents = prices.ex;
    line.incTaxCents = prices.inc;
  }
  return line;
}

function customLine(
  store: StoreState,
  order: Order,
  row: Record<string, unknown>,
  quantity: number,
  prices: { ex: number; inc: number } | null,
): OrderLine {
  const name = row['name'];
  if (typeof name !== 'string' || name === '' || name.length > CUSTOM_NAME_MAX)
    throw new Refusal(invalidField('name'));
  if (prices === null)
    throw new Refusal(v2Error(400, "A custom product needs 'price_ex_tax' and 'price_inc_tax'."));
  return {
    ...blankLine(store),
    name,
    sku: typeof row['sku'] === 'string' ? row['sku'] : '',
    upc: typeof row['upc'] === 'string' ? row['upc'] : '',
    addressId: order.shipping[0]?.id ?? 0,
    pickupId: order.shipping.length === 0 ? (order.pickups[0]?.id ?? 0) : 0,
    quantity,
    exTaxCents: prices.ex,
    incTaxCents: prices.inc,
  };
}

/** A product with several variants needs `variant_id` or `product_options`. */
function variantIndex(product: CatalogProduct, row: Record<string, unknown>): number {
  if (row['variant_id'] !== undefined) {
    const index = product.variants.findIndex((variant) => variant.id === row['variant_id']);
    if (index < 0) throw new Refusal(invalidField('variant_id'));
    return index;
  }
  const options: unknown = row['product_options'];
  if (Array.isArray(options) && options.length > 0) {
    const chosen = (options as unknown[]).filter(isRecord);
    const index = product.variants.findIndex((variant) =>
      variant.options.every((option) =>
        chosen.some(
          (choice) => choice['id'] === option.optionId && String(choice['value']) === String(option.valueId),
        ),
      ),
    );
    if (index < 0) throw new Refusal(invalidField('product_options'));
    return index;
  }
  if (product.variants.length > 1) {
    throw new Refusal(
      v2Error(400, `The options of product ${product.id} are missing one or more required values.`),
    );
  }
  return 0;
}
