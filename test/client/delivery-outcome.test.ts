// GET /v1/channels/{channel}/deliveries/{id}: what became of a delivery, asked by the id of its 202.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createApiKey } from '../../db/api-keys.ts';
import { addTestChannel, addTestOrder, at, CHANNEL, emptyAll, settle } from '../db/order-life.ts';
import { request, startHttpWorld, type Answer, type HttpWorld } from './http-world.ts';

let world: HttpWorld;
beforeAll(async () => {
  world = await startHttpWorld(import.meta.url, undefined, () => new Date(at(60)));
});
afterAll(() => world.stop());
beforeEach(async () => {
  await emptyAll(world.db);
  await addTestChannel(world.db);
});

const body = (orderId: number, id = `label-${String(orderId)}`): string =>
  JSON.stringify({
    id,
    type: 'label.created',
    occurredAt: at(1),
    orders: [{ orderId }],
    shipment: { trackingNumber: `T${String(orderId)}`, carrier: 'ups' },
  });
const send = (text: string): Promise<Answer> =>
  request(world.server, `/v1/channels/${CHANNEL}/events`, { key: world.key, body: text });
const ask = (id: unknown, key: string | null = world.key): Promise<Answer> =>
  request(world.server, `/v1/channels/${CHANNEL}/deliveries/${String(id)}`, { key });

test('tells each fact, whether it counts, and where its order and its writes are now', async () => {
  await addTestOrder(world.db, 1001);
  const sent = await send(body(1001));
  const told = {
    id: sent.body['id'],
    source: 'http',
    facts: 1,
    new: 1,
    events: [
      {
        eventId: 'label-1001',
        type: 'label.created',
        trackingNumber: 'T1001',
        state: 'applied',
        orderId: 1001,
      },
    ],
  };
  expect(await ask(sent.body['id'])).toMatchObject({
    status: 200,
    body: {
      ...told,
      events: [{ ...told.events[0], order: { stage: 'imported', attention: null, writes: [] } }],
    },
  });
  await settle(world.db, 1001);
  expect((await ask(sent.body['id'])).body).toMatchObject({
    events: [{ order: { writes: [{ kind: 'create_shipment', state: 'planned' }, { kind: 'set_status' }] } }],
  });
});

test('whose number nobody knows waits, and counts once its label has come', async () => {
  await addTestOrder(world.db, 1001);
  const scan = JSON.stringify({
    id: 'scan-1',
    type: 'tracking.updated',
    occurredAt: at(2),
    shipment: { trackingNumber: 'T1001', carrier: 'ups' },
    tracking: { status: 'in_transit' },
  });
  const sent = await send(scan);
  expect((await ask(sent.body['id'])).body).toMatchObject({
    new: 1,
    events: [{ status: 'in_transit', state: 'parked', orderId: null, order: null }],
  });
  await send(body(1001));
  expect((await ask(sent.body['id'])).body).toMatchObject({
    events: [{ state: 'applied', orderId: 1001, order: { stage: 'shipped' } }],
  });
});

test('of an order that was never taken in says so', async () => {
  const sent = await send(body(1002));
  expect((await ask(sent.body['id'])).body).toMatchObject({
    new: 1,
    events: [{ state: 'parked', orderId: 1002, order: null }],
  });
});

test('of a repeat is the first one', async () => {
  await addTestOrder(world.db, 1001);
  const first = await send(body(1001));
  const again = await send(body(1001));
  const answer = await ask(again.body['id']);
  expect(answer.status).toBe(200);
  if (again.body['id'] === first.body['id']) expect(answer.body).toMatchObject({ new: 1 });
  else expect(answer.body).toMatchObject({ facts: 1, new: 0, events: [] });
});

test('is told to keys of the channel only, and an unknown id is 404', async () => {
  await addTestChannel(world.db, { id: 'other', storeHash: 'other1' });
  const { key } = await createApiKey(world.db, { name: 'other', channelId: 'other', by: 'test', now: at(0) });
  const sent = await send(body(1001));
  expect((await ask(sent.body['id'], key)).status).toBe(403);
  expect((await ask(sent.body['id'], null)).status).toBe(401);
  expect(await ask(randomUUID())).toMatchObject({
    status: 404,
    body: { type: 'urn:waybill:problem:unknown-delivery' },
  });
  expect((await ask('not-an-id')).status).toBe(422);
});
