// `bench lifecycles` and `bench events`: our lifecycles against bare workflows with one handler and one condition, on
// the same server, with as many workers and callers, asked in the same way, in alternating pairs.
import { moved } from './bare-workflows.ts';
import { withCallers } from './callers.ts';
import { costOf } from './history-cost.ts';
import {
  bareId,
  CALLERS,
  FIRST_ID,
  inWorld,
  openAll,
  openAllBare,
  ourId,
  seenBy,
  shownOf,
  untilAllShow,
  untilHolds,
  untilOutboxEmpty,
  type World,
} from './lifecycle-world.ts';
import { inPairs, PAIRS, type Pairs } from './pairs.ts';
import { median, type Report } from './report.ts';

/** What moves the stage: label and first scan, on its way, there. */
const MOVING = ['trackable', 'in_transit', 'delivered'] as const;
/** As carriers send them: ten scans a parcel, three of which move the stage. */
const AS_THEY_COME = [
  'trackable',
  'label_created',
  'trackable',
  'in_transit',
  'in_transit',
  'in_transit',
  'in_transit',
  'in_transit',
  'out_for_delivery',
  'delivered',
] as const;
/** Orders of each round whose histories are read for what they cost. */
const SAMPLED = 5;

export async function benchLifecycles(
  report: Report,
  orders: number,
  what: 'lifecycles' | 'events',
): Promise<void> {
  const perRound = Math.ceil(orders / PAIRS);
  // Each way of sending has orders of its own: a delivered order moves no more.
  const rounds = what === 'events' ? PAIRS * 2 : PAIRS;
  const note = (line: string): void => report.note(line);
  await inWorld(perRound * rounds + SAMPLED, note, async (world) => {
    const idsOf = (round: number): number[] =>
      Array.from({ length: perRound }, (_, n) => FIRST_ID + round * perRound + n);
    if (what === 'lifecycles') await opening(report, world, idsOf);
    else {
      await events(report, world, 'events.stage-moving', MOVING, idsOf);
      await events(report, world, 'events.as-they-come', AS_THEY_COME, (round) => idsOf(PAIRS + round));
    }
    await oneOrder(report, world, FIRST_ID + perRound * rounds);
  });
}

async function opening(report: Report, world: World, idsOf: (round: number) => number[]): Promise<void> {
  const name = 'lifecycle.open';
  const pairs = await inPairs(report, {
    name,
    idsOf,
    bare: { work: (ids, round) => openAllBare(world, ids, String(round), 1), piecesPerOrder: 1 },
    ours: { work: (ids) => openAll(world, ids), piecesPerOrder: 1 },
  });
  const { processorRatio: _, ...figures } = pairs;
  report.add({
    name,
    size: PAIRS * idsOf(0).length,
    ...figures,
    unit: 'starts/s',
    beside: `until each has done its first task; ${howTaken(pairs)}`,
  });
}

async function events(
  report: Report,
  world: World,
  name: string,
  scans: readonly string[],
  idsOf: (round: number) => number[],
): Promise<void> {
  const runOf = (round: number): string => `${name}-${String(round)}`;
  const pairs = await inPairs(report, {
    name,
    idsOf,
    prepare: async (ids, round) => {
      await openAllBare(world, ids, runOf(round), MOVING.length);
      await openAll(world, ids);
    },
    bare: {
      piecesPerOrder: MOVING.length,
      work: async (ids, round) => {
        await withCallers(CALLERS, ids, async (id) => {
          for (const status of MOVING)
            await world.client.workflow.getHandle(bareId(runOf(round), id)).signal(moved, status);
        });
        await untilAllShow(
          world,
          ids,
          (id) => bareId(runOf(round), id),
          async (id) => (await seenBy(world, runOf(round), id)) === MOVING.length,
        );
      },
    },
    ours: {
      piecesPerOrder: scans.length,
      work: async (ids) => {
        await withCallers(CALLERS, ids, async (orderId) => {
          for (const [n, status] of scans.entries()) await world.send(orderId, n, status);
        });
        await untilOutboxEmpty(world);
        await untilAllShow(world, ids, ourId, async (id) => (await shownOf(world, id)).stage === 'delivered');
      },
    },
  });
  const [ours, bare] = [
    { signals: 0, tasks: 0 },
    { signals: 0, tasks: 0 },
  ];
  for (let round = 0; round < PAIRS; round += 1) {
    for (const id of idsOf(round).slice(0, SAMPLED)) {
      for (const [sum, workflowId] of [
        [ours, ourId(id)],
        [bare, bareId(runOf(round), id)],
      ] as const) {
        const cost = await costOf(world.client, workflowId);
        sum.signals += cost.signals;
        sum.tasks += cost.workflowTasks;
      }
    }
  }
  const each = (sum: number): string => (sum / (PAIRS * SAMPLED)).toFixed(1);
  const { processorRatio: _, ...figures } = pairs;
  report.add({
    name,
    size: idsOf(0).length * scans.length * PAIRS,
    ...figures,
    unit: 'events/s against signals/s',
    beside:
      `${each(ours.signals)} signals and ${each(ours.tasks)} workflow tasks an order, ` +
      `bare ${each(bare.signals)} and ${each(bare.tasks)}; ${howTaken(pairs)}`,
  });
}

function howTaken({ processorRatio }: Pairs): string {
  const processor =
    processorRatio === null ? '' : `, an order takes ${processorRatio.toFixed(2)} of the bare processor time`;
  return `median of ${String(PAIRS)} pairs${processor}`;
}

/** The history of an order that is told one thing after the other. */
async function oneOrder(report: Report, world: World, firstId: number): Promise<void> {
  const ids = Array.from({ length: SAMPLED }, (_, n) => firstId + n);
  await openAll(world, ids);
  const costs = [];
  for (const orderId of ids) {
    const cost = () => costOf(world.client, ourId(orderId));
    for (const [n, status] of ['label_created', 'trackable', 'in_transit', 'delivered'].entries()) {
      const before = await cost();
      await world.send(orderId, n, status);
      await untilHolds('its task', async () => (await cost()).workflowTasks > before.workflowTasks);
    }
    if ((await shownOf(world, orderId)).stage !== 'delivered') throw new Error('an order was not delivered');
    costs.push(await cost());
  }
  const beside = `${String(median(costs.map(({ signals }) => signals)))} waking signals, three stage changes, write-back off`;
  const [dearest] = costs.toSorted((a, b) => b.events - a.events);
  report.note(`the dearest history: ${dearest?.story ?? ''}`);
  const figure = { size: SAMPLED, baseline: null, beside };
  report.add({
    ...figure,
    name: 'lifecycle.history-events',
    measured: Math.max(...costs.map(({ events: n }) => n)),
    unit: 'events/order',
  });
  report.add({
    ...figure,
    name: 'lifecycle.actions',
    measured: Math.max(...costs.map(({ actions }) => actions)),
    unit: 'actions/order',
  });
}
