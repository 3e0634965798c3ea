// Answers as no store should give them, made from good ones and a seed: what is wrong with each is decided by the seed
// alone, so that a failure can be brought about again.
import type { Socket } from 'node:net';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import type { SeededRandom } from '../../simulator/random.ts';

/** Stands in every body where a customer's data would: no error may show it. */
export const CANARY = 'Canary-Doe-1f7e';

export const FUZZ_KINDS = [
  'cut',
  'wrong-type',
  'member-gone',
  'huge',
  'gzip-bomb',
  'gzip-lie',
  'gzip-cut',
  'foreign-charset',
  'page',
  'empty',
  'deep',
  'duplicate-keys',
  'beyond-range',
  'wrong-content-type',
  'odd-scalar',
  'odd-status',
  'odd-headers',
  'slow-drip',
  'connection-cut',
  'length-lie',
  'not-http',
  'random-bytes',
  'proto-keys',
] as const;
export type FuzzKind = (typeof FUZZ_KINDS)[number];

/** One answer: bytes to write on the connection, one piece after the other. */
export interface FuzzAnswer {
  kind: FuzzKind;
  pieces: Buffer[];
  /** Milliseconds between the pieces. */
  pauseMs: number;
  /** What is done with the connection behind the last piece. */
  then: 'end' | 'destroy' | 'leave';
}

/** Beyond what is read of one answer that is no list. */
const HUGE_BYTES = 6 * 1024 * 1024;
const BOMB_BYTES = 64 * 1024 * 1024;
const ODD: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -1,
  1.5,
  1e308,
  '',
  ' ',
  'x',
  '-',
  '1e5',
  [],
  {},
  [[]],
  [null],
  { url: 'x' },
  CANARY,
  [CANARY],
  { [CANARY]: CANARY },
  '0x10',
  '9'.repeat(400),
  '\u0000',
  '2026-13-45T99:99:99Z',
];

/** Makes an answer of this kind out of a good body (JSON text; empty for an answer without one). */
export function fuzzAnswer(kind: FuzzKind, good: string, random: SeededRandom): FuzzAnswer {
  const json = good === '' ? `{"data":[{"id":1,"name":"${CANARY}"}]}` : good;
  const answer = (
    body: Buffer | string,
    more: { status?: number; headers?: Record<string, string>; length?: number } = {},
  ): Buffer[] => [http(body, more)];
  const plain = (pieces: Buffer[], then: FuzzAnswer['then'] = 'end', pauseMs = 0): FuzzAnswer => ({
    kind,
    pieces,
    pauseMs,
    then,
  });
  switch (kind) {
    case 'cut':
      return plain(answer(json.slice(0, random.between(1, Math.max(1, json.length - 1)))));
    case 'wrong-type':
      return plain(answer(JSON.stringify(mutated(JSON.parse(json), random, 'replace'))));
    case 'member-gone':
      return plain(answer(JSON.stringify(mutated(JSON.parse(json), random, 'remove'))));
    case 'huge':
      return plain(answer(`["${CANARY}${'x'.repeat(HUGE_BYTES)}"]`));
    case 'gzip-bomb':
      return plain(answer(BOMB(), { headers: { 'content-encoding': 'gzip' } }));
    case 'gzip-lie': {
      const encoding = random.pick(['gzip', 'deflate', 'br', 'zstd', 'GZIP', 'gzip, gzip', 'x-unknown']);
      return plain(answer(json, { headers: { 'content-encoding': encoding } }));
    }
    case 'gzip-cut': {
      const [encoding, packed] = random.pick([
        ['gzip', gzipSync(json)],
        ['deflate', deflateSync(json)],
        ['br', brotliCompressSync(json)],
      ] as const);
      const cut = packed.subarray(0, random.between(0, packed.length - 1));
      return plain(answer(Buffer.from(cut), { headers: { 'content-encoding': encoding } }));
    }
    case 'foreign-charset': {
      const bytes = random.pick([
        Buffer.from(json, 'utf16le'),
        Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(json, 'utf16le')]),
        Buffer.concat([Buffer.from('["'), Buffer.from([0xe4, 0xf6, 0xfc, 0x80]), Buffer.from('"]')]),
        Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from(json)]),
      ]);
      return plain(answer(bytes, { headers: { 'content-type': 'application/json; charset=utf-16' } }));
    }
    case 'page':
      return plain(
        answer(`<!DOCTYPE html><html><body>${CANARY}<script>alert(1)</script></body></html>`, {
          status: random.pick([200, 200, 202, 400, 403, 404, 429, 500, 502, 503, 504]),
          headers: { 'content-type': 'text/html' },
        }),
      );
    case 'empty':
      return plain(
        answer(random.pick(['', ' ', '\n', '\ufeff']), {
          status: random.pick([200, 201, 202, 204, 205, 207, 500]),
        }),
      );
    case 'deep': {
      const depth = random.pick([70, 1_000, 200_000]);
      const [open, close] = random.pick([
        ['[', ']'],
        ['{"a":', '}'],
      ] as const);
      const nest = `${open.repeat(depth)}1${close.repeat(depth)}`;
      return plain(
        answer(random.pick([nest, `[${nest}]`, `{"data":${nest}}`, `[{"id":1,"consignments":${nest}}]`])),
      );
    }
    case 'duplicate-keys':
      return plain(answer(json.replaceAll(/"id":/g, `"id":"${CANARY}","id":`)));
    case 'beyond-range': {
      const number = random.pick([
        '1e400',
        '-1e400',
        '99999999999999999999',
        '-7',
        '0.1e-400',
        '9007199254740993',
      ]);
      return plain(answer(json.replaceAll(/:(\d+(?:\.\d+)?)(?=[,}\]])/g, `:${number}`)));
    }
    case 'wrong-content-type':
      return plain(
        answer(json, {
          headers: {
            'content-type': random.pick(['text/plain', 'image/png', '', 'application/json; charset=klingon']),
          },
        }),
      );
    case 'odd-scalar':
      return plain(answer(JSON.stringify(random.pick(ODD))));
    case 'odd-status': {
      const status = random.pick([
        201, 203, 206, 226, 299, 300, 302, 304, 400, 402, 409, 418, 422, 451, 499, 507, 520, 599,
      ]);
      const body = random.pick([
        json,
        `[{"status":${String(status)},"message":null,"details":{"customer":"${CANARY}"}}]`,
        `{"errors":{"email":"${CANARY}"},"title":7}`,
        `{"title":{"a":"${CANARY}"}}`,
        '[]',
      ]);
      return plain(answer(body, { status, headers: { location: `https://${CANARY}.example/` } }));
    }
    case 'odd-headers':
      return plain(
        answer(json, {
          status: random.pick([200, 429, 503]),
          headers: {
            date: random.pick([
              'yesterday',
              '',
              'Fri, 01 Jan 275760 00:00:00 GMT',
              '-1',
              'Thu, 01 Jan 1960 00:00:00 GMT',
            ]),
            'x-rate-limit-time-reset-ms': random.pick(['-5', '1e9', 'soon', '99999999999999', '']),
            'x-rate-limit-requests-left': random.pick(['-1', 'NaN', '1.5', CANARY]),
            'retry-after': random.pick(['Fri, 01 Jan 2100 00:00:00 GMT', '-1', '1e3', '999999']),
          },
        }),
      );
    case 'slow-drip': {
      const whole = http(json, {});
      const size = Math.max(1, Math.ceil(whole.length / 40));
      const pieces = Array.from({ length: 40 }, (_, index) =>
        whole.subarray(index * size, (index + 1) * size),
      );
      return plain(pieces, 'leave', 100);
    }
    case 'connection-cut': {
      const whole = http(json, {});
      return plain([whole.subarray(0, random.between(0, whole.length - 1))], 'destroy');
    }
    case 'length-lie':
      return plain(answer(json, { length: random.pick([0, 1, json.length * 2, 2 ** 31, -1]) }));
    case 'not-http':
      return plain([
        Buffer.from(
          random.pick([
            `SSH-2.0-OpenSSH ${CANARY}\r\n`,
            'HTTP/9.9 200 OK\r\n\r\n',
            'HTTP/1.1 abc OK\r\n\r\n',
            `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nZZ\r\n${CANARY}\r\n`,
            `HTTP/1.1 200 OK\r\nx: ${'y'.repeat(100_000)}\r\n\r\n`,
            'HTTP/1.1 100 Continue\r\n\r\n',
            'HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n',
          ]),
        ),
      ]);
    case 'random-bytes': {
      const bytes = Buffer.from(Array.from({ length: random.between(1, 600) }, () => random.between(0, 255)));
      return plain(answer(bytes));
    }
    case 'proto-keys':
      return plain(
        answer(
          json.replace(
            /\{/,
            `{"__proto__":{"polluted":"${CANARY}"},"constructor":{"prototype":{"polluted":1}},`,
          ),
        ),
      );
  }
}

