/** Settings under `throttle`, `webhooks` and `carriers`: how much is called, and what is heard from outside. */
import { z } from 'zod';
import type { ProviderId } from '../domain/carriers/provider-ids.ts';
import { group, setting } from './setting.ts';
import { distinct } from './value-kinds.ts';

/** Where nothing is known of the store's plan: 80 % of the smallest quota, 150 calls per 30 s (capabilities F-10, I-59). */
export const THROTTLE_LIMIT_PRESET = 120;
/** Calls at the same time, also for 0, which other products read as "preset" (capabilities I-65). */
const MAX_CONCURRENCY_PRESET = 4;

export const throttle = group({
  limit: setting(
    z.int().min(1).max(10_000),
    THROTTLE_LIMIT_PRESET,
    "API calls per window. A ceiling: the store's live headers may lower it, never raise it. When a channel is first enabled without one, it is set " +
      'to 80 % of the quota that the store told; 120 is that of the smallest plan.',
    ['I-57', 'I-58', 'I-59', 'I-60', 'I-61', 'X-18'],
  ),
  window_seconds: setting(z.int().min(1).max(3600), 30, 'Length of the window in seconds.', ['I-59', 'I-62']),
  max_concurrency: setting(
    z
      .int()
      .min(0)
      .max(50)
      .overwrite((calls) => (calls === 0 ? MAX_CONCURRENCY_PRESET : calls)),
    MAX_CONCURRENCY_PRESET,
    'Calls to the store at the same time; 0 is read as the default.',
    ['I-65'],
  ),
  inbound_limit: setting(
    z.int().min(0).max(100_000),
    0,
    'Calls that others may make to our HTTP API for this channel per window; 0 for no limit.',
    ['I-63'],
  ),
  inbound_window_seconds: setting(z.int().min(0).max(3600), 60, 'Length of that window in seconds.', [
    'I-64',
  ]),
});

/** What a store can tell about (bigcommerce-api.md section 9); every scope is one hook. */
export const HOOK_SCOPES = [
  'store/order/created',
  'store/order/updated',
  'store/order/statusUpdated',
  'store/order/archived',
  'store/order/refund/created',
  'store/order/transaction/created',
  'store/order/transaction/updated',
  'store/shipment/created',
  'store/shipment/updated',
  'store/shipment/deleted',
  'store/product/created',
  'store/product/updated',
  'store/product/deleted',
  'store/sku/created',
  'store/sku/updated',
  'store/sku/deleted',
  'store/category/created',
  'store/category/updated',
  'store/category/deleted',
  'store/customer/created',
  'store/customer/updated',
  'store/customer/deleted',
  'store/information/updated',
  'store/app/uninstalled',
] as const;

export const webhooks = group({
  scopes: setting(
    distinct(z.enum(HOOK_SCOPES), HOOK_SCOPES.length),
    ['store/order/created', 'store/order/updated', 'store/order/statusUpdated'],
    'What the store is asked to tell about, while `orders.import.webhooks_enabled` is on.',
    ['I-68'],
  ),
});

function provider(name: ProviderId) {
  return group({
    trust: setting(
      z.boolean(),
      false,
      `Events of ${name} that nothing but an address proves may do what cannot be undone, such as setting the delivered status.`,
      [],
    ),
  });
}

/** Services that send carrier events in their own words; ours is not among them, it has API keys. */
export const carriers = group({
  easypost: provider('easypost'),
  shippo: provider('shippo'),
  aftership: provider('aftership'),
  '17track': provider('17track'),
  ship24: provider('ship24'),
  karrio: provider('karrio'),
  sendcloud: provider('sendcloud'),
  starshipit: provider('starshipit'),
  shipengine: provider('shipengine'),
} satisfies Record<ProviderId, unknown>);
