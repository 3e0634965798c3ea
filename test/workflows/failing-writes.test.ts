// A store that is away for ten minutes, and one that is away for three days, on the server's own clock: the waits grow
// from seconds to two hours, the write happens once, and after 72 hours a person is asked (S-42).
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { recordDelivery } from '../../db/carrier-events.ts';
import { retryOrder } from '../../db/retry-steps.ts';
import { CHANNEL, importAll } from '../activities/store-side.ts';
import { writesOf } from '../activities/write-back-side.ts';
import { fact } from '../db/order-life.ts';
import { SKIPPING_START_DEADLINE_MS } from './skipping-server.ts';
import { openSkippingSide, type SkippingSide } from './skipping-side.ts';
import { eventually } from './test-workers.ts';

const server = inject('timeSkippingServer');
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** A busy machine may need this long for one wake with its writes. */
const SETTLED_WITHIN_MS = 60_000;
const TEST_DEADLINE_MS = 600_000;
/** Between the first two attempts (`storeWrite` of the policies), less the grain of the server's clock. */
const FIRST_WAIT_MS = 2_000 - 10;
/** The longest that two attempts lie apart, and what a server and a worker add to it. */
const WAIT_MAX_MS = 2 * HOUR_MS + 2 * MINUTE_MS;

describe.skipIf(server === null)('a write to a store that is away', () => {
  let at: SkippingSide;
  let tried: number[] = [];

  beforeAll(async () => {
    at = await openSkippingSide(import.meta.url, server);
    // When the store was asked for the order, by the server's clock: once for each attempt while it is away.
    at.side.deps.faultPoint = (point) => {
      if (point === 'looking') tried.push(at.nowMs());
    };
  }, SKIPPING_START_DEADLINE_MS);
  afterAll(() => at?.close());
  beforeEach(() => {
    tried = [];
    at.side.store.setFaults([]);
  });

  /** Rows of the outbox are due by the database's clock, which does not skip: the lifecycle is told directly. */
  const tell = (orderId: number): Promise<void> =>
    at.side.deps.temporal.wake({ channelId: CHANNEL, orderId, reason: 'test' });

  /** An order that is followed, whose label comes while the store is away. */
  async function labelled(number: string): Promise<{ orderId: number; sinceMs: number }> {
    const [orderId = 0] = at.side.store.addOrders([
      { kind: 'plain', statusId: 11, lines: [{ sku: 'MUG', quantity: 2 }] },
    ]);
    await at.tick();
    await importAll(at.side, { orderIds: [orderId] });
    await tell(orderId);
    at.side.store.setFaults([{ fault: '503' }]);
    const sinceMs = await at.tick();
    const now = at.side.deps.clock();
    await recordDelivery(at.side.db, {
      ...{ channelId: CHANNEL, source: 'http', body: '{}', deliveryId: randomUUID(), now },
      facts: [{ orderId, fact: { ...fact('label.created', { number }), occurredAt: now, receivedAt: now } }],
    });
    await tell(orderId);
    return { orderId, sinceMs };
  }
  const creation = async (orderId: number) =>
    (await at.view(orderId)).writeBacks.filter(({ kind }) => kind === 'create_shipment');

  test(
    'for ten minutes is tried within the first minute, at growing waits, and written once by the next try',
    async () => {
      const { orderId, sinceMs } = await labelled('AWAY-10');
      await eventually(() => expect(tried.length).toBeGreaterThan(0), SETTLED_WITHIN_MS);
      await at.world.sleep(10 * MINUTE_MS);
      const before = [...tried];
      expect(before.filter((time) => time - sinceMs <= MINUTE_MS).length).toBeGreaterThan(1);
      const waits = before.slice(1).map((time, index) => time - (before[index] ?? 0));
      // Each is twice the one before; what an attempt itself takes on a busy machine comes on top.
      const promised = waits.map((_, index) => FIRST_WAIT_MS * 2 ** index);
      expect(waits.filter((wait, index) => wait < (promised[index] ?? 0))).toEqual([]);
      expect(waits.length).toBeGreaterThan(3);
      expect(writesOf(at.side, orderId)).toEqual([]);
      expect(await at.view(orderId)).toMatchObject({ attention: null });

      at.side.store.setFaults([]);
      const backMs = await at.tick();
      await at.world.sleep(20 * MINUTE_MS);
      await eventually(
        async () => expect(await creation(orderId)).toMatchObject([{ state: 'confirmed' }]),
        SETTLED_WITHIN_MS,
      );
      expect(writesOf(at.side, orderId)).toEqual(['POST shipment AWAY-10 x2']);
      // The first try after the store came back was the one.
      const [written = Infinity] = tried.filter((time) => time >= backMs);
      expect(written - (before.at(-1) ?? 0)).toBeLessThanOrEqual(2 * (waits.at(-1) ?? 0) + MINUTE_MS);
    },
    TEST_DEADLINE_MS,
  );

  test(
    'for three days is tried every two hours at least, then asks for a person, whose retry writes it once',
    async () => {
      const { orderId, sinceMs } = await labelled('AWAY-72');
      await eventually(() => expect(tried.length).toBeGreaterThan(0), SETTLED_WITHIN_MS);
      await at.world.sleep(69 * HOUR_MS);
      expect(await at.view(orderId)).toMatchObject({ attention: null });
      await at.world.sleep(6 * HOUR_MS);
      await eventually(
        async () => expect(await at.view(orderId)).toMatchObject({ attention: 'refused' }),
        SETTLED_WITHIN_MS,
      );
      const waits = tried.slice(1).map((time, index) => time - (tried[index] ?? 0));
      expect(Math.max(...waits)).toBeLessThanOrEqual(WAIT_MAX_MS);
      expect((tried.at(-1) ?? 0) - sinceMs).toBeGreaterThanOrEqual(72 * HOUR_MS);
      expect(await creation(orderId)).toMatchObject([{ state: 'refused' }]);
      // Given up is given up: no try comes by itself.
      const tries = tried.length;
      await at.world.sleep(12 * HOUR_MS);
      expect(tried).toHaveLength(tries);

      at.side.store.setFaults([]);
      await at.tick();
      const now = at.side.deps.clock();
      await retryOrder(at.side.db, { channelId: CHANNEL, orderId, step: null, reason: '', by: 'ana', now });
      await tell(orderId);
      await eventually(
        async () =>
          expect(await creation(orderId)).toMatchObject([{ state: 'refused' }, { state: 'confirmed' }]),
        SETTLED_WITHIN_MS,
      );
      expect(await at.view(orderId)).toMatchObject({ attention: null });
      expect(writesOf(at.side, orderId)).toEqual(['POST shipment AWAY-72 x2']);
    },
    TEST_DEADLINE_MS,
  );
});
