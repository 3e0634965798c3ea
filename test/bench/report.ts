// What a benchmark says: one figure at a time, as a table for people or one JSON line each for machines.
import os from 'node:os';

export interface Figure {
  name: string;
  /** How much work it was: orders, events. */
  size: number;
  measured: number;
  /** The same by the plain way, in the same run; null where there is none. */
  baseline: number | null;
  ratio: number | null;
  unit: string;
  /** What was counted beside it, for people. */
  beside?: string;
}

export interface Report {
  add(figure: Omit<Figure, 'ratio'> & { ratio?: number }): void;
  note(line: string): void;
  end(): void;
}

/** Three digits say what a benchmark knows. */
const DIGITS = 3;

export function createReport(json: boolean): Report {
  const figures: Figure[] = [];
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  return {
    add: (given) => {
      const ratio = given.ratio ?? (given.baseline === null ? null : given.measured / given.baseline);
      const figure: Figure = { ...given, ratio };
      figures.push(figure);
      if (json) say(JSON.stringify(figure));
      else process.stderr.write(`  ${lineOf(figure)}\n`);
    },
    note: (line) => void process.stderr.write(`  ${line}\n`),
    end: () => {
      if (json) return;
      say(`| what | size | measured | baseline | ratio | unit | beside |`);
      say(`| --- | ---: | ---: | ---: | ---: | --- | --- |`);
      for (const one of figures) {
        say(
          `| ${one.name} | ${String(one.size)} | ${shown(one.measured)} | ${shown(one.baseline)} | ${shown(one.ratio)} | ${one.unit} | ${one.beside ?? ''} |`,
        );
      }
    },
  };
}

function lineOf(figure: Figure): string {
  const against =
    figure.baseline === null ? '' : `, against ${shown(figure.baseline)} (ratio ${shown(figure.ratio)})`;
  return `${figure.name} (${String(figure.size)}): ${shown(figure.measured)} ${figure.unit}${against}${figure.beside === undefined ? '' : `; ${figure.beside}`}`;
}

function shown(value: number | null): string {
  if (value === null) return '–';
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(DIGITS)));
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2;
}

/** Facts of the machine that a reader needs to compare. */
export function machine(): string {
  const [cpu] = os.cpus();
  const gib = Math.round(os.totalmem() / 2 ** 30);
  return `${String(os.cpus().length)} cores (${cpu?.model.trim() ?? 'unknown'}), ${String(gib)} GiB, Node ${process.version}, ${os.type()}; load when it began ${os.loadavg()[0]?.toFixed(1) ?? ''}`;
}
