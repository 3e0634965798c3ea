/** `waybill import` and `runs`: starts the import workflow by hand, follows it, and shows that its counts add up. */
import { Option, type Command } from 'commander';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { listRuns } from '../../db/import-runs.ts';
import { manualImportId } from '../../domain/ids.ts';
import { parseImportInput } from '../../domain/import-input.ts';
import type { ImportInput, ImportResult } from '../../workflows/contract.ts';

import { channelArgument, numberOption } from './arguments.ts';
import { CommandError } from './command-error.ts';
import { explain, startCommand, temporalCommand } from './explain.ts';
import type { Output } from './output.ts';
import { requireChannel } from './require-channel.ts';
import type { Run } from './run-command.ts';

interface ImportOptions {
  days?: number;
  from?: string;
  to?: string;
  basis?: 'created' | 'modified';
  ids?: string;
  file?: string;
  name?: string;
  detach?: true;
}

const DAYS_MAX = 3_650;
/** A name is part of a workflow id, which people type. */
const NAME_PATTERN = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const NAME_HASH_LENGTH = 12;
const RUNS_SHOWN_DEFAULT = 20;
const RUNS_SHOWN_MAX = 500;

export function addImportCommands(program: Command, run: Run): void {
  program
    .command('import')
    .description('import orders now: since the last import, or a past range, or given orders')
    .argument('<channel>', 'channel', channelArgument)
    .option('--days <n>', 'the last n days', numberOption(1, DAYS_MAX))
    .option('--from <date>', 'beginning, such as 2026-08-21 or RFC 3339; with --to')
    .option('--to <date>', 'end')
    .addOption(
      new Option('--basis <basis>', 'what the dates speak of; default modified').choices([
        'created',
        'modified',
      ]),
    )
    .option('--ids <ids>', 'order numbers, separated by commas')
    .option('--file <path>', 'file with an order number at the beginning of each line')
    .option(
      '--name <name>',
      'name of this import; the default follows from the rest, so that the same import joins itself',
    )
    .option('--detach', 'do not wait for the end')
    .action(
      run(async (session, channelId: string, options: ImportOptions) => {
        const { out } = session;
        const input = importInput(channelId, options);
        const name = importName(options.name, input);
        const workflowId = manualImportId(channelId, name);
        const summary = describeInput(input);
        if (session.explain) {
          const detach = options.detach === true;
          explain(out, {
            commands: [await startCommand({ type: 'importOrders', workflowId, input, summary, detach })],
          });
          return;
        }
        await requireChannel(await session.database(), channelId);
        const [{ ALL_QUEUES, startAndFollow }, { startImport }, { importProgress }] = await Promise.all([
          import('./follow.ts'),
          import('./start-workflows.ts'),
          import('../../workflows/contract.ts'),
        ]);
        const { started, result } = await startAndFollow(session, {
          what: `the import of ${channelId}`,
          workflowId,
          start: (client) => startImport(client, { input, name, summary }),
          queues: ALL_QUEUES,
          // The same input under its own hash is the same import; under a name that was chosen it may be another one.
          ifRunning: options.name === undefined ? 'join' : 'refuse',
          detach: options.detach === true,
          describe: async (handle) => {
            const progress = await handle.query(importProgress);
            return `${String(progress.seen)} seen, ${String(progress.changed)} changed, ${String(progress.slices)} pages, ${String(progress.waiting)} to open`;
          },
        });
        if (result === null) {
          out.line(`Started: ${workflowId}`);
          out.result({ workflowId, temporalRunId: started.runId, link: started.link, detached: true });
          return;
        }
        showCounts(out, result);
        if (started.link !== null) out.line(`See ${started.link}`);
        out.result({
          ...result,
          workflowId,
          temporalRunId: started.runId,
          link: started.link,
          detached: false,
        });
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
          ],
          runs.map(({ startedAt, channelId: id, mode, state, counts, workflowId }) => [
            startedAt,
            id,
            mode,
            state,
            counts.seen,
            counts.created,
            counts.updated,
            counts.unchanged,
            sum(counts.rejected),
            sum(counts.setAside),
            counts.apiCalls,
            workflowId,
          ]),
        );
        if (runs.length === 0) out.line('No import has run yet.');
        out.result({ runs });
      }),
    );
}

