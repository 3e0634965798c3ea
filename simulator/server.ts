// A BigCommerce store over HTTP, made from the published description and not from our client: state in memory, the
// API under /stores/{hash}, control under /_control. It must never be reachable from outside: control has no token.
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { constants, gzipSync } from 'node:zlib';
import { answerApi } from './api.ts';
import type { ApiAnswer } from './api.ts';
import { json } from './answers.ts';
import { seededCatalog } from './catalog-data.ts';
import { StoreClock } from './clock.ts';
import type { ClockChange } from './clock.ts';
import { answerControl } from './control.ts';
import type { ControlledSimulator } from './control.ts';
import { endpointTable } from './endpoints.ts';
import type { SimulatedStoreOptions, SimulatorOptions } from './options.ts';
import { DEFAULT_QUOTA } from './quota.ts';
import { SimulatedStore } from './simulated-store.ts';
import { StoreState } from './store.ts';

export type { SimulatedStoreOptions, SimulatorOptions } from './options.ts';
export { SimulatedStore } from './simulated-store.ts';

/** A running simulator. */
export interface Simulator {
  /** `http://127.0.0.1:port`. */
  readonly url: string;
  readonly port: number;
  /** The store of a hash. Throws `RangeError` when there is none. */
  store(hash: string): SimulatedStore;
  /** Stops listening, cuts open connections and waits for webhook deliveries under way. May be called twice. */
  close(): Promise<void>;
}

/** Idle connections stay open this long: longer than clients keep them, as with the real gateway. */
const KEEP_ALIVE_MS = 65_000;
/** Shorter answers are not worth compressing. */
const GZIP_FROM_BYTES = 1_024;
/** Largest request body; a full batch of the API is far below. */
const BODY_BYTES_MAX = 8 * 1024 * 1024;

/** Starts a simulator with its stores. Rejects when the port is taken. */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const seed = options.seed ?? 1;
  const clock = new StoreClock();
  const table = endpointTable();
  const stores = new Map<string, SimulatedStore>();
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS });
  const url = await listen(server, options.port ?? 0, options.host ?? '127.0.0.1');

  const controlled: ControlledSimulator = {
    stores: () => [...stores.values()],
    find: (hash) => stores.get(hash),
    create: (storeOptions) => {
      const store = makeStore(storeOptions, clock, url, seed);
      stores.set(storeOptions.storeHash, store);
      return store;
    },
    setClock: (change: ClockChange) => clock.change(change),
    now: () => new Date(clock.nowMs()).toISOString(),
  };
  for (const storeOptions of options.stores ?? []) controlled.create(storeOptions);

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const arrivedMs = performance.now();
    const text = await readBody(request);
    if (text === null) return respond(response, { ...json(413, { status: 413 }), headers: {} });
    const [path = '/', query = ''] = splitOnce(request.url ?? '/', '?');
    const segments = path.split('/').slice(1);
    if (segments[0] === '_control') {
      if (!isLoopback(request.socket.remoteAddress)) {
        return respond(response, {
          ...json(403, { title: 'Control calls are taken from this machine only.' }),
          headers: {},
        });
      }
      const control = {
        method: request.method ?? 'GET',
        segments: segments.slice(1).filter((segment) => segment !== ''),
        query: new URLSearchParams(query),
        text,
      };
      return respond(response, { ...answerControl(controlled, control), headers: {} });
    }
    const { storeHash, storePath } = addressed(path, request.headers['x-store-hash']);
    const answer = answerApi({
      store: stores.get(storeHash) ?? null,
      table,
      method: request.method ?? 'GET',
      storeHash,
      path: storePath,
      query,
      headers: request.headers,
      text,
      arrivedMs,
      nowMs: clock.nowMs(),
    });
    if (answer.latencyMs > 0) {
      // The delay lies before the effect: a slow store acts late as well.
      await sleep(answer.latencyMs, undefined, { ref: false });
    }
    const done = answer.run();
    if (answer.lateMs > 0) await sleep(answer.lateMs, undefined, { ref: false });
    if (done === null) request.socket.destroy();
    else respond(response, done, /\bgzip\b/.test(String(request.headers['accept-encoding'] ?? '')));
  };

  server.on('request', (request, response) => {
    handle(request, response).catch((error: unknown) => {
      const title = error instanceof Error ? error.message : 'The simulator failed.';
      if (response.headersSent) request.socket.destroy();
      else respond(response, { ...json(500, { status: 500, title }), headers: {} });
    });
  });

  let closing: Promise<void> | null = null;
  return {
    url,
    port: Number(new URL(url).port),
    store: (hash) => {
      const store = stores.get(hash);
      if (store === undefined) throw new RangeError(`The simulator has no store ${hash}.`);
      return store;
    },
    close: () => (closing ??= stop(server, [...stores.values()])),
  };
}

