// A person's approve and retry of ledger rows: one transaction each, refused with a sentence where they make no sense.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { approvalForecast, approveAll, ordersToApprove } from '../../db/approvals.ts';
import { approveOrder } from '../../db/approve-steps.ts';
import type { Database } from '../../db/database.ts';
import { pauseOrder } from '../../db/operator-words.ts';
import { retryOrder } from '../../db/retry-steps.ts';
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
  settingsDoc,
  settle,
  type ChannelOptions,
} from './order-life.ts';

let db: Database;

beforeAll(async () => {
  db = await openTestDatabase(import.meta.url);
});
afterAll(() => db.close());
beforeEach(async () => {
  await emptyAll(db);
});

const word = (step: string | null = null, orderId = 1001) => ({
  channelId: CHANNEL,
  orderId,
  step,
  reason: '',
  by: 'ana',
  now: at(2_000),
});

interface Row {
  id: string;
  kind: string;
  n: number;
  state: string;
  blocked: string | null;
  approved: boolean;
  notBefore: string | null;
  retryAt: string | null;
}

async function rows(orderId = 1001): Promise<Row[]> {
  const found = await db.sql<Row[]>`
    select id, kind, n, state, blocked, approved, not_before as "notBefore", retry_at as "retryAt"
    from write_backs where order_id = ${orderId} order by kind, n`;
  return [...found];
}

async function configure(options: ChannelOptions): Promise<void> {
  await db.sql`update channels set settings = ${JSON.stringify(settingsDoc(options))}::jsonb where id = ${CHANNEL}`;
}

/** A label came while push was off; then push was switched on. */
async function waitingOrder(orderId = 1001): Promise<void> {
  await addTestOrder(db, orderId);
  await deliver(db, orderId, fact('label.created', { number: `NR-${String(orderId)}` }));
  await settle(db, orderId);
}

/** A label came, and the store refused the shipment. */
async function refusedOrder(): Promise<void> {
  await addTestOrder(db, 1001);
  await deliver(db, 1001, fact('label.created'));
  await settle(db, 1001);
  await db.sql`update write_backs set state = 'refused', outcome = 'The store refused it (400): no such line.'
    where kind = 'create_shipment'`;
  await settle(db, 1001);
  await clearOutbox(db);
}

