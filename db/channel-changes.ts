/**
 * Adding a channel, changing its settings and removing it: a slug is bound to its store for ever, and a store has one
 * quota ceiling. Each change is one transaction with its audit entry; the rules between channels are `channel-rules.ts`.
 */
import { and, eq, isNull } from 'drizzle-orm';
import { isDeepStrictEqual } from 'node:util';
import { CHANNEL_ID_RULE, isChannelId } from '../domain/ids.ts';
import type { ChannelSettings, SettingsDocument } from '../settings/channel-settings.ts';
import { codRules } from '../settings/import-rules.ts';
import { parseSettings, SETTING_NAMES } from '../settings/parse-settings.ts';
import { recordAudit } from './audit.ts';
import {
  channelOf,
  invalidSettings,
  lockChannel,
  requireChannel,
  settingsOf,
  type Channel,
} from './channel-row.ts';
import { assertFits, assertScopesAllow, assertSecretsFit } from './channel-rules.ts';
import type { Database, Tx } from './database.ts';
import { inTransaction } from './database.ts';
import { DbError } from './errors.ts';
import { applyCod, type CodChange } from './import-cod.ts';
import { assertGatewayKnown } from './gateways.ts';
import { offerOpenOrders } from './orders.ts';
import { setCeiling } from './quota.ts';
import { channels } from './schema.ts';
import { listSecrets, putSecret, type SecretBox } from './secrets.ts';

export interface SettingChange {
  setting: string;
  from: unknown;
  to: unknown;
}

/**
 * Adds a channel, disabled until its first good check, with its secrets. A removed channel's slug may be used again for
 * the same store. Refuses `settings_invalid`, `channel_exists`, `channel_bound`, `credentials_missing`
 * and what `channel-rules.ts` refuses.
 */
export async function addChannel(
  db: Database,
  box: SecretBox,
  input: {
    id: string;
    doc: SettingsDocument;
    /** By kind, such as `access_token`. */
    secrets: Readonly<Record<string, string>>;
    by: string;
    now: string;
  },
): Promise<Channel> {
  const { id, doc, by, now } = input;
  if (!isChannelId(id)) {
    throw new DbError('settings_invalid', `${JSON.stringify(id)} is no channel id: ${CHANNEL_ID_RULE}.`, {
      channelId: id,
    });
  }
  const settings = validSettings(id, doc);
  const storeHash = settings.connection.store_hash;
  return inTransaction(db, async (tx) => {
    await lockAllChannels(tx);
    const [existing] = await tx.orm.select().from(channels).where(eq(channels.id, id)).for('update');
    if (existing !== undefined && existing.removedAt === null) {
      throw new DbError(
        'channel_exists',
        `Channel ${id} exists already. Change it with: waybill channel set ${id}`,
        {
          channelId: id,
        },
      );
    }
    if (existing !== undefined && existing.storeHash !== storeHash)
      throw boundToOther(id, existing.storeHash);
    await assertFits(tx, id, settings);
    await assertGatewayKnown(tx, id, settings.catalog.default_gateway_ref);
    assertSecretsFit(id, settings, Object.keys(input.secrets));
    const fresh = {
      storeHash,
      settings: doc,
      settingsVersion: (existing?.settingsVersion ?? 0) + 1,
      enabled: false,
      disabledReason: 'not enabled yet',
      disabledBy: 'new' as const,
      disabledAt: now,
      authFailures: 0,
      lastCheck: null,
      updatedAt: now,
      removedAt: null,
    };
    await tx.orm
      .insert(channels)
      .values({ id, createdAt: now, ...fresh })
      .onConflictDoUpdate({ target: channels.id, set: fresh });
    for (const [kind, value] of Object.entries(input.secrets))
      await putSecret(tx, box, { channelId: id, kind, value, now });
    await refreshCeiling(tx, storeHash);
    await recordAudit(tx, {
      at: now,
      by,
      channelId: id,
      orderId: null,
      action: 'channel.add',
      detail: {
        storeHash,
        settings: doc,
        secrets: Object.keys(input.secrets),
        again: existing !== undefined,
      },
    });
    return requireChannel(tx, id);
  });
}

