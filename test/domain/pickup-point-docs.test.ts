// The contract with checkout plugins as users read it: its settings are taken, its sample is read.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { readPickupPoint } from '../../domain/pickup-point.ts';
import type { SettingsDocument } from '../../settings/channel-settings.ts';
import { mergeSettings } from '../../settings/change-settings.ts';
import { parseSettings } from '../../settings/parse-settings.ts';

const page = readFileSync(new URL('../../docs/pickup-points.md', import.meta.url), 'utf8');
const [settings = '', sample = ''] = [...page.matchAll(/```json\n([\s\S]*?)```/g)].map(
  ([, text]) => text ?? '',
);
const doc: SettingsDocument = { channel: { name: 'Acme' }, connection: { store_hash: 'abc123' } };

function rules() {
  const merged = mergeSettings(doc, JSON.parse(settings) as SettingsDocument); // our own page
  const parsed = parseSettings(merged.ok ? merged.doc : doc);
  if (!merged.ok || !parsed.ok) throw new Error('the settings of the page are refused');
  const { sources, fields, use_as_destination: useAsDestination, enabled } = parsed.settings.pudo;
  expect(enabled).toBe(true);
  return { sources, fields, useAsDestination };
}
const NOTHING = { formFields: [], shippingMethod: '', staffNotes: '', metafields: [] };

test('the sample of the page is read in full from each place that holds it', () => {
  const { postal_code: postalCode, ...rest } = JSON.parse(sample) as Record<string, string>; // our own page
  const whole = { ...rest, postalCode, readable: true, asDestination: true };
  const metafields = [{ namespace: 'pudo', key: 'point', value: sample }];
  expect(readPickupPoint({ ...NOTHING, metafields }, rules())).toMatchObject(whole);
  const formFields = [{ name: 'Pickup point', value: sample }];
  expect(readPickupPoint({ ...NOTHING, formFields }, rules())).toMatchObject(whole);
});

test('the patterns of the page read a point from text, and the bare number from a field', () => {
  const idOf = (texts: object) => readPickupPoint({ ...NOTHING, ...texts }, rules())?.id;
  expect(idOf({ shippingMethod: 'Pickup point – Bar Sport (IT-42)' })).toBe('IT-42');
  expect(idOf({ staffNotes: 'call first, PUDO=IT-42' })).toBe('IT-42');
  expect(idOf({ formFields: [{ name: 'Pickup point', value: 'IT-42' }] })).toBe('IT-42');
});

test('every place of the page is one that a setting may name', () => {
  for (const { where } of rules().sources) expect(page).toContain(`\`${where}\``);
});
