/**
 * Reads a settings document: fills in defaults, names every problem with its setting and what is allowed, and checks
 * the rules between settings. It must not change what was given.
 */
import type { z } from 'zod';
import { channelSettings, type ChannelSettings } from './channel-settings.ts';
import { valueAt } from './document-paths.ts';
import { refusalsBetweenSettings } from './consistency.ts';
import { nearestName } from './nearest-name.ts';
import { findOtherName, OTHER_NAMES, refusalOf } from './other-names.ts';
import { listSettings, type SettingEntry } from './setting.ts';
import type { SettingProblem } from './setting-problem.ts';
import { warningsBetweenSettings } from './warnings.ts';

export type { SettingProblem } from './setting-problem.ts';

export type ReadSettings =
  { ok: true; settings: ChannelSettings } | { ok: false; problems: SettingProblem[] };
export type ParsedSettings =
  | { ok: true; settings: ChannelSettings; warnings: SettingProblem[] }
  | { ok: false; problems: SettingProblem[] };

/** Every known setting, in the order of the documentation. */
export const SETTINGS: readonly SettingEntry[] = listSettings(channelSettings);
export const SETTING_NAMES: readonly string[] = SETTINGS.map((entry) => entry.name);
const KNOWN_NAMES: readonly string[] = [...SETTING_NAMES, ...OTHER_NAMES.map(({ name }) => name)];

/**
 * A stored document with its defaults. Rules between settings are not asked again, so that a channel which was saved
 * before a rule was made goes on working until it is changed. May be repeated.
 */
export function readSettings(doc: unknown): ReadSettings {
  const parsed = channelSettings.safeParse(doc);
  if (parsed.success) return { ok: true, settings: parsed.data };
  return { ok: false, problems: parsed.error.issues.flatMap((issue) => describeIssue(issue, doc)) };
}

/** Validates a document that is to be saved. Warnings are sentences for people; they refuse nothing. May be repeated. */
export function parseSettings(doc: unknown): ParsedSettings {
  const read = readSettings(doc);
  if (!read.ok) return read;
  const problems = refusalsBetweenSettings(read.settings);
  if (problems.length > 0) return { ok: false, problems };
  return { ...read, warnings: warningsBetweenSettings(read.settings) };
}

function describeIssue(issue: z.core.$ZodIssue, doc: unknown): SettingProblem[] {
  const inList = issue.path.findIndex((part) => typeof part === 'number');
  if (inList >= 0) {
    // A fault in a list is the setting's; which entry it is belongs into the sentence.
    const setting = issue.path.slice(0, inList).map(String).join('.');
    const place = issue.path
      .slice(inList)
      .map((part) => (typeof part === 'number' ? `entry ${String(part + 1)}` : String(part)))
      .join(', ');
    return [{ setting, message: `${place}: ${inWords(issue)}` }];
  }
  const name = issue.path.map(String).join('.');
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.flatMap((key) => unknownIn(doc, name === '' ? key : `${name}.${key}`));
  }
  if (issue.code === 'invalid_key') {
    return [{ setting: name, message: issue.issues[0]?.message ?? issue.message }];
  }
  if (
    issue.code === 'invalid_type' &&
    issue.input === undefined &&
    issue.message.includes('received undefined')
  ) {
    return [{ setting: name, message: `is required: ${inWords(issue)}` }];
  }
  return [{ setting: name, message: inWords(issue) }];
}

/** Our own sentences stay; those that the library makes by itself are said as what is allowed. */
function inWords(issue: z.core.$ZodIssue): string {
  if (!/^(?:Too small|Too big|Invalid option|Invalid input)/.test(issue.message)) return issue.message;
  switch (issue.code) {
    case 'too_small':
      if (issue.origin === 'string' && issue.minimum === 1) return 'must not be empty';
      return `must ${amount(issue.origin, 'or more', 'at least', issue.minimum)}`;
    case 'too_big':
      return `must ${amount(issue.origin, 'or less', 'at most', issue.maximum)}`;
    case 'invalid_value':
      return `must be one of ${issue.values.map(String).join(', ')}`;
    case 'invalid_type':
      return `must be ${KINDS[issue.expected] ?? issue.expected}`;
    default:
      return issue.message;
  }
}

const KINDS: Readonly<Record<string, string>> = {
  array: 'a list, such as [2,10]',
  boolean: 'true or false',
  int: 'a whole number',
  number: 'a number',
  object: 'a JSON object',
  record: 'a map as a JSON object, such as {"name":"value"}',
  string: 'text',
};

function amount(origin: string, bound: string, howMany: string, limit: number | bigint): string {
  const many = String(limit);
  if (origin === 'string') return `have ${howMany} ${many} characters`;
  if (origin === 'array' || origin === 'set')
    return `have ${howMany} ${many} ${limit === 1 ? 'entry' : 'entries'}`;
  return `be ${many} ${bound}`;
}

/** A whole section may be unknown as such, while what is in it is known as something else. */
function unknownIn(doc: unknown, name: string): SettingProblem[] {
  const within = OTHER_NAMES.filter(
    (other) => other.name.startsWith(`${name}.`) && valueAt(doc, other.name.split('.')) !== undefined,
  );
  return within.length === 0
    ? [unknownSetting(name)]
    : within.map((other) => ({ setting: other.name, message: refusalOf(other) }));
}

/**
 * The refusal of a name that is no setting: with what to do where it is known otherwise, or with the closest name that
 * is known.
 */
export function unknownSetting(name: string): SettingProblem {
  const other = findOtherName(name);
  if (other !== null) return { setting: other.name, message: refusalOf(other) };
  const near = nearestName(name, KNOWN_NAMES);
  return {
    setting: name,
    message: near === null ? 'is not a setting' : `is not a setting; did you mean ${near}?`,
  };
}
