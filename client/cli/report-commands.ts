/** `waybill stuck` and `report`: what needs a person, and one channel at a glance. Both read Postgres only. */
import type { Command } from 'commander';
import { channelReport, type FullReport } from '../../db/channel-report.ts';
import { listChannels } from '../../db/channels.ts';
import { stuckOrders, type StuckGroup } from '../../db/stuck-orders.ts';
import { storeStatusName } from '../../domain/store-status.ts';
import { mailSwitchInWords, storeAsChecked, type StoreAsChecked } from '../store-as-checked.ts';
import { channelArgument } from './arguments.ts';
import { explain, temporalCommand } from './explain.ts';
import type { Output } from './output.ts';
import { requireChannel } from './require-channel.ts';
import type { Run } from './run-command.ts';

export function addReportCommands(program: Command, run: Run): void {
  program
    .command('stuck')
    .description('what needs a person, grouped, with the command that helps')
    .argument('[channel]', 'only of this channel', channelArgument)
    .action(
      run(async (session, channelId: string | undefined) => {
        const { out } = session;
        if (session.explain) {
          const only = channelId === undefined ? '' : ` AND ChannelId="${channelId}"`;
          const query = `Attention IS NOT NULL AND ExecutionStatus="Running"${only}`;
          explain(out, {
            commands: [temporalCommand(['workflow', 'list', '--query', query])],
            note: 'Temporal knows the attention of orders that are followed; Postgres knows the rest.',
          });
          return;
        }
        const db = await session.database();
        const channels =
          channelId === undefined ? await listChannels(db) : [await requireChannel(db, channelId)];
        const groups: StuckGroup[] = [];
        for (const channel of channels) groups.push(...(await stuckOrders(db, channel, session.now())));
        for (const group of groups) showGroup(out, group);
        if (groups.length === 0) out.line('Nothing needs a person.');
        out.result({ stuck: groups });
      }),
    );

  program
    .command('report')
    .description(
      'one channel at a glance: counts, shipped without a number, money and status, doubles, mails',
    )
    .argument('<channel>', 'channel', channelArgument)
    .action(
      run(async (session, channelId: string) => {
        const { out } = session;
        if (session.explain) {
          explain(out, { commands: [], note: 'Counts by stage are known to Postgres only.' });
          return;
        }
        const db = await session.database();
        const store = storeAsChecked(await requireChannel(db, channelId));
        const report = await channelReport(db, channelId);
        showReport(out, report, store);
        out.result({ ...report, shopperMails: { on: store.shopperMails, at: store.at } });
      }),
    );
}

function showGroup(out: Output, group: StuckGroup): void {
  out.line(`${group.channelId} · ${group.reason} · ${String(group.count)}: ${group.text}`);
  out.line(`  ${group.command}`);
  if (group.otherwise !== undefined) {
    out.line(`${group.otherwise.text}:`);
    out.line(`  ${group.otherwise.command}`);
  }
  out.table(
    ['order', 'since', 'what'],
    group.orders.map(({ orderId, since, detail }) => [orderId, since, detail]),
  );
  tellMore(out, group.count, group.orders.length);
  out.line();
}

function showReport(out: Output, report: FullReport, store: StoreAsChecked): void {
  out.line(
    `${report.channelId}: ${String(report.orders)} orders, ${String(report.open)} open, ${String(report.gone)} gone from the store`,
  );
  out.line(`Stages     ${countsOf(report.stages)}`);
  out.line(`Attention  ${countsOf(report.attention)}`);
  out.line(`Writes     ${countsOf(report.writes)}`);
  const { approvals } = report;
  out.line(
    `Mails      ${String(report.mailsDue)} by what is due; ${String(approvals.mails)} more by ${String(approvals.steps)} writes that wait (waybill approve ${report.channelId} --all)`,
  );
  out.line(`           ${mailSwitchInWords(report.channelId, store)}`);
  const { withoutNumber, moneyAndStatus, duplicates } = report;
  if (withoutNumber.count > 0) {
    out.line(`\nShipped without a number: ${String(withoutNumber.count)}`);
    out.table(
      ['order', 'stage', 'store'],
      withoutNumber.orders.map(({ orderId, stage, statusId }) => [orderId, stage, storeStatusName(statusId)]),
    );
    tellMore(out, withoutNumber.count, withoutNumber.orders.length);
  }
  if (moneyAndStatus.count > 0) {
    out.line(`\nMoney and status disagree: ${String(moneyAndStatus.count)}`);
    out.table(
      ['order', 'what'],
      moneyAndStatus.orders.map(({ orderId, detail }) => [orderId, detail]),
    );
    tellMore(out, moneyAndStatus.count, moneyAndStatus.orders.length);
  }
  if (duplicates.count > 0) {
    out.line(`\nLook double: ${String(duplicates.count)}`);
    out.table(
      ['same', 'orders'],
      duplicates.orders.map(({ what, orderIds }) => [what, orderIds.join(', ')]),
    );
    tellMore(out, duplicates.count, duplicates.orders.length);
  }
}

/** A list that was cut says so. */
function tellMore(out: Output, count: number, shown: number): void {
  if (count > shown) out.line(`… and ${String(count - shown)} more`);
}

function countsOf(counts: Readonly<Partial<Record<string, number>>>): string {
  const parts = Object.entries(counts).map(([word, count]) => `${String(count)} ${word}`);
  return parts.length === 0 ? 'none' : parts.join(', ');
}
