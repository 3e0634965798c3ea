// OAuth scopes: which parameters exist, what a token may do, and what a missing one answers.

/** All scope parameters a token can hold here (bigcommerce-api.md section 1.5); the default of a simulated store. */
export const ALL_SCOPES: readonly string[] = [
  'store_v2_orders',
  'store_v2_transactions',
  'store_order_fulfillment_manage',
  'store_fulfillment_methods_manage',
  'store_v2_products',
  'store_inventory',
  'store_locations',
  'store_v2_customers',
  'store_v2_information',
  'store_cart',
  'store_checkout',
  'store_v2_content',
  'store_content_checkout',
  'store_channel_settings',
  'store_channel_listings',
  'store_sites',
  'store_v2_marketing',
  'store_themes_manage',
  'store_payments_methods_read',
  'store_b2b_edition',
  'store_metafield_write',
];

/** One access token of a store. Hooks and metafields belong to its `clientId`. */
export interface AccessToken {
  readonly token: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly scopes: ReadonlySet<string>;
  /** A token of a legacy account: V3 answers as if it were unknown. */
  readonly v2Only: boolean;
}

/** A scope as modify and read-only parameter. */
function readOnlyName(modify: string): string {
  return modify.endsWith('_manage') ? modify.replace(/_manage$/, '_read_only') : `${modify}_read_only`;
}

/**
 * Whether a token may make the call: it holds one of `anyOf` as modify scope, or as read-only scope for a read.
 * An empty list needs no scope (webhooks).
 */
export function isAllowed(token: AccessToken, anyOf: readonly string[], method: string): boolean {
  if (anyOf.length === 0) return true;
  const reads = method === 'GET' || method === 'HEAD';
  return anyOf.some((scope) => token.scopes.has(scope) || (reads && token.scopes.has(readOnlyName(scope))));
}
