// All eight types of events through each of their doors (HTTP, command line, signal), on a real Postgres: the same end,
// whichever door and in whatever order.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { orderView } from '../../db/order-view.ts';
import { applyParkedEvents } from '../../db/parked-events.ts';
import { inTransaction } from '../../db/database.ts';
import { CARRIER_EVENT_TYPES, type CarrierEventType } from '../../domain/carrier-event.ts';
import type { Shipment } from '../../domain/facts.ts';
import {
  addTestChannel,
  addTestOrder,
  at,
  CHANNEL,
  clearOutbox,
  countOf,
  days,
  emptyAll,
  eventRows,
  orderRow,
  outboxRows,
  outcomesOf,
  settle,
} from '../db/order-life.ts';
import { request, startHttpWorld, type HttpWorld } from './http-world.ts';
import { waybillHere } from './run-waybill.ts';

const ORDER = 1001;
const NOW = new Date(at(days(40)));

let world: HttpWorld;
beforeAll(async () => {
  world = await startHttpWorld(import.meta.url, undefined, () => NOW);
});
afterAll(() => world.stop());
beforeEach(async () => {
  await emptyAll(world.db);
  await addTestChannel(world.db, { push: false });
});

interface Sent {
  type: CarrierEventType;
  id?: string;
  minute?: number;
  /** Null: found by its number. */
  orderId?: number | null;
  number?: string | null;
  replaces?: string;
  tracking?: Record<string, unknown>;
  location?: string;
}

function envelope(event: Sent): Record<string, unknown> {
  const { type, minute = 10, orderId = ORDER, number = 'TRACK-1', replaces, tracking, location } = event;
  const pickup = type.startsWith('pickup.');
  return {
    id: event.id ?? `${type}-${String(minute)}`,
    type,
    occurredAt: at(minute),
    ...(orderId === null ? {} : { orderId }),
    ...(pickup
      ? {}
      : { shipment: { trackingNumber: number, carrier: 'usps', ...(replaces ? { replaces } : {}) } }),
    ...(tracking === undefined ? {} : { tracking }),
    ...(location === undefined ? {} : { location }),
  };
}

/** The same event by each door. */
const DOORS: Record<string, (event: Sent) => Promise<void>> = {
  HTTP: async (event) => {
    const answer = await request(world.server, `/v1/channels/${CHANNEL}/events`, {
      key: world.key,
      body: JSON.stringify(envelope(event)),
    });
    expect(answer.status).toBe(202);
  },
  'the command line': async (event) => {
    const { number = 'TRACK-1', replaces, tracking, type, minute = 10 } = event;
    const shipment = type.startsWith('pickup.') ? [] : ['--carrier', 'usps', ...given('--tracking', number)];
    const answer = await waybillHere(
      [
        ...['event', CHANNEL, String(ORDER), type, ...shipment, ...given('--replaces', replaces)],
        ...['--occurred-at', at(minute), ...given('--status', tracking?.['status'])],
      ],
      { env: { WAYBILL_DATABASE_URL: world.databaseUrl } },
    );
    expect(answer.stderr + answer.stdout).toContain('Stored');
  },
  'a signal': async (event) => {
    const { id, ...facts } = envelope(event);
    await settle(world.db, ORDER, { events: [{ id: String(id), ...facts }], now: NOW.toISOString() });
  },
};

function given(flag: string, value: unknown): string[] {
  return typeof value === 'string' ? [flag, value] : [];
}

const shipments = async (): Promise<Shipment[]> =>
  (await orderView(world.db, CHANNEL, ORDER))?.shipments ?? [];

