/** House rules that no linter knows: file sizes, names, words, and documents that must not lie about the project. */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..');
const SKIP = new Set(['node_modules', 'dist', '.git', '.waybill', 'coverage', 'migrations', 'histories']);

/** The most lines a file should need. A test is a list of facts that are read one at a time, so it may be longer. */
const LINES_MAX = 400;
const TEST_LINES_MAX = 750;

function filesBelow(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    if (SKIP.has(entry.name)) return [];
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    return entry.isDirectory() ? filesBelow(path) : [path];
  });
}
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const files = filesBelow('');
const sources = files.filter((path) => /\.(ts|js|cjs)$/.test(path));
const texts = files.filter(
  (path) => /\.(ts|js|cjs|md|json|ya?ml|sql|sh)$/.test(path) && path !== 'package-lock.json',
);

describe('the tree', () => {
  it('has no source file longer than a person reads in one go', () => {
    const long = sources.filter(
      (path) => read(path).split('\n').length > (path.startsWith('test/') ? TEST_LINES_MAX : LINES_MAX) + 1,
    );
    expect(long).toEqual([]);
  });

  it('has no file named after a drawer', () => {
    expect(
      sources.filter((path) => /^(utils?|helpers?|common|misc|managers?)\b/.test(basename(path))),
    ).toEqual([]);
  });

  it('opens every source file of a room with a comment that says what it is', () => {
    const silent = sources
      .filter((path) => !path.startsWith('test/'))
      .filter((path) => !/^(#!.*\n)?\s*(\/\*\*|\/\/)/.test(read(path)));
    expect(silent).toEqual([]);
  });

  it('leaves nothing open', () => {
    const marks = new RegExp(
      `\\b(${['TO', 'DO'].join('')}|${['FIX', 'ME'].join('')}|${['XX', 'X'].join('')})\\b`,
    );
    expect(texts.filter((path) => marks.test(read(path)))).toEqual([]);
  });

  it('escapes the type checker nowhere without saying why', () => {
    const escapes = new RegExp(
      [
        'as any\\b',
        ':\\s*any\\s*[,;)=|\\]]',
        '@ts-' + 'ignore',
        '@ts-' + 'nocheck',
        'as unknown ' + 'as',
      ].join('|'),
    );
    const unexplained = sources
      .filter((path) => path !== 'test/tidy.test.ts')
      .flatMap((path) => {
        const lines = read(path).split('\n');
        return lines
          .map((line, index) => ({
            line,
            before: lines.slice(Math.max(0, index - 3), index).join('\n'),
            at: `${path}:${String(index + 1)}`,
          }))
          .filter(({ line, before }) => escapes.test(line) && !line.includes('//') && !before.includes('//'))
          .map(({ at }) => at);
      });
    expect(unexplained).toEqual([]);
  });

  it('calls things by the words of docs/architecture.md', () => {
    const banned = /\b(fulfilment|canceled|tenant|courier_id)\b/;
    const rooms = sources.filter((path) => !path.startsWith('test/'));
    expect(rooms.filter((path) => banned.test(read(path)))).toEqual([]);
  });
});

describe('the documents', () => {
  const scripts = Object.keys(
    (JSON.parse(read('package.json')) as { scripts: Record<string, string> }).scripts,
  );

  it('name only npm scripts that exist', () => {
    const documents = files.filter((path) => path.endsWith('.md'));
    const named = documents.flatMap((path) =>
      [...read(path).matchAll(/npm run ([a-z][a-z:-]*)/g)].map((match) => match[1] ?? ''),
    );
    expect([...new Set(named)].filter((name) => !scripts.includes(name))).toEqual([]);
  });

  it('prove every capability that they call done by a test that exists', () => {
    const rows = [
      ...read('docs/capabilities.md').matchAll(/^\| ([A-Z]{1,2}-\d+[^|]*) \|.*\| `([^`]+)` › ([^|]+) \|$/gm),
    ];
    expect(rows.length).toBeGreaterThan(0);
    const missing = rows.filter(([, , path, title]) => {
      if (path === undefined || title === undefined || !files.includes(path)) return true;
      return !read(path).includes(title.trim());
    });
    expect(missing.map(([row]) => row)).toEqual([]);
  });

  it('call every row of the seeds either done or not done', () => {
    const [done = '', open = ''] = read('docs/capabilities.md').split('## Not done');
    const rows = [...done.matchAll(/^\| ([A-Z]{1,2}-\d+[^|]*) \|/gm)].flatMap(([, ids = '']) =>
      ids.split(', '),
    );
    const called = new Set(rows);
    const left = [...open.matchAll(/^\| [^|]*\(([A-Z]+)[^|]*\) \| ([^|]*) \|$/gm)].flatMap(
      ([, of = '', list = '']) =>
        list.split(', ').flatMap((range) => {
          const [first = Number.NaN, last = first] = range.split('–').map(Number);
          return Number.isNaN(first)
            ? []
            : Array.from({ length: last - first + 1 }, (_, n) => `${of}-${String(first + n)}`);
        }),
    );
    expect(left.filter((row) => called.has(row))).toEqual([]);
    for (const row of left) called.add(row);
    // How many rows there are; iPaaS 8 to 22 are the scope matrix.
    const count = { Q: 46, P: 38, S: 46, I: 74, C: 50, X: 27, K: 37, SC: 22 };
    const all = Object.entries(count).flatMap(([of, last]) =>
      Array.from({ length: last }, (_, n) => `${of}-${String(n + 1)}`),
    );
    const scopes = new Set(Array.from({ length: 15 }, (_, n) => `I-${String(n + 8)}`));
    expect(all.filter((row) => !called.has(row) && !scopes.has(row))).toEqual([]);
    // F is the facts of BigCommerce that rows lean on; they may be named beside a row.
    expect([...called].filter((row) => !all.includes(row) && !row.startsWith('F-'))).toEqual([]);
  });

  it('have one title each', () => {
    const untitled = files.filter((path) => path.endsWith('.md') && !/^# \S/.test(read(path)));
    expect(untitled).toEqual([]);
  });
});
