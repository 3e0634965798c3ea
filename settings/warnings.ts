/** What is allowed but surprising: sentences shown when settings are saved. They refuse nothing. */
import { ALWAYS_PROTECTED_STATUSES, STORE_STATUS_NAMES } from '../domain/store-status.ts';
import type { ChannelSettings } from './channel-settings.ts';
import { mayWriteCatalog } from './consistency.ts';
import { statusNames, type SettingProblem } from './setting-problem.ts';

type Doubt = (settings: ChannelSettings) => (SettingProblem | null)[];

/** Every doubt about a valid document. Pure. */
export function warningsBetweenSettings(settings: ChannelSettings): SettingProblem[] {
  return DOUBTS.flatMap((doubt) => doubt(settings)).filter((warning) => warning !== null);
}

function when(doubtful: boolean, setting: string, message: string): SettingProblem | null {
  return doubtful ? { setting, message } : null;
}

/** The largest published plan: 450 calls per 30 s (capabilities F-10); above are contracts. */
const PLAN_CALLS_PER_SECOND_MAX = 15;

const DOUBTS: readonly Doubt[] = [importing, details, statuses, shipments, sales, catalog, connections];

function importing({ orders, webhooks }: ChannelSettings): (SettingProblem | null)[] {
  const { statuses, cod, webhooks_enabled } = orders.import;
  const admitted = STORE_STATUS_NAMES.map((_, id) => id).filter((id) => admits(statuses, id));
  const overruled = cod.bypass_statuses.filter((id) => statuses.exclude.includes(id));
  return [
    when(
      admitted.length === 0,
      'orders.import.statuses.exclude',
      'and default_exclude leave no status in which a new order would be taken in (X-1)',
    ),
    when(
      overruled.length > 0,
      'orders.import.cod.bypass_statuses',
      `has no effect for ${statusNames(overruled)}: orders.import.statuses.exclude always wins (X-23)`,
    ),
    when(
      webhooks_enabled && webhooks.scopes.length === 0,
      'webhooks.scopes',
      'is empty: the store tells nothing, only the poll finds orders',
    ),
  ];
}

function details({ orders }: ChannelSettings): (SettingProblem | null)[] {
  const { weight, hs_code, product_options } = orders.import;
  return [
    when(
      weight.apply === 'always' && weight.default === null,
      'orders.import.weight.apply',
      'has no effect without orders.import.weight.default',
    ),
    when(
      hs_code.default !== null && !hs_code.sources.includes('channel_default'),
      'orders.import.hs_code.default',
      'has no effect: channel_default is not among orders.import.hs_code.sources',
    ),
    when(
      hs_code.metafield !== null && !hs_code.sources.includes('product_metafield'),
      'orders.import.hs_code.metafield',
      'has no effect: product_metafield is not among orders.import.hs_code.sources',
    ),
    when(
      hs_code.sources.includes('option') && product_options['hs_code'] === undefined,
      'orders.import.hs_code.sources',
      'names option, but orders.import.product_options has no hs_code',
    ),
  ];
}

function statuses({ fulfillment }: ChannelSettings): (SettingProblem | null)[] {
  const { status } = fulfillment;
  const stuckIn = (['on_exception', 'on_returned'] as const).map((rule) => {
    const id = status[rule];
    const kept =
      id !== null && (ALWAYS_PROTECTED_STATUSES.includes(id) || fulfillment.protected_statuses.includes(id));
    return when(
      kept,
      `fulfillment.status.${rule}`,
      `sets ${statusNames([id ?? 0])}, which is protected: from there only a person moves the order on`,
    );
  });
  return [
    when(
      ![2, 10].includes(status.shipped_target),
      'fulfillment.status.shipped_target',
      `${statusNames([status.shipped_target])} is unusual; stores mean 2 (Shipped) or 10 (Completed)`,
    ),
    when(
      status.on_delivered && status.shipped_target === status.delivered_target,
      'fulfillment.status.on_delivered',
      'does nothing: fulfillment.status.shipped_target is the same status (X-4)',
    ),
    ...stuckIn,
  ];
}

