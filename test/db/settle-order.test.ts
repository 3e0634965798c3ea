// What a lifecycle does on each wake, on a real server: decide, plan, keep the ledger, end; repeated and at once.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Database } from '../../db/database.ts';
import { pauseOrder } from '../../db/operator-words.ts';
import { confirmWriteBack, getWriteBack, markSent } from '../../db/write-backs.ts';
import {
  addTestChannel,
  addTestOrder,
  at,
  CHANNEL,
  clearOutbox,
  countOf,
  days,
  deliver,
  emptyAll,
  eventRows,
  fact,
  openTestDatabase,
  orderRow,
  outboxRows,
  outcomesOf,
  settingsDoc,
  settle,
  type ChannelOptions,
} from './order-life.ts';

let db: Database;

beforeAll(async () => {
  db = await openTestDatabase(import.meta.url);
});
afterAll(() => db.close());
beforeEach(() => emptyAll(db));

async function given(options: ChannelOptions = {}): Promise<void> {
  await addTestChannel(db, options);
  await addTestOrder(db, 1001);
}

async function setChannel(options: ChannelOptions): Promise<void> {
  await db.sql`update channels set settings = ${JSON.stringify(settingsDoc(options))}::jsonb, enabled = ${options.enabled ?? true}`;
}

async function ledger(): Promise<{ kind: string; state: string; blocked: string | null }[]> {
  const rows = await db.sql<{ kind: string; state: string; blocked: string | null }[]>`
    select kind, state, blocked from write_backs order by created_at, kind, subject, n`;
  return [...rows];
}

describe('settling', () => {
  test('an order that is not known says so, and keeps what its signals carried', async () => {
    await addTestChannel(db);

    const settled = await settle(db, 4711, {
      events: [envelope('evt-typed', 'label.created'), { id: 'evt-only-an-id' }],
    });

    expect(settled).toMatchObject({ known: false, stage: null, done: false, due: null });
    expect(await eventRows(db)).toEqual([{ eventId: 'evt-typed', orderId: 4711, state: 'parked' }]);
  });

  test('a fresh order awaits a label and writes nothing', async () => {
    await given();

    const settled = await settle(db, 1001);

    expect(settled).toMatchObject({
      known: true,
      stage: 'imported',
      attention: null,
      paused: false,
      due: null,
      dueAt: null,
      done: false,
      lastNewsAt: at(0),
      staleAfterMs: 30 * 86_400_000,
      closeAfterMs: 90 * 86_400_000,
    });
    expect(settled.details).toContain('awaited: a label');
    expect(await ledger()).toEqual([]);
  });

  test('plans what a label makes due, and names the one step', async () => {
    await given();
    await deliver(db, 1001, fact('label.created'));

    const settled = await settle(db, 1001);

    expect(settled.due).toEqual({
      writeBackId: expect.any(String) as string,
      retryAt: null,
      kind: 'create_shipment',
      summary: 'create a shipment of 1 unit',
    });
    expect((await ledger())[0]).toEqual({ kind: 'create_shipment', state: 'planned', blocked: null });
    expect(await outcomesOf(db, 1001, 'write_back')).toContain('planned');
  });

  test('may be repeated, also ten times at once', async () => {
    await given();
    await deliver(db, 1001, fact('label.created'));

    const first = await settle(db, 1001);
    const decisions = await countOf(db, 'decisions');
    const again = await Promise.all(Array.from({ length: 10 }, () => settle(db, 1001)));

    for (const settled of again) expect(settled).toEqual(first);
    expect(await countOf(db, 'decisions')).toBe(decisions);
  });

  test('takes back a planned step that is no longer due', async () => {
    await given();
    await deliver(db, 1001, fact('label.created'));
    await settle(db, 1001);
    await deliver(db, 1001, fact('label.voided'));

    const settled = await settle(db, 1001);

    expect(settled.due).toBeNull();
    const states = (await ledger()).map((entry) => entry.state);
    expect(new Set(states)).toEqual(new Set(['superseded']));
  });

  test('shows nobody a tracking number or a customer', async () => {
    await given();
    await deliver(db, 1001, [fact('label.created'), fact('in_transit')]);

    const { details } = await settle(db, 1001);

    expect(details).toContain('shipped');
    expect(details).toContain('create a shipment of 1 unit: planned, due now');
    expect(details).not.toMatch(/TRACK|Ada|Springfield/i);
  });
});

