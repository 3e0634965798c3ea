/**
 * Runs one command: opens its session, prints its error in three parts, sets the exit code. Every command goes through
 * here, so that `--json`, `--explain` and exit codes mean the same everywhere.
 */
import type { Command } from 'commander';
import { CommandError, EXIT, isCommandErrorCode, type ExitCode } from './command-error.ts';
import { createOutput, type Output, type OutputStream } from './output.ts';
import type { Session } from './session.ts';

/** What the process gives to the program; tests and `main.ts` fill it. */
export interface ProgramWorld {
  environment: NodeJS.ProcessEnv;
  stdin: NodeJS.ReadStream;
  stdout: OutputStream;
  stderr: OutputStream;
  setExitCode(code: ExitCode): void;
}

/** Given to each command group: turns a function over a session into a commander action. */
export type Run = <A extends unknown[]>(
  work: (session: Session, ...args: A) => Promise<ExitCode | undefined | void>,
) => (...args: A) => Promise<void>;

export function createRun(program: Command, world: ProgramWorld): Run {
  return (work) =>
    async (...args) => {
      const { json, explain } = program.opts<{ json?: true; explain?: true }>();
      const out = createOutput({ json: json === true, stdout: world.stdout, stderr: world.stderr });
      let session: Session | undefined;
      try {
        const { openSession } = await import('./session.ts');
        session = await openSession({
          environment: world.environment,
          out,
          explain: explain === true,
          input: world.stdin,
        });
        world.setExitCode((await work(session, ...args)) ?? EXIT.done);
      } catch (error) {
        world.setExitCode(await reportError(error, out, world.stderr));
      } finally {
        await session?.close();
      }
    };
}

/** What happened, why, what to do; for machines the same as one JSON document. Returns the exit code it deserves. */
export async function reportError(error: unknown, out: Output, stderr: OutputStream): Promise<ExitCode> {
  const known = error instanceof CommandError ? error : await fromOtherRooms(error);
  const lines = [known.message, known.why, known.todo].filter((line) => line !== null && line !== '');
  stderr.write(`${lines.join('\n')}\n`);
  out.result({ error: { code: known.code, what: known.message, why: known.why, todo: known.todo } });
  return known.exitCode;
}

/** Errors of other rooms that are written for operators carry a code; anything else is our fault and says so. */
async function fromOtherRooms(error: unknown): Promise<CommandError> {
  if (!(error instanceof Error))
    return new CommandError('unexpected', { what: `Something failed: ${String(error)}` });
  const code = 'code' in error ? error.code : undefined;
  if (isCommandErrorCode(code)) return new CommandError(code, { what: error.message }, error);
  const { isDatabaseAway } = await import('../database-away.ts');
  if (isDatabaseAway(error)) {
    return new CommandError(
      'database_unreachable',
      {
        what: 'Postgres does not answer.',
        why: `${error.message || String(code)}.`,
        todo: 'Start it (`waybill dev` brings one) or correct WAYBILL_DATABASE_URL; `waybill doctor` looks at both.',
      },
      error,
    );
  }
  return new CommandError(
    'unexpected',
    {
      what: `Something failed that should not: ${error.message}`,
      todo: 'Run `waybill doctor`. With WAYBILL_LOG_LEVEL=debug the full report is printed.',
    },
    error,
  );
}
