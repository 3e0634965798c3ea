// Products, variants and customs data, to read; customs data also to write. Page-size traps of the includes are kept.
import { NO_CONTENT, Refusal, json, notFound, v3Error } from './answers.ts';
import type { Answer } from './answers.ts';
import { iso8601 } from './clock.ts';
import { variantPrice } from './catalog-data.ts';
import type { CatalogImage, CatalogProduct, CatalogVariant } from './catalog-data.ts';
import { moneyNumber } from './money.ts';
import { v3Integers, v3List, v3Page, v3Texts } from './query.ts';
import type { PageRequest } from './query.ts';
import { idParam, isRecord, recordWrite } from './routing.ts';
import type { Call, Route } from './routing.ts';

const PRODUCT_SCOPE = ['store_v2_products'];
/** Products on a page at most with `include=options` or `modifiers` (bigcommerce-api.md section 7.1). */
const PAGE_SIZE_WITH_OPTIONS = 10;
/** Rows in one write of customs data. */
const CUSTOMS_BATCH_MAX = 50;

function imageWire(product: CatalogProduct, image: CatalogImage): Record<string, unknown> {
  return {
    id: image.id,
    product_id: product.id,
    is_thumbnail: image.isThumbnail,
    sort_order: image.sortOrder,
    description: '',
    image_file: image.url.replace('https://cdn.store.example/', ''),
    url_zoom: `${image.url}?w=1280`,
    url_standard: `${image.url}?w=386`,
    url_thumbnail: `${image.url}?w=220`,
    url_tiny: `${image.url}?w=44`,
    date_modified: iso8601(product.modified),
  };
}

function variantWire(product: CatalogProduct, variant: CatalogVariant): Record<string, unknown> {
  return {
    id: variant.id,
    product_id: product.id,
    sku: variant.sku,
    sku_id: variant.options.length === 0 ? null : variant.id,
    price: variant.priceCents === null ? null : moneyNumber(variant.priceCents),
    calculated_price: moneyNumber(variantPrice(product, variant)),
    sale_price: null,
    retail_price: null,
    map_price: null,
    cost_price: null,
    weight: variant.weight,
    calculated_weight: variant.weight ?? product.weight,
    width: null,
    height: null,
    depth: null,
    is_free_shipping: false,
    fixed_cost_shipping_price: null,
    purchasing_disabled: false,
    purchasing_disabled_message: '',
    image_url: variant.imageUrl,
    upc: '',
    mpn: '',
    gtin: '',
    inventory_level: variant.stock,
    inventory_warning_level: 0,
    bin_picking_number: '',
    option_values: variant.options.map((option) => ({
      id: option.valueId,
      label: option.label,
      option_id: option.optionId,
      option_display_name: option.name,
    })),
  };
}

function optionsWire(product: CatalogProduct): Record<string, unknown>[] {
  const first = product.variants[0]?.options[0];
  if (first === undefined) return [];
  return [
    {
      id: first.optionId,
      product_id: product.id,
      display_name: first.name,
      type: 'rectangles',
      config: {},
      sort_order: 0,
      option_values: product.variants.flatMap((variant, index) =>
        variant.options.map((option) => ({
          id: option.valueId,
          label: option.label,
          sort_order: index,
          is_default: index === 0,
          value_data: null,
        })),
      ),
    },
  ];
}