describe('events that came straight by signal', () => {
  test('are applied once, however often the settle runs', async () => {
    await given();
    const events = [envelope('evt-typed', 'label.created')];

    await settle(db, 1001, { events, now: at(20) });
    const settled = await settle(db, 1001, { events, now: at(21) });

    expect(settled).toMatchObject({ due: { kind: 'create_shipment' }, lastNewsAt: at(20) });
    expect(await countOf(db, 'carrier_events')).toBe(1);
    expect(await countOf(db, 'carrier_deliveries')).toBe(1);
    expect(await outboxRows(db)).toEqual([]);
  });

  test('that are malformed become a decision and nothing else', async () => {
    await given();
    const events = [{ id: 'evt-bad', type: 'label.exploded' }, envelope('evt-good', 'label.created')];

    await settle(db, 1001, { events });
    await settle(db, 1001, { events });

    expect(await outcomesOf(db, 1001, 'event')).toEqual(['malformed']);
    expect(await countOf(db, 'carrier_events')).toBe(1);
  });

  test('that name another order are not applied to this one', async () => {
    await given();
    await addTestOrder(db, 1002);

    await settle(db, 1001, { events: [{ ...envelope('evt-x', 'label.created'), orderId: 1002 }] });

    expect(await countOf(db, 'carrier_events')).toBe(0);
    expect(await outcomesOf(db, 1001, 'event')).toEqual(['malformed']);
  });

  test('that carry an id only are known already and leave no trace', async () => {
    await given();

    await settle(db, 1001, { events: [{ id: 'evt-77' }] });

    expect(await countOf(db, 'carrier_deliveries')).toBe(0);
    expect(await outcomesOf(db, 1001, 'event')).toEqual([]);
  });

  test('to a closed order are applied, and the run ends again', async () => {
    await given({ push: false });
    await deliver(db, 1001, [fact('label.created', { number: 'TRACK-1' }), fact('delivered')]);
    expect((await settle(db, 1001)).done).toBe(true);

    const settled = await settle(db, 1001, {
      events: [envelope('evt-scan', 'tracking.updated', 'in_transit')],
    });

    expect(settled).toMatchObject({ known: true, done: true, stage: 'delivered' });
    expect(await eventRows(db)).toContainEqual({ eventId: 'evt-scan', orderId: 1001, state: 'applied' });
  });

  test('to a closed order re-open it when its parcels come back', async () => {
    await given({ push: false });
    await deliver(db, 1001, [fact('label.created'), fact('delivered')]);
    await settle(db, 1001);
    await clearOutbox(db);

    const settled = await settle(db, 1001, {
      events: [envelope('evt-back', 'tracking.updated', 'returned')],
    });

    // Returned is an end too: the run hears of it, and ends as the order does.
    expect(settled).toMatchObject({ stage: 'returned', done: true });
    expect(await outcomesOf(db, 1001, 'lifecycle')).toEqual(['closed:end', 'reopened', 'closed:end']);
    expect(await outboxRows(db)).toEqual([]);
  });
});

