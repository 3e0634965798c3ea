/**
 * `waybill explain`: was the order seen, which rule decided, what it waits for, what to do (capabilities K-7). For one
 * that was never taken in it lets a worker ask the store; nothing is stored by that.
 */
import type { Command } from 'commander';
import { randomUUID } from 'node:crypto';
import { explainFacts } from '../../db/explain-order.ts';
import { lookUpId } from '../../domain/ids.ts';
import type { LookUpOrderInput, LookUpOrderResult } from '../../workflows/contract.ts';
import { explainOrder, type Explanation } from '../explanation.ts';
import { channelArgument, orderArgument } from './arguments.ts';
import { CommandError } from './command-error.ts';
import { explain, startCommand } from './explain.ts';
import { showLookUp, takeLookUp } from './look-up-debug.ts';
import type { Output } from './output.ts';
import { requireChannel } from './require-channel.ts';
import type { Run } from './run-command.ts';
import type { Session } from './session.ts';

/** Where the rows tell everything else: for the time of the next import alone nobody waits for long. */
const NEXT_IMPORT_PATIENCE_MS = 1_000;

interface ExplainOptions {
  store: boolean;
  debug?: true;
}

export function addExplainCommand(program: Command, run: Run): void {
  program
    .command('explain')
    .description('why an order is, or is not, here; what it waits for; what to do')
    .argument('<channel>', 'channel', channelArgument)
    .argument('<order>', "the store's order number", orderArgument)
    .option('--no-store', 'do not ask the store about an order that was never taken in')
    .option('--debug', 'ask the store in any case; show what was asked, answered and understood')
    .action(
      run(async (session, channelId: string, orderId: number, options: ExplainOptions) => {
        const debug = options.debug === true;
        if (debug && !options.store) {
          throw new CommandError('bad_usage', {
            what: '--debug shows what the store answers, and --no-store says not to ask it.',
            todo: 'Give one of them.',
          });
        }
        if (session.explain) {
          const command = await startCommand({
            type: 'lookUpOrder',
            workflowId: lookUpId(channelId, orderId),
            input: { channelId, orderId },
          });
          explain(session.out, {
            commands: [command],
            note: 'This asks the store and stores nothing; everything else is read from Postgres.',
          });
          return;
        }
        const db = await session.database();
        await requireChannel(db, channelId);
        const facts = await explainFacts(db, channelId, orderId);
        if (facts === null) throw new Error('a channel that was just found has facts');
        const ask = (debug || (facts.order === null && options.store)) && facts.channel.enabled;
        const trace = debug ? randomUUID() : null;
        const { nextImport } = await import('../next-import.ts');
        const [{ asked, why }, next] = await Promise.all([
          ask
            ? askStore(session, { channelId, orderId, ...(trace === null ? {} : { trace }) })
            : { asked: null, why: null },
          nextImport({ id: channelId, ...facts.channel }, () =>
            ask ? session.temporal() : session.temporal(NEXT_IMPORT_PATIENCE_MS),
          ),
        ]);
        const told = explainOrder(facts, asked, session.now());
        show(session.out, told, next.text);
        if (why !== null) session.out.line(`\nThe store was not asked, or gave no answer: ${why}`);
        const seen = trace === null ? undefined : await takeLookUp(session, { channelId, id: trace });
        if (seen !== undefined) showLookUp(session.out, seen);
        session.out.result({
          ...told,
          nextImport: next,
          store: asked,
          storeNotAsked: why,
          ...(seen === undefined ? {} : { debug: seen }),
        });
      }),
    );
}

/** The store's answer; where it cannot be asked, why not: what the rows know is told in any case. */
async function askStore(
  session: Session,
  input: LookUpOrderInput,
): Promise<{ asked: LookUpOrderResult | null; why: string | null }> {
  const { channelId, orderId, trace } = input;
  const [{ ALL_QUEUES, startAndFollow }, { startLookUp }] = await Promise.all([
    import('./follow.ts'),
    import('./start-workflows.ts'),
  ]);
  try {
    const { result } = await startAndFollow(session, {
      what: `the question about order ${String(orderId)}`,
      workflowId: lookUpId(channelId, orderId),
      start: (client) => startLookUp(client, input),
      queues: ALL_QUEUES,
      // Another person's question keeps no record for this one.
      ifRunning: trace === undefined ? 'join' : 'refuse',
      detach: false,
    });
    return { asked: result, why: null };
  } catch (error) {
    const { TemporalUnavailableError } = await import('../temporal.ts');
    if (error instanceof CommandError && error.code !== 'interrupted')
      return { asked: null, why: [error.message, error.why].filter((part) => part !== null).join(' ') };
    if (error instanceof TemporalUnavailableError) return { asked: null, why: error.message };
    throw error;
  }
}

function show(out: Output, told: Explanation, nextImport: string): void {
  out.line(`Order ${String(told.orderId)} of ${told.channelId}`);
  const part = (title: string, lines: readonly string[]): void => {
    if (lines.length === 0) return;
    out.line(`\n${title}`);
    for (const line of lines) out.line(`  ${line}`);
  };
  part('Seen', told.history);
  part('Rule', told.rule);
  part(
    'Not written',
    told.unsent.map(({ subject, reason, detail }) => `${reason}: ${detail} (${subject})`),
  );
  part('Waits for', told.waitsFor);
  part('Next import', [nextImport]);
  part(
    'What to do',
    told.todo.map(({ text, command }) => (command === null ? text : `${text}: ${command}`)),
  );
}
