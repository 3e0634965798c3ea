// One entry for every setting of capabilities section 8: its default, a value that is taken, values that are refused.
// Written from the table by hand, not from the schema, so that the two hold each other.

export interface SettingExample {
  /** Undefined where the setting is required. */
  byDefault?: unknown;
  valid: unknown;
  /** What the valid value is read as, where it is tidied up. */
  readAs?: unknown;
  invalid: unknown[];
  /** Settings without which the valid value would be refused by a rule between settings. */
  beside?: Record<string, unknown>;
}

const BOOLEAN = (byDefault: boolean, beside: Record<string, unknown> = {}): SettingExample => ({
  byDefault,
  valid: !byDefault,
  invalid: ['yes', 1, null],
  beside,
});

const trust = Object.fromEntries(
  [
    'easypost',
    'shippo',
    'aftership',
    '17track',
    'ship24',
    'karrio',
    'sendcloud',
    'starshipit',
    'shipengine',
  ].map((provider) => [`carriers.${provider}.trust`, BOOLEAN(false)]),
);

const WRITING = { 'channel.profile': 'import_and_writeback' };
const SELLING = { 'channel.profile': 'catalog_and_push' };

export const SETTING_EXAMPLES: Readonly<Record<string, SettingExample>> = {
  'channel.name': { valid: 'Rome shop', invalid: ['', '   ', 'x'.repeat(81), 7, null] },
  'channel.client_ref': { byDefault: null, valid: 'client-7', invalid: ['', 'x'.repeat(81), 7] },
  'channel.profile': {
    byDefault: 'import_only',
    valid: 'custom',
    invalid: ['write', '', null],
  },
  'channel.timezone': { byDefault: 'UTC', valid: 'Europe/Rome', invalid: ['Rome', 'Mars/Base', 1] },

  'connection.platform': { byDefault: 'bigcommerce', valid: 'bigcommerce', invalid: ['shopify', '', null] },
  'connection.auth_mode': {
    byDefault: 'store_token',
    valid: 'app_oauth',
    invalid: ['password', null],
    beside: { 'connection.client_id': 'abc' },
  },
  'connection.api_base_url': {
    byDefault: 'https://api.bigcommerce.com',
    valid: 'https://api.bigcommerce.com/',
    readAs: 'https://api.bigcommerce.com',
    invalid: [
      'http://api.bigcommerce.com',
      'https://api.bigcommerce.com/stores/abc',
      'https://me@api.bigcommerce.com',
      'api.bigcommerce.com',
      'ftp://x',
      null,
    ],
  },
  'connection.store_hash': {
    valid: 'wqbagnaxsr',
    invalid: ['', 'ABC', 'a b', 'https://api.bigcommerce.com/stores/abc/v3/', null],
  },
  'connection.client_id': { byDefault: null, valid: 'o0cl13nt', invalid: ['', 'x'.repeat(256), 5] },
  'connection.bc_channel_ids': { byDefault: null, valid: [1, 2], invalid: [[], [0], [1, 1], ['1'], 1] },

  'orders.import.mode': { byDefault: 'automatic', valid: 'manual', invalid: ['auto', null] },
  'orders.import.interval_minutes': {
    byDefault: 60,
    valid: 5,
    invalid: [4, 1441, 7.5, '60', null],
  },
  'orders.import.align_to_clock': BOOLEAN(true),
  'orders.import.webhooks_enabled': BOOLEAN(true),
  'orders.import.lookback_days': { byDefault: 7, valid: 365, invalid: [0, 366, '7'] },
  'orders.import.lookback_basis': { byDefault: 'created', valid: 'modified', invalid: ['shipped', null] },
  'orders.import.statuses.include': { byDefault: null, valid: [9, 11], invalid: [[], [15], [-1], [9, 9], 9] },
  'orders.import.statuses.exclude': { byDefault: [], valid: [12], invalid: [[15], ['12'], null] },
  'orders.import.statuses.default_exclude': {
    byDefault: [0, 1, 2, 4, 5, 6, 7, 10, 12, 13],
    valid: [],
    invalid: [[15], [1, 1], null],
  },
  'orders.import.hold_minutes': { byDefault: 0, valid: 10_080, invalid: [-1, 10_081, 0.5] },
  'orders.import.own_orders': { byDefault: 'link', valid: 'ignore', invalid: ['skip', null] },
  'orders.import.allow_shared_import': BOOLEAN(false),
  'orders.import.cod.gateway_codes': {
    byDefault: ['cod'],
    valid: ['cod', 'offline'],
    invalid: [[''], 'cod'],
  },
  'orders.import.cod.payment_methods': {
    byDefault: ['Cash on Delivery'],
    valid: ['Contrassegno', 'Nachnahme'],
    invalid: [[''], ['x'.repeat(121)], ['A', 'A'], 'Contrassegno'],
  },
  'orders.import.cod.status_labels': { byDefault: [], valid: ['Da incassare'], invalid: [[''], [5]] },
  'orders.import.cod.payment_statuses': {
    byDefault: [],
    valid: ['pending', ''],
    invalid: [['unpaid'], 'pending'],
  },
  'orders.import.cod.bypass_statuses': { byDefault: [7], valid: [0, 1, 7], invalid: [[5], [7, 7], 7] },
  'orders.import.images.enabled': BOOLEAN(false),
  'orders.import.images.size': { byDefault: 'standard', valid: 'zoom', invalid: ['huge', null] },
  'orders.import.weight.default': { byDefault: null, valid: 0.5, invalid: [-0.1, '0.5', Infinity] },
  'orders.import.weight.unit': { byDefault: 'kg', valid: 'lb', invalid: ['stone', null] },
  'orders.import.weight.apply': {
    byDefault: 'when_missing',
    valid: 'always',
    invalid: ['never', null],
  },
  'orders.import.weight.store_unit': { byDefault: 'auto', valid: 't', invalid: ['stone', null] },
  'orders.import.parcels.default_count': { byDefault: 1, valid: 99, invalid: [0, 100, 1.5] },
  'orders.import.product_options': {
    byDefault: { size: ['Size'], hs_code: ['HS Code'], color: ['Color', 'Colour'] },
    valid: { size: ['Size', 'Taglia'], hs_code: ['HS Code'] },
    invalid: [{ Size: ['Size'] }, { size: [] }, { size: 'Size' }, { 'hs-code': ['HS'] }, []],
  },
  'orders.import.hs_code.sources': {
    byDefault: ['option', 'customs_information', 'product_metafield', 'channel_default'],
    valid: ['customs_information', 'option'],
    invalid: [['guess'], ['option', 'option'], 'option'],
  },
  'orders.import.hs_code.default': {
    byDefault: null,
    valid: '61091000',
    invalid: ['61.09.10', '12345', '123456789012345', ''],
  },
  'orders.import.hs_code.metafield': {
    byDefault: null,
    valid: 'customs.hs_code',
    invalid: ['', 'hs code', 'customs.', 'x'.repeat(65)],
  },
  'orders.import.customers.read': BOOLEAN(false),

  'orders.push.initial': BOOLEAN(false, SELLING),
  'orders.push.renewal': BOOLEAN(false, SELLING),
  'orders.push.status': { byDefault: 11, valid: 1, invalid: [2, 7, '11', null] },
  'orders.push.mixed': { byDefault: 'skip', valid: 'push_custom', invalid: ['push', null] },
  'orders.push.customer': { byDefault: 'match_by_email', valid: 'guest', invalid: ['create', null] },
  'orders.push.external_source': {
    byDefault: 'waybill',
    valid: 'checkout',
    invalid: ['', 'x'.repeat(31), 'M-MIG', 'm-mig'],
  },

  'pudo.enabled': BOOLEAN(false, { 'pudo.sources': [{ where: 'order_metafield', key: 'point' }] }),
  'pudo.sources': {
    byDefault: [],
    valid: [
      { where: 'order_metafield', namespace: 'plugin', key: 'point' },
      { where: 'staff_notes', pattern: 'PUDO:(?<id>\\w+)' },
    ],
    invalid: [
      [{ where: 'order_metafield' }],
      [{ where: 'staff_notes', key: 'x' }],
      [{ where: 'shipping_method', pattern: '(' }],
      [{ where: 'cookie', key: 'x' }],
      [{ where: 'address_form_field', key: 'x', extra: 1 }],
      {},
    ],
  },
  'pudo.fields': {
    byDefault: {
      id: 'id',
      courier: 'courier',
      type: 'type',
      name: 'name',
      address: 'address',
      city: 'city',
      state: 'state',
      postal_code: 'postal_code',
      country: 'country',
      description: 'description',
    },
    valid: { id: 'pointId', postal_code: 'zip' },
    invalid: [{ phone: 'tel' }, { id: '' }, ['id']],
  },
  'pudo.use_as_destination': BOOLEAN(true),

  'fulfillment.push_enabled': BOOLEAN(false, WRITING),
  'fulfillment.dry_run': BOOLEAN(false),
  'fulfillment.trigger': {
    byDefault: ['label.created', 'shipment.external'],
    valid: ['shipment.manifested'],
    invalid: [[], ['label.printed'], ['label.created', 'label.created']],
  },
  'fulfillment.tracking.write': BOOLEAN(true),
  'fulfillment.tracking.require_number': BOOLEAN(true),
  'fulfillment.shipment.status_side_effect': {
    byDefault: 'auto',
    valid: 'restore',
    invalid: ['ignore', null],
  },
  'fulfillment.shipment.multi_parcel': {
    byDefault: 'lead_and_comments',
    valid: 'joined',
    invalid: ['first', null],
  },
  'fulfillment.shipment.partial': { byDefault: 'per_line', valid: 'whole_order', invalid: ['never', null] },
  'fulfillment.status.shipped_on_writeback': BOOLEAN(true),
  'fulfillment.status.shipped_on_trackable': BOOLEAN(false),
  'fulfillment.status.shipped_on_possession': BOOLEAN(false),
  'fulfillment.status.shipped_target': { byDefault: 2, valid: 10, invalid: [4, 5, 14, 15, '2', null] },
  'fulfillment.status.on_delivered': BOOLEAN(false),
  'fulfillment.status.delivered_target': { byDefault: 10, valid: 2, invalid: [4, 5, 14, -1, null] },
  'fulfillment.status.on_exception': { byDefault: null, valid: 12, invalid: [4, 5, 14, 15, '12'] },
  'fulfillment.status.on_returned': { byDefault: null, valid: 9, invalid: [4, 5, 14, 1.5] },
  'fulfillment.delivered_marker': {
    byDefault: 'order_metafield',
    valid: 'staff_note',
    invalid: ['status', null],
  },
  'fulfillment.pickup.enabled': BOOLEAN(false),
  'fulfillment.pickup.carrier_codes': {
    byDefault: ['pickup_in_store'],
    valid: ['click_and_collect'],
    invalid: [[''], 'pickup', null],
  },
  'fulfillment.pickup.target_status': { byDefault: 8, valid: 9, invalid: [4, 5, 14, 6, null] },
  'fulfillment.pickup.collected_target': { byDefault: 10, valid: null, invalid: [4, 5, 14, '10'] },
  'fulfillment.pickup.write_pickup_record': BOOLEAN(false),
  'fulfillment.possession_states': {
    byDefault: ['picked_up', 'in_transit', 'out_for_delivery'],
    valid: ['picked_up'],
    invalid: [[], ['in_transit'], ['delivered'], ['picked_up', 'picked_up']],
  },
  'fulfillment.carrier_map': {
    valid: { acme: 'https://acme.example/{number}', dhl: 'carrier:dhl', x: 'carrier_7' },
    invalid: [
      { acme: 'acme' },
      { acme: 'http://acme.example/{number}' },
      { acme: 'https://acme.example' },
      [],
    ],
  },
  'fulfillment.protected_statuses': { byDefault: [4, 5, 6, 13], valid: [], invalid: [[15], [4, 4], null] },
  'fulfillment.respect_manual_change': BOOLEAN(true),
  'fulfillment.on_conflict': { byDefault: 'skip', valid: 'ask', invalid: ['fight', null] },
  'fulfillment.on_void': { byDefault: 'leave', valid: 'delete_shipment', invalid: ['delete', null] },
  'fulfillment.void_restore_status': {
    byDefault: 'previous',
    valid: 11,
    invalid: ['before', 4, 5, 14, 15, null],
  },

  ...trust,

  'catalog.sync.enabled': BOOLEAN(false),
  'catalog.sync.auto_minutes': { byDefault: null, valid: 60, invalid: [59, 1, 10_081, '60'] },
  'catalog.default_gateway_ref': { byDefault: null, valid: '42', invalid: ['', 42, 'x'.repeat(61)] },
  'catalog.writeback.target': {
    byDefault: 'variant_metafield',
    valid: 'product_custom_field',
    invalid: ['variant', null],
  },
  'catalog.writeback.namespace': { byDefault: 'waybill', valid: 'acme_ids', invalid: ['', 'a b', null] },
  'catalog.writeback.permission_set': {
    byDefault: 'read_and_sf_access',
    valid: 'app_only',
    invalid: ['public', null],
  },
  'catalog.sku_policy': { byDefault: 'warn', valid: 'block', invalid: ['ignore', null] },
  'catalog.on_upstream_delete': { byDefault: 'archive', valid: 'ignore', invalid: ['delete', null] },

  'handoff.enabled': BOOLEAN(false, { 'handoff.target_url': 'https://pay.example/cart' }),
  'handoff.target_url': {
    byDefault: null,
    valid: 'https://pay.example/cart?x=1',
    invalid: ['http://pay.example', 'pay.example', 'https://me:pw@pay.example', ''],
  },
  'handoff.param': { byDefault: 'products', valid: 'cart', invalid: ['', 'a b', '1x', 'a&b'] },
  'handoff.format': { byDefault: 'compact', valid: 'json_token', invalid: ['xml', null] },
  'handoff.install': { byDefault: 'manual', valid: 'script', invalid: ['theme', null] },

  'mappings.preset': { byDefault: 'default', valid: 'empty', invalid: ['none', true] },
  'mappings.match': {
    byDefault: {
      orders: 'order_number',
      products: 'sku',
      variants: 'sku',
      categories: 'external_id',
      customers: 'email',
      customer_groups: 'name',
    },
    valid: { categories: 'full_path' },
    invalid: [{ quotes: 'email' }, { products: 'colour' }, []],
  },
  'mappings.collision': {
    byDefault: {
      orders: 'error',
      products: 'error',
      variants: 'error',
      categories: 'error',
      customers: 'link',
      customer_groups: 'error',
    },
    valid: { customers: 'update_and_link' },
    invalid: [{ products: 'overwrite' }, { quotes: 'link' }, 'error'],
  },

  'b2b.enabled': BOOLEAN(false),
  'b2b.auth_mode': { byDefault: 'store_token', valid: 'legacy_login', invalid: ['oauth', null] },
  'b2b.api_base_url': {
    byDefault: 'https://api-b2b.bigcommerce.com',
    valid: 'https://api-b2b.bigcommerce.com/',
    readAs: 'https://api-b2b.bigcommerce.com',
    invalid: ['http://api-b2b.bigcommerce.com', 'https://api-b2b.bigcommerce.com/api/v3', null],
  },
  'b2b.legacy.email': {
    byDefault: null,
    valid: 'admin@shop.example',
    invalid: ['admin', 'a@b', 5],
    beside: { 'b2b.auth_mode': 'legacy_login' },
  },
  'b2b.legacy.token_name': {
    byDefault: null,
    valid: 'Waybill Rome',
    invalid: ['', 'x'.repeat(61)],
    beside: { 'b2b.auth_mode': 'legacy_login' },
  },

  'webhooks.scopes': {
    byDefault: ['store/order/created', 'store/order/updated', 'store/order/statusUpdated'],
    valid: ['store/order/created', 'store/product/deleted'],
    invalid: [['store/everything'], ['store/order/created', 'store/order/created'], 'store/order/created'],
  },

  'throttle.limit': { byDefault: 120, valid: 10_000, invalid: [0, 10_001, -5, null, '120'] },
  'throttle.window_seconds': { byDefault: 30, valid: 3600, invalid: [0, 3601, null] },
  'throttle.max_concurrency': { byDefault: 4, valid: 0, readAs: 4, invalid: [-1, 51, null] },
  'throttle.inbound_limit': { byDefault: 0, valid: 600, invalid: [-1, 1.5, null] },
  'throttle.inbound_window_seconds': { byDefault: 60, valid: 1, invalid: [-1, 3601, null] },

  'lifecycle.stale_after_days': { byDefault: 30, valid: 1, invalid: [0, 3651, 1.5, null] },
  'lifecycle.close_after_days': { byDefault: 90, valid: 3650, invalid: [0, 3651, null] },
  'lifecycle.horizon_days': { byDefault: 365, valid: 1, invalid: [0, 3651, null] },
  'retention.deliveries_days': { byDefault: 90, valid: 7, invalid: [6, 3651, null] },
  'retention.decisions_days': { byDefault: 365, valid: 7, invalid: [6, 3651, null] },
  'retention.parked_days': { byDefault: 30, valid: 7, invalid: [6, 3651, null] },

  'alerts.stuck_after_hours': {
    byDefault: { '0': 24, '7': 72, '11': 48, '9': 48, '12': 24 },
    valid: { '11': 0.5 },
    invalid: [{ '11': 0 }, { '15': 1 }, { '11': -1 }, { eleven: 1 }, []],
  },
};

