// The sums of an order, computed from its lines. An overridden sum wins, also where the pair no longer fits.
import type { Order } from './model.ts';

/** The sums of an order in cents. */
export interface OrderTotals {
  readonly subtotalExTax: number;
  readonly subtotalIncTax: number;
  readonly shippingExTax: number;
  readonly shippingIncTax: number;
  readonly totalExTax: number;
  readonly totalIncTax: number;
}

/** Computes the sums; overriding one of a pair alone corrupts them, as in a real store (bigcommerce-api.md, Traps 3). */
export function totalsOf(order: Order): OrderTotals {
  let subtotalExTax = 0;
  let subtotalIncTax = 0;
  for (const line of order.lines) {
    subtotalExTax += line.exTaxCents * line.quantity;
    subtotalIncTax += line.incTaxCents * line.quantity;
  }
  let shippingExTax = 0;
  let shippingIncTax = 0;
  for (const consignment of order.shipping) {
    shippingExTax += consignment.exTaxCents;
    shippingIncTax += consignment.incTaxCents;
  }
  const { overrides } = order;
  subtotalExTax = overrides['subtotal_ex_tax'] ?? subtotalExTax;
  subtotalIncTax = overrides['subtotal_inc_tax'] ?? subtotalIncTax;
  shippingExTax = overrides['shipping_cost_ex_tax'] ?? shippingExTax;
  shippingIncTax = overrides['shipping_cost_inc_tax'] ?? shippingIncTax;
  let extrasExTax = order.handlingCents + order.wrappingCents;
  let extrasIncTax = extrasExTax;
  for (const fee of order.fees) {
    extrasExTax += fee.exTaxCents;
    extrasIncTax += fee.incTaxCents;
  }
  const reductions = order.discountCents + order.couponCents;
  return {
    subtotalExTax,
    subtotalIncTax,
    shippingExTax,
    shippingIncTax,
    totalExTax: overrides['total_ex_tax'] ?? subtotalExTax + shippingExTax + extrasExTax - reductions,
    totalIncTax: overrides['total_inc_tax'] ?? subtotalIncTax + shippingIncTax + extrasIncTax - reductions,
  };
}
