// Families that only show whether a token may read them: each lets its own scope in and refuses every other token.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ALL_SCOPES } from '../../simulator/scopes.ts';
import { startBench, send } from './harness.ts';
import type { Bench } from './harness.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await startBench();
});
afterAll(() => bench.close());

const NOBODY = '00000000-0000-4000-8000-000000000000';
const FAMILIES: readonly (readonly [string, string, number])[] = [
  ['/v2/coupons?limit=1', 'store_v2_marketing', 204],
  ['/v3/content/scripts', 'store_v2_content', 200],
  ['/v3/themes', 'store_themes_manage', 200],
  [`/v3/carts/${NOBODY}`, 'store_cart', 404],
  [`/v3/checkouts/${NOBODY}`, 'store_checkout', 404],
  ['/v3/pickup/methods', 'store_fulfillment_methods_manage', 200],
  ['/v3/payments/methods?order_id=100', 'store_payments_methods_read', 200],
  ['/v3/inventory/items?limit=1', 'store_inventory', 200],
  ['/v3/inventory/locations?limit=1', 'store_locations', 200],
  ['/v3/channels', 'store_channel_settings', 200],
  ['/v3/channels/1/listings?limit=1', 'store_channel_listings', 200],
  ['/v3/sites?limit=1', 'store_sites', 200],
];

describe('a family of the API', () => {
  it.each(FAMILIES)('%s is open to %s alone', async (path, scope, status) => {
    bench.store.addToken({ token: `only-${scope}`, scopes: [scope] });
    bench.store.addToken({ token: `all-but-${scope}`, scopes: ALL_SCOPES.filter((name) => name !== scope) });
    const as = async (token: string): Promise<number> =>
      (await bench.api('GET', path, undefined, { 'X-Auth-Token': token })).status;
    expect([await as(`only-${scope}`), await as(`all-but-${scope}`)]).toEqual([status, 403]);
  });

  it('B2B Edition is asked without a store in its path, by a header that names the store', async () => {
    const url = `${bench.simulator.url}/api/v3/io/companies?limit=1`;
    const ask = async (token: string, hash: string): Promise<number> =>
      (await send(url, 'GET', undefined, { 'X-Auth-Token': token, 'X-Store-Hash': hash })).status;
    bench.store.addToken({ token: 'b2b', scopes: ['store_b2b_edition'] });
    bench.store.addToken({ token: 'no-b2b', scopes: ['store_v2_orders'] });
    expect(await ask('b2b', 'teststore1')).toBe(200);
    expect(await ask('no-b2b', 'teststore1')).toBe(403);
    expect(await ask('b2b', 'otherstore')).toBe(401);
  });

  it('accepted payment methods want an order or a checkout', async () => {
    expect((await bench.api('GET', '/v3/payments/methods')).status).toBe(400);
  });
});

describe('a token of a legacy account', () => {
  it('works for V2 and is unknown to V3', async () => {
    bench.store.addToken({ token: 'legacy', v2Only: true });
    const as = async (path: string): Promise<number> =>
      (await bench.api('GET', path, undefined, { 'X-Auth-Token': 'legacy' })).status;
    expect([await as('/v2/time'), await as('/v2/orders'), await as('/v3/catalog/products')]).toEqual([
      200, 204, 401,
    ]);
  });
});
