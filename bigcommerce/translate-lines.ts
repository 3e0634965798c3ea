/**
 * Line items: from what the store writes, in consignments or on their own, to ours. Pure; problems by path.
 */
import type { LineItem, LineItemKind } from '../domain/order.ts';
import { decimalText, idOrNull, textOf, wholeNumber } from './wire-values.ts';
import { shapeProblems, wireLine, type WireLine } from './wire.ts';

/** Reads one line of a list; problems carry the list's path and the line's place in it. */
export function parseLine(
  raw: unknown,
  list: string,
  index: number,
): { wire: WireLine } | { problems: string[] } {
  const parsed = wireLine.safeParse(raw);
  if (!parsed.success) return { problems: shapeProblems(parsed.error, [list, String(index)]) };
  if (wholeNumber(parsed.data.id) === 0) return { problems: [`${list}.${String(index)}.id: 0`] };
  return { wire: parsed.data };
}

/**
 * A consignment's `line_items`: a list, or one object instead (as in a published example), or links where the include
 * was not honored; links are counted as lines that are missing.
 */
export function readLineItems(
  raw: unknown,
  at: string,
): { wires: WireLine[]; links: boolean } | { problems: string[] } {
  if (raw === null || raw === undefined) return { wires: [], links: false };
  const list: unknown[] = Array.isArray(raw) ? raw : [raw];
  const wires: WireLine[] = [];
  let links = false;
  for (const [index, entry] of list.entries()) {
    if (isLink(entry)) {
      links = true;
      continue;
    }
    const line = parseLine(entry, `${at}.line_items`, index);
    if ('problems' in line) return line;
    wires.push(line.wire);
  }
  return { wires, links };
}

/** The line in our words, placed where its consignment is. */
export function lineOf(
  wire: WireLine,
  place: { orderAddressId: number | null; pickupId: number | null },
): LineItem {
  const weight = decimalText(wire.weight);
  return {
    orderProductId: wholeNumber(wire.id),
    productId: wholeNumber(wire.product_id),
    variantId: wholeNumber(wire.variant_id),
    kind: kindOf(wire, place),
    sku: textOf(wire.sku),
    name: textOf(wire.name),
    quantity: wholeNumber(wire.quantity),
    quantityShipped: wholeNumber(wire.quantity_shipped),
    quantityRefunded: wholeNumber(wire.quantity_refunded),
    orderAddressId: place.orderAddressId,
    pickupId: place.pickupId,
    parentId: idOrNull(wire.parent_order_product_id),
    upc: textOf(wire.upc),
    weight,
    weightSource: isZero(weight) ? 'none' : 'line',
    unitPriceIncTax: decimalText(wire.price_inc_tax),
    totalIncTax: decimalText(wire.total_inc_tax),
    options: (wire.product_options ?? []).map(optionOf),
    fields: {},
    customs: null,
    imageUrl: null,
  };
}

type WireOption = NonNullable<WireLine['product_options']>[number];

/** The shopper's words; the merchant's name for the option only where it is another one. */
function optionOf(option: WireOption): LineItem['options'][number] {
  const name = textOf(option.display_name_customer ?? option.display_name ?? option.name);
  const value = textOf(
    option.display_value ??
      (typeof option.value === 'string' || typeof option.value === 'number' ? option.value : ''),
  );
  const merchantName = textOf(option.display_name_merchant);
  return merchantName === '' || merchantName === name ? { name, value } : { name, value, merchantName };
}

function isZero(decimal: string): boolean {
  return !/[1-9]/.test(decimal);
}

/** Units of all lines, as `items_total` counts them. */
export function quantitySum(lines: readonly LineItem[]): number {
  return lines.reduce((sum, line) => sum + line.quantity, 0);
}

/** New words appear without notice: an unknown type with a place to go to travels, without one it does not. */
function kindOf(
  wire: WireLine,
  place: { orderAddressId: number | null; pickupId: number | null },
): LineItemKind {
  if (wire.type === 'physical' || wire.type === 'digital' || wire.type === 'giftcertificate')
    return wire.type;
  return place.orderAddressId !== null || place.pickupId !== null ? 'physical' : 'digital';
}

function isLink(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'url' in value && !('id' in value);
}
