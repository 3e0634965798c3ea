/** Words of the write-back plan and its ledger (design section 6). Types and constants only. */
import type { LineQuantity, RankedTrackingStatus } from './carrier-event.ts';

/** What makes a shipment due in the store (`fulfillment.trigger`, capabilities X-2). */
export const SHIPMENT_TRIGGERS = [
  'label.created',
  'shipment.manifested',
  'shipment.external',
  'tracking.trackable',
  'tracking.possession',
] as const;
export type ShipmentTrigger = (typeof SHIPMENT_TRIGGERS)[number];

/**
 * The rules as the channel's settings fill them; `settings/` must satisfy this shape. An import-only channel has no
 * rules at all, so nothing can be planned or sent for it by mistake: narrow with `mayWrite` first.
 */
export type WriteBackRules = { profile: 'import_only' } | WritingRules;

export interface WritingRules {
  profile: 'import_and_writeback' | 'catalog_and_push' | 'custom';
  pushEnabled: boolean;
  dryRun: boolean;
  trigger: ShipmentTrigger[];
  trackingWrite: boolean;
  requireNumber: boolean;
  statusSideEffect: 'auto' | 'accept' | 'defer' | 'restore';
  /** `whole_order` holds every shipment until all units of the order can go out. */
  partial: 'per_line' | 'whole_order';
  /** How several boxes of one shipment are told; `joined` falls back to comments beyond 50 characters. */
  multiParcel: 'lead_and_comments' | 'joined';
  shippedOnWriteback: boolean;
  shippedOnTrackable: boolean;
  shippedOnPossession: boolean;
  possessionStates: RankedTrackingStatus[];
  shippedTarget: number;
  onDelivered: boolean;
  deliveredTarget: number;
  /** Written beside the delivered status, so that Delivered can be told from Completed (capabilities X-4). */
  deliveredMarker: 'none' | DeliveredMarker;
  /** Status of an order with a parcel in trouble, or whose units all came back; null: none (capabilities Q-45). */
  onException: number | null;
  onReturned: number | null;
  pickup: PickupRules;
  onVoid: 'leave' | 'delete_shipment';
  /** Which status a deleted shipment leaves behind: deleting one takes no order out of Shipped (capabilities F-2). */
  voidRestoreStatus: 'none' | 'previous' | number;
  protectedStatuses: number[];
  respectManualChange: boolean;
  onConflict: 'skip' | 'overwrite' | 'ask';
  /** Our carrier word → `shipping_provider` value, `carrier:{slug}` for `tracking_carrier`, or an https template with `{number}`. */
  carrierMap: Record<string, string>;
}

export type DeliveredMarker = 'order_metafield' | 'staff_note';

/** Store pickup (capabilities S-38 to S-40); off: a pickup is treated as a normal shipment. */
export interface PickupRules {
  enabled: boolean;
  /** Carrier words that mean the store's own counter. */
  carrierCodes: string[];
  targetStatus: number;
  collectedTarget: number | null;
  writeRecord: boolean;
}

/** What was last read of the order in the store; the plan's only view of it. */
export interface StoreOrderView {
  statusId: number;
  /** Null while the store was not read for a write yet. */
  shipments: StoreShipment[] | null;
  /** Per line what the store counts as shipped. */
  shipped: LineQuantity[];
  /**
   * `shipped` was counted after `shipments` were read, and they hold more: a person took one of them away, so that what
   * we confirmed is not there any more.
   */
  countsFewer?: true;
}

export interface StoreShipment {
  shipmentId: number;
  orderAddressId: number;
  trackingNumber: string;
  comments: string;
  items: LineQuantity[];
}

/** A pickup record of the store (bigcommerce-api.md section 10). */
export interface StorePickupRecord {
  pickupId: number;
  pickupMethodId: number | null;
  items: (LineQuantity & { collected: boolean })[];
}

/** What a step beyond shipments and status asks the store about; read only for that step. */
export interface StoreExtras {
  staffNotes: string;
  /** Our delivered metafield of the order, or null. */
  metafield: { metafieldId: number; value: string } | null;
  pickups: StorePickupRecord[];
}

export const WRITE_BACK_KINDS = [
  'create_shipment',
  'update_shipment',
  'delete_shipment',
  'write_pickup',
  'set_status',
  'mark_delivered',
] as const;
export type WriteBackKind = (typeof WRITE_BACK_KINDS)[number];

