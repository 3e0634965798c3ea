// What the tests of an order's life start from: a channel, an imported order, facts of upstream, and a look at rows.
import type { CarrierFact, TrackingStatus } from '../../domain/carrier-event.ts';
import { normalizeTrackingNumber } from '../../domain/ids.ts';
import type { LineItem, Order } from '../../domain/order.ts';
import { recordDelivery, type AddressedFact, type DeliveryResult } from '../../db/carrier-events.ts';
import { inTransaction, openDatabase, type Database } from '../../db/database.ts';
import { decideLocked, lockOrder, type OrderRow } from '../../db/decide-order.ts';
import { channels, orders } from '../../db/schema.ts';
import { settleOrder, type SettledOrder, type SignalledEvent } from '../../db/settle-order.ts';
import { randomUUID } from 'node:crypto';
import { and, eq } from 'drizzle-orm';
import { databaseFor } from '../support/servers.ts';

export const CHANNEL = 'shop';
export const STORE_HASH = 'abc123';

/** Minute `n` of the tests' day: facts about orders take their time from the caller. */
export function at(minute: number): string {
  return new Date(Date.parse('2026-03-02T08:00:00.000Z') + minute * 60_000).toISOString();
}

export function days(count: number): number {
  return count * 24 * 60;
}

export async function openTestDatabase(
  file: string,
  options: { clockStands?: boolean } = {},
): Promise<Database> {
  const { url } = await databaseFor(file, options);
  return openDatabase(url, { max: 20 });
}

export interface ChannelOptions {
  id?: string;
  storeHash?: string;
  profile?: 'import_only' | 'import_and_writeback';
  push?: boolean;
  dryRun?: boolean;
  enabled?: boolean;
  fulfillment?: Record<string, unknown>;
}

export async function addTestChannel(db: Database, options: ChannelOptions = {}): Promise<string> {
  const id = options.id ?? CHANNEL;
  const storeHash = options.storeHash ?? STORE_HASH;
  await db.orm.insert(channels).values({
    id,
    storeHash,
    settings: settingsDoc(options),
    enabled: options.enabled ?? true,
    createdAt: at(0),
    updatedAt: at(0),
  });
  return id;
}

export function settingsDoc(options: ChannelOptions): Record<string, unknown> {
  return {
    channel: { name: options.id ?? CHANNEL, profile: options.profile ?? 'import_and_writeback' },
    connection: { store_hash: options.storeHash ?? STORE_HASH },
    fulfillment: {
      push_enabled: options.push ?? true,
      dry_run: options.dryRun ?? false,
      ...options.fulfillment,
    },
  };
}

export interface OrderOptions {
  channelId?: string;
  storeHash?: string;
  quantities?: number[];
  statusId?: number;
  digital?: boolean;
  lifecycleState?: 'none' | 'open' | 'closed';
  closedReason?: 'end' | 'no_news';
}

