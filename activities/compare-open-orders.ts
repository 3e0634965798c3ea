/**
 * Compares open orders with the store by list pages: what a page shows otherwise than the row is stored by the rules of
 * an import, and a person is asked where a shipment of ours is gone. An order is asked about by itself only where the
 * list does not show it, or shows fewer units as shipped than we wrote.
 */
import { LIST_PAGE_SIZE_MAX, mayGoOn } from '../bigcommerce/client.ts';
import { readIdentity, readOrder } from '../bigcommerce/translate.ts';
import { unmarkGone } from '../db/gone-orders.ts';
import { storeSingleReads } from '../db/import-slice.ts';
import {
  noteLostShipments,
  openOrdersAfter,
  ordersToCompare,
  type OrderToCompare,
} from '../db/lost-shipments.ts';
import { instantMs } from '../domain/instants.ts';
import { countsDropped, showsFewer } from '../domain/lost-shipments.ts';
import type { Order } from '../domain/order.ts';
import type { ReconcileStoreActivities } from '../workflows/contract.ts';
import { asActivity, type Attempt } from './attempt.ts';
import { compareMarkers } from './compare-markers.ts';
import type { ActivityDeps } from './deps.ts';
import { rowRules } from './import-slice.ts';
import { MISSING_READS_MAX, readMissing } from './missing-orders.ts';
import { NO_SHELF } from './order-lines.ts';
import type { RowRules } from './order-rows.ts';
import { rowsOfPage } from './page-rows.ts';
import { openStoreSession, type StoreSession } from './store-calls.ts';
import { allShipments } from './store-view.ts';

/** List pages of one activity, so that it ends well within its time-out; the workflow asks for the next ones. */
const PAGES_AT_A_TIME = 8;
/** Orders of one activity whose shipments are read; what is left is seen the next night. */
const SHIPMENT_READS_MAX = 25;
/** A page is not begun with less time than this. */
const PAGE_TIME_MIN_MS = 40_000;

interface Comparison {
  deps: ActivityDeps;
  session: StoreSession;
  rules: RowRules;
  attempt: Attempt;
}

/**
 * The open orders created before the given time, from the number on: as many pages as one attempt may take. May be
 * repeated; an order that agrees is not touched. Number ranges without open orders cost nothing.
 */
export function compareOpenOrders(
  deps: ActivityDeps,
  input: { channelId: string; createdBefore: string; afterOrderId?: number },
): ReturnType<ReconcileStoreActivities['compareOpenOrders']> {
  const { channelId } = input;
  return asActivity(deps, { heartbeats: true }, async (attempt) => {
    const limit = PAGES_AT_A_TIME * LIST_PAGE_SIZE_MAX;
    const waiting = await openOrdersAfter(deps.db, { ...input, after: input.afterOrderId ?? 0, limit });
    const mayBeMore = waiting.length === limit;
    const result = { ordersRead: 0, repaired: 0, shipmentsLost: 0, apiCalls: 0 };
    if (waiting.length === 0) {
      const markers = await compareMarkers(deps, { channelId, attempt, session: null });
      return { ...result, ...markers, lastOrderId: null };
    }
    const session = await openStoreSession(deps, { channelId, purpose: 'bulk', attempt });
    const comparison: Comparison = {
      ...{ deps, session, attempt },
      rules: rowRules(session, { mode: 'created_range' }),
    };
    const unlisted: number[] = [];
    const fewer: OrderToCompare[] = [];
    let comparedTo = 0;
    for (let pages = 0; waiting.length > 0 && pages < PAGES_AT_A_TIME; pages += 1) {
      if (pages > 0 && attempt.leftMs() < PAGE_TIME_MIN_MS) break;
      const page = await listFrom(session, waiting);
      const asked = waiting.splice(0, waiting.filter((orderId) => orderId <= page.reachesTo).length);
      const compared = await comparePage(comparison, page.orders, asked);
      result.ordersRead += compared.listed.length;
      result.repaired += compared.repaired;
      fewer.push(...compared.fewer);
      unlisted.push(...asked.filter((orderId) => !compared.listed.includes(orderId)));
      comparedTo = page.reachesTo;
    }
    for (const order of fewer.slice(0, SHIPMENT_READS_MAX)) {
      const there = await allShipments(session.client, order.orderId);
      result.shipmentsLost += await noteLostShipments(deps.db, {
        ...{ channelId, orderId: order.orderId, expected: order.own, now: deps.clock() },
        there: there.map(({ shipmentId }) => shipmentId),
      });
    }
    const missing = await readMissing(deps, {
      ...{ session, rules: comparison.rules, attempt: attempt.number },
      orderIds: unlisted.slice(0, MISSING_READS_MAX),
    });
    const lastOrderId = waiting.length > 0 || mayBeMore ? comparedTo : null;
    // Once a comparison, at its end: delivered orders are open no more.
    const markers = lastOrderId === null ? await compareMarkers(deps, { channelId, attempt, session }) : null;
    return {
      ordersRead: result.ordersRead + missing.read,
      repaired: result.repaired + missing.repaired + (markers?.repaired ?? 0),
      shipmentsLost: result.shipmentsLost,
      apiCalls: session.calls(),
      lastOrderId,
    };
  });
}

