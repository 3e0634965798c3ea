/**
 * The few calls that Waybill makes to a store, in our words. Each is one HTTP request, sent at most once; repeating,
 * waiting and quota are the caller's business (`beforeCall`, `onAnswer`). Orders come back unread, so that one that
 * cannot be read does not hide the others: `translate.ts` reads each by itself.
 */
import type { StoreShipment, WriteBackBody } from '../domain/write-back-types.ts';
import type { z } from 'zod';
import { wrongShape, type StoreError } from './errors.ts';
import { createStoreHttp, type StoreAnswer, type StoreHttpOptions, type StoreRequest } from './http.ts';
import {
  countParameters,
  filterIgnored,
  filterViolation,
  listParameters,
  ORDER_INCLUDES,
  type OrderListQuery,
} from './list-filter.ts';
import { storeAddress, type AddressRules } from './store-address.ts';
import { readIdentity } from './translate.ts';
import { idOrNull, textOf, wholeNumber } from './wire-values.ts';
import { shapeProblems, wireCount, wireShipment, wireStoreInformation, wireTime } from './wire.ts';

/** The API takes no more on one page (bigcommerce-api.md section 3.2). */
export const LIST_PAGE_SIZE_MAX = 250;

/** The page size of lists that do not honor the asked one (Traps 3 and 6: "silently capped", "trust length, not limit"). */
const SILENT_CAP = 50;

/** Whether more may follow a page of this length: one that is full, or one that ends where a silent cap would end it. */
export function mayGoOn(length: number, limit: number): boolean {
  return length >= limit || (length > 0 && length % SILENT_CAP === 0);
}

/** A page before the answer's own clock is known counts as asked at this time: nothing is excused. */
const NEVER = '9999-12-31T23:59:59Z';

/** The `Date` header has whole seconds and the answer takes its time to be written: rows this young are excused. */
const CHANGED_MEANWHILE_MS = 2_000;

export interface StoreClientOptions extends AddressRules, Omit<StoreHttpOptions, 'address'> {
  /** `connection.api_base_url`, such as `https://api.bigcommerce.com`. */
  apiBaseUrl: string;
  storeHash: string;
}

export interface StoreInformation {
  storeHash: string;
  name: string;
  domain: string;
  plan: string;
}

export interface OrderCounts {
  total: number;
  byStatus: { statusId: number; count: number }[];
}

/** Everything answers `StoreError`s of the closed set, or throws what `beforeCall` threw. */
export interface StoreClient {
  /**
   * A page of orders with their lines. Each entry is unread (`readOrder`). Throws `FilterIgnored` when the rows
   * contradict the query. `storeNow` is the store's clock.
   */
  listOrders(query: OrderListQuery): Promise<{ orders: unknown[]; storeNow: string | null }>;
  /** One order, unread. Throws `BigCommerceNotFound`. */
  getOrder(orderId: number): Promise<{ order: unknown; storeNow: string | null }>;
  /** A page of an order's lines, unread (`readProducts`); empty behind the last. Pages begin at 1. */
  orderProducts(orderId: number, page: number): Promise<unknown[]>;
  /** Counts; they disagree with the list on incomplete and archived orders (Traps 3), so never a page bound. */
  countOrders(query: Omit<OrderListQuery, 'sort' | 'limit'>): Promise<OrderCounts>;
  /** A page of the order's shipments; empty behind the last. Pages begin at 1. */
  listShipments(orderId: number, page: number): Promise<StoreShipment[]>;
  /** A write: look before, and again after any error whose `effect` is `unknown`. */
  createShipment(
    orderId: number,
    body: Extract<WriteBackBody, { kind: 'create_shipment' }>,
  ): Promise<StoreShipment>;
  /** A write; may be repeated. Items cannot be changed (bigcommerce-api.md section 3.7). */
  updateShipment(
    orderId: number,
    body: Extract<WriteBackBody, { kind: 'update_shipment' }>,
  ): Promise<StoreShipment>;
  /**
   * A write; may be repeated, but may mail the shopper again. Sends `status_id` and nothing else. Answers the status that
   * the store shows afterwards, null where its answer does not say.
   */
  setStatus(orderId: number, statusId: number): Promise<number | null>;
  storeInformation(): Promise<StoreInformation>;
  /** The store's clock, ISO with whole seconds. */
  storeTime(): Promise<string>;
}

