/** Settings as operators type and read them: `name=value` words in, lines and problems out. */
import { isDeepStrictEqual } from 'node:util';
import type { ChannelSettings, SettingsDocument } from '../../settings/channel-settings.ts';
import { editSettings, type ChangedSettings } from '../../settings/change-settings.ts';
import { SETTINGS, type SettingProblem } from '../../settings/parse-settings.ts';
import { settingValue } from '../../settings/settings-file.ts';
import { CommandError } from './command-error.ts';
import type { Output } from './output.ts';
import type { Session } from './session.ts';

/** What a change of settings came to: the document, and what is odd about it. */
export interface EditedSettings {
  doc: SettingsDocument;
  warnings: readonly SettingProblem[];
}

/**
 * Applies `name=value` words together, so that rules between settings judge the outcome only. Nothing is stored here.
 * @throws CommandError `bad_usage`, `settings_invalid`
 */
export function applyWords(doc: SettingsDocument, words: readonly string[]): EditedSettings {
  return changed(
    editSettings(
      doc,
      words.map((word) => {
        const at = word.indexOf('=');
        if (at < 1) {
          throw new CommandError('bad_usage', {
            what: `"${word.slice(0, 80)}" is not name=value.`,
            todo: 'Type it such as orders.import.interval_minutes=30; quote it when the value has blanks.',
          });
        }
        return { name: word.slice(0, at).trim(), text: word.slice(at + 1) };
      }),
    ),
  );
}

/** @throws CommandError `settings_invalid` */
export function removeNames(doc: SettingsDocument, names: readonly string[]): EditedSettings {
  return changed(
    editSettings(
      doc,
      names.map((name) => ({ name, text: null })),
    ),
  );
}

/** Remarks on the way, to standard error: nothing of them is refused. */
export function noteWarnings(out: Output, warnings: readonly SettingProblem[]): void {
  for (const { setting, message } of warnings) out.note(`Note: ${setting} ${message}`);
}

/** Every setting with its value, whether it was given, and whether it differs from its default. */
export function settingRows(
  doc: SettingsDocument,
  settings: ChannelSettings,
): { name: string; value: unknown; given: boolean; differs: boolean }[] {
  return SETTINGS.map(({ name, byDefault }) => {
    const value = settingValue(settings, name);
    return {
      name,
      value,
      given: settingValue(doc, name) !== undefined,
      differs: !isDeepStrictEqual(value, byDefault),
    };
  });
}

/** @throws CommandError `settings_invalid` for a refused change */
export function changed(change: ChangedSettings): EditedSettings {
  if (change.ok) return change;
  throw invalidSettings(change.problems);
}

/** BigCommerce's own; every other host must be allowed by the installation. */
const OWN_HOSTS: readonly string[] = ['api.bigcommerce.com', 'api-b2b.bigcommerce.com'];
const LOOPBACK_HOSTS: readonly string[] = ['127.0.0.1', 'localhost', '[::1]'];

/**
 * Refuses an address at a host that the installation does not allow (I-41, I-52): the token would be sent there. The port
 * counts, because a foreign service may listen beside the API on the same machine. A loopback address passes; the process
 * that calls decides about those.
 * @throws CommandError `settings_invalid`
 */
export function assertHostsAllowed(session: Session, doc: SettingsDocument): void {
  const problems = ['connection.api_base_url', 'b2b.api_base_url'].flatMap((setting): SettingProblem[] => {
    const address = settingValue(doc, setting);
    if (typeof address !== 'string' || !URL.canParse(address)) return [];
    const { host, hostname } = new URL(address);
    const allowed = [...OWN_HOSTS, ...session.config.store.hosts.map((one) => one.toLowerCase())];
    if (allowed.includes(host) || LOOPBACK_HOSTS.includes(hostname)) return [];
    return [
      {
        setting,
        message: `leads to ${host}, which this installation does not allow; whoever runs it can add the host to WAYBILL_STORE_HOSTS`,
      },
    ];
  });
  if (problems.length > 0) throw invalidSettings(problems);
}

export function invalidSettings(problems: readonly SettingProblem[]): CommandError {
  const lines = problems.map(({ setting, message }) =>
    setting === '' ? `  ${message}` : `  ${setting} ${message}`,
  );
  return new CommandError('settings_invalid', {
    what: 'Nothing was changed; a setting cannot be used:',
    why: lines.join('\n'),
    todo: problems.some(({ setting }) => setting.includes('status'))
      ? 'Statuses go by their ids, whatever the store calls them: `waybill channel statuses <channel>`. See docs/settings.md.'
      : 'See docs/settings.md, or `waybill channel show <channel>` for those in force.',
  });
}