describe('the ledger', () => {
  test('holds back what came due while push was off, also after it is switched on', async () => {
    await given({ push: false });
    await deliver(db, 1001, fact('label.created'));

    expect((await settle(db, 1001)).due).toBeNull();
    expect((await ledger())[0]).toMatchObject({ state: 'planned', blocked: 'push_off' });

    await setChannel({ push: true });
    expect((await settle(db, 1001)).due).toBeNull();
    expect((await ledger())[0]).toMatchObject({ state: 'planned', blocked: 'push_off' });
  });

  test('holds back everything in a dry run', async () => {
    await given({ dryRun: true });
    await deliver(db, 1001, fact('label.created'));

    expect((await settle(db, 1001)).due).toBeNull();
    expect((await ledger())[0]).toMatchObject({ state: 'planned', blocked: 'dry_run' });
  });

  test('stays empty for an import-only channel, and takes back what an earlier profile planned', async () => {
    await given();
    await deliver(db, 1001, fact('label.created'));
    await settle(db, 1001);
    await setChannel({ profile: 'import_only', push: false });

    const settled = await settle(db, 1001);

    expect(settled.due).toBeNull();
    const states = (await ledger()).map((entry) => entry.state);
    expect(new Set(states)).toEqual(new Set(['superseded']));
  });

  test('leaves a sent row alone when the channel became import-only', async () => {
    await given();
    await deliver(db, 1001, fact('label.created'));
    await settle(db, 1001);
    await db.sql`update write_backs set state = 'sent', attempt_id = 'a-1', sent_at = now() where kind = 'create_shipment'`;
    await setChannel({ profile: 'import_only', push: false });

    expect(await settle(db, 1001)).toMatchObject({ due: null, done: false });
    expect((await ledger()).filter((entry) => entry.state === 'sent')).toHaveLength(1);
  });

  test('gives nothing out while the order is paused', async () => {
    await given();
    await deliver(db, 1001, fact('label.created'));
    await pauseOrder(db, { channelId: CHANNEL, orderId: 1001, reason: 'stop', by: 'ana', now: at(5) });

    expect(await settle(db, 1001)).toMatchObject({ paused: true, due: null, attention: 'paused' });
  });

  test('asks nobody about a quiet order of a disabled channel', async () => {
    await given();
    await setChannel({ enabled: false });

    const settled = await settle(db, 1001, { now: at(days(100)), watchdog: true });

    expect(settled).toMatchObject({ attention: null, done: false });
    expect((await orderRow(db, 1001)).stale).toBe(false);
  });

  test('gives nothing out for a disabled channel, and closes nothing', async () => {
    await given({ push: false });
    await deliver(db, 1001, [fact('label.created'), fact('delivered')]);
    await setChannel({ enabled: false });

    const settled = await settle(db, 1001);

    expect(settled).toMatchObject({ known: true, stage: 'delivered', due: null, done: false });
    expect(settled.details).toContain('the channel to be enabled');
    expect(await ledger()).toEqual([]);
  });

  test('settles a sent row before anything else', async () => {
    await given();
    await deliver(
      db,
      1001,
      fact('label.created', { number: 'FIRST', lines: [{ orderProductId: 10010, quantity: 1 }] }),
    );
    const first = await settle(db, 1001);
    await db.sql`update write_backs set state = 'sent', attempt_id = 'a-1', sent_at = now() where id = ${first.due?.writeBackId ?? ''}`;
    await deliver(db, 1001, fact('label.voided', { number: 'FIRST' }));
    await deliver(
      db,
      1001,
      fact('label.created', { number: 'SECOND', lines: [{ orderProductId: 10010, quantity: 1 }] }),
    );

    const second = await settle(db, 1001);

    expect(second.due?.writeBackId).toBe(first.due?.writeBackId);
    expect((await ledger()).filter((entry) => entry.state === 'sent')).toHaveLength(1);
  });

  test('says when a step that waits becomes due by the clock', async () => {
    await given();
    await deliver(db, 1001, fact('label.created'));
    await settle(db, 1001);
    await db.sql`update write_backs set not_before = ${at(2_000)}`;

    expect(await settle(db, 1001, { now: at(1_999) })).toMatchObject({ due: null, dueAt: at(2_000) });
    expect(await settle(db, 1001, { now: at(2_000) })).toMatchObject({ due: { kind: 'create_shipment' } });
  });
});

describe('the end', () => {
  test('comes with an end stage when nothing is due in the store', async () => {
    await given({ push: false });
    await deliver(db, 1001, [fact('label.created'), fact('delivered')]);

    expect(await settle(db, 1001, { now: at(300) })).toMatchObject({
      stage: 'delivered',
      done: true,
      due: null,
    });
    expect(await orderRow(db, 1001)).toMatchObject({
      lifecycleState: 'closed',
      closedReason: 'end',
      closedAt: at(300),
    });
  });

  test('waits for what is due in the store', async () => {
    await given();
    await deliver(db, 1001, [fact('label.created'), fact('delivered')]);

    const settled = await settle(db, 1001);

    expect(settled).toMatchObject({ stage: 'delivered', done: false, due: { kind: 'create_shipment' } });
  });

  test('without news: stale first, then closed, with what was planned taken back', async () => {
    await given();
    await deliver(db, 1001, fact('label.created', { minute: 0 }), { now: at(0) });
    await pauseOrder(db, { channelId: CHANNEL, orderId: 1001, reason: 'stop', by: 'ana', now: at(5) });
    await settle(db, 1001, { now: at(6) });

    expect(await settle(db, 1001, { now: at(days(30) - 1), watchdog: true })).toMatchObject({
      attention: 'paused',
    });
    expect((await orderRow(db, 1001)).stale).toBe(false);
    await settle(db, 1001, { now: at(days(30)), watchdog: true });
    expect((await orderRow(db, 1001)).stale).toBe(true);
    expect(await settle(db, 1001, { now: at(days(90) - 1), watchdog: true })).toMatchObject({ done: false });

    expect(await settle(db, 1001, { now: at(days(90)), watchdog: true })).toMatchObject({
      done: true,
      due: null,
    });
    expect(await orderRow(db, 1001)).toMatchObject({ lifecycleState: 'closed', closedReason: 'no_news' });
    expect((await ledger()).every((entry) => entry.state === 'superseded')).toBe(true);
  });

  test('without news never comes beside a sent row', async () => {
    await given();
    await deliver(db, 1001, fact('label.created', { minute: 0 }), { now: at(0) });
    await settle(db, 1001, { now: at(1) });
    await db.sql`update write_backs set state = 'sent', attempt_id = 'a-1', sent_at = now()`;

    expect(await settle(db, 1001, { now: at(days(100)), watchdog: true })).toMatchObject({ done: false });
  });

  test('is asked for by the watchdog only, and news starts it anew', async () => {
    await given();
    await settle(db, 1001, { now: at(days(40)), watchdog: true });
    expect((await orderRow(db, 1001)).attention).toBe('stale');

    const label = fact('label.created', { minute: days(41) });
    expect((await deliver(db, 1001, label)).wake).toHaveLength(1);
    const settled = await settle(db, 1001, { now: at(days(42)), watchdog: true });

    expect(settled).toMatchObject({ attention: null, lastNewsAt: at(days(41)), done: false });
    expect(await settle(db, 1001, { now: at(days(200)) })).toMatchObject({ done: false });
  });
});

