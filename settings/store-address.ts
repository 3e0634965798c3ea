/**
 * What people paste when they are asked for a store: its hash, its API path, or its control panel's address
 * (capabilities ). It promises the bare hash or nothing; it must not call anybody.
 */

const HASH = /^[a-z0-9]{1,40}$/;
const API_PATH = /^(https?:\/\/[^/\s]+)\/stores\/([a-z0-9]{1,40})(?:\/|$)/i;
const CONTROL_PANEL = /^(?:https?:\/\/)?store-([a-z0-9]{1,40})\.mybigcommerce\.com(?:\/|$)/i;

export interface StoreAddress {
  storeHash: string;
  /** Where the API is, when the text says so; null otherwise. */
  apiBaseUrl: string | null;
}

/** The store that a text names, or null. */
export function readStoreAddress(text: string): StoreAddress | null {
  const trimmed = text.trim();
  const [, origin, pathHash] = API_PATH.exec(trimmed) ?? [];
  if (origin !== undefined && pathHash !== undefined) {
    return { storeHash: pathHash.toLowerCase(), apiBaseUrl: origin.toLowerCase() };
  }
  const panelHash = CONTROL_PANEL.exec(trimmed)?.[1];
  if (panelHash !== undefined) return { storeHash: panelHash.toLowerCase(), apiBaseUrl: null };
  const bare = trimmed.toLowerCase();
  return HASH.test(bare) ? { storeHash: bare, apiBaseUrl: null } : null;
}
