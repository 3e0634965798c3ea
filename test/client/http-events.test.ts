// POST /v1/channels/{channel}/events over a real socket and a real Postgres: what is stored, and that a refusal stores
// nothing.
import { createServer } from 'node:net';
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { createApiKey, revokeApiKey } from '../../db/api-keys.ts';
import { openDatabase } from '../../db/database.ts';
import {
  addTestChannel,
  addTestOrder,
  CHANNEL,
  countOf,
  emptyAll,
  orderRow,
  outboxRows,
} from '../db/order-life.ts';
import { namespaceFor } from '../support/servers.ts';
import { request, startHttpWorld, startTestServer, type HttpWorld } from './http-world.ts';

const NOW = '2026-03-02T08:00:00.000Z';
const EVENTS = `/v1/channels/${CHANNEL}/events`;

/** What is waited for is there in a moment; a busy machine may take its time. */
const SOON = { timeout: 60_000 };

function label(orderId: number, id = `label-${String(orderId)}`): string {
  return JSON.stringify({
    id,
    type: 'label.created',
    occurredAt: NOW,
    orderId,
    shipment: { trackingNumber: `TRACK-${String(orderId)}`, carrier: 'usps' },
  });
}

function scan(orderId: number, status: string, id = `${status}-${String(orderId)}`): string {
  return JSON.stringify({
    id,
    type: 'tracking.updated',
    occurredAt: '2026-03-02T09:00:00.000Z',
    orderId,
    shipment: { trackingNumber: `TRACK-${String(orderId)}`, carrier: 'usps' },
    tracking: { status },
  });
}

