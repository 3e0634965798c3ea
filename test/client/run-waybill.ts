// The `waybill` command as a person runs it: a real process, its output and its exit code.
import { spawn } from 'node:child_process';
import os from 'node:os';
import path from 'node:path';

const PROGRAM = path.join(import.meta.dirname, '..', '..', 'bin', 'waybill.js');

export interface CommandResult {
  code: number | null;
  stdout: string;
  stderr: string;
  /** Standard output as one JSON document. */
  json(): Record<string, unknown>;
}

/** Runs to its end. The environment holds nothing of the machine's own Waybill or Temporal. */
export async function waybill(
  words: readonly string[],
  options: { env?: Record<string, string>; stdin?: string; cwd?: string } = {},
): Promise<CommandResult> {
  const child = spawn(process.execPath, [PROGRAM, ...words], {
    cwd: options.cwd ?? os.tmpdir(),
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: os.tmpdir(),
      WAYBILL_HOME: path.join(os.tmpdir(), 'no-waybill-runs-here'),
      // Nobody answers there, so that no test reaches a server by accident.
      TEMPORAL_ADDRESS: '127.0.0.1:1',
      ...options.env,
    },
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
