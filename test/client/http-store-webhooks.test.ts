// A store's webhooks over HTTP, sent by the simulated store and by forgers: what is believed leaves one hint, what is
// not is refused and counted, and no repeat costs a read.
import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { listRefusals } from '../../db/delivery-refusals.ts';
import { dueHints } from '../../db/hints.ts';
import { putSecret } from '../../db/secrets.ts';
import {
  acceptedWebhookSecrets,
  beginSecretChange,
  endSecretChange,
  ensureWebhookSecret,
} from '../../db/webhooks.ts';
import { HINT_SETTLES_MS } from '../../client/store-webhooks.ts';
import { WEBHOOK_SECRET_HEADER } from '../../domain/store-webhook.ts';
import { addTestChannel, CHANNEL, countOf, STORE_HASH } from '../db/order-life.ts';
import { request, startHttpWorld, testSecretBox, type Answer, type HttpWorld } from './http-world.ts';

const CLIENT_SECRET = 'client-secret-of-the-account';
const box = testSecretBox();
const path = `/v1/stores/${CHANNEL}/webhooks`;
const now = () => new Date().toISOString();
const later = () => new Date(Date.now() + 60_000).toISOString();

let world: HttpWorld;
let secret: string;
beforeAll(async () => {
  world = await startHttpWorld(import.meta.url);
  await addTestChannel(world.db);
});
afterAll(() => world.stop());
beforeEach(async () => {
  for (const table of ['webhook_deliveries', 'delivery_refusals', 'hints', 'channel_secrets'])
    await world.db.sql.unsafe(`delete from ${table}`);
  secret = await ensureWebhookSecret(world.db, box, { channelId: CHANNEL, now: now() });
});

function body(orderId: number, more: object = {}): string {
  return JSON.stringify({
    scope: 'store/order/updated',
    store_id: '1',
    data: { type: 'order', id: orderId },
    hash: 'ab',
    created_at: 1_790_000_000,
    producer: `stores/${STORE_HASH}`,
    ...more,
  });
}
const send = (
  text: string,
  headers: Record<string, string> = { [WEBHOOK_SECRET_HEADER]: secret },
): Promise<Answer> => request(world.server, path, { body: text, headers });
const hinted = async () =>
  (await dueHints(world.db, { channelId: CHANNEL, limit: 100, now: later() })).map(({ orderId }) => orderId);
const refusals = async () =>
  (await listRefusals(world.db, CHANNEL)).map(({ source, reason, refused }) => ({ source, reason, refused }));

function signed(text: string, id: string, sentAt = Date.now(), key = CLIENT_SECRET): Record<string, string> {
  const time = String(Math.floor(sentAt / 1_000));
  const signature = createHmac('sha256', key).update(`${id}.${time}.${text}`).digest('base64');
  return {
    [WEBHOOK_SECRET_HEADER]: secret,
    'webhook-id': id,
    'webhook-timestamp': time,
    'webhook-signature': `v1,${signature}`,
  };
}

