/**
 * Orders, as V2 has them (bigcommerce-api.md sections 3 and 4). Orders and lines come back unread, so that one that
 * cannot be read does not hide the others: `translate.ts` reads each by itself. A PUT carries one member and no other.
 */
import { z } from 'zod';
import { readBy, unnamedMembers, type StoreAsk } from './ask.ts';
import { wrongShape } from './error-table.ts';
import {
  countParameters,
  filterIgnored,
  filterViolation,
  listParameters,
  ORDER_INCLUDES,
  type OrderListQuery,
} from './list-filter.ts';
import { LIST_PAGE_SIZE_MAX, mayGoOn, pageOf, type Page } from './paging.ts';
import { readIdentity } from './translate.ts';
import { textOf, wholeNumber } from './wire-values.ts';
import { id, optionalId, text } from './wire-parts.ts';
import { wireCount } from './wire.ts';

/** The long text fields of an order hold no more (section 3.3); the store refuses longer ones. */
export const STAFF_NOTES_MAX_LENGTH = 65_535;

/** A page before the answer's own clock is known counts as asked at this time: nothing is excused. */
const NEVER = '9999-12-31T23:59:59Z';

/** The `Date` header has whole seconds and the answer takes its time to be written: rows this young are excused. */
const CHANGED_MEANWHILE_MS = 2_000;

export interface OrderCounts {
  total: number;
  byStatus: { statusId: number; count: number }[];
}

export interface OrderStatus {
  statusId: number;
  /** BigCommerce's own word. Decisions go by the id: labels are localized and several may be equal (Traps 4). */
  name: string;
  /** The merchant's label, for people. */
  label: string;
}

export interface OrderMessage {
  messageId: number;
  /** 0 where the shopper wrote it. */
  staffId: number;
  subject: string;
  message: string;
  createdAt: string;
  more: Record<string, unknown>;
}

export interface OrderCalls {
  /**
   * A page of orders with their lines. Each entry is unread (`readOrder`). Throws `FilterIgnored` when the rows
   * contradict the query. `storeNow` is the store's clock.
   */
  listOrders(query: OrderListQuery): Promise<{ orders: unknown[]; storeNow: string | null }>;
  /** One order, unread. Throws `BigCommerceNotFound`. */
  getOrder(orderId: number): Promise<{ order: unknown; storeNow: string | null }>;
  /** A page of an order's lines, unread (`readProducts`); empty behind the last. Pages begin at 1. */
  orderProducts(orderId: number, page: number): Promise<unknown[]>;
  /**
   * A page of an order's shipping addresses, unread; empty for orders without physical lines (204, Traps 10). The list
   * call carries them already: this is for orders whose consignments and lines have drifted apart.
   */
  orderShippingAddresses(orderId: number, page: number): Promise<unknown[]>;
  /** Counts; they disagree with the list on incomplete and archived orders (Traps 3), so never a page bound. */
  countOrders(query: Omit<OrderListQuery, 'sort' | 'limit'>): Promise<OrderCounts>;
  /** The store's fifteen statuses with the merchant's labels. */
  orderStatuses(): Promise<OrderStatus[]>;
  /** A page of the messages between shopper and staff. Read-only in the API. Pages begin at 1. */
  orderMessages(orderId: number, page: number): Promise<Page<OrderMessage>>;
  /**
   * A write; may be repeated, but may mail the shopper again. Sends `status_id` and nothing else. Answers the status that
   * the store shows afterwards, null where its answer does not say.
   */
  setStatus(orderId: number, statusId: number): Promise<number | null>;
  /**
   * A write; may be repeated. Replaces the whole field (section 3.6): read it first and append, or what people wrote is
   * lost. Throws `RangeError` beyond {@link STAFF_NOTES_MAX_LENGTH}.
   */
  setStaffNotes(orderId: number, staffNotes: string): Promise<void>;
}

const wireStatus = z.looseObject({ id, name: text, custom_label: text });
const wireMessage = z.looseObject({
  id,
  staff_id: optionalId,
  subject: text,
  message: text,
  date_created: text,
});

export function orderCalls(ask: StoreAsk): OrderCalls {
  const partOf = async (orderId: number, part: string, page: number): Promise<unknown[]> => {
    const path = `/v2/orders/${String(orderId)}/${part}`;
    return (await ask.rows({ method: 'GET', path, query: pageOf(page) })).rows;
  };
  return {
    async listOrders(query) {
      const { rows, answer } = await ask.rows({
        method: 'GET',
        path: '/v2/orders',
        query: listParameters(query),
        largeAnswer: true,
      });
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
      const answer = await ask.raw({
        method: 'GET',
        path: `/v2/orders/${String(orderId)}`,
        query: new URLSearchParams(ORDER_INCLUDES),
      });
      if (answer.json === undefined) throw wrongShape(answer.call, ['(whole): no body'], answer.status);
      const identity = readIdentity(answer.json);
      if (identity.orderId !== null && identity.orderId !== orderId)
        throw wrongShape(answer.call, ['id: another order'], answer.status);
      return { order: answer.json, storeNow: answer.storeNow };
    },

    orderProducts: (orderId, page) => partOf(orderId, 'products', page),
    orderShippingAddresses: (orderId, page) => partOf(orderId, 'shipping_addresses', page),

    async countOrders(query) {
      const request = { method: 'GET', path: '/v2/orders/count', query: countParameters(query) } as const;
      const count = await ask.one(request, wireCount);
      return {
        total: wholeNumber(count.count),
        byStatus: (count.statuses ?? []).map((status) => ({
          statusId: wholeNumber(status.id),
          count: wholeNumber(status.count),
        })),
      };
    },

    async orderStatuses() {
      const rows = await ask.one({ method: 'GET', path: '/v2/order_statuses' }, z.array(wireStatus));
      return rows.map((wire) => ({
        statusId: wholeNumber(wire.id),
        name: textOf(wire.name),
        label: textOf(wire.custom_label ?? wire.name),
      }));
    },

    async orderMessages(orderId, page) {
      const path = `/v2/orders/${String(orderId)}/messages`;
      const { rows, answer } = await ask.rows({ method: 'GET', path, query: pageOf(page) });
      return {
        rows: rows.map((row, index) => {
          const wire = readBy(wireMessage, row, answer, [String(index)]);
          return {
            messageId: wholeNumber(wire.id),
            staffId: wholeNumber(wire.staff_id),
            subject: textOf(wire.subject),
            message: textOf(wire.message),
            createdAt: textOf(wire.date_created),
            more: unnamedMembers(wireMessage, wire),
          };
        }),
        mayGoOn: mayGoOn(rows.length, LIST_PAGE_SIZE_MAX),
      };
    },

    async setStatus(orderId, statusId) {
      // Alone in the body: with money, product or address fields the store recalculates totals (digest 10).
      const body = { status_id: statusId };
      const answer = await ask.raw({ method: 'PUT', path: `/v2/orders/${String(orderId)}`, body });
      return readIdentity(answer.json).statusId;
    },

    async setStaffNotes(orderId, staffNotes) {
      if (staffNotes.length > STAFF_NOTES_MAX_LENGTH)
        throw new RangeError(`Staff notes hold at most ${String(STAFF_NOTES_MAX_LENGTH)} characters.`);
      const body = { staff_notes: staffNotes };
      await ask.raw({ method: 'PUT', path: `/v2/orders/${String(orderId)}`, body });
    },
  };
}

function earlier(isoSecond: string, ms: number): string {
  return `${new Date(Date.parse(isoSecond) - ms - CHANGED_MEANWHILE_MS).toISOString().slice(0, 19)}Z`;
}
