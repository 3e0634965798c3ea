/**
 * What became of every order that an import was given by its number (capabilities P-26): the first few of each kind
 * behind the import, all of them by `waybill outcomes`. Reads only.
 */
import { Option, type Command } from 'commander';
import type { Database } from '../../db/database.ts';
import {
  countOutcomes,
  listOutcomes,
  OUTCOME_PAGE_MAX,
  OUTCOME_WORDS,
  type OrderOutcome,
  type OutcomeWord,
} from '../../db/import-outcomes.ts';
import { givenTotal } from '../../db/import-progress.ts';
import type { ImportRun } from '../../db/import-runs.ts';
import { channelArgument, numberOption, orderArgument } from './arguments.ts';
import { CommandError } from './command-error.ts';
import { explain } from './explain.ts';
import type { Output } from './output.ts';
import { requireChannel } from './require-channel.ts';
import { requireRunOf } from './require-run.ts';
import type { Run } from './run-command.ts';

const SHOWN_DEFAULT = 50;
/** Orders of one kind that stand behind an import; more would hide the other kinds. */
const FEW = 5;

const IN_WORDS: Readonly<Record<OutcomeWord, string>> = {
  created: 'created',
  updated: 'changed',
  unchanged: 'unchanged',
  rejected: 'rejected',
  held: 'held',
  unreadable: 'unreadable',
  not_found: 'not in the store',
};

/** For machines: every order that was given, and how many there are of each kind. */
export interface OutcomesTold {
  outcomes: Partial<Record<OutcomeWord, number>>;
  orders: OrderOutcome[];
  /** Given orders that the run did not come to. */
  notReached: number;
}

interface OutcomesOptions {
  outcome?: OutcomeWord;
  after?: number;
  limit: number;
}

export function addOutcomesCommand(program: Command, run: Run): void {
  program
    .command('outcomes')
    .description('what became of every order that an import was given by --ids or --file')
    .argument('<channel>', 'channel', channelArgument)
    .argument('<run>', 'the import, as `waybill runs` shows it')
    .addOption(new Option('--outcome <outcome>', 'only these').choices(OUTCOME_WORDS))
    .option('--after <order>', 'go on after this order', orderArgument)
    .option('--limit <n>', 'how many', numberOption(1, OUTCOME_PAGE_MAX), SHOWN_DEFAULT)
    .action(
      run(async (session, channelId: string, runId: string, options: OutcomesOptions) => {
        const { out } = session;
        if (session.explain) return explain(out, { commands: [], note: 'Outcomes are kept in Postgres.' });
        const db = await session.database();
        await requireChannel(db, channelId);
        const found = await requireRunOf(db, channelId, runId);
        if (found.mode !== 'ids') {
          throw new CommandError('bad_usage', {
            what: `The import ${runId} was given no order numbers, so it keeps no outcome of each.`,
            todo: `What it brought: waybill orders ${channelId} --since-run ${runId} --updated`,
          });
        }
        const { outcome, after, limit } = options;
        const { orders, next } = await listOutcomes(db, {
          runId,
          limit,
          ...(outcome === undefined ? {} : { outcome }),
          ...(after === undefined ? {} : { after }),
        });
        out.table(
          ['order', 'outcome', 'why'],
          orders.map((order) => [order.orderId, IN_WORDS[order.outcome], whyOf(order)]),
        );
        if (orders.length === 0) out.line('There is none.');
        if (next !== null) out.line(`There are more: --after ${String(next)}`);
        const counts = await countOutcomes(db, runId);
        out.result({ ...toldOf(found, counts), orders, next });
      }),
    );
}

/** Shows the first few of each kind and how to see all. Null: the run was not given orders. */
export async function showOutcomes(out: Output, db: Database, run: ImportRun): Promise<OutcomesTold | null> {
  if (run.mode !== 'ids') return null;
  const { id: runId, channelId } = run;
  const counts = await countOutcomes(db, runId);
  let more = false;
  for (const [outcome, count] of counts) {
    const { orders } = await listOutcomes(db, { runId, outcome, limit: FEW });
    more ||= count > orders.length;
    const rest = count > orders.length ? ` and ${String(count - orders.length)} more` : '';
    if (orders.every((order) => whyOf(order) === '')) {
      const numbers = orders.map((order) => String(order.orderId)).join(', ');
      out.line(`${IN_WORDS[outcome]}: ${numbers}${rest}`);
      continue;
    }
    out.line(`${IN_WORDS[outcome]}:`);
    for (const order of orders) out.line(`  ${String(order.orderId)}: ${whyOf(order)}`);
    if (rest !== '') out.line(` ${rest}`);
  }
  const told = toldOf(run, counts);
  if (told.notReached > 0) out.line(`not reached: ${String(told.notReached)}`);
  if (more) out.line(`All of them: waybill outcomes ${channelId} ${runId}`);
  return { ...told, orders: out.json ? await allOutcomes(db, runId) : [] };
}

function toldOf(
  run: ImportRun,
  counts: ReadonlyMap<OutcomeWord, number>,
): Pick<OutcomesTold, 'outcomes' | 'notReached'> {
  const told = [...counts.values()].reduce((sum, count) => sum + count, 0);
  return {
    outcomes: Object.fromEntries(counts),
    notReached: Math.max(0, (givenTotal(run) ?? told) - told),
  };
}

async function allOutcomes(db: Database, runId: string): Promise<OrderOutcome[]> {
  const all: OrderOutcome[] = [];
  let after: number | null = 0;
  while (after !== null) {
    const { orders, next } = await pageOf(db, runId, after);
    all.push(...orders);
    after = next;
  }
  return all;
}

function pageOf(db: Database, runId: string, after: number): ReturnType<typeof listOutcomes> {
  return listOutcomes(db, { runId, after, limit: OUTCOME_PAGE_MAX });
}

/** Empty where the outcome says it all. */
function whyOf({ outcome, rule, setting, detail }: OrderOutcome): string {
  if (outcome === 'not_found') return '';
  const by = setting ?? rule;
  return detail === null ? '' : by === null || detail.includes(by) ? detail : `${detail} (${by})`;
}
