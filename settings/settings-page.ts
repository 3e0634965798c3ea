/**
 * The settings as people and machines read them: the documentation page and the JSON Schema, both from the one schema.
 * It must not hold a word about a particular setting.
 */
import { z } from 'zod';
import { channelSettings } from './channel-settings.ts';
import { OTHER_NAMES, type OtherKind } from './other-names.ts';
import { SETTINGS } from './parse-settings.ts';
import { ALIASES, DROPPED } from './aliases.ts';
import { PRESETS } from './presets.ts';
import { settingNotes, type SettingEntry } from './setting.ts';

/** A longer default is summed up on the page; only the map of carriers is. */
const SHOWN_DEFAULT_LENGTH_MAX = 400;

const OTHER_HEADINGS: Readonly<Record<OtherKind, string>> = {
  secret: 'secret, write-only',
  input: 'input only',
  read_only: 'computed, read only',
  state: 'state',
  action: 'action',
  item: 'of a catalog item',
  workspace: 'of the installation',
};

/** JSON Schema (2020-12) of a settings document as it is given, with the descriptions and defaults. */
export function settingsJsonSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(channelSettings, {
    io: 'input',
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => {
      const note = settingNotes.get(zodSchema);
      if (note !== undefined) jsonSchema.description = note.description;
    },
  });
  // Editors find the schema by this name in the file itself; an import reads over it.
  return { ...schema, properties: { $schema: { type: 'string' }, ...schema.properties } };
}

/** `docs/settings.md`, generated; the test of the documentation compares it with the file. */
export function renderSettingsPage(): string {
  const sectionOf = (entry: SettingEntry) => entry.name.slice(0, entry.name.indexOf('.'));
  const parts = [
    '# Settings of a channel',
    '',
    'Generated from the schema in `settings/`. Change some with `waybill channel set <channel> <name=value…>`, take one back with',
    '`waybill channel unset <channel> <name>`, see what is in force with `waybill channel show <channel>`. Lists are typed `2,10`,',
    'nothing is `null`, maps are JSON; one entry of a map goes by its name, such as `fulfillment.carrier_map.acme`. No text at all',
    '(`throttle.limit=`) brings the default back. Nothing is changed unless all of it can be.',
    '',
    '`waybill channel settings export <channel>` writes what was given as JSON, `waybill channel settings import <channel> <file>` takes such',
    'a file, or one of another product (see the end), and `waybill channel settings schema` prints the JSON Schema for editors.',
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
  parts.push(...otherNames());
  parts.push(
    '## Presets',
    '',
    'A preset sets what it names and leaves the rest: `waybill channel add --preset <name>`, or later',
    '`waybill channel set <channel> --preset <name>`.',
    '',
  );
  parts.push('| preset | what it is for | sets |', '| --- | --- | --- |');
  for (const preset of PRESETS) {
    parts.push(`| ${preset.name} | ${preset.description} | \`${JSON.stringify(preset.settings)}\` |`);
  }
  parts.push('', ...filesOfOthers());
  return `${parts.join('\n')}\n`;
}

function otherNames(): string[] {
  return [
    '## Names that are not set',
    '',
    '`waybill channel set` refuses these and says what to do instead.',
    '',
    '| name | what it is | default | what it means |',
    '| --- | --- | --- | --- |',
    ...OTHER_NAMES.map(
      ({ name, kind, byDefault, description, instead, rows }) =>
        `| \`${name}\` | ${OTHER_HEADINGS[kind]} | \`${JSON.stringify(byDefault)}\` | ${cell(
          `${description} To do: ${instead}.${rows.length === 0 ? '' : ` (${rows.join(', ')})`}`,
        )} |`,
    ),
    '',
  ];
}

function filesOfOthers(): string[] {
  return [
    '## Settings files of other products',
    '',
    'Names that `waybill channel settings import` understands beside its own, with or without their punctuation and capitals.',
    '',
    '| name in the file | becomes |',
    '| --- | --- |',
    ...ALIASES.map(
      ({ name, target, note }) => `| \`${name}\` | \`${target}\`${note === null ? '' : `: ${cell(note)}`} |`,
    ),
    ...DROPPED.map(({ name, why }) => `| \`${name}\` | nothing, with a notice: ${cell(why)} |`),
  ];
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}

function tableRow(entry: SettingEntry): string {
  const rows = entry.rows.length === 0 ? '' : ` (${entry.rows.join(', ')})`;
  return `| \`${entry.name}\` | ${shownDefault(entry)} | ${cell(allowed(entry.schema))} | ${cell(`${entry.description}${rows}`)} |`;
}

function shownDefault(entry: SettingEntry): string {
  if (entry.required) return 'required';
  const text = JSON.stringify(entry.byDefault);
  return text.length > SHOWN_DEFAULT_LENGTH_MAX ? 'the common carriers' : `\`${cell(text)}\``;
}

/** What may be given, in a few words. */
function allowed(schema: z.ZodType): string {
  if (schema instanceof z.ZodDefault) return allowed(schema.unwrap() as z.ZodType); // zod's core type; ours are classic
  if (schema instanceof z.ZodNullable) return `${allowed(schema.unwrap() as z.ZodType)}, or null`; // as above
  if (schema instanceof z.ZodBoolean) return 'true or false';
  if (schema instanceof z.ZodEnum) return schema.options.map(String).join(', ');
  if (schema instanceof z.ZodLiteral) return [...schema.values].map(String).join(', ');
  if (schema instanceof z.ZodUnion) return schema.options.map((one) => allowed(one as z.ZodType)).join(', '); // as above
  if (schema instanceof z.ZodObject) return 'object';
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
