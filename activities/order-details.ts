/**
 * What orders need beside the list's answer: products, customs data, customers and refunds in batches of up to 250, payments
 * and metafields order by order. Each answer is kept as it arrives, so that nothing is asked twice in a run; a family of
 * calls for which the scope is missing is left out and the import goes on.
 */
import type { StoreClient } from '../bigcommerce/client.ts';
import { StoreError } from '../bigcommerce/errors.ts';
import { ID_FILTER_MAX } from '../bigcommerce/paging.ts';
import type { StoreProduct } from '../bigcommerce/products.ts';
import type { StoreRefund } from '../bigcommerce/refunds.ts';
import { isoSecond } from '../bigcommerce/wire-values.ts';
import {
  detailWishes,
  NO_DETAILS,
  type CustomsDetail,
  type DetailWishes,
  type OrderDetails,
  type ProductDetail,
} from '../domain/import-order.ts';
import type { Order, OrderCustomer, Refund } from '../domain/order.ts';
import type { Metafield } from '../domain/pickup-point.ts';
import type { ActivityLogger } from './deps.ts';
import { readAllPayments } from './order-payments.ts';
import type { RowRules } from './order-rows.ts';
import { orderKey, type RunShelf } from './run-shelf.ts';

export interface DetailAsk {
  client: StoreClient;
  shelf: RunShelf;
  rules: RowRules;
  logger: Pick<ActivityLogger, 'warn'>;
  /** Asked before each call; false ends the reading, and what was read is kept. */
  mayCall(): boolean;
}

/** Pages of one batch; more would be a store that answers in circles. */
const BATCH_PAGES_MAX = 20;

/** Thrown inside only: the budget of calls is used up. */
class NoBudget extends Error {}

/**
 * The details of the orders in their sequence, as far as the budget reaches: fewer entries than orders mean that the
 * rest is for the next slice. An order that needs none costs nothing. Throws what the store answers, except for a missing
 * scope; then at least the first `orders` entry was not reached.
 */
export async function detailsOfOrders(ask: DetailAsk, orders: readonly Order[]): Promise<OrderDetails[]> {
  const wishes = orders.map((order) => detailWishes(order, ask.rules.order, ask.rules.details));
  const found: OrderDetails[] = [];
  try {
    const products = await batch(
      ask,
      'product',
      wishes.flatMap((wish) => wish.products),
      readProducts,
    );
    const customs = await batch(
      ask,
      'customs',
      wishes.flatMap((wish) => wish.customs),
      readCustoms,
    );
    const codes = await batch(
      ask,
      'hs_code',
      wishes.flatMap((wish) => wish.codes),
      readCodes,
    );
    const customers = await batch(
      ask,
      'customer',
      wishes.flatMap((wish) => wish.customer ?? []),
      readCustomers,
    );
    const refunded = orders.filter((_, at) => wishes[at]?.refunds === true);
    const refunds = await refundsOf(ask, refunded);
    for (const [at, order] of orders.entries()) {
      const wish = wishes[at];
      if (wish === undefined || isNothing(wish)) {
        found.push(NO_DETAILS);
        continue;
      }
      const payments = wish.transactions
        ? await readAllPayments(ask.client, order, ask.shelf, (question) =>
            call(ask, 'transactions', question),
          )
        : null;
      found.push({
        products: pick(products, wish.products),
        customs: pick(customs, wish.customs),
        payments: payments?.payments ?? null,
        paymentsComplete: payments?.complete ?? true,
        refunds: wish.refunds ? (refunds.get(order.orderId) ?? []) : null,
        metafields: wish.metafields ? await metafieldsOf(ask, order) : [],
        codes: pick(codes, wish.codes),
        customer: wish.customer === null ? null : (customers.get(wish.customer) ?? null),
      });
    }
  } catch (error) {
    if (error instanceof NoBudget) return found.length > 0 ? found : untilFirstWish(wishes);
    // What was reached is stored first; the next attempt meets the same answer at the order that it is about.
    const reached = found.length > 0 ? found : untilFirstWish(wishes);
    if (reached.length > 0 && error instanceof StoreError && error.code !== 'BigCommerceAuth') return reached;
    throw error;
  }
  return found;
}

