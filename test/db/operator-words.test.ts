// An operator's pause and resume: one transaction each, refused with a sentence where they make no sense.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Database } from '../../db/database.ts';
import { overrideOrder, pauseOrder, resumeOrder } from '../../db/operator-words.ts';
import {
  addTestChannel,
  addTestOrder,
  at,
  CHANNEL,
  clearOutbox,
  countOf,
  deliver,
  emptyAll,
  fact,
  openTestDatabase,
  orderRow,
  outboxRows,
  outcomesOf,
  settle,
} from './order-life.ts';

let db: Database;

beforeAll(async () => {
  db = await openTestDatabase(import.meta.url);
});
afterAll(() => db.close());
beforeEach(async () => {
  await emptyAll(db);
  await addTestChannel(db);
  await addTestOrder(db, 1001);
});

const word = (reason: string, orderId = 1001) => ({
  channelId: CHANNEL,
  orderId,
  reason,
  by: 'ana',
  now: at(30),
});

describe('pause', () => {
  test('marks the order, shows the attention at once, and tells the lifecycle', async () => {
    expect(await pauseOrder(db, word('address is wrong'))).toEqual({ ok: true, changed: true });

    expect(await orderRow(db, 1001)).toMatchObject({
      paused: true,
      pauseReason: 'address is wrong',
      attention: 'paused',
      lastNewsAt: at(0),
    });
    expect(await outboxRows(db)).toEqual([{ orderId: 1001, first: false }]);
    expect(await outcomesOf(db, 1001, 'operator')).toEqual(['pause']);
    const [entry] = await db.sql`select by, action, detail from audit`;
    expect(entry).toEqual({
      by: 'ana',
      action: 'order.pause',
      detail: { reason: 'address is wrong', before: null },
    });
  });

  test('said twice for the same reason changes once', async () => {
    await pauseOrder(db, word('address is wrong'));

    expect(await pauseOrder(db, word(' address is wrong '))).toEqual({ ok: true, changed: false });
    expect(await countOf(db, 'audit')).toBe(1);
  });

  test('is refused for another reason while it is paused, and says which', async () => {
    await pauseOrder(db, word('address is wrong'));

    expect(await pauseOrder(db, word('fraud?'))).toMatchObject({
      ok: false,
      code: 'already_paused',
      message: expect.stringContaining('address is wrong') as string,
    });
  });

  test('is refused for an order that nobody knows', async () => {
    expect(await pauseOrder(db, word('why not', 4711))).toMatchObject({
      ok: false,
      code: 'unknown_order',
      message: expect.stringContaining('waybill import shop --ids 4711') as string,
    });
    expect(await countOf(db, 'audit')).toBe(0);
  });

  test('is refused without a reason, and with a novel for one', async () => {
    expect(await pauseOrder(db, word('  '))).toMatchObject({ ok: false, code: 'reason_missing' });
    expect(await pauseOrder(db, word('x'.repeat(501)))).toMatchObject({ ok: false, code: 'reason_too_long' });
    expect((await orderRow(db, 1001)).paused).toBe(false);
  });

  test('holds for an order that is not open, without waking it', async () => {
    await addTestOrder(db, 1002, { lifecycleState: 'closed' });

    expect(await pauseOrder(db, word('waiting for the shopper', 1002))).toEqual({ ok: true, changed: true });
    expect((await orderRow(db, 1002)).paused).toBe(true);
    expect(await outboxRows(db)).toEqual([]);
  });
});

