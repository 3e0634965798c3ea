/**
 * Whether an order's lifecycle must hear of a change. It promises never to say no wrongly; it may say yes too often.
 * It must not know a channel's settings: the ingress asks it inside its transaction (design section 5).
 */
import type { OrderDecision, Shipment } from './facts.ts';

/**
 * Compares two decisions of one order. Most scans change neither the stage nor a milestone of their parcel; they cost
 * one transaction and no workflow task. Symmetric, pure, may be repeated.
 */
export function mayMatter(before: OrderDecision | null, after: OrderDecision): boolean {
  if (before === null) return true;
  if (before.stage !== after.stage || before.attention !== after.attention) return true;
  return fingerprint(before.shipments) !== fingerprint(after.shipments);
}

/** Everything of the parcels that a plan can depend on, without times: a milestone is news only once. */
function fingerprint(shipments: Shipment[]): string {
  const parts = shipments.map((shipment) => [
    shipment.key,
    shipment.kind,
    shipment.trackingNumber,
    shipment.carrier,
    shipment.service,
    shipment.trackingUrl,
    shipment.sharesWith,
    shipment.holds.map((line) => `${String(line.orderProductId)}x${String(line.quantity)}`).sort(),
    shipment.voided,
    shipment.returned,
    shipment.returning,
    shipment.replacements,
    shipment.restores,
    // By name: a decision that comes back from the database has its keys in another order.
    ...Object.entries(shipment.milestones)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, time]) => time !== null),
  ]);
  return JSON.stringify(parts.map((part) => JSON.stringify(part)).sort());
}