/** What each type does to an order that has a label. */
const EFFECTS: Record<CarrierEventType, { event: Omit<Sent, 'type'>; stage: string; seen: object }> = {
  'label.created': { event: {}, stage: 'imported', seen: { position: 'label_created' } },
  'label.replaced': {
    event: { number: 'TRACK-2', replaces: 'TRACK-1' },
    stage: 'imported',
    seen: { trackingNumber: 'TRACK-2', numbers: ['TRACK1', 'TRACK2'], replacements: 1 },
  },
  'label.voided': { event: {}, stage: 'imported', seen: { voided: true, holds: [] } },
  'shipment.manifested': { event: {}, stage: 'trackable', seen: { position: 'awaiting_collection' } },
  'shipment.external': { event: {}, stage: 'shipped', seen: { position: 'picked_up' } },
  'tracking.updated': {
    event: { tracking: { status: 'delivered' } },
    stage: 'delivered',
    seen: { position: 'delivered' },
  },
  'pickup.ready': { event: {}, stage: 'imported', seen: {} },
  'pickup.collected': { event: {}, stage: 'imported', seen: {} },
};
const LABELLED = CARRIER_EVENT_TYPES.filter((type) => !type.startsWith('pickup.'));

describe.each(Object.entries(DOORS))('through %s', (_door, send) => {
  test.each(LABELLED)('%s does its part', async (type) => {
    const { event, stage, seen } = EFFECTS[type];
    await addTestOrder(world.db, ORDER);
    await send({ type: 'label.created', minute: 1 });
    if (type !== 'label.created') await send({ type, ...event });
    expect((await orderRow(world.db, ORDER)).stage).toBe(stage);
    expect(await shipments()).toMatchObject([seen]);
  });

  test('store pickup is trackable when it is ready and delivered when it is collected', async () => {
    await addTestOrder(world.db, ORDER);
    await send({ type: 'pickup.ready', minute: 1 });
    expect((await orderRow(world.db, ORDER)).stage).toBe('trackable');
    await send({ type: 'pickup.collected', minute: 2 });
    expect((await orderRow(world.db, ORDER)).stage).toBe('delivered');
  });
});

describe('an event before its order', () => {
  test.each(CARRIER_EVENT_TYPES)('%s waits and is applied when the order arrives', async (type) => {
    const send = DOORS['HTTP'] ?? (async () => undefined);
    const { event } = EFFECTS[type];
    await send({ type, ...event });
    expect(await countOf(world.db, 'outbox')).toBe(0);
    await addTestOrder(world.db, ORDER);
    await inTransaction(world.db, (tx) =>
      applyParkedEvents(tx, { channelId: CHANNEL, orderIds: [ORDER], now: NOW.toISOString() }),
    );
    const states = await world.db.sql<{ state: string }[]>`select state from carrier_events`;
    expect(states.map(({ state }) => state)).toEqual(['applied']);
    const expected = {
      'label.created': 'imported',
      'label.replaced': 'imported',
      'label.voided': 'imported',
      'shipment.manifested': 'trackable',
      'shipment.external': 'shipped',
      'tracking.updated': 'delivered',
      'pickup.ready': 'trackable',
      'pickup.collected': 'delivered',
    } satisfies Record<CarrierEventType, string>;
    expect((await orderRow(world.db, ORDER)).stage).toBe(expected[type]);
  });
});

