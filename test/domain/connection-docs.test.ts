// What users read about scopes and failures is what the program knows of them: docs/connect-a-store.md against its tables.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  API_ACCOUNTS_MENU,
  API_ACCOUNTS_OLD_MENUS,
  CONNECTION_PROBLEM_CODES,
  connectionProblem,
  HELP_PAGE,
} from '../../domain/connection-problems.ts';
import { FEATURES, leastScopes } from '../../domain/scope-needs.ts';
import { SCOPES } from '../../domain/scopes.ts';
import { VENDOR_SCOPES } from '../../domain/vendor-scopes.ts';

const page = readFileSync(path.join(import.meta.dirname, '..', '..', HELP_PAGE), 'utf8');

/** The table of the page; after a change of scopes or features its text goes between the two marks. */
function scopesTable(): string {
  const needed = leastScopes(FEATURES);
  const rows = SCOPES.map((scope) => {
    const why = needed.find((need) => need.scope === scope.id)?.why ?? [];
    const features = why.map(
      ({ feature, level }) => `${level === 'modify' ? '**modify**' : 'read'}: ${feature}`,
    );
    const use = features.length > 0 ? features.join('; ') : `never: it opens ${scope.opens}`;
    return `| ${scope.name} | \`${scope.parameter}\` | ${use} | ${scope.probe === null ? 'no' : 'yes'} |`;
  });
  return ['| scope | parameter | needed for | checked |', '| --- | --- | --- | --- |', ...rows].join('\n');
}

describe('the page on connecting a store', () => {
  test('shows every scope with what needs it, as the program knows it', () => {
    const shown = /<!-- scopes:[^>]*-->\n+([\s\S]*?)\n+<!-- \/scopes -->/.exec(page)?.[1];
    expect(shown).toBe(scopesTable());
  });

  test('names the menu of today and the older names of it', () => {
    for (const menu of [API_ACCOUNTS_MENU, ...API_ACCOUNTS_OLD_MENUS]) expect(page).toContain(menu);
  });

  test.each(CONNECTION_PROBLEM_CODES)('explains %s where the report points to', (code) => {
    const scene = { channelId: 'acme', storeHash: 'abc123', needed: leastScopes(FEATURES) };
    const problem = connectionProblem(code, scene);
    const [file, anchor] = problem.help.split('#');
    expect(file).toBe(HELP_PAGE);
    expect(page).toContain(`<a id="${anchor ?? ''}"></a>`);
    expect(page).toContain(`\`${code}\``);
    expect(problem.cause).toMatch(/[.)]$/);
    expect(problem.todo.length).toBeGreaterThan(10);
    expect(problem.text).toMatch(/^Hello,\n[\s\S]+\nThank you\.$/);
  });
});

describe('the table of scopes', () => {
  test('has every row of the matrix, each name and parameter once', () => {
    const rows = new Set(SCOPES.map(({ row }) => row));
    expect([...rows]).toEqual(Array.from({ length: 22 }, (_, index) => `SC-${String(index + 1)}`));
    expect(new Set(SCOPES.map(({ name }) => name)).size).toBe(SCOPES.length);
    expect(new Set(SCOPES.map(({ parameter }) => parameter)).size).toBe(SCOPES.length);
  });

  test('asks for a new API account by the names of the control panel', () => {
    const needed = leastScopes(FEATURES.filter(({ id }) => ['import', 'write_back'].includes(id)));
    const { text } = connectionProblem('auth.missing_scope', {
      channelId: 'acme',
      storeHash: 'abc123',
      needed,
    });
    expect(text).toContain('- Orders: modify');
    expect(text).toContain('name "Waybill acme"');
  });

  test('knows which scopes other products ask for', () => {
    const known = SCOPES.map(({ id }) => id);
    for (const id of Object.keys(VENDOR_SCOPES)) expect(known).toContain(id);
  });
});