/** Names of section 8 that are no settings of a document: a value that is of their kind, and one that is not. */
export const OTHER_EXAMPLES: Readonly<
  Record<string, { byDefault: unknown; valid: unknown; invalid: unknown[]; refused: string }>
> = {
  'connection.access_token': secret('waybill channel rotate'),
  'connection.client_secret': secret('waybill channel settings import'),
  'webhooks.inbound_secret': secret('generated'),
  'handoff.signing_secret': secret('waybill channel settings import'),
  'b2b.legacy.password': secret('waybill channel settings import'),
  ...Object.fromEntries(
    Object.keys(trust).map((name) => [
      name.replace('.trust', '.secrets'),
      { byDefault: [], valid: ['new', 'old'], invalid: [[''], 'new'], refused: 'is a secret' },
    ]),
  ),
  'connection.api_path': {
    byDefault: null,
    valid: 'https://api.bigcommerce.com/stores/abc123/v3/',
    invalid: ['', 5],
    refused: '--store-hash',
  },
  'connection.import_file': {
    byDefault: null,
    valid: 'ACCESS TOKEN: x',
    invalid: ['', null],
    refused: 'waybill channel add',
  },
  'connection.required_access': access(),
  'connection.granted_access': access(),
  'connection.api_profile': {
    byDefault: 'orders-v2+catalog-v3',
    valid: 'orders-v2+catalog-v3',
    invalid: ['v3', null],
    refused: 'not a choice',
  },
  'connection.authorized_at': {
    byDefault: null,
    valid: '2026-01-02T03:04:05Z',
    invalid: ['yesterday', 5],
    refused: 'cannot be set',
  },
  'channel.enabled': {
    byDefault: false,
    valid: true,
    invalid: ['yes', null],
    refused: 'waybill channel enable',
  },
  'catalog.projection_id': {
    byDefault: null,
    valid: 'p-1',
    invalid: [5, null],
    refused: 'the first catalog sync makes it',
  },
  'catalog.items.price_override': {
    byDefault: null,
    valid: 9.9,
    invalid: [-1, '9.90'],
    refused: 'one item of the catalog',
  },
  'catalog.items.gateway_ref': {
    byDefault: null,
    valid: '42',
    invalid: ['', 42],
    refused: 'one item of the catalog',
  },
  'catalog.items.active': {
    byDefault: true,
    valid: false,
    invalid: ['no', null],
    refused: 'one item of the catalog',
  },
  'seed.product_category': {
    byDefault: 'to_store',
    valid: 'to_store',
    invalid: ['from_store'],
    refused: 'always to_store',
  },
  'seed.customer_group': {
    byDefault: 'to_store',
    valid: 'to_store',
    invalid: ['from_store'],
    refused: 'always to_store',
  },
  'seed.payment_method': {
    byDefault: 'from_store',
    valid: 'from_store',
    invalid: ['to_store'],
    refused: 'always from_store',
  },
  gateways: {
    byDefault: [],
    valid: [{ ref: '42', name: 'Main', note: '' }],
    invalid: [
      [{ ref: '42' }],
      [
        { ref: '1', name: 'a' },
        { ref: '1', name: 'b' },
      ],
      {},
    ],
    refused: 'the whole installation',
  },
};

function secret(refused: string) {
  return { byDefault: null, valid: 's3cr3t-value', invalid: ['', '  ', 'two words', 5], refused };
}

function access() {
  return {
    byDefault: null,
    valid: { orders: 'modify' },
    invalid: [{ orders: 'all' }, 'orders'],
    refused: 'waybill channel test',
  };
}
