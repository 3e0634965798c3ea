// Metafields of products, to read: the tariff code that a customs app has left on every other one of them.
import { json } from './answers.ts';
import type { Answer } from './answers.ts';
import type { CatalogProduct } from './catalog-data.ts';
import { iso8601 } from './clock.ts';
import { v3Integers, v3List, v3Page, v3Texts } from './query.ts';
import type { Call, Route } from './routing.ts';

/** Second in which the customs app wrote them (2025-01-01). */
const WRITTEN = 1_735_689_600;
/** Ids of metafields of products begin here, apart from those of orders and variants. */
const FIRST_ID = 800_000;

function ofProduct(product: CatalogProduct): Record<string, unknown>[] {
  if (product.id % 2 === 0) return [];
  const fields = [
    { namespace: 'customs', key: 'hs_code', value: `6109${String(product.id)}` },
    { namespace: 'notes', key: 'hs_code', value: 'ask the forwarder' },
  ];
  return fields.map((field, index) => ({
    id: FIRST_ID + product.id * 2 + index,
    ...field,
    description: '',
    permission_set: 'read',
    resource_type: 'product',
    resource_id: product.id,
    date_created: iso8601(WRITTEN),
    date_modified: iso8601(WRITTEN),
    owner_client_id: 'client-of-the-customs-app',
  }));
}

function listMetafields(call: Call): Answer {
  const ids = v3Integers(call.query, 'resource_id:in');
  const namespaces = v3Texts(call.query, 'namespace:in') ?? v3Texts(call.query, 'namespace');
  const keys = v3Texts(call.query, 'key:in') ?? v3Texts(call.query, 'key');
  const rows = [...call.store.catalog.products.values()]
    .filter((product) => ids?.has(product.id) ?? true)
    .flatMap(ofProduct)
    .filter(
      (field) =>
        (namespaces?.has(String(field['namespace'])) ?? true) && (keys?.has(String(field['key'])) ?? true),
    );
  if (call.query.get('direction') === 'desc') rows.reverse();
  return json(200, v3List(rows, v3Page(call.query)));
}

/** The endpoint of products' metafields. */
export const productMetafieldRoutes: readonly Route[] = [
  {
    method: 'GET',
    template: '/v3/catalog/products/metafields',
    scopes: ['store_v2_products'],
    handle: listMetafields,
  },
];