function productWire(product: CatalogProduct, includes: ReadonlySet<string>): Record<string, unknown> {
  const stock = product.variants.reduce((sum, variant) => sum + variant.stock, 0);
  const thumbnail = product.images.find((image) => image.isThumbnail);
  const wire: Record<string, unknown> = {
    id: product.id,
    name: product.name,
    type: product.type,
    sku: product.sku,
    description: `<p>${product.name}</p>`,
    weight: product.weight,
    width: 0,
    depth: 0,
    height: 0,
    price: moneyNumber(product.priceCents),
    calculated_price: moneyNumber(product.priceCents),
    cost_price: 0,
    retail_price: 0,
    sale_price: 0,
    map_price: 0,
    tax_class_id: 0,
    product_tax_code: '',
    categories: [23],
    brand_id: product.brand === '' ? 0 : 35,
    inventory_level: stock,
    inventory_warning_level: 0,
    inventory_tracking: product.stockTracked ? 'variant' : 'none',
    is_free_shipping: false,
    is_visible: product.visible,
    is_featured: false,
    warranty: '',
    upc: '',
    mpn: '',
    gtin: '',
    availability: 'available',
    condition: 'New',
    order_quantity_minimum: 0,
    order_quantity_maximum: 0,
    total_sold: 0,
    date_created: iso8601(product.created),
    date_modified: iso8601(product.modified),
    base_variant_id: product.variants.length === 1 ? (product.variants[0]?.id ?? null) : null,
    option_set_id: null,
    custom_url: { url: `/${product.name.toLowerCase().replaceAll(' ', '-')}/`, is_customized: false },
  };
  if (includes.has('images')) wire['images'] = product.images.map((image) => imageWire(product, image));
  if (includes.has('primary_image'))
    wire['primary_image'] = thumbnail === undefined ? null : imageWire(product, thumbnail);
  if (includes.has('variants'))
    wire['variants'] = product.variants.map((variant) => variantWire(product, variant));
  if (includes.has('custom_fields')) wire['custom_fields'] = product.customFields;
  if (includes.has('options')) wire['options'] = optionsWire(product);
  if (includes.has('modifiers')) wire['modifiers'] = [];
  if (includes.has('channels')) wire['channels'] = [1];
  return wire;
}

/** Keeps the fields that `include_fields` names, and the id. */
function narrowed(query: URLSearchParams, row: Record<string, unknown>): Record<string, unknown> {
  const fields = v3Texts(query, 'include_fields');
  if (fields === undefined) return row;
  return Object.fromEntries(Object.entries(row).filter(([name]) => name === 'id' || fields.has(name)));
}

function includesOf(call: Call): Set<string> {
  return new Set(call.query.getAll('include').flatMap((value) => value.split(',')));
}

function listProducts(call: Call): Answer {
  const { query } = call;
  const includes = includesOf(call);
  const ids = v3Integers(query, 'id:in');
  const greater = Number(query.get('id:greater') ?? NaN);
  const skus = v3Texts(query, 'sku:in');
  const sku = query.get('sku');
  const name = query.get('name');
  const modifiedText = query.get('date_modified:min');
  const modified = modifiedText === null ? -Infinity : Date.parse(modifiedText) / 1000;
  let rows = [...call.store.catalog.products.values()].filter(
    (product) =>
      (ids?.has(product.id) ?? true) &&
      (Number.isNaN(greater) || product.id > greater) &&
      (skus?.has(product.sku) ?? true) &&
      (sku === null || product.sku === sku) &&
      (name === null || product.name === name) &&
      !(product.modified < modified),
  );
  if (query.get('sort') === 'date_modified') rows.sort((a, b) => a.modified - b.modified);
  if (query.get('direction') === 'desc') rows = rows.reverse();
  const asked = v3Page(query);
  const capped = includes.has('options') || includes.has('modifiers');
  const limit = capped ? Math.min(asked.limit, PAGE_SIZE_WITH_OPTIONS) : asked.limit;
  // The page is smaller than asked for and its meta does not say so: only an empty page is the end (Traps 7).
  const { meta } = v3List(rows, asked);
  const page: PageRequest = { page: asked.page, limit, offset: (asked.page - 1) * limit };
  const data = v3List(rows, page).data.map((product) => narrowed(query, productWire(product, includes)));
  return json(200, { data, meta });
}

function productOf(call: Call): CatalogProduct {
  const product = call.store.catalog.products.get(idParam(call, 'product_id'));
  if (product === undefined) throw new Refusal(notFound('v3'));
  return product;
}

function listVariants(call: Call): Answer {
  const products = v3Integers(call.query, 'product_id:in');
  const id = call.query.get('id');
  const sku = call.query.get('sku');
  const rows = [...call.store.catalog.products.values()]
    .filter((product) => products?.has(product.id) ?? true)
    .flatMap((product) => product.variants.map((variant) => ({ product, variant })))
    .filter(
      ({ variant }) => (id === null || variant.id === Number(id)) && (sku === null || variant.sku === sku),
    );
  const list = v3List(rows, v3Page(call.query));
  return json(200, {
    data: list.data.map(({ product, variant }) => narrowed(call.query, variantWire(product, variant))),
    meta: list.meta,
  });
}

