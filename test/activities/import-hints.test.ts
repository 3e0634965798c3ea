// Hints: each due order is read once, and its hint settled with what was read.
import { afterEach, describe, expect, it } from 'vitest';
import { leaveHint } from '../../db/hints.ts';
import { getOrder } from '../../db/orders.ts';
import { CHANNEL, failureOf, importAll, openStoreSide, readHints, type StoreSide } from './store-side.ts';

let side: StoreSide;
afterEach(async () => {
  await side.close();
});

const hint = (orderId: number, minutes = 0) =>
  leaveHint(side.db, {
    channelId: CHANNEL,
    orderId,
    reason: 'webhook',
    dueAt: new Date(Date.parse(side.deps.clock()) + minutes * 60_000).toISOString(),
    now: side.deps.clock(),
  });
const hintsLeft = () => side.db.sql<{ orderId: number; reason: string; attempts: number; due: string }[]>`
  select order_id as "orderId", reason, attempts, due_at as due from hints order by order_id`;

describe('due hints', () => {
  it('are read once and gone, in as many calls as there are orders', async () => {
    side = await openStoreSide(import.meta.url);
    const ids = side.store.addOrders([{ kind: 'plain' }, { kind: 'plain' }]);
    for (const id of ids) await hint(id);
    const { result } = await readHints(side);
    expect(result).toMatchObject({ done: true, seen: 2, changed: 2, nextDueInMs: null });
    expect(await hintsLeft()).toEqual([]);
    expect(side.store.requests().total).toBe(2);
  });

  it('of an order that the store does not have are gone with a reason', async () => {
    side = await openStoreSide(import.meta.url);
    await hint(4711);
    expect((await readHints(side)).result).toMatchObject({ seen: 1, changed: 0 });
    expect(await hintsLeft()).toEqual([]);
  });

  it('that are not due yet wait, and the answer says how long', async () => {
    side = await openStoreSide(import.meta.url);
    const [id = 0] = side.store.addOrders([{ kind: 'plain' }]);
    await hint(id, 5);
    const { result } = await readHints(side);
    expect(result.done).toBe(true);
    expect(result.nextDueInMs).toBeGreaterThan(4 * 60_000);
    expect(side.store.requests().total).toBe(0);
  });

  it('of a held order bring it in when the hold is over', async () => {
    side = await openStoreSide(import.meta.url, { settings: { orders: { import: { hold_minutes: 30 } } } });
    const [id = 0] = side.store.addOrders([{ kind: 'plain' }]);
    await importAll(side);
    expect(await getOrder(side.db, CHANNEL, id)).toBeNull();
    side.clockOffsetMs = 31 * 60_000;
    expect((await readHints(side)).result).toMatchObject({ changed: 1 });
    expect(await getOrder(side.db, CHANNEL, id)).not.toBeNull();
    expect(await hintsLeft()).toEqual([]);
  });

  it('of an unreadable order back off, and the order comes in once it can be read', async () => {
    side = await openStoreSide(import.meta.url);
    const [id = 0] = side.store.addOrders([{ kind: 'plain' }]);
    const raw = { ...(side.store.order(id)['order'] as object), status_id: 'eleven' };
    side.store.replaceRaw(id, JSON.stringify(raw));
    await hint(id);
    await readHints(side);
    expect(await hintsLeft()).toMatchObject([{ orderId: id, reason: 'unreadable', attempts: 1 }]);
    side.store.replaceRaw(id, null);
    side.clockOffsetMs = 61_000;
    await readHints(side);
    expect(await getOrder(side.db, CHANNEL, id)).not.toBeNull();
  });

  it('of one order that the store stumbles over do not keep the others waiting', async () => {
    side = await openStoreSide(import.meta.url);
    const [bad = 0, good = 0] = side.store.addOrders([{ kind: 'plain' }, { kind: 'plain' }]);
    await hint(bad);
    await hint(good);
    side.store.setFaults([{ match: { path: `orders/${String(bad)}` }, fault: '500' }]);
    expect(await failureOf(readHints(side))).toMatchObject({ type: 'BigCommerceUnavailable' });
    await readHints(side, 3);
    expect((await readHints(side)).result).toMatchObject({ changed: 1 });
    expect(await getOrder(side.db, CHANNEL, good)).not.toBeNull();
    expect(await hintsLeft()).toMatchObject([{ orderId: bad, reason: 'unreadable' }]);
  });

  it('keep what was read when the quota ends in the middle', async () => {
    side = await openStoreSide(import.meta.url);
    const ids = side.store.addOrders([{ kind: 'plain' }, { kind: 'plain' }, { kind: 'plain' }]);
    for (const id of ids) await hint(id);
    side.store.setFaults([{ fault: '429', skip: 2 }]);
    expect((await readHints(side)).result).toMatchObject({
      done: false,
      seen: 2,
      changed: 2,
      nextDueInMs: 0,
    });
    expect(await hintsLeft()).toMatchObject([{ orderId: ids[2] }]);
  });
});
