/**
 * Reads what the rows know of one locked order and turns it into the facts that the pure rules decide by. One query;
 * it must run after the lock was granted, because a statement sees the rows as of its own beginning.
 */
import type { CarrierFact, LineQuantity } from '../domain/carrier-event.ts';
import type { OrderFacts, Shipment } from '../domain/facts.ts';
import { showsFewer, stillLost } from '../domain/lost-shipments.ts';
import { sameExplainedStatus } from '../domain/store-status.ts';
import { deletedIds } from '../domain/write-back-ledger.ts';
import type { LedgerEntry, StoreOrderView } from '../domain/write-back-types.ts';
import type { SettingsDocument } from '../settings/channel-settings.ts';
import { believedFacts } from './believed-facts.ts';
import type { Tx } from './database.ts';
import type { OrderRow } from './order-row.ts';

/** A ledger row of the order, of whichever channel of the store: the ledger is kept by store (design section 6). */
export interface LedgerRow extends LedgerEntry {
  channelId: string;
  summary: string;
  mails: number;
  /** ISO with milliseconds. */
  notBefore: string | null;
  /** When a person last asked to try it at once, ISO with milliseconds; absent or null: never. */
  retryAt?: string | null;
  /** A call whose outcome could not be found out for so long that a person was asked. */
  gaveUp?: boolean;
}

export interface KnownFacts {
  events: CarrierFact[];
  /** The projection as stored: what was decided before. */
  shipments: Shipment[];
  /** Oldest first. */
  ledger: LedgerRow[];
  /** Null when it was removed. */
  channel: { enabled: boolean; settings: SettingsDocument } | null;
}

/** A row `w` of `write_backs` as a {@link LedgerRow}. */
const LEDGER_ROW = `jsonb_build_object(
    'id', w.id, 'channelId', w.channel_id, 'kind', w.kind, 'subject', w.subject, 'n', w.n, 'state', w.state,
    'blocked', w.blocked, 'approved', w.approved, 'body', w.body, 'storeShipmentId', w.store_shipment_id,
    'statusBefore', w.status_before,
    'summary', w.summary, 'mails', w.mails,
    'notBefore', to_char(w.not_before at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
    'retryAt', to_char(w.retry_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
    'gaveUp', w.gave_up_at is not null
)`;

/** Everything in one round trip: an ingress of hundreds of events per second pays for each. */
export async function loadKnownFacts(
  tx: Tx,
  key: { channelId: string; orderId: number },
): Promise<KnownFacts> {
  const { channelId, orderId } = key;
  const [found] = await tx.sql<[KnownFacts]>`
    select
      coalesce((select jsonb_agg(e.fact order by e.id) from carrier_events e
        where e.channel_id = ${channelId} and e.order_id = ${orderId} and e.state = 'applied'), '[]') as events,
      coalesce((select jsonb_agg(s.shipment order by s.key) from shipments s
        where s.channel_id = ${channelId} and s.order_id = ${orderId}), '[]') as shipments,
      coalesce((select jsonb_agg(${tx.sql.unsafe(LEDGER_ROW)} order by w.created_at, w.kind, w.subject, w.n) from write_backs w
        where w.order_id = ${orderId} and w.store_hash =
          (select o.store_hash from orders o where o.channel_id = ${channelId} and o.order_id = ${orderId})), '[]') as ledger,
      (select jsonb_build_object('enabled', c.enabled, 'settings', c.settings) from channels c
        where c.id = ${channelId} and c.removed_at is null) as channel`.execute();
  return found;
}

/** {@link loadKnownFacts} for several orders of a channel, in two statements that travel together; by order id. */
export async function loadKnownFactsOf(
  tx: Tx,
  channelId: string,
  orderIds: readonly number[],
): Promise<Map<number, KnownFacts>> {
  const [only] = orderIds;
  if (only === undefined) return new Map();
  if (orderIds.length === 1) return new Map([[only, await loadKnownFacts(tx, { channelId, orderId: only })]]);
  const [found, channels] = await Promise.all([
    tx.sql<(Omit<KnownFacts, 'channel'> & { orderId: number })[]>`
      select o.order_id as "orderId",
        coalesce((select jsonb_agg(e.fact order by e.id) from carrier_events e
          where e.channel_id = o.channel_id and e.order_id = o.order_id and e.state = 'applied'), '[]') as events,
        coalesce((select jsonb_agg(s.shipment order by s.key) from shipments s
          where s.channel_id = o.channel_id and s.order_id = o.order_id), '[]') as shipments,
        coalesce((select jsonb_agg(${tx.sql.unsafe(LEDGER_ROW)} order by w.created_at, w.kind, w.subject, w.n) from write_backs w
          where w.order_id = o.order_id and w.store_hash = o.store_hash), '[]') as ledger
      from orders o
      where o.channel_id = ${channelId} and o.order_id = any(${[...orderIds]}::bigint[])`.execute(),
    tx.sql<{ channel: KnownFacts['channel'] }[]>`
      select jsonb_build_object('enabled', c.enabled, 'settings', c.settings) as channel from channels c
      where c.id = ${channelId} and c.removed_at is null`.execute(),
  ]);
  const channel = channels[0]?.channel ?? null;
  return new Map(found.map(({ orderId, ...known }) => [orderId, { ...known, channel }]));
}

