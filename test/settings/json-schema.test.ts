// The JSON Schema for editors says the same as the schema that decides, as far as JSON Schema can.
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { describe, expect, test } from 'vitest';
import type { SettingsDocument } from '../../settings/channel-settings.ts';
import { withValue } from '../../settings/document-paths.ts';
import { settingsJsonSchema } from '../../settings/settings-page.ts';
import { SETTING_EXAMPLES } from './setting-examples.ts';

const DOC: SettingsDocument = { channel: { name: 'Acme' }, connection: { store_hash: 'abc123' } };

const ajv = new Ajv2020({ strict: false, validateFormats: true });
addFormats.default(ajv);
const validate = ajv.compile(settingsJsonSchema());
const docWith = (name: string, value: unknown) => withValue(DOC, name.split('.'), value);

describe.each(Object.entries(SETTING_EXAMPLES))('%s', (name, { valid }) => {
  test('allows in an editor what may be set', () => {
    expect(validate(docWith(name, valid)) ? [] : validate.errors).toEqual([]);
  });
});

test.each([
  ['an unknown name', { ...DOC, throttel: { limit: 5 } }],
  ['an unknown name within a section', docWith('throttle.limmit', 5)],
  ['a secret', docWith('connection.access_token', 'x')],
  ['a number out of range', docWith('throttle.limit', 0)],
  ['a word that is none of the list', docWith('fulfillment.on_conflict', 'fight')],
  ['a text for a truth', docWith('fulfillment.push_enabled', 'true')],
])('%s is marked in an editor', (_name, doc) => {
  expect(validate(doc)).toBe(false);
});
