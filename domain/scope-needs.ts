/**
 * Which feature needs which scope at which level, and why: the least rights that a channel's settings ask for
 * (capabilities, K-16). Pure: it reads settings by their dotted names and must not know where they are kept.
 */
import type { AccessLevel, ScopeId } from './scopes.ts';

export interface ScopeNeed {
  scope: ScopeId;
  level: AccessLevel;
  /** Completes "is needed …". */
  reason: string;
}

export interface Feature {
  id: string;
  /** As operators call it. */
  name: string;
  /** The settings that switch it on; empty where it is always on or is asked for by hand. */
  settings: readonly string[];
  isOn: (setting: SettingReader) => boolean;
  needs: readonly ScopeNeed[];
  /** A channel without it is no channel: its check fails. */
  essential?: true;
}

/** The value of a setting by its dotted name; undefined where there is none. */
export type SettingReader = (name: string) => unknown;

const is = (name: string, value: unknown) => (setting: SettingReader) => setting(name) === value;
const holds = (value: unknown): boolean => Array.isArray(value) && value.length > 0;
const writesBack = (setting: SettingReader): boolean =>
  setting('fulfillment.push_enabled') === true && setting('channel.profile') !== 'import_only';
const never = () => false;

/** Every feature that needs a scope, in the order of importance. */
export const FEATURES: readonly Feature[] = [
  {
    id: 'import',
    name: 'import of orders',
    settings: [],
    isOn: () => true,
    needs: [{ scope: 'orders', level: 'read', reason: 'to read orders' }],
    essential: true,
  },
  {
    id: 'write_back',
    name: 'write-back of shipments and statuses',
    settings: ['fulfillment.push_enabled', 'channel.profile'],
    isOn: writesBack,
    needs: [{ scope: 'orders', level: 'modify', reason: 'to create shipments and set statuses' }],
  },
  {
    id: 'store_facts',
    name: 'facts of the store (weight unit, currency, time zone, mail switch)',
    settings: ['orders.import.weight.store_unit'],
    isOn: (setting) => [undefined, 'auto'].includes(asText(setting('orders.import.weight.store_unit'))),
    needs: [
      {
        scope: 'information',
        level: 'read',
        reason: 'to know the unit of weights, the currency, the time zone and whether shoppers are mailed',
      },
    ],
  },
  {
    id: 'cod_by_gateway',
    name: 'cash on delivery by payment gateway',
    settings: ['orders.import.cod.gateway_codes'],
    isOn: (setting) => holds(setting('orders.import.cod.gateway_codes')),
    needs: [{ scope: 'transactions', level: 'read', reason: 'to see by which gateway an order was paid' }],
  },
  {
    id: 'images',
    name: 'product images',
    settings: ['orders.import.images.enabled'],
    isOn: is('orders.import.images.enabled', true),
    needs: [{ scope: 'products', level: 'read', reason: 'to read the images of what was ordered' }],
  },
  {
    id: 'customs',
    name: 'HS codes and customs data of products',
    settings: ['orders.import.hs_code.sources'],
    isOn: (setting) => {
      const sources = setting('orders.import.hs_code.sources');
      return (
        Array.isArray(sources) &&
        ['customs_information', 'product_metafield'].some((s) => sources.includes(s))
      );
    },
    needs: [{ scope: 'products', level: 'read', reason: 'to read customs data and metafields of products' }],
  },
  {
    id: 'contacts',
    name: 'contacts from the customer’s record',
    settings: ['orders.import.customers.read'],
    isOn: is('orders.import.customers.read', true),
    needs: [
      {
        scope: 'customers',
        level: 'read',
        reason: 'to read group and notes of a customer, and e-mail and phone where the order lacks them',
      },
    ],
  },
  {
    id: 'storefronts',
    name: 'import of chosen storefronts',
    settings: ['connection.bc_channel_ids'],
    isOn: (setting) => holds(setting('connection.bc_channel_ids')),
    needs: [{ scope: 'channel_settings', level: 'read', reason: 'to see that the chosen storefronts exist' }],
  },
  {
    id: 'pickup',
    name: 'store pickup',
    settings: ['fulfillment.pickup.enabled'],
    isOn: is('fulfillment.pickup.enabled', true),
    needs: [
      { scope: 'fulfillment_methods', level: 'read', reason: 'to read the pickup methods' },
      { scope: 'locations', level: 'read', reason: 'to read the pickup locations' },
    ],
  },
  {
    id: 'pickup_records',
    name: 'pickup records',
    settings: ['fulfillment.pickup.write_pickup_record'],
    isOn: (setting) => writesBack(setting) && setting('fulfillment.pickup.write_pickup_record') === true,
    needs: [{ scope: 'order_fulfillment', level: 'modify', reason: 'to write when an order was picked up' }],
  },
  {
    id: 'catalog',
    name: 'projection of the catalog',
    settings: ['catalog.sync.enabled'],
    isOn: is('catalog.sync.enabled', true),
    needs: [{ scope: 'products', level: 'read', reason: 'to read products and variants' }],
  },
  {
    id: 'catalog_storefronts',
    name: 'projection for chosen storefronts',
    settings: ['catalog.sync.enabled', 'connection.bc_channel_ids'],
    isOn: (setting) =>
      setting('catalog.sync.enabled') === true && holds(setting('connection.bc_channel_ids')),
    needs: [{ scope: 'channel_listings', level: 'read', reason: 'to see which products a storefront lists' }],
  },
  {
    id: 'catalog_ids',
    name: 'projection ids on variants or products',
    settings: ['catalog.writeback.target'],
    isOn: (setting) =>
      setting('catalog.sync.enabled') === true &&
      setting('channel.profile') !== 'import_only' &&
      ['variant_metafield', 'product_custom_field'].includes(
        asText(setting('catalog.writeback.target')) ?? '',
      ),
    needs: [{ scope: 'products', level: 'modify', reason: 'to write our ids onto variants or products' }],
  },
  {
    id: 'order_push',
    name: 'push of outside sales',
    settings: ['orders.push.initial', 'orders.push.renewal'],
    isOn: (setting) => pushes(setting),
    needs: [{ scope: 'orders', level: 'modify', reason: 'to create orders' }],
  },
  {
    id: 'order_push_customers',
    name: 'outside sales matched to customers',
    settings: ['orders.push.customer'],
    isOn: (setting) => pushes(setting) && setting('orders.push.customer') === 'match_by_email',
    needs: [{ scope: 'customers', level: 'read', reason: 'to find the customer of a sale by e-mail' }],
  },
  {
    id: 'handoff',
    name: 'cart hand-off',
    settings: ['handoff.enabled'],
    isOn: is('handoff.enabled', true),
    needs: [{ scope: 'carts', level: 'read', reason: 'to read the cart that a shopper brings' }],
  },
  {
    id: 'handoff_script',
    name: 'cart hand-off script installed by API',
    settings: ['handoff.install'],
    isOn: (setting) => setting('handoff.enabled') === true && setting('handoff.install') === 'script',
    needs: [
      { scope: 'content', level: 'modify', reason: 'to install the script on storefront pages' },
      { scope: 'checkout_content', level: 'modify', reason: 'to install the script on checkout pages' },
    ],
  },
  {
    id: 'b2b',
    name: 'B2B Edition',
    settings: ['b2b.enabled'],
    isOn: (setting) => setting('b2b.enabled') === true && setting('b2b.auth_mode') !== 'legacy_login',
    needs: [{ scope: 'b2b', level: 'modify', reason: 'to read companies and tie orders to them' }],
  },
  {
    id: 'seed_categories',
    name: 'seeding of product categories',
    settings: [],
    isOn: never,
    needs: [{ scope: 'products', level: 'modify', reason: 'to create categories' }],
  },
  {
    id: 'seed_groups',
    name: 'seeding of customer groups',
    settings: [],
    isOn: never,
    needs: [{ scope: 'customers', level: 'modify', reason: 'to create customer groups' }],
  },
  {
    id: 'seed_payment_methods',
    name: 'seeding of payment methods',
    settings: [],
    isOn: never,
    needs: [{ scope: 'payment_methods', level: 'read', reason: 'to list the store’s payment methods' }],
  },
  {
    id: 'coupons',
    name: 'mapping of coupons and gift certificates',
    settings: [],
    isOn: never,
    needs: [{ scope: 'marketing', level: 'read', reason: 'to read coupons and gift certificates' }],
  },
  {
    id: 'inventory',
    name: 'mapping of stock',
    settings: [],
    isOn: never,
    needs: [{ scope: 'inventory', level: 'read', reason: 'to read stock' }],
  },
  {
    id: 'checkout_routing',
    name: 'checkout routing set up by API',
    settings: [],
    isOn: never,
    needs: [{ scope: 'sites', level: 'modify', reason: 'to point a storefront’s checkout elsewhere' }],
  },
];