/** Why a status is written that is no step forward; absent in a body: a step forward (design section 6). */
export type StatusPurpose = 'restore' | 'void' | 'exception' | 'returned';

/** The body of the call, in our words; kept in the ledger row from `sent` on. */
export type WriteBackBody =
  | {
      kind: 'create_shipment';
      orderAddressId: number;
      items: LineQuantity[];
      trackingNumber: string;
      trackingUrl: string;
      shippingProvider: string;
      trackingCarrier: string;
      shippingMethod: string;
      comments: string;
      /** A person asked for it although it was in the store before (capabilities P-32). */
      resend?: true;
    }
  | {
      kind: 'update_shipment';
      shipmentId: number;
      trackingNumber: string;
      trackingUrl: string;
      shippingProvider: string;
      trackingCarrier: string;
      /** The whole text; absent: left as it is. */
      comments?: string;
      /** A person asked for it: sent also where the store shows the same (capabilities P-32). */
      resend?: true;
    }
  | {
      kind: 'delete_shipment';
      shipmentId: number;
      /** What we last wrote to it: one that a person changed since is left alone. */
      trackingNumber: string;
    }
  | { kind: 'set_status'; statusId: number; purpose?: StatusPurpose }
  | {
      kind: 'mark_delivered';
      marker: DeliveredMarker;
      /** ISO, by the carrier's clock. */
      deliveredAt: string;
    }
  | {
      kind: 'write_pickup';
      pickupMethodId: number;
      items: LineQuantity[];
      readyAt: string;
      /** Null: ready, not collected yet. */
      collectedAt: string | null;
    };
export type BodyOf<Kind extends WriteBackKind> = Extract<WriteBackBody, { kind: Kind }>;

/** Why a row that is planned is not due. */
export type WriteBackBlock = 'auth' | 'ask' | 'push_off' | 'dry_run' | 'channel';

export interface WriteBackStep {
  kind: WriteBackKind;
  /**
   * Never empty (design section 6): our shipment's key + `@` + consignment id; `status:{id}`; `restore:`, `void:`,
   * `exception:` or `returned:` + what is answered by the status; `pickup:` + consignment and lines; `delivered:` + marker.
   */
  subject: string;
  /** Rises for a replaced number, a restored void, a person's retry; never otherwise. */
  n: number;
  body: WriteBackBody;
  /** Not due although planned: kept from the ledger row, or why a new row starts blocked. */
  blocked: WriteBackBlock | null;
  /** Shopper mails this step is expected to cause. */
  mails: number;
  /** A sentence for people: what and why. */
  summary: string;
}

export type WriteBackState = 'planned' | 'sent' | 'confirmed' | 'refused' | 'superseded';

/** A ledger row as the plan reads it. */
export interface LedgerEntry {
  id: string;
  kind: WriteBackKind;
  subject: string;
  n: number;
  state: WriteBackState;
  blocked: WriteBackBlock | null;
  approved: boolean;
  body: WriteBackBody;
  /** The store's shipment id once confirmed (create, update, delete). */
  storeShipmentId: number | null;
  /** The store's status when the row was sent; null for one that was never sent. */
  statusBefore: number | null;
}

/** What `planWriteBack` answers; an import-only channel gets the empty plan. */
export interface WriteBackPlan {
  /** In the order in which they must be carried out; rows that are sent, confirmed or refused are not among them. */
  steps: WriteBackStep[];
  /** What is not written and why, for `waybill explain`. `reason` is a machine word, `detail` a sentence. */
  skipped: { kind: WriteBackKind; subject: string; reason: SkipReason; detail: string }[];
  /** A sentence when a person's decision in the store stands against a step that waits for approval, else null. */
  conflict: string | null;
  /** Shopper mails that all unsent steps together are expected to cause. */
  mails: number;
}

/** Why something that could be written is not. */
export const SKIP_REASONS = [
  'waiting_for_trigger',
  'no_tracking_number',
  'deferred',
  'tracking_write_off',
  'nothing_left_to_ship',
  'parcel_returned',
  'protected_status',
  'never_backwards',
  'manual_change',
  'refused_before',
  'waits_for_shipment',
  'never_written_status',
  'same_status',
  'waits_for_whole_order',
  'over_shipment',
  'void_left',
  'changed_in_store',
  'no_earlier_status',
  'no_pickup_method',
] as const;
export type SkipReason = (typeof SKIP_REASONS)[number];
