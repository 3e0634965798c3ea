/** `waybill channel show|set|unset`: the settings of one channel, as they are and as they are changed by hand. */
import type { Command } from 'commander';
import { changeSettings } from '../../db/channels.ts';
import { listRefusals, REPEATED } from '../../db/delivery-refusals.ts';
import { listSecrets } from '../../db/secrets.ts';
import { importScheduleId } from '../../domain/ids.ts';
import type { SettingsDocument } from '../../settings/channel-settings.ts';
import { applyPreset, PRESETS } from '../../settings/presets.ts';
import { mailSwitchInWords, storeAsChecked } from '../store-as-checked.ts';
import { channelArgument } from './arguments.ts';
import {
  applyWords,
  assertHostsAllowed,
  changed,
  noteWarnings,
  removeNames,
  settingRows,
  type EditedSettings,
} from './channel-settings.ts';
import { CommandError } from './command-error.ts';
import { explain, temporalCommand } from './explain.ts';
import { assertMayFetch, DETACH_OPTION, FETCH_OPTION, type FetchOptions } from './fetch-admitted.ts';
import { lastReport, reportLines } from './last-report.ts';
import { requireChannel } from './require-channel.ts';
import { addSettingsFileCommands } from './settings-file-commands.ts';
import type { Run } from './run-command.ts';
import type { Session } from './session.ts';
import { tellChange } from './tell-change.ts';

export const SETTINGS_IN_POSTGRES = {
  commands: [],
  note: 'Channels and their settings are kept in Postgres.',
};

export function addSettingsCommands(channel: Command, run: Run): void {
  addShow(channel, run);
  addSet(channel, run);
  addUnset(channel, run);
  addSettingsFileCommands(channel, run);
}

function addShow(channel: Command, run: Run): void {
  channel
    .command('show')
    .description('one channel: state, last check, next import, settings that differ from their defaults')
    .argument('<channel>', 'channel', channelArgument)
    .option('--all', 'every setting, also those with their defaults')
    .option('--given', 'every setting that was given, also where it is the default')
    .action(
      run(async (session, channelId: string, options: { all?: true; given?: true }) => {
        const { out } = session;
        if (session.explain) {
          const { note } = SETTINGS_IN_POSTGRES;
          const describe = ['schedule', 'describe', '--schedule-id', importScheduleId(channelId)];
          return explain(out, { commands: [temporalCommand(describe)], note });
        }
        const db = await session.database();
        const found = await requireChannel(db, channelId);
        const secrets = await listSecrets(db, channelId);
        const all = settingRows(found.document, found.settings);
        const rows = all.filter(
          ({ given, differs }) => options.all === true || (options.given === true ? given : differs),
        );
        out.line(`${channelId}: ${found.settings.channel.name}, store ${found.storeHash}`);
        out.line(
          found.enabled
            ? 'Enabled'
            : `Disabled${found.disabledReason === null ? '' : `: ${found.disabledReason}`}`,
        );
        for (const { kind, keyId, createdAt } of secrets)
          out.line(`${kind}: kept since ${createdAt}, sealed with key ${keyId}`);
        const refusals = await listRefusals(db, channelId);
        for (const { source, reason, refused, lastAt } of refusals)
          out.line(
            reason === REPEATED
              ? `Repeated by ${source}: ${String(refused)} (known already, changed nothing), last ${lastAt}`
              : `Refused from ${source}: ${String(refused)} (${reason}), last ${lastAt}`,
          );
        for (const line of reportLines(channelId, lastReport(found)).lines) out.line(`Connection: ${line}`);
        const store = storeAsChecked(found);
        if (store.at !== null && found.settings.fulfillment.push_enabled)
          out.line(`Mails: ${mailSwitchInWords(channelId, store)}`);
        const { nextImport } = await import('../next-import.ts');
        const next = await nextImport(found, () => session.temporal());
        out.line(`Next import: ${next.text}`);
        out.line(`Settings at version ${String(found.settingsVersion)}, last changed ${found.updatedAt}`);
        out.table(
          ['setting', 'value', ''],
          rows.map(({ name, value, given }) => [name, JSON.stringify(value), given ? 'given' : 'default']),
        );
        if (rows.length < all.length)
          out.line(`${String(all.length - rows.length)} more have their defaults: --all shows them.`);
        out.result({ ...found, secrets, refusals, nextImport: next });
      }),
    );
}

function addSet(channel: Command, run: Run): void {
  channel
    .command('set')
    .description('change settings; nothing is changed unless all of them can be')
    .argument('<channel>', 'channel', channelArgument)
    .argument('[name=value...]', 'such as orders.import.interval_minutes=30')
    .option('--preset <preset>', `begin with those of: ${PRESETS.map(({ name }) => name).join(', ')}`)
    .option('--expect <version>', 'refuse if the settings are not at this version any more')
    .option(...FETCH_OPTION)
    .option(...DETACH_OPTION)
    .action(
      run(
        async (
          session,
          channelId: string,
          words: string[],
          options: { preset?: string; expect?: string } & FetchOptions,
        ) => {
          if (session.explain) return explain(session.out, SETTINGS_IN_POSTGRES);
          const { preset } = options;
          if (preset === undefined && words.length === 0 && options.fetchAdmitted !== true) {
            throw new CommandError('bad_usage', {
              what: 'There is nothing to change.',
              todo: 'Give name=value, or --preset with the name of one.',
            });
          }
          const edit = (doc: SettingsDocument): EditedSettings => {
            const begun = preset === undefined ? doc : changed(applyPreset(doc, preset)).doc;
            return applyWords(begun, words);
          };
          await changeByHand(session, channelId, edit, options);
        },
      ),
    );
}

function addUnset(channel: Command, run: Run): void {
  channel
    .command('unset')
    .description('let settings have their defaults again')
    .argument('<channel>', 'channel', channelArgument)
    .argument('<name...>', 'such as orders.import.interval_minutes')
    .option('--expect <version>', 'refuse if the settings are not at this version any more')
    .option(...FETCH_OPTION)
    .option(...DETACH_OPTION)
    .action(
      run(
        async (session, channelId: string, names: string[], options: { expect?: string } & FetchOptions) => {
          if (session.explain) return explain(session.out, SETTINGS_IN_POSTGRES);
          const edit = (doc: SettingsDocument) => removeNames(doc, names);
          await changeByHand(session, channelId, edit, options);
        },
      ),
    );
}

function versionOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new CommandError('bad_usage', {
    what: `"${text.slice(0, 40)}" is no version.`,
    todo: 'Give the number that `waybill channel show` tells.',
  });
}

async function changeByHand(
  session: Session,
  channelId: string,
  edit: (doc: SettingsDocument) => EditedSettings,
  options: { expect?: string } & FetchOptions,
): Promise<void> {
  const expectedVersion = versionOf(options.expect);
  const db = await session.database();
  const before = await requireChannel(db, channelId);
  assertMayFetch(options, before, channelId);
  const { doc, warnings } = edit(before.document);
  assertHostsAllowed(session, doc);
  const outcome = await changeSettings(db, {
    id: channelId,
    doc,
    by: session.operator,
    now: session.now(),
    expectedVersion: expectedVersion ?? before.settingsVersion,
  });
  noteWarnings(session.out, warnings);
  await tellChange(session, outcome, options);
}
