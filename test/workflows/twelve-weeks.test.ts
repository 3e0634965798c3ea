// Twelve weeks of one order: label, silence, watchdog, exception, delivery, late return. Postgres, the simulated store,
// the HTTP ingress, workflows and activities are the real ones; only the clock is the time-skipping server's, and it is
// given to all of them.
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { openLifecycles } from '../../activities/open-lifecycles.ts';
import { startHttp, type HttpServer } from '../../client/http/server.ts';
import { connectTemporal } from '../../client/temporal.ts';
import { createApiKey } from '../../db/api-keys.ts';
import { listDecisions } from '../../db/decisions.ts';
import { orderLifecycleId } from '../../domain/ids.ts';
import { createLogger } from '../../runtime/logger.ts';
import { state, type OrderState } from '../../workflows/contract.ts';
import { asAttempt, CHANNEL, importAll, type StoreSide } from '../activities/store-side.ts';
import { writesOf } from '../activities/write-back-side.ts';
import { SKIPPING_START_DEADLINE_MS } from './skipping-server.ts';
import { openSkippingSide, type SkippingSide } from './skipping-side.ts';
import { eventually } from './test-workers.ts';

const server = inject('timeSkippingServer');
const DAY_MS = 86_400_000;
const NUMBER = '1Z999AA10123456784';
/** A busy machine may need this long for one wake with its writes. */
const SETTLED_WITHIN_MS = 60_000;
const TEST_DEADLINE_MS = 600_000;

