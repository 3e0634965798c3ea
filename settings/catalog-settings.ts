/** Settings under `catalog` and `mappings`: the projection of the store's catalog for an outside checkout. */
import { z } from 'zod';
import { group, setting } from './setting.ts';
import { words } from './value-kinds.ts';

/** A gateway's reference as people choose it (capabilities C-6 to C-8). */
export const gatewayRef = words(60);

export const catalog = group({
  sync: group({
    enabled: setting(
      z.boolean(),
      false,
      "Keeps a projection of the store's catalog. One channel per storefront may own it.",
      ['C-1', 'C-2', 'X-6'],
    ),
    auto_minutes: setting(
      z
        .int()
        .min(0)
        .max(10_080)
        .refine((minutes) => minutes === 0 || minutes >= 60, {
          error: 'expected 60 to 10080 minutes; 0 or null is off',
        })
        .nullable()
        .overwrite((minutes) => (minutes === 0 ? null : minutes)),
      null,
      'Minutes between two catalog syncs; null for syncs by hand only. At least 60.',
      ['C-21', 'C-22', 'X-11'],
    ),
  }),
  default_gateway_ref: setting(
    gatewayRef.nullable(),
    null,
    'Gateway reference that new catalog items get; items that exist keep theirs.',
    ['C-6', 'C-7', 'C-8'],
  ),
  writeback: group({
    target: setting(
      z.enum(['variant_metafield', 'product_custom_field', 'none']),
      'variant_metafield',
      'Where the ids of catalog items are written in the store. Needs a token that may modify products; without that right nothing is written.',
      ['C-29', 'X-20'],
    ),
    namespace: setting(
      z
        .string()
        .trim()
        .regex(/^[A-Za-z0-9_.-]{1,64}$/, {
          error: 'expected 1 to 64 letters, digits, dots, dashes, underscores',
        }),
      'waybill',
      'Namespace of those metafields.',
      ['C-29'],
    ),
    permission_set: setting(
      z.enum(['app_only', 'read', 'write', 'read_and_sf_access', 'write_and_sf_access']),
      'read_and_sf_access',
      'Who may read and change those metafields.',
      ['C-29'],
    ),
  }),
  sku_policy: setting(
    z.enum(['warn', 'block']),
    'warn',
    'Blank and repeated SKUs are reported, or stop the sync of their items. With `handoff.enabled` they stop it in any case.',
    ['C-39'],
  ),
  on_upstream_delete: setting(
    z.enum(['archive', 'ignore']),
    'archive',
    'What happens to the item of a product that was deleted in the store. Nothing is ever deleted here.',
    ['I-68', 'K-25'],
  ),
});

/** Record types that are matched with the store's (capabilities I-67). */
export const MATCHED_RECORDS = [
  'orders',
  'products',
  'variants',
  'categories',
  'customers',
  'customer_groups',
] as const;

export const mappings = group({
  preset: setting(
    z.enum(['default', 'empty']),
    'default',
    'Begins with the shipped field mappings, or with none. The preset is copied when the channel is made; later edits are yours.',
    ['I-30'],
  ),
  match: setting(
    z.partialRecord(
      z.enum(MATCHED_RECORDS),
      z.enum(['order_number', 'sku', 'external_id', 'email', 'full_path', 'name']),
    ),
    {
      orders: 'order_number',
      products: 'sku',
      variants: 'sku',
      categories: 'external_id',
      customers: 'email',
      customer_groups: 'name',
    },
    'By what a record of ours and one of the store are known to be the same.',
    ['I-67'],
  ),
  collision: setting(
    z.partialRecord(z.enum(MATCHED_RECORDS), z.enum(['error', 'link', 'update_and_link', 'update_only'])),
    {
      orders: 'error',
      products: 'error',
      variants: 'error',
      categories: 'error',
      customers: 'link',
      customer_groups: 'error',
    },
    'What happens when a record that is to be created is there already.',
    ['I-67'],
  ),
});
