// The memory of one simulated store and the side effects every change has: dates, shipped counts, statuses, mails.
// Knows nothing of HTTP; rules about who may write what live with the endpoints.
import type { StoreClock } from './clock.ts';
import type { Catalog } from './catalog-data.ts';
import { FaultPlan } from './faults.ts';
import { HookRegistry } from './hook-registry.ts';
import { StoreLedger } from './ledger.ts';
import { MetafieldShelf } from './metafield-shelf.ts';
import type { Order, Shipment } from './model.ts';
import { PickupShelf } from './pickup-shelf.ts';
import { StoreQuota } from './quota.ts';
import type { QuotaRule } from './quota.ts';
import { scramble } from './random.ts';
import type { AccessToken } from './scopes.ts';
import { ORDER_STATUSES, STATUS_PARTIALLY_SHIPPED, STATUS_SHIPPED } from './statuses.ts';
import { WireCache } from './wire-cache.ts';
import type { WireContext } from './wire.ts';

/** Traits that differ from store to store, or that no source settles. */
export interface StoreTraits {
  readonly name: string;
  readonly weightUnits: string;
  readonly currency: string;
  readonly timezone: string;
  /** Whether shoppers are mailed about shipments and statuses. */
  readonly orderStatusEmails: boolean;
  /** By storefront, where it overrides the store's. */
  readonly storefrontEmails: Readonly<Record<number, boolean>>;
  /** Whether a shipment moves the order to Shipped or Partially Shipped (F-3 says yes, a training page no). */
  readonly shipmentMovesStatus: boolean;
  /** Real milliseconds after a create in which `external_order_id` does not find the order yet. */
  readonly externalIdLagMs: number;
  /** Real milliseconds after a write in which reads may still show what was before (Traps 14). */
  readonly staleReadMs: number;
}

/** The number webhooks carry as `store_id`: not the store hash. */
export const STORE_NUMBER = 1_025_646;

/** First id of each kind, far enough apart that a client which takes one kind of id for another is found out. */
const FIRST_IDS = {
  line: 1001,
  address: 501,
  shipment: 31,
  metafield: 61,
  hook: 11,
  pickup: 71,
  transaction: 91,
  refund: 41,
  fee: 21,
  coupon: 51,
  message: 81,
} as const;

/** What a store is made from. */
export interface StoreMaking {
  readonly hash: string;
  /** Address of the store's API: `http://host:port/stores/{hash}`. */
  readonly apiUrl: string;
  readonly clock: StoreClock;
  readonly catalog: Catalog;
  readonly traits: StoreTraits;
  readonly quota: QuotaRule | null;
  readonly seed: number;
}

/** One store. Control calls and API handlers share it. */
export class StoreState {
  readonly hash: string;
  readonly apiUrl: string;
  readonly clock: StoreClock;
  readonly catalog: Catalog;
  readonly ledger = new StoreLedger();
  readonly quota: StoreQuota;
  readonly faults: FaultPlan;
  readonly hooks: HookRegistry;
  readonly metafields = new MetafieldShelf();
  readonly pickups = new PickupShelf();
  readonly wires = new WireCache();
  readonly tokens = new Map<string, AccessToken>();
  readonly statusLabels = new Map<number, string>();
  traits: StoreTraits;
  /** Who of the merchant's side is told about orders: `/v3/orders/settings`. */
  notifications: Record<string, unknown> = {
    order_placed: { email_addresses: ['owner@store.example'] },
    forward_invoice: { email_addresses: [] },
  };

  readonly #orders = new Map<number, Order>();
  #byId: Order[] = [];
  #byModified: Order[] = [];
  #idOrderBroken = false;
  #modifiedOrderBroken = false;
  #lastOrderId = 99;
  #ids = new Map<keyof typeof FIRST_IDS, number>();

  constructor(making: StoreMaking) {
    const { hash, seed } = making;
    this.hash = hash;
    this.apiUrl = making.apiUrl;
    this.clock = making.clock;
    this.catalog = making.catalog;
    this.traits = making.traits;
    this.quota = new StoreQuota(making.quota);
    this.faults = new FaultPlan(seed);
    this.hooks = new HookRegistry(hash, seed);
  }

  /** Tells the webhooks what happened. */
  emit(scope: string, data: Record<string, unknown>): void {
    this.hooks.dispatch(scope, data, this.clock.nowSeconds(), String(STORE_NUMBER));
  }

  /** The facts of the store that show on each order; links start with the address of this simulator. */
  wireContext(): WireContext {
    return {
      apiUrl: this.apiUrl,
      statusLabel: (statusId) => this.statusLabel(statusId),
      storeCurrency: this.traits.currency,
    };
  }

  /** The label of a status as the merchant named it. */
  statusLabel(id: number): string {
    return this.statusLabels.get(id) ?? ORDER_STATUSES[id]?.name ?? '';
  }

  /** A new id of a kind; each kind counts for itself. */
  nextId(kind: keyof typeof FIRST_IDS): number {
    const id = this.#ids.get(kind) ?? FIRST_IDS[kind];
    this.#ids.set(kind, id + 1);
    return id;
  }

  /** The id the next order gets; `wanted` when it is still free. */
  nextOrderId(wanted?: number): number {
    const id = wanted ?? this.#lastOrderId + 1;
    this.#lastOrderId = Math.max(this.#lastOrderId, id);
    return id;
  }

  order(id: number): Order | undefined {
    return this.#orders.get(id);
  }

  get orderCount(): number {
    return this.#orders.size;
  }

