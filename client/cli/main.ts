/** The process of the `waybill` command: gives the program its streams and environment, and ends with its exit code. */
import { takeEnvironment } from '../../runtime/hidden-variables.ts';
import { runProgram } from './program.ts';

// A reader that has seen enough closes the pipe (`waybill runs | head`); that is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

process.exitCode = await runProgram(process.argv.slice(2), {
  environment: takeEnvironment(process.env),
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
});