function customsWire(product: CatalogProduct): Record<string, unknown>[] {
  const { customs } = product;
  if (customs === null) return [];
  return [
    {
      product_id: product.id,
      country_of_origin: customs.countryOfOrigin,
      commodity_description: customs.description,
      international_shipping: customs.international,
      hs_codes: customs.hsCodes,
      created_at: iso8601(customs.created),
      updated_at: iso8601(customs.updated),
    },
  ];
}

/** The customs list alone calls its page count `total_page`. */
function listCustoms(call: Call): Answer {
  const ids = v3Integers(call.query, 'product_id:in');
  const rows = [...call.store.catalog.products.values()]
    .filter((product) => ids?.has(product.id) ?? true)
    .flatMap(customsWire);
  const { data, meta } = v3List(rows, v3Page(call.query));
  const { total_pages: totalPages, ...pagination } = meta.pagination;
  return json(200, { data, meta: { pagination: { ...pagination, total_page: totalPages } } });
}

function putCustoms(call: Call): Answer {
  const rows: unknown = call.body;
  if (!Array.isArray(rows)) throw new Refusal(v3Error(400, 'The body must be a list.'));
  if (rows.length > CUSTOMS_BATCH_MAX)
    throw new Refusal(v3Error(413, `At most ${CUSTOMS_BATCH_MAX} rows at once.`));
  const now = call.store.clock.nowSeconds();
  const changed = (rows as unknown[]).map((row) => {
    const product = isRecord(row) ? call.store.catalog.products.get(Number(row['product_id'])) : undefined;
    if (product === undefined || !isRecord(row) || !isRecord(row['hs_codes'])) {
      throw new Refusal(
        v3Error(422, 'The customs information is not valid.', { product_id: 'does not exist' }),
      );
    }
    product.customs = {
      countryOfOrigin: String(row['country_of_origin']),
      description: String(row['commodity_description']),
      international: row['international_shipping'] === true,
      hsCodes: Object.fromEntries(
        Object.entries(row['hs_codes']).map(([country, code]) => [country, String(code)]),
      ),
      created: product.customs?.created ?? now,
      updated: now,
    };
    return product;
  });
  recordWrite(call, `customs information of ${changed.length} products written`);
  return json(200, { data: changed.flatMap(customsWire) });
}

const get = (template: string, handle: (call: Call) => Answer): Route => ({
  method: 'GET',
  template,
  scopes: PRODUCT_SCOPE,
  handle,
});
const CUSTOMS = '/v3/shipping/products/customs-information';

/** The catalog endpoints. */
export const catalogRoutes: readonly Route[] = [
  get('/v3/catalog/products', listProducts),
  get('/v3/catalog/products/{product_id}', (call) =>
    json(200, { data: narrowed(call.query, productWire(productOf(call), includesOf(call))), meta: {} }),
  ),
  get('/v3/catalog/products/{product_id}/images', (call) => {
    const product = productOf(call);
    // The one V3 list whose description documents 204 for nothing.
    if (product.images.length === 0) return NO_CONTENT;
    return json(
      200,
      v3List(
        product.images.map((image) => imageWire(product, image)),
        v3Page(call.query),
      ),
    );
  }),
  get('/v3/catalog/products/{product_id}/variants', (call) => {
    const product = productOf(call);
    return json(
      200,
      v3List(
        product.variants.map((variant) => variantWire(product, variant)),
        v3Page(call.query),
      ),
    );
  }),
  get('/v3/catalog/products/{product_id}/custom-fields', (call) =>
    json(200, v3List(productOf(call).customFields, v3Page(call.query))),
  ),
  get('/v3/catalog/variants', listVariants),
  get(CUSTOMS, listCustoms),
  { method: 'PUT', template: CUSTOMS, scopes: PRODUCT_SCOPE, handle: putCustoms },
];
