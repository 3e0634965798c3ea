import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import postgres from 'postgres';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startPostgres, type LocalPostgres, type PostgresOptions } from '../../local/postgres.ts';
import {
  installedPrograms,
  mayUse,
  postgresUser,
  reachablePrograms,
  removeDataFolder,
} from '../../local/postgres-place.ts';
import { commandOf } from '../../local/processes.ts';

/** Several starts of real servers a test, on a machine that does other things too. */
const START_TIMEOUT_MS = 120_000;

const isRoot = process.getuid?.() === 0;
const lines: string[] = [];
const log = (line: string): void => void lines.push(line);

let folder = '';
let running: LocalPostgres[] = [];
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'waybill-postgres-'));
  // mkdtemp makes a folder of mode 0700; what an ordinary clone lies in can be entered by all.
  await chmod(folder, 0o755);
  running = [];
  lines.length = 0;
});
afterEach(async () => {
  for (const server of running) await server.stop();
  await rm(folder, { recursive: true, force: true });
});

async function start(options: Partial<PostgresOptions> = {}): Promise<LocalPostgres> {
  const server = await startPostgres({
    dataFolder: path.join(folder, 'data'),
    databases: ['waybill'],
    log,
    ...options,
  });
  running.push(server);
  return server;
}

describe('an embedded PostgreSQL', { timeout: START_TIMEOUT_MS }, () => {
  test('starts from nothing, keeps its data over a stop and over a kill, and leaves no process behind', async () => {
    const first = await start({ databases: ['waybill', 'second'] });
    await query(first, (sql) => sql`create table kept as select 1 as stop, 0 as kill`);
    expect(await query(first, (sql) => sql`show fsync`)).toEqual([{ fsync: 'on' }]);
    expect(await query({ url: first.urlOf('second') }, (sql) => sql`select 1 as one`)).toEqual([{ one: 1 }]);
    await first.stop();
    await first.stop();
    expect(await commandOf(first.pid)).toBeUndefined();

    const second = await start();
    await query(second, (sql) => sql`update kept set kill = 1`);
    await second.kill();
    expect(await commandOf(second.pid)).toBeUndefined();
    expect(await readFile(path.join(second.dataFolder, 'postmaster.pid'), 'utf8')).toContain(
      String(second.pid),
    );

    const third = await start();
    expect(await query(third, (sql) => sql`select stop, kill from kept`)).toEqual([{ stop: 1, kill: 1 }]);
  });

  test('asks for its password', async () => {
    const { port } = await start();
    await expect(
      query({ url: `postgres://waybill:wrong@127.0.0.1:${port}/waybill` }, (sql) => sql`select 1`),
    ).rejects.toThrow('password authentication failed');
  });

  test('starts although the process id in a stale pid file belongs to another program by now', async () => {
    const first = await start({ temporary: true });
    await first.kill();
    const file = path.join(first.dataFolder, 'postmaster.pid');
    const stale = (await readFile(file, 'utf8')).split('\n');
    await writeFile(file, [String(process.ppid), ...stale.slice(1)].join('\n'));
    await start({ temporary: true });
  });

  test('that is temporary removes its data when it stops', async () => {
    const server = await start({ temporary: true });
    expect(await query(server, (sql) => sql`show fsync`)).toEqual([{ fsync: 'off' }]);
    await server.stop();
    await expect(stat(server.dataFolder)).rejects.toThrow('ENOENT');
  });

  test('does not start on a busy port, and names it', async () => {
    const holder = createServer();
    const port = await listen(holder);
    try {
      await expect(start({ port, portSetting: 'WAYBILL_POSTGRES_PORT' })).rejects.toMatchObject({
        code: 'port_in_use',
        message: expect.stringMatching(
          new RegExp(`Port ${port}, wanted for PostgreSQL.*WAYBILL_POSTGRES_PORT`),
        ) as string,
      });
    } finally {
      await new Promise((resolve) => holder.close(resolve));
    }
  });

  test('refuses data of another major version and touches nothing', async () => {
    const dataFolder = path.join(folder, 'data');
    await mkdir(dataFolder);
    await writeFile(path.join(dataFolder, 'PG_VERSION'), '15\n');
    await expect(start()).rejects.toMatchObject({
      code: 'postgres_data_version',
      message: expect.stringContaining('belongs to PostgreSQL 15') as string,
    });
    expect(await readFile(path.join(dataFolder, 'PG_VERSION'), 'utf8')).toBe('15\n');
  });
});

