// Faults: each kind does what it says, and the store knows whether the effect happened.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { record, startBench } from './harness.ts';
import type { Bench } from './harness.ts';

let bench: Bench;
let order: number;
beforeEach(async () => {
  bench = await startBench();
  order = bench.store.addOrders([{}])[0] ?? 0;
});
afterEach(() => bench.close());

const put = (): ReturnType<Bench['api']> => bench.api('PUT', `/v2/orders/${order}`, { status_id: 9 });
const status = (): unknown => record(bench.store.order(order)['order'])['status_id'];

describe('faults without effect', () => {
  it.each([
    ['500', 500],
    ['503', 503],
    ['401', 401],
    ['403', 403],
    ['429', 429],
    ['429-no-headers', 429],
  ] as const)('%s answers %i and changes nothing', async (fault, code) => {
    bench.store.setFaults([{ fault }]);
    expect((await put()).status).toBe(code);
    expect(status()).toBe(11);
    expect(bench.store.writes()).toEqual([]);
  });

  it('429 says how long to wait, 429-no-headers says nothing', async () => {
    bench.store.setFaults([{ fault: '429', times: 1, resetMs: 250 }, { fault: '429-no-headers' }]);
    const withHeaders = await put();
    expect(withHeaders.headers.get('x-rate-limit-time-reset-ms')).toBe('250');
    expect(withHeaders.headers.get('x-rate-limit-requests-left')).toBe('0');
    const without = await put();
    expect([...without.headers.keys()].some((name) => name.startsWith('x-rate'))).toBe(false);
    expect(without.text).toBe('');
  });

  it('cut-before breaks the connection before anything happens', async () => {
    bench.store.setFaults([{ fault: 'cut-before' }]);
    await expect(put()).rejects.toThrow();
    expect(status()).toBe(11);
  });
});

describe('faults after the effect', () => {
  it('cut-after breaks the connection although the write happened', async () => {
    bench.store.setFaults([{ fault: 'cut-after' }]);
    await expect(put()).rejects.toThrow();
    expect(status()).toBe(9);
    expect(bench.store.writes()).toHaveLength(1);
    expect(bench.store.requests().list.at(-1)).toMatchObject({ method: 'PUT', status: 0 });
  });

  it('late-answer makes the caller wait although the write happened', async () => {
    bench.store.setFaults([{ fault: 'late-answer', latencyMs: 200 }]);
    const answered = put();
    await vi.waitFor(() => expect(status()).toBe(9), { timeout: 30_000 });
    expect((await answered).status).toBe(200);
  });

  it('504-after answers like a gateway although the write happened', async () => {
    bench.store.setFaults([{ fault: '504-after' }]);
    expect((await put()).status).toBe(504);
    expect(status()).toBe(9);
  });

  it.each(['wrong-json', 'truncated-json', 'html', 'empty-200'] as const)(
    '%s damages the answer only',
    async (fault) => {
      bench.store.setFaults([{ fault }]);
      const reply = await put();
      expect(reply.status).toBe(200);
      expect(status()).toBe(9);
      if (fault === 'wrong-json') expect(reply.json).toEqual({ unexpected: 'shape' });
      else expect(reply.json).toBeUndefined();
    },
  );
});

describe('rules', () => {
  it('match method and path with query, skip some, strike some times', async () => {
    bench.store.setFaults([
      { match: { method: 'GET', path: '/v2/orders\\?.*page=2' }, fault: '500', skip: 1, times: 1 },
    ]);
    const seen: number[] = [];
    for (let call = 0; call < 4; call += 1)
      seen.push((await bench.api('GET', '/v2/orders?limit=1&page=2')).status);
    expect(seen).toEqual([204, 500, 204, 204]);
    expect((await bench.api('GET', '/v2/orders')).status).toBe(200);
    expect((await put()).status).toBe(200);
  });

  it('the same seed strikes the same requests', async () => {
    const strike = async (): Promise<number[]> => {
      bench.store.setFaults([{ fault: '500', probability: 0.5 }]);
      const seen: number[] = [];
      for (let call = 0; call < 20; call += 1) seen.push((await bench.api('GET', '/v2/time')).status);
      return seen;
    };
    const first = await strike();
    expect(new Set(first)).toEqual(new Set([200, 500]));
    expect(await strike()).toEqual(first);
  });

  it('latency delays and lets later rules decide', async () => {
    bench.store.setFaults([
      { fault: 'latency', latencyMs: 120 },
      { fault: '503', times: 1 },
    ]);
    const started = performance.now();
    expect((await bench.api('GET', '/v2/time')).status).toBe(503);
    expect(performance.now() - started).toBeGreaterThan(110);
    expect((await bench.api('GET', '/v2/time')).status).toBe(200);
  });

  it('come and go over the control API, and unknown faults are refused', async () => {
    const path = '/stores/teststore1/faults';
    expect((await bench.control('PUT', path, [{ fault: '500' }])).status).toBe(200);
    expect((await bench.api('GET', '/v2/time')).status).toBe(500);
    expect((await bench.control('GET', path)).json).toEqual([{ fault: '500', seen: 1, hits: 1 }]);
    await bench.control('DELETE', path);
    expect((await bench.api('GET', '/v2/time')).status).toBe(200);
    expect((await bench.control('PUT', path, [{ fault: '418' }])).status).toBe(400);
    expect((await bench.control('PUT', path, [{ fault: '500', match: { path: '(' } }])).status).toBe(400);
  });
});
