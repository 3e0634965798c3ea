// The ledger on a real server: once only, fenced, never two at a time, and what was read of the store kept.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { inTransaction, type Database } from '../../db/database.ts';
import { offerDueWriteBacks } from '../../db/ledger.ts';
import { offerOrdersWithCuredSteps } from '../../db/orders.ts';
import { pauseOrder } from '../../db/operator-words.ts';
import {
  blockWriteBack,
  confirmWriteBack,
  getWriteBack,
  markSent,
  refuseWriteBack,
  retryWriteBackLater,
  supersedeWriteBack,
  takeOverSent,
  type StoreRead,
  type WriteBackAtHand,
} from '../../db/write-backs.ts';
import {
  addTestChannel,
  addTestOrder,
  at,
  CHANNEL,
  clearOutbox,
  deliver,
  emptyAll,
  fact,
  openTestDatabase,
  orderRow,
  outboxRows,
  outcomesOf,
  settingsDoc,
  settle,
} from './order-life.ts';

let db: Database;
let id: string;

beforeAll(async () => {
  db = await openTestDatabase(import.meta.url);
});
afterAll(() => db.close());
beforeEach(async () => {
  await emptyAll(db);
  await addTestChannel(db);
  await addTestOrder(db, 1001);
  await deliver(db, 1001, fact('label.created'));
  const settled = await settle(db, 1001);
  if (settled.due === null) throw new Error('a label makes a shipment due');
  id = settled.due.writeBackId;
  await clearOutbox(db);
});

async function atHand(): Promise<WriteBackAtHand> {
  const found = await getWriteBack(db, id);
  if (found === null) throw new Error('the row was just planned');
  return found;
}

function storeRead(statusId = 11, minute = 70): StoreRead {
  return { view: { statusId, shipments: [], shipped: [] }, readAt: at(minute) };
}

async function send(attempt: string | null, next: string, minute = 60) {
  const { row } = await atHand();
  return markSent(db, {
    fence: { writeBackId: id, attemptId: attempt },
    newAttemptId: next,
    body: row.body,
    statusBefore: 11,
    read: storeRead(11, minute),
    now: at(minute),
  });
}

const outcome = (attempt: string | null, read: StoreRead | null = storeRead()) => ({
  fence: { writeBackId: id, attemptId: attempt },
  outcome: 'the store said so',
  read,
  now: at(71),
});

describe('sending', () => {
  test('keeps the body, the status before and the database clock, and what was read', async () => {
    const before = Date.now();

    const sent = await send(null, 'a-1');

    expect(sent.ok).toBe(true);
    const { row, order } = await atHand();
    expect(row).toMatchObject({ state: 'sent', attemptId: 'a-1', attempts: 1, statusBefore: 11 });
    // The same machine here: the database's clock is this one.
    expect(Math.abs(Date.parse(row.sentAt ?? '') - before)).toBeLessThan(60_000);
    expect(order.storeView).toMatchObject({ statusId: 11, readAt: at(60) });
  });

  test('lets the explained statuses grow by what the call can cause', async () => {
    await send(null, 'a-1');

    const { explainedStatuses } = await atHand();

    expect(explainedStatuses).toContain(2);
  });

  test('of two attempts at once is granted to one', async () => {
    const results = await Promise.all(['a', 'b', 'c', 'd'].map((attempt) => send(null, attempt)));

    expect(results.filter((result) => result.ok)).toHaveLength(1);
    expect(results.filter((result) => !result.ok && result.reason === 'lost')).toHaveLength(3);
    expect((await atHand()).row.attempts).toBe(1);
  });

  test('is granted again to the attempt that owns the sent row', async () => {
    await send(null, 'a-1');

    expect((await send('a-1', 'a-2')).ok).toBe(true);
    expect((await atHand()).row).toMatchObject({ attemptId: 'a-2', attempts: 2 });
    expect(await send('a-1', 'a-3')).toEqual({ ok: false, reason: 'lost' });
  });

  test('is refused while another row of the order is sent', async () => {
    await db.sql`insert into write_backs (id, store_hash, channel_id, order_id, kind, subject, n, state, body, summary, mails, created_at, updated_at)
      select gen_random_uuid(), store_hash, channel_id, order_id, 'set_status', 'status:2', 9, 'sent',
        '{"kind":"set_status","statusId":2}'::jsonb, 'sets the status', 1, ${at(50)}, ${at(50)} from orders`;

    expect(await send(null, 'a-1')).toEqual({ ok: false, reason: 'other_sent' });
  });

  test('is refused while the order is paused, and while the row is blocked', async () => {
    await pauseOrder(db, { channelId: CHANNEL, orderId: 1001, reason: 'stop', by: 'ana', now: at(55) });
    expect(await send(null, 'a-1')).toEqual({ ok: false, reason: 'paused' });

    await db.sql`update orders set paused = false`;
    await db.sql`update write_backs set blocked = 'ask'`;
    expect(await send(null, 'a-1')).toEqual({ ok: false, reason: 'blocked' });
  });

  test.each([
    ['channel', { push: true, enabled: false }],
    ['push_off', { push: false }],
    ['push_off', { profile: 'import_only' as const, push: false }],
    ['dry_run', { dryRun: true }],
  ])('is refused as %s when the channel says %j by now', async (reason, options) => {
    await db.sql`update channels set settings = ${JSON.stringify(settingsDoc(options))}::jsonb, enabled = ${'enabled' in options ? options.enabled : true}`;

    expect(await send(null, 'a-1')).toEqual({ ok: false, reason });
    expect((await atHand()).row.state).toBe('planned');
  });

  test('of a row that is not in the ledger is an error, of a superseded one it is lost', async () => {
    const nobody = '7f3f8d0c-0000-4000-8000-000000000000';
    await expect(
      takeOverSent(db, { fence: { writeBackId: nobody, attemptId: null }, newAttemptId: 'a', now: at(60) }),
    ).rejects.toMatchObject({ code: 'write_back_unknown' });
    expect(await getWriteBack(db, nobody)).toBeNull();

    await supersedeWriteBack(db, outcome(null));
    expect(await send(null, 'a-1')).toEqual({ ok: false, reason: 'lost' });
  });
});