describe('an event by its number', () => {
  const http = (event: Sent) => (DOORS['HTTP'] ?? (async () => undefined))({ orderId: null, ...event });

  test.each(['label.voided', 'shipment.manifested', 'tracking.updated'] as const)(
    '%s finds its order',
    async (type) => {
      const { event, stage, seen } = EFFECTS[type];
      await addTestOrder(world.db, ORDER);
      await http({ type: 'label.created', orderId: ORDER, minute: 1 });
      await http({ type, ...event });
      expect((await orderRow(world.db, ORDER)).stage).toBe(stage);
      expect(await shipments()).toMatchObject([seen]);
    },
  );

  test('a replacement finds its order by the number it replaces, before and after the label', async () => {
    await addTestOrder(world.db, ORDER);
    const replaced = { type: 'label.replaced', number: 'TRACK-2', replaces: 'TRACK-1', minute: 20 } as const;
    await http(replaced);
    expect(await eventRows(world.db)).toMatchObject([{ orderId: 0, state: 'parked' }]);
    await http({ type: 'label.created', orderId: ORDER, minute: 1 });
    expect(await shipments()).toMatchObject([{ trackingNumber: 'TRACK-2' }]);
    await http({ ...replaced, id: 'again', number: 'TRACK-3', replaces: 'TRACK-2', minute: 30 });
    expect(await shipments()).toMatchObject([{ trackingNumber: 'TRACK-3', replacements: 2 }]);
    // What was said of the newest number before anybody knew it belongs to the parcel as well.
    await http({
      type: 'tracking.updated',
      number: 'TRACK-3',
      tracking: { status: 'in_transit' },
      minute: 31,
    });
    expect((await orderRow(world.db, ORDER)).stage).toBe('shipped');
  });

  test('of a number that was somebody else’s is refused with attention, and moves nothing', async () => {
    await addTestOrder(world.db, ORDER);
    await http({ type: 'label.created', orderId: ORDER, minute: days(20) });
    await http({ type: 'tracking.updated', tracking: { status: 'delivered' }, minute: days(2) });
    expect(await orderRow(world.db, ORDER)).toMatchObject({ stage: 'imported', attention: 'unknown' });
    expect((await orderRow(world.db, ORDER)).attentionReason).toContain('used before');
  });

  test('of a number that is used again goes to the new parcel and leaves the old order alone', async () => {
    await addTestOrder(world.db, ORDER);
    await http({ type: 'label.created', orderId: ORDER, minute: 1 });
    await http({ type: 'tracking.updated', tracking: { status: 'delivered' }, minute: days(1) });
    await settle(world.db, ORDER, { now: NOW.toISOString() });
    expect(await orderRow(world.db, ORDER)).toMatchObject({ stage: 'delivered', lifecycleState: 'closed' });
    await addTestOrder(world.db, 2002);
    await http({ type: 'label.created', orderId: 2002, id: 'second-use', minute: days(30) });
    await clearOutbox(world.db);
    await http({
      type: 'tracking.updated',
      id: 'came-back',
      tracking: { status: 'returned' },
      minute: days(31),
    });
    expect((await orderRow(world.db, 2002)).stage).toBe('returned');
    expect(await orderRow(world.db, ORDER)).toMatchObject({ stage: 'delivered', lifecycleState: 'closed' });
    expect(await outboxRows(world.db)).toEqual([{ orderId: 2002, first: false }]);
  });

  test('of a merged parcel goes to both orders, labelled days apart', async () => {
    for (const [orderId, minute] of [
      [ORDER, 1],
      [2002, days(3)],
    ] as const) {
      await addTestOrder(world.db, orderId);
      await http({ type: 'label.created', orderId, id: `label-${String(orderId)}`, minute });
    }
    await http({ type: 'tracking.updated', tracking: { status: 'in_transit' }, minute: days(4) });
    expect([(await orderRow(world.db, ORDER)).stage, (await orderRow(world.db, 2002)).stage]).toEqual([
      'shipped',
      'shipped',
    ]);
  });
});

describe('an event of an ended order', () => {
  const http = (event: Sent) => (DOORS['HTTP'] ?? (async () => undefined))(event);
  beforeEach(async () => {
    await addTestOrder(world.db, ORDER);
    await http({ type: 'label.created', minute: 1 });
    await http({ type: 'tracking.updated', tracking: { status: 'delivered' }, minute: 5 });
    await settle(world.db, ORDER, { now: NOW.toISOString() });
    await clearOutbox(world.db);
    expect(await orderRow(world.db, ORDER)).toMatchObject({ stage: 'delivered', lifecycleState: 'closed' });
  });

  test('that would move it without re-opening it is kept as late', async () => {
    await http({ type: 'label.voided', minute: 20 });
    expect(await orderRow(world.db, ORDER)).toMatchObject({ stage: 'delivered', lifecycleState: 'closed' });
    expect(await eventRows(world.db)).toContainEqual({
      eventId: 'label.voided-20',
      orderId: ORDER,
      state: 'late',
    });
    expect(await outcomesOf(world.db, ORDER, 'event')).toEqual(['late']);
    expect(await outboxRows(world.db)).toEqual([]);
  });

  test('re-opens it when the parcel came back', async () => {
    await http({ type: 'tracking.updated', tracking: { status: 'returned' }, minute: 30 });
    expect(await orderRow(world.db, ORDER)).toMatchObject({ stage: 'returned', lifecycleState: 'open' });
    expect(await outboxRows(world.db)).toEqual([{ orderId: ORDER, first: false }]);
  });

  test('says nothing new when it is only an earlier scan that was late', async () => {
    await http({ type: 'tracking.updated', tracking: { status: 'in_transit' }, minute: 3 });
    expect(await orderRow(world.db, ORDER)).toMatchObject({ stage: 'delivered', lifecycleState: 'closed' });
    expect(await outboxRows(world.db)).toEqual([]);
  });
});