describe.runIf(isRoot)(
  'as root, below a folder that only root may enter, PostgreSQL',
  { timeout: START_TIMEOUT_MS },
  () => {
    test('keeps its data in a reachable folder that is noted beside the wanted one', async () => {
      const closed = path.join(folder, 'closed');
      await mkdir(closed, { mode: 0o700 });
      const shared = path.join(folder, 'shared');
      const options = { dataFolder: path.join(closed, '.waybill', 'postgres'), sharedFolders: [shared] };
      const first = await start(options);
      expect(first.dataFolder.startsWith(path.join(shared, 'data'))).toBe(true);
      expect((await readFile(`${options.dataFolder}.location`, 'utf8')).trim()).toBe(first.dataFolder);
      await query(first, (sql) => sql`create table kept as select 1 as one`);
      await first.stop();
      const second = await start(options);
      expect(await query(second, (sql) => sql`select one from kept`)).toEqual([{ one: 1 }]);
      await second.stop();
      await removeDataFolder(options.dataFolder);
      await removeDataFolder(options.dataFolder);
      await expect(stat(first.dataFolder)).rejects.toThrow('ENOENT');
      expect(await readdir(path.dirname(options.dataFolder))).toEqual([]);
    });

    test('begins anew when the folder that noted its place was removed', async () => {
      const closed = path.join(folder, 'closed');
      await mkdir(closed, { mode: 0o700 });
      const options = { dataFolder: path.join(closed, 'data'), sharedFolders: [path.join(folder, 'shared')] };
      const first = await start(options);
      await first.stop();
      await rm(closed, { recursive: true });
      await mkdir(closed, { mode: 0o700 });
      expect((await start(options)).dataFolder).not.toBe(first.dataFolder);
    });

    test('runs from a copy of its programs that is made once', async () => {
      const closed = path.join(folder, 'closed');
      const installed = await installedPrograms();
      const user = await postgresUser(log);
      if (user === undefined) throw new Error('root always gets a user');
      // A folder of the shape that npm leaves, where only root may look.
      await mkdir(path.join(closed, 'bin'), { recursive: true, mode: 0o700 });
      await writeFile(path.join(closed, 'bin', 'initdb'), '#!/bin/sh\n', { mode: 0o755 });
      await chmod(closed, 0o700);
      const shared = path.join(folder, 'shared');
      const copied = await reachablePrograms({ folder: closed, version: installed.version }, user, log, [
        shared,
      ]);
      expect(copied.folder.startsWith(shared)).toBe(true);
      expect(await mayUse(user, '-x', path.join(copied.folder, 'bin', 'initdb'))).toBe(true);
      lines.length = 0;
      expect(
        await reachablePrograms({ folder: closed, version: installed.version }, user, log, [shared]),
      ).toEqual(copied);
      expect(lines).toEqual([]);
    });

    test('passes over a shared folder that others may write to, and says what to do when none is left', async () => {
      const closed = path.join(folder, 'closed');
      await mkdir(closed, { mode: 0o700 });
      const open = path.join(folder, 'open');
      await mkdir(open);
      await chmod(open, 0o777);
      await expect(
        start({ dataFolder: path.join(closed, 'data'), sharedFolders: [open] }),
      ).rejects.toMatchObject({
        code: 'postgres_unavailable',
        message: expect.stringMatching(/cannot enter .*only this user may write.*chmod o\+x/) as string,
      });
    });
  },
);

async function query<Row>(
  server: { url: string },
  ask: (sql: postgres.Sql) => PromiseLike<Row>,
): Promise<Row> {
  const sql = postgres(server.url, { max: 1, onnotice: () => undefined });
  try {
    return await ask(sql);
  } finally {
    await sql.end();
  }
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(address !== null && typeof address === 'object' ? address.port : 0);
    });
  });
}