/** @throws CommandError `bad_usage`, one line per flag that cannot be used */
function importInput(channelId: string, options: ImportOptions): ImportInput {
  const ids = [
    ...idsIn(options.ids?.split(',') ?? [], '--ids'),
    ...(options.file === undefined ? [] : idsOfFile(options.file)),
  ];
  const raw = {
    channelId,
    ...(options.days === undefined ? {} : { days: options.days }),
    ...(options.from === undefined ? {} : { from: options.from }),
    ...(options.to === undefined ? {} : { to: options.to }),
    ...(options.basis === undefined ? {} : { basis: options.basis }),
    ...(options.ids === undefined && options.file === undefined ? {} : { orderIds: ids }),
  };
  const read = parseImportInput(raw);
  if (read.ok) return read.input;
  const lines = read.problems.map(
    ({ field, message }) => `  ${field === 'orderIds' ? '--ids' : `--${field}`}: ${message}`,
  );
  throw new CommandError('bad_usage', {
    what: 'Nothing was started; the import cannot be understood:',
    why: lines.join('\n'),
    todo: 'Give --days, or --from and --to, or --ids, or none of them. See `waybill import --help`.',
  });
}

function idsOfFile(path: string): number[] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new CommandError(
      'bad_usage',
      { what: `The file ${path} cannot be read.`, why: error instanceof Error ? error.message : '' },
      error,
    );
  }
  const first = text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .map((line) => line.split(/[,;\t]/)[0]?.replaceAll(/["'\s]/g, '') ?? '')
    .filter((cell) => cell !== '');
  // A heading is the one word that is allowed not to be a number.
  const rows = first[0] !== undefined && /[a-z]/i.test(first[0]) ? first.slice(1) : first;
  return idsIn(rows, path);
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
  if (given === undefined) {
    const canonical = JSON.stringify(Object.entries(input).sort(([a], [b]) => (a < b ? -1 : 1)));
    return createHash('sha256').update(canonical).digest('hex').slice(0, NAME_HASH_LENGTH);
  }
  if (NAME_PATTERN.test(given)) return given;
  throw new CommandError('bad_usage', {
    what: 'A name has letters, digits, dots, dashes and underlines, at most 64.',
  });
}

function describeInput(input: ImportInput): string {
  const { channelId, days, from, to, orderIds } = input;
  if (days !== undefined) return `${channelId}, last ${String(days)} days`;
  if (orderIds !== undefined) return `${channelId}, ${String(orderIds.length)} given orders`;
  if (from !== undefined || to !== undefined) return `${channelId}, ${from ?? ''} to ${to ?? ''}`;
  return `${channelId}, since the last import`;
}

/** Conservation: what was seen is what became of it. */
function showCounts(out: Output, result: ImportResult): void {
  const { seen, created, updated, unchanged } = result;
  const rejected = sum(result.rejected);
  const setAside = sum(result.setAside);
  out.line(
    `${String(seen)} seen = ${String(created)} created + ${String(updated)} updated + ${String(unchanged)} unchanged + ${String(rejected)} rejected${reasons(result.rejected)} + ${String(setAside)} set aside${reasons(result.setAside)}`,
  );
  const missing = seen - created - updated - unchanged - rejected - setAside;
  if (missing !== 0)
    out.line(`The counts do not add up: ${String(missing)} orders are unaccounted for. Please report this.`);
  out.line(
    `${String(result.opened)} lifecycles opened, ${String(result.slices)} pages, ${String(result.apiCalls)} API calls`,
  );
  if (result.window.from !== null || result.window.to !== null)
    out.line(`Window: ${result.window.from ?? 'the beginning'} to ${result.window.to ?? 'now'}`);
}

function reasons(counts: Record<string, number>): string {
  const entries = Object.entries(counts);
  return entries.length === 0
    ? ''
    : ` (${entries.map(([reason, count]) => `${reason}: ${String(count)}`).join(', ')})`;
}

function sum(counts: Record<string, number>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}
