/**
 * Customs information of products (bigcommerce-api.md section 7.5): country of origin, description and codes by
 * destination, to read. Products without any are not among the answer.
 */
import { z } from 'zod';
import { unnamedMembers, type StoreAsk } from './ask.ts';
import { idFilter, LIST_PAGE_SIZE_MAX, mayGoOn, pageOf, type Page } from './paging.ts';
import { textOf, textOrNull, wholeNumber } from './wire-values.ts';
import { flag, id, text, textRecord, textsOf } from './wire-parts.ts';

export interface CustomsInformation {
  productId: number;
  /** ISO 3166-1 alpha-2. */
  countryOfOrigin: string | null;
  description: string;
  international: boolean;
  /** Code by destination country (alpha-2), or by `ALL`. */
  hsCodes: Record<string, string>;
  more: Record<string, unknown>;
}

export interface CustomsCalls {
  /** Of up to 250 products in one call. Pages begin at 1. Which scope it needs is not settled (section 17, point 1). */
  customsInformation(productIds: readonly number[], page: number): Promise<Page<CustomsInformation>>;
}

const wireCustoms = z.looseObject({
  product_id: id,
  country_of_origin: text,
  commodity_description: text,
  international_shipping: flag,
  hs_codes: textRecord,
});

export function customsCalls(ask: StoreAsk): CustomsCalls {
  return {
    async customsInformation(productIds, page) {
      const query = pageOf(page, { 'product_id:in': idFilter(productIds) });
      const path = '/v3/shipping/products/customs-information';
      const { rows } = await ask.dataRows({ method: 'GET', path, query, largeAnswer: true }, wireCustoms, {
        ids: productIds,
        idOf: (row) => row.product_id,
      });
      return {
        rows: rows.map((wire) => ({
          productId: wholeNumber(wire.product_id),
          countryOfOrigin: textOrNull(wire.country_of_origin),
          description: textOf(wire.commodity_description),
          international: wire.international_shipping === true,
          hsCodes: textsOf(wire.hs_codes),
          more: unnamedMembers(wireCustoms, wire),
        })),
        mayGoOn: mayGoOn(rows.length, LIST_PAGE_SIZE_MAX),
      };
    },
  };
}
