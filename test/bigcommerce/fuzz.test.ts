// A thousand answers as no store should give them, over real connections. Whatever comes, the process lives, the error
// is one of the table, and nothing of the body is in it.
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createStoreClient, type StoreClient } from '../../bigcommerce/client.ts';
import { failureOfError } from '../../bigcommerce/error-table.ts';
import { StoreError } from '../../bigcommerce/errors.ts';
import { readOrder, readProducts } from '../../bigcommerce/translate.ts';
import { SeededRandom } from '../../simulator/random.ts';
import { everyCall, listeningBetween, makePlace, type NamedCall } from './every-call.ts';
import { CANARY, FUZZ_KINDS, fuzzAnswer, writeOut, type FuzzAnswer, type FuzzKind } from './fuzz-answers.ts';
import { simulatedSide } from './simulated.ts';

const BODIES = 1_000;
const AT_ONCE = 16;
/** Answers that never end are given up after this; all others may take as long as a slow machine needs. */
const DRIP_TIMEOUT_MS = 300;
const TIMEOUT_MS = 60_000;
/** In the title of the test, so that it is printed; another one by WAYBILL_FUZZ_SEED. */
const seed = Number(process.env['WAYBILL_FUZZ_SEED'] ?? 20_260_101);

interface Case {
  number: number;
  kind: FuzzKind;
  call: NamedCall;
  answer: FuzzAnswer;
}

let calls: { call: NamedCall; good: string }[];
let server: Server;
let url: string;
const sockets = new Set<Socket>();
/** What the next connection to `/stores/case{n}` gets. */
const waiting = new Map<string, FuzzAnswer>();
let written = 0;

