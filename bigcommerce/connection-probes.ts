/**
 * Reads that show what a token may do, and the facts that come with them. Each is one request without effect; whether
 * an answer is good or bad news is the caller's business.
 */
import { z } from 'zod';
import type { StoreClientOptions } from './client.ts';
import { createStoreHttp, type StoreAnswer, type StoreHttp } from './http.ts';
import { storeAddress } from './store-address.ts';
import { wholeNumber } from './wire-values.ts';
import { id, text } from './wire-parts.ts';

/** The only public API host of B2B Edition (capabilities F-17). */
const B2B_API_HOST = 'api-b2b.bigcommerce.com';

export interface ConnectionProbeOptions extends StoreClientOptions {
  /** `b2b.api_base_url`. */
  b2bBaseUrl: string;
}

/** A storefront as the store lists it. */
export interface Storefront {
  id: number;
  name: string;
  type: string;
  status: string;
}

/** A webhook that the API account of the token owns; where it goes is shown without its query, which may hold a key. */
export interface OwnWebhook {
  id: number;
  scope: string;
  destination: string;
  active: boolean;
}

export interface ConnectionProbes {
  /** One read by its path, with or without a query. Throws `StoreError`; `AddressNotAllowed` for a foreign B2B host. */
  read(probe: { path: string; host: 'store' | 'b2b' }): Promise<StoreAnswer>;
  /** Whether shoppers are mailed when an order's status changes (capabilities F-21); null when the answer does not say. */
  shopperMails(): Promise<boolean | null>;
  /** The first page of the webhooks that this token's account owns; every account may ask (F-8). */
  webhooks(): Promise<OwnWebhook[]>;
}

/** Makes the probes of one token. Throws `AddressNotAllowed` like the client. */
export function createConnectionProbes(options: ConnectionProbeOptions): ConnectionProbes {
  const http = createStoreHttp({
    ...options,
    address: storeAddress(options.apiBaseUrl, options.storeHash, options),
  });
  let b2b: StoreHttp | null = null;
  const b2bHttp = (): StoreHttp => {
    const rules = { ...options, extraHosts: [...options.extraHosts, B2B_API_HOST] };
    const { origin } = new URL(storeAddress(options.b2bBaseUrl, options.storeHash, rules));
    b2b ??= createStoreHttp({ ...options, address: origin, headers: { 'x-store-hash': options.storeHash } });
    return b2b;
  };
  const read: ConnectionProbes['read'] = ({ path, host }) => {
    const [address = path, query] = path.split('?');
    const request = {
      method: 'GET',
      path: address,
      ...(query === undefined ? {} : { query: new URLSearchParams(query) }),
    } as const;
    return host === 'b2b' ? b2bHttp()(request) : http(request);
  };
  return {
    read,
    async shopperMails() {
      const { json } = await read({ path: '/v3/settings/email-statuses', host: 'store' });
      const parsed = mailSettings.safeParse(json);
      return parsed.success ? (parsed.data.data.combined_order_status_email ?? null) : null;
    },
    async webhooks() {
      const { json } = await read({ path: '/v3/hooks?limit=250', host: 'store' });
      const parsed = hookList.safeParse(json);
      if (!parsed.success) return [];
      return parsed.data.data.map((hook) => ({
        id: wholeNumber(hook.id),
        scope: hook.scope ?? '',
        destination: withoutQuery(hook.destination ?? ''),
        active: hook.is_active ?? false,
      }));
    },
  };
}

const mailSettings = z.object({
  data: z.object({ combined_order_status_email: z.boolean().nullish().catch(null) }),
});
const hookList = z.object({
  data: z.array(z.object({ id, scope: text, destination: text, is_active: z.boolean().nullish() })),
});
const storefrontList = z.object({
  data: z.array(z.object({ id, name: text, type: text, status: text })),
});

/** The storefronts in the answer to `/v3/channels`; null when it cannot be read. */
export function readStorefronts(json: unknown): Storefront[] | null {
  const parsed = storefrontList.safeParse(json);
  if (!parsed.success) return null;
  return parsed.data.data.map((storefront) => ({
    id: wholeNumber(storefront.id),
    name: storefront.name ?? '',
    type: storefront.type ?? '',
    status: storefront.status ?? '',
  }));
}

function withoutQuery(destination: string): string {
  return destination.split(/[?#]/)[0] ?? '';
}
