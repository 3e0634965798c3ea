/**
 * What the last connection check learned of a store that people need beside Waybill's own settings: whether it mails
 * shoppers at all (capabilities F-21, K-21), and what it calls its statuses (S-29). No call; older checks kept less.
 */
import type { Channel } from '../db/channels.ts';
import type { StoreFacts } from '../domain/connection-report.ts';
import { HOUR_MS, instantMs } from '../domain/instants.ts';

/** A list of statuses older than this is read anew (capabilities S-29). */
const STATUSES_FRESH_HOURS = 24;

export type NamedStatus = NonNullable<StoreFacts['statuses']>[number];

export interface StoreAsChecked {
  /** ISO, when the store was asked; null for a channel that was never checked. */
  at: string | null;
  /** The store's switch for mails about an order's status; null where it did not say. */
  shopperMails: boolean | null;
  statuses: NamedStatus[] | null;
}

/** Null members are not known. Never throws. */
export function storeAsChecked({ lastCheck }: Pick<Channel, 'lastCheck'>): StoreAsChecked {
  const at = typeof lastCheck?.['at'] === 'string' ? lastCheck['at'] : null;
  const kept: unknown = lastCheck?.['store'];
  // Written by our own activity from the same type; only whether it is there at all differs by version.
  const store = kept as Partial<StoreFacts> | null | undefined;
  return { at, shopperMails: store?.shopperMails ?? null, statuses: store?.statuses ?? null };
}

/** Whether the kept list of statuses may be shown without asking the store again. */
export function areStatusesFresh({ at, statuses }: StoreAsChecked, now: string): boolean {
  return statuses !== null && at !== null && instantMs(now) - instantMs(at) < STATUSES_FRESH_HOURS * HOUR_MS;
}

/** The store's own switch in one sentence, to stand beside a forecast of mails. */
export function mailSwitchInWords(channelId: string, { at, shopperMails }: StoreAsChecked): string {
  if (shopperMails === null)
    return `Whether the store mails shoppers about statuses at all is not known: waybill channel test ${channelId}`;
  const since = `as of ${at ?? 'the last check'}`;
  return shopperMails
    ? `The store mails shoppers about statuses (${since}); which statuses, only its control panel knows.`
    : `The store mails nobody about statuses (switched off there, ${since}), so none of these goes out.`;
}
