/**
 * The rights that an API account of a store can have, one entry per named scope (capabilities SC-1 to SC-22): what the
 * control panel calls it, its OAuth parameter, and the read that shows whether a token has it. It knows no channel.
 */

/** What a feature may ask of a scope. Some scopes have one level only, which counts as `modify`. */
export type AccessLevel = 'read' | 'modify';

/** One read that is answered 403 without the scope. */
export interface ScopeProbe {
  /** Behind `/stores/{hash}`; `{order}` stands for the id of any order of the store. */
  path: string;
  /** `b2b` has a host of its own (capabilities F-17). */
  host: 'store' | 'b2b';
  /** The path names something that does not exist, so that 404 means that the token was let through. */
  absent?: true;
}

export interface Scope {
  id: ScopeId;
  /** Row of the scope matrix. */
  row: string;
  /** As the control panel names it. */
  name: string;
  /** The OAuth parameter of the highest level. */
  parameter: string;
  /** The OAuth parameter of the read-only level, or null where there is none. */
  readOnlyParameter: string | null;
  /** The choices of the control panel, beside "none". */
  choices: readonly string[];
  probe: ScopeProbe | null;
  /** What it opens, and where no feature of ours ever needs it, why not. */
  opens: string;
  /** Granted without need it is worth a warning, not only a remark: money, or acting as somebody else. */
  risky?: true;
}

/** An id in the form that BigCommerce gives to carts and checkouts; none has this one. */
const NO_CART = '00000000-0000-4000-8000-000000000000';
const READ_MODIFY = ['read-only', 'modify'] as const;

const store = (path: string): ScopeProbe => ({ path, host: 'store' });

