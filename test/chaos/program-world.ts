// What the stories of killed programs start from: a simulated store in this process, and Waybill's own programs as
// processes that share nothing with it but a database, a Temporal namespace and the store's address.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openDatabase, type Database } from '../../db/database.ts';
import {
  startSimulator,
  type SimulatedStore,
  type SimulatedStoreOptions,
  type Simulator,
} from '../../simulator/server.ts';
import {
  commandResult,
  startProgram,
  type ProgramEnvironment,
  type RunningProgram,
} from '../support/programs.ts';
import { databaseFor, namespaceFor } from '../support/servers.ts';

/** Settings of a channel that imports only what the test asks for: a full hour would bring an import otherwise. */
export const NO_SCHEDULED_IMPORT = [
  // The next one is a day after the channel was enabled.
  'orders.import.interval_minutes=1440',
  'orders.import.align_to_clock=false',
] as const;

/** Settings of a channel that writes a shipment with the label, Shipped with the parcel's way, Completed at its end. */
export const WRITES_EACH_STAGE = [
  'channel.profile=import_and_writeback',
  'throttle.limit=10000',
  'fulfillment.push_enabled=true',
  'fulfillment.status.shipped_on_writeback=false',
  'fulfillment.status.shipped_on_possession=true',
  'fulfillment.status.on_delivered=true',
] as const;

export interface StoreIdentity {
  storeHash: string;
  token: string;
}

export interface ProgramWorld {
  simulator: Simulator;
  store: SimulatedStore;
  db: Database;
  /** For commands. */
  environment: ProgramEnvironment;
  /** The present one of `startWorker`. */
  worker: RunningProgram;
  /** Kills the worker, if one runs, and starts the next. */
  nextWorker(): Promise<void>;
  /** As a person types it; the connection goes to the simulated store. */
  addChannel(id: string, settings: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

/** Opens everything but channels, with one worker; `stock` puts into the store what is there from the beginning. */
export async function openProgramWorld(
  file: string,
  options: StoreIdentity & {
    store?: Partial<SimulatedStoreOptions>;
    seed?: number;
    stock: (store: SimulatedStore) => void;
  },
): Promise<ProgramWorld> {
  const { storeHash, token, seed } = options;
  const home = await mkdtemp(path.join(tmpdir(), 'waybill-chaos-'));
  const simulator = await startSimulator({
    ...(seed === undefined ? {} : { seed }),
    stores: [{ storeHash, token, quota: null, ...options.store }],
  });
  const store = simulator.store(storeHash);
  options.stock(store);
  const [database, namespace] = await Promise.all([databaseFor(file), namespaceFor(file)]);
  const environment: ProgramEnvironment = {
    databaseUrl: database.url,
    temporalAddress: namespace.address,
    namespace: namespace.namespace,
    home,
  };
  const db = openDatabase(database.url, { max: 3 });
  const world: ProgramWorld = {
    simulator,
    store,
    db,
    environment,
    worker: await startWorker(environment),
    nextWorker: async () => {
      await world.worker.kill();
      world.worker = await startWorker(environment);
    },
    addChannel: (id, settings) => addChannel(environment, simulator, { ...options, id, settings }),
    close: async () => {
      await world.worker.kill();
      await db.close();
      await simulator.close();
      await rm(home, { recursive: true, force: true });
    },
  };
  return world;
}

export function startWorker(environment: ProgramEnvironment): Promise<RunningProgram> {
  return startProgram(['worker'], environment, /ready|polling/i);
}

/** `waybill channel add`, which checks the connection and enables the channel. */
export async function addChannel(
  environment: ProgramEnvironment,
  simulator: Simulator,
  channel: StoreIdentity & { id: string; settings: readonly string[] },
): Promise<void> {
  const { id, storeHash, token } = channel;
  const settings = [`connection.api_base_url=${simulator.url}`, ...channel.settings];
  await commandResult(
    [
      ...['channel', 'add', id, '--store-hash', storeHash, '--token', token, '--name', id],
      ...settings.flatMap((setting) => ['--set', setting]),
    ],
    environment,
  );
}
