/**
 * `waybill channel add`: connects a store. The channel is stored disabled, checked by the workflow, and enabled only
 * when the check passes, so that a wrong token never starts an import.
 */
import type { Command } from 'commander';
import { addChannel } from '../../db/channels.ts';
import { applyPreset, PRESETS } from '../../settings/presets.ts';
import type { SettingsDocument } from '../../settings/channel-settings.ts';
import { channelArgument, collect } from './arguments.ts';
import { applyWords, assertHostsAllowed, changed, noteWarnings } from './channel-settings.ts';
import { checkChannel, checkFailed } from './check-channel.ts';
import {
  ACCESS_TOKEN,
  CLIENT_SECRET,
  credentialOptions,
  readCredentials,
  type CredentialOptions,
  type GivenCredentials,
} from './credentials.ts';
import { enableChecked } from './enable-channel.ts';
import { explain } from './explain.ts';
import type { Run } from './run-command.ts';
import type { Session } from './session.ts';
import { understandStore } from './understand-store.ts';

interface AddOptions extends CredentialOptions {
  name?: string;
  preset?: string;
  set?: string[];
  check: boolean;
}

export function addChannelAdd(channel: Command, run: Run): void {
  const add = channel
    .command('add')
    .description('connect a store: keep its credentials, check them, enable it')
    .argument('<channel>', 'a short name of your choice, for ever', channelArgument)
    .option('--store-hash <text>', 'store hash, API path, or address of the control panel: any of them')
    .option('--name <name>', 'what people call it; default the channel')
    .option('--preset <preset>', `settings to begin with: ${PRESETS.map(({ name }) => name).join(', ')}`)
    .option('--set <name=value>', 'a setting, repeatable', collect)
    .option('--no-check', 'do not look at the store now; the channel stays disabled until `channel enable`');
  credentialOptions(add).action(
    run(async (session, channelId: string, options: AddOptions) => {
      const { out } = session;
      if (session.explain) {
        explain(out, {
          commands: [],
          note: 'Channels and tokens are kept in Postgres; the check alone is `waybill channel test --explain`.',
        });
        return;
      }
      const given = await readCredentials(session, options, { store: true });
      const doc = settingsOf(session, channelId, options, given);
      const [db, box] = await Promise.all([session.database(), session.secrets()]);
      await addChannel(db, box, {
        id: channelId,
        doc,
        secrets: {
          [ACCESS_TOKEN]: given.token,
          ...(given.clientSecret === null ? {} : { [CLIENT_SECRET]: given.clientSecret }),
        },
        by: session.operator,
        now: session.now(),
      });
      out.line(
        `The channel ${channelId} is kept, disabled; its token is sealed with key ${box.activeKeyId}.`,
      );
      if (!options.check) {
        out.line(`Not checked. \`waybill channel enable ${channelId}\` checks and enables it.`);
        out.result({ channelId, enabled: false, check: null });
        return;
      }
      const check = await checkAdded(session, channelId);
      if (!check.ok) throw checkFailed(channelId, check, `The channel ${channelId} stays disabled.`);
      await enableChecked(session, channelId);
      out.result({ channelId, enabled: true, check });
    }),
  );
}

/** The check may be impossible now; the channel is kept all the same, and the operator must know it. */
async function checkAdded(session: Session, channelId: string): ReturnType<typeof checkChannel> {
  try {
    return await checkChannel(session, channelId);
  } catch (error) {
    session.out.note(
      `The channel ${channelId} is kept but stays disabled; later: waybill channel enable ${channelId}`,
    );
    throw error;
  }
}

/** Everything that was typed, as one valid document; shows how the store was understood. */
function settingsOf(
  session: Session,
  channelId: string,
  options: AddOptions,
  given: GivenCredentials,
): SettingsDocument {
  const { storeHash, apiBaseUrl } = understandStore(session, given.store ?? '');
  const doc: SettingsDocument = {
    channel: { name: options.name ?? channelId },
    connection: {
      store_hash: storeHash,
      ...(apiBaseUrl === null ? {} : { api_base_url: apiBaseUrl }),
      ...(given.clientId === null ? {} : { client_id: given.clientId }),
    },
  };
  const withPreset = options.preset === undefined ? doc : changed(applyPreset(doc, options.preset)).doc;
  const complete = applyWords(withPreset, options.set ?? []);
  assertHostsAllowed(session, complete.doc);
  noteWarnings(session.out, complete.warnings);
  return complete.doc;
}