describe('the ingress while Temporal is away', () => {
  let world: HttpWorld;
  beforeAll(async () => {
    world = await startHttpWorld(import.meta.url);
  });
  afterAll(() => world.stop());
  beforeEach(async () => {
    await emptyAll(world.db);
    await addTestChannel(world.db);
  });

  const nothingStored = async (): Promise<void> => {
    expect(await countOf(world.db, 'carrier_deliveries')).toBe(0);
    expect(await countOf(world.db, 'carrier_events')).toBe(0);
    expect(await outboxRows(world.db)).toEqual([]);
  };

  test('an event is committed and answered without Temporal, and its wake waits in the outbox', async () => {
    await addTestOrder(world.db, 1001);
    await request(world.server, EVENTS, { key: world.key, body: label(1001) });
    const answer = await request(world.server, EVENTS, { key: world.key, body: scan(1001, 'in_transit') });
    expect(answer.status).toBe(202);
    expect(answer.body).toEqual({ id: expect.any(String) as string, facts: 1, new: 1, parked: 0 });
    expect((await orderRow(world.db, 1001)).stage).toBe('shipped');
    expect(await outboxRows(world.db)).toEqual([{ orderId: 1001, first: false }]);
    const [delivery] = await world.db.sql<
      { body: string }[]
    >`select body from carrier_deliveries where id = ${String(answer.body['id'])}`;
    expect(delivery?.body).toBe(scan(1001, 'in_transit'));
  });

  test('a repeat is accepted and changes nothing', async () => {
    await addTestOrder(world.db, 1001);
    const [first, second] = await Promise.all(
      [1, 2].map(() => request(world.server, EVENTS, { key: world.key, body: label(1001) })),
    );
    expect([first?.status, second?.status]).toEqual([202, 202]);
    expect([first?.body['new'], second?.body['new']].sort()).toEqual([0, 1]);
    expect(await countOf(world.db, 'carrier_events')).toBe(1);
  });

  test('an event of an order that is held up elsewhere is refused before anything is stored, and may be repeated', async () => {
    await addTestOrder(world.db, 1001);
    await world.db.sql.begin(async (sql) => {
      await sql`select 1 from orders where order_id = 1001 for update`;
      const answer = await request(world.server, EVENTS, { key: world.key, body: label(1001) });
      expect(answer.status).toBe(503);
      expect(answer.headers.get('retry-after')).toBe('5');
      expect(answer.body['detail']).toMatch(/nothing was stored/i);
    });
    await nothingStored();
    const again = await request(world.server, EVENTS, { key: world.key, body: label(1001) });
    expect(again.status).toBe(202);
    expect(again.body['new']).toBe(1);
  });

  test('an event without an id is known by its exact body', async () => {
    await addTestOrder(world.db, 1001);
    const body = JSON.stringify({
      type: 'label.created',
      occurredAt: NOW,
      orderId: 1001,
      shipment: { trackingNumber: 'T1' },
    });
    await request(world.server, EVENTS, { key: world.key, body });
    const again = await request(world.server, EVENTS, { key: world.key, body });
    expect(again.body).toMatchObject({ facts: 1, new: 0 });
  });

  test('an event of an order that is not known yet is parked', async () => {
    const answer = await request(world.server, EVENTS, { key: world.key, body: label(4711) });
    expect(answer.status).toBe(202);
    expect(answer.body).toMatchObject({ facts: 1, new: 1, parked: 1 });
    expect(await outboxRows(world.db)).toEqual([]);
  });

  test('X-Api-Key carries the key too', async () => {
    const answer = await request(world.server, EVENTS, {
      headers: { 'x-api-key': world.key },
      body: label(1),
    });
    expect(answer.status).toBe(202);
  });

  test('a charset in the content type is fine', async () => {
    const headers = { 'content-type': 'application/json; charset=utf-8' };
    expect((await request(world.server, EVENTS, { key: world.key, headers, body: label(1) })).status).toBe(
      202,
    );
  });

  describe('a refusal stores nothing', () => {
    test.each([
      ['no key', null],
      ['a word that is no key', 'wb_nonsense'],
      ['a key that nobody has', `wb_${'0'.repeat(16)}_${'A'.repeat(43)}`],
      ['an endless key', 'x'.repeat(5_000)],
    ])('%s is 401', async (_name, key) => {
      const answer = await request(world.server, EVENTS, { key, body: label(1001) });
      expect(answer.status).toBe(401);
      expect(answer.headers.get('www-authenticate')).toContain('Bearer');
      expect(answer.headers.get('content-type')).toContain('application/problem+json');
      expect(answer.body).toMatchObject({ status: 401, type: 'urn:waybill:problem:unauthenticated' });
      await nothingStored();
    });

    test('a revoked key is 401', async () => {
      const made = await createApiKey(world.db, { name: 'old', channelId: null, by: 'test', now: NOW });
      await revokeApiKey(world.db, { id: made.id, by: 'test', now: NOW });
      expect((await request(world.server, EVENTS, { key: made.key, body: label(1001) })).status).toBe(401);
      await nothingStored();
    });

    test('the key of another channel is 403, and does not tell whether the channel exists', async () => {
      await addTestChannel(world.db, { id: 'other', storeHash: 'other1' });
      const { key } = await createApiKey(world.db, {
        name: 'theirs',
        channelId: 'other',
        by: 'test',
        now: NOW,
      });
      const there = await request(world.server, EVENTS, { key, body: label(1001) });
      const nowhere = await request(world.server, '/v1/channels/nowhere/events', { key, body: label(1001) });
      expect(there.status).toBe(403);
      expect(nowhere.body).toEqual(there.body);
      await nothingStored();
      expect(
        (await request(world.server, '/v1/channels/other/events', { key, body: label(1001) })).status,
      ).toBe(202);
    });

    test.each(['/v1/channels/nowhere/events', '/v1/channels/Not%20A%20Slug/events'])(
      '%s is 404',
      async (path) => {
        const answer = await request(world.server, path, { key: world.key, body: label(1001) });
        expect(answer.status).toBe(404);
        expect(answer.body).toMatchObject({ type: 'urn:waybill:problem:unknown-channel' });
        await nothingStored();
      },
    );

    test('more than 256 KiB is 413', async () => {
      const body = JSON.stringify({ id: 'x', filler: 'y'.repeat(256 * 1024) });
      const answer = await request(world.server, EVENTS, { key: world.key, body });
      expect(answer.status).toBe(413);
      expect(answer.body).toMatchObject({ type: 'urn:waybill:problem:body-too-large' });
      await nothingStored();
    });

    test.each(['text/plain', 'application/x-www-form-urlencoded', 'application/xml'])(
      '%s is 415',
      async (type) => {
        const answer = await request(world.server, EVENTS, {
          key: world.key,
          headers: { 'content-type': type },
          body: label(1001),
        });
        expect(answer.status).toBe(415);
        expect(answer.body).toMatchObject({ type: 'urn:waybill:problem:unsupported-media-type' });
        await nothingStored();
      },
    );

    test('a body that is no JSON is 400 and is not repeated in the answer', async () => {
      const answer = await request(world.server, EVENTS, {
        key: world.key,
        body: '{"name": "Ada Lovelace", }',
      });
      expect(answer.status).toBe(400);
      expect(answer.body).toMatchObject({ type: 'urn:waybill:problem:malformed-json' });
      expect(JSON.stringify(answer.body)).not.toContain('Lovelace');
      await nothingStored();
    });

    test('an empty body is 400', async () => {
      const empty = await request(world.server, EVENTS, { key: world.key, body: '' });
      expect(empty.status).toBe(400);
      const none = await request(world.server, EVENTS, { key: world.key, method: 'POST' });
      expect([400, 415]).toContain(none.status);
      await nothingStored();
    });

    test.each(['[]', '"text"', 'null', '17', '{}'])('%s is 422', async (body) => {
      const answer = await request(world.server, EVENTS, { key: world.key, body });
      expect(answer.status).toBe(422);
      await nothingStored();
    });

    test('fields that cannot be used are 422, each with its name', async () => {
      const answer = await request(world.server, EVENTS, {
        key: world.key,
        body: JSON.stringify({ id: 'e1', type: 'label.printed', occurredAt: 'yesterday', orderId: -5 }),
      });
      expect(answer.status).toBe(422);
      const errors = answer.body['errors'] as { field: string; message: string }[];
      expect(errors.map(({ field }) => field)).toEqual(
        expect.arrayContaining(['type', 'occurredAt', 'orderId']),
      );
      for (const { message } of errors) expect(message.length).toBeGreaterThan(5);
      await nothingStored();
    });

    test('another address or method is 404 as a problem', async () => {
      const answer = await request(world.server, EVENTS, { key: world.key });
      expect(answer.status).toBe(404);
      expect(answer.headers.get('content-type')).toContain('application/problem+json');
    });
  });
});

