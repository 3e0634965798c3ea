// POST /v1/carriers/{provider}/{channel} over a real socket and a real Postgres: every provider's body moves its order,
// and what is not proved changes nothing and is counted.
import { createHash, createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { Webhook } from 'standardwebhooks';
import { addProviderSecret, type SecretSource } from '../../db/provider-secrets.ts';
import { listRefusals, REPEATED } from '../../db/delivery-refusals.ts';
import { PROVIDER_IDS, type ProviderId } from '../../domain/carriers/provider-ids.ts';
import {
  addTestChannel,
  addTestOrder,
  CHANNEL,
  countOf,
  deliver,
  emptyAll,
  fact,
  orderRow,
  settle,
} from '../db/order-life.ts';
import { namespaceFor } from '../support/servers.ts';
import { fill, readFixture } from '../fixtures/carriers/read-fixture.ts';
import {
  request,
  startHttpWorld,
  startTestServer,
  testSecretBox,
  type Answer,
  type HttpWorld,
} from './http-world.ts';
import { waybillHere } from './run-waybill.ts';

const SECRET = 'a-secret-of-the-sender';
const NOW = new Date('2026-03-02T12:00:00.000Z');
const box = testSecretBox();

const hmac = (body: string, encoding: 'hex' | 'base64', key = SECRET) =>
  createHmac('sha256', key).update(body).digest(encoding);

/** How each provider proves a body: headers, or a secret in the address. */
const PROOFS: Record<ProviderId, (body: string) => { headers?: Record<string, string>; query?: string }> = {
  easypost: (body) => ({ headers: { 'x-hmac-signature': `hmac-sha256-hex=${hmac(body, 'hex')}` } }),
  shippo: (body) => {
    const t = String(NOW.getTime() / 1_000);
    return { headers: { 'shippo-auth-signature': `t=${t},v1=${hmac(`${t}.${body}`, 'hex')}` } };
  },
  aftership: (body) => ({ headers: { 'aftership-hmac-sha256': hmac(body, 'base64') } }),
  '17track': (body) => ({
    headers: { sign: createHash('sha256').update(`${body}/${SECRET}`).digest('hex') },
  }),
  ship24: () => ({ headers: { authorization: `Bearer ${SECRET}` } }),
  karrio: () => ({ headers: { 'x-event-id': SECRET } }),
  sendcloud: (body) => ({ headers: { 'sendcloud-signature': hmac(body, 'hex') } }),
  starshipit: () => ({ query: `?token=${SECRET}` }),
  shipengine: () => ({ query: `?token=${SECRET}` }),
};

/** The providers whose proof does not cover the body. */
const UNBOUND: ProviderId[] = ['ship24', 'karrio', 'starshipit', 'shipengine'];

let world: HttpWorld;
let now = NOW;
beforeAll(async () => {
  world = await startHttpWorld(import.meta.url, undefined, () => now);
});
afterAll(() => world.stop());
beforeEach(async () => {
  now = NOW;
  await emptyAll(world.db);
  await world.db.sql`delete from delivery_refusals`;
  await addTestChannel(world.db);
});

const keep = (source: SecretSource, value = SECRET) =>
  addProviderSecret(world.db, box, { channelId: CHANNEL, source, value, by: 'test', now: NOW.toISOString() });

function send(
  id: string,
  body: string,
  proof: { headers?: Record<string, string>; query?: string } = {},
  channel = CHANNEL,
): Promise<Answer> {
  return request(world.server, `/v1/carriers/${id}/${channel}${proof.query ?? ''}`, {
    body,
    ...(proof.headers === undefined ? {} : { headers: proof.headers }),
  });
}

const bodyOf = (id: ProviderId, code: string): string => JSON.stringify(fill(readFixture(id), code));
const numberOf = (id: ProviderId): string => readFixture(id).example.facts[0]?.number ?? '';
const codeFor = (id: ProviderId, word: string): string => readFixture(id).words[word]?.at(-1) ?? '';

/** An order whose label has the number of the fixture. */
async function orderWithLabel(id: ProviderId, minute = -60 * 24 * 60): Promise<void> {
  await addTestOrder(world.db, 1001);
  await deliver(world.db, 1001, fact('label.created', { number: numberOf(id), carrier: null, minute }));
}

const counted = async () =>
  (await listRefusals(world.db, CHANNEL)).map(({ source, reason, refused }) => [source, reason, refused]);
/** Repeats are written a moment later, perhaps in the middle of the next test. */
const refusals = async () => (await counted()).filter(([, reason]) => reason !== REPEATED);

describe.each(PROVIDER_IDS)('a delivery of %s', (id) => {
  test('moves the order that has its number, and its body is kept as received', async () => {
    await keep(id);
    await orderWithLabel(id);
    const body = bodyOf(id, codeFor(id, 'in_transit'));
    const answer = await send(id, body, PROOFS[id](body));
    expect(answer.status).toBe(202);
    expect(answer.body).toMatchObject({ facts: 1, new: 1, parked: 0 });
    expect((await orderRow(world.db, 1001)).stage).toBe('shipped');
    const [kept] = await world.db.sql<{ body: string; source: string }[]>`
      select body, source from carrier_deliveries where id = ${String(answer.body['id'])}`;
    expect(kept).toEqual({ body, source: id });
  });

  test('sent again inside its window is the same delivery and changes nothing', async () => {
    await keep(id);
    await orderWithLabel(id);
    const body = bodyOf(id, codeFor(id, 'in_transit'));
    const first = await send(id, body, PROOFS[id](body));
    const deliveries = await countOf(world.db, 'carrier_deliveries');
    const again = await send(id, body, PROOFS[id](body));
    expect(again.status).toBe(202);
    expect(again.body).toMatchObject({ id: first.body['id'], facts: 1, new: 0 });
    expect(await countOf(world.db, 'carrier_deliveries')).toBe(deliveries);
    expect((await request(world.server, '/metrics')).body['text']).toContain(
      `waybill_carrier_deliveries_total{provider="${id}",outcome="repeated"`,
    );
  });

  test('waits for its number when it comes first', async () => {
    await keep(id);
    const body = bodyOf(id, codeFor(id, 'in_transit'));
    expect((await send(id, body, PROOFS[id](body))).body).toMatchObject({ new: 1, parked: 1 });
    await orderWithLabel(id);
    expect((await orderRow(world.db, 1001)).stage).toBe('shipped');
  });

  test('that is not proved is 401 without a hint, stores nothing and is counted', async () => {
    await orderWithLabel(id);
    const body = bodyOf(id, codeFor(id, 'delivered'));
    const stored = await countOf(world.db, 'carrier_events');
    const unconfigured = await send(id, body, PROOFS[id](body));
    await keep(id, 'another-secret');
    const forged = await send(id, body, PROOFS[id](body));
    const unsigned = await send(id, body);
    const elsewhere = await send(id, body, PROOFS[id](body), 'nowhere');
    for (const answer of [unconfigured, forged, unsigned, elsewhere]) {
      expect(answer.status).toBe(401);
      expect(answer.headers.get('content-type')).toContain('application/problem+json');
      expect(answer.body).toEqual(forged.body);
    }
    expect(await countOf(world.db, 'carrier_events')).toBe(stored);
    expect((await orderRow(world.db, 1001)).stage).toBe('imported');
    const wrong = UNBOUND.includes(id) ? 'secret' : 'signature';
    expect(await refusals()).toEqual(
      [
        [id, 'no_secret', 1],
        [id, wrong, 1],
        [id, 'unsigned', 1],
      ].sort(),
    );
    const metrics = String((await request(world.server, '/metrics')).body['text']);
    expect(metrics).toMatch(
      new RegExp(`waybill_carrier_deliveries_refused_total\\{provider="${id}",reason="${wrong}"`),
    );
    expect(metrics).toMatch(
      new RegExp(`waybill_carrier_deliveries_refused_total\\{provider="${id}",reason="channel"`),
    );
  });

  test('is believed by the old and the new secret while one is being replaced', async () => {
    await keep(id, 'the-old-secret');
    await keep(id);
    const body = bodyOf(id, codeFor(id, 'in_transit'));
    expect((await send(id, body, PROOFS[id](body))).status).toBe(202);
  });

  test('a delivered parcel ends the order only if something vouches for the body', async () => {
    await keep(id);
    await orderWithLabel(id);
    const body = bodyOf(id, codeFor(id, 'delivered'));
    expect((await send(id, body, PROOFS[id](body))).status).toBe(202);
    const row = await orderRow(world.db, 1001);
    if (!UNBOUND.includes(id)) return expect(row.stage).toBe('delivered');
    expect(row).toMatchObject({ stage: 'imported', attention: 'exception' });
    expect(row.attentionReason).toContain('does not sign');
  });

  test('a word that nobody publishes is kept and shown, and moves nothing', async () => {
    await keep(id);
    await orderWithLabel(id);
    const word = readFixture(id).unknown[0] ?? '';
    const body = bodyOf(id, word);
    expect((await send(id, body, PROOFS[id](body))).body).toMatchObject({ new: 1 });
    expect(await orderRow(world.db, 1001)).toMatchObject({ stage: 'imported', attention: 'unknown' });
    const [kept] = await world.db.sql<{ word: string }[]>`
      select fact->'tracking'->>'providerStatus' as word from carrier_events
      where fact->'tracking'->>'status' = 'unknown'`;
    expect(kept?.word).toBe(word.split('|')[0]);
    expect(String((await request(world.server, '/metrics')).body['text'])).toContain(
      `waybill_carrier_unknown_words_total{provider="${id}"`,
    );
  });

  test('a body without the fields it needs is answered as the provider bears it', async () => {
    await keep(id);
    const tolerant = id === 'easypost' || id === 'karrio';
    for (const body of ['{}', '[]', 'no json at all']) {
      const answer = await send(id, body, PROOFS[id](body));
      if (tolerant) {
        expect(answer.status).toBe(202);
        expect(answer.body).toMatchObject({ facts: 0, nothing: 'unreadable' });
      } else {
        expect(answer.status).toBe(body.startsWith('no') ? 400 : 422);
        if (answer.status === 422)
          expect(answer.body['errors']).toMatchObject([{ message: expect.any(String) as string }]);
      }
    }
    expect(await countOf(world.db, 'carrier_deliveries')).toBe(tolerant ? 3 : 0);
    expect(await refusals()).toEqual([[id, 'unreadable', 3]]);
  });
});

describe('while Temporal answers', () => {
  test('the lifecycle of the order is told at once', async () => {
    const namespace = await namespaceFor(import.meta.url);
    const told = await startHttpWorld(`${import.meta.url}-told`, namespace, () => now);
    try {
      await addTestChannel(told.db);
      await addTestOrder(told.db, 1001);
      const label = fact('label.created', {
        number: numberOf('aftership'),
        carrier: null,
        minute: -60 * 24 * 60,
      });
      await deliver(told.db, 1001, label);
      await addProviderSecret(told.db, box, {
        channelId: CHANNEL,
        source: 'aftership',
        value: SECRET,
        by: 'test',
        now: NOW.toISOString(),
      });
      await vi.waitFor(
        async () => expect((await request(told.server, '/readyz')).body['temporal']).toBe('ok'),
        { timeout: 30_000 },
      );
      const body = bodyOf('aftership', 'InTransit');
      const answer = await request(told.server, `/v1/carriers/aftership/${CHANNEL}`, {
        body,
        headers: PROOFS.aftership(body).headers ?? {},
      });
      expect(answer.status).toBe(202);
      // Told: the outbox row goes once the signal was sent.
      await vi.waitFor(async () => expect(await countOf(told.db, 'outbox')).toBe(0), { timeout: 30_000 });
    } finally {
      await told.stop();
    }
  });
});

describe('trust', () => {
  test('lets an unbound sender’s word end an order', async () => {
    await world.db
      .sql`update channels set settings = settings || '{"carriers": {"karrio": {"trust": true}}}'`;
    await keep('karrio');
    await orderWithLabel('karrio');
    const body = bodyOf('karrio', 'delivered');
    await send('karrio', body, PROOFS.karrio(body));
    expect((await orderRow(world.db, 1001)).stage).toBe('delivered');
  });

  test('given later counts for what was sent before, and taken back lowers nothing', async () => {
    await keep('karrio');
    await orderWithLabel('karrio');
    const body = bodyOf('karrio', 'delivered');
    await send('karrio', body, PROOFS.karrio(body));
    expect((await orderRow(world.db, 1001)).stage).toBe('imported');
    const trust = (on: boolean) => {
      const carriers = JSON.stringify({ carriers: { karrio: { trust: on } } });
      return world.db.sql`update channels set settings = settings || ${carriers}::text::jsonb`;
    };
    await trust(true);
    await settle(world.db, 1001, { now: NOW.toISOString() });
    expect(await orderRow(world.db, 1001)).toMatchObject({ stage: 'delivered', attention: null });
    await trust(false);
    await settle(world.db, 1001, { now: NOW.toISOString() });
    expect((await orderRow(world.db, 1001)).stage).toBe('delivered');
  });

  test('is no reason to believe a delivery without the secret', async () => {
    await world.db
      .sql`update channels set settings = settings || '{"carriers": {"starshipit": {"trust": true}}}'`;
    const body = bodyOf('starshipit', 'Delivered');
    expect((await send('starshipit', body)).status).toBe(401);
    await keep('starshipit');
    expect((await send('starshipit', body)).status).toBe(401);
    expect((await send('starshipit', body, { query: '?token=wrong-secret' })).status).toBe(401);
  });

  test('a delivery that a signed sender reports after a doubted one is believed', async () => {
    await keep('karrio');
    await orderWithLabel('karrio');
    const body = bodyOf('karrio', 'delivered');
    await send('karrio', body, PROOFS.karrio(body));
    await deliver(world.db, null, fact('delivered', { number: numberOf('karrio'), carrier: 'ups' }), {
      now: NOW.toISOString(),
    });
    expect(await orderRow(world.db, 1001)).toMatchObject({ stage: 'delivered', attention: null });
  });
});

describe('the address', () => {
  test('of an unknown provider is 404 and names the known ones', async () => {
    const answer = await send('dhl', '{}');
    expect(answer.status).toBe(404);
    expect(answer.body).toMatchObject({ type: 'urn:waybill:problem:unknown-provider' });
    expect(String(answer.body['detail'])).toContain('easypost');
  });

  test('may carry the secret as the password of basic authentication', async () => {
    await keep('easypost');
    const body = bodyOf('easypost', 'in_transit');
    const headers = { authorization: `Basic ${Buffer.from(`waybill:${SECRET}`).toString('base64')}` };
    expect((await send('easypost', body, { headers })).status).toBe(202);
  });

  test('refuses more than 1 MiB', async () => {
    await keep('easypost');
    const body = JSON.stringify({ description: 'tracker.updated', filler: 'y'.repeat(1024 * 1024) });
    const answer = await send('easypost', body, PROOFS.easypost(body));
    expect(answer.status).toBe(413);
    expect(String(answer.body['detail'])).toContain('1024 KiB');
  });

  test('takes whatever content type the provider sends', async () => {
    await keep('easypost');
    const body = bodyOf('easypost', 'in_transit');
    const headers = { ...PROOFS.easypost(body).headers, 'content-type': 'text/plain' };
    expect((await send('easypost', body, { headers })).status).toBe(202);
  });
});

describe('an expired delivery', () => {
  test('is refused and counted, however right its signature is', async () => {
    await keep('shippo');
    const body = bodyOf('shippo', 'TRANSIT');
    const proof = PROOFS.shippo(body);
    now = new Date(NOW.getTime() + 301_000);
    expect((await send('shippo', body, proof)).status).toBe(401);
    expect(await refusals()).toEqual([['shippo', 'expired', 1]]);
    expect(await countOf(world.db, 'carrier_deliveries')).toBe(0);
  });
});

describe('ShipEngine, signed with its key', () => {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
  const jwks = JSON.stringify({ keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'key-1' }] });
  const signed = (text: string, at = NOW) => ({
    'x-shipengine-rsa-sha256-signature': sign(
      'sha256',
      Buffer.from(`${at.toISOString()}.${text}`),
      privateKey,
    ).toString('base64'),
    'x-shipengine-rsa-sha256-key-id': 'key-1',
    'x-shipengine-timestamp': at.toISOString(),
  });
  const body = bodyOf('shipengine', 'DE|DELIVERED');
  const sendSigned = (headers: Record<string, string>) => send('shipengine', body, { headers });

  test('is believed, and may end an order, because the proof covers the body', async () => {
    await keep('shipengine', jwks);
    await orderWithLabel('shipengine');
    expect((await sendSigned(signed(body))).status).toBe(202);
    expect((await orderRow(world.db, 1001)).stage).toBe('delivered');
    expect((await sendSigned(signed(body))).body).toMatchObject({ new: 0 });
  });

  test('is refused and counted when it is forged, changed, or replayed after five minutes', async () => {
    await keep('shipengine', jwks);
    await orderWithLabel('shipengine');
    const changed = signed(bodyOf('shipengine', 'IT'));
    const moved = {
      ...signed(body),
      'x-shipengine-timestamp': new Date(NOW.getTime() + 1_000).toISOString(),
    };
    expect((await sendSigned(changed)).status).toBe(401);
    expect((await sendSigned(moved)).status).toBe(401);
    const late = signed(body);
    now = new Date(NOW.getTime() + 301_000);
    expect((await sendSigned(late)).status).toBe(401);
    expect(await refusals()).toEqual([
      ['shipengine', 'expired', 1],
      ['shipengine', 'signature', 2],
    ]);
    expect((await orderRow(world.db, 1001)).stage).toBe('imported');
  });
});

