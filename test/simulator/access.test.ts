// Who may call and how often: tokens, scopes, store hashes, quota and its headers.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isLoopback } from '../../simulator/server.ts';
import { data, record, rows, send, startBench } from './harness.ts';
import type { Bench } from './harness.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await startBench();
  bench.store.addOrders([{ id: 100 }]);
});
afterAll(() => bench.close());

const as = (token: string): Record<string, string> => ({ 'X-Auth-Token': token });

describe('tokens', () => {
  it('an unknown, missing or revoked token answers 401 with the V3 body', async () => {
    for (const headers of [as('wrong'), { 'X-Auth-Token': '' }]) {
      const reply = await bench.api('GET', '/v2/orders', undefined, headers);
      expect(reply.status).toBe(401);
      expect(String(record(reply.json)['title'])).toContain('not a valid combination for this store');
    }
    bench.store.addToken({ token: 'short-lived' });
    expect((await bench.api('GET', '/v2/time', undefined, as('short-lived'))).status).toBe(200);
    await bench.control('DELETE', '/stores/teststore1/tokens/short-lived');
    expect((await bench.api('GET', '/v2/time', undefined, as('short-lived'))).status).toBe(401);
  });

  it('a well-formed unknown hash answers 401, a malformed one 403', async () => {
    const at = (hash: string): string => `${bench.simulator.url}/stores/${hash}/v2/time`;
    expect((await send(at('nosuchstore'), 'GET', undefined, as('token-1'))).status).toBe(401);
    expect((await send(at('store-abc'), 'GET', undefined, as('token-1'))).status).toBe(403);
  });
});

describe('scopes', () => {
  it('a read-only token reads and fails only at the first write', async () => {
    bench.store.addToken({ token: 'reader', scopes: ['store_v2_orders_read_only'] });
    expect((await bench.api('GET', '/v2/orders', undefined, as('reader'))).status).toBe(200);
    const write = await bench.api('PUT', '/v2/orders/100', { staff_notes: 'x' }, as('reader'));
    expect(write.status).toBe(403);
    expect(rows(write.json)[0]?.['message']).toContain('required scope');
  });

  it('orders do not cover transactions, products, customers, information or pickups', async () => {
    bench.store.addToken({ token: 'orders-only', scopes: ['store_v2_orders'] });
    for (const path of [
      '/v3/orders/100/transactions',
      '/v3/catalog/products',
      '/v3/customers',
      '/v2/store',
      '/v3/orders/pickups',
      '/v3/channels',
    ]) {
      const reply = await bench.api('GET', path, undefined, as('orders-only'));
      expect([path, reply.status]).toEqual([path, 403]);
    }
    expect(
      record((await bench.api('GET', '/v3/customers', undefined, as('orders-only'))).json),
    ).toMatchObject({
      status: 403,
      title: "You don't have a required scope to access the endpoint",
      errors: {},
    });
  });

  it('webhooks need no scope; refunds take orders or transactions; pickups their own pair', async () => {
    bench.store.addToken({ token: 'nothing', scopes: [] });
    expect((await bench.api('GET', '/v3/hooks', undefined, as('nothing'))).status).toBe(200);
    for (const scope of ['store_v2_orders_read_only', 'store_v2_transactions_read_only']) {
      bench.store.addToken({ token: scope, scopes: [scope] });
      expect(
        (await bench.api('GET', '/v3/orders/payment_actions/refunds', undefined, as(scope))).status,
      ).toBe(200);
    }
    bench.store.addToken({ token: 'pickups', scopes: ['store_order_fulfillment_read_only'] });
    expect((await bench.api('GET', '/v3/orders/pickups', undefined, as('pickups'))).status).toBe(200);
    expect((await bench.api('POST', '/v3/orders/pickups', [], as('pickups'))).status).toBe(403);
  });

  it('hooks and app-only metafields of one client are invisible to another', async () => {
    bench.store.addToken({ token: 'second', clientId: 'other-client' });
    await bench.api('POST', '/v3/hooks', { scope: 'store/order/*', destination: 'https://hooks.example/a' });
    expect(data((await bench.api('GET', '/v3/hooks', undefined, as('second'))).json)).toEqual([]);
    const field = { permission_set: 'app_only', namespace: 'n', key: 'k', value: 'v' };
    await bench.api('POST', '/v3/orders/100/metafields', field);
    expect(data((await bench.api('GET', '/v3/orders/100/metafields', undefined, as('second'))).json)).toEqual(
      [],
    );
    expect((await bench.api('POST', '/v3/orders/100/metafields', field, as('second'))).status).toBe(200);
  });
});

