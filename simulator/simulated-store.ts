// One simulated store as its owner sees it: what a merchant does in the control panel, and what happened to the store.
// The HTTP control API and tests in the same process use the same functions.
import { timingSafeEqual } from 'node:crypto';
import { rfc2822 } from './clock.ts';
import type { ClockChange } from './clock.ts';
import { Refusal } from './answers.ts';
import type { FaultRule } from './faults.ts';
import type { DeliveryRecord, DeliverySettings } from './hook-delivery.ts';
import type { MailCounts, RequestCounts, WriteRecord } from './ledger.ts';
import type { Metafield } from './metafield-shelf.ts';
import { emptyAddress } from './model.ts';
import type { Order, Refund, Transaction } from './model.ts';
import type { PickupRecord } from './pickup-shelf.ts';
import type { QuotaRule } from './quota.ts';
import { ALL_SCOPES } from './scopes.ts';
import type { AccessToken } from './scopes.ts';
import { addOrders, seedOrders } from './seed.ts';
import type { OrderSpec } from './order-maker.ts';
import type { SeedRequest, SeedResult } from './seed.ts';
import { readShipment } from './shipments.ts';
import type { StoreState, StoreTraits } from './store.ts';
import { orderWire, shipmentWire } from './wire.ts';

/** What a person changes on an order in the control panel. Keys are as on the wire; `lines` go by `id` or `sku`. */
export interface OrderEdit {
  readonly status_id?: number;
  readonly staff_notes?: string;
  readonly customer_message?: string;
  readonly payment_method?: string;
  readonly payment_status?: string;
  readonly external_order_id?: string;
  readonly is_deleted?: boolean;
  readonly date_modified?: string;
  readonly lines?: readonly {
    readonly id?: number;
    readonly sku?: string;
    readonly quantity?: number;
    readonly refunded?: number;
    readonly remove?: boolean;
  }[];
  readonly shipping_address?: Readonly<Record<string, string>>;
  /** Custom fields of every shipping address of the order. */
  readonly form_fields?: readonly { readonly name: string; readonly value: string }[];
}

/** A shipment that a person makes; without `items` everything that is left of the address. */
export interface ManualShipment {
  readonly order_address_id?: number;
  readonly items?: readonly { readonly order_product_id: number; readonly quantity: number }[];
  readonly tracking_number?: string;
  readonly tracking_link?: string;
  readonly tracking_carrier?: string;
  readonly shipping_provider?: string;
  readonly comments?: string;
}

/** Everything a store knows of one order. */
export interface OrderDump {
  readonly id: number;
  readonly status_id: number;
  /** As served with all includes. */
  readonly order: Record<string, unknown>;
  readonly shipments: readonly Record<string, unknown>[];
  readonly metafields: readonly Metafield[];
  readonly transactions: readonly Transaction[];
  readonly refunds: readonly Refund[];
  readonly pickups: readonly PickupRecord[];
  readonly raw: string | null;
}

/** A further access token of a store. */
export interface TokenOptions {
  readonly token: string;
  readonly scopes?: readonly string[];
  /** A legacy token, which V3 refuses; default false. */
  readonly v2Only?: boolean;
  readonly clientId?: string;
  readonly clientSecret?: string;
}

/** Thrown by control functions for orders that do not exist or edits that make no sense. */
export class ControlError extends Error {
  readonly status: 400 | 404;

  constructor(status: 400 | 404, message: string) {
    super(message);
    this.name = 'ControlError';
    this.status = status;
  }
}

/** A store of the simulator. */
export class SimulatedStore {
  readonly state: StoreState;

  constructor(state: StoreState) {
    this.state = state;
  }

  get storeHash(): string {
    return this.state.hash;
  }

  /** Adds a token, or replaces the one of the same text. Scopes default to all. */
  addToken(options: TokenOptions): void {
    this.state.tokens.set(options.token, {
      token: options.token,
      clientId: options.clientId ?? `client-${this.state.hash}`,
      clientSecret: options.clientSecret ?? `secret-of-${this.state.hash}`,
      scopes: new Set(options.scopes ?? ALL_SCOPES),
      v2Only: options.v2Only ?? false,
    });
  }

  /** Revokes a token: from now on it answers 401. */
  removeToken(token: string): boolean {
    return this.state.tokens.delete(token);
  }

  /** The token of a request header, if the store knows it. */
  tokenOf(header: string | undefined): AccessToken | null {
    if (header === undefined) return null;
    const given = Buffer.from(header);
    for (const known of this.state.tokens.values()) {
      const candidate = Buffer.from(known.token);
      if (candidate.length === given.length && timingSafeEqual(candidate, given)) return known;
    }
    return null;
  }