describe('repeated deliveries', () => {
  // Of a provider that signs a time, of one that does not, and of an unbound one.
  const SENDERS = ['shippo', 'easypost', 'karrio'] as const;

  test('are counted by provider for the operator, beside what was refused, and are told all is well', async () => {
    const sent: Record<string, number> = {};
    for (const [at, id] of SENDERS.entries()) {
      await keep(id);
      const body = bodyOf(id, codeFor(id, 'in_transit'));
      const statuses: number[] = [];
      for (let n = 0; n <= at + 1; n += 1) statuses.push((await send(id, body, PROOFS[id](body))).status);
      expect(new Set(statuses)).toEqual(new Set([202]));
      sent[id] = at + 1;
    }
    expect(await countOf(world.db, 'carrier_deliveries')).toBe(SENDERS.length);
    await vi.waitFor(
      async () => {
        const rows = (await counted()).filter(([, reason]) => reason === REPEATED);
        expect(Object.fromEntries(rows.map(([source, , count]) => [source, count]))).toMatchObject(sent);
      },
      { timeout: 30_000, interval: 100 },
    );
    const shown = await waybillHere(['channel', 'show', CHANNEL], {
      env: { WAYBILL_DATABASE_URL: world.databaseUrl },
    });
    expect(shown.stdout).toContain('Repeated by karrio: 3 (known already, changed nothing), last 2026-03-02');
  });

  test('of our own envelope are counted as well, and words that nobody publishes', async () => {
    await addTestOrder(world.db, 1001);
    const own = await startTestServer(world.db, undefined, () => NOW);
    const path = `/v1/channels/${CHANNEL}/events`;
    for (const id of ['e1', 'e1', 'e2']) {
      const body = JSON.stringify({
        id,
        type: 'tracking.updated',
        orderId: 1001,
        shipment: { trackingNumber: 'OWN-1' },
        tracking: { provider: 'parcelpilot', providerStatus: 'Bewitched' },
      });
      expect((await request(own, path, { key: world.key, body })).status).toBe(202);
    }
    const metrics = String((await request(own, '/metrics')).body['text']);
    await own.stop();
    for (const line of [
      /waybill_carrier_deliveries_total\{provider="events",outcome="new"[^\n]* 2\n/,
      /waybill_carrier_deliveries_total\{provider="events",outcome="repeated"[^\n]* 1\n/,
      /waybill_carrier_unknown_words_total\{provider="parcelpilot"[^\n]* 2\n/,
    ])
      expect(metrics).toMatch(line);
  });

  test('that are not written yet are written when the server stops', async () => {
    const own = await startTestServer(world.db, undefined, () => NOW);
    await addTestOrder(world.db, 1001);
    const path = `/v1/channels/${CHANNEL}/events`;
    const event = {
      key: world.key,
      body: JSON.stringify({ id: 'e9', type: 'label.created', orderId: 1001 }),
    };
    for (let n = 0; n < 3; n += 1) await request(own, path, event);
    await own.stop();
    expect(await counted()).toContainEqual(['events', REPEATED, 2]);
  });
});

describe('our own envelope, signed by Standard Webhooks', () => {
  const secret = `whsec_${Buffer.from('twenty-four-byte-secret!').toString('base64')}`;
  const body = JSON.stringify({
    type: 'label.created',
    occurredAt: NOW.toISOString(),
    orderId: 1001,
    shipment: { trackingNumber: 'OWN-1' },
  });
  const signed = (id: string, text = body, at = NOW) => ({
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
    'webhook-signature': new Webhook(secret).sign(id, at, text),
  });
  const sendOwn = (headers: Record<string, string>, text = body) =>
    request(world.server, `/v1/channels/${CHANNEL}/events`, { headers, body: text });

  test('is accepted without an API key, and its message id is the key of the event', async () => {
    await keep('events', secret);
    await addTestOrder(world.db, 1001);
    expect((await sendOwn(signed('msg-1'))).status).toBe(202);
    expect((await sendOwn(signed('msg-1'))).body).toMatchObject({ new: 0 });
    const [stored] = await world.db.sql<{ id: string }[]>`select event_id as id from carrier_events`;
    expect(stored?.id).toBe('msg-1');
  });

  test('is refused and counted when it is forged, late, unknown or without a secret', async () => {
    expect((await sendOwn(signed('msg-1'))).status).toBe(401);
    await keep('events', secret);
    expect((await sendOwn(signed('msg-1', '{}'))).status).toBe(401);
    expect((await sendOwn(signed('msg-1', body, new Date(NOW.getTime() - 301_000)))).status).toBe(401);
    expect(await countOf(world.db, 'carrier_events')).toBe(0);
    expect(await refusals()).toEqual([
      ['events', 'expired', 1],
      ['events', 'no_secret', 1],
      ['events', 'signature', 1],
    ]);
  });

  test('an API key does not help a wrong signature', async () => {
    await keep('events', secret);
    const headers = { ...signed('msg-1', '{}'), authorization: `Bearer ${world.key}` };
    expect((await sendOwn(headers)).status).toBe(401);
  });
});
