// Transactions and refunds of orders, to read only: the simulator takes and returns no money.
import { NO_CONTENT, Refusal, json, notFound, v3Error } from './answers.ts';
import type { Answer } from './answers.ts';
import { iso8601 } from './clock.ts';
import { moneyNumber } from './money.ts';
import type { Order, Refund, Transaction } from './model.ts';
import { v3Integers, v3List, v3Page } from './query.ts';
import { idParam } from './routing.ts';
import type { Call, Route } from './routing.ts';

const TRANSACTION_SCOPE = ['store_v2_transactions'];
const REFUND_SCOPE = ['store_v2_orders', 'store_v2_transactions'];

/** The order a V3 path names. Throws a V3 404. */
export function v3OrderOf(call: Call): Order {
  const order = call.store.order(idParam(call, 'order_id'));
  if (order === undefined) throw new Refusal(notFound('v3'));
  return order;
}

function transactionWire(order: Order, transaction: Transaction): Record<string, unknown> {
  const offline = transaction.method === 'offline';
  return {
    id: transaction.id,
    // Text here, a number in V2.
    order_id: String(order.id),
    event: transaction.event,
    method: transaction.method,
    amount: moneyNumber(transaction.cents),
    currency: order.currency.code,
    gateway: transaction.gateway,
    gateway_transaction_id: offline ? '' : `txn_${transaction.id}`,
    date_created: iso8601(transaction.created),
    test: false,
    status: 'ok',
    fraud_review: false,
    reference_transaction_id: transaction.referenceId,
    offline: offline ? { display_name: transaction.displayName } : null,
    custom: null,
    payment_instrument_token: null,
    avs_result: { code: '', message: '', street_match: '', postal_match: '' },
    cvv_result: { code: '', message: '' },
    credit_card: offline
      ? null
      : {
          card_type: 'visa',
          card_iin: '411111',
          card_last4: '1111',
          card_expiry_month: 12,
          card_expiry_year: 2031,
        },
    gift_certificate: null,
    store_credit: null,
    custom_provider_field_result: null,
    payment_method_id: offline ? transaction.gateway : `${transaction.gateway}.card`,
  };
}

function listTransactions(call: Call): Answer {
  const order = v3OrderOf(call);
  if (order.transactions.length === 0) return NO_CONTENT;
  return json(
    200,
    v3List(
      order.transactions.map((transaction) => transactionWire(order, transaction)),
      v3Page(call.query),
    ),
  );
}

function refundWire(order: Order, refund: Refund): Record<string, unknown> {
  const cents = refund.items.reduce((sum, item) => sum + item.cents, 0);
  return {
    id: refund.id,
    order_id: order.id,
    user_id: 1,
    created: iso8601(refund.created),
    reason: refund.reason,
    total_amount: moneyNumber(cents),
    total_tax: 0,
    uses_merchant_override_values: false,
    items: refund.items.map((item) => ({
      item_type: item.type,
      item_id: item.id,
      quantity: item.quantity,
      requested_amount: moneyNumber(item.cents),
      reason: refund.reason,
      adjustments: [],
    })),
    payments: [
      {
        id: refund.id,
        provider_id: refund.provider,
        amount: moneyNumber(cents),
        offline: true,
        is_declined: false,
        declined_message: '',
        transaction_id: '',
      },
    ],
  };
}

/** Read by its id, a refund has amounts as text and fewer members than in the lists. */
function singleRefundWire(order: Order, refund: Refund): Record<string, unknown> {
  const { items: _items, payments: _payments, ...rest } = refundWire(order, refund);
  return {
    ...rest,
    items: refund.items.map((item) => ({
      item_type: item.type,
      item_id: item.id,
      quantity: item.quantity,
      requested_amount: String(moneyNumber(item.cents)),
      reason: refund.reason,
    })),
    payments: [
      {
        id: refund.id,
        provider_id: refund.provider,
        amount: rest['total_amount'],
        offline: true,
        is_declined: false,
        declined_message: '',
      },
    ],
  };
}

function listRefunds(call: Call): Answer {
  const orderIds = v3Integers(call.query, 'order_id:in');
  const ids = v3Integers(call.query, 'id:in');
  const bound = (name: string, fallback: number): number => {
    const text = call.query.get(name);
    if (text === null) return fallback;
    const milliseconds = Date.parse(text);
    if (Number.isNaN(milliseconds)) throw new Refusal(v3Error(422, `The filter ${name} is not valid.`));
    return milliseconds / 1000;
  };
  const from = bound('created:min', -Infinity);
  const to = bound('created:max', Infinity);
  const orders =
    orderIds === undefined
      ? call.store.ordersById()
      : [...orderIds].flatMap((id) => call.store.order(id) ?? []);
  const rows = orders.flatMap((order) =>
    order.refunds
      .filter((refund) => (ids?.has(refund.id) ?? true) && refund.created >= from && refund.created <= to)
      .map((refund) => refundWire(order, refund)),
  );
  return json(200, v3List(rows, v3Page(call.query)));
}

function oneRefund(call: Call): Answer {
  const id = idParam(call, 'refund_id');
  for (const order of call.store.ordersById()) {
    const refund = order.refunds.find((candidate) => candidate.id === id);
    if (refund !== undefined) return json(200, { data: singleRefundWire(order, refund), meta: {} });
  }
  return notFound('v3');
}

const get = (template: string, scopes: readonly string[], handle: (call: Call) => Answer): Route => ({
  method: 'GET',
  template,
  scopes,
  handle,
});

/** Endpoints about money that was paid and returned. */
export const paymentRoutes: readonly Route[] = [
  get('/v3/orders/{order_id}/transactions', TRANSACTION_SCOPE, listTransactions),
  get('/v3/orders/{order_id}/payment_actions/refunds', REFUND_SCOPE, (call) => {
    const order = v3OrderOf(call);
    return json(200, { data: order.refunds.map((refund) => refundWire(order, refund)), meta: {} });
  }),
  get('/v3/orders/payment_actions/refunds', REFUND_SCOPE, listRefunds),
  get('/v3/orders/payment_actions/refunds/{refund_id}', REFUND_SCOPE, oneRefund),
];