describe.skipIf(server === null)('twelve weeks of one order', () => {
  let at: SkippingSide;
  let world: SkippingSide['world'];
  let side: StoreSide;
  let http: HttpServer;
  let key: string;
  let orderId = 0;
  const tick = (): Promise<number> => at.tick();

  beforeAll(async () => {
    at = await openSkippingSide(import.meta.url, server, {
      settings: { fulfillment: { status: { on_delivered: true } } },
    });
    ({ world, side } = at);
    http = await startHttp({
      config: { http: { host: '127.0.0.1', port: 0 }, secretKeys: [] },
      logger: createLogger({ level: 'silent', format: 'json' }),
      db: side.db,
      connectTemporal: () => connectTemporal({ address: world.address, namespace: 'default' }),
      clock: () => new Date(at.nowMs()),
    });
    ({ key } = await createApiKey(side.db, {
      name: 'upstream',
      channelId: null,
      by: 'test',
      now: side.deps.clock(),
    }));
  }, SKIPPING_START_DEADLINE_MS);

  afterAll(async () => {
    await http?.stop();
    await at?.close();
  });

  /** Sends an event as upstream does; it happens at the server's present. */
  async function send(type: string, tracking?: { status: string; reason?: string }): Promise<string> {
    const occurredAt = new Date(await tick()).toISOString();
    const body = {
      id: `${type}-${tracking?.status ?? ''}-${occurredAt}`,
      type,
      occurredAt,
      orderId,
      shipment: { trackingNumber: NUMBER, carrier: 'ups' },
      ...(tracking === undefined ? {} : { tracking }),
    };
    // Sent twice, as carriers do: the repeat is accepted, and changes nothing.
    for (let times = 0; times < 2; times += 1) {
      const answer = await fetch(`${http.url}/v1/channels/${CHANNEL}/events`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      expect([answer.status, await answer.text()]).toEqual([202, expect.anything()]);
    }
    return occurredAt;
  }

  const view = () => at.view(orderId);
  /** Waits until the row says so, these writes have reached the store, and nothing is left to write. */
  const becomes = (expected: object, writes: readonly string[]): Promise<void> =>
    eventually(async () => {
      const shown = await view();
      expect(shown).toMatchObject(expected);
      expect(writesOf(side, orderId)).toEqual(writes);
      expect(shown.writeBacks.filter((row) => row.state === 'planned' || row.state === 'sent')).toEqual([]);
    }, SETTLED_WITHIN_MS);
  const lifecycle = () => world.client.workflow.getHandle(orderLifecycleId(CHANNEL, orderId));
  const asked = (): Promise<OrderState> => lifecycle().query(state);
  const ended = (): Promise<void> =>
    eventually(
      async () => expect((await lifecycle().describe()).status.name).toBe('COMPLETED'),
      SETTLED_WITHIN_MS,
    );
  /** Stage, attention and lifecycle decisions with the day on which they were made, counted from the import. */
  let importedMs = 0;
  const dayOf = (at: string): number => Math.floor((Date.parse(at) - importedMs) / DAY_MS);
  const decided = async (): Promise<string[]> =>
    (await listDecisions(side.db, { channelId: CHANNEL, orderId }))
      .filter(({ kind }) => kind === 'stage' || kind === 'lifecycle')
      .map(({ at, outcome }) => `day ${String(dayOf(at))} ${outcome}`);
  const today = async (): Promise<number> => dayOf(new Date(await tick()).toISOString());

  test(
    'passes through label, silence, watchdog, exception, delivery and late return, and is written once',
    async () => {
      const shipped = [`POST shipment ${NUMBER} x2`];
      const delivered = [...shipped, 'PUT order {"status_id":10}', 'POST metafield waybill.delivered_at'];

      // Day 0: imported and followed.
      importedMs = await tick();
      [orderId = 0] = side.store.addOrders([
        { kind: 'plain', statusId: 11, lines: [{ sku: 'MUG', quantity: 2 }] },
      ]);
      await importAll(side);
      await asAttempt(() => openLifecycles(side.deps, { channelId: CHANNEL }));
      await becomes({ stage: 'imported', attention: null, lifecycleState: 'open' }, []);
      await eventually(
        async () => expect(await asked()).toMatchObject({ stage: 'imported' }),
        SETTLED_WITHIN_MS,
      );

      // Day 1: a label. The store gets its shipment, and the shopper the number.
      await world.sleep(DAY_MS);
      const labelAt = await send('label.created');
      await becomes({ stage: 'imported', attention: null, lastNewsAt: labelAt }, shipped);
      expect(side.store.order(orderId).status_id).toBe(2);

      // A month of silence, less a day: nobody is bothered.
      await world.sleep(29 * DAY_MS);
      expect(await view()).toMatchObject({ attention: null, lastNewsAt: labelAt });
      expect(await asked()).toMatchObject({ attention: null });

      // The watchdog: 30 days after the label, not sooner, by the server's clock, in the row and in the workflow.
      await world.sleep(2 * DAY_MS);
      await becomes({ stage: 'imported', attention: 'stale', lastNewsAt: labelAt }, shipped);
      await eventually(
        async () => expect(await asked()).toMatchObject({ attention: 'stale' }),
        SETTLED_WITHIN_MS,
      );

      // Day 35: a scan ends the silence.
      await world.sleep(3 * DAY_MS);
      expect(await today()).toBe(35);
      const scannedAt = await send('tracking.updated', { status: 'in_transit' });
      await becomes({ stage: 'shipped', attention: null, stageChangedAt: scannedAt }, shipped);

      // Day 40: an exception.
      await world.sleep(5 * DAY_MS);
      await send('tracking.updated', { status: 'exception', reason: 'damaged' });
      await becomes({ stage: 'shipped', attention: 'exception' }, shipped);
      await eventually(
        async () => expect(await asked()).toMatchObject({ stage: 'shipped', attention: 'exception' }),
        SETTLED_WITHIN_MS,
      );

      // Day 47: delivered after all. The store is told, and the lifecycle ends.
      await world.sleep(7 * DAY_MS);
      const deliveredAt = await send('tracking.updated', { status: 'delivered' });
      await becomes(
        {
          stage: 'delivered',
          attention: null,
          lifecycleState: 'closed',
          closedReason: 'end',
          stageChangedAt: deliveredAt,
          statusId: 10,
        },
        delivered,
      );
      await ended();

      // Day 84: it comes back. The closed order opens again, and ends as returned.
      await world.sleep(37 * DAY_MS);
      expect(await today()).toBe(84);
      expect(await view()).toMatchObject({ stage: 'delivered', lifecycleState: 'closed' });
      const returnedAt = await send('tracking.updated', { status: 'returned' });
      await becomes(
        {
          stage: 'returned',
          lifecycleState: 'closed',
          closedReason: 'end',
          stageChangedAt: returnedAt,
        },
        delivered,
      );
      await ended();

      // A month later nothing has happened any more, and nothing was done twice.
      await world.sleep(30 * DAY_MS);
      expect(await view()).toMatchObject({
        stage: 'returned',
        lifecycleState: 'closed',
        lastNewsAt: returnedAt,
      });
      expect(writesOf(side, orderId)).toEqual(delivered);
      expect(side.store.order(orderId)).toMatchObject({ status_id: 10 });
      expect(side.store.order(orderId).shipments).toHaveLength(1);
      // The store moved itself to Shipped with its shipment, so the step that would have said so was not needed.
      expect((await view()).writeBacks.map((row) => `${row.kind} ${row.state}`).sort()).toEqual([
        'create_shipment confirmed',
        'mark_delivered confirmed',
        'set_status confirmed',
        'set_status superseded',
      ]);
      const [events] = await side.db.sql<{ rows: number; orders: number }[]>`
        select (select count(*)::int from carrier_events) as rows, (select count(*)::int from outbox) as orders`;
      expect(events).toEqual({ rows: 5, orders: 0 });
      expect(await decided()).toEqual([
        'day 31 attention:stale',
        'day 35 shipped',
        'day 35 attention:none',
        'day 40 attention:exception',
        'day 47 delivered',
        'day 47 attention:none',
        'day 47 closed:end',
        'day 84 reopened',
        'day 84 returned',
        'day 84 closed:end',
      ]);
    },
    TEST_DEADLINE_MS,
  );
});