export function canonicalOrder(orderId: number, options: OrderOptions = {}): Order {
  const address = {
    firstName: 'Ada',
    lastName: 'Example',
    company: '',
    street1: '1 Main Street',
    street2: '',
    city: 'Springfield',
    state: 'Illinois',
    postalCode: '62701',
    country: 'United States',
    countryIso2: 'US',
    phone: '',
    email: 'ada@example.com',
  };
  const quantities = options.quantities ?? [1];
  const lineItems = quantities.map((quantity, index): LineItem => ({
    orderProductId: orderId * 10 + index,
    productId: 100 + index,
    variantId: 0,
    kind: options.digital === true ? 'digital' : 'physical',
    sku: `SKU-${String(index)}`,
    name: `Thing ${String(index)}`,
    quantity,
    quantityShipped: 0,
    quantityRefunded: 0,
    orderAddressId: orderId * 100,
    pickupId: null,
    parentId: null,
    upc: '',
    weight: '1.0000',
    weightSource: 'line',
    unitPriceIncTax: '10.0000',
    totalIncTax: '10.0000',
    options: [],
    fields: {},
    customs: null,
    imageUrl: null,
  }));
  return {
    schemaVersion: 2,
    orderId,
    storeHash: options.storeHash ?? STORE_HASH,
    storefrontId: 1,
    createdAt: '2026-03-01T08:00:00Z',
    modifiedAt: '2026-03-01T09:00:00Z',
    statusId: options.statusId ?? 11,
    statusLabel: '',
    archived: false,
    paymentStatus: 'captured',
    paymentMethod: 'Card',
    isCod: false,
    codReason: null,
    codAmount: null,
    currency: 'USD',
    shopperCurrency: null,
    totalIncTax: '10.0000',
    totals: {
      subtotalIncTax: '0.0000',
      shippingIncTax: '0.0000',
      handlingIncTax: '0.0000',
      wrappingIncTax: '0.0000',
      discount: '0.0000',
      couponDiscount: '0.0000',
      storeCredit: '0.0000',
      giftCertificates: '0.0000',
      totalTax: '0.0000',
    },
    customerId: 0,
    origin: { source: 'www', cartId: null, merchantId: null, externalId: null },
    externalOrderId: null,
    externalSource: null,
    customerMessage: '',
    staffNotes: '',
    billingAddress: address,
    consignments: [
      {
        kind: 'shipping',
        id: orderId * 100,
        address,
        shippingMethod: 'Ground',
        costIncTax: '0.0000',
        formFields: [],
        pickupPoint: null,
        orderProductIds: lineItems.map((line) => line.orderProductId),
      },
    ],
    lineItems,
    itemsTotal: quantities.reduce((sum, quantity) => sum + quantity, 0),
    weight: { value: '0.0000', unit: null, source: 'none' },
    fees: [],
    payments: null,
    refunds: null,
    warnings: [],
  };
}

/** As an import leaves it: stored and decided, open unless told otherwise. */
export async function addTestOrder(db: Database, orderId: number, options: OrderOptions = {}): Promise<void> {
  const channelId = options.channelId ?? CHANNEL;
  const canonical = canonicalOrder(orderId, options);
  await inTransaction(db, async (tx) => {
    const lifecycleState = options.lifecycleState ?? 'open';
    await tx.orm.insert(orders).values({
      channelId,
      orderId,
      storeHash: canonical.storeHash,
      canonical,
      schemaVersion: 2,
      contentHash: `hash-${String(orderId)}`,
      statusId: canonical.statusId,
      storefrontId: 1,
      storeCreatedAt: canonical.createdAt,
      storeModifiedAt: canonical.modifiedAt,
      readAt: at(0),
      lastNewsAt: at(0),
      lifecycleState,
      closedReason: options.closedReason ?? (lifecycleState === 'closed' ? 'end' : null),
      closedAt: lifecycleState === 'closed' ? at(0) : null,
      explainedStatuses: [canonical.statusId],
      firstSeenAt: at(0),
    });
    const row = await lockOrder(tx, channelId, orderId);
    if (row === null) throw new Error('the order was just stored');
    await decideLocked(tx, row, at(0));
  });
}

export async function orderRow(db: Database, orderId: number, channelId = CHANNEL): Promise<OrderRow> {
  const [row] = await db.orm
    .select()
    .from(orders)
    .where(and(eq(orders.channelId, channelId), eq(orders.orderId, orderId)));
  if (row === undefined) throw new Error(`no order ${String(orderId)}`);
  return row;
}

let made = 0;

export interface FactOptions {
  id?: string;
  number?: string | null;
  carrier?: string | null;
  minute?: number;
  lines?: CarrierFact['lines'];
  replaces?: string;
  returning?: boolean;
}

