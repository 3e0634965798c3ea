/**
 * What changed between two versions of an order, field by field, for people who read its history. It names personal
 * fields without their values: histories and logs are read by more people than orders are. Pure.
 */
import type { Address, Consignment, LineItem, Order } from './order.ts';
import { storeStatusName } from './store-status.ts';

/** A refreshed order with more changes than this says how many more there are. */
const CHANGES_SHOWN_MAX = 12;

/** Single values that tell nothing about a person; shown from what to what. */
const SHOWN = [
  'storefrontId',
  'archived',
  'paymentStatus',
  'paymentMethod',
  'currency',
  'totalIncTax',
  'externalOrderId',
  'externalSource',
] as const satisfies readonly (keyof Order)[];
/** Texts of shoppers and staff; only that they changed. */
const NAMED = ['customerMessage', 'staffNotes'] as const satisfies readonly (keyof Order)[];

/** The changes as one sentence; null where nothing that people would see differs. */
export function describeChanges(before: Order, after: Order): string | null {
  const changes = orderChanges(before, after);
  if (changes.length === 0) return null;
  const shown = changes.slice(0, CHANGES_SHOWN_MAX);
  const more = changes.length - shown.length;
  return `Changed in the store: ${shown.join('; ')}${more > 0 ? `; and ${String(more)} more` : ''}.`;
}

/** Each change in a few words, the most important first. */
export function orderChanges(before: Order, after: Order): string[] {
  const changes: string[] = [];
  if (before.statusId !== after.statusId)
    changes.push(`status ${statusWords(before.statusId)} → ${statusWords(after.statusId)}`);
  changes.push(...lineChanges(before.lineItems, after.lineItems));
  changes.push(...consignmentChanges(before.consignments, after.consignments));
  changes.push(...addressChanges('billing address', before.billingAddress, after.billingAddress));
  for (const field of SHOWN) {
    if (before[field] !== after[field])
      changes.push(`${field} ${said(before[field])} → ${said(after[field])}`);
  }
  for (const field of NAMED) if (before[field] !== after[field]) changes.push(`${field} changed`);
  // What an older version of the schema did not keep is not a change of the store.
  if (before.refunds !== null && (after.refunds?.length ?? 0) > before.refunds.length)
    changes.push(`${String((after.refunds?.length ?? 0) - before.refunds.length)} refunds more`);
  return changes;
}

function statusWords(statusId: number): string {
  return `${String(statusId)} (${storeStatusName(statusId)})`;
}

function said(value: string | number | boolean | null): string {
  return value === null || value === '' ? 'nothing' : String(value);
}

function lineChanges(before: readonly LineItem[], after: readonly LineItem[]): string[] {
  const old = new Map(before.map((line) => [line.orderProductId, line]));
  const kept = new Set(after.map((line) => line.orderProductId));
  const changes = before
    .filter((line) => !kept.has(line.orderProductId))
    .map((line) => `line ${String(line.orderProductId)} (${line.sku}) removed`);
  for (const line of after) {
    const name = `line ${String(line.orderProductId)} (${line.sku})`;
    const was = old.get(line.orderProductId);
    if (was === undefined) {
      changes.push(`${name} added, quantity ${String(line.quantity)}`);
      continue;
    }
    for (const field of ['quantity', 'quantityShipped', 'quantityRefunded', 'weight', 'totalIncTax'] as const)
      if (was[field] !== line[field])
        changes.push(`${name} ${field} ${said(was[field])} → ${said(line[field])}`);
    if (was.orderAddressId !== line.orderAddressId || was.pickupId !== line.pickupId)
      changes.push(`${name} goes to another consignment`);
  }
  return changes;
}

function consignmentChanges(before: readonly Consignment[], after: readonly Consignment[]): string[] {
  const changes: string[] = [];
  const places = (groups: readonly Consignment[]) =>
    new Map(groups.flatMap((group) => (group.kind === 'shipping' ? [[group.id, group] as const] : [])));
  const [old, now] = [places(before), places(after)];
  for (const id of old.keys()) if (!now.has(id)) changes.push(`consignment ${String(id)} removed`);
  for (const [id, group] of now) {
    const was = old.get(id);
    const name = `consignment ${String(id)}`;
    if (was === undefined) {
      changes.push(`${name} added`);
      continue;
    }
    changes.push(...addressChanges(`address of ${name}`, was.address, group.address));
    if (was.shippingMethod !== group.shippingMethod)
      changes.push(`shipping method of ${name} ${said(was.shippingMethod)} → ${said(group.shippingMethod)}`);
    if (was.pickupPoint?.id !== group.pickupPoint?.id) changes.push(`pickup point of ${name} changed`);
  }
  return changes;
}

function addressChanges(name: string, before: Address, after: Address): string[] {
  // The keys of an address are its own.
  const fields = (Object.keys(after) as (keyof Address)[]).filter((field) => before[field] !== after[field]);
  return fields.length === 0 ? [] : [`${name}: ${fields.join(', ')} changed`];
}
