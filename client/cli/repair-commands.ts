/** `waybill sweep` and `reconcile`: what the schedules do, now and by hand. */
import type { Command } from 'commander';
import { reconcileId, SWEEP_ID } from '../../domain/ids.ts';
import type { ReconcileInput, SweepInput } from '../../workflows/contract.ts';

import { channelArgument, numberOption } from './arguments.ts';
import { explain, startCommand } from './explain.ts';
import type { StartedWork } from './follow.ts';
import { requireChannel } from './require-channel.ts';
import type { Run } from './run-command.ts';
import type { Session } from './session.ts';

const RECONCILE_DAYS_MAX = 365;

export function addRepairCommands(program: Command, run: Run): void {
  program
    .command('sweep')
    .description('finish what was interrupted: tell lifecycles, apply waiting events, read hinted orders')
    .argument('[channel]', 'only of this channel', channelArgument)
    .option('--detach', 'do not wait for the end')
    .action(
      run(async (session, channelId: string | undefined, options: { detach?: true }) => {
        const input: SweepInput = channelId === undefined ? {} : { channelId };
        const workflowId = channelId === undefined ? SWEEP_ID : `${SWEEP_ID}:${channelId}`;
        if (session.explain) return explainStart(session, 'sweep', workflowId, input);
        if (channelId !== undefined) await requireChannel(await session.database(), channelId);
        const [{ startAndFollow }, { startSweep }, { WAYBILL_QUEUE }] = await Promise.all([
          import('./follow.ts'),
          import('./start-workflows.ts'),
          import('../../workflows/contract.ts'),
        ]);
        const { started, result } = await startAndFollow(session, {
          what: 'the sweep',
          workflowId,
          start: (client) => startSweep(client, { workflowId, input }),
          queues: [WAYBILL_QUEUE],
          ifRunning: 'join',
          detach: options.detach === true,
        });
        if (result !== null) {
          session.out.line(
            `${String(result.outboxDelivered)} lifecycles told, ${String(result.parkedApplied)} waiting events applied, ${String(result.hintRunsStarted)} hint imports started, ${String(result.lifecyclesWoken)} lifecycles woken`,
          );
        }
        finish(session, started, result);
        return undefined;
      }),
    );

  program
    .command('reconcile')
    .description('compare recent orders with the store and repair what differs')
    .argument('<channel>', 'channel', channelArgument)
    .option(
      '--days <n>',
      'past days whose orders are counted; default 30',
      numberOption(1, RECONCILE_DAYS_MAX),
    )
    .option('--detach', 'do not wait for the end')
    .action(
      run(async (session, channelId: string, options: { days?: number; detach?: true }) => {
        const input: ReconcileInput = {
          channelId,
          ...(options.days === undefined ? {} : { days: options.days }),
        };
        const workflowId = reconcileId(channelId);
        if (session.explain) return explainStart(session, 'reconcileChannel', workflowId, input);
        await requireChannel(await session.database(), channelId);
        const [{ ALL_QUEUES, startAndFollow }, { startReconcile }] = await Promise.all([
          import('./follow.ts'),
          import('./start-workflows.ts'),
        ]);
        const { started, result } = await startAndFollow(session, {
          what: `the reconciliation of ${channelId}`,
          workflowId,
          start: (client) => startReconcile(client, input),
          queues: ALL_QUEUES,
          ifRunning: 'join',
          detach: options.detach === true,
        });
        if (result !== null) {
          const lost =
            result.shipmentsLost === undefined
              ? ''
              : `, ${String(result.shipmentsLost)} shipments of ours deleted in the store (\`waybill stuck ${channelId}\`)`;
          session.out.line(
            `${String(result.comparedWindows)} windows compared, ${String(result.differingWindows)} differed, ${String(result.ordersRead)} orders read, ${String(result.ordersRepaired)} repaired, ${String(result.lifecyclesOffered)} lifecycles offered, ${String(result.apiCalls)} API calls${lost}`,
          );
        }
        finish(session, started, result);
        return undefined;
      }),
    );
}

async function explainStart(
  session: Session,
  type: string,
  workflowId: string,
  input: object,
): Promise<undefined> {
  explain(session.out, { commands: [await startCommand({ type, workflowId, input })] });
}

function finish(session: Session, started: StartedWork, result: object | null): void {
  const { workflowId, runId, link } = started;
  if (link !== null) session.out.line(`See ${link}`);
  session.out.result({ ...result, workflowId, temporalRunId: runId, link, detached: result === null });
}
