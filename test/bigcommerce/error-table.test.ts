// Every row of the table of failures, over HTTP: what the store does, what our client makes of it, and what follows.
import type { ApplicationFailure } from '@temporalio/common';
import { readFileSync } from 'node:fs';
import { Agent as HttpsAgent } from 'node:https';
import { createServer as createTcpServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { failureOf, FAILURES } from '../../activities/failures.ts';
import { createStoreClient, type StoreClient, type StoreClientOptions } from '../../bigcommerce/client.ts';
import { STORE_FAILURES, type StoreFailure } from '../../bigcommerce/error-rows.ts';
import { failureOfError, failureOfStatus, isTriedAgain } from '../../bigcommerce/error-table.ts';
import { STORE_ERROR_CODES, STORE_ERROR_REASONS, StoreError } from '../../bigcommerce/errors.ts';
import type { FaultRule } from '../../simulator/faults.ts';
import { startBench, type Bench } from '../simulator/harness.ts';

const TOKEN = 'tok-very-secret';
let bench: Bench;
beforeAll(async () => {
  bench = await startBench({ token: TOKEN });
  bench.store.seed({ count: 30, kind: 'plain', startId: 100 });
});
afterAll(() => bench.close());
afterEach(() => bench.store.clearFaults());

const client = (more: Partial<StoreClientOptions> = {}): StoreClient =>
  createStoreClient({
    apiBaseUrl: bench.simulator.url,
    storeHash: 'teststore1',
    token: TOKEN,
    timeoutMs: 20_000,
    userAgent: 'Waybill/test',
    allowLoopback: true,
    extraHosts: ['no-such-host.invalid'],
    ...more,
  });

const read = (): Promise<unknown> => client().storeInformation();
const under = (...rules: FaultRule[]) => {
  bench.store.setFaults(rules);
  return read();
};

/** How each row comes about. A row without an entry, or an entry without a row, fails the first test. */
const CAUSES: Record<string, (() => Promise<unknown>)[]> = {
  unauthorized: [() => under({ fault: '401' }), () => client({ token: 'another' }).storeTime()],
  forbidden: [() => under({ fault: '403' })],
  not_found: [() => client().getOrder(999_999)],
  conflict: [() => under({ fault: 'status', status: 409 })],
  too_many_rows: [() => under({ fault: 'status', status: 413 })],
  rate_limited: [() => under({ fault: '429', resetMs: 1_500 }), () => under({ fault: '429-no-headers' })],
  redirect: [301, 302, 304, 307, 308].map((status) => () => under({ fault: 'status', status })),
  locked: [() => under({ fault: 'status', status: 423 })],
  connection_given_up: [408, 499].map((status) => () => under({ fault: 'status', status })),
  maintenance: [() => under({ fault: '503' })],
  plan_limit: [() => under({ fault: 'status', status: 507 })],
  server_error: [
    () => under({ fault: '500' }),
    () => under({ fault: '504-after' }),
    () => under({ fault: 'status', status: 502 }),
    () => under({ fault: 'status', status: 599 }),
  ],
  refused: [400, 402, 405, 406, 410, 415, 418, 422].map((status) => () => under({ fault: 'status', status })),
  address: [
    () => Promise.resolve().then(() => client({ apiBaseUrl: 'http://api.bigcommerce.com' }).storeTime()),
  ],
  unusable_token: [() => client({ token: '' }).storeTime(), () => client({ token: 'a\nb' }).storeTime()],
  dns: [
    // A resolver of the test's own: the machine's may be slow to say that it knows nothing.
    () => {
      const agent = new HttpsAgent({
        lookup: (_host, _options, done) =>
          done(Object.assign(new Error('no such host'), { code: 'ENOTFOUND' }), ''),
      });
      return client({ apiBaseUrl: 'https://no-such-host.invalid', agent: { https: agent } }).storeTime();
    },
  ],
  tls: [() => client({ apiBaseUrl: bench.simulator.url.replace('http:', 'https:') }).storeTime()],
  unreached: [() => client({ apiBaseUrl: 'http://127.0.0.1:1' }).storeTime()],
  no_connection_in_time: [
    // A server that takes the connection and never answers the handshake.
    async () => {
      const silent = createTcpServer();
      await new Promise<void>((done) => silent.listen(0, '127.0.0.1', done));
      // Listening on TCP, so the address is one with a port.
      const { port } = silent.address() as AddressInfo;
      const sockets: { destroy(): void }[] = [];
      silent.on('connection', (socket) => sockets.push(socket.on('error', () => {})));
      try {
        return await client({
          apiBaseUrl: `https://127.0.0.1:${String(port)}`,
          connectTimeoutMs: 300,
        }).storeTime();
      } finally {
        for (const socket of sockets) socket.destroy();
        await new Promise((done) => silent.close(done));
      }
    },
  ],
  no_answer_in_time: [
    () => {
      bench.store.setFaults([{ fault: 'latency', latencyMs: 120_000 }]);
      return client({ timeoutMs: 300 }).storeTime();
    },
  ],
  broken_connection: [() => under({ fault: 'cut-before' }), () => under({ fault: 'cut-after' })],
  not_json: [() => under({ fault: 'html' }), () => under({ fault: 'empty-200' })],
  cut_body: [() => under({ fault: 'truncated-json' })],
  encoding: [() => under({ fault: 'wrong-encoding' })],
  too_large: [() => under({ fault: 'huge' })],
  shape: [() => under({ fault: 'wrong-json' })],
  filter: [
    () => {
      bench.store.setFaults([{ fault: 'no-filters' }]);
      return client().listOrders({ minId: 120, sort: 'id:asc', limit: 250 });
    },
  ],
};

async function errorOf(cause: () => Promise<unknown>): Promise<StoreError> {
  const error: unknown = await cause().then(
    () => new Error('did not fail'),
    (caught: unknown) => caught,
  );
  if (!(error instanceof StoreError)) throw error;
  return error;
}

describe('the table of failures', () => {
  it('is closed: each row has a cause that this test brings about, and each cause a row', () => {
    expect(Object.keys(CAUSES).sort()).toEqual(STORE_FAILURES.map((row) => row.id).sort());
    expect(new Set(STORE_FAILURES.map((row) => row.code))).toEqual(new Set(STORE_ERROR_CODES));
    expect(new Set(STORE_FAILURES.map((row) => row.reason))).toEqual(new Set(STORE_ERROR_REASONS));
  });

  it('has a row for every status that is no success', () => {
    expect(failureOfStatus(418).id).toBe('refused');
    for (let status = 300; status < 600; status += 1) {
      if (status < 400) expect(failureOfStatus(status).id).toBe('redirect');
      // Whatever a 4xx means, only these are worth a second try.
      else if (status < 500)
        expect(failureOfStatus(status).next !== 'never').toBe([408, 423, 429, 499].includes(status));
      else expect(failureOfStatus(status).next).toBe(status === 507 ? 'never' : 'growing');
    }
  });

  it.each(STORE_FAILURES)('$id becomes its error, over HTTP, asked once', async (row) => {
    for (const cause of CAUSES[row.id] ?? []) {
      bench.store.resetRequests();
      const error = await errorOf(cause);
      expect(failureOfError(error)?.id).toBe(row.id);
      expect(error).toMatchObject({ code: row.code, reason: row.reason, effect: row.effect });
      expect(error.retryable).toBe(row.next !== 'never');
      // A refused address says which rule it broke.
      if (row.id !== 'address') expect(error.message).toContain(row.sentence);
      expect(error.message).not.toContain(TOKEN);
      expect(bench.store.requests().total).toBeLessThanOrEqual(1);
    }
  });

  it.each(STORE_FAILURES)('$id ends the activity or is tried again as its row says', async (row) => {
    for (const cause of CAUSES[row.id] ?? []) {
      const error = await errorOf(cause);
      // `failureOf` makes an application failure of every store error.
      const failure = failureOf(error) as ApplicationFailure;
      expect(failure).toMatchObject({
        type: row.code,
        nonRetryable: row.next === 'never',
        message: error.message,
      });
      expect(isTriedAgain(error)).toBe(row.next !== 'never');
      if (row.next === 'headers') expect(Number(failure.nextRetryDelay)).toBeGreaterThanOrEqual(1_000);
      else expect(failure.nextRetryDelay).toBeUndefined();
    }
  });

  it('judges a class as final when each of its rows is', () => {
    for (const code of STORE_ERROR_CODES) {
      const rows = STORE_FAILURES.filter((row) => row.code === code);
      expect(FAILURES[code].final).toBe(rows.every((row) => row.next === 'never'));
    }
  });

  it('waits longer where the store says when to come back', async () => {
    bench.store.setFaults([{ fault: '429', resetMs: 7_000 }]);
    const failure = failureOf(await errorOf(read)) as ApplicationFailure;
    expect(Number(failure.nextRetryDelay)).toBeGreaterThanOrEqual(7_000);
  });

  it('is the one that docs/operate.md shows', () => {
    const page = readFileSync(join(import.meta.dirname, '../../docs/operate.md'), 'utf8');
    const missing = STORE_FAILURES.map(pageRow).filter((line) => !page.includes(`${line}\n`));
    expect(missing).toEqual([]);
    const shown = page
      .split('\n')
      .filter((line) => line.startsWith('| `') && /BigCommerce|Answer|Filter|Address|Request/.test(line));
    expect(shown).toHaveLength(STORE_FAILURES.length);
  });
});

const AGAIN = {
  never: 'no',
  growing: 'yes, from 2 s on, doubling',
  headers: 'yes, when the quota resets',
} as const;
const WRITE = { none: 'did not happen', unknown: 'looked up, then decided' } as const;

/** A row as docs/operate.md has it. */
function pageRow(row: StoreFailure): string {
  const sentence = `${row.sentence.charAt(0).toUpperCase()}${row.sentence.slice(1)}`;
  return `| \`${row.code}\` | ${row.seen} | ${AGAIN[row.next]} | ${WRITE[row.effect]} | ${row.who} | ${sentence} |`;
}
