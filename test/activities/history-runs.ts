// Runs many random histories on lanes beside each other, each made from a seed of its own, and shrinks the first that
// ends otherwise than the model says.
import fc from 'fast-check';
import { isDeepStrictEqual } from 'node:util';
import { histories, inWords, type History } from '../model/histories.ts';
import { moreHistories } from '../model/more-histories.ts';
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

function isRight({ store, model, broken }: Played): boolean {
  return broken.length === 0 && isDeepStrictEqual(store, model);
}

export interface Failure {
  seed: number;
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
  }: {
    failuresMax?: number;
    again?: string;
    shrinks?: boolean;
    /** Is told how many were played, after each. */
    tellAt?: (played: number) => void;
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
            if (wrong !== null)
              failures.push(shrinks ? await shrink(lane, seed, again) : { seed, report: wrong });
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

/** What a person reads of a history that ends otherwise than the model says; null where all is well. */
async function wrongIn(lane: Lane, history: History): Promise<string | null> {
  const problem = await play(lane, history).then(
    (played) => (isRight(played) ? null : told(played)),
    (error: unknown) => String(error),
  );
  return problem === null ? null : `${inWords(history)}\n${problem}`;
}

async function shrink(lane: Lane, seed: number, again: string): Promise<Failure> {
  let runs = 0;
  let last = '';
  const draw = drawOf(lane.kind, seed);
  const property = fc.asyncProperty(draw.from, async (history) => {
    runs += 1;
    if (runs > SHRINK_RUNS_MAX) return;
    const wrong = await wrongIn(lane, history);
    if (wrong === null) return;
    last = wrong;
    throw new Error(wrong);
  });
  await fc.check(property, { seed: draw.seed, numRuns: 1 });
  const report = [
    `Seed ${String(seed)} on a channel "${lane.kind.name}":`,
    last === '' ? `${inWords(historyOf(lane.kind, seed))}\n(it went right when it was played again)` : last,
    again.replaceAll('{seed}', String(seed)),
  ].join('\n');
  return { seed, report };
}

function told({ store, model, broken }: Played): string {
  return [
    `store: ${JSON.stringify(store)}`,
    `model: ${JSON.stringify(model)}`,
    ...broken.map((rule) => `broken: ${rule}`),
  ].join('\n');
}
