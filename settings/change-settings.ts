/**
 * Changes one setting of a document by its dotted name, from text as people type it. It promises that what it returns
 * is a valid document; it never touches the one it was given.
 */
import { z } from 'zod';
import type { SettingsDocument } from './channel-settings.ts';
import {
  parseSettings,
  SETTINGS,
  unknownSetting,
  type ParsedSettings,
  type SettingProblem,
} from './parse-settings.ts';
import type { SettingEntry } from './setting.ts';

export type ChangedSettings =
  { ok: true; doc: SettingsDocument; warnings: SettingProblem[] } | { ok: false; problems: SettingProblem[] };

/**
 * Sets one setting. Lists are typed `2,10` or `["a","b"]`, nothing is `null`, maps are JSON; one entry of a map goes
 * by `fulfillment.carrier_map.acme`. Refuses unknown names with the nearest known one.
 */
export function setSetting(doc: SettingsDocument, name: string, text: string): ChangedSettings {
  const found = findSetting(name);
  if (found === null) return { ok: false, problems: [unknownSetting(name)] };
  const read = readText(found.entryKey === null ? bareSchema(found.entry.schema) : z.string(), text);
  if (!read.ok) return { ok: false, problems: [{ setting: name, message: read.message }] };
  const path = [...found.entry.name.split('.'), ...(found.entryKey === null ? [] : [found.entryKey])];
  return checked(withValue(doc, path, read.value));
}

/** Takes one setting out of the document, so that its default holds again. A required one is refused. */
export function unsetSetting(doc: SettingsDocument, name: string): ChangedSettings {
  const found = findSetting(name);
  if (found === null) return { ok: false, problems: [unknownSetting(name)] };
  const path = [...found.entry.name.split('.'), ...(found.entryKey === null ? [] : [found.entryKey])];
  return checked(withValue(doc, path, undefined));
}

/** Lays one document over another, setting by setting; lists and maps are replaced whole. */
export function mergeSettings(doc: SettingsDocument, over: SettingsDocument): ChangedSettings {
  let merged = doc;
  for (const entry of SETTINGS) {
    const path = entry.name.split('.');
    const value = valueAt(over, path);
    if (value !== undefined) merged = withValue(merged, path, value);
  }
  return checked(merged);
}

function checked(doc: SettingsDocument): ChangedSettings {
  const parsed: ParsedSettings = parseSettings(doc);
  return parsed.ok ? { ok: true, doc, warnings: parsed.warnings } : parsed;
}

function findSetting(name: string): { entry: SettingEntry; entryKey: string | null } | null {
  for (const entry of SETTINGS) {
    if (entry.name === name) return { entry, entryKey: null };
    if (name.startsWith(`${entry.name}.`) && bareSchema(entry.schema) instanceof z.ZodRecord) {
      return { entry, entryKey: name.slice(entry.name.length + 1) };
    }
  }
  return null;
}

/** The schema without default and null: what decides how text is read. */
function bareSchema(schema: z.ZodType): z.ZodType {
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodNullable) {
    // zod types the inner schema by its core; all of ours are classic.
    return bareSchema(schema.unwrap() as z.ZodType);
  }
  return schema;
}

type ReadText = { ok: true; value: unknown } | { ok: false; message: string };

function readText(schema: z.ZodType, text: string): ReadText {
  const trimmed = text.trim();
  if (trimmed === 'null') return { ok: true, value: null };
  if (schema instanceof z.ZodBoolean) {
    if (['true', 'yes', 'on'].includes(trimmed)) return { ok: true, value: true };
    if (['false', 'no', 'off'].includes(trimmed)) return { ok: true, value: false };
    return { ok: false, message: `expected true or false, not ${JSON.stringify(trimmed)}` };
  }
  if (schema instanceof z.ZodNumber) return readNumber(trimmed);
  if (schema instanceof z.ZodLiteral) {
    const [first] = schema.values;
    return typeof first === 'number' ? readNumber(trimmed) : { ok: true, value: trimmed };
  }
  if (schema instanceof z.ZodArray) return readList(bareSchema(schema.element as z.ZodType), trimmed);
  if (schema instanceof z.ZodRecord) {
    const value = readJson(trimmed);
    return value === undefined ? { ok: false, message: 'expected a JSON object' } : { ok: true, value };
  }
  return { ok: true, value: trimmed };
}

function readNumber(text: string): ReadText {
  if (!/^-?\d+(\.\d+)?$/.test(text))
    return { ok: false, message: `expected a number, not ${JSON.stringify(text)}` };
  return { ok: true, value: Number(text) };
}

function readList(element: z.ZodType, text: string): ReadText {
  if (text.startsWith('[')) {
    const value = readJson(text);
    return value === undefined
      ? { ok: false, message: 'expected a list such as 2,10 or a JSON list' }
      : { ok: true, value };
  }
  const values: unknown[] = [];
  for (const part of text.split(',').map((item) => item.trim())) {
    if (part === '') continue;
    const read = readText(element, part);
    if (!read.ok) return read;
    values.push(read.value);
  }
  return { ok: true, value: values };
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function valueAt(doc: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (at, key) => (isPlainObject(at) && Object.hasOwn(at, key) ? at[key] : undefined),
    doc,
  );
}

/** A copy with the value put in (undefined takes it out; sections left empty go with it). */
function withValue(doc: SettingsDocument, path: readonly string[], value: unknown): SettingsDocument {
  const [key, ...rest] = path;
  if (key === undefined) return doc;
  const copy: SettingsDocument = { ...doc };
  const inner = isPlainObject(copy[key]) ? copy[key] : {};
  const next = rest.length === 0 ? value : withValue(inner, rest, value);
  const emptied =
    rest.length > 0 && value === undefined && isPlainObject(next) && Object.keys(next).length === 0;
  if (next === undefined || emptied) delete copy[key];
  else copy[key] = next;
  return copy;
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