const TABLE = {
  orders: {
    row: 'SC-1',
    name: 'Orders',
    parameter: 'store_v2_orders',
    readOnlyParameter: 'store_v2_orders_read_only',
    choices: READ_MODIFY,
    probe: store('/v2/orders?limit=1'),
    opens: 'orders, shipments, statuses, refunds and order metafields',
  },
  transactions: {
    row: 'SC-2',
    name: 'Order Transactions',
    parameter: 'store_v2_transactions',
    readOnlyParameter: 'store_v2_transactions_read_only',
    choices: READ_MODIFY,
    probe: store('/v3/orders/{order}/transactions'),
    opens:
      'how an order was paid; the scope Orders does not cover it, and nothing here needs more than reading',
  },
  products: {
    row: 'SC-3',
    name: 'Products',
    parameter: 'store_v2_products',
    readOnlyParameter: 'store_v2_products_read_only',
    choices: READ_MODIFY,
    probe: store('/v3/catalog/products?limit=1'),
    opens: 'the catalog: products, variants, images, categories, customs data',
  },
  customers: {
    row: 'SC-4',
    name: 'Customers',
    parameter: 'store_v2_customers',
    readOnlyParameter: 'store_v2_customers_read_only',
    choices: READ_MODIFY,
    probe: store('/v3/customers?limit=1'),
    opens: 'customers and customer groups',
  },
  information: {
    row: 'SC-5',
    name: 'Information & Settings',
    parameter: 'store_v2_information',
    readOnlyParameter: 'store_v2_information_read_only',
    choices: READ_MODIFY,
    probe: store('/v2/store'),
    opens: 'the store’s name, weight unit, currency, time zone and mail settings',
  },
  content: {
    row: 'SC-6',
    name: 'Content',
    parameter: 'store_v2_content',
    readOnlyParameter: 'store_v2_content_read_only',
    choices: READ_MODIFY,
    probe: store('/v3/content/scripts?limit=1'),
    opens: 'scripts and pages of the storefront',
  },
  checkout_content: {
    row: 'SC-7',
    name: 'Checkout Content',
    parameter: 'store_content_checkout',
    readOnlyParameter: 'store_content_checkout_read_only',
    choices: READ_MODIFY,
    // The published list of scripts takes no filter by visibility, so a read says nothing about this scope alone.
    probe: null,
    opens: 'scripts on checkout pages, in addition to Content',
  },
  customers_login: {
    row: 'SC-8',
    name: 'Customers Login',
    parameter: 'store_v2_customers_login',
    readOnlyParameter: null,
    choices: ['login'],
    probe: null,
    opens: 'signing a shopper in; nothing here signs anybody in',
    risky: true,
  },
  marketing: {
    row: 'SC-9',
    name: 'Marketing',
    parameter: 'store_v2_marketing',
    readOnlyParameter: 'store_v2_marketing_read_only',
    choices: READ_MODIFY,
    probe: store('/v2/coupons?limit=1'),
    opens: 'coupons and gift certificates; the coupons of an order come with the order',
  },
  themes: {
    row: 'SC-10',
    name: 'Themes',
    parameter: 'store_themes_manage',
    readOnlyParameter: 'store_themes_read_only',
    choices: READ_MODIFY,
    probe: store('/v3/themes'),
    opens: 'the look of the storefront; nothing here touches it',
  },
  carts: {
    row: 'SC-11',
    name: 'Carts',
    parameter: 'store_cart',
    readOnlyParameter: 'store_cart_read_only',
    choices: READ_MODIFY,
    probe: { ...store(`/v3/carts/${NO_CART}`), absent: true },
    opens: 'carts of shoppers',
  },
  fulfillment_methods: {
    row: 'SC-12',
    name: 'Fulfillment Methods',
    parameter: 'store_fulfillment_methods_manage',
    readOnlyParameter: 'store_fulfillment_methods_read_only',
    choices: READ_MODIFY,
    probe: store('/v3/pickup/methods'),
    opens: 'pickup methods of the store',
  },
  order_fulfillment: {
    row: 'SC-13',
    name: 'Order Fulfillment',
    parameter: 'store_order_fulfillment_manage',
    readOnlyParameter: 'store_order_fulfillment_read_only',
    choices: READ_MODIFY,
    probe: store('/v3/orders/pickups'),
    opens: 'pickup records of orders',
  },
  create_payments: {
    row: 'SC-14',
    name: 'Create Payments',
    parameter: 'store_payments_access_token_create',
    readOnlyParameter: null,
    choices: ['create'],
    probe: null,
    opens: 'taking payments; nothing here takes any',
    risky: true,
  },
  payment_methods: {
    row: 'SC-15',
    name: 'Get Payment Methods',
    parameter: 'store_payments_methods_read',
    readOnlyParameter: null,
    choices: ['get'],
    probe: store('/v3/payments/methods?order_id={order}'),
    opens: 'which payment methods the store accepts',
  },
  payment_instruments: {
    row: 'SC-16',
    name: 'Stored Payment Instruments',
    parameter: 'store_stored_payment_instruments',
    readOnlyParameter: 'store_stored_payment_instruments_read_only',
    choices: READ_MODIFY,
    probe: null,
    opens: 'cards that shoppers have stored; nothing here uses them',
    risky: true,
  },
  inventory: {
    row: 'SC-17',
    name: 'Store Inventory',
    parameter: 'store_inventory',
    readOnlyParameter: 'store_inventory_read_only',
    choices: READ_MODIFY,
    probe: store('/v3/inventory/items?limit=1'),
    opens: 'stock',
  },
  locations: {
    row: 'SC-18',
    name: 'Store Locations',
    parameter: 'store_locations',
    readOnlyParameter: 'store_locations_read_only',
    choices: READ_MODIFY,
    probe: store('/v3/inventory/locations?limit=1'),
    opens: 'the merchant’s own locations',
  },
  channel_settings: {
    row: 'SC-19',
    name: 'Channel Settings',
    parameter: 'store_channel_settings',
    readOnlyParameter: 'store_channel_settings_read_only',
    choices: READ_MODIFY,
    probe: store('/v3/channels?limit=50'),
    opens: 'the list of storefronts',
  },
  channel_listings: {
    row: 'SC-20',
    name: 'Channel Listings',
    parameter: 'store_channel_listings',
    readOnlyParameter: 'store_channel_listings_read_only',
    choices: READ_MODIFY,
    // Storefront 1 is always there (bigcommerce-api.md section 13), and an unknown one answers an empty list.
    probe: store('/v3/channels/1/listings?limit=1'),
    opens: 'which products a sales channel lists',
  },
  checkouts: {
    row: 'SC-21',
    name: 'Checkouts',
    parameter: 'store_checkout',
    readOnlyParameter: 'store_checkout_read_only',
    choices: READ_MODIFY,
    probe: { ...store(`/v3/checkouts/${NO_CART}`), absent: true },
    opens: 'checkouts under way; the hand-off reads the cart instead',
  },
  sites: {
    row: 'SC-21',
    name: 'Sites & Routes',
    parameter: 'store_sites',
    readOnlyParameter: 'store_sites_read_only',
    choices: READ_MODIFY,
    probe: store('/v3/sites?limit=1'),
    opens: 'addresses of storefronts',
  },
  storefront_tokens: {
    row: 'SC-21',
    name: 'Storefront API Tokens',
    parameter: 'store_storefront_api',
    readOnlyParameter: null,
    choices: ['manage'],
    probe: null,
    opens: 'tokens for the storefront’s own API; nothing here makes any',
  },
  impersonation_tokens: {
    row: 'SC-21',
    name: 'Storefront API Customer Impersonation Tokens',
    parameter: 'store_storefront_api_customer_impersonation',
    readOnlyParameter: null,
    choices: ['manage'],
    probe: null,
    opens: 'acting as a shopper; nothing here does',
    risky: true,
  },
  metafields_access: {
    row: 'SC-22',
    name: 'Metafields Access',
    parameter: 'store_metafield_write_all',
    readOnlyParameter: 'store_metafield_write',
    choices: ['default', 'full'],
    probe: null,
    opens: 'metafields of other apps; our own need only the default, which every account has',
  },
  metafields_ownership: {
    row: 'SC-22',
    name: 'Metafields Ownership',
    parameter: 'store_metafield_change_owner',
    readOnlyParameter: null,
    choices: ['manage'],
    probe: null,
    opens: 'moving metafields from one API account to another, after one was replaced',
  },
  b2b: {
    row: 'SC-22',
    name: 'B2B Edition',
    parameter: 'store_b2b_edition',
    readOnlyParameter: null,
    choices: READ_MODIFY,
    probe: { path: '/api/v3/io/companies?limit=1', host: 'b2b' },
    opens: 'companies and their buyers; offered only by stores that have B2B Edition',
  },
} as const satisfies Record<string, Omit<Scope, 'id'>>;

export type ScopeId = keyof typeof TABLE;

/** Every scope, in the order of the matrix. */
export const SCOPES: readonly Scope[] = Object.entries(TABLE).map(([id, scope]) => ({
  // The keys of the table are what the type is made of.
  id: id as ScopeId,
  ...scope,
}));

/** The scope of an id. */
export function scopeOf(id: ScopeId): Scope {
  return { id, ...TABLE[id] };
}
