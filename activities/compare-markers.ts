/**
 * Delivered markers against the store: one list of all orders' metafields with our name, a page for 250 of them. What is
 * missing there is asked for by its order before it counts as gone, and is then put back through the ledger.
 */
import { StoreError } from '../bigcommerce/errors.ts';
import { requireChannel } from '../db/channels.ts';
import { putMarkerBack, writtenMarkers } from '../db/lost-markers.ts';
import { DELIVERED_METAFIELD } from '../domain/delivered-words.ts';
import { DAY_MS, instantMs, isoMillis } from '../domain/instants.ts';
import { mayWrite } from '../domain/write-back-plan.ts';
import { writeBackRules } from '../settings/rules.ts';
import type { Attempt } from './attempt.ts';
import type { ActivityDeps } from './deps.ts';
import { openStoreSession, type StoreSession } from './store-calls.ts';

/** Markers written since are looked for; as far back as windows of creations are compared. */
const SINCE_DAYS = 30;
/** A younger write may not be listed yet (bigcommerce-api.md, Traps 14). */
const SETTLED_AFTER_MS = 5 * 60_000;
/** Markers of one comparison, the newest; eight pages. */
const MARKERS_MAX = 2_000;
/** More pages than the markers fill: others may use the name as well. Beyond them nothing is said. */
const PAGES_MAX = 12;
/** Orders asked for by themselves; what is left is seen the next night. */
const SINGLE_READS_MAX = 25;
/** Between the store's clock and ours, whichever zone a bare time is read in. */
const CLOCK_MARGIN_MS = 2 * DAY_MS;
/** A question is not begun with less time than this. */
const CALL_TIME_MIN_MS = 20_000;

const { namespace, key } = DELIVERED_METAFIELD;

/** Answers how many are put back. Costs nothing where the channel writes no such markers. May be repeated. */
export async function compareMarkers(
  deps: ActivityDeps,
  input: { channelId: string; attempt: Attempt; session: StoreSession | null },
): Promise<{ repaired: number; apiCalls: number }> {
  const { channelId, attempt } = input;
  const { settings } = await requireChannel(deps.db, channelId);
  const rules = writeBackRules(settings);
  const calls = (): number => input.session?.calls() ?? 0;
  const nothing = { repaired: 0, apiCalls: calls() };
  if (!mayWrite(rules) || !rules.pushEnabled || rules.dryRun) return nothing;
  if (rules.deliveredMarker !== 'order_metafield') return nothing;
  const now = instantMs(deps.clock());
  const markers = await writtenMarkers(deps.db, {
    ...{ channelId, limit: MARKERS_MAX },
    ...{ from: isoMillis(now - SINCE_DAYS * DAY_MS), to: isoMillis(now - SETTLED_AFTER_MS) },
  });
  const oldest = markers.at(-1);
  if (oldest === undefined || attempt.leftMs() < CALL_TIME_MIN_MS) return nothing;
  const session = input.session ?? (await openStoreSession(deps, { channelId, purpose: 'bulk', attempt }));
  const listed = await listedSince(session, attempt, instantMs(oldest.confirmedAt) - CLOCK_MARGIN_MS);
  let repaired = 0;
  // One that was there before we wrote it is older than its row: the order itself says.
  const unlisted = listed === null ? [] : markers.filter(({ orderId }) => !listed.has(orderId));
  for (const { orderId } of unlisted.slice(0, SINGLE_READS_MAX)) {
    if (attempt.leftMs() < CALL_TIME_MIN_MS) break;
    if (await isThere(session, orderId)) continue;
    if (await putMarkerBack(deps.db, { channelId, orderId, now: deps.clock() })) repaired += 1;
  }
  return { repaired, apiCalls: session.calls() };
}

/** Orders with a metafield of our name that was changed since; null where the list has no end, or the store has none. */
async function listedSince(
  session: StoreSession,
  attempt: Attempt,
  sinceMs: number,
): Promise<Set<number> | null> {
  const changedSince = `${isoMillis(sinceMs).slice(0, 19)}Z`;
  const listed = new Set<number>();
  for (let page = 1; page <= PAGES_MAX && attempt.leftMs() > CALL_TIME_MIN_MS; page += 1) {
    const answer = await orNull(() =>
      session.client.metafieldsOfAllOrders({ namespace, key, changedSince, page }),
    );
    if (answer === null) return null;
    for (const row of answer.rows)
      if (row.namespace === namespace && row.key === key && row.resourceId !== null)
        listed.add(row.resourceId);
    if (!answer.mayGoOn) return listed;
  }
  return null;
}

/** An order that the store has no more misses no marker. */
async function isThere(session: StoreSession, orderId: number): Promise<boolean> {
  const answer = await orNull(() => session.client.orderMetafields(orderId, { namespace, key, page: 1 }));
  return answer === null || answer.rows.some((row) => row.namespace === namespace && row.key === key);
}

/** The answer, or null where the store has no such thing. */
async function orNull<T>(call: () => Promise<T>): Promise<T | null> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof StoreError && error.code === 'BigCommerceNotFound') return null;
    throw error;
  }
}
