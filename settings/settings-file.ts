/**
 * Reads a settings file: our own export, or what another product keeps for the same purpose. It promises settings,
 * secrets and notices apart from each other, and never repeats a secret in what it says; it stores nothing.
 */
import { ALIASES, DROPPED, plainName } from './aliases.ts';
import type { SettingsDocument } from './channel-settings.ts';
import { isPlainObject, valueAt, withValue } from './document-paths.ts';
import { findOtherName, OTHER_NAMES, refusalOf, type OtherName } from './other-names.ts';
import { SETTINGS, unknownSetting, type SettingProblem } from './parse-settings.ts';

/** What stands in an export in place of a secret; an import reads over it. */
export const SECRET_PLACEHOLDER = '(kept secret)';
/** A settings file is a page or two. */
export const SETTINGS_FILE_BYTES_MAX = 262_144;

/** How a pasted store is understood; the caller knows which hosts are allowed. */
export type StoreReader = (
  text: string,
) => { ok: true; storeHash: string; apiBaseUrl: string | null } | { ok: false; reason: string };

export type SettingsFile =
  | {
      ok: true;
      /** What the file gives, not yet checked against the schema. */
      doc: SettingsDocument;
      /** By their names, such as `connection.access_token`; lists where several are kept. */
      secrets: Record<string, string | string[]>;
      /** What was understood differently from how it was written, or left out. */
      notices: SettingProblem[];
    }
  | { ok: false; problems: SettingProblem[] };

/**
 * Reads JSON text: nested as in an export, or flat with dotted names, or with the names of another product. The whole
 * file is refused where one name is unknown, a value cannot be read, or two names give one setting different values.
 */
export function readSettingsFile(text: string, readStore: StoreReader): SettingsFile {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return refused('is no JSON; YAML and other forms are not read');
  }
  if (!isPlainObject(json)) return refused('holds no JSON object');
  const file = new FileReading(readStore);
  for (const [name, value] of leavesOf(json)) {
    // Where editors find the schema of the file.
    if (name !== '$schema') file.take(name, value);
  }
  return file.result();
}

function refused(message: string): SettingsFile {
  return { ok: false, problems: [{ setting: '', message: `The file ${message}` }] };
}

const NAMES = new Set<string>([...SETTINGS.map(({ name }) => name), ...OTHER_NAMES.map(({ name }) => name)]);
const ALIAS_BY_NAME = new Map(ALIASES.map((alias) => [plainName(alias.name), alias]));
const DROPPED_BY_NAME = new Map(DROPPED.map((dropped) => [plainName(dropped.name), dropped]));

/** Every known name with its value, and every name that is not known; maps are values, sections are not. */
function leavesOf(section: Record<string, unknown>, before = ''): [name: string, value: unknown][] {
  return Object.entries(section).flatMap(([key, value]): [string, unknown][] => {
    const name = before === '' ? key : `${before}.${key}`;
    const known =
      NAMES.has(name) || ALIAS_BY_NAME.has(plainName(name)) || DROPPED_BY_NAME.has(plainName(name));
    if (known || !isPlainObject(value) || Object.keys(value).length === 0) return [[name, value]];
    return leavesOf(value, name);
  });
}

/** Collects what the names of one file give. */
class FileReading {
  readonly #readStore: StoreReader;
  readonly #given = new Map<string, { by: string; value: unknown }>();
  readonly #notices: SettingProblem[] = [];
  readonly #problems: SettingProblem[] = [];

  constructor(readStore: StoreReader) {
    this.#readStore = readStore;
  }

