// The simulator as a program of its own, for the command line: starts it with one store and says how to reach it.
import { startSimulator } from './server.ts';
import type { Simulator } from './server.ts';

/** What the command line asks for. */
export interface RunSimulatorOptions {
  readonly port: number;
  readonly host: string;
  readonly storeHash: string;
  readonly token: string;
  /** Orders of every kind to begin with. */
  readonly orders: number;
  readonly seed: number;
  /** Null switches the rate limit off. */
  readonly quota: { requests: number; windowMs: number } | null;
}

/** Starts the simulator with one store and seeded orders, and writes its addresses line by line. Close what it returns. */
export async function runSimulator(
  options: RunSimulatorOptions,
  out: { write(line: string): void },
): Promise<Simulator> {
  const { storeHash, token, quota } = options;
  const simulator = await startSimulator({
    port: options.port,
    host: options.host,
    seed: options.seed,
    stores: [{ storeHash, token, quota }],
  });
  if (options.orders > 0) simulator.store(storeHash).seed({ count: options.orders, seed: options.seed });
  out.write(`Simulated store ${storeHash} with ${options.orders} orders (seed ${options.seed})`);
  out.write(`  API      ${simulator.url}/stores/${storeHash}/v2/orders`);
  out.write(`  token    X-Auth-Token: ${token}`);
  out.write(`  control  ${simulator.url}/_control/stores/${storeHash}`);
  out.write(
    quota === null
      ? '  quota    off'
      : `  quota    ${quota.requests} requests per ${quota.windowMs / 1000} s`,
  );
  return simulator;
}