beforeAll(async () => {
  // Good bodies to start from: what the simulated store answers to each call.
  const side = await simulatedSide();
  const between = await listeningBetween(side.bench);
  const place = await makePlace(side.bench, side.client);
  const client = clientAt(between.server.url, 'teststore1');
  calls = [];
  for (const call of everyCall(place)) {
    await call.run(client);
    const good = between.exchanges.at(-1)?.answer ?? '';
    calls.push({
      call,
      good: good.replaceAll(/"(first_name|name|customer_message|value)":"[^"]*"/g, `"$1":"${CANARY}"`),
    });
  }
  await between.server.close();
  await side.bench.close();

  server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => {
      written += socket.bytesWritten;
      sockets.delete(socket);
    });
    // A client that gives up breaks the connection: that is what is tested here, not a fault of the server.
    socket.on('error', () => {});
    socket.once('data', (head: Buffer) => {
      const hash = /\/stores\/(case\d+)\//.exec(head.toString('latin1'))?.[1] ?? '';
      const answer = waiting.get(hash);
      waiting.delete(hash);
      if (answer === undefined) socket.destroy();
      else void writeOut(socket, answer);
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  // Listening on TCP, so the address is one with a port.
  url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
});
afterAll(async () => {
  for (const socket of sockets) socket.destroy();
  await new Promise((done) => server.close(done));
});

function clientAt(apiBaseUrl: string, storeHash: string, timeoutMs = TIMEOUT_MS): StoreClient {
  return createStoreClient({
    apiBaseUrl,
    storeHash,
    token: storeHash === 'teststore1' ? 'token-1' : 'tok-very-secret',
    timeoutMs,
    userAgent: 'Waybill/test',
    allowLoopback: true,
    extraHosts: [],
  });
}

/** All of the case: which call, what is wrong with its answer. */
function makeCase(number: number): Case {
  const random = new SeededRandom(seed + number);
  // Each kind has its turn, the costly ones seldom.
  const kind = FUZZ_KINDS[number % FUZZ_KINDS.length] ?? 'cut';
  const cheap =
    (kind === 'huge' || kind === 'gzip-bomb') && number > 10 * FUZZ_KINDS.length ? 'wrong-type' : kind;
  const { call, good } = random.pick(calls);
  return { number, kind: cheap, call, answer: fuzzAnswer(cheap, good, random) };
}

/** Runs a case; answers what it ended with, or a sentence about what must not be. */
async function outcomeOf({ number, call, answer, kind }: Case): Promise<string> {
  const hash = `case${String(number)}`;
  waiting.set(hash, answer);
  const endless = answer.then === 'leave' || kind === 'not-http' || kind === 'length-lie';
  const client = clientAt(url, hash, endless ? DRIP_TIMEOUT_MS : TIMEOUT_MS);
  try {
    const result = await call.run(client);
    const orders =
      typeof result === 'object' && result !== null && 'orders' in result && Array.isArray(result.orders)
        ? (result.orders as unknown[])
        : [];
    for (const order of orders) readOrder(order, { storeHash: 'x' });
    if (call.name === 'orderProducts' && Array.isArray(result)) readProducts(result as unknown[], 1);
    return 'taken';
  } catch (error) {
    if (!(error instanceof StoreError)) return `WRONG: ${String(error)}`;
    const row = failureOfError(error);
    if (row === null) return `WRONG: no row for ${error.code} ${error.reason}`;
    const shown = `${error.message} ${error.storeSentence ?? ''} ${String(error.stack)}`;
    if (shown.includes(CANARY) || shown.includes('tok-very-secret'))
      return `WRONG: shows the body: ${error.message}`;
    return row.id;
  }
}

describe('a thousand odd answers', () => {
  it(`end in a class of the table each and show nothing of what they hold (seed ${String(seed)})`, async () => {
    const ends = new Map<string, number>();
    const wrong: string[] = [];
    let next = 0;
    const worker = async (): Promise<void> => {
      for (let number = next++; number < BODIES; number = next++) {
        const made = makeCase(number);
        const end = await outcomeOf(made);
        ends.set(end, (ends.get(end) ?? 0) + 1);
        if (end.startsWith('WRONG'))
          wrong.push(`case ${String(number)} (${made.kind}, ${made.call.name}): ${end}`);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    expect(wrong).toEqual([]);
    expect([...ends.values()].reduce((sum, count) => sum + count, 0)).toBe(BODIES);
    // The harness brings about what it claims to: many classes, and some good answers among them.
    for (const id of [
      'taken',
      'shape',
      'cut_body',
      'not_json',
      'encoding',
      'too_large',
      'broken_connection',
      'no_answer_in_time',
    ])
      expect([id, (ends.get(id) ?? 0) > 0]).toEqual([id, true]);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  }, 300_000);

  it('of any size are read no further than the limit', async () => {
    const before = written;
    const peak = { bytes: 0 };
    const watch = setInterval(() => {
      peak.bytes = Math.max(peak.bytes, process.memoryUsage().arrayBuffers);
    }, 5);
    const start = process.memoryUsage().arrayBuffers;
    for (let number = 0; number < 20; number += 1) {
      const hash = `case${String(10_000 + number)}`;
      waiting.set(hash, fuzzAnswer(number % 2 === 0 ? 'gzip-bomb' : 'huge', '', new SeededRandom(number)));
      const error: unknown = await clientAt(url, hash)
        .storeInformation()
        .catch((caught: unknown) => caught);
      expect(error).toMatchObject({ reason: 'too_large' });
    }
    clearInterval(watch);
    // Twenty answers of 6 and 64 MiB: kept in memory they would be 700.
    expect(peak.bytes - start).toBeLessThan(200 * 1024 * 1024);
    expect(written).toBeGreaterThan(before);
  }, 120_000);

  it('that switch protocols keep nobody waiting', async () => {
    const head = 'HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n';
    waiting.set('case20000', { kind: 'not-http', pieces: [Buffer.from(head)], pauseMs: 0, then: 'leave' });
    const error: unknown = await clientAt(url, 'case20000', DRIP_TIMEOUT_MS)
      .storeInformation()
      .catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: 'BigCommerceUnavailable', effect: 'unknown' });
  });

  it('leave a client that still works', async () => {
    const side = await simulatedSide();
    expect((await side.client.storeInformation()).storeHash).toBe('teststore1');
    await side.bench.close();
  });
});