describe('a bad outcome', () => {
  test.each([
    ['qapla', '6', '4', 'exception', 'lost'],
    ['qapla', '5', null, null, null],
    ['qapla', '10', null, null, null],
    ['parcelpilot', 'Delivery attempted', null, null, null],
    ['parcelpilot', 'Exception', null, 'exception', null],
    ['parcelpilot', 'Cancelled', null, 'exception', 'cancelled_label'],
    ['parcelpilot', 'Despatched', null, 'unknown', null],
    ['starshipit', 'InTransit', null, 'unknown', null],
  ])(
    '%s’s word %s with detail %s is kept and shown, and writes nothing',
    async (provider, word, detail, attention, reason) => {
      await world.db.sql`delete from channels`;
      await addTestChannel(world.db, { push: true, fulfillment: { trigger: ['shipment.manifested'] } });
      await addTestOrder(world.db, ORDER);
      const send = DOORS['HTTP'] ?? (async () => undefined);
      await send({ type: 'label.created', minute: 1 });
      await send({
        type: 'tracking.updated',
        tracking: { provider, providerStatus: word, providerSubstatus: detail },
      });
      await settle(world.db, ORDER, { now: NOW.toISOString() });
      const view = await orderView(world.db, CHANNEL, ORDER);
      expect(view).toMatchObject({ attention, shipments: [{ reason, voided: false }] });
      expect(view?.writeBacks).toEqual([]);
      expect(view?.timeline.some((entry) => entry.detail.includes(`${provider}, ${word}`))).toBe(true);
    },
  );

  test.each([
    ['parcelpilot', 'Pending pickup', 'trackable'],
    ['parcelpilot', 'In transit', 'shipped'],
    ['parcelpilot', 'Delivered', 'delivered'],
    ['starshipit', 'Awaiting Dispatch', 'trackable'],
    ['starshipit', 'Dispatched', 'shipped'],
    ['starshipit', 'Delivered', 'delivered'],
  ])('%s’s word %s makes its order %s', async (provider, word, stage) => {
    await addTestOrder(world.db, ORDER);
    const send = DOORS['HTTP'] ?? (async () => undefined);
    await send({ type: 'label.created', minute: 1 });
    await send({ type: 'tracking.updated', tracking: { provider, providerStatus: word } });
    expect((await orderRow(world.db, ORDER)).stage).toBe(stage);
  });
});

describe('the timeline', () => {
  test('tells place, signature, cash and the provider’s words; the API leaves the name out', async () => {
    await addTestOrder(world.db, ORDER);
    await (DOORS['HTTP'] ?? (async () => undefined))({
      type: 'tracking.updated',
      location: 'Austin, TX',
      tracking: {
        status: 'delivered',
        provider: 'qapla',
        providerStatus: '99',
        providerSubstatus: '4',
        description: 'Left with the recipient',
        signedBy: 'J. Doe',
        cod: 'paid',
      },
    });
    const shown = await waybillHere(['order', CHANNEL, String(ORDER)], {
      env: { WAYBILL_DATABASE_URL: world.databaseUrl },
    });
    for (const part of ['Austin, TX', 'signed by J. Doe', 'cash collected', 'qapla', '99 (4)', 'Left with']) {
      expect(shown.stdout).toContain(part);
    }
    const path = `/v1/channels/${CHANNEL}/orders/${String(ORDER)}`;
    const answer = await request(world.server, path, { key: world.key });
    expect(answer.status).toBe(200);
    expect(JSON.stringify(answer.body)).toContain('cash collected');
    expect(JSON.stringify(answer.body)).not.toContain('J. Doe');
  });
});
