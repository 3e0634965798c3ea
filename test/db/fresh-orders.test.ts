// What an opener reads of many orders at once is what each run would have settled, and nothing would have been written.
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { inTransaction, type Database } from '../../db/database.ts';
import { decideLocked, lockOrder } from '../../db/decide-order.ts';
import { settleFreshOrders } from '../../db/fresh-orders.ts';
import { overrideOrder, pauseOrder } from '../../db/operator-words.ts';
import { openedWith } from '../../workflows/opened-with.ts';
import {
  addTestChannel,
  addTestOrder,
  at,
  canonicalOrder,
  CHANNEL,
  clearOutbox,
  countOf,
  deliver,
  emptyAll,
  fact,
  openTestDatabase,
  orderRow,
  settle,
  type ChannelOptions,
} from './order-life.ts';

let db: Database;
beforeAll(async () => {
  db = await openTestDatabase(import.meta.url);
});
afterAll(() => db.close());
beforeEach(() => emptyAll(db));

const NOW = at(1_000);
const ask = (...orderIds: number[]) => settleFreshOrders(db, { channelId: CHANNEL, orderIds, now: NOW });

interface Case {
  lines: { quantity: number; shipped: number; refunded: number }[];
  statusId: number;
  explained: boolean;
  digital: boolean;
  happened:
    'nothing' | 'scan' | 'label' | 'parked' | 'paused' | 'stale' | 'override' | 'undecided' | 'closed';
}

const cases: fc.Arbitrary<Case> = fc.record({
  lines: fc.array(
    fc.record({
      quantity: fc.integer({ min: 1, max: 3 }),
      shipped: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, fc.integer({ min: 0, max: 2 })),
      refunded: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, fc.integer({ min: 0, max: 3 })),
    }),
    { minLength: 1, maxLength: 3 },
  ),
  statusId: fc.oneof({ weight: 3, arbitrary: fc.constantFrom(7, 9, 11) }, fc.integer({ min: 0, max: 14 })),
  explained: fc.boolean(),
  digital: fc.oneof({ weight: 6, arbitrary: fc.constant(false) }, fc.constant(true)),
  happened: fc.oneof(
    { weight: 3, arbitrary: fc.constant('nothing' as const) },
    fc.constantFrom<Case['happened'][]>(
      ...(['scan', 'label', 'parked', 'paused', 'stale', 'override', 'undecided', 'closed'] as const),
    ),
  ),
});
const channels: fc.Arbitrary<ChannelOptions> = fc.record({
  profile: fc.constantFrom('import_only' as const, 'import_and_writeback' as const),
  push: fc.boolean(),
  dryRun: fc.boolean(),
  enabled: fc.oneof({ weight: 5, arbitrary: fc.constant(true) }, fc.constant(false)),
});

async function store(orderId: number, given: Case): Promise<void> {
  const { statusId, digital, lines, happened } = given;
  const options = { statusId, digital, quantities: lines.map(({ quantity }) => quantity) };
  await addTestOrder(db, orderId, options);
  const canonical = canonicalOrder(orderId, options);
  canonical.lineItems.forEach((line, n) => {
    line.quantityShipped = lines[n]?.shipped ?? 0;
    line.quantityRefunded = Math.min(line.quantity, lines[n]?.refunded ?? 0);
  });
  await db.sql`update orders set canonical = ${JSON.stringify(canonical)}::jsonb,
    explained_statuses = ${JSON.stringify(given.explained ? [statusId] : [])}::jsonb where order_id = ${orderId}`;
  // Without this the row says what was decided of the document before.
  if (happened !== 'undecided') {
    await inTransaction(db, async (tx) => {
      const row = await lockOrder(tx, CHANNEL, orderId);
      if (row !== null) await decideLocked(tx, row, at(0));
    });
  }
  const word = { channelId: CHANNEL, orderId, reason: 'a test', by: 'mia', now: at(5) };
  if (happened === 'scan') await deliver(db, orderId, fact('in_transit', { number: `N${String(orderId)}` }));
  if (happened === 'label')
    await deliver(db, orderId, fact('label.created', { number: `N${String(orderId)}` }));
  if (happened === 'parked') await deliver(db, null, fact('in_transit', { number: `P${String(orderId)}` }));
  if (happened === 'paused') await pauseOrder(db, word);
  if (happened === 'override') await overrideOrder(db, { ...word, stage: 'trackable' });
  if (happened === 'stale') await db.sql`update orders set stale = true where order_id = ${orderId}`;
  if (happened === 'closed')
    await db.sql`update orders set lifecycle_state = 'closed', closed_reason = 'end', closed_at = ${at(6)}
      where order_id = ${orderId}`;
}

