/**
 * Which parcels, with which lines, are candidates for a shipment in the store: one per parcel and shipping consignment.
 * Quantities only; whether one is due is decided next door.
 */
import type { LineQuantity } from './carrier-event.ts';
import type { Shipment } from './facts.ts';
import { neededQuantity, type Order } from './order.ts';
import { mergeLines } from './parcel-holding.ts';
import { subjectsOf, writtenShipment } from './write-back-ledger.ts';
import type { PlanContext } from './write-back-permission.ts';
import { isPickupParcel } from './write-back-pickup.ts';
import type { LedgerEntry } from './write-back-types.ts';

/** One parcel (with its further boxes) in one consignment. */
export interface Candidate {
  lead: Shipment;
  boxes: Shipment[];
  orderAddressId: number;
  items: LineQuantity[];
  /** What the label named of this consignment, uncut; null where it named no lines. */
  named: LineQuantity[] | null;
  subjects: string[];
}

/** All candidates, parcel by parcel; lines without an address (pickup, digital, gift certificates) are in none. */
export function candidatesOf(context: PlanContext): Candidate[] {
  const { order, decision, ledger, rules } = context;
  const addresses = addressesOf(order);
  const parcels = decision.shipments.filter((one) => !one.voided && !isPickupParcel(rules, one));
  const found: Candidate[] = [];
  for (const first of parcels) {
    if (first.sharesWith !== null) continue;
    const own = [first, ...parcels.filter((one) => one.sharesWith === first.key)];
    for (const [orderAddressId, items] of byAddress(addresses, first.holds)) {
      // A box whose shipment another one took over does not lead again.
      const lead =
        own.find((one) => writtenShipment(ledger, subjectsOf(one, orderAddressId)) !== null) ??
        own.find((one) => isBegun(ledger, subjectsOf(one, orderAddressId))) ??
        first;
      found.push({
        lead,
        boxes: own.filter((one) => one !== lead),
        orderAddressId,
        items,
        named: first.lines === null ? null : (byAddress(addresses, first.lines).get(orderAddressId) ?? []),
        subjects: subjectsOf(lead, orderAddressId),
      });
    }
  }
  return found;
}

/** The shipping consignment of each line that has one. */
export function addressesOf(order: Order): Map<number, number> {
  return new Map(
    order.lineItems.flatMap((line) =>
      line.kind === 'physical' && line.orderAddressId !== null
        ? [[line.orderProductId, line.orderAddressId] as const]
        : [],
    ),
  );
}

function byAddress(
  addresses: ReadonlyMap<number, number>,
  lines: readonly LineQuantity[],
): Map<number, LineQuantity[]> {
  const found = new Map<number, LineQuantity[]>();
  for (const line of lines) {
    const address = addresses.get(line.orderProductId);
    if (address !== undefined) found.set(address, [...(found.get(address) ?? []), line]);
  }
  return new Map([...found].sort(([a], [b]) => a - b).map(([address, own]) => [address, mergeLines(own)]));
}

/** Whether a box has its shipment in the store, or on its way there: it leads then, whoever turns up later. */
function isBegun(ledger: readonly LedgerEntry[], subjects: readonly string[]): boolean {
  return ledger.some(
    (row) => subjects.includes(row.subject) && (row.state === 'sent' || row.state === 'confirmed'),
  );
}

/** The wanted lines, cut to what the store can still take. */
export function available(
  order: Order,
  covered: ReadonlyMap<number, number>,
  wanted: readonly LineQuantity[],
): LineQuantity[] {
  return wanted
    .map(({ orderProductId, quantity }) => {
      const line = order.lineItems.find((one) => one.orderProductId === orderProductId);
      const room = line === undefined ? 0 : neededQuantity(line) - (covered.get(orderProductId) ?? 0);
      return { orderProductId, quantity: Math.max(0, Math.min(quantity, room)) };
    })
    .filter((line) => line.quantity > 0);
}

/** Units per line that the candidates hold of each shipping line, for `whole_order` and for people. */
export function unitsHeld(candidates: readonly Candidate[]): Map<number, number> {
  const held = new Map<number, number>();
  for (const { items } of candidates) {
    for (const { orderProductId, quantity } of items)
      held.set(orderProductId, (held.get(orderProductId) ?? 0) + quantity);
  }
  return held;
}
