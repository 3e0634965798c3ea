/**
 * What a later version of an order means for a label that was made from an earlier one: another address, other lines,
 * another total (capabilities K-8). Pure; it names fields and numbers, never what is in them.
 */
import { TRACKING_RANKS } from './carrier-event.ts';
import type { Shipment, StoreChange } from './facts.ts';
import { instantMs } from './instants.ts';
import { neededQuantity, physicalLines, type Address, type Order } from './order.ts';
import { rankOf } from './parcel-state.ts';

/** What changed that a label depends on, for people; null: nothing. */
export function changeForLabels(before: Order, after: Order): string | null {
  const parts = [
    ...addressChanges(before, after),
    ...lineChanges(before, after),
    // What a label declares and what a carrier collects follow from it.
    ...(before.totalIncTax === after.totalIncTax ? [] : ['the total']),
  ];
  return parts.length === 0 ? null : parts.join(', ');
}

function addressChanges(before: Order, after: Order): string[] {
  const earlier = new Map(shippingOf(before).map((one) => [one.id, one]));
  return shippingOf(after).flatMap((one) => {
    const was = earlier.get(one.id);
    if (was === undefined) return [`a new delivery address (consignment ${String(one.id)})`];
    return [
      ...(sameAddress(was.address, one.address)
        ? []
        : [`the delivery address of consignment ${String(one.id)}`]),
      ...(was.shippingMethod === one.shippingMethod
        ? []
        : [`the shipping method of consignment ${String(one.id)}`]),
    ];
  });
}

function shippingOf(order: Order) {
  return order.consignments.filter((one) => one.kind === 'shipping');
}

function sameAddress(a: Address, b: Address): boolean {
  const text = (address: Address): string => JSON.stringify(Object.entries(address).sort());
  return text(a) === text(b);
}

function lineChanges(before: Order, after: Order): string[] {
  const was = new Map(physicalLines(before).map((line) => [line.orderProductId, neededQuantity(line)]));
  const is = new Map(physicalLines(after).map((line) => [line.orderProductId, neededQuantity(line)]));
  return [...new Set([...was.keys(), ...is.keys()])].flatMap((id) => {
    const [from, to] = [was.get(id) ?? 0, is.get(id) ?? 0];
    return from === to ? [] : [`line ${String(id)} (${String(from)} → ${String(to)})`];
  });
}

/** The change still concerns some parcel: on its way, and labelled before it. A newer label was made knowing it. */
export function changeStands(change: StoreChange, shipments: readonly Shipment[]): boolean {
  const changedMs = instantMs(change.at);
  return shipments.some((parcel) => {
    if (parcel.kind !== 'parcel' || parcel.voided || parcel.returned) return false;
    if (rankOf(parcel.position) >= TRACKING_RANKS.delivered) return false;
    const { label, replaced, external } = parcel.milestones;
    const labels = [label, replaced, external].filter((time) => time !== null);
    return labels.every((time) => instantMs(time) <= changedMs);
  });
}