  /** Changes traits of the store (name, units, habits) and its quota (null switches the limit off). */
  configure(change: Partial<StoreTraits>, quota?: QuotaRule | null): void {
    this.state.traits = { ...this.state.traits, ...change };
    if (quota !== undefined) this.state.quota.setRule(quota);
    this.state.wires.clear();
  }

  /** Renames a status; the id stays. */
  renameStatus(statusId: number, label: string): void {
    this.state.statusLabels.set(statusId, label);
    this.state.wires.clear();
  }

  /** Adds seeded orders. Nothing is mailed or announced: they were always there. */
  seed(request: SeedRequest): SeedResult {
    return inControl(() => seedOrders(this.state, request));
  }

  /** Adds explicit orders as shoppers would: webhooks hear of them. Answers their ids. */
  addOrders(specs: readonly OrderSpec[]): number[] {
    return inControl(() => addOrders(this.state, specs));
  }

  /** A person edits an order: bumps its date, mails the shopper when the status changes, tells the webhooks. */
  editOrder(id: number, edit: OrderEdit): OrderDump {
    const order = this.#order(id);
    order.staffNotes = edit.staff_notes ?? order.staffNotes;
    order.customerMessage = edit.customer_message ?? order.customerMessage;
    order.paymentMethod = edit.payment_method ?? order.paymentMethod;
    order.paymentStatus = edit.payment_status ?? order.paymentStatus;
    order.externalOrderId = edit.external_order_id ?? order.externalOrderId;
    for (const line of edit.lines ?? []) this.#editLine(order, line);
    for (const consignment of order.shipping) {
      Object.assign(consignment.address, pickAddress(edit.shipping_address ?? {}));
      if (edit.form_fields !== undefined)
        consignment.formFields = edit.form_fields.map((field) => ({ ...field }));
    }
    this.state.touch(order);
    if (edit.status_id !== undefined && edit.status_id !== order.statusId) {
      this.state.setStatus(order, edit.status_id);
      this.state.mailStatus(order);
    }
    if (edit.is_deleted !== undefined) this.state.setDeleted(order, edit.is_deleted);
    if (edit.date_modified !== undefined) {
      const milliseconds = Date.parse(edit.date_modified);
      if (Number.isNaN(milliseconds)) throw new ControlError(400, `"${edit.date_modified}" is not a date.`);
      this.state.setModified(order, Math.floor(milliseconds / 1000));
    }
    this.state.announceUpdated(order);
    return this.order(id);
  }

  /** A person uses "Ship items": same effects as a shipment through the API. Answers the shipment's id. */
  shipInControlPanel(id: number, shipment: ManualShipment = {}): number {
    const order = this.#order(id);
    const addressId = shipment.order_address_id ?? order.shipping[0]?.id;
    if (addressId === undefined) throw new ControlError(400, `Order ${id} has no shipping address.`);
    const left = order.lines
      .filter((line) => line.addressId === addressId && line.quantity > line.shipped + line.refunded)
      .map((line) => ({ order_product_id: line.id, quantity: line.quantity - line.shipped - line.refunded }));
    try {
      const made = readShipment({ store: this.state }, order, {
        shipping_provider: '',
        ...shipment,
        order_address_id: addressId,
        items: shipment.items ?? left,
      });
      this.state.ship(order, made);
      return made.id;
    } catch (error) {
      if (error instanceof Refusal) throw new ControlError(400, error.answer.text ?? error.message);
      throw error;
    }
  }

  /** A person deletes a shipment in the control panel. */
  deleteShipment(orderId: number, shipmentId: number): void {
    const order = this.#order(orderId);
    const shipment = order.shipments.find((candidate) => candidate.id === shipmentId);
    if (shipment === undefined)
      throw new ControlError(404, `Order ${orderId} has no shipment ${shipmentId}.`);
    this.state.unship(order, shipment);
  }

  /** Serves this text instead of the order (null ends that). An order that does not exist is made first. */
  replaceRaw(id: number, text: string | null): void {
    if (this.state.order(id) === undefined) this.addOrders([{ id }]);
    const order = this.#order(id);
    order.raw = text;
    this.state.touch(order, false);
  }

  /** Changes the clock, which all stores of the simulator share. Answers the new present. */
  setClock(change: ClockChange): string {
    return inControl(() => this.state.clock.change(change));
  }

  setFaults(rules: readonly FaultRule[]): void {
    inControl(() => this.state.faults.replace(rules));
  }

