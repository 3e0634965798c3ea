// A real PostgreSQL from npm, for development and tests: one data folder, one server, on this machine only. It drives
// the programs themselves; the package's own class installs exit hooks, which would break our order of stopping.
import { execFile } from 'node:child_process';
import { chown, mkdir, readFile, rename, rm, unlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import postgres from 'postgres';
import { startChild, type Child } from './child.ts';
import { LocalError } from './errors.ts';
import { formatDuration, reasonOf, type Log } from './log.ts';
import { assertPortIsFree, freePort } from './ports.ts';
import { installedPrograms, postgresUser, reachableDataFolder, reachablePrograms } from './postgres-place.ts';
import type { SystemUser } from './postgres-place.ts';
import { commandOf } from './processes.ts';

const execute = promisify(execFile);

export interface LocalPostgres {
  /** The address of the first database in the list. */
  url: string;
  /** The address of any database of this server. */
  urlOf: (database: string) => string;
  port: number;
  pid: number;
  /** Where the data really is: see `postgres-place.ts`. */
  dataFolder: string;
  /** Ends sessions and stops in good order; with `temporary`, removes the data. May be repeated. */
  stop: () => Promise<void>;
  /** Ends it as a crash would, keeping the data, also over a later `stop`. */
  kill: () => Promise<void>;
  ended: Child['ended'];
}

export interface PostgresOptions {
  dataFolder: string;
  /** Created when they do not exist; the first is the one `url` names. */
  databases: readonly [string, ...string[]];
  /** Without one a free port is picked. */
  port?: number;
  /** The setting named when `port` is in use. */
  portSetting?: string;
  /** For tests: no flush to disk, no password, data removed at the end. Never for data that somebody wants back. */
  temporary?: boolean;
  log: Log;
  /** Where to go when the project's folder is closed to Postgres' user. */
  sharedFolders?: readonly string[];
}

const USER = 'waybill';
// Known to everyone on purpose: the server listens on this machine only and holds a developer's data.
const PASSWORD = 'waybill';
const LOOPBACK = '127.0.0.1';

/** Recovery after a crash replays the log, which takes longer than a plain start. */
const START_DEADLINE_MS = 60_000;
/** A fast shutdown writes a checkpoint; after this time it is killed, and recovers at the next start. */
const STOP_DEADLINE_MS = 20_000;
/** How long a server that its vanished owner's watcher is stopping gets to finish. */
const PREDECESSOR_DEADLINE_MS = 25_000;
const POLL_MS = 50;
/** A port that was free when asked may be taken a moment later; then another is tried. */
const PORT_ATTEMPTS_MAX = 3;
/** Tests open several pools per file and two files at a time. */
const CONNECTIONS_MAX = 200;

/**
 * Starts PostgreSQL on the folder, initializing it the first time, and returns when it answers and the databases exist.
 * A server that was killed recovers. Refuses with `data_folder_in_use`, `port_in_use`, `postgres_data_version`,
 * `postgres_unavailable` or `postgres_failed`, and leaves no process behind then.
 */
export async function startPostgres(options: PostgresOptions): Promise<LocalPostgres> {
  const { log } = options;
  const begunAt = performance.now();
  const user = await postgresUser(log);
  const programs = await reachablePrograms(await installedPrograms(), user, log, options.sharedFolders);
  const dataFolder = await reachableDataFolder(
    path.resolve(options.dataFolder),
    user,
    log,
    options.sharedFolders,
  );
  const run: Run = { ...options, user, programs: programs.folder, dataFolder };

  if (options.port !== undefined) {
    await assertPortIsFree(options.port, 'PostgreSQL', options.portSetting ?? 'another port');
  }
  await initialize(run, majorOf(programs.version));
  await waitForPredecessor(run);
  const { child, port } = await serve(run);
  try {
    await createDatabases(port, options.databases);
  } catch (error) {
    await child.stop();
    throw new LocalError(
      'postgres_failed',
      `PostgreSQL started, but its databases could not be created: ${reasonOf(error)}`,
      {
        cause: error,
      },
    );
  }
  log(
    `PostgreSQL ${programs.version} answers on port ${port} (${formatDuration(performance.now() - begunAt)})`,
  );

  let killed = false;
  const urlOf = (database: string): string =>
    `postgres://${USER}:${PASSWORD}@${LOOPBACK}:${port}/${database}`;
  return {
    url: urlOf(options.databases[0]),
    urlOf,
    port,
    pid: child.pid,
    dataFolder,
    ended: child.ended,
    stop: async () => {
      await child.stop();
      // Whoever killed it wants the data, and may have started another server on it.
      if (options.temporary === true && !killed) await rm(dataFolder, { recursive: true, force: true });
    },
    kill: () => {
      killed = true;
      return child.kill();
    },
  };
}

type Run = PostgresOptions & { user: SystemUser | undefined; programs: string; dataFolder: string };

async function initialize(run: Run, major: string): Promise<void> {
  const found = (await readFile(path.join(run.dataFolder, 'PG_VERSION'), 'utf8').catch(() => '')).trim();
  if (found === major) return;
  if (found !== '') {
    throw new LocalError(
      'postgres_data_version',
      `The data in ${run.dataFolder} belongs to PostgreSQL ${found}; this is PostgreSQL ${major}, which cannot read it. ` +
        `Move the folder away to start with an empty one, or dump it with PostgreSQL ${found} and restore the dump here.`,
    );
  }
  run.log(`initializing a PostgreSQL data folder in ${run.dataFolder}`);
  // Made beside its place and renamed when whole: initdb that is interrupted leaves half a folder, which Postgres
  // would refuse for ever after.
  const unfinished = `${run.dataFolder}.unfinished`;
  const passwordFile = `${run.dataFolder}.password`;
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished, { recursive: true, mode: 0o700 });
  await writeFile(passwordFile, `${PASSWORD}\n`, { mode: 0o600 });
  if (run.user !== undefined) {
    await chown(unfinished, run.user.uid, run.user.gid);
    await chown(passwordFile, run.user.uid, run.user.gid);
  }
  try {
    await execute(
      path.join(run.programs, 'bin', 'initdb'),
      [
        `--pgdata=${unfinished}`,
        `--username=${USER}`,
        `--pwfile=${passwordFile}`,
        `--auth=${run.temporary === true ? 'trust' : 'scram-sha-256'}`,
        // The built-in locale sorts the same on every machine, whatever the system has installed.
        '--encoding=UTF8',
        '--locale-provider=builtin',
        '--builtin-locale=C.UTF-8',
        '--locale=C',
        ...(run.temporary === true ? ['--no-sync'] : []),
      ],
      { cwd: '/', ...(run.user === undefined ? {} : { uid: run.user.uid, gid: run.user.gid }) },
    );
    await rename(unfinished, run.dataFolder);
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    throw new LocalError(
      'postgres_failed',
      `PostgreSQL could not initialize ${run.dataFolder}: ${reasonOf(error)}`,
      {
        cause: error,
      },
    );
  } finally {
    await rm(passwordFile, { force: true });
  }
}

