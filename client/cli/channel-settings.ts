/** Settings as operators type and read them: `name=value` words in, lines and problems out. */
import type { ChannelSettings, SettingsDocument } from '../../settings/channel-settings.ts';
import { setSetting, unsetSetting, type ChangedSettings } from '../../settings/change-settings.ts';
import { SETTINGS, type SettingProblem } from '../../settings/parse-settings.ts';
import { CommandError } from './command-error.ts';

/**
 * Applies `name=value` words one after the other, so that each problem is told with its name. Nothing is stored here.
 * @throws CommandError `settings_invalid`
 */
export function applyWords(doc: SettingsDocument, words: readonly string[]): SettingsDocument {
  return words.reduce<SettingsDocument>((before, word) => {
    const at = word.indexOf('=');
    if (at < 1) {
      throw new CommandError('bad_usage', {
        what: `"${word.slice(0, 80)}" is not name=value.`,
        todo: 'Type it such as orders.import.interval_minutes=30; quote it when the value has blanks.',
      });
    }
    return changed(setSetting(before, word.slice(0, at).trim(), word.slice(at + 1)));
  }, doc);
}

/** @throws CommandError `settings_invalid` */
export function removeNames(doc: SettingsDocument, names: readonly string[]): SettingsDocument {
  return names.reduce<SettingsDocument>((before, name) => changed(unsetSetting(before, name)), doc);
}

/** Every setting with its value, and whether it was given or is the default. */
export function settingRows(
  doc: SettingsDocument,
  settings: ChannelSettings,
): { name: string; value: unknown; given: boolean }[] {
  return SETTINGS.map(({ name }) => ({
    name,
    value: valueAt(settings, name),
    given: valueAt(doc, name) !== undefined,
  }));
}

/** @throws CommandError `settings_invalid` for a refused change */
export function changed(change: ChangedSettings): SettingsDocument {
  if (change.ok) return change.doc;
  throw invalidSettings(change.problems);
}

export function invalidSettings(problems: readonly SettingProblem[]): CommandError {
  const lines = problems.map(({ setting, message }) =>
    setting === '' ? `  ${message}` : `  ${setting} ${message}`,
  );
  return new CommandError('settings_invalid', {
    what: 'Nothing was changed; a setting cannot be used:',
    why: lines.join('\n'),
    todo: 'See docs/settings.md, or `waybill channel show <channel>` for those in force.',
  });
}

function valueAt(document: object, name: string): unknown {
  return name
    .split('.')
    .reduce<unknown>(
      (at, key) => (typeof at === 'object' && at !== null && key in at ? Reflect.get(at, key) : undefined),
      document,
    );
}
