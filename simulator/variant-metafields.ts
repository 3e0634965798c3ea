// Metafields of variants, to read: what another app (a warehouse) has left on them. Those of orders are in metafields.ts.
import { json } from './answers.ts';
import type { Answer } from './answers.ts';
import type { CatalogVariant } from './catalog-data.ts';
import { iso8601 } from './clock.ts';
import { v3Integers, v3List, v3Page, v3Texts } from './query.ts';
import type { Call, Route } from './routing.ts';

/** Second in which the warehouse wrote them (2025-01-01). */
const WRITTEN = 1_735_689_600;
/** Ids of metafields of variants begin here, apart from those of orders. */
const FIRST_ID = 500_000;

function wire(variant: CatalogVariant, key: string, value: string, offset: number): Record<string, unknown> {
  return {
    id: FIRST_ID + variant.id * 2 + offset,
    namespace: 'warehouse',
    key,
    value,
    description: '',
    permission_set: 'read',
    resource_type: 'variant',
    resource_id: variant.id,
    date_created: iso8601(WRITTEN),
    date_modified: iso8601(WRITTEN),
    owner_client_id: 'client-of-the-warehouse',
  };
}

/** Variants with options have a shelf and a level, base variants have none. */
function ofVariant(variant: CatalogVariant): Record<string, unknown>[] {
  if (variant.options.length === 0) return [];
  return [wire(variant, 'shelf', `S-${variant.id}`, 0), wire(variant, 'level', String(variant.id % 4), 1)];
}

function listMetafields(call: Call): Answer {
  const ids = v3Integers(call.query, 'resource_id:in');
  const namespaces = v3Texts(call.query, 'namespace:in') ?? v3Texts(call.query, 'namespace');
  const keys = v3Texts(call.query, 'key:in') ?? v3Texts(call.query, 'key');
  const rows = [...call.store.catalog.products.values()]
    .flatMap((product) => product.variants)
    .filter((variant) => ids?.has(variant.id) ?? true)
    .flatMap(ofVariant)
    .filter(
      (field) =>
        (namespaces?.has(String(field['namespace'])) ?? true) && (keys?.has(String(field['key'])) ?? true),
    );
  if (call.query.get('direction') === 'desc') rows.reverse();
  return json(200, v3List(rows, v3Page(call.query)));
}

/** The endpoint of variants' metafields. */
export const variantMetafieldRoutes: readonly Route[] = [
  {
    method: 'GET',
    template: '/v3/catalog/variants/metafields',
    scopes: ['store_v2_products'],
    handle: listMetafields,
  },
];
