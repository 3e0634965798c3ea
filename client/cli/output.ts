/**
 * Where a command's words go: a table or a moving line on a terminal, plain lines elsewhere, one JSON document for
 * machines. Results go to standard output, everything on the way there to standard error.
 */
import Table from 'cli-table3';
import ora from 'ora';

/** The part of a stream that is written to; `isTTY` decides between tables and plain lines. */
export interface OutputStream {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  /** Width of a terminal; 0 where it was never told, as in some containers. */
  readonly columns?: number;
}

export interface Progress {
  /** Replaces the moving line; without a terminal a new line, only when the text has changed. */
  update(text: string): void;
  /** Ends it with a last line, or silently. May be repeated. */
  end(text?: string): void;
}

export interface Output {
  readonly json: boolean;
  /** A person is looking: tables, prompts and moving lines make sense. */
  readonly interactive: boolean;
  /** A line of the result for people; nothing with `--json`. */
  line(text?: string): void;
  /** Rows of the result for people: a table on a terminal, tab-separated lines elsewhere, nothing with `--json`. */
  table(head: readonly string[], rows: readonly (readonly (string | number | null)[])[]): void;
  /** A remark on the way, to standard error, also with `--json`. */
  note(text: string): void;
  progress(text: string): Progress;
  /** The whole result for machines: printed with `--json` only, and once. */
  result(document: unknown): void;
}

export interface OutputOptions {
  json: boolean;
  stdout: OutputStream;
  stderr: OutputStream;
}

export function createOutput({ json, stdout, stderr }: OutputOptions): Output {
  const interactive = !json && stdout.isTTY === true && stderr.isTTY === true;
  let resultGiven = false;
  return {
    json,
    interactive,
    line: (text = '') => {
      if (!json) stdout.write(`${text}\n`);
    },
    table: (head, rows) => {
      if (json) return;
      stdout.write(interactive ? drawnTable(head, rows) : plainTable(head, rows));
    },
    note: (text) => void stderr.write(`${text}\n`),
    // Without a width the moving line cannot know what to clear, and would clear for ever.
    progress: (text) =>
      interactive && (stderr.columns ?? 0) > 0 ? movingLine(text) : plainProgress(text, stderr),
    result: (document) => {
      if (!json || resultGiven) return;
      resultGiven = true;
      stdout.write(`${JSON.stringify(document, null, 2)}\n`);
    },
  };
}

type Rows = readonly (readonly (string | number | null)[])[];

function drawnTable(head: readonly string[], rows: Rows): string {
  const table = new Table({ head: [...head], style: { head: ['bold'], border: ['gray'], compact: true } });
  for (const row of rows) table.push(row.map(cellText));
  return `${table.toString()}\n`;
}

/** One line a row, tab-separated with a header: what `cut` and `awk` like. */
function plainTable(head: readonly string[], rows: Rows): string {
  const lines = [head, ...rows.map((row) => row.map(cellText))];
  return lines
    .map((cells) => `${cells.map((cell) => cell.replaceAll(/[\t\n]+/g, ' ')).join('\t')}\n`)
    .join('');
}

function cellText(cell: string | number | null): string {
  return cell === null ? '–' : String(cell);
}

function movingLine(text: string): Progress {
  const spinner = ora({ text, stream: process.stderr }).start();
  return {
    update: (next) => void (spinner.text = next),
    end: (last) => {
      if (!spinner.isSpinning) return;
      if (last === undefined) spinner.stop();
      else spinner.stopAndPersist({ text: last, symbol: ' ' });
    },
  };
}

function plainProgress(text: string, stderr: OutputStream): Progress {
  let said = text;
  stderr.write(`${text}\n`);
  const say = (next: string): void => {
    if (next === said) return;
    said = next;
    stderr.write(`${next}\n`);
  };
  return { update: say, end: (last) => (last === undefined ? undefined : say(last)) };
}
