// A listening server over a database of its own, and a way to send to it as upstream does.
import { createApiKey } from '../../db/api-keys.ts';
import { openDatabase, type Database } from '../../db/database.ts';
import { createSecretBox, type SecretBox } from '../../db/secrets.ts';
import { connectTemporal } from '../../client/temporal.ts';
import { startHttp, type HttpServer } from '../../client/http/server.ts';
import { createLogger } from '../../runtime/logger.ts';
import { databaseFor, type TestNamespace } from '../support/servers.ts';

export interface HttpWorld {
  db: Database;
  /** Of its database, for the command line. */
  databaseUrl: string;
  server: HttpServer;
  /** Good for every channel. */
  key: string;
  stop(): Promise<void>;
}

/** Temporal is away unless a namespace is given; see `startTestServer`. */
export async function startHttpWorld(
  file: string,
  temporal?: TestNamespace,
  clock?: () => Date,
  options: { clockStands?: boolean } = {},
): Promise<HttpWorld> {
  const { url } = await databaseFor(file, options);
  const db = openDatabase(url, { max: 10 });
  const server = await startTestServer(db, temporal, clock);
  const { key } = await createApiKey(db, {
    name: 'test',
    channelId: null,
    by: 'test',
    now: new Date().toISOString(),
  });
  return {
    db,
    databaseUrl: url,
    server,
    key,
    stop: async () => {
      await server.stop();
      await db.close();
    },
  };
}

/** Seals the secrets of the tests. */
const SECRET_KEYS = [{ id: 'test', key: Buffer.alloc(32, 7) }];

export function testSecretBox(): SecretBox {
  return createSecretBox(SECRET_KEYS);
}

/**
 * Without a namespace Temporal is away: the search for it ends only with the server, so whatever is answered has not
 * waited for it.
 */
export async function startTestServer(
  db: Database,
  temporal?: TestNamespace,
  clock?: () => Date,
): Promise<HttpServer> {
  let giveUp = (_why: Error): void => undefined;
  const away = new Promise<never>((_resolve, reject) => (giveUp = reject));
  const server = await startHttp({
    ...(clock === undefined ? {} : { clock }),
    config: { http: { host: '127.0.0.1', port: 0 }, secretKeys: SECRET_KEYS },
    logger: createLogger({ level: 'silent', format: 'json' }),
    db,
    connectTemporal: () => (temporal === undefined ? away : connectTemporal(temporal)),
  });
  return {
    ...server,
    stop: () => {
      // Nobody waits for it where a namespace was given.
      away.catch(() => undefined);
      giveUp(new Error('Temporal is away in this test'));
      return server.stop();
    },
  };
}

export interface Answer {
  status: number;
  headers: Headers;
  body: Record<string, unknown>;
  ms: number;
}

export async function request(
  server: HttpServer,
  path: string,
  options: { method?: string; key?: string | null; headers?: Record<string, string>; body?: string } = {},
): Promise<Answer> {
  const begun = performance.now();
  const answer = await fetch(`${server.url}${path}`, {
    method: options.method ?? (options.body === undefined ? 'GET' : 'POST'),
    headers: {
      ...(options.key === null || options.key === undefined
        ? {}
        : { authorization: `Bearer ${options.key}` }),
      ...(options.body === undefined ? {} : { 'content-type': 'application/json' }),
      ...options.headers,
    },
    ...(options.body === undefined ? {} : { body: options.body }),
  });
  const text = await answer.text();
  const isJson = (answer.headers.get('content-type') ?? '').includes('json');
  return {
    status: answer.status,
    headers: answer.headers,
    // Everything the server answers as JSON is an object.
    body: isJson ? (JSON.parse(text) as Record<string, unknown>) : { text },
    ms: performance.now() - begun,
  };
}
