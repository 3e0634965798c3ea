/**
 * Carrier events: the facts that upstream sends about a shipment (design section 5). This file fixes their words and
 * shapes; reading an envelope is `carrier-envelope.ts`, applying facts is `shipments.ts`.
 */

export const CARRIER_EVENT_TYPES = [
  'label.created',
  'label.replaced',
  'label.voided',
  'shipment.manifested',
  'shipment.external',
  'tracking.updated',
  'pickup.ready',
  'pickup.collected',
] as const;
export type CarrierEventType = (typeof CARRIER_EVENT_TYPES)[number];

/** Ranked statuses: a shipment's position is the highest rank that was applied (design section 5). */
export const TRACKING_RANKS = {
  label_created: 10,
  trackable: 20,
  awaiting_collection: 25,
  picked_up: 30,
  in_transit: 40,
  out_for_delivery: 50,
  attempt_failed: 50,
  available_for_pickup: 60,
  delivered: 100,
} as const;
export type RankedTrackingStatus = keyof typeof TRACKING_RANKS;

/** Beside the rank: shown while newer than the last ranked event, never lowering it. */
export const SIDE_TRACKING_STATUSES = ['exception', 'expired', 'unknown', 'returned', 'cancelled'] as const;
export type SideTrackingStatus = (typeof SIDE_TRACKING_STATUSES)[number];

export type TrackingStatus = RankedTrackingStatus | SideTrackingStatus;
export const TRACKING_STATUSES: readonly TrackingStatus[] = [
  'label_created',
  'trackable',
  'awaiting_collection',
  'picked_up',
  'in_transit',
  'out_for_delivery',
  'attempt_failed',
  'available_for_pickup',
  'delivered',
  ...SIDE_TRACKING_STATUSES,
];

/** `no_zone`: taken as UTC; `received`: the sender gave no time that can be, so it is ours. */
export type TimePrecision = 'second' | 'minute' | 'day' | 'no_zone' | 'received';

export interface LineQuantity {
  orderProductId: number;
  quantity: number;
}

/** One fact about one order, as it is stored in `carrier_events.fact`. An envelope for several orders makes several. */
export interface CarrierFact {
  /** The sender's idempotency key; unique with channel and order id. */
  eventId: string;
  type: CarrierEventType;
  /** When it happened, by the sender; UTC with milliseconds (`Date#toISOString`). */
  occurredAt: string;
  /** When it reached us; set by the room that stores it. */
  receivedAt: string;
  /** Null: whatever of the order is not in another parcel. */
  lines: LineQuantity[] | null;
  shipment: {
    trackingNumber: string | null;
    /** The number that this label takes the place of (`label.replaced`). */
    replaces: string | null;
    carrier: string | null;
    service: string | null;
    trackingUrl: string | null;
  };
  tracking: {
    status: TrackingStatus;
    reason: string | null;
    provider: string | null;
    providerStatus: string | null;
    /** With `returned`: on its way back, not yet back. */
    returning: boolean;
    signedBy: string | null;
    cod: 'paid' | 'not_paid' | null;
    /** The provider's finer word, and its sentence, as sent. */
    providerSubstatus?: string | null;
    description?: string | null;
    /**
     * Nothing binds the body to its sender: such a word ends no parcel (carrier-events.md section 4), unless the
     * channel trusts that sender, which is asked when the order is decided (`db/believed-facts.ts`).
     */
    unproven?: true;
  } | null;
  location: string | null;
  /** Order numbers that the sender gave beside a tracking number: they count where no order has that number. */
  orderNumbers?: number[];
  /** Facts of providers only: the time as sent, and how exactly it is known. Absent: to the second. */
  sent?: { occurredAt: string | null; precision: TimePrecision };
}