describe('the ingress while Postgres is away', () => {
  test('a closed port is 503 with Retry-After and a sentence', async () => {
    const db = openDatabase('postgres://waybill@127.0.0.1:1/waybill', { max: 2 });
    const server = await startTestServer(db);
    const answer = await request(server, EVENTS, {
      key: `wb_${'0'.repeat(16)}_${'A'.repeat(43)}`,
      body: label(1001),
    });
    await server.stop();
    await db.close();
    expect(answer.status).toBe(503);
    expect(answer.headers.get('retry-after')).toMatch(/^\d+$/);
    expect(answer.body['detail']).toContain('nothing was stored');
  });

  test('a server that accepts and says nothing is 503 in time', async () => {
    const sockets = new Set<{ destroy(): void }>();
    const deaf = createServer((socket) => void sockets.add(socket));
    await new Promise<void>((resolve) => deaf.listen(0, '127.0.0.1', resolve));
    const address = deaf.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const db = openDatabase(`postgres://waybill@127.0.0.1:${String(port)}/waybill`, { max: 2 });
    const server = await startTestServer(db);
    const answer = await request(server, EVENTS, {
      key: `wb_${'0'.repeat(16)}_${'A'.repeat(43)}`,
      body: label(1001),
    });
    for (const socket of sockets) socket.destroy();
    deaf.close();
    await server.stop();
    await db.close();
    expect(answer.status).toBe(503);
    expect(answer.ms).toBeLessThan(25_000);
  });
});

describe('the ingress while Temporal answers', () => {
  test('a lifecycle is told at once, with the id only, and its outbox row goes', async () => {
    const namespace = await namespaceFor(import.meta.url);
    const world = await startHttpWorld(`${import.meta.url}-told`, namespace);
    await addTestChannel(world.db);
    await addTestOrder(world.db, 1001);
    await vi.waitFor(async () => {
      expect((await request(world.server, '/readyz')).body['temporal']).toBe('ok');
    }, SOON);
    const answer = await request(world.server, EVENTS, { key: world.key, body: label(1001) });
    expect(answer.status).toBe(202);

    const connection = await Connection.connect({ address: namespace.address });
    const client = new Client({ connection, namespace: namespace.namespace });
    const handle = client.workflow.getHandle(`order:${CHANNEL}:1001`);
    await vi.waitFor(async () => expect((await handle.describe()).status.name).toBe('RUNNING'), SOON);
    const { events } = await handle.fetchHistory();
    const signals = (events ?? []).flatMap((event) => event.workflowExecutionSignaledEventAttributes ?? []);
    expect(signals.map((signal) => signal.signalName)).toEqual(['carrierEvent']);
    const payload = signals[0]?.input?.payloads?.[0]?.data ?? new Uint8Array();
    expect(JSON.parse(new TextDecoder().decode(payload))).toEqual({ id: 'label-1001' });
    await vi.waitFor(async () => expect(await outboxRows(world.db)).toEqual([]), SOON);

    // A second scan that cannot matter tells nobody.
    await request(world.server, EVENTS, { key: world.key, body: scan(1001, 'in_transit') });
    await request(world.server, EVENTS, { key: world.key, body: scan(1001, 'in_transit', 'later-scan') });
    await vi.waitFor(async () => expect(await outboxRows(world.db)).toEqual([]), SOON);
    await world.stop();
    const after = await handle.fetchHistory();
    const told = (after.events ?? []).filter((event) => event.workflowExecutionSignaledEventAttributes);
    expect(told).toHaveLength(2);
    await handle.terminate('test is over');
    await connection.close();
  });
});
