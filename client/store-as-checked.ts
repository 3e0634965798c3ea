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
  /** Storefronts whose own switch counts instead of the store's. */
  storefrontMails: { id: number; on: boolean }[];
  statuses: NamedStatus[] | null;
}

/** Null members are not known. Never throws. */
export function storeAsChecked({ lastCheck }: Pick<Channel, 'lastCheck'>): StoreAsChecked {
  const at = typeof lastCheck?.['at'] === 'string' ? lastCheck['at'] : null;
  const kept: unknown = lastCheck?.['store'];
  // Written by our own activity from the same type; only whether it is there at all differs by version.
  const store = kept as Partial<StoreFacts> | null | undefined;
  return {
    at,
    shopperMails: store?.shopperMails ?? null,
    storefrontMails: store?.storefrontMails ?? [],
    statuses: store?.statuses ?? null,
  };
}

/** Whether the kept list of statuses may be shown without asking the store again. */
export function areStatusesFresh({ at, statuses }: StoreAsChecked, now: string): boolean {
  return statuses !== null && at !== null && instantMs(now) - instantMs(at) < STATUSES_FRESH_HOURS * HOUR_MS;
}

/** The switch that counts for orders of a storefront: its own, where it has one, else the store's; null: not known. */
export function shopperMailsOf(store: StoreAsChecked, storefrontId: number | null): boolean | null {
  const own = store.storefrontMails.find(({ id }) => id === storefrontId);
  return own?.on ?? store.shopperMails;
}

/** As answers of machines have it: the switch beside a forecast, and when it was read. */
export function shopperMailsAnswer(
  store: StoreAsChecked,
  storefrontId: number | null,
): { on: boolean | null; at: string | null } {
  return { on: shopperMailsOf(store, storefrontId), at: store.at };
}

/**
 * The store's own switch in one sentence, to stand beside a forecast of mails: of the order's storefront where one is
 * given, else of the store, with the storefronts that have another.
 */
export function mailSwitchInWords(
  channelId: string,
  store: StoreAsChecked,
  storefrontId: number | null = null,
): string {
  const { at, shopperMails, storefrontMails } = store;
  const own = storefrontMails.find(({ id }) => id === storefrontId);
  if (own !== undefined) {
    const where = `Storefront ${String(own.id)} mails`;
    return own.on
      ? `${where} shoppers about statuses (its own switch, as of ${at ?? 'the last check'}); which statuses, only the control panel knows.`
      : `${where} nobody about statuses (its own switch, off as of ${at ?? 'the last check'}), so none of these goes out.`;
  }
  const sentence = storeSwitchInWords(channelId, { at, shopperMails });
  const others = storefrontMails.filter(({ on }) => on !== shopperMails);
  if (storefrontId !== null || others.length === 0) return sentence;
  const told = others.map(({ id, on }) => `${String(id)} ${on ? 'on' : 'off'}`).join(', ');
  return `${sentence} Otherwise at these storefronts: ${told}.`;
}

function storeSwitchInWords(
  channelId: string,
  { at, shopperMails }: Pick<StoreAsChecked, 'at' | 'shopperMails'>,
): string {
  if (shopperMails === null)
    return `Whether the store mails shoppers about statuses at all is not known: waybill channel test ${channelId}`;
  const since = `as of ${at ?? 'the last check'}`;
  return shopperMails
    ? `The store mails shoppers about statuses (${since}); which statuses, only its control panel knows.`
    : `The store mails nobody about statuses (switched off there, ${since}), so none of these goes out.`;
}