describe('approve', () => {
  beforeEach(async () => {
    await addTestChannel(db, { push: false });
    await waitingOrder();
    await configure({ push: true });
    await clearOutbox(db);
  });

  test('lets every waiting step out, with its audit entry, and tells the lifecycle', async () => {
    expect((await settle(db, 1001)).due).toBeNull();

    expect(await approveOrder(db, word())).toMatchObject({
      ok: true,
      changed: true,
      steps: [{ kind: 'create_shipment', mails: 1 }, { kind: 'set_status' }],
    });
    expect(await outboxRows(db)).toEqual([{ orderId: 1001, first: false }]);
    expect(await outcomesOf(db, 1001, 'operator')).toEqual(['approve']);
    expect(await countOf(db, 'audit')).toBe(1);
    expect((await settle(db, 1001)).due).toMatchObject({ kind: 'create_shipment' });
  });

  test('takes one step by its short id, its subject or its kind', async () => {
    const [create] = await rows();
    expect(await approveOrder(db, word(create?.id.slice(0, 8)))).toMatchObject({
      steps: [{ kind: 'create_shipment' }],
    });
    expect(await approveOrder(db, word('status:2'))).toMatchObject({ steps: [{ kind: 'set_status' }] });
    expect((await rows()).map(({ approved }) => approved)).toEqual([true, true]);
  });

  test('of the status alone does not let it overtake its shipment', async () => {
    await approveOrder(db, word('set_status'));

    expect((await settle(db, 1001)).due).toBeNull();
    expect((await rows()).map(({ blocked }) => blocked)).toEqual(['push_off', 'push_off']);
  });

  test('said twice changes once', async () => {
    await approveOrder(db, word());

    expect(await approveOrder(db, word())).toMatchObject({ ok: true, changed: false });
    expect(await countOf(db, 'audit')).toBe(1);
  });

  test('opens an order that is not followed', async () => {
    await db.sql`update orders set lifecycle_state = 'closed', closed_reason = 'end', closed_at = ${at(1)}`;

    expect(await approveOrder(db, word())).toMatchObject({ changed: true });
    expect((await orderRow(db, 1001)).lifecycleState).toBe('open');
  });

  test.each([
    ['push is off', { push: false }, 'fulfillment.push_enabled=true'],
    ['in dry run', { dryRun: true }, 'fulfillment.dry_run=false'],
    ['import-only', { profile: 'import_only', push: false }, 'channel.profile=import_and_writeback'],
  ] as const)(
    'is refused while the channel is %s, with the command that helps',
    async (_name, how, command) => {
      await configure(how);

      expect(await approveOrder(db, word())).toMatchObject({
        ok: false,
        code: 'writes_off',
        message: expect.stringContaining(command) as string,
      });
      expect((await rows()).some(({ approved }) => approved)).toBe(false);
    },
  );

  test('is refused while the order is paused', async () => {
    await pauseOrder(db, { ...word(), reason: 'address check' });

    expect(await approveOrder(db, word())).toMatchObject({
      code: 'order_paused',
      message: expect.stringContaining('waybill resume shop 1001') as string,
    });
  });

  test('is refused for a step that there is not, and names those there are', async () => {
    const [create] = await rows();
    expect(await approveOrder(db, word('status:10'))).toMatchObject({
      code: 'unknown_step',
      message: expect.stringContaining(create?.id.slice(0, 8) ?? '?') as string,
    });
  });

  test('is refused for a step that waits for something else, and says for what', async () => {
    await db.sql`update write_backs set blocked = 'auth' where kind = 'create_shipment'`;

    expect(await approveOrder(db, word('create_shipment'))).toMatchObject({
      code: 'step_not_waiting',
      message: expect.stringContaining('waybill channel rotate shop') as string,
    });
  });

  test('is refused where nothing waits, and for an order that nobody knows', async () => {
    await db.sql`delete from write_backs`;
    expect(await approveOrder(db, word())).toMatchObject({ code: 'nothing_waits' });
    expect(await approveOrder(db, word(null, 4711))).toMatchObject({ code: 'unknown_order' });
  });

  test('of a whole channel is counted with its mails, and leaves conflicts and paused orders out', async () => {
    await configure({ push: false });
    for (const orderId of [1002, 1003, 1004]) await waitingOrder(orderId);
    await configure({ push: true });
    await db.sql`update write_backs set blocked = 'ask' where order_id = 1003`;
    await pauseOrder(db, { ...word(null, 1004), reason: 'why not' });
    await clearOutbox(db);

    expect(await approvalForecast(db, CHANNEL)).toEqual({
      orders: 2,
      steps: 4,
      mails: 2,
      reasons: { push_off: 4 },
      leftOut: { paused: 2, conflicts: 2 },
    });
    const orders = await ordersToApprove(db, CHANNEL);
    const done = await approveAll(db, { channelId: CHANNEL, orders, reason: '', by: 'ana', now: at(2_000) });
    expect(done).toMatchObject({ ok: true, steps: 4, approved: [{ orderId: 1001 }, { orderId: 1002 }] });
    expect(await outboxRows(db)).toEqual([
      { orderId: 1001, first: false },
      { orderId: 1002, first: false },
    ]);
    const again = await approveAll(db, { channelId: CHANNEL, orders, reason: '', by: 'ana', now: at(2_001) });
    expect(again).toMatchObject({ ok: true, steps: 0, approved: [] });
  });
});

