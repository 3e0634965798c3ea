/** `waybill channel …`: connections to stores, their settings, and whether they work. */
import type { Command } from 'commander';
import { listChannels, removeChannel, setEnabled } from '../../db/channels.ts';
import { checkChannelId } from '../../domain/ids.ts';
import { channelArgument } from './arguments.ts';
import { addChannelAdd } from './channel-add.ts';
import { addChannelRotate } from './channel-rotate.ts';
import { addChannelScopes } from './channel-scopes.ts';
import { addChannelStatuses } from './channel-statuses.ts';
import { checkChannel, checkFailed } from './check-channel.ts';
import { CommandError, EXIT } from './command-error.ts';
import { enableChecked, ensureSchedules } from './enable-channel.ts';
import { explain, startCommand, temporalCommand } from './explain.ts';
import { ask, canAsk } from './prompts.ts';
import { requireChannel } from './require-channel.ts';
import type { Run } from './run-command.ts';
import { addSecretCommands } from './secret-commands.ts';
import type { Session } from './session.ts';
import { addCodCommand } from './cod-command.ts';
import { addSettingsCommands, SETTINGS_IN_POSTGRES } from './settings-commands.ts';

export function addChannelCommands(program: Command, run: Run): void {
  const channel = program.command('channel').description('connections to stores, and their settings');
  addChannelAdd(channel, run);
  addReading(channel, run);
  addSettingsCommands(channel, run);
  addCodCommand(channel, run);
  addChannelScopes(channel, run);
  addChannelStatuses(channel, run);
  addChannelRotate(channel, run);
  addSecretCommands(channel, run);
  addSwitching(channel, run);
}

function addReading(channel: Command, run: Run): void {
  channel
    .command('list')
    .description('all channels')
    .action(
      run(async (session) => {
        const { out } = session;
        if (session.explain) return explain(out, SETTINGS_IN_POSTGRES);
        const channels = await listChannels(await session.database());
        out.table(
          ['channel', 'name', 'store', 'state', 'profile', 'import', 'push'],
          channels.map(({ id, storeHash, enabled, disabledReason, settings }) => [
            id,
            settings.channel.name,
            storeHash,
            enabled ? 'enabled' : `disabled${disabledReason === null ? '' : `: ${disabledReason}`}`,
            settings.channel.profile,
            settings.orders.import.mode,
            settings.fulfillment.push_enabled ? 'on' : 'off',
          ]),
        );
        if (channels.length === 0)
          out.line('There is no channel yet. Connect a store with `waybill channel add <channel>`.');
        out.result({ channels });
      }),
    );

  channel
    .command('test')
    .description('check the connection: token, rights, store')
    .argument('<channel>', 'channel', channelArgument)
    .action(
      run(async (session, channelId: string) => {
        if (session.explain) return explain(session.out, { commands: [await checkCommand(channelId)] });
        await requireChannel(await session.database(), channelId);
        const check = await checkChannel(session, channelId);
        session.out.result({ channelId, check });
        return check.ok && (check.blocked ?? []).length === 0 ? EXIT.done : EXIT.failed;
      }),
    );
}

