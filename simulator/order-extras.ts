// What makes the awkward kinds of orders awkward: refunds, shipments made by hand, coupons, fees, payments.
import { withTax } from './line-maker.ts';
import type { Order, OrderLine } from './model.ts';
import type { OrderKindTraits } from './order-kinds.ts';
import type { SeededRandom } from './random.ts';
import type { StoreState } from './store.ts';
import { totalsOf } from './totals.ts';

/** Adds what the kind has besides lines and addresses. */
export function applyExtra(
  store: StoreState,
  random: SeededRandom,
  order: Order,
  kind: OrderKindTraits,
): void {
  switch (kind.extra) {
    case 'part-refund':
      refund(store, order, order.lines.slice(0, 1), 1);
      break;
    case 'full-refund':
      refund(store, order, order.lines, Infinity);
      break;
    case 'shipped':
      shipQuietly(store, random, order, Infinity);
      order.shippedAt = order.created + 3600;
      break;
    case 'part-shipped':
      shipQuietly(store, random, order, 1);
      break;
    case 'coupon':
      order.couponCents = 500;
      order.coupons.push({
        id: store.nextId('coupon'),
        couponId: 7,
        code: 'WELCOME5',
        type: 2,
        amountCents: 500,
        discountCents: 500,
      });
      order.lines[0]?.discounts.push({
        id: 'coupon',
        cents: 500,
        name: 'Welcome',
        code: 'WELCOME5',
        target: 'order',
      });
      break;
    case 'fee':
      order.fees.push({
        id: store.nextId('fee'),
        customerName: 'Handling of fragile goods',
        merchantName: 'Fragile',
        source: 'shop',
        exTaxCents: 200,
        incTaxCents: withTax(200),
      });
      break;
    default:
      break;
  }
}

function refund(store: StoreState, order: Order, lines: readonly OrderLine[], unitsPerLine: number): void {
  const items = lines.map((line) => {
    line.refunded = Math.min(line.quantity, unitsPerLine);
    return { type: 'PRODUCT', id: line.id, quantity: line.refunded, cents: line.incTaxCents * line.refunded };
  });
  order.refunds.push({
    id: store.nextId('refund'),
    created: order.created + 7200,
    reason: 'Sent back',
    items,
    provider: 'custom',
  });
}

/** Ships as a person did in the past: no mail, no event, the status is part of the kind. */
function shipQuietly(store: StoreState, random: SeededRandom, order: Order, units: number): void {
  const consignment = order.shipping[0];
  if (consignment === undefined) return;
  let left = units;
  const items: { lineId: number; quantity: number }[] = [];
  for (const line of order.lines) {
    const quantity = Math.min(left, line.quantity);
    if (line.addressId !== consignment.id || quantity === 0) continue;
    line.shipped = quantity;
    left -= quantity;
    items.push({ lineId: line.id, quantity });
  }
  order.shipments.push({
    id: store.nextId('shipment'),
    visibleAtMs: 0,
    addressId: consignment.id,
    created: order.created + 3600,
    trackingNumber: random.next() < 0.7 ? `HAND${random.between(100000, 999999)}` : '',
    trackingLink: '',
    shippingMethod: consignment.method,
    shippingProvider: '',
    trackingCarrier: '',
    merchantCostText: '0.0000',
    comments: '',
    items,
  });
}

/** Adds the payment of the kind, where there is one. */
export function addTransaction(store: StoreState, order: Order, kind: OrderKindTraits): void {
  if (kind.payment === 'none') return;
  const gateway = kind.payment === 'cod' ? 'cod' : kind.payment === 'bank' ? 'bankdeposit' : 'stripe';
  order.paymentProviderId = gateway;
  order.transactions.push({
    id: store.nextId('transaction'),
    event: kind.payment === 'card' ? 'purchase' : 'pending',
    method: kind.payment === 'card' ? 'credit_card' : 'offline',
    gateway,
    cents: totalsOf(order).totalIncTax,
    created: order.created,
    displayName: order.paymentMethod,
    referenceId: null,
  });
}