describe('quota', () => {
  it('every answer carries the four headers, and the one above the quota is a 429 with the wait', async () => {
    const tight = await startBench({ quota: { requests: 3, windowMs: 30_000 } });
    try {
      const left: (string | null)[] = [];
      for (let call = 0; call < 3; call += 1) {
        const reply = await tight.api('GET', '/v2/time');
        expect(reply.status).toBe(200);
        left.push(reply.headers.get('x-rate-limit-requests-left'));
      }
      expect(left).toEqual(['2', '1', '0']);
      const over = await tight.api('GET', '/v2/orders/1');
      expect(over.status).toBe(429);
      expect(over.headers.get('x-rate-limit-requests-quota')).toBe('3');
      expect(over.headers.get('x-rate-limit-time-window-ms')).toBe('30000');
      const reset = Number(over.headers.get('x-rate-limit-time-reset-ms'));
      expect(reset).toBeGreaterThan(20_000);
      expect(reset).toBeLessThanOrEqual(30_000);
      expect(tight.store.requests()).toMatchObject({ total: 4, maxInAnyWindow: 4 });
      expect(
        (await tight.api('GET', '/v2/time', undefined, as('wrong'))).headers.has(
          'x-rate-limit-requests-left',
        ),
      ).toBe(true);
    } finally {
      await tight.close();
    }
  });

  it('a new window opens after the real time has passed, whatever the stores clock says', async () => {
    // Long enough that three calls of a busy machine lie in it.
    const tight = await startBench({ quota: { requests: 1, windowMs: 5_000 } });
    try {
      tight.store.setClock({ freeze: true });
      expect((await tight.api('GET', '/v2/time')).status).toBe(200);
      expect((await tight.api('GET', '/v2/time')).status).toBe(429);
      tight.store.setClock({ advanceMs: 3_600_000 });
      expect((await tight.api('GET', '/v2/time')).status).toBe(429);
      await expect
        .poll(async () => (await tight.api('GET', '/v2/time')).status, { timeout: 60_000 })
        .toBe(200);
    } finally {
      await tight.close();
    }
  });

  it('the quota belongs to the store: all tokens and other apps take from it', async () => {
    const shared = await startBench({ quota: { requests: 10, windowMs: 30_000 } });
    try {
      shared.store.addToken({ token: 'second' });
      await shared.api('GET', '/v2/time');
      await shared.control('POST', '/stores/teststore1/quota/spend', { requests: 5 });
      const reply = await shared.api('GET', '/v2/time', undefined, as('second'));
      expect(reply.headers.get('x-rate-limit-requests-left')).toBe('3');
    } finally {
      await shared.close();
    }
  });

  it('without a rate limit there are no such headers', async () => {
    const reply = await bench.api('GET', '/v2/time');
    expect([...reply.headers.keys()].filter((name) => name.startsWith('x-rate-limit'))).toEqual([]);
  });
});

describe('the control API', () => {
  it('takes calls from this machine only', () => {
    expect(['127.0.0.1', '::1', '::ffff:127.0.0.1'].map(isLoopback)).toEqual([true, true, true]);
    expect(['10.0.0.7', '::ffff:192.0.2.1', 'fe80::1', undefined].map(isLoopback)).toEqual([
      false,
      false,
      false,
      false,
    ]);
  });
});
