// A commit whose answer is not heard: the sender is told to repeat, the event is there all the same, and the repeat
// changes nothing twice. A relay before Postgres carries the commit out and keeps its answer to itself.
import { connect, createServer, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { HttpServer } from '../../client/http/server.ts';
import { openDatabase, type Database } from '../../db/database.ts';
import {
  addTestChannel,
  addTestOrder,
  CHANNEL,
  countOf,
  emptyAll,
  orderRow,
  outboxRows,
} from '../db/order-life.ts';
import { request, startHttpWorld, startTestServer, type HttpWorld } from './http-world.ts';

const EVENTS = `/v1/channels/${CHANNEL}/events`;
const DEADLINE_MS = 60_000;

/** Forwards to Postgres; once armed, what it answers to the next commit is held back, or its connection is cut. */
interface Relay {
  url: string;
  arm(kind: 'hold' | 'cut'): void;
  /** Postgres has answered the commit. */
  answered(): boolean;
  letGo(): void;
  stop(): Promise<void>;
}

async function startRelay(databaseUrl: string): Promise<Relay> {
  const target = new URL(databaseUrl);
  let armed: 'hold' | 'cut' | null = null;
  let answered = false;
  let release = (): void => undefined;
  const sockets = new Set<Socket>();
  const server: Server = createServer((near) => {
    const far = connect(Number(target.port), target.hostname);
    let fate: 'hold' | 'cut' | null = null;
    const held: Buffer[] = [];
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
    }
    near.on('data', (bytes: Buffer) => far.write(bytes));
    far.on('data', (bytes: Buffer) => {
      // The word of Postgres that a commit has happened; the statement itself may go by a name.
      if (armed !== null && bytes.includes('COMMIT\0')) {
        fate = armed;
        armed = null;
        answered = true;
        release = () => {
          fate = null;
          for (const part of held.splice(0)) near.write(part);
        };
      }
      if (fate === 'cut') near.destroy();
      else if (fate === 'hold') held.push(bytes);
      else near.write(bytes);
    });
    near.on('close', () => far.destroy());
    far.on('close', () => near.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const url = new URL(databaseUrl);
  url.hostname = '127.0.0.1';
  url.port = String(typeof address === 'object' && address !== null ? address.port : 0);
  return {
    url: url.href,
    arm: (kind) => {
      answered = false;
      armed = kind;
    },
    answered: () => answered,
    letGo: () => release(),
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

let world: HttpWorld;
let relay: Relay;
let far: Database;
let server: HttpServer;
beforeAll(async () => {
  world = await startHttpWorld(import.meta.url);
  relay = await startRelay(world.databaseUrl);
  far = openDatabase(relay.url, { max: 4 });
  server = await startTestServer(far);
}, DEADLINE_MS);
afterAll(async () => {
  relay.letGo();
  await server.stop();
  await far.close();
  await relay.stop();
  await world.stop();
}, DEADLINE_MS);
beforeEach(async () => {
  await emptyAll(world.db);
  await addTestChannel(world.db);
  await addTestOrder(world.db, 1001);
});

const event = (id: string | null): string =>
  JSON.stringify({
    ...(id === null ? {} : { id }),
    type: 'label.created',
    occurredAt: '2026-03-02T08:00:00.000Z',
    orderId: 1001,
    shipment: { trackingNumber: 'TRACK-1', carrier: 'usps' },
  });
const send = (body: string) => request(server, EVENTS, { key: world.key, body });

describe.each([
  ['takes longer than the answer may', 'hold', 'does not answer in time'],
  ['is lost with the connection', 'cut', 'connection to the database was lost'],
] as const)('a commit whose answer %s', (_how, kind, sentence) => {
  test.each([
    ['with an id', 'evt-1'],
    ['without one, known by its bytes', null],
  ])(
    'is 503, and the same event again, %s, is 202 and changes nothing twice',
    async (_name, id) => {
      relay.arm(kind);
      const unheard = await send(event(id));
      expect(unheard.status).toBe(503);
      expect(unheard.headers.get('retry-after')).toMatch(/^\d+$/);
      expect(unheard.body['detail']).toContain(sentence);
      expect(unheard.body['detail']).not.toMatch(/nothing was stored/i);
      await vi.waitFor(() => expect(relay.answered()).toBe(true), { timeout: DEADLINE_MS });
      relay.letGo();
      expect(await countOf(world.db, 'carrier_events')).toBe(1);
      const [order, outbox] = [await orderRow(world.db, 1001), await outboxRows(world.db)];

      const again = await send(event(id));
      expect([again.status, again.body['new']]).toEqual([202, 0]);
      expect(await countOf(world.db, 'carrier_events')).toBe(1);
      expect(await orderRow(world.db, 1001)).toEqual(order);
      expect(await outboxRows(world.db)).toEqual(outbox);
    },
    DEADLINE_MS,
  );
});
