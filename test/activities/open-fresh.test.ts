// An import's orders get runs that begin with what was read of them; what commits between reading and start is not lost.
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { createActivities, type Activities } from '../../activities/index.ts';
import type { LifecycleDoor } from '../../activities/deps.ts';
import { lifecycleDoor, queryState, wakeLifecycle } from '../../client/orders.ts';
import { recordDelivery } from '../../db/carrier-events.ts';
import { offerOrders, outboxWaiting } from '../../db/outbox.ts';
import type { TrackingStatus } from '../../domain/carrier-event.ts';
import { orderLifecycleId } from '../../domain/ids.ts';
import { fact } from '../db/order-life.ts';
import { eventually, type WorkflowWorld } from '../workflows/test-workers.ts';
import { workflowWorld } from '../workflows/workflow-world.ts';
import { asAttempt, CHANNEL, importAll, openStoreSide, type StoreSide } from './store-side.ts';

let side: StoreSide;
let world: WorkflowWorld;
let activities: Activities;
const settled: number[] = [];
const told: string[] = [];
/** What happens when all was read and nothing is started yet. */
let before: (orderId: number) => Promise<unknown> = async () => undefined;

beforeAll(async () => {
  side = await openStoreSide(import.meta.url, { settings: { profile: 'import_only' } });
  const door = (): LifecycleDoor => lifecycleDoor(world.client);
  side.deps.temporal = {
    open: async (order) => {
      await before(order.orderId);
      told.push(`open ${String(order.orderId)}${order.opened === undefined ? '' : ' as read'}`);
      await door().open(order);
    },
    wake: async (order) => {
      told.push(`wake ${String(order.orderId)}`);
      await door().wake(order);
    },
    wakeHints: async (channelId) => door().wakeHints(channelId),
  };
  for (const startId of [101, 201, 301]) side.store.seed({ count: 3, seed: startId, kind: 'plain', startId });
  await importAll(side);
  await side.db.sql`delete from outbox`;
  activities = createActivities(side.deps);
  world = await workflowWorld(import.meta.url, {
    ...activities.database,
    ...activities.store,
    settleOrder: (input: Parameters<typeof activities.database.settleOrder>[0]) => {
      settled.push(input.orderId);
      return activities.database.settleOrder(input);
    },
  });
});
afterAll(async () => {
  await world.close();
  await side.close();
});
beforeEach(() => {
  told.length = 0;
  settled.length = 0;
});
afterEach(() => {
  before = async () => undefined;
});

const open = () => asAttempt(() => activities.database.openLifecycles({ channelId: CHANNEL }));
const address = (orderId: number) => ({ channelId: CHANNEL, orderId });
const shows = (orderId: number, stage: string) =>
  eventually(async () => expect((await queryState(world.client, address(orderId)))?.stage).toBe(stage));
/** As the ingress commits it: what must follow stands in the outbox. */
const scan = (orderId: number, status: TrackingStatus) =>
  recordDelivery(side.db, {
    ...{ channelId: CHANNEL, source: 'http', body: '{}', deliveryId: randomUUID(), now: side.deps.clock() },
    facts: [{ orderId, fact: fact(status, { number: `N${String(orderId)}` }) }],
  });
/** As the import left it when it stored them. */
async function offered(...orderIds: number[]): Promise<void> {
  const orders = orderIds.map((orderId) => ({ orderId, first: true }));
  await offerOrders(side.db, { channelId: CHANNEL, orders, now: side.deps.clock() });
}

test('orders as an import leaves them are opened without a settling; one with news settles', async () => {
  await scan(102, 'trackable');
  await offered(101, 102, 103);
  await side.db.sql`update outbox set first = true`;
  await open();
  expect(told.toSorted()).toEqual(['open 101 as read', 'open 102', 'open 103 as read']);
  await shows(101, 'imported');
  await shows(103, 'imported');
  await eventually(() => expect(settled).toEqual([102]));
});

test('an event that commits between the reading and the start is settled', async () => {
  await offered(201);
  before = async (orderId) => {
    before = async () => undefined;
    await scan(orderId, 'in_transit');
  };
  await open();
  expect(told).toEqual(['open 201 as read', 'wake 201']);
  await shows(201, 'shipped');
  expect(await outboxWaiting(side.db)).toBe(0);
});

// Between the two the ingress told the order itself, and took its row out of the outbox; that run is over.
test('also where the run that was told of it has ended before the start', async () => {
  await offered(301);
  before = async (orderId) => {
    before = async () => undefined;
    await scan(orderId, 'delivered');
    await wakeLifecycle(world.client, { ...address(orderId), reason: 'event' });
    await world.client.workflow.getHandle(orderLifecycleId(CHANNEL, orderId)).result();
    await side.db.sql`delete from outbox`;
  };
  await open();
  expect(told).toEqual(['open 301 as read']);
  const last: unknown = await world.client.workflow.getHandle(orderLifecycleId(CHANNEL, 301)).result();
  expect(last).toMatchObject({ stage: 'delivered' });
  expect(settled).toEqual([301, 301]);
});
