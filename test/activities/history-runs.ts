// Runs many random histories on lanes beside each other, each made from a seed of its own, and shrinks the first that
// ends otherwise than the model says.
import fc from 'fast-check';
import { histories, inWords, type History } from '../model/histories.ts';
import { moreHistories } from '../model/more-histories.ts';
import { compared, type Finding } from './history-findings.ts';
import { play, type Kind, type Lane, type Lanes, type Played } from './history-lanes.ts';

/** How often a failing history is played again while it shrinks. */
const SHRINK_RUNS_MAX = 400;
const ANALYZE_EVERY = 1_000;

/** From here on seeds are those of the histories of the second sort. */
export const MORE_SEEDS_FROM = 3_000_000_000;

/** What the histories of a seed are drawn from, and the seed of the draw. */
function drawOf({ counter, rules }: Kind, seed: number): { from: fc.Arbitrary<History>; seed: number } {
  return seed >= MORE_SEEDS_FROM
    ? { from: moreHistories(rules.asks === true), seed: seed - MORE_SEEDS_FROM }
    : { from: histories(counter === true), seed };
}

/** The history of a seed, for a kind of channel. */
function historyOf(kind: Kind, seed: number): History {
  const draw = drawOf(kind, seed);
  const [history] = fc.sample(draw.from, { seed: draw.seed, numRuns: 1 });
  if (history === undefined) throw new Error('no history was made');
  return history;
}

export interface Failure {
  seed: number;
  findings: Finding[];
  /** What a person reads: the shrunken history, both ends, how to run it alone. */
  report: string;
}

/** Plays the seeds, each on the next free lane; the seed decides the kind. Answers those that failed, at most `failuresMax`. */
export async function playSeeds(
  opened: Lanes,
  seeds: readonly number[],
  {
    failuresMax = 1,
    again = '',
    shrinks = true,
    tellAt = () => undefined,
    counts = () => true,
    tellFailure = () => undefined,
  }: {
    /** Ends after so many failures that count. */
    failuresMax?: number;
    /** Whether a failure counts; others are passed over. */
    counts?: (failure: Failure) => boolean;
    again?: string;
    shrinks?: boolean;
    /** Is told how many were played, after each. */
    tellAt?: (played: number) => void;
    /** Is told each failure that counts. */
    tellFailure?: (failure: Failure) => void;
  } = {},
): Promise<Failure[]> {
  const failures: Failure[] = [];
  const kinds = [...new Set(opened.lanes.map((lane) => lane.kind))];
  let played = 0;
  await Promise.all(
    kinds.map(async (kind, index) => {
      const own = seeds.filter((seed) => seed % kinds.length === index);
      const lanes = opened.lanes.filter((lane) => lane.kind === kind);
      await Promise.all(
        lanes.map(async (lane) => {
          for (let seed = own.shift(); seed !== undefined; seed = own.shift()) {
            if (failures.length >= failuresMax) return;
            const wrong = await wrongIn(lane, historyOf(kind, seed));
            const failure = wrong === null ? null : { seed, ...wrong };
            if (failure !== null && counts(failure)) {
              const kept = shrinks ? { ...failure, report: await shrink(lane, failure, again) } : failure;
              failures.push(kept);
              tellFailure(kept);
            }
            played += 1;
            tellAt(played);
            if (played % ANALYZE_EVERY === 0) await opened.analyze();
          }
        }),
      );
    }),
  );
  return failures;
}

/** What is wrong with how a history ends; null where all is well. */
async function wrongIn(lane: Lane, history: History): Promise<Omit<Failure, 'seed'> | null> {
  const said = (problem: string): string => `${inWords(history)}\n${problem}`;
  try {
    const played = await play(lane, history);
    const findings = [...played.broken.map((one) => one.rule), ...compared(played.store, played.model)];
    return findings.length === 0 ? null : { findings, report: said(told(played, findings)) };
  } catch (error) {
    return { findings: ['no end'], report: said(String(error)) };
  }
}

/** The report of the smallest history that goes wrong as well. */
async function shrink(lane: Lane, { seed, report }: Failure, again: string): Promise<string> {
  let runs = 0;
  let last = '';
  const draw = drawOf(lane.kind, seed);
  const property = fc.asyncProperty(draw.from, async (history) => {
    runs += 1;
    if (runs > SHRINK_RUNS_MAX) return;
    const wrong = await wrongIn(lane, history);
    if (wrong === null) return;
    last = wrong.report;
    throw new Error(wrong.report);
  });
  await fc.check(property, { seed: draw.seed, numRuns: 1 });
  return [
    `Seed ${String(seed)} on a channel "${lane.kind.name}":`,
    last === '' ? `${report}\n(it went right when it was played again)` : last,
    again.replaceAll('{seed}', String(seed)),
  ].join('\n');
}

function told({ store, model, broken }: Played, findings: readonly Finding[]): string {
  return [
    `store: ${JSON.stringify(store)}`,
    `model: ${JSON.stringify(model)}`,
    `found: ${findings.join(', ')}`,
    ...broken.map(({ rule, why }) => `${rule}: ${why}`),
  ].join('\n');
}