/** What one scope is needed for. */
export interface NeededScope {
  scope: ScopeId;
  /** The highest that any of the features asks for. */
  level: AccessLevel;
  why: { feature: string; level: AccessLevel; reason: string }[];
}

/** The features that a channel's settings have switched on. */
export function featuresOn(setting: SettingReader): Feature[] {
  return FEATURES.filter((feature) => feature.isOn(setting));
}

/** The least scopes for some features, each with its reasons; in the order of the features. */
export function leastScopes(features: readonly Feature[]): NeededScope[] {
  const needed = new Map<ScopeId, NeededScope>();
  for (const { name, needs } of features) {
    for (const { scope, level, reason } of needs) {
      const entry = needed.get(scope) ?? { scope, level, why: [] };
      if (level === 'modify') entry.level = 'modify';
      entry.why.push({ feature: name, level, reason });
      needed.set(scope, entry);
    }
  }
  return [...needed.values()];
}

/** A reader over a nested settings document: `orders.import.mode` is `document.orders.import.mode`. */
export function settingsReader(document: unknown): SettingReader {
  return (name) =>
    name
      .split('.')
      .reduce<unknown>(
        (at, key) => (typeof at === 'object' && at !== null ? Reflect.get(at, key) : undefined),
        document,
      );
}

function pushes(setting: SettingReader): boolean {
  return (
    setting('channel.profile') !== 'import_only' &&
    (setting('orders.push.initial') === true || setting('orders.push.renewal') === true)
  );
}

function asText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
