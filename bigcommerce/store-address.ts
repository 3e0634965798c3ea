/**
 * Where a store's API is: https, a host of the allow-list, a clean store hash. Loopback (for the simulator) only when
 * the installation says so. Never resolves names, never sends anything.
 */
import { StoreError } from './errors.ts';

/** BigCommerce's only public API host (bigcommerce-api.md, "Base URL"). */
export const BIGCOMMERCE_API_HOST = 'api.bigcommerce.com';

const STORE_HASH_PATTERN = /^[a-z0-9]{1,40}$/;
const LOOPBACK_HOSTS = ['localhost', '127.0.0.1', '[::1]'];

export interface AddressRules {
  /** May a store live on this machine? For the simulator and for tests. */
  allowLoopback: boolean;
  /** Hosts beside BigCommerce's own; with `:port` where it is not 443. */
  extraHosts: readonly string[];
}

/**
 * `{apiBaseUrl}/stores/{storeHash}` as a checked address without a trailing slash.
 * Throws `AddressNotAllowed` for plain http, foreign hosts, user names in the address, and malformed hashes.
 */
export function storeAddress(apiBaseUrl: string, storeHash: string, rules: AddressRules): string {
  const url = parse(apiBaseUrl);
  const loopback = LOOPBACK_HOSTS.includes(url.hostname);
  if (loopback && !rules.allowLoopback) {
    throw refused(
      `The API address points to this machine (${url.hostname}), which this installation does not allow. For the simulator set WAYBILL_ALLOW_LOOPBACK_STORES=1.`,
    );
  }
  // With its port, where one is given: a foreign service may listen beside the API on the same machine.
  const allowed = [BIGCOMMERCE_API_HOST, ...rules.extraHosts.map((host) => host.toLowerCase())];
  if (!loopback && !allowed.includes(url.host)) {
    throw refused(
      `The API host ${url.host} is not on the list of allowed hosts (${allowed.join(', ')}). Correct connection.api_base_url, or add the host to WAYBILL_STORE_HOSTS.`,
    );
  }
  if (url.protocol !== 'https:' && !(loopback && url.protocol === 'http:')) {
    throw refused(
      'The API address must begin with https://, because the access token travels with each call. Correct connection.api_base_url.',
    );
  }
  if (
    url.username !== '' ||
    url.password !== '' ||
    url.search !== '' ||
    url.hash !== '' ||
    url.pathname !== '/'
  ) {
    throw refused(
      'The API address must be a scheme and a host only, such as https://api.bigcommerce.com. Correct connection.api_base_url.',
    );
  }
  if (!STORE_HASH_PATTERN.test(storeHash)) {
    throw refused(
      'The store hash must be lower-case letters and digits only, as in the API path /stores/{hash}/. Correct connection.store_hash.',
    );
  }
  return `${url.origin}/stores/${storeHash}`;
}

function parse(text: string): URL {
  try {
    return new URL(text);
  } catch {
    throw refused(
      'The API address is not a URL. Correct connection.api_base_url, for example to https://api.bigcommerce.com.',
    );
  }
}

function refused(message: string): StoreError {
  return new StoreError(message, {
    code: 'AddressNotAllowed',
    reason: 'address',
    call: 'no call',
    retryable: false,
    effect: 'none',
  });
}
