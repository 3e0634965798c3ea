/**
 * A run's beginning with what its opener read, in place of the first settling (docs/decisions/0006). The input of a run
 * may be typed by hand, and it may be old: what is not whole and young is left out, and the run settles for itself.
 */
import type { StageCounts } from '../domain/facts.ts';
import { fieldOf } from './channel-input.ts';
import type { Settled } from './contract.ts';

/**
 * What was read longer ago is not believed. Openers start within seconds of reading; a run that was reset, or whose
 * worker was away, begins later. Clocks of machines may differ by as much.
 */
export const READING_AGE_MAX_MS = 10 * 60_000;
/** Ours are a few lines. */
const TEXT_LENGTH_MAX = 2_000;
const COUNTS: readonly (keyof StageCounts)[] = [
  'needed',
  'imported',
  'trackable',
  'shipped',
  'delivered',
  'returned',
];

/** The settling that the input stands for and when it was read (milliseconds); null where the database must be asked. */
export function openedWith(input: unknown, now: number): { settled: Settled; readAt: number } | null {
  const given = fieldOf(input, 'opened');
  const [readAt, lastNewsAt, progress, details] = ['readAt', 'lastNewsAt', 'progress', 'details'].map(
    (name) => fieldOf(given, name),
  );
  const [staleAfterMs, closeAfterMs] = ['staleAfterMs', 'closeAfterMs'].map((name) => fieldOf(given, name));
  const counts = countsOf(fieldOf(given, 'counts'));
  if (!isTime(readAt) || !isTime(lastNewsAt) || !isText(progress) || !isText(details)) return null;
  if (!isAmount(staleAfterMs) || !isAmount(closeAfterMs) || counts === null) return null;
  if (Math.abs(now - Date.parse(readAt)) > READING_AGE_MAX_MS) return null;
  return {
    readAt: Date.parse(readAt),
    settled: {
      ...{ known: true, stage: 'imported', counts, progress, attention: null, attentionReason: null },
      ...{ paused: false, due: null, dueAt: null, done: false },
      ...{ lastNewsAt, staleAfterMs, closeAfterMs, details },
    },
  };
}

function countsOf(given: unknown): StageCounts | null {
  const amounts = COUNTS.map((name): [string, unknown] => [name, fieldOf(given, name)]);
  if (!amounts.every(([, amount]) => isAmount(amount))) return null;
  // Each of its names has an amount, by the line above.
  return Object.fromEntries(amounts) as unknown as StageCounts;
}

function isTime(given: unknown): given is string {
  return typeof given === 'string' && !Number.isNaN(Date.parse(given));
}

function isText(given: unknown): given is string {
  return typeof given === 'string' && given.length <= TEXT_LENGTH_MAX;
}

function isAmount(given: unknown): given is number {
  return typeof given === 'number' && Number.isFinite(given) && given >= 0;
}
