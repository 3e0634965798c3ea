// What an import asks the store beside its list pages, counted by the simulated store: only what settings and orders need,
// in batches, and nothing twice.
import { ApplicationFailure } from '@temporalio/common';
import { afterEach, describe, expect, it } from 'vitest';
import { listDecisions } from '../../db/decisions.ts';
import { getRun } from '../../db/import-runs.ts';
import { getOrder } from '../../db/orders.ts';
import type { Order } from '../../domain/order.ts';
import { passQuotaTime } from '../support/stopped-clock.ts';
import {
  beginImportRun,
  CHANNEL,
  failureOf,
  importAll,
  openStoreSide,
  slice,
  type SideOptions,
  type StoreSide,
} from './store-side.ts';

let side: StoreSide;
afterEach(async () => {
  await side.close();
});
async function open(options: SideOptions = {}): Promise<void> {
  side = await openStoreSide(import.meta.url, options);
}
async function stored(orderId: number | undefined): Promise<Order> {
  const row = await getOrder(side.db, CHANNEL, orderId ?? 0);
  if (row === null) throw new Error(`order ${String(orderId)} is not stored`);
  return row.canonical;
}
/** Calls by path without ids, such as `GET /v2/orders`. */
function callsTo(part: string): number {
  return side.store.requests().list.filter((call) => call.path.includes(part)).length;
}

describe('a fresh channel (Q-19)', () => {
  it('takes in exactly 3, 8, 9, 11 and 14 of the fifteen statuses, and cash on delivery in 7', async () => {
    await open();
    const ids = side.store.addOrders([
      ...Array.from({ length: 15 }, (_, statusId) => ({ kind: 'plain', statusId })),
      { kind: 'cod' },
    ]);
    const run = await importAll(side);
    const rows = await side.db.sql<{ id: number; statusId: number }[]>`
      select order_id as id, status_id as "statusId" from orders order by order_id`;
    expect(rows.map((row) => row.statusId)).toEqual([3, 8, 9, 11, 14, 7]);
    expect(run.counts).toMatchObject({ seen: 16, created: 6, rejected: { default_exclude: 10 } });
    for (const statusId of [0, 1, 2, 4, 5, 6, 7, 10, 12, 13]) {
      const [decision] = await listDecisions(side.db, { channelId: CHANNEL, orderId: ids[statusId] ?? 0 });
      expect(decision).toMatchObject({
        outcome: 'rejected:default_exclude',
        detail: expect.stringContaining('orders.import.statuses.default_exclude') as string,
      });
    }
    const [cod] = await listDecisions(side.db, { channelId: CHANNEL, orderId: ids[15] ?? 0 });
    expect(cod?.detail).toContain('cash on delivery by payment method "Cash on Delivery"');
  });
});

describe('defaults', () => {
  it('cost no call beside the list: no catalog, no customs, no transactions of paid orders', async () => {
    await open();
    side.store.seed({ count: 290, seed: 3, kind: 'plain' });
    const run = await importAll(side);
    // Two pages, and one question for how many orders there are.
    expect(run.counts).toMatchObject({ created: 290, apiCalls: 3 });
    expect(callsTo('/count')).toBe(1);
  });

  it('ask for transactions only where an unpaid order may be cash on delivery, and keep what they say', async () => {
    await open();
    const [cod, bank, cancelled, paid] = side.store.addOrders([
      { kind: 'cod', paymentMethod: 'Contanti alla consegna' },
      { kind: 'awaiting_payment' },
      { kind: 'cancelled', paymentMethod: 'Contanti', paymentStatus: '' },
      { kind: 'plain' },
    ]);
    await importAll(side);
    expect(await stored(cod)).toMatchObject({
      isCod: true,
      codReason: 'gateway "cod"',
      payments: [{ gateway: 'cod', method: 'offline' }],
    });
    expect(await getOrder(side.db, CHANNEL, bank ?? 0)).toBeNull();
    expect(await getOrder(side.db, CHANNEL, cancelled ?? 0)).toBeNull();
    expect((await stored(paid)).payments).toBeNull();
    expect(callsTo('/transactions')).toBe(2);
  });

  it('read the refunds of all refunded orders in one call (I-74)', async () => {
    await open();
    const ids = side.store.addOrders([
      ...Array.from({ length: 3 }, () => ({ kind: 'partially_refunded' })),
      { kind: 'plain' },
    ]);
    await importAll(side);
    expect((await stored(ids[0])).refunds).toMatchObject([{ items: [{ kind: 'PRODUCT', quantity: 1 }] }]);
    expect((await stored(ids[3])).refunds).toBeNull();
    expect(callsTo('/refunds')).toBe(1);
  });
});

