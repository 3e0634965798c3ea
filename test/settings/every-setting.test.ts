// Every row of capabilities section 8: default, a value that is taken, values that are refused at that very setting.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { COMMON_CARRIERS } from '../../domain/carrier-map.ts';
import { editSettings } from '../../settings/change-settings.ts';
import type { SettingsDocument } from '../../settings/channel-settings.ts';
import { valueAt, withValue } from '../../settings/document-paths.ts';
import { OTHER_NAMES } from '../../settings/other-names.ts';
import { parseSettings, SETTING_NAMES, SETTINGS } from '../../settings/parse-settings.ts';
import { OTHER_EXAMPLES, SETTING_EXAMPLES } from './setting-examples.ts';

const DOC: SettingsDocument = { channel: { name: 'Acme' }, connection: { store_hash: 'abc123' } };

function docWith(values: Readonly<Record<string, unknown>>): SettingsDocument {
  return Object.entries(values).reduce((doc, [name, value]) => withValue(doc, name.split('.'), value), DOC);
}

test('every declared name has its examples, and every example is declared', () => {
  expect(Object.keys(SETTING_EXAMPLES).sort()).toEqual([...SETTING_NAMES].sort());
  expect(Object.keys(OTHER_EXAMPLES).sort()).toEqual(OTHER_NAMES.map(({ name }) => name).sort());
});

test('no name is declared twice, and every name is on the page of settings', () => {
  const names = [...SETTING_NAMES, ...OTHER_NAMES.map(({ name }) => name)];
  expect(new Set(names).size).toBe(names.length);
  const page = readFileSync(new URL('../../docs/settings.md', import.meta.url), 'utf8');
  for (const name of names) expect(page).toContain(`\`${name}\``);
});

describe.each(Object.entries(SETTING_EXAMPLES))('%s', (name, example) => {
  const path = name.split('.');

  test('has the default of the table', () => {
    const entry = SETTINGS.find((setting) => setting.name === name);
    if (!('byDefault' in example) && entry?.required === true) return;
    const parsed = parseSettings(DOC);
    const expected = 'byDefault' in example ? example.byDefault : COMMON_CARRIERS;
    expect(valueAt(parsed.ok ? parsed.settings : {}, path)).toEqual(expected);
  });

  test('takes a value that is allowed', () => {
    const parsed = parseSettings(docWith({ ...example.beside, [name]: example.valid }));
    expect(parsed).toMatchObject({ ok: true });
    const readAs = 'readAs' in example ? example.readAs : example.valid;
    expect(valueAt(parsed.ok ? parsed.settings : {}, path)).toEqual(readAs);
  });

  test.each(example.invalid.map((value) => [JSON.stringify(value) ?? String(value), value]))(
    'refuses %s and says which setting it is',
    (_shown, value) => {
      const parsed = parseSettings(docWith({ ...example.beside, [name]: value }));
      expect(parsed.ok).toBe(false);
      const [problem] = parsed.ok ? [] : parsed.problems;
      expect(problem?.setting === name || problem?.setting.startsWith(`${name}.`)).toBe(true);
      expect(problem?.message).not.toBe('');
    },
  );
});

describe.each(Object.entries(OTHER_EXAMPLES))('%s', (name, example) => {
  const other = OTHER_NAMES.find((candidate) => candidate.name === name);

  test('is described with its default, and knows its values', () => {
    expect(other?.description).toMatch(/\.$/);
    expect(other?.byDefault).toEqual(example.byDefault);
    expect(other?.schema.safeParse(example.valid).success).toBe(true);
    for (const value of example.invalid) expect(other?.schema.safeParse(value).success).toBe(false);
  });

  test('is refused as a setting with what to do instead, and its value is not repeated', () => {
    const text = typeof example.valid === 'string' ? example.valid : JSON.stringify(example.valid);
    const bySet = editSettings(DOC, [{ name, text }]);
    const inFile = parseSettings(docWith({ [name]: example.valid }));
    for (const outcome of [bySet, inFile]) {
      expect(outcome).toMatchObject({ ok: false, problems: [{ setting: name }] });
      const [problem] = outcome.ok ? [] : outcome.problems;
      expect(problem?.message).toContain(example.refused);
      expect(problem?.message).not.toContain('s3cr3t-value');
    }
  });
});
