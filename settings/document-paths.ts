/** Reads and changes a settings document by dotted names. It never touches the document it was given, and checks nothing. */
import type { SettingsDocument } from './channel-settings.ts';

/** The value at a path of own keys; undefined where there is none. */
export function valueAt(doc: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (at, key) => (isPlainObject(at) && Object.hasOwn(at, key) ? at[key] : undefined),
    doc,
  );
}

/** A copy with the value put in (undefined takes it out; sections left empty go with it). */
export function withValue(doc: SettingsDocument, path: readonly string[], value: unknown): SettingsDocument {
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

export function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