describe('an outcome', () => {
  test('is written by the attempt that sent, and by no other', async () => {
    await send(null, 'a-1');
    await takeOverSent(db, {
      fence: { writeBackId: id, attemptId: 'a-1' },
      newAttemptId: 'a-2',
      now: at(65),
    });

    expect(await confirmWriteBack(db, { ...outcome('a-1'), storeShipmentId: 7 })).toEqual({
      ok: false,
      reason: 'lost',
    });
    expect(await confirmWriteBack(db, { ...outcome('a-2', storeRead(2)), storeShipmentId: 7 })).toEqual({
      ok: true,
    });
    expect((await atHand()).row).toMatchObject({ state: 'confirmed', storeShipmentId: 7 });
  });

  test('confirmed explains what the call caused, and no longer what was before', async () => {
    await send(null, 'a-1');
    await confirmWriteBack(db, { ...outcome('a-1', storeRead(2)), storeShipmentId: 7 });

    const row = await orderRow(db, 1001);

    expect(row.explainedStatuses).toEqual([2, 3]);
    expect(row.storeView).toMatchObject({ statusId: 2 });
    expect(await outcomesOf(db, 1001, 'write_back')).toContain('confirmed');
  });

  test('confirmed needs no sending when the store has the shipment already', async () => {
    expect(await confirmWriteBack(db, { ...outcome(null), storeShipmentId: 9 })).toEqual({ ok: true });
    expect((await atHand()).row).toMatchObject({ state: 'confirmed', attempts: 0, storeShipmentId: 9 });
  });

  test('refused keeps the sentence, asks for attention, and explains only what was before', async () => {
    await send(null, 'a-1');
    await refuseWriteBack(db, outcome('a-1'));

    expect((await atHand()).row).toMatchObject({ state: 'refused', outcome: 'the store said so' });
    expect((await orderRow(db, 1001)).explainedStatuses).toEqual([11]);
    expect(await settle(db, 1001)).toMatchObject({ attention: 'refused', due: null });
  });

  test('blocked goes back to planned and is not due, until the block is lifted', async () => {
    await send(null, 'a-1');
    await blockWriteBack(db, { ...outcome('a-1'), block: 'auth' });
    expect(await settle(db, 1001)).toMatchObject({ attention: 'auth', due: null });

    const lifted = await inTransaction(db, (tx) =>
      offerOrdersWithCuredSteps(tx, { channelId: CHANNEL, now: at(80) }),
    );

    expect(lifted).toBe(1);
    expect(await outboxRows(db)).toEqual([{ orderId: 1001, first: false }]);
    expect(await settle(db, 1001)).toMatchObject({ attention: null, due: { writeBackId: id } });
  });

  test('unclear stays sent, clear goes back to planned; both wait', async () => {
    await send(null, 'a-1');
    await retryWriteBackLater(db, { ...outcome('a-1'), unclear: true, notBefore: at(90) });
    expect((await atHand()).row).toMatchObject({ state: 'sent', notBefore: at(90), attemptId: 'a-1' });
    expect(await settle(db, 1001, { now: at(80) })).toMatchObject({ due: null, dueAt: at(90) });

    await retryWriteBackLater(db, { ...outcome('a-1'), unclear: false, notBefore: at(95) });
    expect((await atHand()).row).toMatchObject({ state: 'planned', notBefore: at(95), attemptId: 'a-1' });
  });

  test('of an older read never replaces a younger one', async () => {
    await send(null, 'a-1', 60);
    await confirmWriteBack(db, { ...outcome('a-1', storeRead(9, 10)), storeShipmentId: 7 });

    expect((await orderRow(db, 1001)).storeView).toMatchObject({ statusId: 11, readAt: at(60) });
  });

  test('is told to every channel that follows the same store', async () => {
    await addTestChannel(db, { id: 'second', profile: 'import_only' });
    await addTestOrder(db, 1001, { channelId: 'second' });

    await send(null, 'a-1');
    await confirmWriteBack(db, { ...outcome('a-1', storeRead(2)), storeShipmentId: 7 });

    expect(await orderRow(db, 1001, 'second')).toMatchObject({ explainedStatuses: [2, 3] });
  });

  test('leaves units that we shipped our own', async () => {
    await send(null, 'a-1');
    const read: StoreRead = {
      view: { statusId: 2, shipments: [], shipped: [{ orderProductId: 10010, quantity: 1 }] },
      readAt: at(70),
    };
    await confirmWriteBack(db, { ...outcome('a-1', read), storeShipmentId: 7 });

    // A person's shipment would count as an external one and move the stage.
    expect(await settle(db, 1001)).toMatchObject({ stage: 'imported', attention: null });
  });
});

