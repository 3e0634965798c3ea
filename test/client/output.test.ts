// Where a command's words go: rows for scripts, one document for machines, and no terminal assumed.
import { describe, expect, test } from 'vitest';
import { createOutput, type OutputOptions } from '../../client/cli/output.ts';

function outputTo(options: Partial<{ json: boolean; isTTY: boolean; columns: number }> = {}) {
  const written = { stdout: '', stderr: '' };
  const stream = (name: 'stdout' | 'stderr'): OutputOptions['stdout'] => ({
    write: (text) => (written[name] += text),
    isTTY: options.isTTY ?? false,
    columns: options.columns ?? 0,
  });
  const out = createOutput({
    json: options.json ?? false,
    stdout: stream('stdout'),
    stderr: stream('stderr'),
  });
  return { out, written };
}

describe('without a terminal', () => {
  test('rows are tab-separated, one line each, whatever is in a cell', () => {
    const { out, written } = outputTo();
    out.table(
      ['a', 'b'],
      [
        ['x\ty\nz', 1],
        [null, 2],
      ],
    );
    expect(written.stdout).toBe('a\tb\nx y z\t1\n–\t2\n');
  });

  test('progress is a line for each change, on standard error', () => {
    const { out, written } = outputTo();
    const progress = out.progress('1 seen');
    progress.update('1 seen');
    progress.update('2 seen');
    progress.end();
    expect(written).toEqual({ stdout: '', stderr: '1 seen\n2 seen\n' });
  });
});

describe('with --json', () => {
  test('standard output is one document, and remarks go to standard error', () => {
    const { out, written } = outputTo({ json: true, isTTY: true, columns: 80 });
    out.line('for people');
    out.table(['a'], [['b']]);
    out.note('a remark');
    out.result({ first: true });
    out.result({ second: true });
    expect(JSON.parse(written.stdout)).toEqual({ first: true });
    expect(written.stderr).toBe('a remark\n');
    expect(out.interactive).toBe(false);
  });
});

test('a terminal that never told its width gets lines instead of a moving one', () => {
  const { out, written } = outputTo({ isTTY: true, columns: 0 });
  out.progress('1 seen').update('2 seen');
  expect(written.stderr).toBe('1 seen\n2 seen\n');
});