/**
 * A server that was killed leaves `postmaster.pid` behind. Its number may belong to another program by now, and then
 * Postgres would refuse to start, so a pid that is no Postgres is taken away. A living Postgres is given time to end
 * (the watcher of a vanished owner may be stopping it) and is never killed: it may be somebody's.
 */
async function waitForPredecessor(run: Run): Promise<void> {
  const pidFile = path.join(run.dataFolder, 'postmaster.pid');
  const deadline = performance.now() + PREDECESSOR_DEADLINE_MS;
  let announced = false;
  for (;;) {
    const [line] = (await readFile(pidFile, 'utf8').catch(() => '')).split('\n');
    const pid = Number(line);
    if (!Number.isInteger(pid) || pid <= 0) return;
    const command = await commandOf(pid);
    if (command === undefined || !isPostmaster(command)) {
      await unlink(pidFile).catch(() => undefined);
      return;
    }
    if (performance.now() > deadline) {
      throw new LocalError(
        'data_folder_in_use',
        `A PostgreSQL with process id ${pid} already uses ${run.dataFolder}. Stop it (kill -INT ${pid}) and start again.`,
      );
    }
    if (!announced)
      run.log(`waiting for the PostgreSQL with process id ${pid}, which still uses the data folder`);
    announced = true;
    await pause(POLL_MS);
  }
}

