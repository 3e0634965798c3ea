/**
 * Everything the environment may say to Waybill, read and checked once. No other file reads `process.env` for ours;
 * the connection to Temporal comes from the same files and variables as the `temporal` command line (client/temporal.ts).
 */
import { homedir } from 'node:os';
import path from 'node:path';
import { z } from 'zod';

/** Bytes of an AES-256 key. */
const SECRET_KEY_BYTES = 32;
const KEY_ID = /^[a-z0-9][a-z0-9._-]{0,31}$/i;

/** A variable has a value that cannot be used; the message names it and says what is allowed. */
export class ConfigError extends Error {
  readonly code = 'bad_config';
  readonly problems: readonly { variable: string; problem: string }[];

  constructor(problems: readonly { variable: string; problem: string }[]) {
    super(
      problems.length === 1 && problems[0] !== undefined
        ? `${problems[0].variable} ${problems[0].problem}.`
        : `Some settings of the environment cannot be used:\n${problems.map((p) => `  ${p.variable} ${p.problem}`).join('\n')}`,
    );
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

export interface SecretKey {
  id: string;
  /** 32 bytes. */
  key: Buffer;
}

const text = z.string().trim().min(1, 'must not be empty');
const flag = z
  .enum(['1', '0', 'true', 'false'], { error: 'must be 1 or 0' })
  .transform((value) => value === '1' || value === 'true');
const whole = (min: number, max: number, unit: string) =>
  z
    .string()
    .trim()
    .regex(/^\d+$/, `must be a whole number of ${unit} from ${min} to ${max}`)
    .transform(Number)
    .refine(
      (value) => value >= min && value <= max,
      `must be a whole number of ${unit} from ${min} to ${max}`,
    );

const secretKeys = text.transform((value, context): SecretKey[] => {
  const keys: SecretKey[] = [];
  for (const [index, part] of value.split(',').entries()) {
    const at = part.indexOf(':');
    const id = part.slice(0, at).trim();
    const key = Buffer.from(part.slice(at + 1).trim(), 'base64');
    // The message must not repeat the value: it is a secret.
    if (at < 1 || !KEY_ID.test(id) || key.length !== SECRET_KEY_BYTES) {
      context.addIssue({
        code: 'custom',
        message: `must be id:key pairs separated by commas, each key 32 bytes in base64; pair ${String(index + 1)} is not (a new one: echo "k1:$(openssl rand -base64 32)")`,
      });
      return z.NEVER;
    }
    if (keys.some((known) => known.id === id)) {
      context.addIssue({ code: 'custom', message: `names the key id "${id}" twice` });
      return z.NEVER;
    }
    keys.push({ id, key });
  }
  return keys;
});

const hosts = z.string().transform((value, context): string[] => {
  const names = value
    .split(',')
    .map((host) => host.trim().toLowerCase())
    .filter((host) => host.length > 0);
  const bad = names.find((host) => !/^[a-z0-9][a-z0-9.-]*(:\d{1,5})?$/.test(host));
  if (bad !== undefined) {
    context.addIssue({ code: 'custom', message: `must be host names separated by commas; "${bad}" is none` });
    return z.NEVER;
  }
  return names;
});

/** The store calls https on port 443 only (bigcommerce-api.md section 9); plain http to this machine is for the simulator. */
const publicUrl = text
  .regex(
    /^(https:\/\/[a-z0-9.-]+|http:\/\/(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?)(\/[^?#\s]*)?$/i,
    'must be https://host or https://host/path, on port 443',
  )
  .transform((url) => url.replace(/\/+$/, ''));

const environment = z.object({
  WAYBILL_DATABASE_URL: text
    .regex(/^postgres(ql)?:\/\//, 'must be a URL such as postgres://user:password@host:5432/waybill')
    .optional()
    .describe('Postgres database of Waybill, its own beside that of Temporal.'),
  WAYBILL_SECRET_KEYS: secretKeys
    .optional()
    .describe('Keys that seal access tokens: id:base64, the first one seals, all of them open.'),
  WAYBILL_STORE_TOKEN: text
    .optional()
    .describe('Access token for `waybill channel add` and `rotate`, so that it is in no command line.'),
  WAYBILL_STORE: text
    .optional()
    .describe('Store of `waybill channel add`: its hash, API path or control panel address.'),
  WAYBILL_STORE_CLIENT_ID: text
    .optional()
    .describe('Client id of the API account, for `waybill channel add` and `rotate`.'),
  WAYBILL_STORE_CLIENT_SECRET: text
    .optional()
    .describe('Client secret of the API account, for `waybill channel add` and `rotate`.'),
  WAYBILL_HTTP_HOST: text.default('127.0.0.1').describe('Address the HTTP server listens on.'),
  WAYBILL_HTTP_PORT: whole(0, 65_535, 'a port')
    .default(8480)
    .describe('Port of the HTTP server; 0 picks a free one.'),
  WAYBILL_PUBLIC_URL: publicUrl
    .optional()
    .describe(
      'Address under which stores and carriers reach the HTTP server, such as https://waybill.example; without it stores are only polled.',
    ),
  WAYBILL_STORE_HOSTS: hosts
    .default([])
    .describe('Hosts of the store API that are allowed beside api.bigcommerce.com.'),
  WAYBILL_ALLOW_LOOPBACK_STORES: flag
    .default(false)
    .describe('1 lets a channel speak plain http to 127.0.0.1, for the simulator.'),
  WAYBILL_STORE_TIMEOUT_MS: whole(1000, 45_000, 'milliseconds')
    .default(45_000)
    .describe('Longest that one call to a store may take.'),
  WAYBILL_LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'silent'], {
      error: 'must be trace, debug, info, warn, error or silent',
    })
    .default('info')
    .describe('How much is logged.'),
  WAYBILL_LOG_FORMAT: z
    .enum(['json', 'pretty'], { error: 'must be json or pretty' })
    .default('json')
    .describe('json for machines, pretty for a terminal.'),
  WAYBILL_METRICS_PORT: whole(0, 65_535, 'a port')
    .optional()
    .describe("Port of the worker's metrics in Prometheus format; none when absent."),
  WAYBILL_TEMPORAL_CLI: text.optional().describe('The temporal program to use for a local server.'),
  WAYBILL_HOME: text.default('.waybill').describe('Folder of a local installation.'),
  WAYBILL_CACHE: text
    .optional()
    .describe('Folder of downloaded and built programs; default ~/.cache/waybill.'),
  WAYBILL_POSTGRES_PORT: whole(1, 65_535, 'a port')
    .default(5480)
    .describe('Port of the Postgres of a local installation.'),
  WAYBILL_TEMPORAL_PORT: whole(1, 65_535, 'a port')
    .default(7233)
    .describe('Port of the Temporal server of a local installation.'),
  WAYBILL_TEMPORAL_UI_PORT: whole(1, 65_535, 'a port')
    .default(8233)
    .describe("Port of Temporal's web UI of a local installation."),
  WAYBILL_UI_URL: z
    .string()
    .trim()
    .regex(/^https?:\/\/\S+$/, 'must be a URL such as http://localhost:8233')
    .optional()
    .describe('Address of the Temporal UI, for links.'),
  WAYBILL_DATABASE_POOL: whole(2, 200, 'connections')
    .default(12)
    .describe('Connections to Postgres per process.'),
  WAYBILL_STORE_SLOTS: whole(1, 64, 'calls')
    .default(8)
    .describe('Activities that call stores at the same time, per worker.'),
  WAYBILL_CACHED_WORKFLOWS: whole(10, 20_000, 'workflows')
    .default(600)
    .describe('Workflows kept in memory per worker; the others are replayed when they wake.'),
  WAYBILL_BUILD_ID: text
    .optional()
    .describe('Turns Worker Versioning on: the build of deployment "waybill", such as a git commit.'),
});

export interface Config {
  /** Null where none is given: a local installation brings its own. */
  databaseUrl: string | null;
  databasePool: number;
  /** The first one is active; empty where none is given. */
  secretKeys: readonly SecretKey[];
  /** The access token of the channel that a command is about; null where none is given. */
  storeToken: string | null;
  /** Hash, API path or control panel address of the store of `waybill channel add`, as given. */
  storeAddress: string | null;
  storeClientId: string | null;
  storeClientSecret: string | null;
  http: { host: string; port: number };
  /** Without a final slash; null where nothing outside reaches us. */
  publicUrl: string | null;
  store: { hosts: readonly string[]; allowLoopback: boolean; timeoutMs: number; slots: number };
  log: { level: LogLevelName; format: 'json' | 'pretty' };
  metricsPort: number | null;
  temporalCli: string | null;
  home: string;
  cache: string;
  /** The folders in which programs are looked for, as in PATH. */
  searchPath: string;
  /** Of a local installation. */
  localPorts: { postgres: number; temporal: number; ui: number };
  uiUrl: string | null;
  cachedWorkflows: number;
  buildId: string | null;
}
export type LogLevelName = z.output<typeof environment>['WAYBILL_LOG_LEVEL'];

/**
 * Reads and checks the variables; unknown ones are not ours and are left alone. An empty value counts as absent.
 * @throws ConfigError naming each variable that cannot be used, what is allowed, and never the value of a secret.
 */
export function loadConfig(env: NodeJS.ProcessEnv): Config {
  const given = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value !== ''),
  );
  const parsed = environment.safeParse(given);
  if (!parsed.success) {
    throw new ConfigError(
      parsed.error.issues.map((issue) => ({ variable: issue.path.join('.'), problem: issue.message })),
    );
  }
  const value = parsed.data;
  return {
    databaseUrl: value.WAYBILL_DATABASE_URL ?? null,
    databasePool: value.WAYBILL_DATABASE_POOL,
    secretKeys: value.WAYBILL_SECRET_KEYS ?? [],
    storeToken: value.WAYBILL_STORE_TOKEN ?? null,
    storeAddress: value.WAYBILL_STORE ?? null,
    storeClientId: value.WAYBILL_STORE_CLIENT_ID ?? null,
    storeClientSecret: value.WAYBILL_STORE_CLIENT_SECRET ?? null,
    http: { host: value.WAYBILL_HTTP_HOST, port: value.WAYBILL_HTTP_PORT },
    publicUrl: value.WAYBILL_PUBLIC_URL ?? null,
    store: {
      hosts: value.WAYBILL_STORE_HOSTS,
      allowLoopback: value.WAYBILL_ALLOW_LOOPBACK_STORES,
      timeoutMs: value.WAYBILL_STORE_TIMEOUT_MS,
      slots: value.WAYBILL_STORE_SLOTS,
    },
    log: { level: value.WAYBILL_LOG_LEVEL, format: value.WAYBILL_LOG_FORMAT },
    metricsPort: value.WAYBILL_METRICS_PORT ?? null,
    temporalCli: value.WAYBILL_TEMPORAL_CLI ?? null,
    home: value.WAYBILL_HOME,
    searchPath: env['PATH'] ?? '',
    cache: value.WAYBILL_CACHE ?? path.join(homedir(), '.cache', 'waybill'),
    localPorts: {
      postgres: value.WAYBILL_POSTGRES_PORT,
      temporal: value.WAYBILL_TEMPORAL_PORT,
      ui: value.WAYBILL_TEMPORAL_UI_PORT,
    },
    uiUrl: value.WAYBILL_UI_URL ?? null,
    cachedWorkflows: value.WAYBILL_CACHED_WORKFLOWS,
    buildId: value.WAYBILL_BUILD_ID ?? null,
  };
}

/** @throws ConfigError when no database is configured: for programs that bring none of their own. */
export function requireDatabaseUrl(config: Config): string {
  if (config.databaseUrl !== null) return config.databaseUrl;
  throw new ConfigError([
    {
      variable: 'WAYBILL_DATABASE_URL',
      problem:
        'is not set: give the Postgres database of Waybill, or run `waybill dev`, which brings its own',
    },
  ]);
}

/** @throws ConfigError when no key is configured: tokens cannot be sealed or opened without one. */
export function requireSecretKeys(config: Config): readonly SecretKey[] {
  if (config.secretKeys.length > 0) return config.secretKeys;
  throw new ConfigError([
    {
      variable: 'WAYBILL_SECRET_KEYS',
      problem:
        'is not set: give at least one key as id:base64 (a new one: echo "k1:$(openssl rand -base64 32)")',
    },
  ]);
}

/** Name, meaning and default of every variable, for the documentation and for `waybill doctor`. */
export function describeEnvironment(): { variable: string; meaning: string; fallback: string }[] {
  const nothing = environment.parse({});
  return Object.entries(environment.shape).map(([variable, schema]) => {
    // The key comes from the shape of the same schema.
    const fallback = nothing[variable as keyof typeof nothing];
    return {
      variable,
      meaning: schema.description ?? '',
      fallback: fallback === undefined || fallback instanceof Array ? '' : String(fallback),
    };
  });
}