function shipments({ fulfillment, carriers }: ChannelSettings): (SettingProblem | null)[] {
  const { status, shipment, pickup } = fulfillment;
  const shippedRule =
    status.shipped_on_writeback || status.shipped_on_trackable || status.shipped_on_possession;
  return [
    when(
      shipment.status_side_effect === 'defer' && !shippedRule && !status.on_delivered,
      'fulfillment.shipment.status_side_effect',
      'defer holds every shipment for ever while no rule under fulfillment.status is on',
    ),
    when(
      shipment.status_side_effect === 'restore',
      'fulfillment.shipment.status_side_effect',
      'restore puts the earlier status back after the store has moved the order: the shopper may get two e-mails (X-3)',
    ),
    when(
      pickup.write_pickup_record && !pickup.enabled,
      'fulfillment.pickup.write_pickup_record',
      'has no effect while fulfillment.pickup.enabled is off',
    ),
    ...Object.entries(carriers).map(([provider, { trust }]) =>
      when(
        trust,
        `carriers.${provider}.trust`,
        'lets whoever knows the address set final statuses; leave it off where the provider signs',
      ),
    ),
  ];
}

function sales(settings: ChannelSettings): (SettingProblem | null)[] {
  const { orders, catalog: projection } = settings;
  const pushes = orders.push.initial || orders.push.renewal;
  return [
    when(
      pushes && !admits(orders.import.statuses, orders.push.status),
      'orders.push.status',
      `${statusNames([orders.push.status])} is left out by orders.import.statuses; only orders known to be our own pass (X-14)`,
    ),
    when(
      pushes && orders.import.own_orders === 'ignore',
      'orders.import.own_orders',
      'ignore leaves the orders that Waybill creates without anybody following them to their delivery',
    ),
    when(
      pushes && !projection.sync.enabled,
      'orders.push.initial',
      'pushes only lines of the catalog projection, and catalog.sync.enabled is off (C-10)',
    ),
  ];
}

function catalog(settings: ChannelSettings): (SettingProblem | null)[] {
  const { catalog: projection, handoff } = settings;
  return [
    when(
      projection.sync.auto_minutes !== null && !projection.sync.enabled,
      'catalog.sync.auto_minutes',
      'has no effect while catalog.sync.enabled is off',
    ),
    when(
      projection.sync.enabled && projection.writeback.target !== 'none' && !mayWriteCatalog(settings),
      'catalog.writeback.target',
      `has no effect with channel.profile ${settings.channel.profile}: ids are kept on our side only (X-20)`,
    ),
    when(
      handoff.enabled && !projection.sync.enabled,
      'handoff.enabled',
      'finds products by the catalog projection, and catalog.sync.enabled is off',
    ),
  ];
}

function connections({ throttle, b2b }: ChannelSettings): (SettingProblem | null)[] {
  return [
    when(
      throttle.limit / throttle.window_seconds > PLAN_CALLS_PER_SECOND_MAX,
      'throttle.limit',
      `is more than any published plan allows (${String(PLAN_CALLS_PER_SECOND_MAX * 30)} calls per 30 s); the store's headers will lower it (X-18)`,
    ),
    when(
      throttle.max_concurrency > throttle.limit,
      'throttle.max_concurrency',
      'is above throttle.limit, which holds first',
    ),
    when(
      b2b.auth_mode === 'legacy_login',
      'b2b.auth_mode',
      'legacy_login has been deprecated by BigCommerce since September 2025; use store_token (X-17)',
    ),
  ];
}

/** The gate of X-1 for one status, cash on delivery and own orders aside. */
function admits(
  { include, exclude, default_exclude }: ChannelSettings['orders']['import']['statuses'],
  id: number,
): boolean {
  if (exclude.includes(id)) return false;
  return include === null ? !default_exclude.includes(id) : include.includes(id);
}
