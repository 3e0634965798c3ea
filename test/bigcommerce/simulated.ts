// Our client against the simulated store: the two readings of the API meet here.
import { createStoreClient, type StoreClient } from '../../bigcommerce/client.ts';
import { StoreError } from '../../bigcommerce/errors.ts';
import { startBench, type Bench } from '../simulator/harness.ts';

export interface SimulatedSide {
  bench: Bench;
  client: StoreClient;
  /** The same store through another API account. */
  as(token: string): StoreClient;
}

/** A client of a store at this address. */
export function clientAt(apiBaseUrl: string, storeHash = 'abc123', token = 'tok'): StoreClient {
  return createStoreClient({
    apiBaseUrl,
    storeHash,
    token,
    timeoutMs: 10_000,
    userAgent: 'Waybill/test',
    allowLoopback: true,
    extraHosts: [],
  });
}

export async function simulatedSide(options: Parameters<typeof startBench>[0] = {}): Promise<SimulatedSide> {
  const bench = await startBench(options);
  const as = (token: string): StoreClient =>
    clientAt(bench.simulator.url, options.storeHash ?? 'teststore1', token);
  return { bench, client: as(options.token ?? 'token-1'), as };
}

/** The store error that a call ends with; fails loudly when there is none. */
export async function storeErrorOf(promise: Promise<unknown>): Promise<StoreError> {
  const error: unknown = await promise.then(
    () => new Error('did not fail'),
    (caught: unknown) => caught,
  );
  if (!(error instanceof StoreError)) throw error;
  return error;
}