/** The orders before the first one that needs anything. */
function untilFirstWish(wishes: readonly DetailWishes[]): OrderDetails[] {
  const first = wishes.findIndex((wish) => !isNothing(wish));
  return wishes.slice(0, first === -1 ? wishes.length : first).map(() => NO_DETAILS);
}

function isNothing(wish: DetailWishes): boolean {
  return (
    wish.products.length === 0 &&
    wish.customs.length === 0 &&
    !wish.transactions &&
    !wish.refunds &&
    !wish.metafields &&
    wish.codes.length === 0 &&
    wish.customer === null
  );
}

function pick<T>(all: ReadonlyMap<number, T>, ids: readonly number[]): Map<number, T> {
  return new Map(
    ids.flatMap((id): [number, T][] => {
      const one = all.get(id);
      return one === undefined ? [] : [[id, one]];
    }),
  );
}

/** The kind under which families that the token may not ask are kept. */
const FORBIDDEN = 'forbidden';

/** Calls within the budget. A missing scope is remembered for the run and answers null. */
async function call<T>(ask: DetailAsk, family: string, question: () => Promise<T>): Promise<T | null> {
  if ((await ask.shelf.find(FORBIDDEN, [family])).has(family)) return null;
  if (!ask.mayCall()) throw new NoBudget();
  try {
    return await question();
  } catch (error) {
    if (!(error instanceof StoreError) || error.reason !== 'forbidden') throw error;
    await ask.shelf.keep(FORBIDDEN, family, true);
    ask.logger.warn(
      { call: error.call, family },
      'the access token may not read these details; the import goes on without them',
    );
    return null;
  }
}

type ReadBatch<T> = (
  ask: DetailAsk,
  ids: readonly number[],
  page: number,
) => Promise<{ rows: [id: number, detail: T][]; mayGoOn: boolean }>;

/** Details by id: those on the shelf, the others in as few calls as the API allows. What the store does not know is kept as null. */
async function batch<T>(
  ask: DetailAsk,
  kind: string,
  wanted: readonly number[],
  readPage: ReadBatch<T>,
): Promise<Map<number, T>> {
  const ids = [...new Set(wanted)].sort((a, b) => a - b);
  const found = new Map<number, T>();
  const kept = await ask.shelf.find(kind, ids.map(String));
  // Written by `keep` below, of this very run: a detail of ours, or null.
  for (const [key, detail] of kept) if (detail !== null) found.set(Number(key), detail as T);
  const missing = ids.filter((id) => !kept.has(String(id)));
  for (let at = 0; at < missing.length; at += ID_FILTER_MAX) {
    const chunk = missing.slice(at, at + ID_FILTER_MAX);
    const rows = new Map<number, T>();
    for (let page = 1; page <= BATCH_PAGES_MAX; page += 1) {
      const answer = await call(ask, kind, () => readPage(ask, chunk, page));
      if (answer === null) return found;
      const before = rows.size;
      for (const [id, detail] of answer.rows) rows.set(id, detail);
      if (!answer.mayGoOn || rows.size === before) break;
    }
    for (const id of chunk) {
      const detail = rows.get(id);
      await ask.shelf.keep(kind, String(id), detail ?? null);
      if (detail !== undefined) found.set(id, detail);
    }
  }
  return found;
}

const readProducts: ReadBatch<ProductDetail> = async (ask, productIds, page) => {
  const answer = await ask.client.productsById({ productIds, include: ['primary_image', 'variants'], page });
  const size = ask.rules.imageSize;
  return {
    rows: answer.rows.map((product) => [product.productId, productDetail(product, size)]),
    mayGoOn: answer.mayGoOn,
  };
};

function productDetail(product: StoreProduct, size: RowRules['imageSize']): ProductDetail {
  const image = product.primaryImage;
  return {
    imageUrl: image?.[size] ?? image?.standard ?? image?.zoom ?? null,
    weight: product.weight,
    variants: Object.fromEntries(
      product.variants.map(({ variantId, imageUrl, weight }) => [String(variantId), { imageUrl, weight }]),
    ),
  };
}

