/**
 * Compares every row of a channel with the simulated store: first in the store's own words, then with the store's final
 * answer translated anew, details and all. It writes nothing.
 */
import { isDeepStrictEqual } from 'node:util';
import { detailsOfOrders } from '../../activities/order-details.ts';
import { readAllLines } from '../../activities/order-lines.ts';
import { contentHash, type RowRules } from '../../activities/order-rows.ts';
import type { RunShelf } from '../../activities/run-shelf.ts';
import { storeFactsOf } from '../../activities/store-facts.ts';
import type { StoreClient } from '../../bigcommerce/client.ts';
import { readOrder } from '../../bigcommerce/translate.ts';
import { requireChannel } from '../../db/channels.ts';
import type { Database } from '../../db/database.ts';
import { gate } from '../../domain/gate.ts';
import { completeOrder } from '../../domain/import-order.ts';
import { currentOrder } from '../../domain/order-versions.ts';
import type { Order } from '../../domain/order.ts';
import { detailRules, localFields, orderRules } from '../../settings/import-rules.ts';
import { gateRules } from '../../settings/rules.ts';
import type { Order as StoreOrder } from '../../simulator/model.ts';
import type { SimulatedStore } from '../../simulator/server.ts';

/** Orders whose details are asked together: a page of the store. */
const TOGETHER = 250;

/** What our row of an order says, in the columns and in the document. */
interface Row {
  orderId: number;
  statusId: number;
  modified: number;
  created: number;
  hash: string;
  canonical: Order;
}

/** An order as the store holds it, and as we read its final answer. */
interface Final {
  order: StoreOrder;
  total: string;
  expected: Order;
}

/**
 * Every listed order of which the row is not what the store says, with what is different, and every row without an
 * order; empty: equal row for row. The store must answer: take its faults away before.
 */
export async function differencesFromStore(ask: {
  db: Database;
  channelId: string;
  store: SimulatedStore;
  client: StoreClient;
}): Promise<string[]> {
  const rules = await rulesOf(ask.db, ask.channelId);
  const rows = await rowsOf(ask.db, ask.channelId);
  const shelf = memoryShelf();
  const listed = ask.store.state.ordersById().filter((order) => !order.isDeleted);
  const found: string[] = [];
  for (let from = 0; from < listed.length; from += TOGETHER) {
    const page = listed.slice(from, from + TOGETHER);
    for (const final of await finalOf({ ...ask, rules, shelf }, page)) {
      const wrong = differenceOf(rows.get(final.order.id), final, rules);
      rows.delete(final.order.id);
      if (wrong !== null) found.push(`${String(final.order.id)}: ${wrong}`);
    }
  }
  for (const id of rows.keys()) found.push(`${String(id)}: the store has no such order`);
  return found;
}

async function rulesOf(db: Database, channelId: string): Promise<RowRules> {
  const channel = await requireChannel(db, channelId);
  const { settings } = channel;
  const facts = storeFactsOf(channel);
  return {
    gate: { ...gateRules(settings), everyStatus: false, lookback: null },
    order: orderRules(settings, facts),
    details: detailRules(settings, facts),
    imageSize: settings.orders.import.images.size,
    local: localFields(settings),
    horizonDays: settings.lifecycle.horizon_days,
  };
}

async function rowsOf(db: Database, channelId: string): Promise<Map<number, Row>> {
  const rows = new Map<number, Row>();
  const read = db.sql<Row[]>`
    select order_id::int as "orderId", status_id as "statusId", extract(epoch from store_modified_at)::int as modified,
      extract(epoch from store_created_at)::int as created, content_hash as hash, canonical
    from orders where channel_id = ${channelId} order by order_id`;
  for await (const part of read.cursor(1_000)) for (const row of part) rows.set(row.orderId, row);
  return rows;
}

/** Answers of detail calls, so that a product of a thousand orders is asked for once. */
function memoryShelf(): RunShelf {
  const kept = new Map<string, unknown>();
  return {
    find: async (kind, keys) =>
      new Map(keys.flatMap((key) => (kept.has(kind + key) ? [[key, kept.get(kind + key)] as const] : []))),
    keep: async (kind, key, answer) => void kept.set(kind + key, answer),
  };
}

async function finalOf(
  ask: { store: SimulatedStore; client: StoreClient; rules: RowRules; shelf: RunShelf },
  page: readonly StoreOrder[],
): Promise<Final[]> {
  const { store, client, rules, shelf } = ask;
  const read: { order: StoreOrder; total: string; whole: Order }[] = [];
  for (const order of page) {
    const raw: unknown = JSON.parse(JSON.stringify(store.order(order.id).order));
    const whole = await readWhole(raw, { client, shelf, storeHash: store.storeHash });
    // The simulator always writes the total as a text.
    read.push({ order, total: (raw as { total_inc_tax: string }).total_inc_tax, whole });
  }
  const details = await detailsOfOrders(
    { client, shelf, rules, logger: { warn: () => undefined }, mayCall: () => true },
    read.map(({ whole }) => whole),
  );
  return read.map(({ order, total, whole }, at) => ({
    order,
    total,
    expected: completeOrder(whole, rules.order, details[at]),
  }));
}

/** The store's final answer by our own translation, with all lines. */
async function readWhole(
  raw: unknown,
  { client, shelf, storeHash }: { client: StoreClient; shelf: RunShelf; storeHash: string },
): Promise<Order> {
  const read = readOrder(raw, { storeHash });
  if (!read.ok) throw new Error(`the simulator's order cannot be read: ${read.problem}`);
  if (!read.linesIncomplete) return read.order;
  const all = await readAllLines(client, read.order, shelf, () => true);
  if (all.kind !== 'lines') throw new Error(`the simulator's order has no lines: ${all.kind}`);
  const whole = readOrder(raw, { storeHash, lines: all.lines });
  if (!whole.ok) throw new Error(`the simulator's order cannot be read: ${whole.problem}`);
  return whole.order;
}

function differenceOf(row: Row | undefined, final: Final, rules: RowRules): string | null {
  const { order, total, expected } = final;
  if (row === undefined) {
    const { admitted } = gate(expected, rules.gate, new Date().toISOString(), true);
    return admitted ? 'admitted, and there is no row' : null;
  }
  const stored = currentOrder(row.canonical);
  const units = (sizes: readonly { quantity: number }[]): number =>
    sizes.reduce((sum, { quantity }) => sum + quantity, 0);
  // First the store's own memory, which no translation of ours has touched.
  const pairs: [string, unknown, unknown][] = [
    ['status', row.statusId, order.statusId],
    ['date_modified', row.modified, order.modified],
    ['date_created', row.created, order.created],
    ['number of lines', stored.lineItems.length, order.lines.length],
    ['units', units(stored.lineItems), units(order.lines)],
    ['staff notes', stored.staffNotes, order.staffNotes],
    ['payment method', stored.paymentMethod, order.paymentMethod],
    ['total', Number(stored.totalIncTax), Number(total)],
    ['content hash', row.hash, contentHash(expected)],
  ];
  for (const [what, ours, theirs] of pairs)
    if (ours !== theirs) return `${what}: row ${String(ours)}, store ${String(theirs)}`;
  // The time inside the document stays where only it moved; the column has it.
  const timeless = (one: Order): unknown => ({
    ...(JSON.parse(JSON.stringify(one)) as Order), // a copy without members that JSON leaves out
    modifiedAt: null,
  });
  return isDeepStrictEqual(timeless(stored), timeless(expected)) ? null : 'the document';
}
