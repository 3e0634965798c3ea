// Temporal's development server as a child process, for development and tests: one file or memory, one address, our
// search attributes. It registers nothing beyond its first namespace; `client/temporal.ts` does that for others.
import { Connection } from '@temporalio/client';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { SEARCH_ATTRIBUTES } from '../workflows/contract.ts';
import { startChild, type Child } from './child.ts';
import { LocalError } from './errors.ts';
import { formatDuration, type Log } from './log.ts';
import { assertPortIsFree, freePorts } from './ports.ts';

/** How `temporal server start-dev --search-attribute` spells the kinds of our contract. */
const KIND_WORDS = { KEYWORD: 'Keyword', DATETIME: 'Datetime' } as const;

export interface LocalTemporal {
  address: string;
  /** Undefined without a web UI. */
  uiUrl: string | undefined;
  namespace: string;
  pid: number;
  /** Stops in good order. May be repeated. */
  stop: () => Promise<void>;
  /** Ends it as a crash would. */
  kill: () => Promise<void>;
  ended: Child['ended'];
}

export interface TemporalOptions {
  /** The path of a `temporal` program: see `resolveTemporalCli`. */
  binary: string;
  /** Keeps workflows over a restart; without it everything is in memory. */
  dbFilename?: string;
  /** Without one a free port is picked. */
  port?: number;
  portSetting?: string;
  /** The port of the web UI, or false for none. */
  ui: { port: number; setting?: string } | false;
  namespace: string;
  /** Values are JSON, as the server wants them: `true`, `50`, `"word"`. */
  dynamicConfig?: Readonly<Record<string, string>>;
  /** For tests: no flush to disk. */
  temporary?: boolean;
  log: Log;
}

const LOOPBACK = '127.0.0.1';
/** It answers within 2 s on an idle machine; a first start creates the schema. */
const START_DEADLINE_MS = 60_000;
const CONNECT_DEADLINE_MS = 2_000;
const STOP_DEADLINE_MS = 10_000;
const POLL_MS = 50;

const DYNAMIC_CONFIG: Readonly<Record<string, string>> = {
  // One big store must not starve the others: tasks of the `bigcommerce` queue carry the channel as fairness key.
  'matching.enableFairness': 'true',
  // It would ask Temporal's site for news of newer versions.
  'frontend.enableServerVersionCheck': 'false',
};

/**
 * Starts the server and returns when its namespace answers. Refuses with `port_in_use` or `temporal_failed`, and
 * leaves no process behind then.
 */
export async function startTemporal(options: TemporalOptions): Promise<LocalTemporal> {
  const begunAt = performance.now();
  const setting = options.portSetting ?? 'another port';
  if (options.port !== undefined) await assertPortIsFree(options.port, 'Temporal', setting);
  if (options.ui !== false) {
    await assertPortIsFree(options.ui.port, "Temporal's web UI", options.ui.setting ?? 'another port');
  }
  if (options.dbFilename !== undefined) await mkdir(path.dirname(options.dbFilename), { recursive: true });
  // All in one go: the server would pick the last two itself, and could pick the one we are about to use.
  const [picked, httpPort, metricsPort] = await freePorts(3);
  const port = options.port ?? picked;
  const address = `${LOOPBACK}:${port}`;

  const child = await startChild({
    command: options.binary,
    args: argumentsOf(options, { port, httpPort, metricsPort }),
    stopSignal: 'SIGTERM',
    stopWithinMs: STOP_DEADLINE_MS,
  });
  const answered = await waitUntilItAnswers(child, address, options.namespace);
  if (!answered) {
    await child.stop();
    throw new LocalError(
      'temporal_failed',
      `The Temporal server (${options.binary}) did not answer on ${address}. It said:\n${child.lastLines().join('\n')}`,
    );
  }
  options.log(`Temporal answers on ${address} (${formatDuration(performance.now() - begunAt)})`);
  return {
    address,
    uiUrl: options.ui === false ? undefined : `http://${LOOPBACK}:${options.ui.port}`,
    namespace: options.namespace,
    pid: child.pid,
    ended: child.ended,
    stop: () => child.stop(),
    kill: () => child.kill(),
  };
}

type Ports = Record<'port' | 'httpPort' | 'metricsPort', number | undefined>;

function argumentsOf(options: TemporalOptions, ports: Ports): string[] {
  const dynamicConfig = { ...DYNAMIC_CONFIG, ...options.dynamicConfig };
  const pragmas =
    options.dbFilename === undefined
      ? []
      : ['journal_mode=WAL', ...(options.temporary === true ? ['synchronous=OFF'] : [])];
  return [
    ...['server', 'start-dev'],
    ...['--ip', LOOPBACK],
    ...['--port', String(ports.port)],
    ...['--http-port', String(ports.httpPort)],
    ...['--metrics-port', String(ports.metricsPort)],
    ...['--namespace', options.namespace],
    ...['--log-level', 'error'],
    ...(options.ui === false ? ['--headless'] : ['--ui-port', String(options.ui.port)]),
    ...(options.dbFilename === undefined ? [] : ['--db-filename', path.resolve(options.dbFilename)]),
    ...pragmas.flatMap((pragma) => ['--sqlite-pragma', pragma]),
    ...Object.entries(SEARCH_ATTRIBUTES).flatMap(([name, kind]) => [
      '--search-attribute',
      `${name}=${KIND_WORDS[kind]}`,
    ]),
    ...Object.entries(dynamicConfig).flatMap(([key, value]) => ['--dynamic-config-value', `${key}=${value}`]),
  ];
}

async function waitUntilItAnswers(child: Child, address: string, namespace: string): Promise<boolean> {
  const deadline = performance.now() + START_DEADLINE_MS;
  while (child.isRunning() && performance.now() < deadline) {
    let connection: Connection | undefined;
    try {
      connection = await Connection.connect({ address, connectTimeout: CONNECT_DEADLINE_MS });
      await connection.workflowService.describeNamespace({ namespace });
      return true;
    } catch {
      await pause(POLL_MS);
    } finally {
      await connection?.close();
    }
  }
  return false;
}
