/**
 * What a command works with: configuration, output, and the rooms, opened when first asked for and closed at the end.
 * Where a local installation runs in this folder (`waybill dev`), its addresses stand in for those not configured.
 */
import os from 'node:os';
import type { Database } from '../../db/database.ts';
import type { SecretBox } from '../../db/secrets.ts';
import type { RunningInstallation } from '../../local/running-installation.ts';
import { loadConfig, requireDatabaseUrl, requireSecretKeys, type Config } from '../../runtime/config.ts';
import type { TemporalConnection, TemporalTarget } from '../temporal.ts';
import type { Output } from './output.ts';

/** Few: a command does one thing at a time. */
const CLI_DATABASE_CONNECTIONS = 4;
/** A person waits; a server that is there answers in milliseconds, over a slow line in a second or two. */
const TEMPORAL_PATIENCE_MS = 3_000;

export interface Session {
  /** Completed by a running local installation. */
  readonly config: Config;
  /** As the environment says, for commands that start an installation of their own. */
  readonly givenConfig: Config;
  readonly out: Output;
  /** Print the plain `temporal` command and do nothing. */
  readonly explain: boolean;
  readonly input: NodeJS.ReadStream;
  /** The local installation whose addresses are used, or null. */
  readonly installation: RunningInstallation | null;
  /** Where Temporal is sought; empty means profile and environment. */
  readonly temporalTarget: TemporalTarget;
  /** Who is at the keyboard, for the audit: `cli:{user}`. */
  readonly operator: string;
  /** Access token from the environment or the flag's absence, never printed. */
  readonly environment: NodeJS.ProcessEnv;
  /** Our clock, ISO with milliseconds. */
  now(): string;
  /** Opened once and checked to be migrated. @throws ConfigError, and what `assertMigrated` throws. */
  database(): Promise<Database>;
  /** @throws ConfigError when no secret key is configured. */
  secrets(): Promise<SecretBox>;
  /**
   * Connected once; `patienceMs`: how long the first who asks seeks a server that may be away, by default three seconds.
   * @throws TemporalUnavailableError
   */
  temporal(patienceMs?: number): Promise<TemporalConnection>;
  /** The page of a run in Temporal's UI, or null where no UI is known. */
  uiLink(run: { namespace: string; workflowId: string; runId: string }): string | null;
  /** Closes what was opened. */
  close(): Promise<void>;
}

export interface SessionOptions {
  environment: NodeJS.ProcessEnv;
  out: Output;
  explain: boolean;
  input: NodeJS.ReadStream;
}

/** Reads configuration and a running installation; opens nothing yet. @throws ConfigError */
export async function openSession(options: SessionOptions): Promise<Session> {
  const { out, explain, input, environment } = options;
  const { config, givenConfig, installation, temporalTarget } = await configureCommand(environment);
  let database: Promise<Database> | undefined;
  let temporal: Promise<TemporalConnection> | undefined;

  const openRooms = async (): Promise<Database> => {
    const url = requireDatabaseUrl(config);
    const [{ openDatabase }, { assertMigrated }] = await Promise.all([
      import('../../db/database.ts'),
      import('../../db/migrate.ts'),
    ]);
    const opened = openDatabase(url, { max: CLI_DATABASE_CONNECTIONS, applicationName: 'waybill-cli' });
    try {
      await assertMigrated(opened);
    } catch (error) {
      await opened.close();
      throw error;
    }
    return opened;
  };

  return {
    config,
    givenConfig,
    out,
    explain,
    input,
    environment,
    installation,
    temporalTarget,
    operator: `cli:${userName()}`,
    now: () => new Date().toISOString(),
    database: () => (database ??= openRooms()),
    secrets: async () => {
      const { createSecretBox } = await import('../../db/secrets.ts');
      return createSecretBox([...requireSecretKeys(config)]);
    },
    temporal: (patienceMs = TEMPORAL_PATIENCE_MS) => {
      temporal ??= import('../temporal.ts').then(({ connectTemporal }) =>
        connectTemporal({ ...temporalTarget, timeoutMs: patienceMs }),
      );
      return temporal;
    },
    uiLink: ({ namespace, workflowId, runId }) =>
      config.uiUrl === null
        ? null
        : `${config.uiUrl.replace(/\/+$/, '')}/namespaces/${encodeURIComponent(namespace)}/workflows/${encodeURIComponent(workflowId)}/${encodeURIComponent(runId)}`,
    close: async () => {
      // A room that could not be opened has nothing to close, and its error was reported where it was asked for.
      const [opened] = await Promise.allSettled([database ?? null]);
      if (opened.status === 'fulfilled') await opened.value?.close();
      const [connected] = await Promise.allSettled([temporal ?? null]);
      if (connected.status === 'fulfilled') await connected.value?.close();
    },
  };
}

/**
 * The environment's configuration, completed by a local installation. Database and Temporal belong together, so an
 * installation is used only where no other database is configured, and its Temporal only where none is.
 */
export async function configureCommand(
  environment: NodeJS.ProcessEnv,
): Promise<Pick<Session, 'config' | 'givenConfig' | 'installation' | 'temporalTarget'>> {
  const given = loadConfig(environment);
  const { readRunningInstallation } = await import('../../local/running-installation.ts');
  const installation = readRunningInstallation(given.home);
  if (
    installation === null ||
    (given.databaseUrl !== null && given.databaseUrl !== installation.databaseUrl)
  ) {
    return { config: given, givenConfig: given, installation: null, temporalTarget: {} };
  }
  const config = loadConfig({
    WAYBILL_DATABASE_URL: installation.databaseUrl,
    WAYBILL_SECRET_KEYS: installation.secretKeys,
    WAYBILL_UI_URL: installation.uiUrl ?? undefined,
    // The simulated store of an installation lives on this machine.
    WAYBILL_ALLOW_LOOPBACK_STORES: '1',
    ...withoutEmpty(environment),
  });
  const temporalIsConfigured = ['TEMPORAL_ADDRESS', 'TEMPORAL_PROFILE', 'TEMPORAL_CONFIG_FILE'].some(
    (name) => (environment[name] ?? '') !== '',
  );
  return {
    config,
    givenConfig: given,
    installation,
    temporalTarget: temporalIsConfigured
      ? {}
      : { address: installation.temporalAddress, namespace: installation.namespace },
  };
}

function withoutEmpty(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
}

function userName(): string {
  try {
    return os.userInfo().username;
  } catch {
    // No entry in the user database, as in some containers.
    return 'unknown';
  }
}
