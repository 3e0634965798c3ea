// Bugs planted one at a time into the real code: each must be noticed by the random histories, and the unbroken code must
// pass the very seed that noticed it. The product has no switches for it: functions are replaced when they are imported.
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type * as CallStore from '../../activities/call-store.ts';
import type * as CarrierEvent from '../../domain/carrier-event.ts';
import type * as MayMatter from '../../domain/may-matter.ts';
import type * as Match from '../../domain/write-back-match.ts';
import type * as Plan from '../../domain/write-back-plan.ts';
import { databaseFor } from '../support/servers.ts';
import type { Finding } from './history-findings.ts';
import { KINDS, openLanes, type Lanes } from './history-lanes.ts';
import { playSeeds } from './history-runs.ts';

type Bug =
  | 'rank swapped'
  | 'look-up skipped'
  | 'POST repeated after a time-out'
  | 'status before shipment'
  | 'wake rule too narrow'
  | 'echo taken for a person';

const planted = vi.hoisted((): { bug: Bug | null } => ({ bug: null }));

vi.mock('../../domain/carrier-event.ts', async (original) => {
  const real = await original<typeof CarrierEvent>();
  const ranks = new Proxy(real.TRACKING_RANKS, {
    get: (target, word, self) => {
      const swapped = word === 'delivered' ? 'in_transit' : word === 'in_transit' ? 'delivered' : word;
      return Reflect.get(target, planted.bug === 'rank swapped' ? swapped : word, self) as unknown;
    },
  });
  return { ...real, TRACKING_RANKS: ranks };
});

vi.mock('../../domain/write-back-match.ts', async (original) => {
  const real = await original<typeof Match>();
  const matchShipment: typeof real.matchShipment = (...given) =>
    planted.bug === 'look-up skipped' ? null : real.matchShipment(...given);
  const explainedAfter: typeof real.explainedAfter = (given) =>
    planted.bug === 'echo taken for a person' ? [...given.explained] : real.explainedAfter(given);
  return { ...real, matchShipment, explainedAfter };
});

vi.mock('../../activities/call-store.ts', async (original) => {
  const real = await original<typeof CallStore>();
  const callStore: typeof real.callStore = async (...given) => {
    try {
      return await real.callStore(...given);
    } catch (error) {
      if (planted.bug !== 'POST repeated after a time-out') throw error;
      return real.callStore(...given);
    }
  };
  return { ...real, callStore };
});

vi.mock('../../domain/write-back-plan.ts', async (original) => {
  const real = await original<typeof Plan>();
  const planWriteBack: typeof real.planWriteBack = (given) => {
    const plan = real.planWriteBack(given);
    return planted.bug === 'status before shipment' ? { ...plan, steps: plan.steps.toReversed() } : plan;
  };
  return { ...real, planWriteBack };
});

vi.mock('../../domain/may-matter.ts', async (original) => {
  const real = await original<typeof MayMatter>();
  const mayMatter: typeof real.mayMatter = (before, after) =>
    planted.bug === 'wake rule too narrow' ? before?.stage !== after.stage : real.mayMatter(before, after);
  return { ...real, mayMatter };
});

/** A planted bug must be noticed within so many histories. */
const SEEDS_MAX = 400;
const DEADLINE_MS = 400_000;

let opened: Lanes;
beforeAll(async () => {
  opened = await openLanes((await databaseFor(import.meta.url)).url, KINDS);
}, 120_000);
afterAll(() => opened.close());

/** The rule that each breaks, and the seed to begin with: histories that show a rare bug are not the first ones. */
describe.each<[bug: Bug, rule: Finding, from: number]>([
  ['rank swapped', 'the status is beyond', 1],
  ['look-up skipped', 'a second shipment for one parcel', 150],
  ['POST repeated after a time-out', 'a second shipment for one parcel', 1],
  ['status before shipment', 'a status went before its shipment', 1],
  ['wake rule too narrow', 'a shipment is missing', 1],
  ['echo taken for a person', 'the status is beyond', 40],
])('the planted bug "%s"', (bug, rule, from) => {
  it(
    `is noticed by the rule that it breaks (${rule}), and without it the same history goes right`,
    async () => {
      planted.bug = bug;
      const tried = Array.from({ length: SEEDS_MAX }, (_, index) => from + index);
      const found = await playSeeds(opened, tried, {
        ...{ failuresMax: 1, shrinks: false },
        counts: ({ findings }) => findings.includes(rule),
      }).finally(() => {
        planted.bug = null;
      });
      const seeds = found.map((one) => one.seed);
      process.stderr.write(`  ${bug}: noticed by seed ${seeds.join(', ')}\n`);
      expect(seeds.length).toBeGreaterThan(0);
      expect(await playSeeds(opened, seeds, { shrinks: false })).toEqual([]);
    },
    DEADLINE_MS,
  );
});
