/**
 * The rules that hold between channels (capabilities X-6, C-2, S-18): unique names, one writer and one catalog owner per
 * storefront, no order imported twice by mistake. Reads only; the caller holds the lock over all channels.
 */
import { and, isNull, ne } from 'drizzle-orm';
import { refusedByScopes } from '../domain/connection-report.ts';
import { settingsReader } from '../domain/scope-needs.ts';
import type { ChannelSettings } from '../settings/channel-settings.ts';
import { channelOf } from './channel-row.ts';
import type { Tx } from './database.ts';
import { DbError, type DbErrorCode } from './errors.ts';
import { channels } from './schema.ts';
import type { SecretKind } from './secrets.ts';

/** What one rule needs to know of a channel. */
interface Known {
  id: string;
  storeHash: string;
  settings: ChannelSettings;
}

interface Collision {
  code: DbErrorCode;
  collides: (own: ChannelSettings, other: ChannelSettings) => boolean;
  sentence: (own: Known, other: Known) => string;
}

/** Between two channels of one store that cover a storefront together. */
const COLLISIONS: readonly Collision[] = [
  {
    code: 'second_writer',
    collides: (own, other) => isWriter(own) && isWriter(other),
    sentence: (_own, other) =>
      `Channel ${other.id} writes back to the same storefront of store ${other.storeHash}, and only one may. ` +
      `Switch fulfillment.push_enabled off there, or limit both with connection.bc_channel_ids.`,
  },
  {
    code: 'second_catalog_owner',
    collides: (own, other) => ownsCatalog(own) && ownsCatalog(other),
    sentence: (_own, other) =>
      `Channel ${other.id} keeps the catalog or creates the orders of the same storefront of store ${other.storeHash}, and only ` +
      `one may. Switch catalog.sync.enabled and orders.push.* off there, or limit both with connection.bc_channel_ids.`,
  },
  {
    code: 'shared_import',
    collides: (own, other) =>
      !own.orders.import.allow_shared_import && !other.orders.import.allow_shared_import,
    sentence: (own, other) =>
      `Channel ${other.id} imports from the same storefront of store ${other.storeHash}; each of its orders would exist twice. ` +
      `Limit both with connection.bc_channel_ids, or set orders.import.allow_shared_import=true for ${own.id}.`,
  },
];

/**
 * Refuses settings that collide with another channel's: `channel_name_taken`, `second_writer`, `second_catalog_owner`,
 * `shared_import`. Each message names the other channel and both ways out.
 */
export async function assertFits(tx: Tx, id: string, settings: ChannelSettings): Promise<void> {
  const rows = await tx.orm
    .select()
    .from(channels)
    .where(and(ne(channels.id, id), isNull(channels.removedAt)));
  const others = rows.map((row) => channelOf(tx, row));
  assertNameFree(id, settings, others);
  const own: Known = { id, storeHash: settings.connection.store_hash, settings };
  const neighbors = others.filter(
    (other) => other.storeHash === own.storeHash && shareStorefront(other.settings, settings),
  );
  for (const { code, collides, sentence } of COLLISIONS) {
    const other = neighbors.find((neighbor) => collides(settings, neighbor.settings));
    if (other !== undefined)
      throw new DbError(code, sentence(own, other), { channelId: id, other: other.id });
  }
}

/**
 * Refuses `scope_missing` for settings that switch on what the last check found the token unable to do (capabilities
 * section 1, P-12). What was on before, and everything else, is left alone; `report` is that of the check.
 */
export function assertScopesAllow(
  id: string,
  before: ChannelSettings,
  after: ChannelSettings,
  report: Record<string, unknown> | null,
): void {
  const [first, ...others] = refusedByScopes(
    settingsReader(before),
    settingsReader(after),
    report?.['scopes'],
    id,
  );
  if (first !== undefined)
    throw new DbError('scope_missing', [first, ...others].join(' '), { channelId: id });
}

/**
 * Refuses `credentials_missing` for settings that ask for a secret which is not kept (capabilities X-9: an app is
 * known by its id and its secret).
 */
export function assertSecretsFit(id: string, settings: ChannelSettings, kept: readonly SecretKind[]): void {
  if (settings.connection.auth_mode !== 'app_oauth' || kept.includes('client_secret')) return;
  throw new DbError(
    'credentials_missing',
    `connection.auth_mode app_oauth needs the client secret of the app, and channel ${id} has none. Give both in one file: ` +
      `waybill channel settings import ${id} <file> with connection.client_id, connection.client_secret, connection.auth_mode`,
    { channelId: id },
  );
}

function assertNameFree(id: string, settings: ChannelSettings, others: readonly Known[]): void {
  const { name } = settings.channel;
  const same = others.find((other) => other.settings.channel.name.toLowerCase() === name.toLowerCase());
  if (same === undefined) return;
  throw new DbError(
    'channel_name_taken',
    `Channel ${same.id} has the name ${JSON.stringify(name)} already. Choose another.`,
    { channelId: id, other: same.id },
  );
}

function isWriter(settings: ChannelSettings): boolean {
  return settings.fulfillment.push_enabled && settings.channel.profile !== 'import_only';
}

function ownsCatalog({ catalog, orders }: ChannelSettings): boolean {
  return catalog.sync.enabled || orders.push.initial || orders.push.renewal;
}

/** No list means every storefront. */
function shareStorefront(a: ChannelSettings, b: ChannelSettings): boolean {
  const [these, those] = [a.connection.bc_channel_ids, b.connection.bc_channel_ids];
  return these === null || those === null || these.some((id) => those.includes(id));
}
