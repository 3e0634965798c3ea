// Where the published description and a real store (as bigcommerce-api.md reports it) are known to differ, or where the
// description contradicts itself. Each entry says why; one that no check needs any more fails the contract check.

/** One accepted difference. */
export interface KnownDifference {
  /** `METHOD /template`, or the beginning of one followed by `*`. */
  readonly call: string;
  /** `status 204`, or a place in the body with `*` for list positions; a trailing `/**` takes everything below. */
  readonly at: string;
  /** The reason, with the point of bigcommerce-api.md (section 17 unless said otherwise) where there is one. */
  readonly why: string;
}

const EMPTY_LIST = 'section 3.1: V2 answers an empty list with 204; the description lists only 200';
const REFUSED = 'section 14.2: V2 refuses with 400; the description names no error for this call';
const LABEL = 'point 17: in the examples, not in the schema';
const VARIANT_FIELDS = 'section 7.2: variants carry it, this call does not describe it';
const INHERITED =
  'section 5.4: null means that the setting is not overridden on that storefront; the schema has no null';
const NULL_IN_PRACTICE = 'point 16: non-null in the schema, null in practice';

export const KNOWN_DIFFERENCES: readonly KnownDifference[] = [
  { call: 'GET /v2/orders', at: 'status 204', why: EMPTY_LIST },
  { call: 'GET /v2/orders/{order_id}/shipping_addresses', at: 'status 204', why: EMPTY_LIST },
  { call: 'GET /v2/orders/{order_id}/coupons', at: 'status 204', why: EMPTY_LIST },
  { call: 'GET /v2/orders/{order_id}/messages', at: 'status 204', why: EMPTY_LIST },
  {
    call: 'GET /v2/orders',
    at: 'status 413',
    why: 'section 3.2: a limit above 250 is 413; the description has no maximum',
  },
  { call: 'PUT /v2/orders/{order_id}', at: 'status 400', why: REFUSED },
  { call: 'POST /v2/orders', at: 'status 400', why: REFUSED },
  { call: 'POST /v2/orders/{order_id}/shipments', at: 'status 400', why: REFUSED },
  { call: 'POST /v2/orders', at: 'status 201', why: 'section 3.1: 200 in the description, 201 is usual' },
  { call: 'GET /v2/orders*', at: '/*/custom_status', why: LABEL },
  { call: 'GET /v2/orders*', at: '/*/credit_card_type', why: LABEL },
  { call: 'GET /v2/orders/{order_id}', at: '/custom_status', why: LABEL },
  { call: 'GET /v2/orders/{order_id}', at: '/credit_card_type', why: LABEL },
  { call: 'PUT /v2/orders/{order_id}', at: '/custom_status', why: LABEL },
  { call: 'PUT /v2/orders/{order_id}', at: '/credit_card_type', why: LABEL },
  { call: 'GET /v2/order_statuses', at: '/*/order', why: LABEL },
  { call: 'GET /v2/order_statuses/{status_id}', at: '/order', why: LABEL },
  {
    call: 'GET /v2/orders (without structure)',
    at: '/*/consignments',
    why: 'section 3.4: without consignment_structure=object the consignments arrive in a one-element array',
  },
  {
    call: 'GET /v2/orders',
    at: '/*/consignments/shipping/*/__warning__',
    why: 'section 3, Traps: the sign of the 50-line cap is not documented',
  },
  { call: 'POST /v2/orders', at: '/custom_status', why: LABEL },
  { call: 'POST /v2/orders', at: '/credit_card_type', why: LABEL },
  { call: 'POST /v2/orders', at: '/cart_id', why: NULL_IN_PRACTICE },
  {
    call: 'GET /v2/orders/{order_id}/fees',
    at: '/fees',
    why: 'point 12: the schema says one fee, the example a list in fees',
  },
  {
    call: 'GET /v3/orders/{order_id}/transactions',
    at: '/data/*/reference_transaction_id',
    why: 'null for a payment without a parent, as the other absent parts of a transaction; the schema forgets to say so',
  },
  {
    call: 'GET /v3/orders/{order_id}/transactions',
    at: '/data/*/credit_card',
    why: 'null for a payment without a card, as the other absent parts of a transaction; the schema forgets to say so',
  },
  {
    call: 'GET /v3/hooks',
    at: '/data',
    why: 'point 19: the schema wants at least one hook, an empty list occurs',
  },
  { call: 'GET /v3/settings/email-statuses (of a storefront)', at: '/data/**', why: INHERITED },
  { call: 'GET /v3/settings/inventory (of a storefront)', at: '/data/**', why: INHERITED },
  { call: 'GET /v3/catalog/products', at: '/data/*/option_set_id', why: NULL_IN_PRACTICE },
  { call: 'GET /v3/catalog/products', at: '/data/*/base_variant_id', why: NULL_IN_PRACTICE },
  { call: 'GET /v3/catalog/products', at: '/data/*/images/*/image_file', why: LABEL },
  { call: 'GET /v3/catalog/products', at: '/data/*/variants', why: LABEL },
  {
    call: 'GET /v3/catalog/products',
    at: '/data/*/primary_image',
    why: 'null for a product without any image',
  },
  { call: 'GET /v3/catalog/products/{product_id}', at: '/data/option_set_id', why: NULL_IN_PRACTICE },
  { call: 'GET /v3/catalog/products/{product_id}/images', at: '/data/*/image_file', why: LABEL },
  { call: 'GET /v3/catalog/products/{product_id}/variants', at: '/data/*/map_price', why: VARIANT_FIELDS },
  { call: 'GET /v3/catalog/variants', at: '/data/*/map_price', why: VARIANT_FIELDS },
  { call: 'GET /v3/catalog/variants', at: '/data/*/calculated_weight', why: VARIANT_FIELDS },
  { call: 'GET /v3/catalog/variants', at: '/data/*/image_url', why: VARIANT_FIELDS },
  { call: 'GET /v3/catalog/variants', at: '/data/*/mpn', why: VARIANT_FIELDS },
  { call: 'GET /v3/catalog/variants', at: '/data/*/gtin', why: VARIANT_FIELDS },
];

/** The same for what our client sends: `query name` for a parameter, `body` and a place for a member of the body. */
export const REQUEST_DIFFERENCES: readonly KnownDifference[] = [
  {
    call: 'GET /v2/orders',
    at: 'query sort value',
    why: 'section 3.2: the direction stands behind the field (`date_modified:asc`); the enumeration lists bare fields',
  },
  {
    call: 'GET /v3/orders/{order_id}/transactions',
    at: 'query limit',
    why: 'point 14: answers carry pages though no parameter is described; without a limit the list would end at 50 unseen',
  },
  {
    call: 'GET /v3/orders/{order_id}/transactions',
    at: 'query page',
    why: 'point 14: the same pages; a store that takes no page answers the first one again, which is noticed',
  },
  {
    call: 'GET /v3/catalog/products/metafields',
    at: 'query resource_id:in',
    why: 'section 7.1: products have this filter; the description forgets it. Rows not asked for are refused, should it not work',
  },
  {
    call: 'GET /v3/catalog/variants/metafields',
    at: 'query resource_id:in',
    why: 'section 7.2: variants have this filter; the description forgets it. Rows not asked for are refused, should it not work',
  },
];
