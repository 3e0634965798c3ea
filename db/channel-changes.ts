/**
 * Adding a channel, changing its settings and removing it, with the rules that hold between channels: unique names, a
 * slug bound to its store for ever, one writer per storefront, one quota ceiling per store. Each change is one
 * transaction with its audit entry.
 */
import { and, eq, isNull, ne } from 'drizzle-orm';
import { isDeepStrictEqual } from 'node:util';
import { CHANNEL_ID_RULE, isChannelId } from '../domain/ids.ts';
import type { ChannelSettings, SettingsDocument } from '../settings/channel-settings.ts';
import { SETTING_NAMES } from '../settings/parse-settings.ts';
import { recordAudit } from './audit.ts';
import { channelOf, lockChannel, requireChannel, settingsOf, type Channel } from './channel-row.ts';
import type { Database, Tx } from './database.ts';
import { inTransaction } from './database.ts';
import { DbError } from './errors.ts';
import { offerOpenOrders } from './orders.ts';
import { setCeiling } from './quota.ts';
import { channels } from './schema.ts';
import { putSecret, type SecretBox } from './secrets.ts';

export interface SettingChange {
  setting: string;
  from: unknown;
  to: unknown;
}

/**
 * Adds a channel, disabled until its first good check, with its secrets. A removed channel's slug may be used again for
 * the same store. Refuses `settings_invalid`, `channel_exists`, `channel_bound`, `channel_name_taken`, `second_writer`.
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
  const settings = settingsOf(id, doc);
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

/**
 * Replaces the settings document. Where anything under `fulfillment` or the profile changes, the channel's open orders go into the
 * outbox, because their plans may change. A document that says the same changes nothing. `expectedVersion` refuses a
 * change made from an outdated view. Refuses `channel_unknown`, `settings_invalid`, `settings_outdated`,
 * `channel_bound`, `channel_name_taken`, `second_writer`.
 */
export async function changeSettings(
  db: Database,
  input: { id: string; doc: SettingsDocument; by: string; now: string; expectedVersion?: number },
): Promise<{ channel: Channel; changes: SettingChange[]; offered: number }> {
  const { id, doc, by, now, expectedVersion } = input;
  const settings = settingsOf(id, doc);
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
    if (isDeepStrictEqual(row.settings, doc)) return { channel: channelOf(row), changes: [], offered: 0 };
    await assertFits(tx, id, settings);
    const changes = differences(settingsOf(id, row.settings), settings);
    await tx.orm
      .update(channels)
      .set({ settings: doc, settingsVersion: row.settingsVersion + 1, updatedAt: now })
      .where(eq(channels.id, id));
    await refreshCeiling(tx, row.storeHash);
    const planChanged = changes.some(
      ({ setting }) => setting.startsWith('fulfillment.') || setting === 'channel.profile',
    );
    const offered = planChanged ? await offerOpenOrders(tx, { channelId: id, now }) : 0;
    await recordAudit(tx, {
      at: now,
      by,
      channelId: id,
      orderId: null,
      action: 'channel.settings',
      detail: { version: row.settingsVersion + 1, changes },
    });
    return { channel: await requireChannel(tx, id), changes, offered };
  });
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

async function assertFits(tx: Tx, id: string, settings: ChannelSettings): Promise<void> {
  const rows = await tx.orm
    .select()
    .from(channels)
    .where(and(ne(channels.id, id), isNull(channels.removedAt)));
  const others = rows.map(channelOf);
  const { name } = settings.channel;
  const sameName = others.find((other) => other.settings.channel.name.toLowerCase() === name.toLowerCase());
  if (sameName !== undefined) {
    throw new DbError(
      'channel_name_taken',
      `Channel ${sameName.id} has the name ${JSON.stringify(name)} already. Choose another.`,
      {
        channelId: id,
        other: sameName.id,
      },
    );
  }
  const second = others.find(
    (other) =>
      other.storeHash === settings.connection.store_hash &&
      isWriter(other.settings) &&
      isWriter(settings) &&
      shareStorefront(other.settings, settings),
  );
  if (second !== undefined) {
    throw new DbError(
      'second_writer',
      `Channel ${second.id} writes back to the same storefront of store ${second.storeHash}, and only one may. ` +
        `Switch fulfillment.push_enabled off there, or limit both with connection.bc_channel_ids.`,
      { channelId: id, other: second.id },
    );
  }
}

function isWriter(settings: ChannelSettings): boolean {
  return settings.fulfillment.push_enabled && settings.channel.profile !== 'import_only';
}

/** No list means every storefront. */
function shareStorefront(a: ChannelSettings, b: ChannelSettings): boolean {
  const [these, those] = [a.connection.bc_channel_ids, b.connection.bc_channel_ids];
  return these === null || those === null || these.some((id) => those.includes(id));
}

/**
 * The store's ceiling: the lowest limit of its channels over the longest of their windows, which keeps every one of
 * their settings. A store without channels keeps the last one.
 */
async function refreshCeiling(tx: Tx, storeHash: string): Promise<void> {
  const rows = await tx.orm
    .select()
    .from(channels)
    .where(and(eq(channels.storeHash, storeHash), isNull(channels.removedAt)));
  if (rows.length === 0) return;
  const throttles = rows.map((row) => channelOf(row).settings.throttle);
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