describe('the sweep', () => {
  test('finds due rows of an order that is not open, and opens it', async () => {
    await db.sql`update orders set lifecycle_state = 'closed', closed_reason = 'no_news'`;

    expect(await offerDueWriteBacks(db, { overdueMs: 3_600_000, limit: 10, now: at(1_001) })).toBe(1);
    expect((await orderRow(db, 1001)).lifecycleState).toBe('open');
    expect(await outboxRows(db)).toEqual([{ orderId: 1001, first: false }]);
    expect(await offerDueWriteBacks(db, { overdueMs: 3_600_000, limit: 10, now: at(1_001) })).toBe(0);
  });

  test('finds rows that nobody touched for long, and leaves fresh ones to their lifecycle', async () => {
    expect(await offerDueWriteBacks(db, { overdueMs: 3_600_000, limit: 10, now: at(1_030) })).toBe(0);
    expect(
      await offerDueWriteBacks(db, { channelId: 'other', overdueMs: 0, limit: 10, now: at(1_090) }),
    ).toBe(0);
    expect(await offerDueWriteBacks(db, { overdueMs: 3_600_000, limit: 10, now: at(1_060) })).toBe(1);
    await clearOutbox(db);
    expect(await offerDueWriteBacks(db, { overdueMs: 3_600_000, limit: 10, now: at(1_065) })).toBe(0);
    expect(await offerDueWriteBacks(db, { overdueMs: 3_600_000, limit: 10, now: at(1_120) })).toBe(1);
  });

  test('leaves alone what is blocked, paused, waiting, or of a disabled channel', async () => {
    const offered = (minute = 5_000) =>
      offerDueWriteBacks(db, { overdueMs: 60_000, limit: 10, now: at(minute) });
    await db.sql`update write_backs set blocked = 'push_off'`;
    expect(await offered()).toBe(0);
    await db.sql`update write_backs set blocked = null, not_before = ${at(6_000)}`;
    expect(await offered()).toBe(0);
    await db.sql`update write_backs set not_before = null`;
    await db.sql`update orders set paused = true`;
    expect(await offered()).toBe(0);
    await db.sql`update orders set paused = false`;
    await db.sql`update channels set enabled = false`;
    expect(await offered()).toBe(0);
    await db.sql`update channels set enabled = true, settings = ${JSON.stringify(settingsDoc({ profile: 'import_only' }))}::jsonb`;
    expect(await offered()).toBe(0);
    await db.sql`update channels set settings = ${JSON.stringify(settingsDoc({}))}::jsonb`;
    expect(await offered()).toBe(1);
  });
});
