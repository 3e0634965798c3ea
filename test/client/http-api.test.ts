// The operator API, health, and the server's own description, over a real socket and a real Postgres.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createApiKey } from '../../db/api-keys.ts';
import { openDatabase } from '../../db/database.ts';
import {
  addTestChannel,
  addTestOrder,
  at,
  CHANNEL,
  deliver,
  emptyAll,
  fact,
  orderRow,
  outboxRows,
} from '../db/order-life.ts';
import { request, startHttpWorld, startTestServer, type HttpWorld } from './http-world.ts';

const ORDER = `/v1/channels/${CHANNEL}/orders/1001`;

let world: HttpWorld;
beforeAll(async () => {
  world = await startHttpWorld(import.meta.url);
});
afterAll(() => world.stop());
beforeEach(async () => {
  await emptyAll(world.db);
  await addTestChannel(world.db);
});

const get = (path: string) => request(world.server, path, { key: world.key });
const post = (path: string, body: object) =>
  request(world.server, path, { key: world.key, body: JSON.stringify(body) });

describe('health', () => {
  test('the process answers without a key', async () => {
    const answer = await request(world.server, '/healthz');
    expect([answer.status, answer.body]).toEqual([200, { status: 'ok' }]);
  });

  test('it is ready while Temporal is away, says so, and does not wait for it', async () => {
    const answer = await request(world.server, '/readyz');
    expect([answer.status, answer.body]).toEqual([200, { ready: true, postgres: 'ok', temporal: 'away' }]);
  });

  test('it is not ready while Postgres is away', async () => {
    const db = openDatabase('postgres://waybill@127.0.0.1:1/waybill', { max: 2 });
    const server = await startTestServer(db);
    const answer = await request(server, '/readyz');
    await server.stop();
    await db.close();
    expect([answer.status, answer.body]).toEqual([503, { ready: false, postgres: 'away', temporal: 'away' }]);
  });

  test('metrics are Prometheus text', async () => {
    const answer = await request(world.server, '/metrics');
    expect(answer.status).toBe(200);
    expect(String(answer.body['text'])).toContain(
      'waybill_lifecycles_to_tell{service="waybill",part="http"} 0',
    );
  });
});

describe('the description', () => {
  test('is OpenAPI 3.1 and has every route with its problems', async () => {
    const { status, body } = await request(world.server, '/openapi.json');
    expect(status).toBe(200);
    expect(body['openapi']).toBe('3.1.0');
    const paths = body['paths'] as Record<
      string,
      Record<string, { responses: object; requestBody?: object }>
    >;
    expect(Object.keys(paths).sort()).toEqual(
      [
        '/healthz',
        '/readyz',
        '/v1/carriers/{provider}/{channel}',
        '/v1/channels',
        '/v1/channels/{channel}/deliveries/{id}',
        '/v1/channels/{channel}/events',
        '/v1/channels/{channel}/imports',
        '/v1/channels/{channel}/imports/{run}',
        '/v1/channels/{channel}/imports/{run}/orders',
        '/v1/channels/{channel}/orders',
        '/v1/channels/{channel}/orders/{id}',
        '/v1/channels/{channel}/approvals',
        '/v1/channels/{channel}/orders/{id}/approve',
        '/v1/channels/{channel}/orders/{id}/explain',
        '/v1/channels/{channel}/quota',
        '/v1/quotas',
        '/v1/stores/{channel}/webhooks',
        '/v1/channels/{channel}/report',
        '/v1/channels/{channel}/stuck',
        '/v1/channels/{channel}/orders/{id}/override',
        '/v1/channels/{channel}/orders/{id}/pause',
        '/v1/channels/{channel}/orders/{id}/resend',
        '/v1/channels/{channel}/orders/{id}/resume',
        '/v1/channels/{channel}/orders/{id}/retry',
        '/v1/channels/{channel}/runs',
      ].sort(),
    );
    const events = paths['/v1/channels/{channel}/events']?.['post'];
    expect(Object.keys(events?.responses ?? {}).sort()).toEqual([
      '202',
      '400',
      '401',
      '403',
      '404',
      '413',
      '415',
      '422',
      '429',
      '503',
    ]);
    expect(JSON.stringify(events?.requestBody)).toContain('occurredAt');
  });

  test('has a page to read, with its script and style', async () => {
    const page = await request(world.server, '/docs/');
    expect(page.status).toBe(200);
    expect(String(page.body['text'])).toContain('swagger-ui');
    for (const file of ['swagger-ui.css', 'swagger-ui-bundle.js', 'swagger-initializer.js']) {
      expect((await request(world.server, `/docs/static/${file}`)).status, file).toBe(200);
    }
  });
});