/** Settings by which the plans and timers of open orders are made. */
const OPEN_ORDERS_FOLLOW = /^(fulfillment|lifecycle|carriers)\.|^channel\.profile$/;

export interface ChangedChannel {
  channel: Channel;
  changes: SettingChange[];
  /** Open orders that were put into the outbox. */
  offered: number;
  /** What became of orders not shipped yet, where the rules of cash on delivery were changed. */
  cod: CodChange | null;
}

/**
 * Replaces the settings document, and keeps secrets that belong to the change in the same transaction. Where anything
 * changes by which open orders are planned or timed, they go into the outbox, so that each running lifecycle settles by
 * the new version. A document that says the same changes nothing. `expectedVersion` refuses a change made from an
 * outdated view. Refuses `channel_unknown`, `settings_invalid`, `settings_outdated`, `channel_bound`,
 * `credentials_missing` and what `channel-rules.ts` refuses. The audit tells who, when, which setting, from what to what.
 */
export async function changeSettings(
  db: Database,
  input: {
    id: string;
    doc: SettingsDocument;
    by: string;
    now: string;
    expectedVersion?: number;
    /** By kind, such as `client_secret`. */
    secrets?: { box: SecretBox; values: Readonly<Record<string, string>> };
  },
): Promise<ChangedChannel> {
  const { id, doc, by, now, expectedVersion } = input;
  const settings = validSettings(id, doc);
  const secrets = Object.entries(input.secrets?.values ?? {});
  return inTransaction(db, async (tx) => {
    await lockAllChannels(tx);
    const row = await lockChannel(tx, id);
    if (expectedVersion !== undefined && expectedVersion !== row.settingsVersion) {
      throw new DbError(
        'settings_outdated',
        `The settings of channel ${id} were changed meanwhile (version ${String(row.settingsVersion)}, not ` +
          `${String(expectedVersion)}). Look at them again: waybill channel show ${id}`,
        { channelId: id, version: row.settingsVersion },
      );
    }
    if (settings.connection.store_hash !== row.storeHash) throw boundToOther(id, row.storeHash);
    if (isDeepStrictEqual(row.settings, doc) && secrets.length === 0)
      return { channel: channelOf(tx, row), changes: [], offered: 0, cod: null };
    await assertFits(tx, id, settings);
    for (const [kind, value] of secrets) {
      if (input.secrets !== undefined)
        await putSecret(tx, input.secrets.box, { channelId: id, kind, value, now });
    }
    const kept = await listSecrets(tx, id);
    assertSecretsFit(
      id,
      settings,
      kept.map(({ kind }) => kind),
    );
    const earlier = settingsOf(tx, id, row.settings);
    assertScopesAllow(id, earlier, settings, row.lastCheck);
    const changes = differences(earlier, settings);
    if (changes.some(({ setting }) => setting === 'catalog.default_gateway_ref'))
      await assertGatewayKnown(tx, id, settings.catalog.default_gateway_ref);
    const version = row.settingsVersion + 1;
    await tx.orm
      .update(channels)
      .set({ settings: doc, settingsVersion: version, updatedAt: now })
      .where(eq(channels.id, id));
    await refreshCeiling(tx, row.storeHash);
    const followed = changes.some(({ setting }) => OPEN_ORDERS_FOLLOW.test(setting));
    const offered = followed ? await offerOpenOrders(tx, { channelId: id, now }) : 0;
    const codChanged = changes.some(({ setting }) => setting.startsWith('orders.import.cod.'));
    const cod = codChanged ? await applyCod(tx, { channelId: id, rules: codRules(settings), now }) : null;
    const kinds = secrets.map(([kind]) => kind);
    await recordAudit(tx, {
      at: now,
      by,
      channelId: id,
      orderId: null,
      action: 'channel.settings',
      detail: { version, changes, ...(kinds.length === 0 ? {} : { secrets: kinds }) },
    });
    return { channel: await requireChannel(tx, id), changes, offered, cod };
  });
}

