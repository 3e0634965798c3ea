/**
 * The `waybill` command: its words, and nothing else. Each group of commands is one file, each command a thin function
 * over the rooms; programs (worker, servers, simulator) are loaded only by the command that runs them.
 */
import { Command, CommanderError } from 'commander';
import { readFileSync } from 'node:fs';
import { addChannelCommands } from './channel-commands.ts';
import { EXIT, type ExitCode } from './command-error.ts';
import { addDoctorCommand } from './doctor-command.ts';
import { addEventCommand } from './event-command.ts';
import { addImportCommands } from './import-commands.ts';
import { addKeyCommands } from './key-commands.ts';
import { addOrderCommands } from './order-commands.ts';
import { addProgramCommands } from './program-commands.ts';
import { addRepairCommands } from './repair-commands.ts';
import { createRun, type ProgramWorld } from './run-command.ts';

const PACKAGE = new URL('../../package.json', import.meta.url);

function buildProgram(world: ProgramWorld): Command {
  const { version } = JSON.parse(readFileSync(PACKAGE, 'utf8')) as { version: string }; // our own file
  const program = new Command('waybill')
    .description(
      'Imports orders from BigCommerce stores, follows each until its parcels are delivered, and writes the outcome back.',
    )
    .version(version)
    .option('--json', 'one JSON document on standard output, for machines')
    .option('--explain', 'print the plain temporal command that does the same, and do nothing')
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => void world.stdout.write(text),
      writeErr: (text) => void world.stderr.write(text),
    })
    .showHelpAfterError('(add --help for the words of this command)')
    .exitOverride();
  const run = createRun(program, world);
  program.commandsGroup('Run it:');
  addProgramCommands(program, run);
  program.commandsGroup('Set it up:');
  addDoctorCommand(program, run);
  addChannelCommands(program, run);
  addKeyCommands(program, run);
  program.commandsGroup('Operate it:');
  addImportCommands(program, run);
  addOrderCommands(program, run);
  addEventCommand(program, run);
  addRepairCommands(program, run);
  return program;
}

/** Runs one command line and says with which code the process should end. Never throws for what an operator did. */
async function runProgram(
  words: readonly string[],
  world: Omit<ProgramWorld, 'setExitCode'>,
): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT.done;
  const program = buildProgram({ ...world, setExitCode: (code) => (exitCode = code) });
  try {
    await program.parseAsync(words, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // Help and version were asked for, everything else that commander throws is wrong usage, help for want of words too.
    if (error.exitCode === 0) return EXIT.done;
    if (words.includes('--json')) {
      const what = error.message.replace(/^error: /, '').trim();
      world.stdout.write(
        `${JSON.stringify({ error: { code: 'bad_usage', what, why: null, todo: null } }, null, 2)}\n`,
      );
    }
    return EXIT.wrongUsage;
  }
}

process.exitCode = await runProgram(process.argv.slice(2), {
  environment: process.env,
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
});