/** Any PostgreSQL counts, whatever its folder looks like: to take the pid file of a living one would ruin its data. */
function isPostmaster(command: string): boolean {
  return path.basename(command.split(' ')[0] ?? '') === 'postgres';
}

async function serve(run: Run): Promise<{ child: Child; port: number }> {
  const deadline = performance.now() + START_DEADLINE_MS;
  let portAttempts = 0;
  for (;;) {
    const port = run.port ?? (await freePort());
    const child = await startChild({
      command: path.join(run.programs, 'bin', 'postgres'),
      args: ['-D', run.dataFolder, ...settings(run, port)],
      ...(run.user === undefined ? {} : { user: run.user }),
      ...(run.temporary === true ? { removeWhenOrphaned: run.dataFolder } : {}),
      // Postgres' word for "end the sessions, then stop in good order".
      stopSignal: 'SIGINT',
      stopWithinMs: STOP_DEADLINE_MS,
    });
    const answered = await waitUntilItAnswers(child, port, deadline);
    if (answered) return { child, port };
    await child.stop();
    const said = child.lastLines().join('\n');
    const portWasTaken = said.includes('Address already in use');
    // The sessions of a killed server need a moment to notice that it is gone.
    const memoryInUse = said.includes('pre-existing shared memory block');
    portAttempts += portWasTaken ? 1 : 0;
    const again = memoryInUse || (portWasTaken && run.port === undefined && portAttempts < PORT_ATTEMPTS_MAX);
    if (!again || performance.now() > deadline) {
      throw new LocalError(
        'postgres_failed',
        `PostgreSQL did not start on ${run.dataFolder}. It said:\n${said}`,
      );
    }
    await pause(POLL_MS);
  }
}

function settings(run: Run, port: number): string[] {
  const chosen: Record<string, string | number> = {
    port,
    listen_addresses: LOOPBACK,
    // A socket file would need a folder that is short, writable and ours; the port is enough.
    unix_socket_directories: '',
    max_connections: CONNECTIONS_MAX,
    ...(run.temporary === true
      ? { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', autovacuum: 'off' }
      : {}),
  };
  return Object.entries(chosen).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

async function waitUntilItAnswers(child: Child, port: number, deadline: number): Promise<boolean> {
  while (child.isRunning() && performance.now() < deadline) {
    const sql = connect(port, 'postgres');
    try {
      await sql`select 1`;
      return true;
    } catch {
      await pause(POLL_MS);
    } finally {
      await sql.end();
    }
  }
  return false;
}

async function createDatabases(port: number, names: readonly string[]): Promise<void> {
  const sql = connect(port, 'postgres');
  try {
    for (const name of names) {
      const existing = await sql`select 1 from pg_database where datname = ${name}`;
      if (existing.length === 0) await sql`create database ${sql(name)}`;
    }
  } finally {
    await sql.end();
  }
}

function connect(port: number, database: string): postgres.Sql {
  return postgres({
    host: LOOPBACK,
    port,
    user: USER,
    password: PASSWORD,
    database,
    max: 1,
    connect_timeout: 2,
    // A server that recovers says so in notices, which are not for the user's terminal.
    onnotice: () => undefined,
  });
}

function majorOf(version: string): string {
  return version.split('.')[0] ?? version;
}