/** Which store a path speaks of: its own part says so, but B2B Edition's, on a host of its own, leaves it to a header. */
function addressed(
  path: string,
  hashHeader: string | string[] | undefined,
): { storeHash: string; storePath: string } {
  if (path.startsWith('/api/v3/io/'))
    return { storeHash: typeof hashHeader === 'string' ? hashHeader : '', storePath: path };
  const [first, storeHash = '', ...rest] = path.split('/').slice(1);
  return first === 'stores'
    ? { storeHash, storePath: `/${rest.join('/')}` }
    : { storeHash: '', storePath: path };
}

/** Whether a peer's address is this machine's own. */
export function isLoopback(address: string | undefined): boolean {
  return address !== undefined && /^(::ffff:)?127\.|^::1$/.test(address);
}

async function stop(server: Server, stores: readonly SimulatedStore[]): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  await closed;
  await Promise.all(stores.map((store) => store.state.hooks.delivery.close()));
}

function makeStore(
  options: SimulatedStoreOptions,
  clock: StoreClock,
  url: string,
  seed: number,
): SimulatedStore {
  const state = new StoreState({
    hash: options.storeHash,
    apiUrl: `${url}/stores/${options.storeHash}`,
    clock,
    catalog: seededCatalog(seed),
    traits: {
      name: options.name ?? 'Simulated store',
      weightUnits: options.weightUnits ?? 'KGS',
      currency: options.currency ?? 'USD',
      timezone: options.timezone ?? 'UTC',
      orderStatusEmails: options.orderStatusEmails ?? true,
      storefrontEmails: options.storefrontEmails ?? {},
      shipmentMovesStatus: options.shipmentMovesStatus ?? true,
      externalIdLagMs: options.externalIdLagMs ?? 0,
      staleReadMs: options.staleReadMs ?? 0,
    },
    quota: options.quota === undefined ? DEFAULT_QUOTA : options.quota,
    seed,
  });
  const store = new SimulatedStore(state);
  store.addToken(options);
  return store;
}

async function listen(server: Server, port: number, host: string): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The simulator listens on no port.');
  return `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`;
}

/** The body as text; null when it is too large. */
async function readBody(request: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  // Without an encoding set, a request yields buffers.
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= BODY_BYTES_MAX) chunks.push(chunk);
  }
  return bytes > BODY_BYTES_MAX ? null : Buffer.concat(chunks).toString('utf8');
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + separator.length)];
}

function respond(response: ServerResponse, answer: ApiAnswer, gzip = false): void {
  const headers: Record<string, string | number> = { ...answer.headers };
  if (answer.text === null) {
    if (answer.status !== 204) headers['Content-Length'] = 0;
    response.writeHead(answer.status, headers);
    response.end();
    return;
  }
  const plain = Buffer.from(answer.text, 'utf8');
  // The real API compresses where it is asked to; at the lowest level, because here only the form matters.
  const squeeze = gzip && plain.length >= GZIP_FROM_BYTES && !('Content-Encoding' in headers);
  const body = squeeze ? gzipSync(plain, { level: constants.Z_BEST_SPEED }) : plain;
  if (squeeze) headers['Content-Encoding'] = 'gzip';
  headers['Content-Type'] = answer.contentType ?? 'application/json';
  headers['Content-Length'] = body.length;
  response.sendDate = !('Date' in answer.headers);
  response.writeHead(answer.status, headers);
  response.end(body);
}
