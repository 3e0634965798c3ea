/** `waybill import` and `runs`: starts the import workflow by hand, follows it, and shows that its counts add up. */
import { Option, type Command } from 'commander';
import { randomUUID } from 'node:crypto';
import { addToImportList, dropImportList, nameImportList } from '../../db/import-lists.ts';
import { listRuns } from '../../db/import-runs.ts';
import { manualImportId } from '../../domain/ids.ts';
import { parseImportInput } from '../../domain/import-input.ts';
import type { ImportInput } from '../../workflows/contract.ts';
import {
  defaultImportName,
  describeImport,
  IMPORT_NAME_RULE,
  INLINE_NUMBERS_MAX,
  isImportName,
} from '../manual-import.ts';
import { channelArgument, numberOption } from './arguments.ts';
import { CommandError } from './command-error.ts';
import { explain, startCommand, temporalCommand } from './explain.ts';
import { readOrderNumbers } from './order-number-file.ts';
import { requireChannel } from './require-channel.ts';
import { requireRunOf } from './require-run.ts';
import { countOf, runImport } from './run-import.ts';
import type { Session } from './session.ts';
import type { Run } from './run-command.ts';

interface ImportOptions {
  days?: number | true;
  all?: true;
  from?: string;
  to?: string;
  basis?: 'created' | 'modified';
  ids?: string;
  file?: string;
  includeExcluded?: true;
  resume?: string;
  cancel?: string;
  name?: string;
  detach?: true;
}

const DAYS_MAX = 3_650;
/** BigCommerce did not exist yet. */
const BEFORE_EVERY_ORDER = '2000-01-01';
/** Numbers of a file that are stored in one statement. */
const FILE_PART = 5_000;
const RUNS_SHOWN_DEFAULT = 20;
const RUNS_SHOWN_MAX = 500;

export function addImportCommands(program: Command, run: Run): void {
  program
    .command('import')
    .description('import orders now: since the last import, or a past range, or given orders')
    .argument('<channel>', 'channel', channelArgument)
    .option(
      '--days [n]',
      'the last n days; without a number orders.import.lookback_days of the channel',
      numberOption(1, DAYS_MAX),
    )
    .option('--from <date>', 'beginning, such as 2026-08-21 or RFC 3339; with --to')
    .option('--to <date>', 'end')
    .addOption(
      new Option(
        '--basis <basis>',
        'what the dates speak of; default modified, for --days orders.import.lookback_basis',
      ).choices(['created', 'modified']),
    )
    .option('--all', 'everything that the store has, whenever it was created')
    .option('--ids <ids>', 'order numbers, separated by commas')
    .option('--file <path>', 'file of any length with an order number at the beginning of each line')
    .option('--include-excluded', 'take the given orders in whatever their status is')
    .option('--resume <run>', 'go on where a failed or cancelled run stood; see `waybill runs`')
    .option('--cancel <run>', 'end a running import; what it has stored stays, and it can be resumed')
    .option(
      '--name <name>',
      'name of this import; the default follows from the rest, so that the same import joins itself',
    )
    .option('--detach', 'do not wait for the end')
    .action(
      run(async (session, channelId: string, options: ImportOptions) => {
        const { out } = session;
        if (options.cancel !== undefined) return cancelImport(session, channelId, options.cancel);
        const input = await importInput(session, channelId, options);
        const name = importName(options.name, input);
        const workflowId = manualImportId(channelId, name);
        const summary = describeImport(input);
        if (session.explain) {
          const detach = options.detach === true;
          explain(out, {
            commands: [await startCommand({ type: 'importOrders', workflowId, input, summary, detach })],
          });
          return;
        }
        await requireChannel(await session.database(), channelId);
        const followed = await runImport(session, {
          input,
          name,
          summary,
          // The same input under its own hash is the same import; under a name that was chosen it may be another one.
          ifRunning: options.name === undefined ? 'join' : 'refuse',
          detach: options.detach === true,
        });
        out.result(followed);
      }),
    );

  program
    .command('runs')
    .description('the last imports and their counts')
    .argument('[channel]', 'only of this channel', channelArgument)
    .option('--limit <n>', 'how many', numberOption(1, RUNS_SHOWN_MAX), RUNS_SHOWN_DEFAULT)
    .action(
      run(async (session, channelId: string | undefined, options: { limit: number }) => {
        const { out } = session;
        if (session.explain) {
          const only = channelId === undefined ? '' : ` AND ChannelId="${channelId}"`;
          explain(out, {
            commands: [
              temporalCommand(['workflow', 'list', '--query', `WorkflowType="importOrders"${only}`]),
            ],
          });
          return;
        }
        const db = await session.database();
        if (channelId !== undefined) await requireChannel(db, channelId);
        const runs = await listRuns(db, {
          ...(channelId === undefined ? {} : { channelId }),
          limit: options.limit,
        });
        out.table(
          [
            'started',
            'channel',
            'mode',
            'state',
            'seen',
            'created',
            'updated',
            'unchanged',
            'rejected',
            'set aside',
            'calls',
            'workflow',
            'run',
          ],
          runs.map(({ id: runId, startedAt, channelId: id, mode, state, counts, workflowId }) => [
            startedAt,
            id,
            mode,
            state,
            counts.seen,
            counts.created,
            counts.updated,
            counts.unchanged,
            countOf(counts.rejected),
            countOf(counts.setAside),
            counts.apiCalls,
            workflowId,
            runId,
          ]),
        );
        if (runs.length === 0) out.line('No import has run yet.');
        out.result({ runs });
      }),
    );
}

