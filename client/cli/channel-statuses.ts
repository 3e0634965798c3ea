/**
 * `waybill channel statuses`: the store's fifteen order statuses with the merchant's names for them (capabilities S-29).
 * Kept for a day with the connection check; `--refresh` has a worker ask the store now.
 */
import type { Command } from 'commander';
import type { Database } from '../../db/database.ts';
import { checkChannelId } from '../../domain/ids.ts';
import { areStatusesFresh, storeAsChecked, type StoreAsChecked } from '../store-as-checked.ts';
import { channelArgument } from './arguments.ts';
import { CommandError } from './command-error.ts';
import { explain, startCommand } from './explain.ts';
import { requireChannel } from './require-channel.ts';
import type { Run } from './run-command.ts';
import type { Session } from './session.ts';

export function addChannelStatuses(channel: Command, run: Run): void {
  channel
    .command('statuses')
    .description("the store's order statuses: id, BigCommerce's name, the merchant's label")
    .argument('<channel>', 'channel', channelArgument)
    .option('--refresh', 'ask the store now, whatever is kept')
    .action(
      run(async (session, channelId: string, options: { refresh?: true }) => {
        const { out } = session;
        if (session.explain) {
          const command = await startCommand({
            type: 'checkChannel',
            workflowId: checkChannelId(channelId),
            input: { channelId },
          });
          return explain(out, { commands: [command], note: 'The check reads them; Postgres keeps them.' });
        }
        const db = await session.database();
        const kept = storeAsChecked(await requireChannel(db, channelId));
        const now = session.now();
        const fresh = options.refresh !== true && areStatusesFresh(kept, now);
        const { store, why } = fresh
          ? { store: kept, why: null }
          : await asked(session, db, channelId, kept, options.refresh === true);
        const { at, statuses } = store;
        if (statuses === null) {
          throw new CommandError('not_found', {
            what: `The statuses of the store of ${channelId} are not known.`,
            why: why ?? 'The store did not tell them: the token may lack the scope Orders.',
            todo: `waybill channel test ${channelId}`,
          });
        }
        out.table(
          ['id', 'status', 'label'],
          statuses.map(({ id, name, label }) => [id, name, label === name ? '' : label]),
        );
        out.line(
          `As of ${at ?? 'an unknown time'}. Settings and orders go by the id, whatever the label says.`,
        );
        if (why !== null) out.line(`These may be old, the store was not asked: ${why}`);
        out.result({ channelId, at, statuses, storeNotAsked: why });
        return undefined;
      }),
    );
}

/** Has a worker look; where none can, what is kept is told with the reason, unless a fresh look was asked for. */
async function asked(
  session: Session,
  db: Database,
  channelId: string,
  kept: StoreAsChecked,
  mustAsk: boolean,
): Promise<{ store: StoreAsChecked; why: string | null }> {
  const [{ ALL_QUEUES, startAndFollow }, { startCheck }] = await Promise.all([
    import('./follow.ts'),
    import('./start-workflows.ts'),
  ]);
  try {
    await startAndFollow(session, {
      what: `the check of ${channelId}`,
      workflowId: checkChannelId(channelId),
      start: (client) => startCheck(client, { channelId }),
      queues: ALL_QUEUES,
      ifRunning: 'join',
      detach: false,
    });
    return { store: storeAsChecked(await requireChannel(db, channelId)), why: null };
  } catch (error) {
    const { TemporalUnavailableError } = await import('../temporal.ts');
    const known = error instanceof CommandError || error instanceof TemporalUnavailableError;
    if (!known || mustAsk || kept.statuses === null) throw error;
    return { store: kept, why: error.message };
  }
}
