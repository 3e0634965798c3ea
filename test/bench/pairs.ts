// Pairs that alternate: the bare way and ours do the same number of orders one after the other, and whoever was first
// in one pair is second in the next. The median of the pairs' ratios counts, so a load that comes and goes does not.
import { timed } from './callers.ts';
import { perPiece, processorTimes } from './processor-time.ts';
import { median, type Report } from './report.ts';

export const PAIRS = 5;

export interface Side {
  work: (ids: readonly number[], round: number) => Promise<void>;
  /** Pieces of work for each order: what the rate counts. */
  piecesPerOrder: number;
}

export interface Pairs {
  measured: number;
  baseline: number;
  ratio: number;
  /** Processor time of an order our way, as a multiple of the bare way; null where it cannot be read. */
  processorRatio: number | null;
}

/** Runs the pairs and tells each of them as it ends. `prepare` is not timed. */
export async function inPairs(
  report: Report,
  given: {
    name: string;
    idsOf: (round: number) => number[];
    prepare?: Side['work'];
    bare: Side;
    ours: Side;
  },
): Promise<Pairs> {
  const { name, idsOf, prepare, bare, ours } = given;
  const rounds: { bare: Measured; ours: Measured }[] = [];
  for (let round = 0; round < PAIRS; round += 1) {
    const ids = idsOf(round);
    await prepare?.(ids, round);
    const bareFirst = round % 2 === 0;
    const first = await measure(bareFirst ? bare : ours, ids, round);
    const second = await measure(bareFirst ? ours : bare, ids, round);
    const pair = bareFirst ? { bare: first, ours: second } : { bare: second, ours: first };
    rounds.push(pair);
    const ratio = (pair.ours.rate / pair.bare.rate).toFixed(2);
    report.note(`${name}, pair ${String(round + 1)} of ${String(PAIRS)}: ratio ${ratio}`);
    report.note(`  bare ${inWords(pair.bare)}`);
    report.note(`  ours ${inWords(pair.ours)}`);
  }
  const ratios = rounds.map((pair) => pair.ours.processor.all / pair.bare.processor.all);
  return {
    measured: median(rounds.map((pair) => pair.ours.rate)),
    baseline: median(rounds.map((pair) => pair.bare.rate)),
    ratio: median(rounds.map((pair) => pair.ours.rate / pair.bare.rate)),
    processorRatio: ratios.every(Number.isFinite) ? median(ratios) : null,
  };
}

interface Measured {
  /** Pieces of work a second. */
  rate: number;
  /** Milliseconds an order. */
  processor: ReturnType<typeof perPiece>;
}

async function measure(side: Side, ids: readonly number[], round: number): Promise<Measured> {
  const before = await processorTimes();
  const seconds = await timed(() => side.work(ids, round));
  const processor = perPiece(before, await processorTimes(), ids.length);
  return { rate: (ids.length * side.piecesPerOrder) / seconds, processor };
}

function inWords({ rate, processor }: Measured): string {
  const by = processor.by.map(([role, ms]) => `${role} ${ms.toFixed(1)}`).join(', ');
  return `${rate.toFixed(0)}/s; processor ms an order: ${processor.all.toFixed(1)} (${by})`;
}
