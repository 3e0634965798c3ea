import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { acquireLock, assertNothingRuns, readHolder } from '../../local/lock.ts';
import { assertPortIsFree, freePorts } from '../../local/ports.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'waybill-lock-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('ports', () => {
  test('picked together are all different and free', async () => {
    const ports = await freePorts(5);
    expect(new Set(ports).size).toBe(5);
    for (const port of ports) await assertPortIsFree(port, 'a test', 'NOTHING');
  });

  test('a busy one is named, with the setting that changes it', async () => {
    const holder = createServer();
    const port = await new Promise<number>((resolve) => {
      holder.listen(0, '127.0.0.1', () => {
        const address = holder.address();
        resolve(address !== null && typeof address === 'object' ? address.port : 0);
      });
    });
    try {
      await expect(assertPortIsFree(port, 'Temporal', 'WAYBILL_TEMPORAL_PORT')).rejects.toMatchObject({
        code: 'port_in_use',
        message: expect.stringMatching(
          new RegExp(`Port ${port}, wanted for Temporal, is in use.*WAYBILL_TEMPORAL_PORT`),
        ) as string,
      });
    } finally {
      await new Promise((resolve) => holder.close(resolve));
    }
  });
});

describe('the lock of a folder', () => {
  const lines: string[] = [];
  const log = (line: string): void => void lines.push(line);

  test('is refused to a second installation, which is told the addresses', async () => {
    const lock = await acquireLock(folder, log);
    await expect(acquireLock(folder, log)).rejects.toMatchObject({
      code: 'already_running',
      message: expect.stringContaining('still starting') as string,
    });
    await lock.note({ Temporal: '127.0.0.1:7233' });
    await expect(acquireLock(folder, log)).rejects.toMatchObject({
      code: 'already_running',
      message: expect.stringContaining('Temporal: 127.0.0.1:7233') as string,
    });
    expect((await readHolder(folder))?.addresses).toEqual({ Temporal: '127.0.0.1:7233' });
    await expect(assertNothingRuns(folder)).rejects.toMatchObject({ code: 'already_running' });
    await lock.release();
  });

  test('is free again after a release, which may be repeated', async () => {
    const lock = await acquireLock(folder, log);
    await lock.release();
    await lock.release();
    expect(await readHolder(folder)).toBeUndefined();
    await assertNothingRuns(folder);
    await (await acquireLock(folder, log)).release();
  });

  test('is not released by one who no longer holds it', async () => {
    const lock = await acquireLock(folder, log);
    await lock.note({});
    const others = (await readFile(path.join(folder, 'lock'), 'utf8')).replace(String(process.pid), '1');
    await writeFile(path.join(folder, 'lock'), others);
    await lock.release();
    expect(await readFile(path.join(folder, 'lock'), 'utf8')).toBe(others);
  });

  test('of a process that has ended is taken over', async () => {
    const ended = spawn('/bin/true');
    await new Promise((resolve) => ended.once('exit', resolve));
    await writeFile(
      path.join(folder, 'lock'),
      JSON.stringify({
        pid: ended.pid,
        command: '/bin/true',
        startedAt: '2026-01-02T00:00:00Z',
        addresses: {},
      }),
    );
    const lock = await acquireLock(folder, log);
    expect(lines.at(-1)).toContain('taking over');
    await lock.release();
  });

  test('whose process id belongs to another program by now is taken over', async () => {
    await writeFile(
      path.join(folder, 'lock'),
      JSON.stringify({
        pid: process.pid,
        command: 'something else',
        startedAt: '2026-01-02T00:00:00Z',
        addresses: {},
      }),
    );
    await (await acquireLock(folder, log)).release();
  });

  test('that is half a file is taken over', async () => {
    await writeFile(path.join(folder, 'lock'), '{"pid": 1');
    await (await acquireLock(folder, log)).release();
  });
});
