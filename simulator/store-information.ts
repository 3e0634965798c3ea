// What an API client reads about the store itself: name, units, clock, storefronts, order and mail settings.
import { json, notFound } from './answers.ts';
import type { Answer } from './answers.ts';
import { iso8601 } from './clock.ts';
import { v3List, v3Page } from './query.ts';
import { idParam, isRecord, recordWrite } from './routing.ts';
import type { Call, Route } from './routing.ts';
import { STORE_NUMBER } from './store.ts';

const INFORMATION_SCOPE = ['store_v2_information'];
const CHANNEL_SCOPE = ['store_channel_settings'];

function storeInformation(call: Call): Answer {
  const { traits, hash } = call.store;
  return json(200, {
    id: hash,
    account_uuid: '00000000-0000-4000-8000-000000000001',
    domain: `${hash}.store.example`,
    secure_url: `https://${hash}.store.example`,
    control_panel_base_url: `https://store-${hash}.mybigcommerce.com`,
    status: 'live',
    name: traits.name,
    first_name: 'Sam',
    last_name: 'Keeper',
    address: '1 Shop Street, Austin',
    country: 'United States',
    country_code: 'US',
    infrastructure_region: 'us-central1',
    phone: '5125550199',
    admin_email: 'owner@store.example',
    order_email: 'orders@store.example',
    favicon_url: '',
    timezone: {
      name: traits.timezone,
      raw_offset: 0,
      dst_offset: 0,
      dst_correction: false,
      date_format: { display: 'M jS Y', export: 'M jS Y', extended_display: 'M jS Y @ g:i A' },
    },
    language: 'en',
    currency: traits.currency,
    currency_symbol: '$',
    decimal_separator: '.',
    thousands_separator: ',',
    decimal_places: 2,
    currency_symbol_location: 'left',
    weight_units: traits.weightUnits,
    dimension_units: 'Centimeters',
    dimension_decimal_places: 2,
    dimension_decimal_token: '.',
    dimension_thousands_token: ',',
    plan_name: 'Pro',
    plan_level: 'pro',
    plan_is_trial: false,
    industry: '',
    logo: [],
    is_price_entered_with_tax: false,
    store_id: STORE_NUMBER,
    default_channel_id: 1,
    default_site_id: 1000,
    active_comparison_modules: [],
    features: {
      stencil_enabled: true,
      sitewidehttps_enabled: true,
      facebook_catalog_id: '',
      checkout_type: 'optimized',
      wishlists_enabled: true,
      graphql_storefront_api_enabled: true,
      shopper_consent_tracking_enabled: false,
      multi_storefront_enabled: true,
      storefront_limits: { active: 2, total_including_inactive: 5 },
    },
  });
}

const CHANNELS = [
  { id: 1, name: 'Main storefront', type: 'storefront', platform: 'bigcommerce', status: 'active' },
  { id: 2, name: 'Marketplace', type: 'marketplace', platform: 'amazon', status: 'connected' },
];
/** Second in which the invented storefronts were made (2025-01-01). */
const CHANNELS_MADE = 1_735_689_600;

function channelWire(channel: (typeof CHANNELS)[number]): Record<string, unknown> {
  return {
    ...channel,
    external_id: '',
    is_listable_from_ui: true,
    is_enabled: true,
    is_visible: true,
    date_created: iso8601(CHANNELS_MADE),
    date_modified: iso8601(CHANNELS_MADE),
    icon_url: 'https://cdn.store.example/icon.svg',
  };
}

function listChannels(call: Call): Answer {
  const types = call.query.get('type:in')?.split(',');
  const statuses = call.query.get('status:in')?.split(',');
  const rows = CHANNELS.filter(
    (channel) => (types?.includes(channel.type) ?? true) && (statuses?.includes(channel.status) ?? true),
  ).map(channelWire);
  return json(200, v3List(rows, v3Page(call.query)));
}

