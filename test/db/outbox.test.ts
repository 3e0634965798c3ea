// The outbox: nothing offered is lost, nothing handed over is repeated without need, whoever dies gives back.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Database } from '../../db/database.ts';
import {
  claimOutbox,
  offerOrder,
  offerOrders,
  outboxDone,
  outboxFailed,
  outboxWaiting,
} from '../../db/outbox.ts';
import { addTestChannel, at, CHANNEL, emptyAll, openTestDatabase } from './order-life.ts';

const LEASE = { limit: 100, leaseMs: 60_000 };
let db: Database;

beforeAll(async () => {
  db = await openTestDatabase(import.meta.url, { clockStands: true });
});
afterAll(() => db.close());
beforeEach(async () => {
  await emptyAll(db);
  await addTestChannel(db);
});

const offer = (orderId: number, first = true, now = at(0)) =>
  offerOrder(db, { channelId: CHANNEL, orderId, first, now });
/** As if the lease had run out. */
const endLeases = () =>
  db.sql`update outbox set leased_until = clock_timestamp() - interval '1 second' where leased_until is not null`;

describe('offering', () => {
  it('keeps one row an order, and a first start that is now to be told becomes a signal', async () => {
    await offer(1, true);
    await offer(1, false);
    await offer(1, true);

    const rows = await claimOutbox(db, LEASE);
    expect(rows).toMatchObject([{ channelId: CHANNEL, orderId: 1, first: false, attempts: 1 }]);
  });

  it('takes an order that is given twice once', async () => {
    const orders = [
      { orderId: 2, first: true },
      { orderId: 1, first: true },
      { orderId: 2, first: false },
    ];
    const offered = await offerOrders(db, { channelId: CHANNEL, orders, now: at(0) });

    expect(offered.map((row) => row.orderId)).toEqual([1, 2]);
    expect((await claimOutbox(db, LEASE)).map((row) => [row.orderId, row.first])).toEqual([
      [1, true],
      [2, false],
    ]);
  });

  it('raises the generation each time, also after the row was deleted', async () => {
    const first = await offer(1);
    const second = await offer(1);
    await outboxDone(db, [{ channelId: CHANNEL, orderId: 1, ...second }]);
    const third = await offer(1);

    expect(second.generation).toBeGreaterThan(first.generation);
    expect(third.generation).toBeGreaterThan(second.generation);
  });
});

describe('claiming', () => {
  it('gives each row to one of many', async () => {
    await offerOrders(db, {
      channelId: CHANNEL,
      orders: Array.from({ length: 60 }, (_, index) => ({ orderId: index + 1, first: true })),
      now: at(0),
    });

    const claims = await Promise.all(
      Array.from({ length: 6 }, () => claimOutbox(db, { limit: 10, leaseMs: 60_000 })),
    );

    const ids = claims.flat().map((row) => row.orderId);
    expect(ids).toHaveLength(60);
    expect(new Set(ids).size).toBe(60);
    expect(await claimOutbox(db, LEASE)).toEqual([]);
  });

  it('gives a row again when its holder has let the lease run out', async () => {
    await offer(1);
    await claimOutbox(db, LEASE);
    await endLeases();

    expect(await claimOutbox(db, LEASE)).toMatchObject([{ orderId: 1, attempts: 2 }]);
  });

  it('starts with the oldest, and leaves young rows alone if asked to', async () => {
    await offer(1, true, at(5));
    await offer(2, true, at(0));
    await offer(3, true, new Date().toISOString());

    expect(await claimOutbox(db, { limit: 1, leaseMs: 60_000 })).toMatchObject([{ orderId: 2 }]);
    expect(await claimOutbox(db, { ...LEASE, olderThanMs: 60_000 })).toMatchObject([{ orderId: 1 }]);
    expect(await claimOutbox(db, { ...LEASE, olderThanMs: 60_000 })).toEqual([]);
  });

  it('leaves orders of disabled and removed channels and of other channels alone', async () => {
    await addTestChannel(db, { id: 'off', storeHash: 'off', enabled: false });
    await addTestChannel(db, { id: 'gone', storeHash: 'gone' });
    await db.sql`update channels set removed_at = now() where id = 'gone'`;
    for (const channelId of ['off', 'gone', CHANNEL])
      await offerOrder(db, { channelId, orderId: 1, first: true, now: at(0) });

    expect(await claimOutbox(db, { ...LEASE, channelId: 'off' })).toEqual([]);
    expect(await claimOutbox(db, LEASE)).toMatchObject([{ channelId: CHANNEL }]);
  });
});

describe('handing over', () => {
  it('deletes a row at the generation that was handed over', async () => {
    await offer(1);
    expect(await outboxDone(db, await claimOutbox(db, LEASE))).toBe(1);
    expect(await outboxWaiting(db)).toBe(0);
  });

  it('keeps a row that was offered again meanwhile, and offers it at once', async () => {
    await offer(1);
    const claimed = await claimOutbox(db, LEASE);
    await offer(1, false);

    expect(await outboxDone(db, claimed)).toBe(0);
    expect(await claimOutbox(db, LEASE)).toMatchObject([{ orderId: 1, first: false, attempts: 1 }]);
  });

  it('does not let a slow holder delete the row that took the place of its own', async () => {
    await offer(1);
    const slow = await claimOutbox(db, LEASE);
    await endLeases();
    await outboxDone(db, await claimOutbox(db, LEASE));
    await offer(1);

    expect(await outboxDone(db, slow)).toBe(0);
    expect(await outboxWaiting(db)).toBe(1);
  });

  it('gives failed rows back after a pause that grows', async () => {
    await offer(1);
    const pauses: number[] = [];
    for (let attempt = 0; attempt < 4; attempt += 1) {
      const claimed = await claimOutbox(db, LEASE);
      await outboxFailed(db, claimed);
      expect(await claimOutbox(db, LEASE)).toEqual([]);
      const [row] = await db.sql<{ seconds: number }[]>`
        select extract(epoch from leased_until - clock_timestamp())::float8 as seconds from outbox`;
      pauses.push(Math.round(row?.seconds ?? -1));
      await endLeases();
    }
    expect(pauses).toEqual([1, 2, 4, 8]);
  });

  it('does nothing when nothing is given', async () => {
    await expect(outboxDone(db, [])).resolves.toBe(0);
    await expect(outboxFailed(db, [])).resolves.toBeUndefined();
    await expect(offerOrders(db, { channelId: CHANNEL, orders: [], now: at(0) })).resolves.toEqual([]);
  });
});

describe('counting', () => {
  it('counts by channel and stops where it is told to', async () => {
    await offer(1);
    await offer(2);
    await offerOrder(db, { channelId: 'other', orderId: 1, first: true, now: at(0) });

    expect(await outboxWaiting(db)).toBe(3);
    expect(await outboxWaiting(db, { channelId: CHANNEL })).toBe(2);
    expect(await outboxWaiting(db, { atMost: 1 })).toBe(1);
  });
});
