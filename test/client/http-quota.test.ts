// The quota over HTTP: what machines read of it, and when a channel takes no more deliveries.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createApiKey } from '../../db/api-keys.ts';
import { takeInbound } from '../../db/inbound-limit.ts';
import { blockBlindly, observeQuota } from '../../db/quota-answers.ts';
import { takeSlot } from '../../db/quota-slots.ts';
import { setCeiling, takeQuota } from '../../db/quota.ts';
import { addTestChannel, addTestOrder, CHANNEL, emptyAll } from '../db/order-life.ts';
import { request, startHttpWorld, startTestServer, type HttpWorld } from './http-world.ts';

let world: HttpWorld;
let storeHash: string;
beforeAll(async () => {
  world = await startHttpWorld(import.meta.url, undefined, undefined, { clockStands: true });
});
afterAll(() => world.stop());
beforeEach(async () => {
  await emptyAll(world.db);
  await world.db.sql`truncate quotas, quota_grants, quota_waits, quota_slots, inbound_calls`;
  await addTestChannel(world.db);
  const [row] = await world.db.sql<
    { hash: string }[]
  >`select store_hash as hash from channels where id = ${CHANNEL}`;
  storeHash = row?.hash ?? '';
  await setCeiling(world.db, { storeHash, limit: 100, windowMs: 30_000, maxConcurrency: 3 });
});

const get = (path: string, key = world.key) => request(world.server, path, { key });

describe('the quota of a channel', () => {
  test('tells limits, use, who waits and what is in flight', async () => {
    await observeQuota(world.db, { storeHash, quota: 100, left: 90, resetMs: 20_000, windowMs: 30_000 });
    await takeQuota(world.db, { storeHash, calls: 12, purpose: 'import', atLeast: 1 });
    await takeQuota(world.db, { storeHash, calls: 60, purpose: 'write_back' });
    await takeQuota(world.db, { storeHash, calls: 20, purpose: 'write_back', waiter: 'w1' });
    await takeSlot(world.db, { storeHash, purpose: 'import', id: crypto.randomUUID(), waiter: 'w2' });

    const answer = await get(`/v1/channels/${CHANNEL}/quota`);

    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({
      storeHash,
      channels: [CHANNEL],
      limit: 100,
      effectiveLimit: 80,
      backgroundLimit: 64,
      reason: 'headers',
      used: { operator: 0, write_back: 60, bulk: 0 },
      waiting: { write_back: 20 },
      live: { limit: 100 },
      blockedUntil: null,
      concurrency: { max: 3, inFlight: 1, waiting: 0 },
    });
  });

  test('says that the store refuses calls, and until when', async () => {
    await blockBlindly(world.db, storeHash);
    const { body } = await get(`/v1/channels/${CHANNEL}/quota`);
    expect(body).toMatchObject({ reason: 'blocked', refusals: 1 });
    expect(body['because']).toContain('refused');
    expect(body['blockedUntil']).not.toBeNull();
  });

  test('is told to a key of the channel, and not to that of another', async () => {
    const now = new Date().toISOString();
    const own = await createApiKey(world.db, { name: 'own', channelId: CHANNEL, by: 'test', now });
    await addTestChannel(world.db, { id: 'other', storeHash: 'otherstore' });
    const other = await createApiKey(world.db, { name: 'other', channelId: 'other', by: 'test', now });
    await setCeiling(world.db, { storeHash: 'otherstore', limit: 10, windowMs: 30_000 });

    expect((await get(`/v1/channels/${CHANNEL}/quota`, own.key)).status).toBe(200);
    expect((await get(`/v1/channels/${CHANNEL}/quota`, other.key)).status).toBe(403);
    expect((await get('/v1/channels/nobody/quota')).status).toBe(404);
    expect((await get('/v1/quotas')).body).toMatchObject({
      quotas: [{ storeHash }, { storeHash: 'otherstore' }],
    });
    expect((await get('/v1/quotas', own.key)).body).toMatchObject({
      quotas: [{ storeHash, channels: [CHANNEL] }],
    });
  });

  test('is among the metrics, by store and purpose', async () => {
    await takeQuota(world.db, { storeHash, calls: 7, purpose: 'operator' });
    const server = await startTestServer(world.db);
    const text = String((await request(server, '/metrics')).body['text']);
    await server.stop();
    expect(text).toMatch(
      new RegExp(`waybill_quota_used_calls\\{store="${storeHash}",purpose="operator".*\\} 7`),
    );
    expect(text).toMatch(new RegExp(`waybill_quota_effective_limit_calls\\{store="${storeHash}".*\\} 100`));
    expect(text).toMatch(new RegExp(`waybill_quota_max_concurrency\\{store="${storeHash}".*\\} 3`));
  });
});

describe('the limit on deliveries', () => {
  const limitTo = async (limit: number, seconds: number) => {
    await world.db.sql`
      update channels set settings = jsonb_set(settings, '{throttle}',
        ${JSON.stringify({ inbound_limit: limit, inbound_window_seconds: seconds })}::text::jsonb)
      where id = ${CHANNEL}`;
  };
  const send = (server: HttpWorld['server'], n: number) =>
    request(server, `/v1/channels/${CHANNEL}/events`, {
      key: world.key,
      body: JSON.stringify({
        id: `e${String(n)}`,
        type: 'label.created',
        orderId: 1001,
        shipment: { trackingNumber: `N-${String(n)}`, carrier: 'ups' },
      }),
    });

  test('answers 429 with Retry-After, loses nothing that was taken, and is shared by processes', async () => {
    await addTestOrder(world.db, 1001, { quantities: [9] });
    await limitTo(5, 60);
    const servers = [await startTestServer(world.db), await startTestServer(world.db)];
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, n) => send(servers[n % 2] ?? world.server, n)),
    );
    for (const server of servers) await server.stop();

    const taken = answers.filter(({ status }) => status === 202);
    const refused = answers.filter(({ status }) => status === 429);
    expect([taken.length, refused.length]).toEqual([5, 7]);
    for (const { headers, body } of refused) {
      expect(headers.get('content-type')).toContain('application/problem+json');
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
      expect(Number(headers.get('retry-after'))).toBeLessThanOrEqual(60);
      expect(body['type']).toBe('urn:waybill:problem:too-many-requests');
      expect(body['detail']).toContain('throttle.inbound_limit');
    }
    const [kept] = await world.db.sql<
      { rows: number }[]
    >`select count(*)::int as rows from carrier_deliveries`;
    expect(kept?.rows).toBe(5);
  });

  test('is off by default', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, (_, n) => send(world.server, n)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
    expect(await world.db.sql`select 1 from inbound_calls`).toHaveLength(0);
  });

  test('lets calls in again as the window moves, never more than the limit in it', async () => {
    const call = { channelId: CHANNEL, limit: 3, windowMs: 60_000 };
    const take = () => takeInbound(world.db, call);
    const pass = (ms: number) =>
      world.db.sql`update inbound_calls set at = at - ${ms}::float8 * interval '1 millisecond'`;
    expect(await take()).toEqual({ taken: true });
    await pass(30_000);
    expect([await take(), await take()]).toEqual([{ taken: true }, { taken: true }]);
    const refused = await take();
    if (refused.taken) throw new Error('taken above the limit');
    expect(refused.waitMs).toBeGreaterThan(20_000);
    expect(refused.waitMs).toBeLessThanOrEqual(30_000);
    await pass(refused.waitMs);
    expect(await take()).toEqual({ taken: true });
    expect(await take()).toMatchObject({ taken: false });
  });
});
