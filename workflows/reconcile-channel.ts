/**
 * Compares a channel with its store and puts right what differs: offers every order whose row says open to a
 * lifecycle, then counts recent creations window by window and reads those that differ. It decides nothing.
 */
import { log, patched, proxyActivities, setCurrentDetails } from '@temporalio/workflow';
import { channelOf, fieldOf } from './channel-input.ts';
import type {
  ImportDatabaseActivities,
  ReconcileActivities,
  ReconcileInput,
  ReconcileResult,
  ReconcileStoreActivities,
} from './contract.ts';
import { invalidInput, sentenceOf } from './failures.ts';
import * as policies from './policies.ts';
import { showChannel } from './search-attributes.ts';
import { isCancellation } from '@temporalio/workflow';

const DAYS_DEFAULT = 30;
const DAYS_MAX = 3650;
const DAY_MS = 86_400_000;
/** The newest window is short, because it is the one that differs most often; the others cost one call for five days. */
const NEWEST_WINDOW_DAYS = 1;
const WINDOW_DAYS = 5;
/** Orders of the last minute may not be listed yet (bigcommerce-api.md, lists lag behind writes). */
const SETTLING_MS = 60_000;

/** May be repeated at any time; orders that agree are not touched. */
export async function reconcileChannel(input: ReconcileInput): Promise<ReconcileResult> {
  const channelId = channelOf(input);
  const days = daysOf(input);
  showChannel(channelId);
  const database = proxyActivities<ReconcileActivities>(policies.databasePass);
  const door = proxyActivities<ImportDatabaseActivities>(policies.handOver(channelId));
  const store = proxyActivities<ReconcileStoreActivities>(policies.storeRead(channelId));

  const result: ReconcileResult = {
    channelId,
    comparedWindows: 0,
    differingWindows: 0,
    ordersRead: 0,
    ordersRepaired: 0,
    lifecyclesOffered: 0,
    apiCalls: 0,
  };

  let lost = 0;
  for (let after = 0, done = false; !done;) {
    const page = await database.offerOpenOrders({ channelId, afterOrderId: after });
    result.lifecyclesOffered += page.offered;
    after = page.lastOrderId;
    done = page.done;
  }
  await handOver(door, channelId);

  for (const window of windowsBack(Date.now() - SETTLING_MS, days)) {
    const compared = await store.reconcileWindow.executeWithOptions(
      { summary: `orders created from ${window.from} to ${window.to}` },
      [{ channelId, ...window }],
    );
    result.comparedWindows += 1;
    result.differingWindows += compared.differs ? 1 : 0;
    result.ordersRead += compared.ordersRead;
    result.ordersRepaired += compared.repaired;
    result.apiCalls += compared.apiCalls;
    setCurrentDetails(
      `${String(result.comparedWindows)} windows compared, ${String(result.differingWindows)} differ, ${String(result.ordersRepaired)} orders repaired`,
    );
  }
  // 2026-11: may go when no run that began before it can be replayed any more.
  if (patched('2026-11-compare-open-orders')) {
    // Of any age: counts by window and status do not show two orders that changed places, nor a deleted shipment.
    const createdBefore = wholeSecond(Date.now() - SETTLING_MS);
    for (let after: number | null = 0; after !== null;) {
      const compared: Awaited<ReturnType<ReconcileStoreActivities['compareOpenOrders']>> =
        await store.compareOpenOrders.executeWithOptions(
          { summary: `open orders${after === 0 ? '' : ` behind ${String(after)}`}` },
          [{ channelId, createdBefore, afterOrderId: after }],
        );
      result.ordersRead += compared.ordersRead;
      result.ordersRepaired += compared.repaired;
      result.apiCalls += compared.apiCalls;
      lost += compared.shipmentsLost ?? 0;
      after = compared.lastOrderId ?? null;
    }
  }
  if (lost > 0) result.shipmentsLost = lost;
  if (result.ordersRepaired > 0 || lost > 0) await handOver(door, channelId);
  return result;
}

/** What is left in the outbox is the sweep's; a comparison must not fail for it. */
async function handOver(
  door: Pick<ImportDatabaseActivities, 'openLifecycles'>,
  channelId: string,
): Promise<void> {
  try {
    await door.openLifecycles({ channelId });
  } catch (error) {
    if (isCancellation(error)) throw error;
    log.warn(`Lifecycles were not opened, the sweep will: ${sentenceOf(error)}`);
  }
}

/** From newest to oldest, touching and not overlapping: `from` belongs to a window, `to` to the newer one. */
function windowsBack(newest: number, days: number): { from: string; to: string }[] {
  const windows: { from: string; to: string }[] = [];
  const oldest = newest - days * DAY_MS;
  for (let to = newest; to > oldest;) {
    const from = Math.max(oldest, to - (windows.length === 0 ? NEWEST_WINDOW_DAYS : WINDOW_DAYS) * DAY_MS);
    windows.push({ from: wholeSecond(from), to: wholeSecond(to) });
    to = from;
  }
  return windows;
}

/** The store's times are whole seconds: `2026-08-21T10:00:00Z`. */
function wholeSecond(time: number): string {
  return new Date(time).toISOString().replace(/\.\d{3}Z$/, 'Z');
}

function daysOf(input: unknown): number {
  const days = fieldOf(input, 'days') ?? DAYS_DEFAULT;
  if (typeof days === 'number' && Number.isInteger(days) && days >= 1 && days <= DAYS_MAX) return days;
  throw invalidInput(
    `"days" must be a whole number from 1 to ${String(DAYS_MAX)}. Example: {"channelId":"acme","days":30}`,
  );
}
