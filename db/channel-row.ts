/**
 * A channel as everybody else sees it: its row with parsed settings. Reads and locks only; `channels.ts` is the door
 * for other rooms.
 */
import { and, asc, eq, isNull } from 'drizzle-orm';
import type { ChannelSettings, SettingsDocument } from '../settings/channel-settings.ts';
import type { SettingProblem } from '../settings/parse-settings.ts';
import type { Queries, Tx } from './database.ts';
import { DbError } from './errors.ts';
import { channels } from './schema.ts';

export type ChannelRow = typeof channels.$inferSelect;

export interface Channel {
  id: string;
  /** Bound for ever. */
  storeHash: string;
  /** With defaults filled in. */
  settings: ChannelSettings;
  /** As given. */
  document: SettingsDocument;
  /** Rises with every change. */
  settingsVersion: number;
  enabled: boolean;
  /** For people; null while enabled. */
  disabledReason: string | null;
  /** `new`: never enabled. `auth`: paused after refused credentials; a good check ends it. */
  disabledBy: 'new' | 'operator' | 'auth' | null;
  disabledAt: string | null;
  /** 401 answers in a row. */
  authFailures: number;
  /** The last connection check's report, or null. */
  lastCheck: Record<string, unknown> | null;
  /** The store's clock minus ours, as last seen. */
  clockSkewMs: number | null;
  createdAt: string;
  updatedAt: string;
}

/** The channel, or null for one that never was or that was removed. Throws `settings_invalid`. */
export async function getChannel(db: Queries, id: string): Promise<Channel | null> {
  const [row] = await db.orm
    .select()
    .from(channels)
    .where(and(eq(channels.id, id), isNull(channels.removedAt)));
  return row === undefined ? null : channelOf(db, row);
}

/** Whether there is such a channel; for callers that need nothing of it and ask often. */
export async function isChannel(db: Queries, id: string): Promise<boolean> {
  const found = await db.sql`select 1 from channels where id = ${id} and removed_at is null`;
  return found.length > 0;
}

/** Like {@link getChannel}; throws `channel_unknown` for null. */
export async function requireChannel(db: Queries, id: string): Promise<Channel> {
  const channel = await getChannel(db, id);
  if (channel === null) throw unknownChannel(id);
  return channel;
}

/** Every channel that was not removed, by id. Throws `settings_invalid`. */
export async function listChannels(db: Queries): Promise<Channel[]> {
  const rows = await db.orm
    .select()
    .from(channels)
    .where(isNull(channels.removedAt))
    .orderBy(asc(channels.id));
  return rows.map((row) => channelOf(db, row));
}

/** The row, locked until the transaction ends; throws `channel_unknown`. */
export async function lockChannel(tx: Tx, id: string): Promise<ChannelRow> {
  const [row] = await tx.orm
    .select()
    .from(channels)
    .where(and(eq(channels.id, id), isNull(channels.removedAt)))
    .for('update');
  if (row === undefined) throw unknownChannel(id);
  return row;
}

/** The row with its settings; throws `settings_invalid`. */
export function channelOf(db: Queries, row: ChannelRow): Channel {
  const { removedAt: _removedAt, settings: document, ...fields } = row;
  return { ...fields, document, settings: settingsOf(db, row.id, document) };
}

/**
 * The settings of a stored document; throws `settings_invalid` with every problem in a sentence. Rules between settings
 * are asked when a document is saved, not here. May be repeated at no cost.
 */
export function settingsOf(
  db: Pick<Queries, 'settings'>,
  id: string,
  document: SettingsDocument,
): ChannelSettings {
  const read = db.settings.read(document);
  if (read.ok) return read.settings;
  throw invalidSettings(id, read.problems);
}

/** The refusal of a document, with every problem in a sentence. */
export function invalidSettings(id: string, found: readonly SettingProblem[]): DbError {
  const problems = found.map(({ setting, message }) => (setting === '' ? message : `${setting} ${message}`));
  return new DbError(
    'settings_invalid',
    `The settings of channel ${id} are not valid: ${problems.join('; ')}.`,
    {
      channelId: id,
    },
  );
}

export function unknownChannel(id: string): DbError {
  return new DbError('channel_unknown', `There is no channel ${id}. See: waybill channel list`, {
    channelId: id,
  });
}
