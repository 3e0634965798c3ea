/**
 * Reads a settings document: fills in defaults, names every problem with its setting and what is allowed, and checks
 * the rules between settings. It must not change what was given.
 */
import type { z } from 'zod';
import { ALWAYS_PROTECTED_STATUSES, storeStatusName } from '../domain/store-status.ts';
import { channelSettings, type ChannelSettings } from './channel-settings.ts';
import { nearestName } from './nearest-name.ts';
import { listSettings, type SettingEntry } from './setting.ts';

export interface SettingProblem {
  /** Dotted name, or `''` for the document as a whole. */
  setting: string;
  message: string;
}

export type ParsedSettings =
  | { ok: true; settings: ChannelSettings; warnings: SettingProblem[] }
  | { ok: false; problems: SettingProblem[] };

/** Every known setting, in the order of the documentation. */
export const SETTINGS: readonly SettingEntry[] = listSettings(channelSettings);
export const SETTING_NAMES: readonly string[] = SETTINGS.map((entry) => entry.name);

/** Validates a document as it is kept. Warnings are sentences for people; they refuse nothing. May be repeated. */
export function parseSettings(doc: unknown): ParsedSettings {
  const parsed = channelSettings.safeParse(doc);
  if (!parsed.success) return { ok: false, problems: parsed.error.issues.flatMap(describeIssue) };
  const problems = rulesBetweenSettings(parsed.data);
  if (problems.length > 0) return { ok: false, problems };
  return { ok: true, settings: parsed.data, warnings: warningsAbout(parsed.data) };
}

function describeIssue(issue: z.core.$ZodIssue): SettingProblem[] {
  const last = issue.path.at(-1);
  if (typeof last === 'number') {
    // A fault in a list is the setting's; which entry it is belongs into the sentence.
    const setting = issue.path.slice(0, -1).map(String).join('.');
    return [{ setting, message: `entry ${String(last + 1)}: ${issue.message}` }];
  }
  const name = issue.path.map(String).join('.');
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => unknownSetting(name === '' ? key : `${name}.${key}`));
  }
  if (
    issue.code === 'invalid_type' &&
    issue.input === undefined &&
    issue.message.includes('received undefined')
  ) {
    return [{ setting: name, message: `is required: ${issue.message}` }];
  }
  return [{ setting: name, message: issue.message }];
}

/** The refusal of a name that nobody declared, with the closest one that somebody did. */
export function unknownSetting(name: string): SettingProblem {
  const near = nearestName(name, SETTING_NAMES);
  return {
    setting: name,
    message: near === null ? 'is not a setting' : `is not a setting; did you mean ${near}?`,
  };
}

function rulesBetweenSettings(settings: ChannelSettings): SettingProblem[] {
  const problems: SettingProblem[] = [];
  const { statuses } = settings.orders.import;
  // the same id in both lists says two things at once.
  const both = (statuses.include ?? []).filter((id) => statuses.exclude.includes(id));
  if (both.length > 0) {
    problems.push({
      setting: 'orders.import.statuses.exclude',
      message: `names ${names(both)}, which orders.import.statuses.include names too; take it out of one of them`,
    });
  }
  if (settings.lifecycle.stale_after_days >= settings.lifecycle.close_after_days) {
    problems.push({
      setting: 'lifecycle.stale_after_days',
      message: `must be below lifecycle.close_after_days (${String(settings.lifecycle.close_after_days)})`,
    });
  }
  const { status } = settings.fulfillment;
  for (const [name, id] of [
    ['fulfillment.status.shipped_target', status.shipped_target],
    ['fulfillment.status.delivered_target', status.delivered_target],
  ] as const) {
    if (ALWAYS_PROTECTED_STATUSES.includes(id) || settings.fulfillment.protected_statuses.includes(id)) {
      problems.push({ setting: name, message: `must not be a protected status (${names([id])})` });
    }
  }
  return problems;
}

function warningsAbout(settings: ChannelSettings): SettingProblem[] {
  const warnings: SettingProblem[] = [];
  const { fulfillment, channel } = settings;
  const { status } = fulfillment;
  if (channel.profile === 'import_only' && fulfillment.push_enabled) {
    warnings.push({
      setting: 'fulfillment.push_enabled',
      message: 'has no effect: channel.profile is import_only',
    });
  }
  if (![2, 10].includes(status.shipped_target)) {
    warnings.push({
      setting: 'fulfillment.status.shipped_target',
      message: `${names([status.shipped_target])} is unusual; stores mean 2 (Shipped) or 10 (Completed)`,
    });
  }
  if (status.on_delivered && status.shipped_target === status.delivered_target) {
    warnings.push({
      setting: 'fulfillment.status.on_delivered',
      message: 'does nothing: fulfillment.status.shipped_target is the same status (X-4)',
    });
  }
  const shippedRule =
    status.shipped_on_writeback || status.shipped_on_trackable || status.shipped_on_possession;
  if (fulfillment.shipment.status_side_effect === 'defer' && !shippedRule && !status.on_delivered) {
    warnings.push({
      setting: 'fulfillment.shipment.status_side_effect',
      message: 'defer holds every shipment for ever while no rule under fulfillment.status is on',
    });
  }
  return warnings;
}

function names(ids: readonly number[]): string {
  return ids.map((id) => `${String(id)} (${storeStatusName(id)})`).join(', ');
}
