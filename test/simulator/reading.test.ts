// What an importer reads beside the orders, as the published description has it, asked without our client.
import { request } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { data, record, startBench } from './harness.ts';
import type { Bench } from './harness.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await startBench();
  bench.store.seed({ count: 20, kind: 'mixed', startId: 100 });
});
afterAll(() => bench.close());

describe('answers', () => {
  /** The answer as it is on the wire: fetch would unpack it. */
  const bytes = (path: string, encoding?: string): Promise<{ encoding: string | undefined; body: Buffer }> =>
    new Promise((resolve, reject) => {
      const headers = {
        'x-auth-token': 'token-1',
        ...(encoding === undefined ? {} : { 'accept-encoding': encoding }),
      };
      request(`${bench.simulator.url}/stores/teststore1${path}`, { headers }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () =>
          resolve({ encoding: response.headers['content-encoding'], body: Buffer.concat(chunks) }),
        );
      })
        .on('error', reject)
        .end();
    });

  it('are compressed for who asks for it, and the same then', async () => {
    const plain = await bytes('/v2/orders?limit=20');
    const packed = await bytes('/v2/orders?limit=20', 'gzip, deflate, br');
    expect(plain.encoding).toBeUndefined();
    expect(packed.encoding).toBe('gzip');
    expect(packed.body.length).toBeLessThan(plain.body.length / 2);
    expect(gunzipSync(packed.body).toString()).toBe(plain.body.toString());
  });

  it('too short to be worth it are never compressed', async () => {
    expect((await bytes('/v2/time', 'gzip')).encoding).toBeUndefined();
  });
});

describe('pickup methods', () => {
  it('are listed, filtered and sorted', async () => {
    const names = async (query: string): Promise<unknown[]> =>
      data((await bench.api('GET', `/v3/pickup/methods${query}`)).json).map((row) => row['display_name']);
    expect(await names('')).toEqual(['Collect at the shop', 'Collect at the warehouse']);
    expect(await names('?sort=name:desc')).toEqual(['Collect at the warehouse', 'Collect at the shop']);
    expect(await names('?id:in=2')).toEqual(['Collect at the warehouse']);
    expect(await names('?page=2')).toEqual([]);
  });
});

describe('metafields of variants', () => {
  it('are asked for many variants at once, by namespace and key', async () => {
    const variants = data(
      (await bench.api('GET', '/v3/catalog/variants?product_id:in=77,79&limit=250')).json,
    );
    const ids = variants.map((row) => String(row['id'])).join(',');
    const fields = data(
      (
        await bench.api(
          'GET',
          `/v3/catalog/variants/metafields?resource_id:in=${ids}&namespace=warehouse&key=shelf`,
        )
      ).json,
    );
    // The tote has a base variant only, the scarf three of its own.
    expect(fields).toHaveLength(3);
    expect(fields.every((field) => field['resource_type'] === 'variant')).toBe(true);
    const none = await bench.api('GET', '/v3/catalog/variants/metafields?namespace=nobody');
    expect([none.status, data(none.json)]).toEqual([200, []]);
  });
});

describe('settings', () => {
  it('of a storefront are null where the ones of the store count', async () => {
    for (const path of ['/v3/settings/email-statuses', '/v3/settings/inventory']) {
      const store = record(record((await bench.api('GET', path)).json)['data']);
      const storefront = record(record((await bench.api('GET', `${path}?channel_id=2`)).json)['data']);
      expect(Object.keys(storefront)).toEqual(Object.keys(store));
      expect(new Set(Object.values(storefront))).toEqual(new Set([null]));
    }
  });
});

describe('a fault by status', () => {
  it('answers that status in the shape of the version, and does nothing', async () => {
    bench.store.setFaults([{ fault: 'status', status: 422, match: { method: 'PUT' } }]);
    const v2 = await bench.api('PUT', '/v2/orders/100', { staff_notes: 'x' });
    expect([v2.status, Array.isArray(v2.json)]).toEqual([422, true]);
    bench.store.setFaults([{ fault: 'status', status: 418 }]);
    const v3 = await bench.api('GET', '/v3/hooks');
    expect([v3.status, record(v3.json)['status']]).toEqual([418, 418]);
    bench.store.clearFaults();
    expect(record((await bench.api('GET', '/v2/orders/100')).json)['staff_notes']).not.toBe('x');
    expect(bench.store.writes()).toEqual([]);
  });

  it('that is a redirect points to a place which nobody may follow', async () => {
    const reply = await bench.control('PUT', '/stores/teststore1/faults', [{ fault: 'status', status: 302 }]);
    expect(reply.status).toBeLessThan(300);
    const response = await fetch(`${bench.simulator.url}/stores/teststore1/v2/time`, {
      headers: { 'x-auth-token': 'token-1' },
      redirect: 'manual',
    });
    expect([response.status, response.headers.get('location')]).toEqual([302, 'https://elsewhere.example/']);
    bench.store.clearFaults();
  });
});
