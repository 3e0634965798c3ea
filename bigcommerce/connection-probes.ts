/**
 * One read by its path, for showing what a token may do: endpoints that no family of calls has, and B2B Edition on its
 * host of its own. Whether an answer is good or bad news is the caller's business; nothing is taken from it.
 */
import type { StoreClientOptions } from './client.ts';
import { createStoreHttp, type StoreHttp } from './http.ts';
import { storeAddress } from './store-address.ts';

/** The only public API host of B2B Edition (capabilities F-17). */
const B2B_API_HOST = 'api-b2b.bigcommerce.com';

export interface ConnectionProbeOptions extends StoreClientOptions {
  /** `b2b.api_base_url`. */
  b2bBaseUrl: string;
}

/** Resolves when the token was let in; throws `StoreError` otherwise, `AddressNotAllowed` for a foreign B2B host. */
export type ConnectionProbe = (probe: { path: string; host: 'store' | 'b2b' }) => Promise<void>;

/** Makes the probe of one token. Throws `AddressNotAllowed` like the client. */
export function createConnectionProbe(options: ConnectionProbeOptions): ConnectionProbe {
  const store = createStoreHttp({
    ...options,
    address: storeAddress(options.apiBaseUrl, options.storeHash, options),
  });
  // B2B Edition has no store in its path, a header names it (bigcommerce-api.md section 11).
  const b2b = (): StoreHttp => {
    const rules = { ...options, extraHosts: [...options.extraHosts, B2B_API_HOST] };
    const { origin } = new URL(storeAddress(options.b2bBaseUrl, options.storeHash, rules));
    return createStoreHttp({ ...options, address: origin, headers: { 'x-store-hash': options.storeHash } });
  };
  return async ({ path, host }) => {
    const [address = path, query] = path.split('?');
    const http = host === 'b2b' ? b2b() : store;
    await http({
      method: 'GET',
      path: address,
      ...(query === undefined ? {} : { query: new URLSearchParams(query) }),
    });
  };
}
