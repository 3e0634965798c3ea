/**
 * The settings as people and machines read them: the documentation page and the JSON Schema, both from the one schema.
 * It must not hold a word about a particular setting.
 */
import { z } from 'zod';
import { channelSettings } from './channel-settings.ts';
import { SETTINGS } from './parse-settings.ts';
import { PRESETS } from './presets.ts';
import { settingNotes, type SettingEntry } from './setting.ts';

/** Defaults longer than this are summed up on the page. */
const SHOWN_DEFAULT_LENGTH_MAX = 80;

/** JSON Schema (2020-12) of a settings document as it is given, with the descriptions. */
export function settingsJsonSchema(): Record<string, unknown> {
  return z.toJSONSchema(channelSettings, {
    io: 'input',
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => {
      const note = settingNotes.get(zodSchema);
      if (note !== undefined) jsonSchema.description = note.description;
    },
  });
}

/** `docs/settings.md`, generated; the test of the documentation compares it with the file. */
export function renderSettingsPage(): string {
  const sectionOf = (entry: SettingEntry) => entry.name.slice(0, entry.name.indexOf('.'));
  const parts = [
    '# Settings of a channel',
    '',
    'Generated from `settings/channel-settings.ts`. Change one with `waybill channel set <channel> <name> <value>`,',
    'take it back with `waybill channel unset <channel> <name>`. Lists are typed `2,10`, nothing is `null`, maps are JSON;',
    'one entry of a map goes by its name, such as `fulfillment.carrier_map.acme`.',
    '',
  ];
  for (const section of new Set(SETTINGS.map(sectionOf))) {
    const entries = SETTINGS.filter((entry) => sectionOf(entry) === section);
    parts.push(
      `## ${section}`,
      '',
      '| setting | default | allowed | what it does |',
      '| --- | --- | --- | --- |',
    );
    parts.push(...entries.map(tableRow), '');
  }
  parts.push(
    '## Presets',
    '',
    'A preset sets what it names and leaves the rest: `waybill channel add --preset <name>`.',
    '',
  );
  parts.push('| preset | what it is for | sets |', '| --- | --- | --- |');
  for (const preset of PRESETS) {
    parts.push(`| ${preset.name} | ${preset.description} | \`${JSON.stringify(preset.settings)}\` |`);
  }
  return `${parts.join('\n')}\n`;
}

function tableRow(entry: SettingEntry): string {
  const rows = entry.rows.length === 0 ? '' : ` (${entry.rows.join(', ')})`;
  const description = `${entry.description}${rows}`.replaceAll('|', '\\|');
  return `| \`${entry.name}\` | ${shownDefault(entry)} | ${allowed(entry.schema)} | ${description} |`;
}

function shownDefault(entry: SettingEntry): string {
  if (entry.required) return 'required';
  const text = JSON.stringify(entry.byDefault);
  return text.length > SHOWN_DEFAULT_LENGTH_MAX ? 'the common carriers' : `\`${text}\``;
}

/** What may be given, in a few words. */
function allowed(schema: z.ZodType): string {
  if (schema instanceof z.ZodDefault) return allowed(schema.unwrap() as z.ZodType); // zod's core type; ours are classic
  if (schema instanceof z.ZodNullable) return `${allowed(schema.unwrap() as z.ZodType)}, or null`; // as above
  if (schema instanceof z.ZodBoolean) return 'true or false';
  if (schema instanceof z.ZodEnum) return schema.options.map(String).join(', ');
  if (schema instanceof z.ZodLiteral) return [...schema.values].map(String).join(', ');
  if (schema instanceof z.ZodArray) return `list of: ${allowed(schema.element as z.ZodType)}`; // as above
  if (schema instanceof z.ZodRecord) return 'map';
  if (schema instanceof z.ZodNumber) return range(schema.minValue, schema.maxValue);
  return 'text';
}

function range(min: number | null, max: number | null): string {
  const from = min === null || !Number.isFinite(min) ? 'any' : String(Math.ceil(min));
  return max === null || max >= Number.MAX_SAFE_INTEGER
    ? `whole number from ${from}`
    : `${from} to ${String(max)}`;
}
