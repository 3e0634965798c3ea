/**
 * What is known of one order when a decision is made, and what is decided: the vocabulary shared by the stage machine,
 * the write-back plan, the ingress and the lifecycle. Plain JSON, no rules here.
 */
import type { CarrierFact, LineQuantity, SideTrackingStatus, RankedTrackingStatus } from './carrier-event.ts';
import type { Order } from './order.ts';

export const STAGES = ['imported', 'trackable', 'shipped', 'delivered', 'cancelled', 'returned'] as const;
export type Stage = (typeof STAGES)[number];
export const END_STAGES: readonly Stage[] = ['delivered', 'cancelled', 'returned'];

/** In the order in which they win (design section 4). */
export const ATTENTIONS = [
  'auth',
  'conflict',
  'refused',
  'over_shipment',
  'exception',
  'money',
  'changed',
  'unknown',
  'stale',
  'paused',
] as const;
export type Attention = (typeof ATTENTIONS)[number];

/** One parcel as understood from the facts; the projection that is kept in `shipments`. */
export interface Shipment {
  /** Stable within the order: the first number's normalized form, or `event:{eventId}` where there is no number. */
  key: string;
  /** The current number as it was sent, not normalized; null while there is none. */
  trackingNumber: string | null;
  /** Every number this parcel ever had, normalized, the current one last. */
  numbers: string[];
  carrier: string | null;
  service: string | null;
  trackingUrl: string | null;
  /** Null: holds what is left of the order. */
  lines: LineQuantity[] | null;
  /** Lines and quantities after sharing out what is left; what a write-back puts into the store. */
  holds: LineQuantity[];
  /**
   * Key of the parcel whose lines it shares, because it came without lines of its own: further boxes of one shipment,
   * which is one shipment in the store. Null for every parcel that leads.
   */
  sharesWith: string | null;
  /** Highest rank applied, and its word; null before any (rank counts as 0). */
  position: RankedTrackingStatus | null;
  /** Side status newer than the last ranked event. */
  side: SideTrackingStatus | null;
  reason: string | null;
  returned: boolean;
  returning: boolean;
  voided: boolean;
  /** How often the current number took the place of another one. */
  replacements: number;
  /** How often the label was made anew after a void. */
  restores: number;
  /** First time of each milestone by the senders' clock, or null: what `mayMatter` and the plan ask about. */
  milestones: {
    label: string | null;
    manifested: string | null;
    external: string | null;
    trackable: string | null;
    possession: string | null;
    delivered: string | null;
    voided: string | null;
    replaced: string | null;
  };
  /** Store pickup: 'ready' or 'collected' events are kept as a parcel of kind pickup. */
  kind: 'parcel' | 'pickup';
  /** Our own events of the parcel are older than 7 days before its label: refused as a recycled number. */
  recycledEvents: number;
  lastEventAt: string;
}

/** An operator's word: hides the facts received before it (design section 5). */
export interface StageOverride {
  stage: Stage;
  reason: string;
  by: string;
  /** Our clock, ISO with milliseconds. */
  at: string;
}

/** What the store changed of an order after a label was made for it. */
export interface StoreChange {
  /** When we read it, ISO with milliseconds. */
  at: string;
  /** For people, without a customer's data: `the delivery address, line 15`. */
  what: string;
}

/** Shipments of ours that a person deleted in the store. */
export interface LostShipments {
  /** When that was found, ISO with milliseconds. */
  at: string;
  /** The store's ids of them, all that were ever found to be gone. */
  ids: number[];
  /** A person has seen it. Kept all the same, so that it is not told every night. */
  seen: boolean;
}

/** What the store itself says that is not our own doing. */
export interface StoreFacts {
  statusId: number;
  /** True when the status is the starting point or an effect of our own writes (design section 6). */
  statusExplained: boolean;
  /** Units per line that the store counts as shipped beyond our sent and confirmed shipments. */
  shippedByPerson: LineQuantity[];
  /** A change after a label was made that nobody looked at yet; absent or null: none. */
  change?: StoreChange | null;
  /** The store lists the order no more; absent or null: it does. */
  gone?: 'archived' | 'deleted' | null;
  /** Shipments of ours that a person deleted in the store and nobody has dealt with, each by its parcels' subjects; absent: none. */
  lost?: readonly (readonly string[])[];
}

export interface OrderFacts {
  order: Order;
  events: CarrierFact[];
  overrides: StageOverride[];
  store: StoreFacts;
  /** High-water mark as stored; null for an order that was never decided. */
  stage: Stage | null;
  /** Raised by the watchdog, cleared by news. */
  stale: boolean;
  paused: boolean;
  /** Reasons of the ledger and the channel: blocked by auth, refused, waiting for approval. */
  ledger: { auth: boolean; refused: boolean; ask: boolean };
  /** True when new lines, raised quantities or a status that left 4, 5 or 6 re-open the order. */
  reopened: boolean;
}

export interface StageCounts {
  /** Units needed in all. */
  needed: number;
  imported: number;
  trackable: number;
  shipped: number;
  delivered: number;
  returned: number;
}

export interface OrderDecision {
  stage: Stage;
  counts: StageCounts;
  attention: Attention | null;
  /** One sentence for people: why this attention, or null. */
  attentionReason: string | null;
  shipments: Shipment[];
}
