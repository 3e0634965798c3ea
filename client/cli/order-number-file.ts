/**
 * Order numbers from a file of any length, one a line, in the first column: read as a stream, with or without a heading.
 * A line without a number is named, and then nothing is imported: half a list is worse than none.
 */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { CommandError } from './command-error.ts';

/** Bad lines that are named; a file of another kind has as many as it has lines. */
const BAD_LINES_SHOWN_MAX = 10;
const SHOWN_LENGTH_MAX = 40;

/**
 * Hands the numbers over in parts of at most `partSize`, in the sequence of the file.
 * @throws CommandError `bad_usage` for a file that cannot be read, or with lines that hold no number
 */
export async function readOrderNumbers(
  path: string,
  partSize: number,
  take: (orderIds: number[]) => Promise<void>,
): Promise<{ numbers: number }> {
  const bad: string[] = [];
  let badLines = 0;
  let numbers = 0;
  let first = true;
  let part: number[] = [];
  try {
    let line = 0;
    for await (const text of createInterface({
      input: createReadStream(path, 'utf8'),
      crlfDelay: Infinity,
    })) {
      line += 1;
      const cell = firstCell(line === 1 ? text.replace(/^\uFEFF/, '') : text);
      if (cell === '') continue;
      const isHeading = first && /\p{L}/u.test(cell);
      first = false;
      if (isHeading) continue;
      if (!/^\d{1,15}$/.test(cell) || Number(cell) === 0) {
        badLines += 1;
        if (bad.length < BAD_LINES_SHOWN_MAX)
          bad.push(`  line ${String(line)}: "${cell.slice(0, SHOWN_LENGTH_MAX)}"`);
        continue;
      }
      numbers += 1;
      part.push(Number(cell));
      if (part.length < partSize) continue;
      const full = part;
      part = [];
      await take(full);
    }
  } catch (error) {
    if (!isFileError(error)) throw error;
    throw new CommandError(
      'bad_usage',
      { what: `The file ${path} cannot be read.`, why: error.message },
      error,
    );
  }
  if (badLines > 0) {
    const more = badLines > bad.length ? [`  and ${String(badLines - bad.length)} more`] : [];
    throw new CommandError('bad_usage', {
      what: `${path}: ${String(badLines)} ${badLines === 1 ? 'line holds' : 'lines hold'} no order number. Nothing was started.`,
      why: [...bad, ...more].join('\n'),
      todo: 'Each line begins with one order number; a heading is allowed in the first line only.',
    });
  }
  if (numbers === 0)
    throw new CommandError('bad_usage', {
      what: `${path} holds no order number.`,
      todo: 'Nothing was started.',
    });
  if (part.length > 0) await take(part);
  return { numbers };
}

function firstCell(line: string): string {
  return line.split(/[,;\t]/)[0]?.replaceAll(/["'\s]/g, '') ?? '';
}

function isFileError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error;
}
