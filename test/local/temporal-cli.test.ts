import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import {
  goBuild,
  isNewEnough,
  placeInCache,
  resolveTemporalCli,
  serverVersionIn,
  type LastResort,
} from '../../local/temporal-cli.ts';

let folder = '';
let onPath = '';
let cacheFolder = '';
const lines: string[] = [];
const log = (line: string): void => void lines.push(line);

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'waybill-cli-'));
  onPath = path.join(folder, 'bin');
  cacheFolder = path.join(folder, 'cache');
  await mkdir(onPath);
  lines.length = 0;
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('the version of a temporal program', () => {
  test.each([
    ['temporal version 0.0.0-DEV (Server 1.31.2, UI 2.50.1)', '1.31.2'],
    ['temporal version 1.5.1 (Server 1.29.1, UI 2.42.1)', '1.29.1'],
    ['temporal version 1.5.2-standalone (Server 1.30.0-149, UI 2.43.0)', '1.30.0-149'],
    ['tctl version 1.18.0', undefined],
  ])('in "%s" is %s', (output, version) => {
    expect(serverVersionIn(output)).toBe(version);
  });

  test.each([
    ['1.28.9', false],
    ['1.29.0', true],
    ['1.31.2', true],
    ['2.0.0', true],
    ['0.99.0', false],
  ])('%s is new enough: %s', (version, enough) => {
    expect(isNewEnough(version)).toBe(enough);
  });

  test('of the program this run uses is read', async () => {
    const found = await resolveTemporalCli({
      explicitPath: inject('temporalCli'),
      searchPath: '',
      cacheFolder,
      log,
    });
    expect(isNewEnough(found.serverVersion)).toBe(true);
  });
});

describe('a temporal program', () => {
  test('that is named explicitly wins over one on the path', async () => {
    const named = await fakeProgram(folder, 'named', '1.30.0');
    await fakeProgram(onPath, 'temporal', '1.31.0');
    expect(await resolve({ explicitPath: named })).toEqual({
      path: named,
      serverVersion: '1.30.0',
      origin: 'WAYBILL_TEMPORAL_CLI',
    });
  });

  test('that is named explicitly and too old is refused, not passed over', async () => {
    const named = await fakeProgram(folder, 'named', '1.20.0');
    await fakeProgram(onPath, 'temporal', '1.31.0');
    await expect(resolve({ explicitPath: named })).rejects.toMatchObject({
      code: 'temporal_cli_missing',
      message: expect.stringMatching(/WAYBILL_TEMPORAL_CLI.*server is 1\.20\.0; 1\.29 or newer/) as string,
    });
  });

  test('that is named explicitly and missing is refused', async () => {
    await expect(resolve({ explicitPath: path.join(folder, 'nothing') })).rejects.toThrow('does not run');
  });

  test('on the path wins over the cache', async () => {
    const found = await fakeProgram(onPath, 'temporal', '1.29.0');
    await placeInCache(await fakeProgram(folder, 'kept', '1.31.0'), cacheFolder, 'key-a');
    expect(await resolve()).toMatchObject({ path: found, origin: 'the path' });
  });

  test('on the path that is too old is passed over, and said so', async () => {
    await fakeProgram(onPath, 'temporal', '1.28.0');
    await placeInCache(await fakeProgram(folder, 'kept', '1.31.0'), cacheFolder, 'key-a');
    expect(await resolve()).toMatchObject({ serverVersion: '1.31.0', origin: 'the cache' });
    expect(lines.join('\n')).toContain('its server is 1.28.0');
  });

  test('in the cache wins over a download', async () => {
    const kept = await placeInCache(await fakeProgram(folder, 'kept', '1.31.0'), cacheFolder, 'key-b');
    const found = await resolve({ lastResorts: [unreachable, works] });
    expect(found).toMatchObject({ path: kept.path, origin: 'the cache' });
    expect(lines).toEqual([]);
  });

  test('comes from the first way that works, and from the cache the next time', async () => {
    const first = await resolve({ lastResorts: [unreachable, works] });
    expect(first).toMatchObject({ serverVersion: '1.31.0', origin: 'a way that works' });
    expect(lines.join('\n')).toMatch(/a way that fails failed after .*no such host/);
    expect(lines.join('\n')).toMatch(/a way that works: done in \d/);
    expect(await resolve({ lastResorts: [unreachable, works] })).toMatchObject({
      path: first.path,
      origin: 'the cache',
    });
    expect((await readdir(path.join(cacheFolder, 'temporal-cli'))).sort()).toEqual(['key-b']);
  });

  test('that cannot be had at all is an error that lists what was tried and why it failed', async () => {
    await fakeProgram(onPath, 'temporal', '1.2.3');
    await expect(resolve({ lastResorts: [unreachable] })).rejects.toMatchObject({
      code: 'temporal_cli_missing',
      message: expect.stringMatching(
        /on the path .*1\.2\.3[^]*the cache: nothing[^]*a way that fails: no such host/,
      ) as string,
    });
  });

  test('that was fetched but does not run is not kept', async () => {
    const broken: LastResort = { ...works, fetchInto: (into) => fakeProgram(into, 'temporal', 'none') };
    await expect(resolve({ lastResorts: [broken] })).rejects.toThrow('names no server');
    expect(await readdir(path.join(cacheFolder, 'temporal-cli'))).toEqual([]);
  });

  test('is no longer sought after the person has given up', async () => {
    await expect(resolve({ lastResorts: [works], signal: AbortSignal.abort() })).rejects.toThrow('aborted');
  });

  test('that is built is kept under the version that the Go module pins', async () => {
    expect(await goBuild.cacheKey()).toMatch(/^\d+\.\d+\.\d+$/);
  });
});

const unreachable: LastResort = {
  name: 'a way that fails',
  cacheKey: async () => 'key-a',
  fetchInto: () => Promise.reject(new Error('no such host')),
};
const works: LastResort = {
  name: 'a way that works',
  cacheKey: async () => 'key-b',
  fetchInto: (into) => fakeProgram(into, 'temporal', '1.31.0'),
};

function resolve(
  options: Partial<Parameters<typeof resolveTemporalCli>[0]> = {},
): ReturnType<typeof resolveTemporalCli> {
  return resolveTemporalCli({ searchPath: onPath, cacheFolder, log, lastResorts: [unreachable], ...options });
}

async function fakeProgram(into: string, name: string, serverVersion: string): Promise<string> {
  const file = path.join(into, name);
  const says =
    serverVersion === 'none'
      ? 'something else'
      : `temporal version 0.0.0-DEV (Server ${serverVersion}, UI 2.50.1)`;
  await writeFile(file, `#!/bin/sh\necho "${says}"\n`);
  await chmod(file, 0o755);
  return file;
}