const readCustoms: ReadBatch<CustomsDetail> = async (ask, productIds, page) => {
  const answer = await ask.client.customsInformation(productIds, page);
  return {
    rows: answer.rows.map((row) => [
      row.productId,
      {
        originCountry: row.countryOfOrigin,
        description: row.description === '' ? null : row.description,
        hsCodes: row.hsCodes,
      },
    ]),
    mayGoOn: answer.mayGoOn,
  };
};

const readCodes: ReadBatch<string> = async (ask, productIds, page) => {
  const { codes } = ask.rules.details;
  if (codes === null) return { rows: [], mayGoOn: false };
  const { namespace, key } = codes;
  const answer = await ask.client.productMetafields({ productIds, namespace, key, page });
  // The oldest one counts, where several apps have left one.
  const rows = answer.rows.toSorted((a, b) => b.metafieldId - a.metafieldId);
  return {
    rows: rows.flatMap(({ resourceId, value }) => (resourceId === null ? [] : [[resourceId, value]])),
    mayGoOn: answer.mayGoOn,
  };
};

const readCustomers: ReadBatch<OrderCustomer> = async (ask, customerIds, page) => {
  const answer = await ask.client.customersById({ customerIds, page });
  return {
    rows: answer.rows.map(({ customerId, groupId, company, phone, email, notes }) => [
      customerId,
      { groupId, company, phone, email, notes },
    ]),
    mayGoOn: answer.mayGoOn,
  };
};

/** Refunds of many orders in one call; kept by order and time of change. */
async function refundsOf(ask: DetailAsk, orders: readonly Order[]): Promise<Map<number, Refund[]>> {
  const found = new Map<number, Refund[]>();
  const kept = await ask.shelf.find('refunds', orders.map(orderKey));
  const missing: Order[] = [];
  for (const order of orders) {
    const refunds = kept.get(orderKey(order));
    // Written below, of this very run.
    if (refunds === undefined) missing.push(order);
    else found.set(order.orderId, (refunds as Refund[]).map(refundInSequence));
  }
  for (let at = 0; at < missing.length; at += ID_FILTER_MAX) {
    const chunk = missing.slice(at, at + ID_FILTER_MAX);
    const rows = new Map<number, StoreRefund>();
    for (let page = 1; page <= BATCH_PAGES_MAX; page += 1) {
      const answer = await call(ask, 'refunds', () =>
        ask.client.refundsOfOrders(
          chunk.map((order) => order.orderId),
          page,
        ),
      );
      if (answer === null) return found;
      const before = rows.size;
      for (const row of answer.rows) rows.set(row.refundId, row);
      if (!answer.mayGoOn || rows.size === before) break;
    }
    for (const order of chunk) {
      const refunds = [...rows.values()]
        .filter((row) => row.counts && row.orderId === order.orderId)
        .map(refundOf);
      await ask.shelf.keep('refunds', orderKey(order), refunds);
      found.set(order.orderId, refunds);
    }
  }
  return found;
}

function refundOf(row: StoreRefund): Refund {
  return {
    id: row.refundId,
    at: isoSecond(row.createdAt ?? '') ?? '',
    amount: row.totalAmount,
    items: row.items.map(({ kind, itemId, quantity }) => ({ kind, itemId, quantity })),
  };
}

/** The shelf is a `jsonb` column, which puts fields into a sequence of its own; the content hash depends on ours. */
function refundInSequence({ id, at, amount, items }: Refund): Refund {
  return { id, at, amount, items: items.map(({ kind, itemId, quantity }) => ({ kind, itemId, quantity })) };
}

async function metafieldsOf(ask: DetailAsk, order: Order): Promise<Metafield[]> {
  const key = orderKey(order);
  const kept = (await ask.shelf.find('metafields', [key])).get(key);
  // Written below, of this very run.
  if (kept !== undefined) return kept as Metafield[];
  const found = new Map<number, Metafield>();
  for (let page = 1; page <= BATCH_PAGES_MAX; page += 1) {
    const answer = await call(ask, 'metafields', () => ask.client.orderMetafields(order.orderId, { page }));
    if (answer === null) return [];
    const before = found.size;
    for (const { metafieldId, namespace, key: name, value } of answer.rows)
      found.set(metafieldId, { namespace, key: name, value });
    if (!answer.mayGoOn || found.size === before) break;
  }
  const fields = [...found.values()];
  await ask.shelf.keep('metafields', key, fields);
  return fields;
}