let bomb: Buffer | undefined;
function BOMB(): Buffer {
  bomb ??= gzipSync(Buffer.alloc(BOMB_BYTES, 0x20));
  return bomb;
}

function http(
  body: Buffer | string,
  {
    status = 200,
    headers = {},
    length,
  }: { status?: number; headers?: Record<string, string>; length?: number },
): Buffer {
  const bytes = Buffer.isBuffer(body) ? body : Buffer.from(body, 'utf8');
  const all = {
    'content-type': 'application/json',
    'content-length': String(length ?? bytes.length),
    connection: 'close',
    ...headers,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.concat([Buffer.from(`HTTP/1.1 ${String(status)} Odd\r\n${lines.join('')}\r\n`), bytes]);
}

/** A copy in which one to three members have another value, or are gone. */
function mutated(value: unknown, random: SeededRandom, how: 'replace' | 'remove'): unknown {
  const copy: { root: unknown } = { root: structuredClone(value) };
  for (let round = random.between(1, 3); round > 0; round -= 1) {
    let holder: object = copy;
    let key = 'root';
    // Down a random way, and stop somewhere on it.
    for (let inner: unknown = copy.root; typeof inner === 'object' && inner !== null;) {
      const keys = Object.keys(inner);
      if (keys.length === 0 || random.next() < 0.15) break;
      holder = inner;
      key = random.pick(keys);
      inner = Reflect.get(holder, key);
    }
    if (how === 'replace') Reflect.set(holder, key, structuredClone(random.pick(ODD)));
    else if (holder !== copy) Reflect.deleteProperty(holder, key);
  }
  return copy.root ?? null;
}

/** Writes the answer on a connection. Never rejects: a reader that left is no fault of ours. */
export async function writeOut(socket: Socket, answer: FuzzAnswer): Promise<void> {
  for (const piece of answer.pieces) {
    if (socket.destroyed) return;
    socket.write(piece);
    if (answer.pauseMs > 0) await new Promise((done) => setTimeout(done, answer.pauseMs).unref());
  }
  if (answer.then === 'end') socket.end();
  else if (answer.then === 'destroy') socket.destroy();
}