  /** Adds an order, or puts it in the place of one with the same id. Emits nothing: seeded orders were always there. */
  put(order: Order): void {
    const known = this.#orders.get(order.id);
    this.#orders.set(order.id, order);
    if (known !== undefined) {
      // A higher version, so that what was serialized of the old order is not served for the new one.
      order.version = known.version + 1;
      this.#byId = this.#byId.filter((candidate) => candidate !== known);
      this.#byModified = this.#byModified.filter((candidate) => candidate !== known);
    }
    const last = this.#byId.at(-1);
    if (last !== undefined && last.id > order.id) this.#idOrderBroken = true;
    this.#byId.push(order);
    this.#byModified.push(order);
    this.#modifiedOrderBroken = true;
  }

  /** All orders, ascending by id. */
  ordersById(): readonly Order[] {
    if (this.#idOrderBroken) {
      this.#byId.sort((a, b) => a.id - b.id);
      this.#idOrderBroken = false;
    }
    return this.#byId;
  }

  /** All orders, ascending by the second of change; orders of one second come in no useful order. */
  ordersByModified(): readonly Order[] {
    if (this.#modifiedOrderBroken) {
      this.#byModified.sort((a, b) => a.modified - b.modified || scramble(a.id) - scramble(b.id));
      this.#modifiedOrderBroken = false;
    }
    return this.#byModified;
  }

  /** Marks an order as changed; `bump` moves its date of change to the present, never backwards. */
  touch(order: Order, bump = true): void {
    order.version += 1;
    if (this.traits.staleReadMs > 0) order.staleUntilMs = performance.now() + this.traits.staleReadMs;
    if (!bump) return;
    order.modified = Math.max(order.modified, this.clock.nowSeconds());
    this.#modifiedOrderBroken = true;
  }

  /** Sets the date of change, also backwards: for the control API. */
  setModified(order: Order, seconds: number): void {
    order.version += 1;
    order.modified = seconds;
    this.#modifiedOrderBroken = true;
  }

  /** Tells the webhooks about a new order. */
  announceCreated(order: Order): void {
    this.emit('store/order/created', { type: 'order', id: order.id });
  }

  /** Moves an order to a status and tells the webhooks. The mail is the caller's: not every move sends one. */
  setStatus(order: Order, statusId: number): void {
    const previous = order.statusId;
    order.statusId = statusId;
    if (statusId === STATUS_SHIPPED && order.shippedAt === null) order.shippedAt = this.clock.nowSeconds();
    if (previous === statusId) return;
    this.emit('store/order/statusUpdated', {
      type: 'order',
      id: order.id,
      status: { previous_status_id: previous, new_status_id: statusId },
    });
  }

  announceUpdated(order: Order): void {
    this.emit('store/order/updated', { type: 'order', id: order.id });
  }

  /** Archives an order, or brings it back. */
  setDeleted(order: Order, deleted: boolean): void {
    if (order.isDeleted === deleted) return;
    order.isDeleted = deleted;
    this.touch(order);
    this.emit(deleted ? 'store/order/archived' : 'store/order/updated', { type: 'order', id: order.id });
  }

  /** The order's storefront may override the switch of the store. */
  #mailsShopper(order: Order): boolean {
    return this.traits.storefrontEmails[order.channelId] ?? this.traits.orderStatusEmails;
  }

  /** Counts the mail a shopper gets when a status is written. Writing the same status again mails again. */
  mailStatus(order: Order): void {
    if (!this.#mailsShopper(order)) return;
    this.ledger.mailed({
      at: new Date(this.clock.nowMs()).toISOString(),
      orderId: order.id,
      kind: 'status',
      statusId: order.statusId,
      hasTracking: order.shipments.some(
        (shipment) => shipment.trackingNumber !== '' || shipment.trackingLink !== '',
      ),
    });
  }

  /**
   * Adds a shipment: raises the shipped units of its lines, moves the order to Shipped or Partially Shipped, mails the
   * shopper once. Quantities must have been checked.
   */
  ship(order: Order, shipment: Shipment): void {
    order.shipments.push(shipment);
    for (const item of shipment.items) {
      const line = order.lines.find((candidate) => candidate.id === item.lineId);
      if (line !== undefined) line.shipped += item.quantity;
    }
    const complete = order.lines.every(
      (line) => line.type !== 'physical' || line.shipped + line.refunded >= line.quantity,
    );
    if (complete) order.shippedAt = shipment.created;
    this.touch(order);
    if (this.traits.shipmentMovesStatus)
      this.setStatus(order, complete ? STATUS_SHIPPED : STATUS_PARTIALLY_SHIPPED);
    if (this.#mailsShopper(order)) {
      this.ledger.mailed({
        at: new Date(this.clock.nowMs()).toISOString(),
        orderId: order.id,
        kind: 'shipment',
        hasTracking: shipment.trackingNumber !== '' || shipment.trackingLink !== '',
      });
    }
    this.emit('store/shipment/created', { type: 'shipment', id: shipment.id, orderId: order.id });
    this.announceUpdated(order);
  }

  /** Removes a shipment and frees its units. The status stays where it is (bigcommerce-api.md section 3.7). */
  unship(order: Order, shipment: Shipment): void {
    order.shipments = order.shipments.filter((candidate) => candidate !== shipment);
    for (const item of shipment.items) {
      const line = order.lines.find((candidate) => candidate.id === item.lineId);
      if (line !== undefined) line.shipped = Math.max(0, line.shipped - item.quantity);
    }
    this.touch(order);
    this.emit('store/shipment/deleted', { type: 'shipment', id: shipment.id, orderId: order.id });
    this.announceUpdated(order);
  }
}