/** Everything that a settling may write. */
async function written(orderId: number): Promise<unknown[]> {
  const tables = ['decisions', 'write_backs', 'shipments', 'shipment_numbers', 'carrier_events', 'outbox'];
  return [await orderRow(db, orderId), ...(await Promise.all(tables.map((table) => countOf(db, table))))];
}

/** Hundreds of transactions; a busy machine takes its time. */
const PROPERTY_TIMEOUT_MS = 180_000;

test(
  'it is what settling answers, and settling writes nothing, for any order that is answered',
  { timeout: PROPERTY_TIMEOUT_MS },
  async () => {
    let answered = 0;
    await fc.assert(
      fc.asyncProperty(channels, fc.array(cases, { minLength: 5, maxLength: 12 }), async (channel, given) => {
        await emptyAll(db);
        await addTestChannel(db, channel);
        const ids = given.map((_, n) => 2_001 + n);
        for (const [n, one] of given.entries()) await store(2_001 + n, one);
        const fresh = await ask(...ids);
        for (const orderId of ids) {
          const before = await written(orderId);
          const settled = await settle(db, orderId, { now: NOW });
          const read = fresh.get(orderId);
          if (read === undefined) continue;
          answered += 1;
          const begun = openedWith({ opened: { readAt: NOW, ...read } }, Date.parse(NOW));
          expect(begun).toEqual({ settled, readAt: Date.parse(NOW) });
          expect(await written(orderId)).toEqual(before);
        }
      }),
      { numRuns: 12 },
    );
    expect(answered).toBeGreaterThan(0);
  },
);

describe('left out, so that the run settles for itself', () => {
  const plain: Case = {
    lines: [{ quantity: 1, shipped: 0, refunded: 0 }],
    statusId: 11,
    explained: true,
    digital: false,
    happened: 'nothing',
  };

  test('an order that nothing happened to is not', async () => {
    await addTestChannel(db);
    await store(1, plain);
    expect([...(await ask(1)).keys()]).toEqual([1]);
  });

  test.each(['scan', 'label', 'paused', 'stale', 'override', 'closed'] as const)(
    'after: %s',
    async (happened) => {
      await addTestChannel(db);
      await store(1, { ...plain, happened });
      await clearOutbox(db);
      expect(await ask(1)).toEqual(new Map());
    },
  );

  test('where the row says something else than would be decided', async () => {
    await addTestChannel(db);
    await store(1, { ...plain, lines: [{ quantity: 2, shipped: 0, refunded: 1 }], happened: 'undecided' });
    expect(await ask(1)).toEqual(new Map());
  });

  test('where something is to be written to the store', async () => {
    await addTestChannel(db);
    await store(1, plain);
    await settle(db, 1);
    await db.sql`insert into write_backs (id, store_hash, channel_id, order_id, kind, subject, n, state, approved, body,
        summary, mails, created_at, updated_at)
      select gen_random_uuid(), store_hash, 'another', order_id, 'set_status', 'status:2', 1, 'superseded', false,
        '{"kind":"set_status","statusId":2}', 'set status 2', 0, now(), now() from orders`;
    expect(await ask(1)).toEqual(new Map());
  });

  test('every order of a channel that is disabled, unknown, or whose settings cannot be read', async () => {
    await addTestChannel(db, { enabled: false });
    await store(1, plain);
    expect(await ask(1)).toEqual(new Map());
    await db.sql`update channels set enabled = true, settings = '{"channel":{"profile":"no such profile"}}'`;
    expect(await ask(1)).toEqual(new Map());
    expect(await settleFreshOrders(db, { channelId: 'nowhere', orderIds: [1], now: NOW })).toEqual(new Map());
  });

  test('an order whose document cannot be read, and no other one', async () => {
    await addTestChannel(db);
    await store(1, plain);
    await store(2, plain);
    await db.sql`update orders set canonical = '{"schemaVersion":2}' where order_id = 1`;
    expect([...(await ask(1, 2)).keys()]).toEqual([2]);
  });
});
