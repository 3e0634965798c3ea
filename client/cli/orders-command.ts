/** `waybill orders`: a channel's orders as a list, all of them or those that one import brought. */
import type { Command } from 'commander';
import { listOrders, ORDER_PAGE_MAX } from '../../db/order-list.ts';
import { storeStatusName } from '../../domain/store-status.ts';
import { channelArgument, numberOption, orderArgument } from './arguments.ts';
import { CommandError } from './command-error.ts';
import { explain, temporalCommand } from './explain.ts';
import { requireChannel } from './require-channel.ts';
import { requireRunOf } from './require-run.ts';
import type { Run } from './run-command.ts';

const SHOWN_DEFAULT = 50;

interface OrdersOptions {
  sinceRun?: string;
  updated?: true;
  after?: number;
  limit: number;
}

export function addOrdersCommand(program: Command, run: Run): void {
  program
    .command('orders')
    .description('orders of a channel along their numbers: all, or those that one import brought')
    .argument('<channel>', 'channel', channelArgument)
    .option('--since-run <run>', 'only those that this import created; see `waybill runs`')
    .option('--updated', 'with --since-run: also those that it changed')
    .option('--after <order>', 'go on after this order', orderArgument)
    .option('--limit <n>', 'how many', numberOption(1, ORDER_PAGE_MAX), SHOWN_DEFAULT)
    .action(
      run(async (session, channelId: string, options: OrdersOptions) => {
        const { out } = session;
        const { sinceRun, updated, after, limit } = options;
        if (session.explain) {
          const query = `WorkflowType="orderLifecycle" AND ChannelId="${channelId}"`;
          const note =
            'Temporal knows orders that are followed; this command reads all of them from Postgres.';
          return explain(out, { commands: [temporalCommand(['workflow', 'list', '--query', query])], note });
        }
        if (updated === true && sinceRun === undefined) {
          throw new CommandError('bad_usage', {
            what: '--updated says which orders of a run are meant, and no run was given.',
            todo: `Give --since-run too; \`waybill runs ${channelId}\` shows the runs.`,
          });
        }
        const db = await session.database();
        await requireChannel(db, channelId);
        const { orders, next } = await listOrders(db, {
          channelId,
          limit,
          ...(sinceRun === undefined ? {} : { run: await requireRunOf(db, channelId, sinceRun) }),
          ...(updated === undefined ? {} : { updated }),
          ...(after === undefined ? {} : { after }),
        });
        out.table(
          ['order', 'stage', 'attention', 'status', 'followed', 'created in store', 'taken in'],
          orders.map((order) => [
            order.orderId,
            order.stage,
            order.attention,
            storeStatusName(order.statusId),
            order.lifecycleState,
            order.storeCreatedAt,
            order.firstSeenAt,
          ]),
        );
        if (orders.length === 0)
          out.line(sinceRun === undefined ? 'There is no order.' : 'That run brought none.');
        if (next !== null) out.line(`There are more: --after ${String(next)}`);
        out.result({ orders, next });
      }),
    );
}
