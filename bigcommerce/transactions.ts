/**
 * Payments of an order as the gateways reported them (bigcommerce-api.md section 5.1), to read. One page of one order a call. Card
 * data that the store sends along (first and last digits, check results) is not taken over.
 */
import { z } from 'zod';
import type { StoreAsk } from './ask.ts';
import { LIST_PAGE_SIZE_MAX, mayGoOn, pageOf, type Page } from './paging.ts';
import { decimalText, idOrNull, textOf, textOrNull, wholeNumber } from './wire-values.ts';
import { flag, id, looseText, optionalId, optionalMoney, text } from './wire-parts.ts';
import type { DecimalText } from '../domain/order.ts';

export interface StoreTransaction {
  transactionId: number;
  /** `purchase`, `authorization`, `capture`, `refund`, `void`, `pending`, `settled`; others as they come. */
  event: string;
  /** `offline`, `custom`, `credit_card`, … as it came. */
  method: string;
  /** `cod`, `bankdeposit`, `stripe`, …; an open list, whatever the description says (section 5.1). */
  gateway: string;
  gatewayTransactionId: string | null;
  /** The payment that a capture, refund or void belongs to. */
  parentId: number | null;
  amount: DecimalText;
  currency: string;
  /** `ok` or `error`; null where the store does not say. */
  status: string | null;
  /** The only sign of a test order there is. */
  test: boolean;
  fraudReview: boolean;
  /** The merchant's label of a manual method. */
  offlineName: string | null;
  createdAt: string | null;
}

export interface TransactionsPage extends Page<StoreTransaction> {
  /** How many the store says the order has; null where it does not say. */
  total: number | null;
}

export interface TransactionCalls {
  /**
   * One page, from 1 on. The description knows neither `page` nor `limit` here, yet answers in pages (section 17, point
   * 14): a store that takes no `page` answers the first one again, and then more than 250 payments cannot be read (K-34,
   * Traps 5). Needs the scope Order Transactions: Orders alone is 403. Throws `BigCommerceNotFound` for an unknown order.
   */
  orderTransactions(orderId: number, page: number): Promise<TransactionsPage>;
}

const wireTransaction = z.looseObject({
  id,
  /** Text here, a number in V2 (Traps 5). */
  order_id: optionalId,
  event: text,
  method: text,
  gateway: text,
  gateway_transaction_id: looseText,
  reference_transaction_id: z.union([optionalId, z.literal('')]),
  amount: optionalMoney,
  currency: text,
  status: text,
  test: flag,
  fraud_review: flag,
  offline: z.looseObject({ display_name: text }).nullish(),
  custom: z.looseObject({ payment_method: text }).nullish(),
  date_created: text,
});

export function transactionCalls(ask: StoreAsk): TransactionCalls {
  return {
    async orderTransactions(orderId, page) {
      const path = `/v3/orders/${String(orderId)}/transactions`;
      const { rows, total } = await ask.dataRows(
        { method: 'GET', path, query: pageOf(page) },
        wireTransaction,
      );
      return { rows: rows.map(transactionOf), total, mayGoOn: mayGoOn(rows.length, LIST_PAGE_SIZE_MAX) };
    },
  };
}

function transactionOf(wire: z.infer<typeof wireTransaction>): StoreTransaction {
  return {
    transactionId: wholeNumber(wire.id),
    event: textOf(wire.event),
    method: textOf(wire.method),
    gateway: textOf(wire.gateway),
    gatewayTransactionId: textOrNull(wire.gateway_transaction_id),
    parentId: idOrNull(wire.reference_transaction_id),
    amount: decimalText(wire.amount),
    currency: textOf(wire.currency),
    status: textOrNull(wire.status),
    test: wire.test === true,
    fraudReview: wire.fraud_review === true,
    offlineName: textOrNull(wire.offline?.display_name ?? wire.custom?.payment_method),
    createdAt: textOrNull(wire.date_created),
  };
}
