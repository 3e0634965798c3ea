/**
 * Products and variants, to read (bigcommerce-api.md sections 7.1 and 7.2): what orders do not carry, which is images,
 * weights, codes and names of the catalog. A product that is gone is simply not among the answer (Traps 7).
 */
import { z } from 'zod';
import { unnamedMembers, type StoreAsk } from './ask.ts';
import { idFilter, LIST_PAGE_SIZE_MAX, mayGoOn, pageOf, type Page } from './paging.ts';
import { decimalText, idOrNull, textOf, textOrNull, wholeNumber } from './wire-values.ts';
import { flag, id, looseText, optionalId, optionalNumber, text } from './wire-parts.ts';
import type { DecimalText } from '../domain/order.ts';

/** Addresses of one picture in the store's sizes; null where the store has none. The picture itself is not read. */
export interface ProductImage {
  zoom: string | null;
  standard: string | null;
  thumbnail: string | null;
  tiny: string | null;
}

export interface StoreVariant {
  variantId: number;
  productId: number;
  sku: string;
  upc: string;
  /** In the store's unit: the variant's own weight, else the one it inherits (`calculated_weight`); null if unknown. */
  weight: DecimalText | null;
  /** The variant's own picture; null where it has none and the product's counts. */
  imageUrl: string | null;
  options: { optionId: number | null; name: string; value: string }[];
  more: Record<string, unknown>;
}

export interface StoreProduct {
  productId: number;
  name: string;
  /** `physical` or `digital`, as it came. */
  type: string;
  sku: string;
  upc: string;
  weight: DecimalText | null;
  /** Null without `primary_image` in the include, and for a product without a picture. */
  primaryImage: ProductImage | null;
  customFields: { name: string; value: string }[];
  /** Empty without `variants` in the include. */
  variants: StoreVariant[];
  more: Record<string, unknown>;
}

export type ProductInclude = 'primary_image' | 'variants' | 'custom_fields';

export interface ProductCalls {
  /**
   * A page of the asked products, up to 250 ids in one call. With includes the pages may be shorter than asked for and
   * their totals lie (Traps 7), so `mayGoOn` is false only when all ids came or the page is empty. Pages begin at 1.
   */
  productsById(query: {
    productIds: readonly number[];
    include: readonly ProductInclude[];
    page: number;
  }): Promise<Page<StoreProduct>>;
  /** A page of all variants of the asked products, with their pictures and weights. Pages begin at 1. */
  variantsOfProducts(productIds: readonly number[], page: number): Promise<Page<StoreVariant>>;
  /** All pictures of one product. Pages begin at 1. Throws `BigCommerceNotFound` for a product that is gone. */
  productImages(
    productId: number,
    page: number,
  ): Promise<Page<ProductImage & { isThumbnail: boolean; sortOrder: number }>>;
}

const wireImage = z.looseObject({
  url_zoom: text,
  url_standard: text,
  url_thumbnail: text,
  url_tiny: text,
  is_thumbnail: flag,
  sort_order: optionalNumber,
});
const wireVariant = z.looseObject({
  id,
  product_id: optionalId,
  sku: text,
  upc: looseText,
  weight: optionalNumber,
  calculated_weight: optionalNumber,
  image_url: text,
  option_values: z
    .array(z.looseObject({ option_id: optionalId, option_display_name: text, label: looseText }))
    .nullish(),
});
const wireProduct = z.looseObject({
  id,
  name: text,
  type: text,
  sku: text,
  upc: looseText,
  weight: optionalNumber,
  primary_image: wireImage.nullish(),
  custom_fields: z.array(z.looseObject({ name: text, value: looseText })).nullish(),
  variants: z.array(wireVariant).nullish(),
});

export function productCalls(ask: StoreAsk): ProductCalls {
  return {
    async productsById({ productIds, include, page }) {
      const query = pageOf(page, {
        'id:in': idFilter(productIds),
        ...(include.length === 0 ? {} : { include: include.join(',') }),
      });
      const request = { method: 'GET', path: '/v3/catalog/products', query, largeAnswer: true } as const;
      const { rows } = await ask.dataRows(request, wireProduct, { ids: productIds, idOf: (row) => row.id });
      return {
        rows: rows.map(productOf),
        mayGoOn: rows.length > 0 && (page > 1 || rows.length < new Set(productIds).size),
      };
    },

    async variantsOfProducts(productIds, page) {
      const query = pageOf(page, { 'product_id:in': idFilter(productIds) });
      const request = { method: 'GET', path: '/v3/catalog/variants', query, largeAnswer: true } as const;
      const { rows } = await ask.dataRows(request, wireVariant, {
        ids: productIds,
        idOf: (row) => row.product_id,
      });
      return {
        rows: rows.map((row) => variantOf(row, 0)),
        mayGoOn: mayGoOn(rows.length, LIST_PAGE_SIZE_MAX),
      };
    },

    async productImages(productId, page) {
      const path = `/v3/catalog/products/${String(productId)}/images`;
      const { rows } = await ask.dataRows({ method: 'GET', path, query: pageOf(page) }, wireImage);
      return {
        rows: rows.map((row) => ({
          ...imageOf(row),
          isThumbnail: row.is_thumbnail === true,
          sortOrder: Number(row.sort_order ?? 0),
        })),
        mayGoOn: mayGoOn(rows.length, LIST_PAGE_SIZE_MAX),
      };
    },
  };
}

function productOf(wire: z.infer<typeof wireProduct>): StoreProduct {
  const productId = wholeNumber(wire.id);
  return {
    productId,
    name: textOf(wire.name),
    type: textOf(wire.type),
    sku: textOf(wire.sku),
    upc: textOf(wire.upc),
    weight: measure(wire.weight),
    primaryImage:
      wire.primary_image === null || wire.primary_image === undefined ? null : imageOf(wire.primary_image),
    customFields: (wire.custom_fields ?? []).map((field) => ({
      name: textOf(field.name),
      value: textOf(field.value),
    })),
    variants: (wire.variants ?? []).map((variant) => variantOf(variant, productId)),
    more: unnamedMembers(wireProduct, wire),
  };
}

function variantOf(wire: z.infer<typeof wireVariant>, ofProduct: number): StoreVariant {
  return {
    variantId: wholeNumber(wire.id),
    productId: idOrNull(wire.product_id) ?? ofProduct,
    sku: textOf(wire.sku),
    upc: textOf(wire.upc),
    // Null on a variant means that the product's counts; the store has worked that out (section 7.2).
    weight: measure(wire.weight) ?? measure(wire.calculated_weight),
    imageUrl: textOrNull(wire.image_url),
    options: (wire.option_values ?? []).map((option) => ({
      optionId: idOrNull(option.option_id),
      name: textOf(option.option_display_name),
      value: textOf(option.label),
    })),
    more: unnamedMembers(wireVariant, wire),
  };
}

function imageOf(wire: z.infer<typeof wireImage>): ProductImage {
  return {
    zoom: textOrNull(wire.url_zoom),
    standard: textOrNull(wire.url_standard),
    thumbnail: textOrNull(wire.url_thumbnail),
    tiny: textOrNull(wire.url_tiny),
  };
}

function measure(value: string | number | null | undefined): DecimalText | null {
  return value === null || value === undefined || value === '' ? null : decimalText(value);
}