describe('images and weights', () => {
  it('are read once a run for each product, in batches', async () => {
    await open({ settings: { orders: { import: { images: { enabled: true } } } } });
    side.store.seed({ count: 300, seed: 5, kind: 'plain' });
    const [custom] = side.store.addOrders([{ kind: 'custom_line' }]);
    const run = await importAll(side);
    const lines = await side.db.sql<{ image: string | null; product: number }[]>`
      select line ->> 'imageUrl' as image, (line ->> 'productId')::int as product
      from orders, jsonb_array_elements(canonical -> 'lineItems') line`;
    expect(lines.length).toBeGreaterThan(300);
    for (const line of lines.filter(({ product }) => product > 0)) expect(line.image).toMatch(/^https:/);
    expect((await stored(custom)).lineItems.some((line) => line.imageUrl === null)).toBe(true);
    // Two list pages; each brings products that the other one did not have.
    expect(run.counts.apiCalls).toBeLessThanOrEqual(6);
  });

  it('of weightless lines are looked up before a default is used', async () => {
    await open({ settings: { orders: { import: { weight: { default: 0.5 } } } } });
    const [heavy, none] = side.store.addOrders([{ kind: 'plain' }, { kind: 'zero_weight' }]);
    await importAll(side);
    expect((await stored(heavy)).weight.source).toBe('line');
    expect(['product', 'none']).toContain((await stored(none)).weight.source);
    expect(callsTo('/catalog/products')).toBe(1);
    const [row] = await side.db.sql<
      { local: unknown }[]
    >`select local from orders where order_id = ${none ?? 0}`;
    expect(row?.local).toMatchObject({
      parcels: { count: 1, by: 'default' },
      weight: { value: '0.5000', unit: 'kg', by: 'default' },
    });
  });

  it('that the token may not read are left out, and the import goes on', async () => {
    await open({
      settings: { orders: { import: { images: { enabled: true } } } },
      store: { scopes: ['store_v2_orders_read_only'] },
    });
    side.store.seed({ count: 260, seed: 5, kind: 'plain' });
    const run = await importAll(side);
    expect(run.counts).toMatchObject({ created: 260 });
    // Asked once, refused, and not asked again in this run.
    expect(callsTo('/catalog/products')).toBe(1);
  });
});

/** The API's window of 30 s, made short: only the proportion counts. */
const LIMIT_WINDOW_MS = 2_000;

describe('a page whose details need 250 calls under a limit of 100 a window', () => {
  it('finishes, although the worker dies twice, and makes no call twice', { timeout: 240_000 }, async () => {
    await open({
      settings: { throttle: { limit: 100, window_seconds: LIMIT_WINDOW_MS / 1_000 } },
      store: { quota: null },
      // A slow machine would spread the calls by itself, and nothing would be refused.
      clockStands: true,
    });
    const ids = side.store.addOrders(
      Array.from({ length: 250 }, () => ({ kind: 'cod', paymentMethod: 'Contanti alla consegna' })),
    );
    const run = await beginImportRun(side);
    // The worker is lost after the details were kept and before the slice is stored, twice.
    await side.db.sql.unsafe(`
        create function lost() returns trigger language plpgsql as $$ begin raise exception 'the worker is lost'; end $$;
        create trigger lost before update on import_runs for each row execute function lost()`);
    for (let deaths = 0; deaths < 2; deaths += 1) {
      const failure = await failureOf(slice(side, run.id));
      expect(failure.type).not.toBe('BigCommerceRateLimited');
      await passQuotaTime(side.db, LIMIT_WINDOW_MS);
    }
    // Each attempt found what the one before had asked, and was asking for more while the first page was being stored.
    expect(callsTo('/transactions')).toBeGreaterThanOrEqual(50);
    await side.db.sql.unsafe('drop trigger lost on import_runs');
    let refused = 0;
    for (let done = false; !done;) {
      try {
        ({ done } = await slice(side, run.id));
      } catch (error) {
        if (!(error instanceof ApplicationFailure)) throw error;
        expect(error.type).toBe('BigCommerceRateLimited');
        refused += 1;
        await passQuotaTime(side.db, Math.max(50, Number(error.nextRetryDelay ?? 0)));
      }
    }
    expect(refused).toBeGreaterThan(0);
    expect((await getRun(side.db, run.id))?.cursor.phase).toBe('done');
    const asked = side.store
      .requests()
      .list.map((call) => call.path)
      .filter((path) => path.includes('/transactions'));
    expect(new Set(asked).size).toBe(asked.length);
    expect(asked).toHaveLength(ids.length);
    const [count] = await side.db.sql<{ n: number }[]>`
        select count(*)::int as n from orders where canonical ->> 'codReason' = 'gateway "cod"'`;
    expect(count?.n).toBe(ids.length);
  });
});

describe('what a connection check learned of the store', () => {
  const checked = async (store: object) => {
    const report = JSON.stringify({ store });
    await side.db.sql`update channels set last_check = ${report}::jsonb`;
  };

  it('gives weights their unit, and customs data to what leaves the country (S-35, X-10)', async () => {
    await open();
    await checked({ weightUnits: 'LBS', countryCode: 'US' });
    const [home] = side.store.addOrders([
      { kind: 'plain', shippingAddress: { country_iso2: 'US' } },
      { kind: 'plain', shippingAddress: { country_iso2: 'DE' } },
    ]);
    await importAll(side);
    expect((await stored(home)).weight.unit).toBe('lb');
    expect((await stored(home)).lineItems.every((line) => line.customs === null)).toBe(true);
    expect(callsTo('/customs-information')).toBe(1);
  });

  it('is overruled by a unit that the channel fixes', async () => {
    await open({ settings: { orders: { import: { weight: { store_unit: 'oz' } } } } });
    await checked({ weightUnits: 'LBS', countryCode: 'US' });
    const [id] = side.store.addOrders([{ kind: 'plain', shippingAddress: { country_iso2: 'US' } }]);
    await importAll(side);
    expect((await stored(id)).weight.unit).toBe('oz');
  });
});