describe('retry', () => {
  beforeEach(() => addTestChannel(db));

  test('of a refused step plans it anew under the next counter, once', async () => {
    await refusedOrder();
    expect(await orderRow(db, 1001)).toMatchObject({ attention: 'refused' });

    expect(await retryOrder(db, word())).toMatchObject({ ok: true, changed: true });
    const creations = (await rows()).filter(({ kind }) => kind === 'create_shipment');
    expect(creations).toMatchObject([
      { n: 0, state: 'refused' },
      { n: 1, state: 'planned', blocked: null },
    ]);
    expect(await orderRow(db, 1001)).toMatchObject({ attention: null, lifecycleState: 'open' });
    expect((await settle(db, 1001)).due).toMatchObject({ kind: 'create_shipment' });
    expect(await outboxRows(db)).toEqual([{ orderId: 1001, first: false }]);

    await retryOrder(db, word());
    expect((await rows()).filter(({ kind }) => kind === 'create_shipment')).toHaveLength(2);
  });

  test('of a step that waits for its next attempt lets it wait no longer', async () => {
    await addTestOrder(db, 1001);
    await deliver(db, 1001, fact('label.created'));
    await settle(db, 1001);
    await db.sql`update write_backs set not_before = ${at(9_000)} where kind = 'create_shipment'`;
    expect((await settle(db, 1001)).due).toBeNull();

    await retryOrder(db, word('create_shipment'));
    expect((await settle(db, 1001)).due).toMatchObject({ kind: 'create_shipment', retryAt: at(2_000) });
  });

  test('tries a step again that waited for credentials', async () => {
    await addTestOrder(db, 1001);
    await deliver(db, 1001, fact('label.created'));
    await settle(db, 1001);
    await db.sql`update write_backs set blocked = 'auth'`;
    await settle(db, 1001);
    expect(await orderRow(db, 1001)).toMatchObject({ attention: 'auth' });

    expect(await retryOrder(db, word())).toMatchObject({ changed: true });
    expect(await orderRow(db, 1001)).toMatchObject({ attention: null });
    expect((await settle(db, 1001)).due).not.toBeNull();
  });

  test('starts nothing beside a row that is sent and unclear', async () => {
    await refusedOrder();
    await db.sql`
      insert into write_backs (id, store_hash, channel_id, order_id, kind, subject, n, state, body, summary, mails,
        sent_at, created_at, updated_at)
      values (gen_random_uuid(), 'abc123', ${CHANNEL}, 1001, 'set_status', 'status:9', 0, 'sent',
        '{"kind":"set_status","statusId":9}', 'Set status 9.', 0, now(), now(), now())`;

    expect(await retryOrder(db, word('create_shipment'))).toMatchObject({ ok: false, code: 'unclear' });
    expect((await rows()).filter(({ kind }) => kind === 'create_shipment')).toHaveLength(1);
  });

  test('of the unclear step itself looks it up sooner, and leaves it sent', async () => {
    await addTestOrder(db, 1001);
    await deliver(db, 1001, fact('label.created'));
    await settle(db, 1001);
    await db.sql`update write_backs set state = 'sent', sent_at = now(), not_before = ${at(9_000)}
      where kind = 'create_shipment'`;

    expect(await retryOrder(db, word('create_shipment'))).toMatchObject({
      ok: true,
      notes: [expect.stringContaining('looked up') as string],
    });
    expect((await rows())[0]).toMatchObject({ state: 'sent', n: 0, notBefore: null });
    expect(await countOf(db, 'write_backs')).toBe(2);
  });

  test('is refused where the plan does not want the step any more', async () => {
    await refusedOrder();
    await db.sql`update orders set status_id = 5, canonical = jsonb_set(canonical, '{statusId}', '5'), stage = 'imported'`;

    expect(await retryOrder(db, word('create_shipment'))).toMatchObject({ ok: false, code: 'not_due' });
    expect((await rows()).filter(({ kind }) => kind === 'create_shipment')).toHaveLength(1);
  });

  test.each([
    ['a step that waits for an approval', 'push_off', 'waybill approve shop 1001'],
    ['a conflict', 'ask', 'waybill approve shop 1001'],
  ])('is refused for %s, and names the command', async (_name, blocked, command) => {
    await addTestOrder(db, 1001);
    await deliver(db, 1001, fact('label.created'));
    await settle(db, 1001);
    await db.sql`update write_backs set blocked = ${blocked}`;

    expect(await retryOrder(db, word('create_shipment'))).toMatchObject({
      code: 'step_not_waiting',
      message: expect.stringContaining(command) as string,
    });
  });

  test('is refused for a paused order, a disabled channel, an order without failures, and one that is closed', async () => {
    await refusedOrder();
    await db.sql`update channels set enabled = false, disabled_reason = 'by ana'`;
    expect(await retryOrder(db, word())).toMatchObject({
      code: 'writes_off',
      message: expect.stringContaining('waybill channel enable shop') as string,
    });
    await db.sql`update channels set enabled = true`;
    await pauseOrder(db, { ...word(), reason: 'address check' });
    expect(await retryOrder(db, word())).toMatchObject({ code: 'order_paused' });
    await db.sql`delete from write_backs`;
    await db.sql`update orders set paused = false`;
    expect(await retryOrder(db, word())).toMatchObject({ code: 'nothing_waits' });
    await db.sql`update orders set lifecycle_state = 'closed', closed_reason = 'end'`;
    expect(await retryOrder(db, word())).toMatchObject({ code: 'order_closed' });
  });
});
