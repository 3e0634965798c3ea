/**
 * What a comparison of open orders needs of the rows, and the note that shipments of ours are gone from the store. It
 * asks for a person and never plans anything: what was deleted there is made anew by `waybill resend` only.
 */
import type { LostShipments } from '../domain/facts.ts';
import { isOfVoided, ownShipments, type OwnShipment } from '../domain/lost-shipments.ts';
import type { LineItem } from '../domain/order.ts';
import type { LedgerEntry } from '../domain/write-back-types.ts';
import { inTransaction, type Database, type Queries } from './database.ts';
import { recordDecision } from './decisions.ts';
import { jsonText } from './json-text.ts';
import { loadKnownFacts } from './known-facts.ts';
import { lockOrder } from './order-row.ts';
import { followLocked } from './wake-order.ts';

/** The store's lists may lag behind our own writes by seconds (bigcommerce-api.md, Traps 14); a younger write is not missed. */
const SETTLED_AFTER_MINUTES = 5;

/** Open orders that were created before the given time, behind the given number, by number. */
export async function openOrdersAfter(
  db: Queries,
  ask: { channelId: string; createdBefore: string; after: number; limit: number },
): Promise<number[]> {
  const rows = await db.sql<{ orderId: number }[]>`
    select order_id as "orderId" from orders
    where channel_id = ${ask.channelId} and lifecycle_state = 'open' and gone is null and order_id > ${ask.after}
      and store_created_at < ${ask.createdBefore}::timestamptz
    order by order_id limit ${ask.limit}`;
  return rows.map((row) => row.orderId);
}

type ComparedLine = Pick<LineItem, 'orderProductId' | 'quantity' | 'quantityShipped' | 'quantityRefunded'>;

/** An order as its row and its ledger have it, in what a list page tells as well. */
export interface OrderToCompare {
  orderId: number;
  statusId: number;
  /** ISO with milliseconds. */
  modifiedAt: string;
  lines: ComparedLine[];
  /** Shipments of ours that should be in the store, without those that are known to be gone. */
  own: OwnShipment[];
}

/** By order id; orders that are not known are left out. `now` is our clock. */
export async function ordersToCompare(
  db: Queries,
  ask: { channelId: string; orderIds: readonly number[]; now: string },
): Promise<Map<number, OrderToCompare>> {
  const rows = await db.sql<
    (Omit<OrderToCompare, 'own'> & { lost: LostShipments | null; ledger: LedgerEntry[]; busy: boolean })[]
  >`
    select o.order_id as "orderId", o.status_id as "statusId", o.lost_shipments as lost,
      to_char(o.store_modified_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as "modifiedAt",
      (select jsonb_agg(jsonb_build_object('orderProductId', l->'orderProductId', 'quantity', l->'quantity',
        'quantityShipped', l->'quantityShipped', 'quantityRefunded', l->'quantityRefunded'))
        from jsonb_array_elements(o.canonical->'lineItems') l) as lines,
      coalesce((select jsonb_agg(jsonb_build_object('kind', w.kind, 'subject', w.subject, 'n', w.n, 'state', w.state,
          'body', w.body, 'storeShipmentId', w.store_shipment_id) order by w.created_at, w.kind, w.subject, w.n)
        from write_backs w where w.store_hash = o.store_hash and w.order_id = o.order_id
          and w.kind in ('create_shipment', 'update_shipment', 'delete_shipment')), '[]') as ledger,
      exists (select from write_backs w where w.store_hash = o.store_hash and w.order_id = o.order_id
        and (w.state = 'sent' or w.state = 'confirmed' and w.kind in ('create_shipment', 'delete_shipment')
          and w.updated_at > ${ask.now}::timestamptz - make_interval(mins => ${SETTLED_AFTER_MINUTES}))) as busy
    from orders o
    where o.channel_id = ${ask.channelId} and o.order_id = any(${[...ask.orderIds]}::bigint[])`;
  return new Map(
    rows.map(({ lost, ledger, busy, ...row }) => {
      const own = busy ? [] : ownShipments(ledger).filter((one) => !lost?.ids.includes(one.shipmentId));
      return [row.orderId, { ...row, lines: row.lines ?? [], own }];
    }),
  );
}

/**
 * Keeps which shipments of ours the store no longer has, decides the order anew and tells its lifecycle. `expected`:
 * those that should have been there before the store was asked; `there`: what it has. Answers how many are gone. May be
 * repeated: what was told once is not told again.
 */
export async function noteLostShipments(
  db: Database,
  input: {
    channelId: string;
    orderId: number;
    expected: readonly OwnShipment[];
    there: readonly number[];
    now: string;
  },
): Promise<number> {
  const { channelId, orderId, expected, there, now } = input;
  return inTransaction(db, async (tx) => {
    const row = await lockOrder(tx, channelId, orderId);
    if (row === null) return 0;
    const known = await loadKnownFacts(tx, row);
    const before = row.lostShipments?.ids ?? [];
    // Those that we took away or made anew since the store was asked are not among them any more.
    const gone = ownShipments(known.ledger).filter(
      ({ shipmentId: id }) =>
        expected.some((one) => one.shipmentId === id) && !there.includes(id) && !before.includes(id),
    );
    if (gone.length === 0) return 0;
    // Where the label was voided too, nobody has to be told; it is kept so that it is not asked about every night.
    const missed = gone.filter(({ subjects }) => !isOfVoided(subjects, known.shipments));
    const lost: LostShipments = {
      at: now,
      ids: [...before, ...gone.map(({ shipmentId }) => shipmentId)],
      seen: missed.length === 0 && (row.lostShipments?.seen ?? true),
    };
    await tx.sql`update orders set lost_shipments = ${jsonText(lost)}::jsonb
      where channel_id = ${channelId} and order_id = ${orderId}`;
    if (missed.length === 0) return 0;
    row.lostShipments = lost;
    const which = missed.map(({ shipmentId }) => `shipment ${String(shipmentId)}`).join(', ');
    const detail = `The store has ${which} of ours no more: a person deleted it there.`;
    await recordDecision(tx, {
      ...{ channelId, orderId, at: now },
      ...{ kind: 'event', outcome: 'shipment_lost', detail },
    });
    await followLocked(tx, row, now, { news: false, known });
    return missed.length;
  });
}