  take(name: string, value: unknown): void {
    const alias = NAMES.has(name) ? undefined : ALIAS_BY_NAME.get(plainName(name));
    const dropped = NAMES.has(name) ? undefined : DROPPED_BY_NAME.get(plainName(name));
    if (alias !== undefined) {
      const read = alias.read(value);
      if (!read.ok) return this.#refuse(name, read.message);
      if (read.notice !== null) this.#notices.push({ setting: name, message: read.notice });
      return this.#known(name, read.target, read.value);
    }
    if (dropped !== undefined) {
      if (isEmpty(value)) return;
      this.#notices.push({ setting: name, message: `was left out: ${dropped.why}` });
      return;
    }
    if (!NAMES.has(name)) {
      this.#problems.push(unknownSetting(name));
      return;
    }
    this.#known(name, name, value);
  }

  result(): SettingsFile {
    if (this.#problems.length > 0) return { ok: false, problems: this.#problems };
    let doc: SettingsDocument = {};
    const secrets: Record<string, string | string[]> = {};
    for (const [name, { value }] of this.#given) {
      if (findOtherName(name) === null) doc = withValue(doc, name.split('.'), value);
      // `#other` let nothing through but what the secret's own schema had read.
      else secrets[name] = value as string | string[];
    }
    return { ok: true, doc, secrets, notices: this.#notices };
  }

  #known(by: string, name: string, value: unknown): void {
    const other = findOtherName(name);
    if (other !== null) return this.#other(by, other, value);
    if (name === 'connection.store_hash' && typeof value === 'string') return this.#store(by, value);
    this.#give(by, name, value);
  }

  /** What is no setting: secrets go their own way, what is computed may only say what holds anyway. */
  #other(by: string, other: OtherName, value: unknown): void {
    if (other.name === 'connection.api_path') {
      if (typeof value === 'string') this.#store(by, value);
      else if (!isEmpty(value)) this.#refuse(by, 'expected a text');
      return;
    }
    if (isEmpty(value) || value === SECRET_PLACEHOLDER) return;
    if (other.kind !== 'secret' || other.generated === true) {
      if (other.kind === 'read_only' && value === other.byDefault) return;
      return this.#refuse(by, refusalOf(other));
    }
    const read = other.schema.safeParse(value);
    if (read.success) this.#give(by, other.name, read.data);
    else this.#refuse(by, read.error.issues[0]?.message ?? 'cannot be read');
  }

  /** C-3, S-20, I-29: hash, API path or admin address; where it also names a host, that is taken too. */
  #store(by: string, text: string): void {
    const read = this.#readStore(text);
    if (!read.ok) return this.#refuse(by, `names no store: ${read.reason}`);
    if (read.storeHash !== text)
      this.#notices.push({ setting: by, message: `was understood as the store ${read.storeHash}` });
    this.#give(by, 'connection.store_hash', read.storeHash);
    if (read.apiBaseUrl !== null) this.#give(by, 'connection.api_base_url', read.apiBaseUrl);
  }

  #give(by: string, name: string, value: unknown): void {
    const before = this.#given.get(name);
    if (before !== undefined && JSON.stringify(before.value) !== JSON.stringify(value)) {
      return this.#refuse(by, `gives ${name} another value than ${before.by} does; keep one of them`);
    }
    this.#given.set(name, { by, value });
  }

  #refuse(setting: string, message: string): void {
    this.#problems.push({ setting, message });
  }
}

function isEmpty(value: unknown): boolean {
  return (
    value === null || value === '' || value === undefined || (Array.isArray(value) && value.length === 0)
  );
}

/**
 * What was given, for a file that can be read again: settings as they are, and a placeholder for every secret that the
 * channel keeps (capabilities P-18).
 */
export function exportedSettings(doc: SettingsDocument, secretKinds: readonly string[]): SettingsDocument {
  return OTHER_NAMES.filter(
    ({ secretKind }) => secretKind !== undefined && secretKinds.includes(secretKind),
  ).reduce((document, { name }) => withValue(document, name.split('.'), SECRET_PLACEHOLDER), doc);
}

/** A setting's value in a document or in settings, by its dotted name. */
export function settingValue(document: unknown, name: string): unknown {
  return valueAt(document, name.split('.'));
}