function oneChannel(call: Call): Answer {
  const channel = CHANNELS.find((candidate) => candidate.id === idParam(call, 'channel_id'));
  return channel === undefined ? notFound('v3') : json(200, { data: channelWire(channel), meta: {} });
}

function channelSite(call: Call): Answer {
  const id = idParam(call, 'channel_id');
  if (!CHANNELS.some((channel) => channel.id === id)) return notFound('v3');
  const made = iso8601(CHANNELS_MADE);
  const url = `https://${call.store.hash}.store.example`;
  return json(200, {
    data: {
      id: 999 + id,
      url,
      channel_id: id,
      created_at: made,
      updated_at: made,
      ssl_status: 'dedicated',
      urls: [{ url, type: 'primary', created_at: made, updated_at: made }],
      is_checkout_url_customized: false,
    },
    meta: {},
  });
}

function emailStatuses(call: Call): Answer {
  const all = {
    abandoned_cart_email: true,
    account_details_changed_email: true,
    combined_order_status_email: call.store.traits.orderStatusEmails,
    create_account_email: true,
    create_guest_account_email: true,
    gift_certificate_email: true,
    invoice_email: true,
    order_message_notification_email: true,
    product_review_email: false,
    return_confirmation_email: true,
    return_statuschange_email: true,
  };
  const storefrontId = call.query.get('channel_id');
  const own = storefrontId === null ? undefined : call.store.traits.storefrontEmails[Number(storefrontId)];
  return settingsOf(call, all, own === undefined ? {} : { combined_order_status_email: own });
}

/** What a storefront does not override is null there: the store's own setting counts. */
function settingsOf(
  call: Call,
  all: Record<string, unknown>,
  overridden: Record<string, unknown> = {},
): Answer {
  const inherited = call.query.has('channel_id');
  const data = inherited
    ? { ...Object.fromEntries(Object.keys(all).map((name) => [name, null])), ...overridden }
    : all;
  return json(200, { data, meta: {} });
}

function inventorySettings(call: Call): Answer {
  return settingsOf(call, {
    product_out_of_stock_behavior: 'do_nothing',
    option_out_of_stock_behavior: 'do_nothing',
    update_stock_behavior: 'order_placed',
    edit_order_stock_adjustment: true,
    refund_order_stock_adjustment: false,
    stock_level_display: 'dont_show',
    default_out_of_stock_message: 'Out of stock',
    hide_in_product_filtering: false,
    show_pre_order_stock_levels: false,
    show_out_of_stock_message: false,
  });
}

function orderSettings(call: Call): Answer {
  return json(200, { notifications: call.store.notifications, meta: {} });
}

function putOrderSettings(call: Call): Answer {
  const given = isRecord(call.body) ? call.body['notifications'] : undefined;
  if (isRecord(given)) call.store.notifications = { ...call.store.notifications, ...given };
  recordWrite(call, 'order settings written');
  return orderSettings(call);
}

const get = (template: string, scopes: readonly string[], handle: (call: Call) => Answer): Route => ({
  method: 'GET',
  template,
  scopes,
  handle,
});

/** Endpoints about the store itself. */
export const storeInformationRoutes: readonly Route[] = [
  get('/v2/store', INFORMATION_SCOPE, storeInformation),
  get('/v2/time', INFORMATION_SCOPE, (call) => json(200, { time: call.store.clock.nowSeconds() })),
  get('/v3/channels', CHANNEL_SCOPE, listChannels),
  get('/v3/channels/{channel_id}', CHANNEL_SCOPE, oneChannel),
  get('/v3/channels/{channel_id}/site', ['store_sites', 'store_channel_settings'], channelSite),
  get('/v3/settings/email-statuses', INFORMATION_SCOPE, emailStatuses),
  get('/v3/settings/inventory', INFORMATION_SCOPE, inventorySettings),
  get('/v3/orders/settings', ['store_v2_orders'], orderSettings),
  { method: 'PUT', template: '/v3/orders/settings', scopes: ['store_v2_orders'], handle: putOrderSettings },
];
