/** `waybill keys`: API keys for those who send events or ask after orders. A key is shown once, when it is made. */
import type { Command } from 'commander';
import { createApiKey, listApiKeys, revokeApiKey } from '../../db/api-keys.ts';
import { channelArgument } from './arguments.ts';
import { explain } from './explain.ts';
import { requireChannel } from './require-channel.ts';
import type { Run } from './run-command.ts';

const NO_TEMPORAL = { commands: [], note: 'API keys are known to Postgres only.' };

export function addKeyCommands(program: Command, run: Run): void {
  const keys = program.command('keys').description('API keys for the HTTP API');

  keys
    .command('create')
    .description('make a key; it is shown once')
    .argument('<name>', 'who will use it, for the list')
    .option('--channel <channel>', 'good for this channel only; without, for all', channelArgument)
    .action(
      run(async (session, name: string, options: { channel?: string }) => {
        const { out } = session;
        if (session.explain) return explain(out, NO_TEMPORAL);
        const db = await session.database();
        const channelId = options.channel ?? null;
        if (channelId !== null) await requireChannel(db, channelId);
        const created = await createApiKey(db, { name, channelId, by: session.operator, now: session.now() });
        out.line(created.key);
        out.note(
          'Keep it now: it cannot be shown again. Send it as `Authorization: Bearer …` or `X-Api-Key: …`.',
        );
        out.result({ id: created.id, key: created.key, name, channelId });
        return undefined;
      }),
    );

  keys
    .command('list')
    .description('keys, without their secret part')
    .action(
      run(async (session) => {
        const { out } = session;
        if (session.explain) return explain(out, NO_TEMPORAL);
        const all = await listApiKeys(await session.database());
        out.table(
          ['id', 'name', 'channel', 'created', 'revoked'],
          all.map((key) => [key.id, key.name, key.channelId ?? 'all', key.createdAt, key.revokedAt]),
        );
        if (all.length === 0) out.line('There is no key yet. Make one with `waybill keys create <name>`.');
        out.result({ keys: all });
        return undefined;
      }),
    );

  keys
    .command('revoke')
    .description('end a key at once')
    .argument('<id>', 'as in the list')
    .action(
      run(async (session, id: string) => {
        const { out } = session;
        if (session.explain) return explain(out, NO_TEMPORAL);
        await revokeApiKey(await session.database(), { id, by: session.operator, now: session.now() });
        out.line(`The key ${id} is revoked.`);
        out.result({ id, revoked: true });
        return undefined;
      }),
    );
}