describe('resume', () => {
  test('takes the pause and its attention away', async () => {
    await pauseOrder(db, word('address is wrong'));
    await clearOutbox(db);

    expect(await resumeOrder(db, word('corrected'))).toEqual({ ok: true, changed: true });
    expect(await orderRow(db, 1001)).toMatchObject({ paused: false, pauseReason: null, attention: null });
    expect(await outboxRows(db)).toEqual([{ orderId: 1001, first: false }]);
  });

  test('said twice is a repeat, and without a pause it is refused', async () => {
    expect(await resumeOrder(db, word('corrected'))).toMatchObject({ ok: false, code: 'not_paused' });
    await pauseOrder(db, word('address is wrong'));
    await resumeOrder(db, word('corrected'));

    expect(await resumeOrder(db, word('corrected'))).toEqual({ ok: true, changed: false });
    expect(await resumeOrder(db, word('other words'))).toMatchObject({ ok: false, code: 'not_paused' });
  });

  test('of ten pauses at once one changes the order', async () => {
    const results = await Promise.all(Array.from({ length: 10 }, () => pauseOrder(db, word('storm'))));

    expect(results.filter((result) => result.ok && result.changed)).toHaveLength(1);
    expect(await countOf(db, 'audit')).toBe(1);
  });
});

describe('override', () => {
  const override = (stage: string, more: Partial<ReturnType<typeof word>> = {}) => ({
    ...word('the carrier confirmed it by phone'),
    ...more,
    stage,
  });

  test('says where the order is, as a fact with a time, and tells the lifecycle', async () => {
    expect(await overrideOrder(db, override('shipped'))).toMatchObject({
      ok: true,
      changed: true,
      before: 'imported',
      stage: 'shipped',
    });
    expect(await orderRow(db, 1001)).toMatchObject({
      stage: 'shipped',
      overrides: [{ stage: 'shipped', reason: 'the carrier confirmed it by phone', by: 'ana', at: at(30) }],
    });
    expect(await outboxRows(db)).toEqual([{ orderId: 1001, first: false }]);
    expect(await outcomesOf(db, 1001, 'operator')).toEqual(['override']);
    const [entry] = await db.sql`select action, detail from audit`;
    expect(entry).toMatchObject({
      action: 'order.override',
      detail: { stage: 'shipped', before: 'imported' },
    });
  });

  test('hides what was received before it, and later facts count again', async () => {
    await deliver(db, 1001, fact('label.created', { minute: 1 }));
    await deliver(db, 1001, fact('delivered', { minute: 2 }));
    await settle(db, 1001, { now: at(3) });
    expect((await orderRow(db, 1001)).stage).toBe('delivered');

    await overrideOrder(db, override('trackable'));
    expect(await orderRow(db, 1001)).toMatchObject({ stage: 'trackable', lifecycleState: 'open' });
    await deliver(db, 1001, fact('in_transit', { minute: 40 }), { now: at(40) });
    expect((await orderRow(db, 1001)).stage).toBe('shipped');
  });

  test('to an end leaves a closed order closed, to another stage opens it again', async () => {
    await addTestOrder(db, 1002, { lifecycleState: 'closed' });
    await overrideOrder(db, override('cancelled', { orderId: 1002 }));
    expect(await orderRow(db, 1002)).toMatchObject({ stage: 'cancelled', lifecycleState: 'closed' });
    await overrideOrder(db, override('imported', { orderId: 1002, now: at(31) }));
    expect(await orderRow(db, 1002)).toMatchObject({ stage: 'imported', lifecycleState: 'open' });
  });

  test('said twice changes once', async () => {
    await overrideOrder(db, override('shipped'));

    expect(await overrideOrder(db, override('shipped', { now: at(31) }))).toMatchObject({ changed: false });
    expect((await orderRow(db, 1001)).overrides).toHaveLength(1);
  });

  test('is refused for a word that is no stage, without a reason, and where nothing travels', async () => {
    expect(await overrideOrder(db, override('in transit'))).toMatchObject({
      code: 'unknown_stage',
      message: expect.stringContaining('imported, trackable, shipped') as string,
    });
    expect(await overrideOrder(db, override('shipped', { reason: ' ' }))).toMatchObject({
      code: 'reason_missing',
    });
    expect(await overrideOrder(db, override('shipped', { orderId: 4711 }))).toMatchObject({
      code: 'unknown_order',
    });
    await db.sql`update orders set canonical = jsonb_set(canonical, '{lineItems,0,quantityRefunded}', '1')`;
    expect(await overrideOrder(db, override('shipped'))).toMatchObject({ code: 'stage_not_possible' });
    expect((await orderRow(db, 1001)).overrides).toEqual([]);
  });
});
