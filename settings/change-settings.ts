/**
 * Changes one setting of a document by its dotted name, from text as people type it. It promises that what it returns
 * is a valid document; it never touches the one it was given.
 */
import { z } from 'zod';
import type { SettingsDocument } from './channel-settings.ts';
import { isPlainObject, valueAt, withValue } from './document-paths.ts';
import { parseSettings, SETTINGS, unknownSetting, type SettingProblem } from './parse-settings.ts';
import { bareSchema, isTextual, readText } from './read-text.ts';
import type { SettingEntry } from './setting.ts';

export type ChangedSettings =
  { ok: true; doc: SettingsDocument; warnings: SettingProblem[] } | { ok: false; problems: SettingProblem[] };

/** What is to be done with one setting; null takes it back to its default. */
export interface SettingEdit {
  name: string;
  text: string | null;
}

/**
 * Sets and unsets settings together, so that rules between them judge the outcome only. Lists are typed `2,10` or
 * `["a","b"]`, nothing is `null`, maps are JSON, no text at all takes the setting back; one entry of a map goes by
 * `fulfillment.carrier_map.acme`. Refuses unknown names with the nearest known one.
 */
export function editSettings(doc: SettingsDocument, edits: readonly SettingEdit[]): ChangedSettings {
  const problems: SettingProblem[] = [];
  let edited = doc;
  for (const { name, text } of edits) {
    const one = editOne(edited, name, text);
    if ('problem' in one) problems.push(one.problem);
    else edited = one.doc;
  }
  return problems.length > 0 ? { ok: false, problems } : checkedSettings(edited);
}

/** Sets one setting; see {@link editSettings}. */
export function setSetting(doc: SettingsDocument, name: string, text: string): ChangedSettings {
  return editSettings(doc, [{ name, text }]);
}

/** Takes one setting out of the document, so that its default holds again. A required one is refused. */
export function unsetSetting(doc: SettingsDocument, name: string): ChangedSettings {
  return editSettings(doc, [{ name, text: null }]);
}

/** Lays one document over another, setting by setting; lists and maps are replaced whole. */
export function mergeSettings(doc: SettingsDocument, over: SettingsDocument): ChangedSettings {
  let merged = doc;
  for (const entry of SETTINGS) {
    const path = entry.name.split('.');
    const value = valueAt(over, path);
    if (value !== undefined) merged = withValue(merged, path, value);
  }
  return checkedSettings(merged);
}

export function checkedSettings(doc: SettingsDocument): ChangedSettings {
  const parsed = parseSettings(doc);
  return parsed.ok ? { ok: true, doc, warnings: parsed.warnings } : parsed;
}

function editOne(
  doc: SettingsDocument,
  name: string,
  text: string | null,
): { doc: SettingsDocument } | { problem: SettingProblem } {
  const found = findSetting(name);
  if (found === null) return { problem: unknownSetting(name) };
  const { entry, entryKey } = found;
  const path = entry.name.split('.');
  const schema = entryKey === null ? entry.schema : entrySchema(entry.schema);
  const takesBack = text === null || (text.trim() === '' && (entryKey !== null || !isTextual(schema)));
  if (entryKey === null) {
    if (takesBack) return { doc: withValue(doc, path, undefined) };
    const read = readText(schema, text);
    return read.ok
      ? { doc: withValue(doc, path, read.value) }
      : { problem: { setting: name, message: read.message } };
  }
  const begun = withDefaultEntries(doc, entry, path);
  if (takesBack) return { doc: withValue(begun, [...path, entryKey], undefined) };
  const read = readText(schema, text);
  if (!read.ok) return { problem: { setting: name, message: read.message } };
  return { doc: withValue(begun, [...path, entryKey], read.value) };
}

/** One entry of a map changes that entry only: a map that is not given begins as its default. */
function withDefaultEntries(
  doc: SettingsDocument,
  entry: SettingEntry,
  path: readonly string[],
): SettingsDocument {
  const given = valueAt(doc, path);
  if (isPlainObject(given) || entry.addsToDefault === true) return doc;
  return isPlainObject(entry.byDefault) ? withValue(doc, path, entry.byDefault) : doc;
}

function findSetting(name: string): { entry: SettingEntry; entryKey: string | null } | null {
  for (const entry of SETTINGS) {
    if (entry.name === name) return { entry, entryKey: null };
    if (name.startsWith(`${entry.name}.`) && bareSchema(entry.schema) instanceof z.ZodRecord) {
      const entryKey = name.slice(entry.name.length + 1);
      // The one key that JavaScript's objects do not keep as an entry.
      return entryKey === '__proto__' ? null : { entry, entryKey };
    }
  }
  return null;
}

function entrySchema(schema: z.ZodType): z.ZodType {
  const bare = bareSchema(schema);
  // Classic like all of ours; the caller found a map.
  return bare instanceof z.ZodRecord ? (bare.valueType as z.ZodType) : bare;
}
