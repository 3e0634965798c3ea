// The examples of the help are commands that there are, and every command says what it is for.
import { expect, test } from 'vitest';
import { EXAMPLES } from '../../client/cli/examples.ts';
import { waybillHere } from './run-waybill.ts';

const rows = Object.entries(EXAMPLES).flatMap(([path, examples]) =>
  examples.map(([words]) => [path, words] as const),
);

/** As a shell would cut it. */
function wordsOf(line: string): string[] {
  return [...line.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(
    ([, single, double, bare]) => single ?? double ?? bare ?? '',
  );
}

test.each(rows)('the example of %s can be typed: %s', async (path, words) => {
  expect(words.startsWith(`${path} `)).toBe(true);
  const said = await waybillHere(['--explain', ...wordsOf(words)], { env: {} });
  expect([said.code, said.stderr]).toEqual([0, '']);
  const help = await waybillHere([...path.split(' '), '--help'], { env: {} });
  expect(help.stdout).toContain(`  waybill ${words}\n`);
});

test('everything of a store cannot be asked for beside a range', async () => {
  const asked = await waybillHere(['--explain', 'import', 'acme', '--all'], { env: {} });
  expect(asked.stdout).toContain('"from":"2000-01-01"');
  const said = await waybillHere(['--explain', 'import', 'acme', '--all', '--from', '2026-01-01'], {
    env: {},
  });
  expect([said.code, said.stderr]).toEqual([2, expect.stringContaining('--all is everything')]);
  expect((await waybillHere(['--explain', 'import', 'acme', '--all', '--days', '3'], { env: {} })).code).toBe(
    2,
  );
});
