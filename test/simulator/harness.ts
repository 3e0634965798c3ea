// A running simulator with one store for tests, and a plain HTTP client for it that knows nothing of our product.
import { startSimulator } from '../../simulator/server.ts';
import type { SimulatedStore, SimulatedStoreOptions, Simulator } from '../../simulator/server.ts';

/** An answer as it came; `json` is undefined when the body is empty or no JSON. */
export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly json: unknown;
}

/** One store and ways to talk to it. */
export interface Bench {
  readonly simulator: Simulator;
  readonly store: SimulatedStore;
  readonly api: (
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ) => Promise<Reply>;
  readonly control: (method: string, path: string, body?: unknown) => Promise<Reply>;
  readonly close: () => Promise<void>;
}

/** Sends one request. Rejects when the connection breaks. */
export async function send(
  url: string,
  method: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Reply> {
  const response = await fetch(url, {
    method,
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    json = undefined;
  }
  return { status: response.status, headers: response.headers, text, json };
}

/** Starts a simulator with one store, without rate limit unless asked for. */
export async function startBench(options: Partial<SimulatedStoreOptions> = {}): Promise<Bench> {
  const storeHash = options.storeHash ?? 'teststore1';
  const token = options.token ?? 'token-1';
  const simulator = await startSimulator({ stores: [{ quota: null, ...options, storeHash, token }] });
  return {
    simulator,
    store: simulator.store(storeHash),
    api: (method, path, body, headers) =>
      send(`${simulator.url}/stores/${storeHash}${path}`, method, body, {
        'X-Auth-Token': token,
        ...headers,
      }),
    control: (method, path, body) => send(`${simulator.url}/_control${path}`, method, body),
    close: () => simulator.close(),
  };
}

/** Narrows parsed JSON to a list of objects; fails loudly otherwise. */
export function rows(json: unknown): Record<string, unknown>[] {
  if (!Array.isArray(json)) throw new Error(`expected a list, got ${JSON.stringify(json)}`);
  return json.map((row) => record(row));
}

/** Narrows parsed JSON to an object; fails loudly otherwise. */
export function record(json: unknown): Record<string, unknown> {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new Error(`expected an object, got ${JSON.stringify(json)}`);
  }
  return { ...json };
}

/** The rows of a V3 list. */
export function data(json: unknown): Record<string, unknown>[] {
  return rows(record(json)['data']);
}

/** The line items of an order's first shipping consignment. */
export function lines(order: Record<string, unknown>): Record<string, unknown>[] {
  const consignments = record(order['consignments']);
  return rows(record(rows(consignments['shipping'])[0])['line_items']);
}