/** The page that begins at the first of them, and the number up to which it shows whatever the store lists. */
async function listFrom(
  session: StoreSession,
  waiting: readonly number[],
): Promise<{ orders: unknown[]; reachesTo: number }> {
  const [minId = 0, second] = waiting;
  // Numbers rise by one or more, so a page reaches at least so far. One order alone is not worth a whole page.
  const alone = second === undefined || second >= minId + LIST_PAGE_SIZE_MAX;
  const maxId = alone ? minId : (waiting.at(-1) ?? minId);
  const query = { minId, maxId, sort: 'id:asc', limit: LIST_PAGE_SIZE_MAX } as const;
  const { orders } = await session.client.listOrders(query);
  const lastId = orders.reduce<number>((last, raw) => Math.max(last, readIdentity(raw).orderId ?? 0), minId);
  return { orders, reachesTo: mayGoOn(orders.length, LIST_PAGE_SIZE_MAX) ? lastId : maxId };
}

/** Stores what differs. `listed`: which of the asked ones the page shows; `fewer`: those that lack units of ours. */
async function comparePage(
  { deps, session, rules, attempt }: Comparison,
  page: readonly unknown[],
  asked: readonly number[],
): Promise<{ listed: number[]; repaired: number; fewer: OrderToCompare[] }> {
  const channelId = session.channel.id;
  const readAt = deps.clock();
  const known = await ordersToCompare(deps.db, { channelId, orderIds: asked, now: readAt });
  const listed: number[] = [];
  const differing: unknown[] = [];
  const fewer: OrderToCompare[] = [];
  for (const raw of page) {
    const ours = known.get(readIdentity(raw).orderId ?? 0);
    // The others of the page are the business of their windows.
    if (ours === undefined) continue;
    listed.push(ours.orderId);
    const read = readOrder(raw, { storeHash: session.channel.storeHash });
    if (!read.ok || differs(read.order, ours)) differing.push(raw);
    if (!read.ok || ours.own.length === 0) continue;
    const { lineItems } = read.order;
    if (showsFewer(lineItems, ours.own) || countsDropped(lineItems, ours.lines)) fewer.push(ours);
  }
  const rows = await rowsOfPage(deps, {
    ...{ session, rules, readAt, attempt, shelf: NO_SHELF },
    orders: differing,
    detailCallsMax: Infinity,
  });
  const now = deps.clock();
  const stored = await storeSingleReads(deps.db, { channelId, rows, local: rules.local, now });
  await unmarkGone(deps.db, { channelId, listed });
  return { listed, repaired: stored.filter(({ outcome }) => outcome === 'updated').length, fewer };
}

/** Whether the list shows the order otherwise than its row; lines that the list leaves out of a long order count as equal. */
function differs(order: Order, ours: OrderToCompare): boolean {
  if (order.statusId !== ours.statusId || instantMs(order.modifiedAt) !== instantMs(ours.modifiedAt))
    return true;
  return order.lineItems.some((line) => {
    const here = ours.lines.find((one) => one.orderProductId === line.orderProductId);
    return (
      here?.quantity !== line.quantity ||
      here.quantityShipped !== line.quantityShipped ||
      here.quantityRefunded !== line.quantityRefunded
    );
  });
}
