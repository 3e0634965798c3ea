/**
 * The settings of one channel: the one schema from which types, defaults, validation, documentation and JSON Schema
 * come. Names are snake_case and dotted; secrets are never settings (they have their own table).
 */
import { z } from 'zod';
import { CARRIER_TARGET_RULE, COMMON_CARRIERS, readCarrierTarget } from '../domain/carrier-map.ts';
import { NEVER_WRITTEN_STATUSES } from '../domain/store-status.ts';
import { SHIPMENT_TRIGGERS } from '../domain/write-back-types.ts';
import { group, required, setting } from './setting.ts';

const statusId = z.int().min(0).max(14);
const statusIds = z.array(statusId).max(15);
const positiveId = z.int().positive();
/** 4, 5 and 14 move no money and would only look as if (capabilities F-20). */
const targetStatus = statusId.refine((id) => !NEVER_WRITTEN_STATUSES.includes(id), {
  error: 'statuses 4, 5 and 14 are never written: they would only look as if money had moved',
});

/** Words of tracking that prove that the carrier has the goods; any later word proves it as well. */
const POSSESSION_STATES = [
  'picked_up',
  'in_transit',
  'out_for_delivery',
  'attempt_failed',
  'available_for_pickup',
] as const;

const HTTPS_ORIGIN = /^https:\/\/[a-z0-9.-]+(:\d{1,5})?$/i;
/** For the simulated store; the process must allow it as well (`WAYBILL_ALLOW_LOOPBACK_STORES`). */
const LOOPBACK_ORIGIN = /^http:\/\/(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?$/i;

const connection = group({
  api_base_url: setting(
    z.string().refine((url) => HTTPS_ORIGIN.test(url) || LOOPBACK_ORIGIN.test(url), {
      error: 'expected https://host without a path (http only for a loopback address)',
    }),
    'https://api.bigcommerce.com',
    "Where the store's API is. Only hosts that the installation allows are called.",
    ['I-28', 'I-41'],
  ),
  store_hash: required(
    z
      .string()
      .regex(/^[a-z0-9]{1,40}$/, { error: 'expected the bare store hash: lower-case letters and digits' }),
    'The store, as in `/stores/{hash}/` of its API path. Bound to the channel for ever.',
    ['Q-10', 'P-1', 'C-3'],
  ),
  bc_channel_ids: setting(
    z.array(positiveId).min(1).max(100).nullable(),
    null,
    'Storefronts (BigCommerce calls them channels) whose orders are imported; null for all of them.',
    ['S-45'],
  ),
});

const importStatuses = group({
  include: setting(
    statusIds.min(1).nullable(),
    null,
    'Store statuses that are admitted; null for all that no other list excludes. A status named here overrules `default_exclude`.',
    ['S-24', 'X-1'],
  ),
  exclude: setting(statusIds, [], 'Store statuses in which no new order is admitted, whatever else holds.', [
    'Q-18',
    'X-1',
  ]),
  default_exclude: setting(
    statusIds,
    [0, 1, 2, 4, 5, 6, 7, 10, 12, 13],
    'Statuses excluded unless `include` names them or the order is cash on delivery: unfinished, unpaid, finished, cancelled, held.',
    ['Q-19', 'X-1'],
  ),
});

const cashOnDelivery = group({
  payment_methods: setting(
    z.array(z.string().trim().min(1).max(120)).max(50),
    ['Cash on Delivery'],
    'Names of payment methods that mean cash on delivery; compared whole, without regard to case.',
    ['Q-21', 'Q-22'],
  ),
  bypass_statuses: setting(
    z.array(z.literal([0, 1, 7])).max(3),
    [7],
    'Statuses in which a cash-on-delivery order passes `default_exclude`, because it is unpaid by nature. Of 0, 1 and 7.',
    ['X-23'],
  ),
});

const orders = group({
  import: group({
    mode: setting(
      z.enum(['automatic', 'manual']),
      'automatic',
      '`automatic` polls by schedule; `manual` imports only when asked.',
      ['Q-13', 'Q-17'],
    ),
    interval_minutes: setting(z.int().min(5).max(1440), 60, 'Minutes between two automatic imports.', [
      'Q-13',
    ]),
    align_to_clock: setting(
      z.boolean(),
      true,
      'Runs on the full hour (or the even multiple of the interval) instead of counting from when the channel was enabled.',
      ['Q-13'],
    ),
    hold_minutes: setting(
      z.int().min(0).max(10_080),
      0,
      'How long a new order waits before it is admitted, counted from its creation, so that early edits and cancellations are in it.',
      ['K-8'],
    ),
    statuses: importStatuses,
    cod: cashOnDelivery,
  }),
});

const fulfillment = group({
  push_enabled: setting(
    z.boolean(),
    false,
    'Writes outcomes back to the store. Needs a profile that may write.',
    ['P-21'],
  ),
  dry_run: setting(
    z.boolean(),
    false,
    'Plans and shows every write, sends none. What came due meanwhile waits for `waybill approve`.',
    [],
  ),
  trigger: setting(
    z.array(z.enum(SHIPMENT_TRIGGERS)).min(1),
    ['label.created', 'shipment.external'],
    'Which facts make a parcel due as a shipment in the store.',
    ['S-2', 'S-41', 'Q-30', 'Q-31', 'P-33', 'X-2'],
  ),
  tracking: group({
    write: setting(
      z.boolean(),
      true,
      'Creates shipments with their tracking numbers in the store. Off: only statuses are written.',
      ['Q-34'],
    ),
    require_number: setting(
      z.boolean(),
      true,
      'A parcel without a tracking number is not written until it has one.',
      ['K-20'],
    ),
  }),
  shipment: group({
    status_side_effect: setting(
      z.enum(['auto', 'accept', 'defer']),
      'auto',
      'Creating a shipment makes the store move the order to Shipped. `accept` lets it, `defer` holds the shipment until a shipped rule ' +
        'is met for it, `auto` defers only while some shipped rule is on and not met yet.',
      ['Q-35', 'X-3'],
    ),
  }),
  status: group({
    shipped_on_writeback: setting(
      z.boolean(),
      true,
      'Sets the shipped status when every needed unit has been written as shipped.',
      ['S-2', 'S-27', 'P-33'],
    ),
    shipped_on_trackable: setting(
      z.boolean(),
      false,
      'Sets the shipped status when the carrier knows every parcel.',
      ['Q-30'],
    ),
    shipped_on_possession: setting(
      z.boolean(),
      false,
      'Sets the shipped status when the carrier has every parcel.',
      ['Q-31'],
    ),
    shipped_target: setting(
      targetStatus,
      2,
      'The status that means shipped in this store: 2 (Shipped) or 10 (Completed).',
      ['S-27', 'S-28', 'X-4'],
    ),
    on_delivered: setting(
      z.boolean(),
      false,
      'Sets the delivered status when every needed unit was delivered.',
      ['Q-33'],
    ),
    delivered_target: setting(
      targetStatus,
      10,
      'The status that means delivered in this store. BigCommerce has no status called Delivered; 10 is Completed.',
      ['Q-33', 'X-4'],
    ),
  }),
  possession_states: setting(
    z.array(z.enum(POSSESSION_STATES)).refine((states) => states.includes('picked_up'), {
      error: 'picked_up must be among them: every later word proves it as well',
    }),
    ['picked_up', 'in_transit', 'out_for_delivery'],
    'Tracking words that prove that the carrier has the goods.',
    ['Q-31'],
  ),
  carrier_map: setting(
    z.record(
      z.string().min(1).max(80),
      z
        .string()
        .refine((value) => readCarrierTarget(value) !== null, { error: `expected ${CARRIER_TARGET_RULE}` }),
    ),
    { ...COMMON_CARRIERS },
    'Our carrier words and how the store links to them. Entries given here are added to the common carriers or replace them.',
    ['S-43'],
  ),
  protected_statuses: setting(
    statusIds,
    [4, 5, 6, 13],
    'Store statuses that are never overwritten. 4, 5, 6, 12 and 13 are protected in any case.',
    ['P-35', 'X-25'],
  ),
  respect_manual_change: setting(
    z.boolean(),
    true,
    "A status that a person set in the store counts as that person's decision; see `on_conflict`.",
    ['X-25'],
  ),
  on_conflict: setting(
    z.enum(['skip', 'overwrite', 'ask']),
    'skip',
    "What a write does that stands against a person's decision: is skipped, goes out nevertheless (never backwards), or waits for `waybill approve`.",
    ['X-25'],
  ),
});

/** The runtime's own list decides: Node carries the IANA database. */
function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

/** The document as it is kept: what was given. Parsing fills in the defaults. */
export const channelSettings = z.strictObject({
  channel: group({
    name: required(z.string().trim().min(1).max(80), 'What people call the connection.', [
      'Q-11',
      'S-18',
      'I-39',
    ]),
    client_ref: setting(
      z.string().trim().min(1).max(80).nullable(),
      null,
      'A reference of yours, shown beside the name.',
      ['P-15'],
    ),
    timezone: setting(
      z.string().refine(isTimeZone, { error: 'expected an IANA time zone such as Europe/Rome' }),
      'UTC',
      'The clock that "on the hour" and nightly work go by: an IANA time zone.',
      ['Q-41'],
    ),
    profile: setting(
      z.enum(['import_only', 'import_and_writeback', 'catalog_and_push', 'custom']),
      'import_only',
      'What the channel is for. `import_only` makes every write to the store impossible, whatever else is set.',
      ['P-11', 'P-28'],
    ),
  }),
  connection,
  orders,
  fulfillment,
  lifecycle: group({
    stale_after_days: setting(
      z.int().min(1).max(3650),
      30,
      'Days without news after which an open order asks for attention.',
      [],
    ),
    close_after_days: setting(
      z.int().min(1).max(3650),
      90,
      'Days without news after which an open order is closed.',
      [],
    ),
    horizon_days: setting(
      z.int().min(1).max(3650),
      365,
      'A first import follows orders no older than this; older ones are kept, but nothing waits for them.',
      [],
    ),
  }),
  retention: group({
    deliveries_days: setting(
      z.int().min(7).max(3650),
      90,
      'How long bodies received from upstream are kept after an order closed.',
      [],
    ),
    decisions_days: setting(
      z.int().min(7).max(3650),
      365,
      'How long the reasons behind outcomes are kept after an order closed.',
      [],
    ),
    parked_days: setting(
      z.int().min(7).max(3650),
      30,
      'How long an event waits for an order or a parcel that nobody knows yet.',
      [],
    ),
  }),
  throttle: group({
    limit: setting(
      z.int().min(1).max(10_000),
      120,
      "API calls per window. A ceiling: the store's live headers may lower it, never raise it. 120 is 80 % of the smallest plan's quota.",
      ['I-59', 'I-61', 'I-62'],
    ),
    window_seconds: setting(z.int().min(1).max(3600), 30, 'Length of the window in seconds.', ['I-59']),
    max_concurrency: setting(z.int().min(1).max(50), 4, 'Calls to the store at the same time.', ['I-65']),
  }),
});

export type ChannelSettings = z.output<typeof channelSettings>;
/** Settings as given, before defaults. */
export type SettingsDocument = Record<string, unknown>;