describe('the operator API', () => {
  test.each(['/v1/channels', ORDER, `/v1/channels/${CHANNEL}/runs`])('%s needs a key', async (path) => {
    expect((await request(world.server, path)).status).toBe(401);
  });

  test('a key sees the channels it is good for', async () => {
    await addTestChannel(world.db, { id: 'other', storeHash: 'other1', profile: 'import_only', push: false });
    const all = await get('/v1/channels');
    expect((all.body['channels'] as { id: string }[]).map(({ id }) => id)).toEqual(['other', CHANNEL]);
    const { key } = await createApiKey(world.db, { name: 'one', channelId: CHANNEL, by: 'test', now: at(0) });
    const own = await request(world.server, '/v1/channels', { key });
    expect(own.body['channels']).toEqual([
      {
        id: CHANNEL,
        name: CHANNEL,
        storeHash: 'abc123',
        profile: 'import_and_writeback',
        enabled: true,
        disabledReason: null,
        importMode: 'automatic',
        pushEnabled: true,
      },
    ]);
    expect((await request(world.server, '/v1/channels/other/runs', { key })).status).toBe(403);
  });

  test('an order is shown with its stage, shipments and timeline, without the shopper', async () => {
    await addTestOrder(world.db, 1001);
    await deliver(world.db, 1001, fact('label.created', { minute: 1 }));
    await deliver(world.db, 1001, fact('in_transit', { minute: 2 }));
    const { status, body } = await get(ORDER);
    expect(status).toBe(200);
    expect(body).toMatchObject({ orderId: 1001, stage: 'shipped', lifecycleState: 'open', paused: false });
    expect(body['shipments']).toEqual([
      expect.objectContaining({ trackingNumber: 'TRACK-1', position: 'in_transit' }),
    ]);
    expect((body['timeline'] as unknown[]).length).toBeGreaterThan(1);
    expect(JSON.stringify(body)).not.toMatch(/Ada|Example|Springfield|example\.com/);
  });

  test.each([
    [`/v1/channels/${CHANNEL}/orders/4711`, 404, 'unknown-order'],
    ['/v1/channels/nowhere/orders/1001', 404, 'unknown-channel'],
    [`/v1/channels/${CHANNEL}/orders/abc`, 422, 'invalid-fields'],
    [`/v1/channels/${CHANNEL}/orders/0`, 422, 'invalid-fields'],
    [`/v1/channels/${CHANNEL}/runs?limit=many`, 422, 'invalid-fields'],
    ['/v1/nothing', 404, 'not-found'],
  ])('%s is %i %s', async (path, status, code) => {
    const answer = await get(path);
    expect(answer.status).toBe(status);
    expect(answer.body).toMatchObject({ status, type: `urn:waybill:problem:${code}` });
  });

  test('imports are listed', async () => {
    const answer = await get(`/v1/channels/${CHANNEL}/runs?limit=5`);
    expect([answer.status, answer.body]).toEqual([200, { runs: [] }]);
  });

  test('an order is paused and resumed, also when Temporal is away', async () => {
    await addTestOrder(world.db, 1001);
    const paused = await post(`${ORDER}/pause`, { reason: 'address check' });
    expect([paused.status, paused.body]).toEqual([200, { paused: true, changed: true }]);
    expect(await orderRow(world.db, 1001)).toMatchObject({ paused: true, pauseReason: 'address check' });
    expect(await outboxRows(world.db)).toEqual([{ orderId: 1001, first: false }]);
    expect((await post(`${ORDER}/pause`, { reason: 'address check' })).body).toEqual({
      paused: true,
      changed: false,
    });
    const other = await post(`${ORDER}/pause`, { reason: 'something else' });
    expect([other.status, other.body['type']]).toEqual([409, 'urn:waybill:problem:order-state']);
    expect((await post(`${ORDER}/resume`, { reason: 'checked', by: 'ada' })).body).toEqual({
      paused: false,
      changed: true,
    });
    expect((await orderRow(world.db, 1001)).paused).toBe(false);
    const [said] = await world.db.sql<{ by: string }[]>`select by from audit order by id desc limit 1`;
    expect(said?.by).toBe('ada');
  });

  test.each([
    {},
    { reason: '' },
    { reason: '   ' },
    { reason: 'x', more: 1 },
    { reason: 'x'.repeat(501) },
    { reason: 7 },
  ])('a pause of %j is 422 and changes nothing', async (body) => {
    await addTestOrder(world.db, 1001);
    expect((await post(`${ORDER}/pause`, body)).status).toBe(422);
    expect((await orderRow(world.db, 1001)).paused).toBe(false);
    expect(await outboxRows(world.db)).toEqual([]);
  });

  test('a pause without a body is refused', async () => {
    await addTestOrder(world.db, 1001);
    const answer = await request(world.server, `${ORDER}/pause`, { key: world.key, method: 'POST' });
    expect(answer.status).toBe(422);
  });

  test('an order that is not known cannot be paused', async () => {
    expect((await post(`/v1/channels/${CHANNEL}/orders/4711/pause`, { reason: 'x' })).status).toBe(404);
  });
});