describe('a whole life', () => {
  test('from label to delivery leaves one confirmed shipment and a closed row', async () => {
    await given();
    await deliver(db, 1001, fact('label.created', { minute: 1 }));
    const { due } = await settle(db, 1001, { now: at(2) });
    const found = await getWriteBack(db, due?.writeBackId ?? '');
    if (found === null) throw new Error('the step was just planned');
    const { body, id } = found.row;
    if (body.kind !== 'create_shipment') throw new Error('a label makes a shipment due');
    const empty = { statusId: 11, shipments: [], shipped: [] };
    await markSent(db, {
      fence: { writeBackId: id, attemptId: null },
      newAttemptId: 'a-1',
      body,
      statusBefore: 11,
      read: { view: empty, readAt: at(3) },
      now: at(3),
    });
    const { items, trackingNumber, orderAddressId } = body;
    await confirmWriteBack(db, {
      fence: { writeBackId: id, attemptId: 'a-1' },
      storeShipmentId: 7,
      outcome: 'shipment 7',
      read: {
        view: {
          statusId: 2,
          shipments: [{ shipmentId: 7, orderAddressId, trackingNumber, comments: '', items }],
          shipped: items,
        },
        readAt: at(4),
      },
      now: at(4),
    });

    // The store moved the status by itself, so nothing is left to write, and nothing of it is a person's doing.
    expect(await settle(db, 1001, { now: at(5) })).toMatchObject({
      stage: 'imported',
      due: null,
      attention: null,
    });
    await deliver(db, null, fact('in_transit', { minute: 6 }));
    expect(await settle(db, 1001, { now: at(7) })).toMatchObject({
      stage: 'shipped',
      due: null,
      done: false,
    });
    await deliver(db, null, fact('delivered', { minute: 8 }));
    expect(await settle(db, 1001, { now: at(9) })).toMatchObject({
      stage: 'delivered',
      due: null,
      done: true,
    });

    expect(await ledger()).toEqual([
      { kind: 'create_shipment', state: 'confirmed', blocked: null },
      { kind: 'set_status', state: 'superseded', blocked: null },
    ]);
    expect(await outcomesOf(db, 1001, 'stage')).toEqual(['imported', 'shipped', 'delivered']);
  });
});

describe('everything at once', () => {
  test('ends without a deadlock, with every event applied once', async () => {
    await addTestChannel(db);
    const orders = Array.from({ length: 6 }, (_, index) => 3000 + index);
    for (const orderId of orders) await addTestOrder(db, orderId, { quantities: [2, 1] });
    const statuses = ['trackable', 'in_transit', 'out_for_delivery', 'delivered'] as const;
    const work: Promise<unknown>[] = [];
    for (const [index, orderId] of orders.entries()) {
      const number = `NUM-${String(index)}`;
      const label = fact('label.created', { number, minute: 1, id: `l-${String(index)}` });
      work.push(deliver(db, orderId, label, { now: at(5) }), deliver(db, orderId, label, { now: at(5) }));
      for (const status of statuses) {
        const scan = fact(status, { number, minute: 2, id: `s-${String(index)}-${status}` });
        work.push(deliver(db, null, scan, { now: at(6) }), deliver(db, orderId, scan, { now: at(6) }));
      }
      work.push(
        settle(db, orderId),
        settle(db, orderId, {
          events: [envelope(`t-${String(index)}`, 'tracking.updated', 'in_transit', number)],
        }),
      );
    }

    await Promise.all(work);

    for (const orderId of orders) expect((await orderRow(db, orderId)).stage).toBe('delivered');
    expect(await countOf(db, 'shipments')).toBe(orders.length);
  });
});

/** As a person types it into `temporal workflow signal`. */
function envelope(
  id: string,
  type: string,
  status?: string,
  number = 'TRACK-1',
): { id: string; [field: string]: unknown } {
  return {
    id,
    type,
    occurredAt: at(4),
    shipment: { trackingNumber: number, carrier: 'usps' },
    ...(status === undefined ? {} : { tracking: { status } }),
  };
}
