/** `waybill secrets`: with which keys the secrets of all channels are sealed, and sealing them anew. Never shows one. */
import type { Command } from 'commander';
import { listAllSecrets, resealSecrets } from '../../db/secrets.ts';
import { explain } from './explain.ts';
import type { Run } from './run-command.ts';

const NO_TEMPORAL = {
  commands: [],
  note: 'Secrets are sealed and kept in Postgres; Temporal never sees one.',
};

export function addSealingCommands(program: Command, run: Run): void {
  const secrets = program.command('secrets').description('keys with which secrets are sealed');

  secrets
    .command('list')
    .description('which secrets are kept, and with which key each is sealed; never their content')
    .action(
      run(async (session) => {
        const { out } = session;
        if (session.explain) return explain(out, NO_TEMPORAL);
        const all = await listAllSecrets(await session.database());
        const keys = session.config.secretKeys.map(({ id }) => id);
        out.table(
          ['channel', 'secret', 'key', 'kept since', ''],
          all.map(({ channelId, kind, keyId, createdAt }) => [
            channelId,
            kind,
            keyId,
            createdAt,
            keyId === keys[0]
              ? ''
              : keys.includes(keyId)
                ? 'sealed with an older key'
                : 'its key is not configured',
          ]),
        );
        if (all.length === 0) out.line('No secret is kept.');
        out.result({ activeKeyId: keys[0] ?? null, keyIds: keys, secrets: all });
        return undefined;
      }),
    );

  secrets
    .command('rotate-key')
    .description('seal every secret anew with the first key of WAYBILL_SECRET_KEYS')
    .action(
      run(async (session) => {
        const { out } = session;
        if (session.explain) return explain(out, NO_TEMPORAL);
        const [db, box] = await Promise.all([session.database(), session.secrets()]);
        const { resealed } = await resealSecrets(db, box);
        out.line(
          resealed === 0
            ? `Every secret is sealed with key ${box.activeKeyId} already.`
            : `${String(resealed)} secrets were sealed anew with key ${box.activeKeyId}.`,
        );
        const idle = box.keyIds.filter((id) => id !== box.activeKeyId);
        if (idle.length > 0) {
          out.line(
            `No secret needs ${idle.join(', ')} any more. Take it out of WAYBILL_SECRET_KEYS once every worker and server runs with ${box.activeKeyId}; backups of the database still need it.`,
          );
        } else if (resealed === 0) {
          out.line(
            `For a new key, put it first: WAYBILL_SECRET_KEYS="k2:$(openssl rand -base64 32),$WAYBILL_SECRET_KEYS", restart workers and servers, and run this again.`,
          );
        }
        out.result({ resealed, activeKeyId: box.activeKeyId, idleKeyIds: idle });
        return undefined;
      }),
    );
}
