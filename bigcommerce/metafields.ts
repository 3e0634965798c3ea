/**
 * Metafields of orders, products and variants (bigcommerce-api.md sections 5.3, 7.1 and 7.2). One of an order is unique per API
 * account, namespace, key and order, so creating is a lock: the second create is refused with 409.
 */
import { z } from 'zod';
import { unnamedMembers, type StoreAsk } from './ask.ts';
import { idFilter, LIST_PAGE_SIZE_MAX, mayGoOn, pageOf, type Page } from './paging.ts';
import { idOrNull, textOf, wholeNumber } from './wire-values.ts';
import { id, optionalId, text } from './wire-parts.ts';

/** Characters that the API takes (section 5.3). Values are text; JSON has to be serialized. */
export const METAFIELD_VALUE_MAX_LENGTH = 65_535;

/** Who may see and change it beside the API account that made it. */
export type PermissionSet = 'app_only' | 'read' | 'write' | 'read_and_sf_access' | 'write_and_sf_access';

export interface Metafield {
  metafieldId: number;
  /** The order or variant it hangs on. */
  resourceId: number | null;
  namespace: string;
  key: string;
  value: string;
  description: string;
  permissionSet: string;
  /** The API account that made it: only that one may rename it. */
  ownerClientId: string;
  /** Members of the answer that have no word here. */
  more: Record<string, unknown>;
}

export interface MetafieldDraft {
  namespace: string;
  key: string;
  value: string;
  permissionSet: PermissionSet;
  description?: string;
}

export interface MetafieldCalls {
  /** What is visible to us: `app_only` ones of other accounts are not (Traps 5 and 10). Pages begin at 1. */
  orderMetafields(
    orderId: number,
    query: { namespace?: string; key?: string; page: number },
  ): Promise<Page<Metafield>>;
  /**
   * Those of all orders with this name that were changed since (section 5.3): there is no filter by order. `changedSince`
   * is ISO, of whole seconds. Pages begin at 1.
   */
  metafieldsOfAllOrders(query: {
    namespace: string;
    key: string;
    changedSince: string;
    page: number;
  }): Promise<Page<Metafield>>;
  /** A write. One that is there already is `InvalidRequest` with HTTP 409: read it, then update it by its id. */
  createOrderMetafield(orderId: number, draft: MetafieldDraft): Promise<Metafield>;
  /** A write; may be repeated. 403 where it belongs to another API account. */
  updateOrderMetafield(orderId: number, metafieldId: number, draft: MetafieldDraft): Promise<Metafield>;
  /** A write; the second time it throws `BigCommerceNotFound`. */
  deleteOrderMetafield(orderId: number, metafieldId: number): Promise<void>;
  /** Of many variants at once (`resource_id:in`, section 7.2). */
  variantMetafields(query: {
    variantIds: readonly number[];
    namespace?: string;
    page: number;
  }): Promise<Page<Metafield>>;
  /** Those of many products at once that have this key (section 7.1: `resource_id:in`); any namespace where null. */
  productMetafields(query: {
    productIds: readonly number[];
    namespace: string | null;
    key: string;
    page: number;
  }): Promise<Page<Metafield>>;
}

const wireMetafield = z.looseObject({
  id,
  resource_id: optionalId,
  namespace: text,
  key: text,
  value: z.union([z.string(), z.number(), z.boolean()]).nullish(),
  description: text,
  permission_set: text,
  owner_client_id: text,
});

export function metafieldCalls(ask: StoreAsk): MetafieldCalls {
  const list = async (
    path: string,
    query: URLSearchParams,
    ids: readonly number[],
  ): Promise<Page<Metafield>> => {
    const asked = { ids, idOf: (row: z.infer<typeof wireMetafield>) => row.resource_id };
    const { rows } = await ask.dataRows({ method: 'GET', path, query }, wireMetafield, asked);
    return { rows: rows.map(metafieldOf), mayGoOn: mayGoOn(rows.length, LIST_PAGE_SIZE_MAX) };
  };
  const ofOrder = (orderId: number): string => `/v3/orders/${String(orderId)}/metafields`;
  return {
    orderMetafields: (orderId, query) =>
      list(
        ofOrder(orderId),
        pageOf(query.page, {
          ...(query.namespace === undefined ? {} : { namespace: query.namespace }),
          ...(query.key === undefined ? {} : { key: query.key }),
        }),
        [orderId],
      ),

    async metafieldsOfAllOrders({ namespace, key, changedSince, page }) {
      const query = pageOf(page, { namespace, key, 'date_modified:min': changedSince });
      const { rows } = await ask.dataRows(
        { method: 'GET', path: '/v3/orders/metafields', query },
        wireMetafield,
      );
      return { rows: rows.map(metafieldOf), mayGoOn: mayGoOn(rows.length, LIST_PAGE_SIZE_MAX) };
    },

    async createOrderMetafield(orderId, draft) {
      const request = { method: 'POST', path: ofOrder(orderId), body: bodyOf(draft) } as const;
      return metafieldOf(await ask.data(request, wireMetafield));
    },

    async updateOrderMetafield(orderId, metafieldId, draft) {
      const path = `${ofOrder(orderId)}/${String(metafieldId)}`;
      return metafieldOf(await ask.data({ method: 'PUT', path, body: bodyOf(draft) }, wireMetafield));
    },

    async deleteOrderMetafield(orderId, metafieldId) {
      await ask.raw({
        method: 'DELETE',
        path: `${ofOrder(orderId)}/${String(metafieldId)}`,
        answerless: true,
      });
    },

    variantMetafields: (query) =>
      list(
        '/v3/catalog/variants/metafields',
        pageOf(query.page, {
          'resource_id:in': idFilter(query.variantIds),
          ...(query.namespace === undefined ? {} : { namespace: query.namespace }),
        }),
        query.variantIds,
      ),

    productMetafields: ({ productIds, namespace, key, page }) =>
      list(
        '/v3/catalog/products/metafields',
        pageOf(page, {
          'resource_id:in': idFilter(productIds),
          key,
          ...(namespace === null ? {} : { namespace }),
        }),
        productIds,
      ),
  };
}

function bodyOf(draft: MetafieldDraft): Record<string, unknown> {
  return {
    permission_set: draft.permissionSet,
    namespace: draft.namespace,
    key: draft.key,
    value: draft.value,
    ...(draft.description === undefined ? {} : { description: draft.description }),
  };
}

function metafieldOf(wire: z.infer<typeof wireMetafield>): Metafield {
  return {
    metafieldId: wholeNumber(wire.id),
    resourceId: idOrNull(wire.resource_id),
    namespace: textOf(wire.namespace),
    key: textOf(wire.key),
    value: wire.value === null || wire.value === undefined ? '' : String(wire.value),
    description: textOf(wire.description),
    permissionSet: textOf(wire.permission_set),
    ownerClientId: textOf(wire.owner_client_id),
    more: unnamedMembers(wireMetafield, wire),
  };
}