/** @throws CommandError `bad_usage`, one line per flag that cannot be used */
async function importInput(
  session: Session,
  channelId: string,
  options: ImportOptions,
): Promise<ImportInput> {
  const { days, to, includeExcluded, resume, ids, file } = options;
  const { from, basis } = options.all === true ? everything(options) : options;
  const given = await givenOrders(session, channelId, { ids, file });
  const raw = {
    channelId,
    ...(days === undefined ? {} : { days: days === true ? await lookbackDays(session, channelId) : days }),
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    ...(basis === undefined ? {} : { basis }),
    ...given,
    ...(includeExcluded === undefined ? {} : { includeExcluded }),
    ...(resume === undefined ? {} : { resume }),
  };
  const read = parseImportInput(raw);
  if (read.ok) return read.input;
  const lines = read.problems.map(({ field, message }) => `  ${FLAGS[field] ?? `--${field}`}: ${message}`);
  throw new CommandError('bad_usage', {
    what: 'Nothing was started; the import cannot be understood:',
    why: lines.join('\n'),
    todo: 'Give --days, or --from and --to, or --all, or --ids, or --file, or --resume, or none of them. See `waybill import --help`.',
  });
}

/** @throws CommandError `bad_usage` beside a range of its own */
function everything({ from, to, basis }: ImportOptions): Pick<ImportOptions, 'from' | 'basis'> {
  if (from === undefined && to === undefined && basis === undefined)
    return { from: BEFORE_EVERY_ORDER, basis: 'created' };
  throw new CommandError('bad_usage', {
    what: 'Nothing was started: --all is everything, so --from, --to and --basis say nothing beside it.',
    todo: 'Leave out the one or the others.',
  });
}

const FLAGS: Readonly<Record<string, string>> = {
  orderIds: '--ids',
  list: '--file',
  includeExcluded: '--include-excluded',
};

async function lookbackDays(session: Session, channelId: string): Promise<number> {
  const { settings } = await requireChannel(await session.database(), channelId);
  return settings.orders.import.lookback_days;
}

/** A few numbers travel in the workflow's input; more are stored first and travel by the name of their list. */
async function givenOrders(
  session: Session,
  channelId: string,
  { ids, file }: { ids: string | undefined; file: string | undefined },
): Promise<{ orderIds?: number[]; list?: string }> {
  const typed = idsIn(ids?.split(',') ?? [], '--ids');
  if (file === undefined) return ids === undefined ? {} : { orderIds: typed };
  const inline: number[] = [...typed];
  const listId = `part-${randomUUID()}`;
  let stored = false;
  const store = async (orderIds: readonly number[]): Promise<void> => {
    const db = await session.database();
    if (!stored) await requireChannel(db, channelId);
    stored = true;
    await addToImportList(db, { channelId, listId, orderIds, now: session.now() });
  };
  try {
    await readOrderNumbers(file, FILE_PART, async (part) => {
      inline.push(...part);
      if (inline.length <= INLINE_NUMBERS_MAX || session.explain) return;
      await store(inline.splice(0));
    });
    if (!stored) {
      const orderIds = [...new Set(inline)].sort((a, b) => a - b);
      return session.explain && orderIds.length > INLINE_NUMBERS_MAX ? { list: 'of-the-file' } : { orderIds };
    }
    if (inline.length > 0) await store(inline);
    return { list: await nameImportList(await session.database(), { channelId, listId }) };
  } catch (error) {
    if (stored) await dropImportList(await session.database(), { channelId, listId });
    throw error;
  }
}

/** Asks the run to end; it stores the slice it is at, closes its row, and can be resumed. */
async function cancelImport(session: Session, channelId: string, runId: string): Promise<void> {
  const { out } = session;
  const run = await requireRunOf(await session.database(), channelId, runId);
  const { workflowId, state } = run;
  if (session.explain) {
    explain(out, { commands: [temporalCommand(['workflow', 'cancel', '--workflow-id', workflowId])] });
    return;
  }
  if (state !== 'running') {
    out.line(`Run ${runId} is not running any more: ${state}.`);
    out.result({ runId, workflowId, state, cancelled: false });
    return;
  }
  const { client } = await session.temporal();
  await client.workflow.getHandle(workflowId).cancel();
  out.line(
    `Asked ${workflowId} to end. What it has stored stays. Go on with: waybill import ${channelId} --resume ${runId}`,
  );
  out.result({ runId, workflowId, state, cancelled: true });
}

function idsIn(words: readonly string[], where: string): number[] {
  const cleaned = words.map((word) => word.trim()).filter((word) => word !== '');
  const bad = cleaned.find((word) => !/^\d{1,15}$/.test(word));
  if (bad !== undefined)
    throw new CommandError('bad_usage', {
      what: `${where}: "${bad.slice(0, 40)}" is not an order number.`,
      todo: 'Nothing was started.',
    });
  return [...new Set(cleaned.map(Number))];
}

function importName(given: string | undefined, input: ImportInput): string {
  if (given === undefined) return defaultImportName(input);
  if (isImportName(given)) return given;
  throw new CommandError('bad_usage', { what: IMPORT_NAME_RULE });
}