function addSwitching(channel: Command, run: Run): void {
  channel
    .command('enable')
    .description('check the channel and let it work')
    .argument('<channel>', 'channel', channelArgument)
    .action(
      run(async (session, channelId: string) => {
        if (session.explain) {
          return explain(session.out, {
            commands: [await checkCommand(channelId)],
            note: 'Then the channel is enabled in Postgres.',
          });
        }
        await requireChannel(await session.database(), channelId);
        const check = await checkChannel(session, channelId);
        if (!check.ok) throw checkFailed(channelId, check, `The channel ${channelId} was not enabled.`);
        await enableChecked(session, channelId);
        session.out.result({ channelId, enabled: true, check });
      }),
    );

  channel
    .command('disable')
    .description('leave the store and its orders alone; events are still accepted')
    .argument('<channel>', 'channel', channelArgument)
    .option('--reason <text>', 'for those who wonder', 'disabled by an operator')
    .action(
      run(async (session, channelId: string, { reason }: { reason: string }) => {
        if (session.explain) {
          return explain(session.out, {
            commands: [
              temporalCommand([
                'schedule',
                'toggle',
                '--schedule-id',
                `import:${channelId}`,
                '--pause',
                '--reason',
                reason,
              ]),
            ],
            note: 'That pauses the import only; this command also stops write-backs.',
          });
        }
        const db = await session.database();
        await requireChannel(db, channelId);
        const { channel: changed } = await setEnabled(db, {
          id: channelId,
          enabled: false,
          reason,
          by: session.operator,
          now: session.now(),
        });
        session.out.line(`The channel ${channelId} is disabled.`);
        await ensureSchedules(session, changed);
        session.out.result({ channelId, enabled: false, reason });
      }),
    );

  channel
    .command('remove')
    .description('end a disabled channel: runs, schedules and token go, orders and ledger stay')
    .argument('<channel>', 'channel', channelArgument)
    .option('--yes', 'do not ask')
    .action(
      run(async (session, channelId: string, options: { yes?: true }) => {
        if (session.explain) {
          return explain(session.out, {
            commands: [
              temporalCommand([
                'workflow',
                'terminate',
                '--query',
                `ChannelId="${channelId}" AND ExecutionStatus="Running"`,
                '--reason',
                'channel removed',
                '--yes',
                '--rps',
                '20',
              ]),
            ],
            note: 'That ends the runs; this command also removes schedules, token and channel.',
          });
        }
        await remove(session, channelId, options.yes === true);
      }),
    );
}

/** Ends of runs on their way at the same time. */
const TERMINATED_PER_CALL_MAX = 50;

async function remove(session: Session, channelId: string, sure: boolean): Promise<void> {
  const db = await session.database();
  const found = await requireChannel(db, channelId);
  if (found.enabled) {
    throw new CommandError('not_allowed', {
      what: `The channel ${channelId} is enabled and was not removed.`,
      todo: `Disable it first: waybill channel disable ${channelId}`,
    });
  }
  if (!sure && !(canAsk(session) && (await ask(session, `Type ${channelId} to remove it: `)) === channelId)) {
    throw new CommandError('not_confirmed', {
      what: `The channel ${channelId} was not removed.`,
      todo: 'Confirm with --yes.',
    });
  }
  const { takeWebhooksAway } = await import('./webhook-commands.ts');
  await takeWebhooksAway(session, channelId);
  const { removeChannelSchedules } = await import('../schedules.ts');
  const { client } = await session.temporal();
  await removeChannelSchedules(client, channelId);
  const ended = await endRuns(session, channelId);
  await removeChannel(db, { id: channelId, by: session.operator, now: session.now() });
  session.out.line(
    `The channel ${channelId} is removed; ${String(ended)} runs were ended. Its orders and write-backs are kept.`,
  );
  session.out.result({ channelId, removed: true, runsEnded: ended });
}

async function endRuns(session: Session, channelId: string): Promise<number> {
  const { client } = await session.temporal();
  let ended = 0;
  let batch: Promise<unknown>[] = [];
  for await (const run of client.workflow.list({
    query: `ChannelId="${channelId}" AND ExecutionStatus="Running"`,
  })) {
    batch.push(client.workflow.getHandle(run.workflowId, run.runId).terminate('channel removed'));
    ended += 1;
    if (batch.length < TERMINATED_PER_CALL_MAX) continue;
    await Promise.allSettled(batch);
    batch = [];
  }
  // One that has ended meanwhile needs no end.
  await Promise.allSettled(batch);
  return ended;
}

function checkCommand(channelId: string): Promise<string> {
  return startCommand({ type: 'checkChannel', workflowId: checkChannelId(channelId), input: { channelId } });
}
