/**
 * The `waybill` command: its words, and nothing else. Each group of commands is one file, each command a thin function
 * over the rooms; programs (worker, servers, simulator) are loaded only by the command that runs them.
 */
import { Command, CommanderError } from 'commander';
import { readFileSync } from 'node:fs';
import { EXIT, type ExitCode } from './command-error.ts';
import { addExamples } from './examples.ts';
import { createRun, type ProgramWorld, type Run } from './run-command.ts';

/** Loaded when one of their words is typed, all of them for help: a command should not wait for what it does not use. */
const GROUPS: readonly {
  heading: string;
  words: readonly string[];
  load(): Promise<(program: Command, run: Run) => void>;
}[] = [
  {
    heading: 'Run it:',
    words: ['dev', 'demo', 'worker', 'serve', 'simulator', 'migrate'],
    load: async () => (await import('./program-commands.ts')).addProgramCommands,
  },
  {
    heading: 'Set it up:',
    words: ['doctor'],
    load: async () => (await import('./doctor-command.ts')).addDoctorCommand,
  },
  {
    heading: 'Set it up:',
    words: ['channel'],
    load: async () => (await import('./channel-commands.ts')).addChannelCommands,
  },
  {
    heading: 'Set it up:',
    words: ['gateways'],
    load: async () => (await import('./gateway-commands.ts')).addGatewayCommands,
  },
  {
    heading: 'Set it up:',
    words: ['keys'],
    load: async () => (await import('./key-commands.ts')).addKeyCommands,
  },
  {
    heading: 'Set it up:',
    words: ['secrets'],
    load: async () => (await import('./sealing-commands.ts')).addSealingCommands,
  },
  {
    heading: 'Operate it:',
    words: ['import', 'runs'],
    load: async () => (await import('./import-commands.ts')).addImportCommands,
  },
  {
    heading: 'Operate it:',
    words: ['outcomes'],
    load: async () => (await import('./outcomes-command.ts')).addOutcomesCommand,
  },
  {
    heading: 'Operate it:',
    words: ['stuck', 'report'],
    load: async () => (await import('./report-commands.ts')).addReportCommands,
  },
  {
    heading: 'Operate it:',
    words: ['explain'],
    load: async () => (await import('./explain-command.ts')).addExplainCommand,
  },
  {
    heading: 'Operate it:',
    words: ['order', 'find'],
    load: async () => (await import('./order-commands.ts')).addOrderCommands,
  },
  {
    heading: 'Operate it:',
    words: ['orders'],
    load: async () => (await import('./orders-command.ts')).addOrdersCommand,
  },
  {
    heading: 'Operate it:',
    words: ['label'],
    load: async () => (await import('./label-command.ts')).addLabelCommand,
  },
  {
    heading: 'Operate it:',
    words: ['pause', 'resume', 'retry', 'resend', 'override', 'approve'],
    load: async () => (await import('./word-commands.ts')).addWordCommands,
  },
  {
    heading: 'Operate it:',
    words: ['quota'],
    load: async () => (await import('./quota-command.ts')).addQuotaCommand,
  },
  {
    heading: 'Operate it:',
    words: ['event'],
    load: async () => (await import('./event-command.ts')).addEventCommand,
  },
  {
    heading: 'Operate it:',
    words: ['sweep', 'reconcile'],
    load: async () => (await import('./repair-commands.ts')).addRepairCommands,
  },
  {
    heading: 'Operate it:',
    words: ['webhooks'],
    load: async () => (await import('./webhook-commands.ts')).addWebhookCommands,
  },
];

const PACKAGE = new URL('../../package.json', import.meta.url);

async function buildProgram(words: readonly string[], world: ProgramWorld): Promise<Command> {
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
  const first = words.find((word) => !word.startsWith('-'));
  const named = GROUPS.filter((group) => first !== undefined && group.words.includes(first));
  for (const group of named.length > 0 ? named : GROUPS) {
    program.commandsGroup(group.heading);
    (await group.load())(program, run);
  }
  addExamples(program);
  return program;
}

/** Runs one command line and says with which code the process should end. Never throws for what an operator did. */
export async function runProgram(
  words: readonly string[],
  world: Omit<ProgramWorld, 'setExitCode'>,
): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT.done;
  const program = await buildProgram(words, { ...world, setExitCode: (code) => (exitCode = code) });
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