/** A view with the time at which it was read, as `orders.store_view` keeps it. */
export interface StoredView extends StoreOrderView {
  /** ISO with milliseconds. */
  readAt: string;
}

/**
 * What is known of the order in the store: the list's version or what was read for a write, whichever is younger.
 * The shipments come only with a read for a write; a younger list that counts fewer units than they hold is said.
 */
export function storeAsKnown(row: OrderRow): StoreOrderView {
  const view = row.storeView;
  const readAt = view !== null && 'readAt' in view && typeof view.readAt === 'string' ? view.readAt : null;
  if (view !== null && readAt !== null && readAt > row.readAt) {
    return { statusId: view.statusId, shipments: view.shipments, shipped: view.shipped };
  }
  const shipped = row.canonical.lineItems
    .filter((line) => line.quantityShipped > 0)
    .map((line) => ({ orderProductId: line.orderProductId, quantity: line.quantityShipped }));
  const shipments = view?.shipments ?? null;
  const fewer = shipments !== null && showsFewer(row.canonical.lineItems, shipments);
  return { statusId: row.statusId, shipments, shipped, ...(fewer ? { countsFewer: true as const } : {}) };
}

/** The facts of `domain/facts.ts`, from the row and what belongs to it. */
export function orderFactsOf(row: OrderRow, known: KnownFacts, reopened: boolean): OrderFacts {
  const store = storeAsKnown(row);
  return {
    order: row.canonical,
    events: believedFacts(known.events, known.channel?.settings),
    overrides: row.overrides,
    store: {
      statusId: store.statusId,
      statusExplained: row.explainedStatuses.some((explained) =>
        sameExplainedStatus(explained, store.statusId),
      ),
      shippedByPerson: shippedByPerson(store.shipped, known.ledger),
      change: row.storeChange,
      gone: row.gone,
      lost: stillLost(row.lostShipments, known.ledger),
    },
    stage: row.stage,
    stale: row.stale,
    paused: row.paused,
    ledger: ledgerReasons(known.ledger),
    reopened,
  };
}

/** Units beyond our sent and confirmed shipments: only those are a person's (design section 6). */
function shippedByPerson(shipped: readonly LineQuantity[], ledger: readonly LedgerRow[]): LineQuantity[] {
  const ours = new Map<number, number>();
  const deleted = deletedIds(ledger);
  for (const entry of ledger) {
    if (entry.body.kind !== 'create_shipment' || (entry.state !== 'sent' && entry.state !== 'confirmed'))
      continue;
    if (entry.storeShipmentId !== null && deleted.has(entry.storeShipmentId)) continue;
    for (const item of entry.body.items) {
      ours.set(item.orderProductId, (ours.get(item.orderProductId) ?? 0) + item.quantity);
    }
  }
  return shipped
    .map((line) => ({ ...line, quantity: line.quantity - (ours.get(line.orderProductId) ?? 0) }))
    .filter((line) => line.quantity > 0);
}

/** Why a person should look, as far as the ledger knows. A refusal counts until a later `n` takes its place. */
export function ledgerReasons(ledger: readonly LedgerRow[]): OrderFacts['ledger'] {
  const waits = (block: LedgerRow['blocked']): boolean =>
    ledger.some((entry) => entry.state === 'planned' && entry.blocked === block);
  const latest = new Map<string, LedgerRow>();
  for (const entry of ledger) {
    const key = `${entry.kind} ${entry.subject}`;
    if ((latest.get(key)?.n ?? 0) <= entry.n) latest.set(key, entry);
  }
  return {
    auth: waits('auth'),
    ask: waits('ask'),
    refused: [...latest.values()].some(({ state, gaveUp }) => state === 'refused' || gaveUp === true),
  };
}
