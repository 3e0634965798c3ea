/** `waybill webhooks`: which of a store's webhooks are in place, since when, and what of theirs was refused. */
import type { Command } from 'commander';
import { listRefusals } from '../../db/delivery-refusals.ts';
import { beginSecretChange, listWebhooks } from '../../db/webhooks.ts';
import { watchWebhooksId } from '../../domain/ids.ts';
import type { WatchWebhooksResult } from '../../workflows/contract.ts';
import { channelArgument } from './arguments.ts';
import { CommandError } from './command-error.ts';
import { explain, startCommand } from './explain.ts';
import { requireChannel } from './require-channel.ts';
import type { Run } from './run-command.ts';
import type { Session } from './session.ts';

interface WebhookOptions {
  look?: true;
  newSecret?: true;
}

export function addWebhookCommands(program: Command, run: Run): void {
  program
    .command('webhooks')
    .description("show a store's webhooks: in place, switched on, refused")
    .argument('<channel>', 'channel', channelArgument)
    .option('--look', 'look after them at the store now, as happens every quarter of an hour')
    .option('--new-secret', 'give them a new secret; the old one is refused once the store has the new one')
    .action(
      run(async (session, channelId: string, options: WebhookOptions) => {
        if (session.explain) {
          const input = { channelId };
          const workflowId = watchWebhooksId(channelId);
          explain(session.out, {
            commands: [await startCommand({ type: 'watchWebhooks', workflowId, input })],
          });
          return undefined;
        }
        const db = await session.database();
        await requireChannel(db, channelId);
        if (options.newSecret === true) {
          await beginSecretChange(db, await session.secrets(), { channelId, now: session.now() });
        }
        const asked = options.look === true || options.newSecret === true;
        const look = asked ? await lookAfterWebhooks(session, { channelId }) : null;
        await show(session, channelId, look);
        return undefined;
      }),
    );
}

/** One look at the store, by the workflow, followed to its end. */
export async function lookAfterWebhooks(
  session: Session,
  input: { channelId: string; remove?: boolean },
): Promise<WatchWebhooksResult> {
  const [{ ALL_QUEUES, startAndFollow }, { startWatchWebhooks }] = await Promise.all([
    import('./follow.ts'),
    import('./start-workflows.ts'),
  ]);
  const { result } = await startAndFollow(session, {
    what: `the look after the webhooks of ${input.channelId}`,
    workflowId: watchWebhooksId(input.channelId),
    start: (client) => startWatchWebhooks(client, input),
    queues: ALL_QUEUES,
    ifRunning: 'join',
    detach: false,
  });
  if (result === null) throw new Error('a look that is followed has a result');
  return result;
}

/** Before a channel goes: without a worker they stay at the store, which is said and stops nothing. */
export async function takeWebhooksAway(session: Session, channelId: string): Promise<void> {
  if ((await listWebhooks(await session.database(), channelId)).length === 0) return;
  try {
    const { removed } = await lookAfterWebhooks(session, { channelId, remove: true });
    session.out.line(`${String(removed)} webhooks were removed at the store.`);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    session.out.line(
      `The webhooks stay at the store until its administrator deletes the API account: ${error.message}`,
    );
  }
}

async function show(session: Session, channelId: string, look: WatchWebhooksResult | null): Promise<void> {
  const { out } = session;
  const db = await session.database();
  const [rows, refusals] = await Promise.all([listWebhooks(db, channelId), listRefusals(db, channelId)]);
  if (look !== null) {
    const { made, switchedOn, removed, troubles } = look;
    out.line(
      `${String(made)} made, ${String(switchedOn)} switched on again, ${String(removed)} removed, ${String(troubles.length)} refused by the store.`,
    );
    if (look.silentSince !== null)
      out.line(
        `Orders changed since ${look.silentSince} are imported again: something may have been missed.`,
      );
  }
  if (rows.length === 0) {
    out.line(
      `No webhook of ${channelId} is registered; its orders come by the poll. Webhooks need WAYBILL_PUBLIC_URL, an enabled channel and orders.import.webhooks_enabled.`,
    );
  } else {
    out.table(
      ['webhook', 'state', 'in place since', 'last seen on', 'repaired'],
      rows.map(({ scope, trouble, registeredAt, seenActiveAt, repaired }) => [
        scope,
        trouble ?? 'on',
        registeredAt ?? '—',
        seenActiveAt ?? '—',
        String(repaired),
      ]),
    );
  }
  if (refusals.length > 0) {
    out.table(
      ['deliveries without effect of', 'reason', 'count', 'last'],
      refusals.map(({ source, reason, refused, lastAt }) => [source, reason, String(refused), lastAt]),
    );
  }
  out.result({ channelId, webhooks: rows, refusals, look });
}