/** A document that may be saved, with every rule asked; throws `settings_invalid`. */
function validSettings(id: string, doc: SettingsDocument): ChannelSettings {
  const parsed = parseSettings(doc);
  if (parsed.ok) return parsed.settings;
  throw invalidSettings(id, parsed.problems);
}

/**
 * Takes a disabled channel away: its secrets, hints and outbox rows go, its orders, ledger and slug stay. Runs,
 * schedules and hooks are the caller's. Refuses `channel_unknown`, `channel_is_enabled`.
 */
export async function removeChannel(
  db: Database,
  input: { id: string; by: string; now: string },
): Promise<void> {
  const { id, by, now } = input;
  await inTransaction(db, async (tx) => {
    await lockAllChannels(tx);
    const row = await lockChannel(tx, id);
    if (row.enabled) {
      throw new DbError(
        'channel_is_enabled',
        `Channel ${id} is enabled. Disable it first: waybill channel disable ${id}`,
        {
          channelId: id,
        },
      );
    }
    await tx.orm.update(channels).set({ removedAt: now, updatedAt: now }).where(eq(channels.id, id));
    await tx.sql`delete from channel_secrets where channel_id = ${id}`;
    await tx.sql`delete from hints where channel_id = ${id}`;
    await tx.sql`delete from webhooks where channel_id = ${id}`;
    await tx.sql`delete from webhook_deliveries where channel_id = ${id}`;
    await tx.sql`delete from outbox where channel_id = ${id}`;
    await refreshCeiling(tx, row.storeHash);
    await recordAudit(tx, {
      at: now,
      by,
      channelId: id,
      orderId: null,
      action: 'channel.remove',
      detail: {},
    });
  });
}

/** Settings that differ, by dotted name, defaults filled in on both sides. */
function differences(before: ChannelSettings, after: ChannelSettings): SettingChange[] {
  return SETTING_NAMES.map((setting) => ({
    setting,
    from: valueAt(before, setting),
    to: valueAt(after, setting),
  })).filter(({ from, to }) => !isDeepStrictEqual(from, to));
}

function valueAt(settings: unknown, name: string): unknown {
  let at = settings;
  for (const part of name.split('.')) {
    if (typeof at !== 'object' || at === null) return undefined;
    at = Object.entries(at).find(([key]) => key === part)?.[1];
  }
  return at;
}

/** Changes are rare, and the rules span channels: one at a time. */
async function lockAllChannels(tx: Tx): Promise<void> {
  await tx.sql`select pg_advisory_xact_lock(hashtextextended('waybill channels', 0))`;
}

/**
 * The store's ceiling: the lowest limit of its channels over the longest of their windows, which keeps every one of
 * their settings. A store without channels keeps the last one.
 */
export async function refreshCeiling(tx: Tx, storeHash: string): Promise<void> {
  const rows = await tx.orm
    .select()
    .from(channels)
    .where(and(eq(channels.storeHash, storeHash), isNull(channels.removedAt)));
  if (rows.length === 0) return;
  const throttles = rows.map((row) => channelOf(tx, row).settings.throttle);
  await setCeiling(tx, {
    storeHash,
    limit: Math.min(...throttles.map((throttle) => throttle.limit)),
    windowMs: Math.max(...throttles.map((throttle) => throttle.window_seconds)) * 1_000,
    maxConcurrency: Math.min(...throttles.map((throttle) => throttle.max_concurrency)),
  });
}

function boundToOther(id: string, storeHash: string): DbError {
  return new DbError(
    'channel_bound',
    `Channel ${id} belongs to store ${storeHash} for ever: its orders and ledger are kept under this id. ` +
      `Use another id for another store.`,
    { channelId: id, storeHash },
  );
}
