// The `waybill` command: as a real process, or within this one where a table of words would start dozens of them.
import { spawn } from 'node:child_process';
import { PassThrough } from 'node:stream';
import os from 'node:os';
import path from 'node:path';

import { runProgram } from '../../client/cli/program.ts';

const PROGRAM = path.join(import.meta.dirname, '..', '..', 'bin', 'waybill.js');

export interface CommandResult {
  code: number | null;
  stdout: string;
  stderr: string;
  /** Standard output as one JSON document. */
  json(): Record<string, unknown>;
}

/** Nothing of the machine's own Waybill or Temporal: nobody answers there, so that no test reaches one by accident. */
const QUIET_ENVIRONMENT = {
  PATH: process.env['PATH'] ?? '',
  HOME: os.tmpdir(),
  WAYBILL_HOME: path.join(os.tmpdir(), 'no-waybill-runs-here'),
  TEMPORAL_ADDRESS: '127.0.0.1:1',
};

/** The same program without a process of its own: for what needs no Temporal and no exit code of the system. */
export async function waybillHere(
  words: readonly string[],
  options: { env?: Record<string, string>; stdin?: string } = {},
): Promise<CommandResult> {
  const stdin = new PassThrough();
  stdin.end(options.stdin ?? '');
  let stdout = '';
  let stderr = '';
  const code = await runProgram(words, {
    environment: { ...QUIET_ENVIRONMENT, ...options.env },
    // A stream that is no terminal, which is all that the program asks of it.
    stdin: stdin as unknown as NodeJS.ReadStream,
    stdout: { write: (text) => (stdout += text) },
    stderr: { write: (text) => (stderr += text) },
  });
  return { code, stdout, stderr, json: () => JSON.parse(stdout) as Record<string, unknown> };
}

/** Runs to its end. The environment holds nothing of the machine's own Waybill or Temporal. */
export async function waybill(
  words: readonly string[],
  options: { env?: Record<string, string>; stdin?: string; cwd?: string } = {},
): Promise<CommandResult> {
  const child = spawn(process.execPath, [PROGRAM, ...words], {
    cwd: options.cwd ?? os.tmpdir(),
    env: { ...QUIET_ENVIRONMENT, ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  child.stdin.end(options.stdin ?? '');
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  return { code, stdout, stderr, json: () => JSON.parse(stdout) as Record<string, unknown> };
}
