// Open orders against the store by list pages: what changed unseen is brought up to date, a deleted shipment of ours asks
// for a person, and no order costs a call of its own while it agrees.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { compareOpenOrders } from '../../activities/compare-open-orders.ts';
import { reconcileWindow } from '../../activities/reconcile-window.ts';
import { explainOrder } from '../../client/explanation.ts';
import { approveOrder } from '../../db/approve-steps.ts';
import { requireChannel } from '../../db/channels.ts';
import { explainFacts } from '../../db/explain-order.ts';
import { overrideOrder } from '../../db/operator-words.ts';
import { orderView } from '../../db/order-view.ts';
import { resendOrder } from '../../db/resend-steps.ts';
import { stuckOrders } from '../../db/stuck-orders.ts';
import { asAttempt, CHANNEL, importAll, openStoreSide, writeAll, type StoreSide } from './store-side.ts';
import { say, setFulfillment, shipmentsIn, writesOf } from './write-back-side.ts';

const DAY_MS = 86_400_000;
const SETTLED_MS = 10 * 60_000;
const second = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;

let side: StoreSide;
beforeEach(async () => {
  side = await openStoreSide(import.meta.url);
});
afterEach(() => side.close());

const compare = (afterOrderId = 0) =>
  asAttempt(() =>
    compareOpenOrders(side.deps, {
      ...{ channelId: CHANNEL, afterOrderId, createdBefore: second(Date.now() + DAY_MS) },
    }),
  );
async function orders(count: number): Promise<number[]> {
  const ids = side.store.addOrders(
    Array.from({ length: count }, () => ({
      ...{ kind: 'plain' as const, statusId: 11, lines: [{ sku: 'MUG', quantity: 2 }] },
    })),
  );
  await importAll(side);
  side.store.resetRequests();
  return ids;
}
const attention = async (orderId: number) => {
  const view = await orderView(side.db, CHANNEL, orderId);
  return { attention: view?.attention, reason: view?.attentionReason };
};
const word = (orderId: number) => ({
  ...{ channelId: CHANNEL, orderId, step: null, reason: '', by: 'ana', now: side.deps.clock() },
});
/** An order whose shipment we wrote some time ago. */
async function shipped(): Promise<number> {
  const [orderId = 0] = await orders(1);
  await say(side, orderId, 'label.created');
  await importAll(side, { orderIds: [orderId] });
  side.clockOffsetMs += SETTLED_MS;
  side.store.resetRequests();
  return orderId;
}
const dropShipment = (orderId: number): void =>
  side.store.deleteShipment(orderId, shipmentsIn(side, orderId)[0]?.id ?? 0);

describe('open orders', () => {
  it('that agree cost one list page, and their rows stay as they are', async () => {
    await orders(5);
    expect(await compare()).toEqual({
      ...{ ordersRead: 5, repaired: 0, shipmentsLost: 0, apiCalls: 1, lastOrderId: null },
    });
  });

  it('cost nothing where there are none', async () => {
    expect(await compare()).toMatchObject({ ordersRead: 0, repaired: 0, apiCalls: 0, lastOrderId: null });
  });

  it('that changed places between two statuses are found although the counts agree', async () => {
    const [a = 0, b = 0] = await orders(2);
    side.store.editOrder(a, { status_id: 7 });
    await importAll(side, { orderIds: [a] });
    side.store.editOrder(a, { status_id: 11 });
    side.store.editOrder(b, { status_id: 7 });
    const window = { from: second(Date.now() - DAY_MS), to: second(Date.now() + 60_000) };
    const counted = await asAttempt(() => reconcileWindow(side.deps, { channelId: CHANNEL, ...window }));
    expect(counted).toMatchObject({ differs: false });
    expect(await compare()).toMatchObject({ ordersRead: 2, repaired: 2, apiCalls: 1 });
    const rows = await side.db.sql<{ status: number }[]>`
      select status_id as status from orders order by order_id`;
    expect(rows.map((row) => row.status)).toEqual([11, 7]);
  });

  it('that the list does not show are asked for by themselves, and marked', async () => {
    const [a = 0, b = 0] = await orders(2);
    side.store.editOrder(a, { status_id: 5 });
    side.store.editOrder(b, { is_deleted: true });
    expect(await compare()).toMatchObject({ ordersRead: 2, repaired: 2, apiCalls: 2 });
    const [row] = await side.db.sql`select gone from orders where order_id = ${b}`;
    expect(row).toEqual({ gone: 'archived' });
  });

  it('are reached behind more orders than a page holds, which are not asked for', async () => {
    const ids = await orders(620);
    const [first = 0, last = 0] = [ids[0], ids.at(-1)];
    await side.db.sql`update orders set lifecycle_state = 'closed' where order_id not in (${first}, ${last})`;
    side.store.editOrder(last, { status_id: 7 });
    expect(await compare()).toMatchObject({ ordersRead: 2, repaired: 1, apiCalls: 2 });
    expect(await compare(first)).toMatchObject({ ordersRead: 1, repaired: 0, apiCalls: 1 });
  });
});

