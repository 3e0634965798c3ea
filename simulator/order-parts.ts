// What hangs on one order (products, addresses, coupons, taxes, messages, fees) and the table of statuses, to read.
import { NO_CONTENT, json, notFound } from './answers.ts';
import type { Answer } from './answers.ts';
import { rfc2822 } from './clock.ts';
import { moneyNumber, moneyText } from './money.ts';
import { ORDER_SCOPE, orderOf, readIncludes } from './orders.ts';
import { v2Page } from './query.ts';
import { idParam } from './routing.ts';
import type { Call, Route } from './routing.ts';
import { ORDER_STATUSES } from './statuses.ts';
import { totalsOf } from './totals.ts';
import { addressWire, consignmentsWire, feeWire, lineWire } from './wire.ts';

/** A page of rows that hang on one order; none left answers 204. */
function subList(call: Call, rows: readonly unknown[]): Answer {
  const page = v2Page(call.query);
  const shown = rows.slice(page.offset, page.offset + page.limit);
  return shown.length === 0 ? NO_CONTENT : json(200, shown);
}

function orderProducts(call: Call): Answer {
  const order = orderOf(call);
  return subList(
    call,
    order.lines.map((line) => lineWire(order, line)),
  );
}

function orderProduct(call: Call): Answer {
  const order = orderOf(call);
  const line = order.lines.find((candidate) => candidate.id === idParam(call, 'product_id'));
  return line === undefined ? notFound('v2') : json(200, lineWire(order, line));
}

function shippingAddresses(call: Call): Answer {
  const order = orderOf(call);
  return subList(
    call,
    order.shipping.map((consignment) => addressWire(order, consignment, call.context)),
  );
}

function shippingAddress(call: Call): Answer {
  const order = orderOf(call);
  const consignment = order.shipping.find((candidate) => candidate.id === idParam(call, 'id'));
  return consignment === undefined
    ? notFound('v2')
    : json(200, addressWire(order, consignment, call.context));
}

function coupons(call: Call): Answer {
  const order = orderOf(call);
  return subList(
    call,
    order.coupons.map((coupon) => ({
      id: coupon.id,
      coupon_id: coupon.couponId,
      order_id: order.id,
      code: coupon.code,
      amount: moneyText(coupon.amountCents),
      type: coupon.type,
      discount: moneyNumber(coupon.discountCents),
    })),
  );
}

function taxes(call: Call): Answer {
  const order = orderOf(call);
  const sums = totalsOf(order);
  const cents = sums.totalIncTax - sums.totalExTax;
  if (cents === 0) return NO_CONTENT;
  return subList(call, [
    {
      id: order.id,
      order_id: order.id,
      order_address_id: order.shipping[0]?.id ?? 0,
      tax_rate_id: 1,
      sales_tax_id: '',
      tax_class_id: 0,
      name: 'Tax',
      class: 'Default Tax Class',
      rate: '10.0000',
      priority: 0,
      priority_amount: moneyText(cents),
      line_amount: moneyText(cents),
      order_pickup_method_id: order.pickups[0]?.id ?? 0,
      ...(call.query.get('details') === 'true'
        ? { order_product_id: String(order.lines[0]?.id ?? ''), line_item_type: 'item' }
        : {}),
    },
  ]);
}

function messages(call: Call): Answer {
  const order = orderOf(call);
  return subList(
    call,
    order.messages.map((message) => ({
      id: message.id,
      order_id: order.id,
      staff_id: 0,
      customer_id: order.customerId,
      type: 'customer',
      subject: message.subject,
      message: message.message,
      status: 'unread',
      is_flagged: false,
      date_created: rfc2822(message.created),
      customer: {},
    })),
  );
}

function statusRow(call: Call, id: number): Record<string, unknown> | null {
  const status = ORDER_STATUSES[id];
  if (status === undefined) return null;
  return {
    id,
    name: status.name,
    system_label: status.name,
    custom_label: call.store.statusLabel(id),
    system_description: status.description,
    order: status.sortOrder,
  };
}
const route = (template: string, handle: (call: Call) => Answer): Route => ({
  method: 'GET',
  template,
  scopes: ORDER_SCOPE,
  handle,
});

/** The reading endpoints below one order, and the statuses. */
export const orderPartRoutes: readonly Route[] = [
  route('/v2/orders/{order_id}/products', orderProducts),
  route('/v2/orders/{order_id}/products/{product_id}', orderProduct),
  route('/v2/orders/{order_id}/shipping_addresses', shippingAddresses),
  route('/v2/orders/{order_id}/shippingaddresses', shippingAddresses),
  route('/v2/orders/{order_id}/shipping_addresses/{id}', shippingAddress),
  route('/v2/orders/{order_id}/shipping_addresses/{shipping_address_id}/shipping_quotes', (call) => {
    orderOf(call);
    return NO_CONTENT;
  }),
  route('/v2/orders/{order_id}/consignments/shipping/{shipping_consignment_id}/shipping_quotes', (call) => {
    orderOf(call);
    return NO_CONTENT;
  }),
  route('/v2/orders/{order_id}/consignments', (call) =>
    json(
      200,
      consignmentsWire(orderOf(call), readIncludes(call.query).consignments === 'lines', call.context),
    ),
  ),
  route('/v2/orders/{order_id}/coupons', coupons),
  route('/v2/orders/{order_id}/taxes', taxes),
  route('/v2/orders/{order_id}/messages', messages),
  route('/v2/orders/{order_id}/fees', (call) => json(200, { fees: orderOf(call).fees.map(feeWire) })),
  route('/v2/order_statuses', (call) =>
    json(
      200,
      ORDER_STATUSES.map((status) => statusRow(call, status.id)),
    ),
  ),
  route('/v2/order_statuses/{status_id}', (call) => {
    const row = statusRow(call, idParam(call, 'status_id'));
    return row === null ? notFound('v2') : json(200, row);
  }),
];
