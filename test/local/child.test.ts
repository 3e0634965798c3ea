import { spawn } from 'node:child_process';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { startChild, type ChildOptions } from '../../local/child.ts';
import { commandOf, isAlive } from '../../local/processes.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'waybill-child-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** What is waited for is there in a moment; a busy machine may take its time. */
const SOON = { timeout: 60_000 };
const SHELL: Pick<ChildOptions, 'command' | 'stopSignal' | 'stopWithinMs'> = {
  command: '/bin/sh',
  stopSignal: 'SIGTERM',
  stopWithinMs: 60_000,
};

describe('a child process', () => {
  test('reports its exit code and its last lines', async () => {
    const child = await startChild({ ...SHELL, args: ['-c', 'echo out; echo err >&2; exit 7'] });
    expect(await child.ended).toEqual({ code: 7, signal: null });
    expect(child.lastLines().sort()).toEqual(['err', 'out']);
    expect(child.isRunning()).toBe(false);
  });

  test('ends by the stop signal, and stopping twice changes nothing', async () => {
    const child = await startChild({
      ...SHELL,
      args: ['-c', 'trap "exit 3" TERM; echo ready; while :; do sleep 0.05; done'],
    });
    await vi.waitFor(() => expect(child.lastLines()).toContain('ready'), SOON);
    await Promise.all([child.stop(), child.stop()]);
    expect(await child.ended).toEqual({ code: 3, signal: null });
    await child.stop();
  });

  test('that ignores the stop signal is killed after the bound', async () => {
    const child = await startChild({
      ...SHELL,
      stopWithinMs: 500,
      args: ['-c', 'trap "" TERM; echo ready; while :; do sleep 0.05; done'],
    });
    await vi.waitFor(() => expect(child.lastLines()).toContain('ready'), SOON);
    await child.stop();
    expect(await child.ended).toEqual({ code: null, signal: 'SIGKILL' });
  });

  test('that does not exist is refused', async () => {
    await expect(startChild({ ...SHELL, command: path.join(folder, 'nothing'), args: [] })).rejects.toThrow(
      'ENOENT',
    );
  });

  test('ends, and its folder goes, when its owner is killed without a word', async () => {
    const leftover = path.join(folder, 'leftover');
    const owner = path.join(folder, 'owner.mts');
    const module = new URL('../../local/child.ts', import.meta.url).pathname;
    await writeFile(
      owner,
      `import { mkdirSync } from 'node:fs';
       import { startChild } from ${JSON.stringify(module)};
       mkdirSync(${JSON.stringify(leftover)});
       const child = await startChild({ command: '/bin/sleep', args: ['60'], stopSignal: 'SIGTERM', stopWithinMs: 500,
         removeWhenOrphaned: ${JSON.stringify(leftover)} });
       console.log(child.pid);
       process.on('SIGINT', () => undefined);`,
    );
    const running = spawn(process.execPath, ['--import', 'tsx', owner], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const pid = await new Promise<number>((resolve) =>
      running.stdout.once('data', (chunk) => resolve(Number(chunk))),
    );
    expect(isAlive(pid)).toBe(true);
    running.kill('SIGKILL');
    await vi.waitFor(async () => expect(await stat(leftover).catch(() => 'gone')).toBe('gone'), SOON);
    await vi.waitFor(async () => expect(await stillRuns(pid)).toBe(false), SOON);
  });
});

/** A process that has ended counts as ended also before its new parent has reaped it. */
async function stillRuns(pid: number): Promise<boolean> {
  return (await commandOf(pid)) !== undefined;
}
