// Hints: an order that must be read is read, once for many words, again after a failure, and never lost in between.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Database } from '../../db/database.ts';
import {
  channelsWithDueHints,
  dueHints,
  hintBackoffMs,
  leaveHint,
  leaveHints,
  nextHintDue,
  settleHints,
} from '../../db/hints.ts';
import { addTestChannel, at, CHANNEL, emptyAll, openTestDatabase } from './order-life.ts';

let db: Database;

beforeAll(async () => {
  db = await openTestDatabase(import.meta.url);
});
afterAll(() => db.close());
beforeEach(async () => {
  await emptyAll(db);
  await db.sql`delete from hints`;
  await addTestChannel(db);
});

const hint = (orderId: number, dueMinute: number, reason: 'webhook' | 'held' = 'webhook') =>
  leaveHint(db, { channelId: CHANNEL, orderId, reason, dueAt: at(dueMinute), now: at(0) });
const due = (minute: number) => dueHints(db, { channelId: CHANNEL, limit: 25, now: at(minute) });

describe('leaving hints', () => {
  it('makes one row of many words, due at the earliest of them, with a rising generation', async () => {
    await hint(1, 30, 'held');
    const [held] = await due(30);
    await hint(1, 0);
    await hint(1, 20, 'held');

    const [row] = await due(0);
    expect(row).toMatchObject({ orderId: 1, reason: 'webhook', attempts: 0 });
    expect(row?.generation).toBeGreaterThan(held?.generation ?? Infinity);
  });

  it('takes an order that is given twice once, at its earlier time', async () => {
    const later = { orderId: 1, reason: 'held', dueAt: at(9) } as const;
    await leaveHints(db, { channelId: CHANNEL, hints: [later, { ...later, dueAt: at(1) }], now: at(0) });

    expect(await nextHintDue(db, CHANNEL)).toBe(at(1));
  });
});

describe('due hints', () => {
  it('come when their time has come, longest waiting first, no more than asked for', async () => {
    await hint(1, 5);
    await hint(2, 3);
    await hint(3, 8);

    expect((await due(5)).map((row) => row.orderId)).toEqual([2, 1]);
    expect(await dueHints(db, { channelId: CHANNEL, limit: 1, now: at(9) })).toHaveLength(1);
    expect(await due(2)).toEqual([]);
  });

  it('are none for a disabled, a removed and a manual channel', async () => {
    await hint(1, 0);
    await db.sql`update channels set enabled = false`;
    expect(await due(1)).toEqual([]);
    expect(await nextHintDue(db, CHANNEL)).toBeNull();

    await db.sql`update channels set enabled = true, settings = jsonb_set(settings, '{orders}', '{"import":{"mode":"manual"}}')`;
    expect(await due(1)).toEqual([]);
    expect(await channelsWithDueHints(db, { dueBefore: at(5) })).toEqual([]);

    await db.sql`update channels set settings = settings - 'orders', removed_at = now()`;
    expect(await due(1)).toEqual([]);
  });

  it('name their channels to the sweep once they have waited long enough', async () => {
    await addTestChannel(db, { id: 'other', storeHash: 'other' });
    await hint(1, 10);
    await leaveHint(db, { channelId: 'other', orderId: 1, reason: 'asked', dueAt: at(2), now: at(0) });

    expect(await channelsWithDueHints(db, { dueBefore: at(5) })).toEqual(['other']);
    expect(await channelsWithDueHints(db, { dueBefore: at(10) })).toEqual(['other', CHANNEL]);
    expect(await channelsWithDueHints(db, { dueBefore: at(10), channelId: CHANNEL })).toEqual([CHANNEL]);
  });
});

describe('settling hints', () => {
  it('deletes at the generation that was read', async () => {
    await hint(1, 0);
    const [read] = await due(0);
    await settleHints(db, {
      channelId: CHANNEL,
      outcomes: [{ orderId: 1, generation: read?.generation ?? -1 }],
    });

    expect(await nextHintDue(db, CHANNEL)).toBeNull();
  });

  it('leaves a hint that came during the read as it is, whether the read is done or to be repeated', async () => {
    await hint(1, 0);
    await hint(2, 0);
    const read = await due(0);
    await hint(1, 1);
    await hint(2, 1);
    const again = { dueAt: at(60), reason: 'unreadable', failed: true, error: 'x' } as const;
    await settleHints(db, {
      channelId: CHANNEL,
      outcomes: read.map(({ orderId, generation }) => ({
        orderId,
        generation,
        ...(orderId === 2 ? { again } : {}),
      })),
    });

    expect(await due(1)).toMatchObject([
      { orderId: 1, reason: 'webhook', attempts: 0 },
      { orderId: 2, reason: 'webhook', attempts: 0 },
    ]);
  });

  it('moves a failed read and counts it, and forgets the count when a hold follows', async () => {
    await hint(1, 0);
    for (const [minute, failed, attempts] of [
      [1, true, 1],
      [3, true, 2],
      [9, false, 0],
    ] as const) {
      const [read] = await due(minute);
      const again = {
        dueAt: at(minute),
        reason: 'unreadable',
        failed,
        error: failed ? 'lines[0].quantity' : null,
      } as const;
      await settleHints(db, {
        channelId: CHANNEL,
        outcomes: [{ orderId: 1, generation: read?.generation ?? -1, again }],
      });
      expect(await due(minute)).toMatchObject([{ orderId: 1, attempts }]);
      expect(await due(minute - 1)).toEqual([]);
    }
  });

  it('backs off from a minute to a day', () => {
    expect([1, 2, 3, 11, 12, 50].map(hintBackoffMs)).toEqual([
      60_000, 120_000, 240_000, 61_440_000, 86_400_000, 86_400_000,
    ]);
  });
});