  clearFaults(): void {
    this.state.faults.replace([]);
  }

  /** Requests another app of the store makes at this moment. */
  spendQuota(requests: number): void {
    this.state.quota.spend(requests, performance.now());
  }

  requests(): RequestCounts {
    return this.state.ledger.requests();
  }

  resetRequests(): void {
    this.state.ledger.resetRequests();
  }

  writes(): WriteRecord[] {
    return [...this.state.ledger.writes];
  }

  mails(): MailCounts {
    return this.state.ledger.mails();
  }

  /** Switches webhook deliveries on or off, or makes them unreliable. */
  setDeliveries(settings: DeliverySettings): void {
    this.state.hooks.delivery.configure(settings);
  }

  deliveries(): DeliveryRecord[] {
    return this.state.hooks.delivery.records();
  }

  /** The full state of an order: as served with all includes, with shipments, metafields, transactions and refunds. */
  order(id: number): OrderDump {
    const order = this.#order(id);
    return {
      id,
      status_id: order.statusId,
      order: orderWire(
        order,
        { consignments: 'lines', fees: true, asObject: true },
        this.state.wireContext(),
      ),
      shipments: order.shipments.map((shipment) => shipmentWire(order, shipment)),
      metafields: this.state.metafields.ofOrder(id),
      transactions: order.transactions,
      refunds: order.refunds,
      pickups: this.state.pickups.ofOrder(id),
      raw: order.raw,
    };
  }

  /** A compact dump of all orders, ascending by id, with the wire fields that were asked for. */
  orders(fields: readonly string[] = ['id', 'status_id', 'date_modified']): Record<string, unknown>[] {
    const context = this.state.wireContext();
    // The usual fields are read without making the whole order: a dump may have 100,000 rows.
    const brief = fields.every((field) => BRIEF_FIELDS.has(field));
    return this.state.ordersById().map((order) => {
      const wire = brief
        ? briefWire(order)
        : orderWire(order, { consignments: 'link', fees: false, asObject: true }, context);
      return Object.fromEntries(fields.map((field) => [field, wire[field]]));
    });
  }

  /** Ids of all orders, ascending. */
  orderIds(): number[] {
    return this.state.ordersById().map((order) => order.id);
  }

  #order(id: number): Order {
    const order = this.state.order(id);
    if (order === undefined) throw new ControlError(404, `Store ${this.state.hash} has no order ${id}.`);
    return order;
  }

  #editLine(order: Order, edit: NonNullable<OrderEdit['lines']>[number]): void {
    const line = order.lines.find((candidate) => candidate.id === edit.id || candidate.sku === edit.sku);
    if (line === undefined) {
      if (edit.sku === undefined) throw new ControlError(400, `Order ${order.id} has no line ${edit.id}.`);
      const address = order.shipping[0]?.id ?? 0;
      order.lines.push({
        id: this.state.nextId('line'),
        productId: 0,
        variantId: 0,
        addressId: address,
        pickupId: address === 0 ? (order.pickups[0]?.id ?? 0) : 0,
        parentId: null,
        type: 'physical',
        name: edit.sku,
        sku: edit.sku,
        upc: '',
        brand: '',
        weight: '1.0000',
        quantity: edit.quantity ?? 1,
        shipped: 0,
        refunded: 0,
        exTaxCents: 1000,
        incTaxCents: 1100,
        options: [],
        discounts: [],
      });
      return;
    }
    if (edit.remove === true) {
      order.lines = order.lines.filter((candidate) => candidate !== line);
      return;
    }
    line.quantity = edit.quantity ?? line.quantity;
    line.refunded = edit.refunded ?? line.refunded;
  }
}

const BRIEF_FIELDS = new Set([
  'id',
  'status_id',
  'date_modified',
  'date_created',
  'external_order_id',
  'is_deleted',
]);

function briefWire(order: Order): Record<string, unknown> {
  return {
    id: order.id,
    status_id: order.statusId,
    date_modified: rfc2822(order.modified),
    date_created: rfc2822(order.created),
    external_order_id: order.externalOrderId,
    is_deleted: order.isDeleted,
  };
}

function pickAddress(given: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(given).filter(([key]) => key in emptyAddress()));
}

/** Turns the plain errors of seeding, clock and faults into control errors with a sentence. */
function inControl<T>(act: () => T): T {
  try {
    return act();
  } catch (error) {
    if (error instanceof RangeError || error instanceof SyntaxError)
      throw new ControlError(400, error.message);
    throw error;
  }
}
