/** The settings page in docs/ is made from the schema and must not fall behind it. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { renderSettingsPage } from '../../settings/settings-page.ts';

test('docs/settings.md is what the schema says', () => {
  expect(readFileSync(new URL('../../docs/settings.md', import.meta.url), 'utf8')).toBe(renderSettingsPage());
});
