/**
 * What an import stores of one order that was read: the gate's verdict, the first decision, the content hash. Pure
 * rules joined; it reads nothing and calls nobody.
 */
import { hash } from 'node:crypto';
import { withMembers } from '../db/json-text.ts';
import type { OrderRead, SliceRow } from '../db/store-orders.ts';
import { gate, wantsLifecycle, type GateRules } from '../domain/gate.ts';
import {
  completeOrder,
  detailWishes,
  type DetailRules,
  type OrderDetails,
  type OrderRules,
} from '../domain/import-order.ts';
import type { LocalFields } from '../domain/order-label.ts';
import type { LineItem, Order } from '../domain/order.ts';
import { decideOrder } from '../domain/order-stage.ts';

export interface RowRules {
  gate: GateRules;
  order: OrderRules;
  details: DetailRules;
  imageSize: 'thumbnail' | 'standard' | 'zoom';
  /** Fields that a new order starts with and the store does not own. */
  local: LocalFields;
  /** Days; orders that were created before get no lifecycle. */
  horizonDays: number;
}

/** Whether any detail call could be made for the order; asked of every order, so it stays cheap. */
export function needsAnyDetails(order: Order, rules: RowRules): boolean {
  const { details, order: orderRules } = rules;
  if (details.images || details.metafields || details.catalogWeights || details.customsFrom !== null)
    return true;
  const wish = detailWishes(order, orderRules, details);
  return wish.transactions || wish.refunds || wish.codes.length > 0 || wish.customer !== null;
}

/** The row for an order that was read. `verdict` counts only where the order is not known yet. */
export function orderRow(read: {
  /** As the store's answer was translated. */
  order: Order;
  /** Answers of the detail calls that were made for it; absent: none. */
  details?: OrderDetails | undefined;
  rules: RowRules;
  /** When the store answered, our clock. */
  readAt: string;
  now: string;
  hint?: OrderRead['hint'];
}): SliceRow {
  const { rules, readAt, now, hint } = read;
  const order = completeOrder(read.order, rules.order, read.details);
  const decision = decideOrder({
    order,
    events: [],
    overrides: [],
    store: { statusId: order.statusId, statusExplained: true, shippedByPerson: shippedInStore(order) },
    stage: null,
    stale: false,
    paused: false,
    ledger: { auth: false, refused: false, ask: false },
    reopened: false,
  });
  return {
    kind: 'order',
    order,
    ...contentOf(order),
    readAt,
    verdict: gate(order, rules.gate, now, true),
    wantsLifecycle: wantsLifecycle(order, decision.stage, rules.horizonDays, now),
    decision,
    ...(hint === undefined ? {} : { hint }),
  };
}

/**
 * Equal for two reads with the same content: everything but the time of the last change, which also moves where
 * nothing that we keep has changed, and what the channel's rules of cash on delivery say, which `import-cod.ts` changes
 * in the rows. Orders are built with their fields always in the same sequence.
 */
export function contentHash(order: Order): string {
  return contentOf(order).contentHash;
}

/** The hash with the document that is stored: an order is written as JSON once for both. */
function contentOf(order: Order): { contentHash: string; document: string } {
  const { modifiedAt, isCod, codReason, codAmount, warnings } = order;
  const without = {
    modifiedAt: null,
    isCod: null,
    codReason: null,
    codAmount: null,
    warnings: warnings.filter(({ code }) => code !== 'cod_similar'),
  };
  const hashed = JSON.stringify({ ...order, ...without });
  return {
    contentHash: hash('sha256', hashed, 'hex'),
    document: withMembers(hashed, { modifiedAt, isCod, codReason, codAmount, warnings }),
  };
}

/** A line with its fields in the usual sequence, whatever a `jsonb` column made of it; the hash depends on it. */
export function inUsualSequence(line: LineItem): LineItem {
  return {
    orderProductId: line.orderProductId,
    productId: line.productId,
    variantId: line.variantId,
    kind: line.kind,
    sku: line.sku,
    name: line.name,
    quantity: line.quantity,
    quantityShipped: line.quantityShipped,
    quantityRefunded: line.quantityRefunded,
    orderAddressId: line.orderAddressId,
    pickupId: line.pickupId,
    parentId: line.parentId,
    upc: line.upc,
    weight: line.weight,
    weightSource: line.weightSource,
    unitPriceIncTax: line.unitPriceIncTax,
    totalIncTax: line.totalIncTax,
    options: line.options.map(({ name, value, merchantName }) =>
      merchantName === undefined ? { name, value } : { name, value, merchantName },
    ),
    fields: {},
    customs: null,
    imageUrl: null,
  };
}

/** Before the first write of ours, everything that the store counts as shipped was shipped by a person. */
function shippedInStore(order: Order): { orderProductId: number; quantity: number }[] {
  return order.lineItems
    .filter((line) => line.quantityShipped > 0)
    .map((line) => ({ orderProductId: line.orderProductId, quantity: line.quantityShipped }));
}
