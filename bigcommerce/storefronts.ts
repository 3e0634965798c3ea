/**
 * Storefronts: what BigCommerce calls channels (bigcommerce-api.md section 13), to read. Marketplaces and points of sale
 * are among them; they write orders with rules of their own (Traps 13).
 */
import { z } from 'zod';
import { unnamedMembers, type StoreAsk } from './ask.ts';
import { StoreError } from './errors.ts';
import { LIST_PAGE_SIZE_MAX, mayGoOn, pageOf, type Page } from './paging.ts';
import { textOf, textOrNull, wholeNumber } from './wire-values.ts';
import { flag, id, text } from './wire-parts.ts';

export interface Storefront {
  storefrontId: number;
  name: string;
  /** `storefront`, `marketplace`, `pos`, `marketing`; others as they come. */
  type: string;
  platform: string;
  /** `active`, `connected`, `prelaunch`, …; orders can be made only on one that is active or connected (Traps 13). */
  status: string;
  enabled: boolean | null;
  more: Record<string, unknown>;
}

export interface StorefrontCalls {
  /** A page of the store's storefronts, in whatever status. Scope Channel Settings or Channel Listings. */
  storefronts(page: number): Promise<Page<Storefront>>;
  /** The address of a storefront's site, for links; null for one without a site (404). */
  storefrontUrl(storefrontId: number): Promise<string | null>;
}

const wireStorefront = z.looseObject({
  id,
  name: text,
  type: text,
  platform: text,
  status: text,
  is_enabled: flag,
});
const wireSite = z.looseObject({ url: text });

export function storefrontCalls(ask: StoreAsk): StorefrontCalls {
  return {
    async storefronts(page) {
      const request = { method: 'GET', path: '/v3/channels', query: pageOf(page) } as const;
      const { rows } = await ask.dataRows(request, wireStorefront);
      return {
        rows: rows.map((wire) => ({
          storefrontId: wholeNumber(wire.id),
          name: textOf(wire.name),
          type: textOf(wire.type),
          platform: textOf(wire.platform),
          status: textOf(wire.status),
          enabled: wire.is_enabled ?? null,
          more: unnamedMembers(wireStorefront, wire),
        })),
        mayGoOn: mayGoOn(rows.length, LIST_PAGE_SIZE_MAX),
      };
    },

    async storefrontUrl(storefrontId) {
      const path = `/v3/channels/${String(storefrontId)}/site`;
      try {
        return textOrNull((await ask.data({ method: 'GET', path }, wireSite)).url);
      } catch (error) {
        if (error instanceof StoreError && error.code === 'BigCommerceNotFound') return null;
        throw error;
      }
    },
  };
}