describe('a delivery with the secret of its channel', () => {
  test('leaves a hint, and ten of it leave one', async () => {
    expect(await send(body(1001))).toMatchObject({ status: 200, body: { outcome: 'taken' } });
    const [before] = await dueHints(world.db, { channelId: CHANNEL, limit: 1, now: later() });
    const again = await Promise.all(Array.from({ length: 10 }, () => send(body(1001))));
    expect(again.map((answer) => answer.body['outcome'])).toEqual(Array(10).fill('repeat'));
    const [after] = await dueHints(world.db, { channelId: CHANNEL, limit: 1, now: later() });
    expect(after).toEqual(before);
  });

  test('is read only after the burst has settled, once for all of it', async () => {
    const before = Date.now();
    for (const scope of ['store/order/created', 'store/order/updated', 'store/order/statusUpdated'])
      await send(body(1001, { scope }));
    // Reckoned from the first of them, however long the others took.
    const settled = new Date(before + HINT_SETTLES_MS - 1).toISOString();
    expect(await dueHints(world.db, { channelId: CHANNEL, limit: 10, now: settled })).toEqual([]);
    expect(await hinted()).toEqual([1001]);
  });

  test('in whatever order they come, and again behind newer ones, leave one hint of each order', async () => {
    const told = ['created', 'updated', 'statusUpdated'].flatMap((event, nth) =>
      [1001, 1002].map((orderId) =>
        body(orderId, {
          scope: `store/order/${event}`,
          hash: `${event}${String(orderId)}`,
          created_at: 1_790_000_000 + nth,
        }),
      ),
    );
    const mixed = [...told].reverse();
    const outcomes: unknown[] = [];
    for (const text of [...mixed, ...told]) outcomes.push((await send(text)).body['outcome']);
    expect(outcomes).toEqual([...mixed.map(() => 'taken'), ...told.map(() => 'repeat')]);
    expect((await hinted()).sort()).toEqual([1001, 1002]);
    expect(await countOf(world.db, 'hints')).toBe(2);
  });

  test('of no order is taken in and ignored', async () => {
    const product = body(7, { scope: 'store/product/updated', data: { type: 'product', id: 7 } });
    expect(await send(product)).toMatchObject({ status: 200, body: { outcome: 'ignored' } });
    expect(await hinted()).toEqual([]);
  });

  test('of another store is refused, counted, and leaves nothing', async () => {
    const other = await send(body(1001, { producer: 'stores/other' }));
    expect(other.status).toBe(422);
    expect(await hinted()).toEqual([]);
    expect(await countOf(world.db, 'webhook_deliveries')).toBe(0);
    expect(await refusals()).toEqual([{ source: 'store', reason: 'other_store', refused: 1 }]);
  });

  test.each([
    ['{"scope":', 400],
    ['[]', 422],
    ['{}', 422],
  ])('and the body %s is refused', async (text, status) => {
    expect((await send(text)).status).toBe(status);
    expect(await hinted()).toEqual([]);
  });
});

describe('a delivery is refused, and says no more than that,', () => {
  test.each([
    ['without a secret', () => ({})],
    ['with a wrong one', () => ({ [WEBHOOK_SECRET_HEADER]: `${secret}x` })],
    ['with an empty one', () => ({ [WEBHOOK_SECRET_HEADER]: '' })],
  ])('%s', async (_why, headers) => {
    const answer = await send(body(1001), headers());
    expect(answer).toMatchObject({ status: 401, body: { title: 'The delivery is not proved' } });
    expect(JSON.stringify(answer.body)).not.toContain(secret);
    expect(await hinted()).toEqual([]);
    expect(await refusals()).toEqual([{ source: 'store', reason: 'secret', refused: 1 }]);
  });

  test('with the old secret after it was changed', async () => {
    const old = secret;
    const at = { channelId: CHANNEL, now: now() };
    await beginSecretChange(world.db, box, at);
    expect((await send(body(1001), { [WEBHOOK_SECRET_HEADER]: old })).status).toBe(200);
    const next = (await acceptedWebhookSecrets(world.db, box, CHANNEL)).at(-1) ?? '';
    expect((await send(body(1002), { [WEBHOOK_SECRET_HEADER]: next })).status).toBe(200);
    await endSecretChange(world.db, box, { ...at, secret: next });
    expect((await send(body(1003), { [WEBHOOK_SECRET_HEADER]: old })).status).toBe(401);
    expect((await send(body(1003), { [WEBHOOK_SECRET_HEADER]: next })).status).toBe(200);
  });

  test('for a channel that there is not, in the same words', async () => {
    const there = await send(body(1001), {});
    const nowhere = await request(world.server, '/v1/stores/nobody/webhooks', { body: body(1001) });
    expect([nowhere.status, nowhere.body]).toEqual([there.status, there.body]);
  });

  test('for a channel whose webhooks were never registered', async () => {
    await world.db.sql`delete from channel_secrets`;
    expect((await send(body(1001), { [WEBHOOK_SECRET_HEADER]: '' })).status).toBe(401);
    expect(await refusals()).toEqual([{ source: 'store', reason: 'not_registered', refused: 1 }]);
  });
});

