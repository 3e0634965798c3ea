/** `waybill channel settings …`: settings as files, ours and other products', and their schema for editors. */
import type { Command } from 'commander';
import { readFile } from 'node:fs/promises';
import { listSecrets } from '../../db/secrets.ts';
import { settingsJsonSchema } from '../../settings/settings-page.ts';
import { exportedSettings, SETTINGS_FILE_BYTES_MAX } from '../../settings/settings-file.ts';
import { channelArgument } from './arguments.ts';
import { CommandError } from './command-error.ts';
import { explain } from './explain.ts';
import { DETACH_OPTION, FETCH_OPTION } from './fetch-admitted.ts';
import { importSettings, type ImportOptions } from './import-settings.ts';
import { requireChannel } from './require-channel.ts';
import type { Run } from './run-command.ts';
import type { Session } from './session.ts';

const IN_POSTGRES = { commands: [], note: 'Channels and their settings are kept in Postgres.' };

export function addSettingsFileCommands(channel: Command, run: Run): void {
  const settings = channel.command('settings').description('settings as files, and their schema');

  settings
    .command('schema')
    .description('the JSON Schema of a settings file, for editors')
    .action(
      run(async (session) => {
        if (session.explain)
          return explain(session.out, { commands: [], note: 'It is part of the program.' });
        const schema = settingsJsonSchema();
        session.out.line(JSON.stringify(schema, null, 2));
        session.out.result(schema);
        await Promise.resolve();
      }),
    );

  settings
    .command('export')
    .description('what was given, as a file that can be imported again; secrets stay here')
    .argument('<channel>', 'channel', channelArgument)
    .action(
      run(async (session, channelId: string) => {
        if (session.explain) return explain(session.out, IN_POSTGRES);
        const db = await session.database();
        const { document } = await requireChannel(db, channelId);
        const kept = await listSecrets(db, channelId);
        const file = exportedSettings(
          document,
          kept.map(({ kind }) => kind),
        );
        session.out.line(JSON.stringify(file, null, 2));
        session.out.result(file);
      }),
    );

  settings
    .command('import')
    .description('take settings from a JSON file, ours or another product’s; all of it or nothing')
    .argument('<channel>', 'channel; one that does not exist is made', channelArgument)
    .argument('<file>', 'JSON; - is standard input')
    .option('--replace', 'the file is all that is given; what it does not name has its default again')
    .option('--without-secrets', 'leave tokens and other secrets of the file where they are')
    .option('--yes', 'do not ask')
    .option(...FETCH_OPTION)
    .option(...DETACH_OPTION)
    .action(
      run(async (session, channelId: string, file: string, options: ImportOptions) => {
        if (session.explain) return explain(session.out, IN_POSTGRES);
        await importSettings(session, channelId, await textOf(session, file), options);
      }),
    );
}

async function textOf(session: Session, file: string): Promise<string> {
  const text = file === '-' ? await wholeInput(session) : await fileText(file);
  if (Buffer.byteLength(text) <= SETTINGS_FILE_BYTES_MAX) return text;
  throw new CommandError('bad_usage', {
    what: 'The file is too large for a settings file.',
    why: `It has more than ${String(SETTINGS_FILE_BYTES_MAX)} bytes.`,
    todo: 'Give the file that `waybill channel settings export` wrote, or one of that size.',
  });
}

async function fileText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new CommandError(
      'bad_usage',
      {
        what: `The file ${file} cannot be read.`,
        why: error instanceof Error ? error.message : String(error),
        todo: 'Give a readable JSON file, or - for standard input.',
      },
      error,
    );
  }
}

async function wholeInput(session: Session): Promise<string> {
  let text = '';
  session.input.setEncoding('utf8');
  for await (const part of session.input) {
    text += String(part);
    // Read no further than to know that it is too much.
    if (text.length > SETTINGS_FILE_BYTES_MAX) break;
  }
  return text;
}