/** Makes the client of one store. Throws `AddressNotAllowed` for an address that the rules do not allow. */
export function createStoreClient(options: StoreClientOptions): StoreClient {
  const http = createStoreHttp({
    ...options,
    address: storeAddress(options.apiBaseUrl, options.storeHash, options),
  });
  const list = async (request: StoreRequest): Promise<{ rows: unknown[]; answer: StoreAnswer }> => {
    const answer = await http(request);
    // An empty list is 204 without a body (bigcommerce-api.md section 3.1).
    const rows = answer.json === undefined ? [] : answer.json;
    if (!Array.isArray(rows)) throw wrongShape(answer.call, ['(whole): expected array'], answer.status);
    return { rows: rows as unknown[], answer };
  };
  return {
    async listOrders(query) {
      const request = {
        method: 'GET',
        path: '/v2/orders',
        query: listParameters(query),
        largeAnswer: true,
      } as const;
      const { rows, answer } = await list(request);
      const identities = rows.map(readIdentity);
      if (rows.length > query.limit) throw filterIgnored(answer.call, 'more orders than the limit');
      const violation = filterViolation(
        query,
        identities,
        answer.storeNow === null ? NEVER : earlier(answer.storeNow, answer.tookMs),
      );
      if (violation !== null) throw filterIgnored(answer.call, violation);
      return { orders: rows, storeNow: answer.storeNow };
    },

    async getOrder(orderId) {
      const answer = await http({
        method: 'GET',
        path: `/v2/orders/${String(orderId)}`,
        query: new URLSearchParams(ORDER_INCLUDES),
      });
      if (answer.json === undefined) throw emptyAnswer(answer);
      const identity = readIdentity(answer.json);
      if (identity.orderId !== null && identity.orderId !== orderId)
        throw wrongShape(answer.call, ['id: another order'], answer.status);
      return { order: answer.json, storeNow: answer.storeNow };
    },

    async orderProducts(orderId, page) {
      return (
        await list({ method: 'GET', path: `/v2/orders/${String(orderId)}/products`, query: pageOf(page) })
      ).rows;
    },

    async countOrders(query) {
      const answer = await http({ method: 'GET', path: '/v2/orders/count', query: countParameters(query) });
      const count = read(wireCount, answer);
      return {
        total: wholeNumber(count.count),
        byStatus: (count.statuses ?? []).map((status) => ({
          statusId: wholeNumber(status.id),
          count: wholeNumber(status.count),
        })),
      };
    },

    async listShipments(orderId, page) {
      const { rows, answer } = await list({
        method: 'GET',
        path: `/v2/orders/${String(orderId)}/shipments`,
        query: pageOf(page),
      });
      return rows.map((row, index) => shipmentOf(row, answer, [String(index)]));
    },

    async createShipment(orderId, body) {
      const answer = await http({
        method: 'POST',
        path: `/v2/orders/${String(orderId)}/shipments`,
        body: createShipmentBody(body),
      });
      return shipmentOf(answer.json, answer, []);
    },

    async updateShipment(orderId, body) {
      const answer = await http({
        method: 'PUT',
        path: `/v2/orders/${String(orderId)}/shipments/${String(body.shipmentId)}`,
        body: {
          tracking_number: body.trackingNumber,
          tracking_link: body.trackingUrl,
          shipping_provider: body.shippingProvider,
          tracking_carrier: body.trackingCarrier,
        },
      });
      return shipmentOf(answer.json, answer, []);
    },

    async setStatus(orderId, statusId) {
      // Alone in the body: with money, product or address fields the store recalculates totals (digest 10).
      const body = { status_id: statusId };
      const answer = await http({ method: 'PUT', path: `/v2/orders/${String(orderId)}`, body });
      return readIdentity(answer.json).statusId;
    },

    async storeInformation() {
      const answer = await http({ method: 'GET', path: '/v2/store' });
      const store = read(wireStoreInformation, answer);
      return {
        storeHash: store.id,
        name: textOf(store.name),
        domain: textOf(store.domain),
        plan: textOf(store.plan_name),
      };
    },

    async storeTime() {
      const answer = await http({ method: 'GET', path: '/v2/time' });
      return `${new Date(Number(read(wireTime, answer).time) * 1000).toISOString().slice(0, 19)}Z`;
    },
  };
}

/**
 * `shipping_provider` is always sent, empty if need be: left out it becomes `custom`, and then the shopper's mail has
 * no tracking link (bigcommerce-api.md section 3.7). Empty optional texts are left out.
 */
function createShipmentBody(
  body: Extract<WriteBackBody, { kind: 'create_shipment' }>,
): Record<string, unknown> {
  const optional = {
    tracking_link: body.trackingUrl,
    shipping_method: body.shippingMethod,
    comments: body.comments,
  };
  return {
    order_address_id: body.orderAddressId,
    tracking_number: body.trackingNumber,
    shipping_provider: body.shippingProvider,
    tracking_carrier: body.trackingCarrier,
    ...Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== '')),
    items: body.items.map((item) => ({ order_product_id: item.orderProductId, quantity: item.quantity })),
  };
}

/** Without `limit` these lists stop at 50 without a word (Traps 3). */
function pageOf(page: number): URLSearchParams {
  return new URLSearchParams({ limit: String(LIST_PAGE_SIZE_MAX), page: String(page) });
}

function shipmentOf(raw: unknown, answer: StoreAnswer, at: string[]): StoreShipment {
  const parsed = wireShipment.safeParse(raw);
  if (!parsed.success) throw wrongShape(answer.call, shapeProblems(parsed.error, at), answer.status);
  const wire = parsed.data;
  return {
    shipmentId: wholeNumber(wire.id),
    orderAddressId: idOrNull(wire.order_address_id) ?? 0,
    trackingNumber: textOf(wire.tracking_number),
    comments: textOf(wire.comments),
    items: (wire.items ?? []).map((item) => ({
      orderProductId: wholeNumber(item.order_product_id),
      quantity: wholeNumber(item.quantity),
    })),
  };
}

function read<T>(schema: z.ZodType<T>, answer: StoreAnswer): T {
  const parsed = schema.safeParse(answer.json);
  if (!parsed.success) throw wrongShape(answer.call, shapeProblems(parsed.error), answer.status);
  return parsed.data;
}

function emptyAnswer(answer: StoreAnswer): StoreError {
  return wrongShape(answer.call, ['(whole): no body'], answer.status);
}

function earlier(isoSecond: string, ms: number): string {
  return `${new Date(Date.parse(isoSecond) - ms - CHANGED_MEANWHILE_MS).toISOString().slice(0, 19)}Z`;
}