describe('more deliveries than can be read', () => {
  test('are answered 200 and left to the poll, and those at work lose nothing', async () => {
    let letGo = (): void => undefined;
    const told = new Promise<void>((resolve) => (letGo = resolve));
    let held = (): void => undefined;
    const holding = new Promise<void>((resolve) => (held = resolve));
    const over = world.db.sql.begin(async (sql) => {
      await sql`lock table webhook_deliveries in exclusive mode`;
      held();
      await told;
    });
    await holding;
    const sent = Array.from({ length: 12 }, (_, n) => send(body(3000 + n, { hash: `h${String(n)}` })));
    // Four are at work and wait for the table; the others for their turn, which does not come.
    const left: unknown[] = [];
    for (const answer of sent)
      void answer.then(({ body: { outcome } }) => {
        if (outcome === 'left_to_poll') left.push(outcome);
      });
    await vi.waitFor(() => expect(left).toHaveLength(8), { timeout: 30_000 });
    letGo();
    await over;
    const answers = await Promise.all(sent);
    const outcomes = answers.map(({ status, body: { outcome } }) => (status === 200 ? outcome : status));
    expect(outcomes.filter((outcome) => outcome === 'left_to_poll')).toHaveLength(8);
    // A machine that is busy enough answers 503 in the end, and the store sends it again.
    for (const outcome of outcomes) expect(['taken', 'left_to_poll', 503]).toContain(outcome);
    expect((await request(world.server, '/metrics')).body['text']).toMatch(
      /waybill_store_webhooks_total\{outcome="left_to_poll"[^\n]* 8\n/,
    );
    expect((await send(body(4000))).body['outcome']).toBe('taken');
  });
});

describe('where the client secret is known', () => {
  beforeEach(() =>
    putSecret(world.db, box, {
      channelId: CHANNEL,
      kind: 'client_secret',
      value: CLIENT_SECRET,
      now: now(),
    }),
  );

  test('a right signature is believed, and two deliveries of one body are two', async () => {
    expect((await send(body(1001), signed(body(1001), 'msg_1'))).body['outcome']).toBe('taken');
    expect((await send(body(1001), signed(body(1001), 'msg_1'))).body['outcome']).toBe('repeat');
    expect((await send(body(1001), signed(body(1001), 'msg_2'))).body['outcome']).toBe('taken');
  });

  test('a forged one is refused although the secret is right', async () => {
    const forged = signed(body(1001), 'msg_1', Date.now(), 'another-secret');
    expect((await send(body(1001), forged)).status).toBe(401);
    const changed = await send(body(1002), signed(body(1001), 'msg_1'));
    expect(changed.status).toBe(401);
    expect(await refusals()).toEqual([{ source: 'store', reason: 'signature', refused: 2 }]);
    expect(await hinted()).toEqual([]);
  });

  test('a replay of days ago is refused; one within the time in which the store repeats changes nothing', async () => {
    const DAY_MS = 86_400_000;
    const old = signed(body(1001), 'msg_1', Date.now() - 3 * DAY_MS);
    expect((await send(body(1001), old)).status).toBe(401);
    expect(await refusals()).toEqual([{ source: 'store', reason: 'expired', refused: 1 }]);
    const yesterday = signed(body(1001), 'msg_2', Date.now() - DAY_MS);
    expect((await send(body(1001), yesterday)).body['outcome']).toBe('taken');
    expect((await send(body(1001), yesterday)).body['outcome']).toBe('repeat');
  });

  test('an unsigned one is believed by its secret, because older accounts do not sign', async () => {
    expect((await send(body(1001))).status).toBe(200);
  });
});
