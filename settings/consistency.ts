/**
 * Rules between settings that refuse a document (capabilities sections 7 and 8), each with a sentence that says how to
 * get on. Rules between channels are db's; what is merely odd is `warnings.ts`.
 */
import { ALWAYS_PROTECTED_STATUSES } from '../domain/store-status.ts';
import type { ChannelSettings } from './channel-settings.ts';
import { statusNames, type SettingProblem } from './setting-problem.ts';

type Rule = (settings: ChannelSettings) => SettingProblem[];

/** Every broken rule; empty for a document that may be saved. Pure. */
export function refusalsBetweenSettings(settings: ChannelSettings): SettingProblem[] {
  return RULES.flatMap((rule) => rule(settings));
}

/** Profiles under which orders are created and catalog ids written (capabilities section 8). */
export function mayWriteCatalog({ channel }: ChannelSettings): boolean {
  return channel.profile === 'catalog_and_push' || channel.profile === 'custom';
}

function refuse(setting: string, message: string): SettingProblem[] {
  return [{ setting, message }];
}

const RULES: readonly Rule[] = [
  /** the same id in both lists says two things at once. */
  ({ orders }) => {
    const { include, exclude } = orders.import.statuses;
    const both = (include ?? []).filter((id) => exclude.includes(id));
    if (both.length === 0) return [];
    return refuse(
      'orders.import.statuses.exclude',
      `names ${statusNames(both)}, which orders.import.statuses.include names too; take it out of one of them`,
    );
  },

  ({ lifecycle }) =>
    lifecycle.stale_after_days < lifecycle.close_after_days
      ? []
      : refuse(
          'lifecycle.stale_after_days',
          `must be below lifecycle.close_after_days (${String(lifecycle.close_after_days)})`,
        ),

  protectedTargets,

  /** P-11: what may not be written is not switched on. */
  ({ channel, fulfillment }) =>
    fulfillment.push_enabled && channel.profile === 'import_only'
      ? refuse(
          'fulfillment.push_enabled',
          'needs a profile that may write: set channel.profile to import_and_writeback as well, or leave it off',
        )
      : [],

  /** C-9, C-12: creating orders is writing too. */
  (settings) => {
    const on = (['initial', 'renewal'] as const).filter((kind) => settings.orders.push[kind]);
    if (mayWriteCatalog(settings)) return [];
    return on.flatMap((kind) =>
      refuse(
        `orders.push.${kind}`,
        'needs a profile that may create orders: set channel.profile to catalog_and_push or custom as well',
      ),
    );
  },

  /** an app is known by its id; that its secret is kept is checked where secrets are. */
  ({ connection }) =>
    connection.auth_mode === 'app_oauth' && connection.client_id === null
      ? refuse('connection.client_id', 'is required with connection.auth_mode app_oauth')
      : [],

  /** C-36, C-40. */
  (settings) => {
    const { handoff } = settings;
    if (!handoff.enabled) return [];
    if (handoff.target_url === null) {
      return refuse('handoff.target_url', 'is required while handoff.enabled is on: where should carts go?');
    }
    return handoff.install === 'script' && !mayWriteCatalog(settings)
      ? refuse(
          'handoff.install',
          'script is installed by writing to the store: set channel.profile to catalog_and_push or custom as well',
        )
      : [];
  },

  legacyLogin,

  /** S-37: an option must not fill two fields. */
  ({ orders }) => {
    const fieldOf = new Map<string, string>();
    const problems: SettingProblem[] = [];
    for (const [field, names] of Object.entries(orders.import.product_options)) {
      for (const name of names) {
        const known = name.toLowerCase();
        const other = fieldOf.get(known);
        if (other !== undefined && other !== field) {
          problems.push({
            setting: `orders.import.product_options.${field}`,
            message: `names ${JSON.stringify(name)}, which fills ${other} already; take it out of one of them`,
          });
        }
        fieldOf.set(known, field);
      }
    }
    return problems;
  },

  /** */
  ({ pudo }) =>
    pudo.enabled && pudo.sources.length === 0
      ? refuse('pudo.sources', 'is required while pudo.enabled is on: where is the pickup point found?')
      : [],

  /** I-63, I-64. */
  ({ throttle }) =>
    throttle.inbound_limit > 0 && throttle.inbound_window_seconds === 0
      ? refuse(
          'throttle.inbound_window_seconds',
          'must be a second at least while throttle.inbound_limit is set',
        )
      : [],
];

/**
 * A status that is never overwritten is no place on the way. Those that a setting protects count only where the rule
 * that would set the status is on.
 */
function protectedTargets({ fulfillment }: ChannelSettings): SettingProblem[] {
  const { status, pickup } = fulfillment;
  const shippedRule =
    status.shipped_on_writeback || status.shipped_on_trackable || status.shipped_on_possession;
  const restored = fulfillment.void_restore_status;
  const targets: [name: string, id: number | null, on: boolean][] = [
    ['fulfillment.status.shipped_target', status.shipped_target, shippedRule],
    ['fulfillment.status.delivered_target', status.delivered_target, status.on_delivered],
    ['fulfillment.pickup.target_status', pickup.target_status, pickup.enabled],
    ['fulfillment.pickup.collected_target', pickup.collected_target, pickup.enabled],
    [
      'fulfillment.void_restore_status',
      typeof restored === 'number' ? restored : null,
      fulfillment.on_void === 'delete_shipment',
    ],
  ];
  return targets.flatMap(([name, id, on]) =>
    id !== null &&
    (ALWAYS_PROTECTED_STATUSES.includes(id) || (on && fulfillment.protected_statuses.includes(id)))
      ? refuse(name, `must not be a protected status (${statusNames([id])})`)
      : [],
  );
}

/** I-49 to I-51: what only the deprecated login needs is refused without it, so that nobody believes it is used. */
function legacyLogin({ b2b }: ChannelSettings): SettingProblem[] {
  const legacy = b2b.auth_mode === 'legacy_login';
  if (legacy && b2b.enabled && b2b.legacy.email === null) {
    return refuse('b2b.legacy.email', 'is required with b2b.auth_mode legacy_login');
  }
  if (legacy) return [];
  return (['email', 'token_name'] as const)
    .filter((field) => b2b.legacy[field] !== null)
    .flatMap((field) =>
      refuse(
        `b2b.legacy.${field}`,
        "is only for b2b.auth_mode legacy_login; with store_token the store's own token is used",
      ),
    );
}
