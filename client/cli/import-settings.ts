/**
 * Takes a settings file over: shows what would change, asks, and stores settings and secrets in one transaction or
 * nothing. It never shows a secret, and never puts an untried token in the place of one that works.
 */
import { isDeepStrictEqual } from 'node:util';
import { addChannel, changeSettings, getChannel, type Channel } from '../../db/channels.ts';
import { checkedSettings, mergeSettings } from '../../settings/change-settings.ts';
import type { SettingsDocument } from '../../settings/channel-settings.ts';
import { withValue } from '../../settings/document-paths.ts';
import { parseSettings, SETTINGS } from '../../settings/parse-settings.ts';
import { readSettingsFile, settingValue } from '../../settings/settings-file.ts';
import {
  assertHostsAllowed,
  changed,
  invalidSettings,
  noteWarnings,
  type EditedSettings,
} from './channel-settings.ts';
import { CommandError } from './command-error.ts';
import { ACCESS_TOKEN } from './credentials.ts';
import { assertMayFetch, type FetchOptions } from './fetch-admitted.ts';
import { plannedSecrets, type PlannedSecrets } from './import-secrets.ts';
import { ask, canAsk } from './prompts.ts';
import type { Session } from './session.ts';
import { readStoreReference } from './store-hash.ts';
import { tellChange } from './tell-change.ts';

export interface ImportOptions extends FetchOptions {
  replace?: true;
  withoutSecrets?: true;
  yes?: true;
}

interface PlannedImport extends EditedSettings, PlannedSecrets {
  changes: { setting: string; from: unknown; to: unknown }[];
}

/** Refuses the whole file or stores the whole of it. @throws CommandError */
export async function importSettings(
  session: Session,
  channelId: string,
  text: string,
  options: ImportOptions,
): Promise<void> {
  const { store } = session.config;
  const file = readSettingsFile(text, (pasted) =>
    readStoreReference(pasted, { allowedHosts: store.hosts, allowLoopback: store.allowLoopback }),
  );
  if (!file.ok) throw invalidSettings(file.problems);
  const db = await session.database();
  const before = await getChannel(db, channelId);
  assertMayFetch(options, before, channelId);
  const edited = editedBy(file.doc, before, channelId, options);
  assertHostsAllowed(session, edited.doc);
  const named = options.withoutSecrets === true ? {} : file.secrets;
  const planned: PlannedImport = {
    ...edited,
    changes: changesOf(before, edited.doc),
    ...(await plannedSecrets({ session, channelId, before, replace: options.replace === true }, named)),
  };
  for (const { setting, message } of file.notices) session.out.note(`Note: ${setting} ${message}`);
  noteWarnings(session.out, edited.warnings);
  await confirm(session, channelId, planned, options);
  await (before === null ? create(session, channelId, planned) : change(session, before, planned, options));
}

/** The document as it would be. What a file does not name stays, unless it is to replace everything. */
function editedBy(
  given: SettingsDocument,
  before: Channel | null,
  channelId: string,
  options: ImportOptions,
): EditedSettings {
  if (before !== null && options.replace !== true) return changed(mergeSettings(before.document, given));
  const name = settingValue(given, 'channel.name') ?? before?.settings.channel.name ?? channelId;
  const named = withValue(given, ['channel', 'name'], name);
  const storeHash = settingValue(given, 'connection.store_hash') ?? before?.storeHash;
  return changed(checkedSettings(withValue(named, ['connection', 'store_hash'], storeHash)));
}

function changesOf(before: Channel | null, doc: SettingsDocument): PlannedImport['changes'] {
  const after = parseSettings(doc);
  return SETTINGS.map(({ name, byDefault }) => ({
    setting: name,
    from: before === null ? byDefault : settingValue(before.settings, name),
    to: after.ok ? settingValue(after.settings, name) : undefined,
  })).filter(({ from, to }) => !isDeepStrictEqual(from, to));
}

async function confirm(
  session: Session,
  channelId: string,
  { changes, told }: PlannedImport,
  options: ImportOptions,
): Promise<void> {
  const count = changes.length + told.length;
  // What would be gone is said also to those who asked for no question.
  const shown = options.yes === true ? told.filter(({ loses }) => loses) : told;
  for (const { name, what } of shown) session.out.note(`${name}: ${what}`);
  if (count === 0 || options.yes === true) return;
  for (const { setting, from, to } of changes)
    session.out.note(`${setting}: ${JSON.stringify(from) ?? 'nothing'} → ${JSON.stringify(to)}`);
  const question = `Change these ${String(count)} for ${channelId}? Type yes: `;
  if (canAsk(session) && (await ask(session, question)) === 'yes') return;
  throw new CommandError('not_confirmed', {
    what: `Nothing was changed; ${String(count)} settings and secrets would be.`,
    todo: 'Confirm with --yes.',
  });
}

async function create(session: Session, channelId: string, planned: PlannedImport): Promise<void> {
  const appLogsIn = settingValue(planned.doc, 'connection.auth_mode') === 'app_oauth';
  if (planned.secrets[ACCESS_TOKEN] === undefined && !appLogsIn) {
    throw new CommandError('not_found', {
      what: `There is no channel ${channelId}, and the file has no access token to make one with.`,
      todo: `Make it with \`waybill channel add ${channelId}\`, then import the file.`,
    });
  }
  const channel = await addChannel(await session.database(), await session.secrets(), {
    id: channelId,
    doc: planned.doc,
    secrets: planned.secrets,
    by: session.operator,
    now: session.now(),
  });
  for (const { name } of planned.told) session.out.line(`${name}: sealed`);
  session.out.line(
    `The channel ${channelId} is made, disabled. \`waybill channel enable ${channelId}\` checks and enables it.`,
  );
  await tellChange(session, { channel, changes: planned.changes, offered: 0, cod: null }, {});
}

async function change(
  session: Session,
  before: Channel,
  planned: PlannedImport,
  options: FetchOptions,
): Promise<void> {
  const outcome = await changeSettings(await session.database(), {
    id: before.id,
    doc: planned.doc,
    by: session.operator,
    now: session.now(),
    expectedVersion: before.settingsVersion,
    ...(planned.told.length === 0
      ? {}
      : { secrets: { box: await session.secrets(), values: planned.secrets } }),
  });
  for (const { name } of planned.told) session.out.line(`${name}: sealed`);
  await tellChange(session, outcome, options);
}
