/**
 * Refunds of orders (bigcommerce-api.md section 5.2), to read; Waybill returns no money. The order's own
 * `refunded_amount` is always 0, so what was returned is known from here and from the lines only (Traps 5).
 */
import { z } from 'zod';
import { unnamedMembers, type StoreAsk } from './ask.ts';
import { idFilter, LIST_PAGE_SIZE_MAX, mayGoOn, pageOf, type Page } from './paging.ts';
import { decimalText, textOf, textOrNull, wholeNumber } from './wire-values.ts';
import { flag, id, looseText, optionalId, optionalMoney, optionalQuantity, text } from './wire-parts.ts';
import type { DecimalText } from '../domain/order.ts';

export interface StoreRefund {
  refundId: number;
  orderId: number;
  createdAt: string | null;
  reason: string;
  totalAmount: DecimalText;
  totalTax: DecimalText;
  items: {
    /** `PRODUCT`, `GIFT_WRAPPING`, `SHIPPING`, `HANDLING`, `ORDER`, `FEE`; others as they come. */
    kind: string;
    /** The line item for a product, an address for shipping and handling, the order or the fee else. */
    itemId: number;
    quantity: number;
    amount: DecimalText;
    reason: string;
  }[];
  payments: { provider: string; amount: DecimalText; offline: boolean; declined: boolean }[];
  /** False when a payment of it was declined: then the money was not returned (section 5.2). */
  counts: boolean;
  more: Record<string, unknown>;
}

export interface RefundCalls {
  /** Refunds of up to 250 orders in one call. Pages begin at 1. Scope Orders or Order Transactions. */
  refundsOfOrders(orderIds: readonly number[], page: number): Promise<Page<StoreRefund>>;
}

const wireRefund = z.looseObject({
  id,
  order_id: id,
  created: text,
  reason: text,
  total_amount: optionalMoney,
  total_tax: optionalMoney,
  items: z
    .array(
      z.looseObject({
        item_type: text,
        item_id: optionalId,
        quantity: optionalQuantity,
        requested_amount: optionalMoney,
        reason: text,
      }),
    )
    .nullish(),
  payments: z
    .array(z.looseObject({ provider_id: looseText, amount: optionalMoney, offline: flag, is_declined: flag }))
    .nullish(),
});

export function refundCalls(ask: StoreAsk): RefundCalls {
  return {
    async refundsOfOrders(orderIds, page) {
      const query = pageOf(page, { 'order_id:in': idFilter(orderIds) });
      const path = '/v3/orders/payment_actions/refunds';
      const { rows } = await ask.dataRows({ method: 'GET', path, query, largeAnswer: true }, wireRefund, {
        ids: orderIds,
        idOf: (row) => row.order_id,
      });
      return { rows: rows.map(refundOf), mayGoOn: mayGoOn(rows.length, LIST_PAGE_SIZE_MAX) };
    },
  };
}

function refundOf(wire: z.infer<typeof wireRefund>): StoreRefund {
  const payments = (wire.payments ?? []).map((payment) => ({
    provider: textOf(payment.provider_id),
    amount: decimalText(payment.amount),
    offline: payment.offline === true,
    declined: payment.is_declined === true,
  }));
  return {
    refundId: wholeNumber(wire.id),
    orderId: wholeNumber(wire.order_id),
    createdAt: textOrNull(wire.created),
    reason: textOf(wire.reason),
    totalAmount: decimalText(wire.total_amount),
    totalTax: decimalText(wire.total_tax),
    items: (wire.items ?? []).map((item) => ({
      kind: textOf(item.item_type),
      itemId: wholeNumber(item.item_id),
      quantity: wholeNumber(item.quantity),
      amount: decimalText(item.requested_amount),
      reason: textOf(item.reason),
    })),
    payments,
    counts: payments.every((payment) => !payment.declined),
    more: unnamedMembers(wireRefund, wire),
  };
}
