/**
 * Compares one window of creations with the store: by counts first, and only where these differ by list pages, stored by
 * the same rules as an import. May be repeated; an order that agrees is not touched.
 */
import { LIST_PAGE_SIZE_MAX, mayGoOn } from '../bigcommerce/client.ts';
import { readIdentity } from '../bigcommerce/translate.ts';
import { unlistedOrders, unmarkGone } from '../db/gone-orders.ts';
import { storeSingleReads } from '../db/import-slice.ts';
import { countCreatedByStatus } from '../db/orders.ts';
import type { GateRules } from '../domain/gate.ts';
import { STORE_STATUS } from '../domain/store-status.ts';
import { asActivity } from './attempt.ts';
import type { ActivityDeps } from './deps.ts';
import { ActivityRefusal } from './failures.ts';
import { rowRules } from './import-slice.ts';
import { MISSING_READS_MAX, readMissing } from './missing-orders.ts';
import { NO_SHELF } from './order-lines.ts';
import { rowsOfPage } from './page-rows.ts';
import { openStoreSession, type StoreSession } from './store-calls.ts';

export interface ReconciledWindow {
  differs: boolean;
  ordersRead: number;
  repaired: number;
  apiCalls: number;
}

/**
 * Counts the orders created from `from` up to but not including `to`, by status, in the store and here. Ours are only
 * those that were admitted, so the store's count may be larger without anything being wrong; a difference is only a
 * reason to look. Incomplete orders (status 0) are left out: the store's count and list disagree about them
 * (bigcommerce-api.md, Traps 3).
 */
export function reconcileWindow(
  deps: ActivityDeps,
  input: { channelId: string; from: string; to: string },
): Promise<ReconciledWindow> {
  return asActivity(deps, { heartbeats: true }, async (attempt) => {
    const session = await openStoreSession(deps, { channelId: input.channelId, purpose: 'bulk', attempt });
    const window = { minCreated: input.from, maxCreated: secondBefore(input.to) };
    const rules = rowRules(session, { mode: 'created_range' });
    const theirs = await countStore(session, window, rules.gate.storefrontIds);
    const ours = await countCreatedByStatus(deps.db, input);
    if (agree(theirs, ours, rules.gate))
      return { differs: false, ordersRead: 0, repaired: 0, apiCalls: session.calls() };

    let ordersRead = 0;
    let repaired = 0;
    const listed: number[] = [];
    for (let minId = 1; ;) {
      const page = await session.client.listOrders({
        ...window,
        minId,
        sort: 'id:asc',
        limit: LIST_PAGE_SIZE_MAX,
      });
      const rows = await rowsOfPage(deps, {
        session,
        rules,
        orders: page.orders,
        readAt: deps.clock(),
        shelf: NO_SHELF,
        detailCallsMax: Infinity,
        attempt,
      });
      const stored = await storeSingleReads(deps.db, {
        channelId: input.channelId,
        rows,
        local: rules.local,
        now: deps.clock(),
      });
      ordersRead += rows.length;
      listed.push(...stored.flatMap(({ orderId }) => (orderId === null ? [] : [orderId])));
      repaired += stored.filter(({ outcome }) => outcome === 'created' || outcome === 'updated').length;
      const lastId = page.orders
        .slice(0, rows.length)
        .map((raw) => readIdentity(raw).orderId ?? 0)
        .reduce((a, b) => Math.max(a, b), 0);
      if (rows.length === page.orders.length && !mayGoOn(rows.length, LIST_PAGE_SIZE_MAX)) break;
      if (lastId < minId) {
        throw new ActivityRefusal(
          'UnexpectedAnswer',
          'Not one order of a page could be read, so nothing behind it can be reached. It is tried again.',
        );
      }
      minId = lastId + 1;
    }
    // What we hold and the store does not list would make this window differ every night.
    repaired += await unmarkGone(deps.db, { channelId: input.channelId, listed });
    const orderIds = await unlistedOrders(deps.db, { ...input, listed, limit: MISSING_READS_MAX });
    const missing = await readMissing(deps, { session, rules, orderIds, attempt: attempt.number });
    ordersRead += missing.read;
    repaired += missing.repaired;
    return { differs: true, ordersRead, repaired, apiCalls: session.calls() };
  });
}

interface CreatedWindow {
  minCreated: string;
  maxCreated: string;
}

/** One call, or one for each storefront of the channel: the filter takes a single id (bigcommerce-api.md section 3.2). */
async function countStore(
  session: StoreSession,
  window: CreatedWindow,
  storefrontIds: readonly number[] | null,
): Promise<Map<number, number>> {
  const counts = new Map<number, number>();
  for (const storefrontId of storefrontIds ?? [null]) {
    const answer = await session.client.countOrders({
      ...window,
      ...(storefrontId === null ? {} : { storefrontId }),
    });
    for (const { statusId, count } of answer.byStatus)
      counts.set(statusId, (counts.get(statusId) ?? 0) + count);
  }
  return counts;
}

/**
 * Orders that the gate admits must be as many here as there. In a status that it keeps out there may be more of them
 * in the store, but never fewer: ours came there after their admission.
 */
function agree(
  theirs: ReadonlyMap<number, number>,
  ours: { listed: ReadonlyMap<number, number>; gone: ReadonlyMap<number, number> },
  rules: GateRules,
): boolean {
  const statuses = new Set([...theirs.keys(), ...ours.listed.keys()]);
  statuses.delete(STORE_STATUS.incomplete);
  return [...statuses].every((statusId) => {
    const [there, here] = [theirs.get(statusId) ?? 0, ours.listed.get(statusId) ?? 0];
    // Whether the store's count holds archived orders is not certain (bigcommerce-api.md, Traps 3): both are right.
    const most = admitsAll(statusId, rules) ? here + (ours.gone.get(statusId) ?? 0) : Infinity;
    return there >= here && there <= most;
  });
}

function admitsAll(statusId: number, rules: GateRules): boolean {
  if (rules.exclude.includes(statusId)) return false;
  if (rules.include !== null) return rules.include.includes(statusId);
  return !rules.defaultExclude.includes(statusId);
}

/** The API's bounds are inclusive and have whole seconds, ours exclude the end. */
function secondBefore(iso: string): string {
  return `${new Date(Date.parse(iso) - 1_000).toISOString().slice(0, 19)}Z`;
}
