// What each setting that makes an import ask for more costs in calls, against the same store without it.
import { startSimulator } from '../../simulator/server.ts';
import { benchDeps, runImport } from './import-run.ts';
import { openBenchDatabase, STORE_HASH, TOKEN, type BenchPostgres } from './installation.ts';
import type { Report } from './report.ts';

const CHANNEL = 'bench';

/** Settings of `orders.import` and `pudo`: nothing that asks for details, so that each can be told apart. */
const NOTHING = { cod: { gateway_codes: [] }, hs_code: { sources: ['option'] } };

interface Wish {
  /** Behind `import.calls-per-order.`. */
  name: string;
  orders: Record<string, unknown>;
  pudo?: Record<string, unknown>;
  what: string;
}

const WISHES: readonly Wish[] = [
  {
    name: 'images',
    orders: { images: { enabled: true } },
    what: 'orders.import.images.enabled: the catalog, each product once, many in one call',
  },
  {
    name: 'customs',
    orders: { hs_code: { sources: ['option', 'customs_information'] } },
    what: 'orders.import.hs_code.sources with customs_information: products that leave the country, each once',
  },
  {
    name: 'transactions',
    orders: { cod: { gateway_codes: ['cod'] } },
    what: 'orders.import.cod.gateway_codes: one call for each unpaid order that no name tells of',
  },
  {
    name: 'weights',
    orders: { weight: { default: 0.5 } },
    what: 'orders.import.weight.default: products of lines without a weight, each once',
  },
  {
    name: 'hs-codes',
    orders: { hs_code: { sources: ['product_metafield'], metafield: 'customs.hs_code' } },
    what: 'orders.import.hs_code.metafield: metafields of products that leave the country, each once, many in one call',
  },
  {
    name: 'customers',
    orders: { customers: { read: true } },
    what: 'orders.import.customers.read: registered customers, each once, many in one call',
  },
  {
    name: 'pickup-points',
    orders: {},
    pudo: {
      enabled: true,
      sources: [{ where: 'order_metafield', namespace: 'pudo', key: 'point' }],
    },
    what: 'pudo.sources with order_metafield: the metafields of the orders that travel',
  },
];

export const SETTINGS_DATABASES = ['calls_nothing', ...WISHES.map(({ name }) => databaseOf(name))] as const;

function databaseOf(name: string): string {
  return `calls_${name.replaceAll('-', '_')}`;
}

/** Imports a store of every kind of order once without and once with each of the settings. */
export async function benchSettingsCalls(
  report: Report,
  postgres: BenchPostgres,
  size: number,
): Promise<void> {
  const simulator = await startSimulator({ stores: [{ storeHash: STORE_HASH, token: TOKEN, quota: null }] });
  try {
    simulator.store(STORE_HASH).seed({ count: size, seed: 7 });
    const callsWith = (database: string, wish: Omit<Wish, 'name' | 'what'>): Promise<number> =>
      callsOf(postgres.server.urlOf(database), simulator.url, wish);
    const nothing = await callsWith('calls_nothing', { orders: {} });
    for (const { name, what, ...wish } of WISHES) {
      report.add({
        name: `import.calls-per-order.${name}`,
        size,
        measured: (await callsWith(databaseOf(name), wish)) / size,
        baseline: nothing / size,
        unit: 'calls/order',
        beside: `${what}; a store of every kind of order, baseline without the setting`,
      });
    }
  } finally {
    await simulator.close();
  }
}

async function callsOf(
  databaseUrl: string,
  apiUrl: string,
  { orders, pudo = {} }: Omit<Wish, 'name' | 'what'>,
): Promise<number> {
  const settings = { orders: { import: { ...NOTHING, ...orders } }, pudo };
  const db = await openBenchDatabase(databaseUrl, { id: CHANNEL, apiUrl, settings });
  try {
    // The store's country is known from a connection check; customs information is asked for what leaves it.
    await db.sql`update channels set last_check = '{"store": {"countryCode": "AU"}}'::jsonb`;
    const { counts } = await runImport(benchDeps(db), CHANNEL);
    await db.sql`truncate orders, decisions, outbox, hints, import_runs, import_watermarks, import_details`;
    await db.sql`delete from channels`;
    return counts.apiCalls;
  } finally {
    await db.close();
  }
}