describe('a shipment of ours that a person deleted while the status stayed', () => {
  it('asks for a person and is not made anew', async () => {
    const orderId = await shipped();
    dropShipment(orderId);
    expect(await compare()).toMatchObject({ ordersRead: 1, shipmentsLost: 1, apiCalls: 2 });
    expect(await attention(orderId)).toEqual({
      attention: 'changed',
      reason: expect.stringMatching(/deleted in the store.*waybill resend.*waybill approve/) as string,
    });
    expect(await writeAll(side, orderId)).toEqual([]);
    expect((await attention(orderId)).attention).toBe('changed');
    expect(shipmentsIn(side, orderId)).toEqual([]);
    const told = await side.db.sql`select detail from decisions where outcome = 'shipment_lost'`;
    expect(told).toHaveLength(1);
  });

  it('is told once, and costs one list page from then on', async () => {
    await shipped().then(dropShipment);
    await compare();
    expect(await compare()).toMatchObject({ repaired: 0, shipmentsLost: 0, apiCalls: 1 });
  });

  it('is made anew by a resend, which ends the attention', async () => {
    const orderId = await shipped();
    dropShipment(orderId);
    await compare();
    expect(await resendOrder(side.db, word(orderId))).toMatchObject({ ok: true, changed: true });
    await writeAll(side, orderId);
    expect(shipmentsIn(side, orderId)).toHaveLength(1);
    expect(await attention(orderId)).toEqual({ attention: null, reason: null });
    side.clockOffsetMs += SETTLED_MS;
    expect(await compare()).toMatchObject({ shipmentsLost: 0 });
    // A second loss is a new one.
    side.clockOffsetMs += SETTLED_MS;
    dropShipment(orderId);
    expect(await compare()).toMatchObject({ shipmentsLost: 1 });
    expect((await attention(orderId)).attention).toBe('changed');
  });

  it('stays away where a person says that it is well, and is not told again', async () => {
    const orderId = await shipped();
    dropShipment(orderId);
    await compare();
    expect(await approveOrder(side.db, { ...word(orderId), step: 'change' })).toMatchObject({
      ...{ ok: true, changed: true, steps: [] },
    });
    expect((await attention(orderId)).attention).toBeNull();
    expect(await compare()).toMatchObject({ shipmentsLost: 0, apiCalls: 1 });
    expect((await attention(orderId)).attention).toBeNull();
    expect(await approveOrder(side.db, { ...word(orderId), step: 'change' })).toMatchObject({ ok: false });
    expect((await explainFacts(side.db, CHANNEL, orderId))?.order?.lostShipments).toMatchObject({
      seen: true,
    });
  });

  it('is missed by the label that took it over from a voided one, and made anew for that', async () => {
    const orderId = await shipped();
    await say(side, orderId, 'label.voided');
    await say(side, orderId, 'label.created', { number: 'NEW1' });
    expect(shipmentsIn(side, orderId)).toMatchObject([{ tracking_number: 'NEW1' }]);
    await importAll(side, { orderIds: [orderId] });
    side.clockOffsetMs += SETTLED_MS;
    dropShipment(orderId);
    expect(await compare()).toMatchObject({ shipmentsLost: 1 });
    expect((await attention(orderId)).attention).toBe('changed');
    expect(await resendOrder(side.db, word(orderId))).toMatchObject({ ok: true, changed: true });
    await writeAll(side, orderId);
    expect(shipmentsIn(side, orderId)).toMatchObject([{ tracking_number: 'NEW1' }]);
    expect((await attention(orderId)).attention).toBeNull();
    await say(side, orderId, 'label.replaced', { number: 'NEW2', replaces: 'NEW1' });
    expect(shipmentsIn(side, orderId)).toMatchObject([{ tracking_number: 'NEW2' }]);
  });

  it('is missed too where a person had made it, once a resend has taken it for the parcel’s', async () => {
    const orderId = await shipped();
    dropShipment(orderId);
    await compare();
    side.store.shipInControlPanel(orderId, { tracking_number: `T${String(orderId)}` });
    await resendOrder(side.db, word(orderId));
    await writeAll(side, orderId);
    expect(shipmentsIn(side, orderId)).toHaveLength(1);
    expect((await attention(orderId)).attention).toBeNull();
    await importAll(side, { orderIds: [orderId] });
    side.clockOffsetMs += SETTLED_MS;
    dropShipment(orderId);
    expect(await compare()).toMatchObject({ shipmentsLost: 1 });
    expect((await attention(orderId)).attention).toBe('changed');
  });

  it('is missed where other units of the line that a person shipped cover it in the count', async () => {
    const [orderId = 0] = await orders(1);
    const [row] = await side.db.sql<{ line: number }[]>`
      select (canonical->'lineItems'->0->>'orderProductId')::int as line from orders where order_id = ${orderId}`;
    const line = row?.line ?? 0;
    await say(side, orderId, 'label.created', { lines: [{ orderProductId: line, quantity: 1 }] });
    const ours = shipmentsIn(side, orderId)[0]?.id ?? 0;
    side.store.shipInControlPanel(orderId, {});
    await importAll(side, { orderIds: [orderId] });
    side.clockOffsetMs += SETTLED_MS;
    side.store.deleteShipment(orderId, ours);
    expect(await compare()).toMatchObject({ shipmentsLost: 1 });
    expect((await attention(orderId)).attention).toBe('changed');
  });

  it('stays away where a person says where the order is, and counts as seen', async () => {
    const orderId = await shipped();
    dropShipment(orderId);
    await compare();
    const said = {
      channelId: CHANNEL,
      orderId,
      reason: 'sent by courier',
      by: 'ana',
      now: side.deps.clock(),
    };
    expect(await overrideOrder(side.db, { ...said, stage: 'shipped' })).toMatchObject({ ok: true });
    expect((await attention(orderId)).attention).toBeNull();
    expect(await compare()).toMatchObject({ shipmentsLost: 0 });
    expect((await explainFacts(side.db, CHANNEL, orderId))?.order?.lostShipments).toMatchObject({
      seen: true,
    });
    // Somebody who thinks better of it can still have it made.
    expect(await resendOrder(side.db, word(orderId))).toMatchObject({ ok: true, changed: true });
    await writeAll(side, orderId);
    expect(shipmentsIn(side, orderId)).toHaveLength(1);
  });

  it('is the one that a resend means where none is named; the others are left as they are', async () => {
    const [orderId = 0] = await orders(1);
    const [row] = await side.db.sql<{ line: number }[]>`
      select (canonical->'lineItems'->0->>'orderProductId')::int as line from orders where order_id = ${orderId}`;
    const lines = [{ orderProductId: row?.line ?? 0, quantity: 1 }];
    await say(side, orderId, 'label.created', { number: 'STAYS1', lines });
    await say(side, orderId, 'label.created', { number: 'GONE1', lines });
    await importAll(side, { orderIds: [orderId] });
    side.clockOffsetMs += SETTLED_MS;
    const gone = shipmentsIn(side, orderId).find((one) => one.tracking_number === 'GONE1');
    side.store.deleteShipment(orderId, gone?.id ?? 0);
    expect(await compare()).toMatchObject({ shipmentsLost: 1 });
    expect(await resendOrder(side.db, word(orderId))).toMatchObject({ ok: true, steps: [{}] });
    const before = writesOf(side, orderId).length;
    await writeAll(side, orderId);
    expect(writesOf(side, orderId).slice(before)).toEqual(['POST shipment GONE1 x1']);
  });

  it('is told by stuck and explain with the word for each of the two ways, and no other', async () => {
    const orderId = await shipped();
    dropShipment(orderId);
    await compare();
    const channel = await requireChannel(side.db, CHANNEL);
    expect(await stuckOrders(side.db, channel, side.deps.clock())).toMatchObject([
      {
        reason: 'attention:changed:lost',
        command: 'waybill resend shop <order>',
        otherwise: { command: 'waybill approve shop <order> change' },
        orders: [{ orderId }],
      },
    ]);
    const facts = await explainFacts(side.db, CHANNEL, orderId);
    const told = facts === null ? null : explainOrder(facts, null, side.deps.clock());
    const order = `shop ${String(orderId)}`;
    expect(told?.todo.map(({ command }) => command)).toEqual([
      `waybill resend ${order}`,
      `waybill approve ${order} change`,
    ]);
  });

  it('is not missed where a person put another one in its place', async () => {
    const orderId = await shipped();
    dropShipment(orderId);
    side.store.shipInControlPanel(orderId, { tracking_number: 'ANA1' });
    expect(await compare()).toMatchObject({ shipmentsLost: 0 });
    expect((await attention(orderId)).attention).toBeNull();
  });

  it('is not missed while the write is younger than the store’s lists', async () => {
    const orderId = await shipped();
    dropShipment(orderId);
    side.clockOffsetMs = 0;
    expect(await compare()).toMatchObject({ shipmentsLost: 0 });
  });

  it('is not missed once its label is voided', async () => {
    const orderId = await shipped();
    dropShipment(orderId);
    await compare();
    await setFulfillment(side, { on_void: 'leave' });
    await say(side, orderId, 'label.voided');
    expect((await attention(orderId)).attention).toBeNull();
  });

  it('is not missed where its label was voided before, and is asked about once', async () => {
    const orderId = await shipped();
    await say(side, orderId, 'label.voided');
    dropShipment(orderId);
    side.store.resetRequests();
    expect(await compare()).toMatchObject({ shipmentsLost: 0, apiCalls: 2 });
    expect(await compare()).toMatchObject({ shipmentsLost: 0, apiCalls: 1 });
    expect((await attention(orderId)).attention).toBeNull();
  });

  it('is not missed where we took it away ourselves', async () => {
    const orderId = await shipped();
    await setFulfillment(side, { on_void: 'delete_shipment' });
    await say(side, orderId, 'label.voided');
    expect(writesOf(side, orderId)).toContain('DELETE shipment');
    side.clockOffsetMs += SETTLED_MS;
    expect(await compare()).toMatchObject({ shipmentsLost: 0 });
  });
});