/** One fact of upstream; without an id each is another event. */
export function fact(what: CarrierFact['type'] | TrackingStatus, options: FactOptions = {}): CarrierFact {
  made += 1;
  const isType = what.includes('.');
  const minute = options.minute ?? made;
  return {
    eventId: options.id ?? `evt-${String(made)}`,
    // A word with a dot is a type of event, any other one a tracking status.
    type: isType ? (what as CarrierFact['type']) : 'tracking.updated',
    occurredAt: at(minute),
    receivedAt: at(minute),
    lines: options.lines ?? null,
    shipment: {
      trackingNumber: options.number === undefined ? 'TRACK-1' : options.number,
      replaces: options.replaces ?? null,
      carrier: options.carrier === undefined ? 'usps' : options.carrier,
      service: null,
      trackingUrl: null,
    },
    tracking: isType
      ? null
      : {
          status: what as TrackingStatus,
          reason: null,
          provider: 'test',
          providerStatus: what.toUpperCase(),
          returning: options.returning ?? false,
          signedBy: null,
          cod: null,
        },
    location: null,
  };
}

/** Sends facts for one order (null: by number) as one delivery. */
export async function deliver(
  db: Database,
  orderId: number | null,
  facts: CarrierFact | CarrierFact[],
  options: { channelId?: string; now?: string; deliveryId?: string } = {},
): Promise<DeliveryResult> {
  const list = Array.isArray(facts) ? facts : [facts];
  const addressed: AddressedFact[] = list.map((entry) => ({ orderId, fact: entry }));
  return recordDelivery(db, {
    channelId: options.channelId ?? CHANNEL,
    source: 'http',
    body: JSON.stringify(list),
    facts: addressed,
    deliveryId: options.deliveryId ?? randomUUID(),
    now: options.now ?? list.at(-1)?.receivedAt ?? at(0),
  });
}

export async function settle(
  db: Database,
  orderId: number,
  options: { channelId?: string; now?: string; events?: SignalledEvent[]; watchdog?: boolean } = {},
): Promise<SettledOrder> {
  return settleOrder(db, {
    channelId: options.channelId ?? CHANNEL,
    orderId,
    events: options.events ?? [],
    watchdog: options.watchdog ?? false,
    now: options.now ?? at(1_000),
  });
}

export interface EventRow {
  eventId: string;
  orderId: number;
  state: string;
}

export async function eventRows(db: Database, number = 'TRACK-1'): Promise<EventRow[]> {
  const rows = await db.sql<EventRow[]>`
    select event_id as "eventId", order_id as "orderId", state from carrier_events
    where number = ${normalizeTrackingNumber(number)} order by event_id, order_id`;
  return [...rows];
}

export async function outboxRows(db: Database): Promise<{ orderId: number; first: boolean }[]> {
  const rows = await db.sql<{ orderId: number; first: boolean }[]>`
    select order_id as "orderId", first from outbox order by channel_id, order_id`;
  return [...rows];
}

export async function clearOutbox(db: Database): Promise<void> {
  await db.sql`delete from outbox`;
}

export async function countOf(db: Database, table: string): Promise<number> {
  const [row] = await db.sql<{ count: number }[]>`select count(*)::int as count from ${db.sql(table)}`;
  return row?.count ?? 0;
}

export async function outcomesOf(db: Database, orderId: number, kind: string): Promise<string[]> {
  const rows = await db.sql<{ outcome: string }[]>`
    select outcome from decisions where order_id = ${orderId} and kind = ${kind} order by id`;
  return rows.map((row) => row.outcome);
}

/** Empties everything between tests of one file. */
export async function emptyAll(db: Database): Promise<void> {
  const tables = ['outbox', 'decisions', 'audit', 'write_backs', 'carrier_events', 'carrier_deliveries'];
  // Deleting a few rows is much faster than truncating tables.
  for (const table of [...tables, 'shipment_numbers', 'shipments', 'orders', 'channels']) {
    await db.sql`delete from ${db.sql(table)}`;
  }
}
