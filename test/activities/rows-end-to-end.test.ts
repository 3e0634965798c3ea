// Rows of the capability list whose rule is tested in the domain, seen once more at the store: what came in, and which
// requests it got.
import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { finishImport } from '../../activities/import-runs.ts';
import { recordDelivery } from '../../db/carrier-events.ts';
import { addChannel, setEnabled } from '../../db/channels.ts';
import { listDecisions } from '../../db/decisions.ts';
import { leaveHint } from '../../db/hints.ts';
import { beginRun } from '../../db/import-runs.ts';
import { orderView } from '../../db/order-view.ts';
import { importWindow } from '../../domain/import-cursor.ts';
import {
  asAttempt,
  CHANNEL,
  failureOf,
  importAll,
  openStoreSide,
  readHints,
  settle,
  slice,
  STORE_HASH,
  TOKEN,
  write,
  writeAll,
  type StoreSide,
} from './store-side.ts';
import { writesOf } from './write-back-side.ts';

let side: StoreSide;
afterEach(() => side.close());

const idsOf = async (channelId = CHANNEL): Promise<number[]> =>
  (
    await side.db.sql<{ id: number }[]>`
      select order_id as id from orders where channel_id = ${channelId} order by order_id`
  ).map(({ id }) => id);

describe('the gate, run after run', () => {
  it('keeps an order in an excluded status out, and takes it in when its status changes (Q-18)', async () => {
    side = await openStoreSide(import.meta.url, {
      settings: { orders: { import: { statuses: { exclude: [12], default_exclude: [] } } } },
    });
    const [held = 0, plain = 0] = side.store.addOrders([
      { kind: 'plain', statusId: 12 },
      { kind: 'plain', statusId: 11 },
    ]);
    await importAll(side);
    expect(await idsOf()).toEqual([plain]);
    side.clockOffsetMs = 5 * 60_000;
    side.store.editOrder(held, { status_id: 11 });
    await importAll(side, { orderIds: [held] });
    expect(await idsOf()).toEqual([held, plain]);
    const outcomes = (await listDecisions(side.db, { channelId: CHANNEL, orderId: held }))
      .filter(({ kind }) => kind === 'gate')
      .map(({ outcome }) => outcome);
    expect(outcomes).toEqual(['rejected:exclude', 'admitted']);
  });

  it('of two channels on one store with storefronts of their own takes no order twice (S-45)', async () => {
    side = await openStoreSide(import.meta.url);
    const restrict = (ids: number[]) => ({
      store_hash: STORE_HASH,
      api_base_url: side.simulator.url,
      bc_channel_ids: ids,
    });
    const now = side.deps.clock();
    await side.db
      .sql`update channels set settings = jsonb_set(settings, '{connection}', ${JSON.stringify(restrict([1]))}::text::jsonb)`;
    await addChannel(side.db, side.deps.secrets, {
      id: 'second',
      doc: { channel: { name: 'Second' }, connection: restrict([2]) },
      secrets: { access_token: TOKEN },
      by: 'test',
      now,
    });
    await setEnabled(side.db, { id: 'second', enabled: true, by: 'test', now });
    const ids = side.store.addOrders([
      { kind: 'plain', channelId: 1 },
      { kind: 'plain', channelId: 2 },
      { kind: 'plain', channelId: 1 },
    ]);
    await importAll(side);
    const begun = importWindow({ request: { channelId: 'second' }, watermark: null, nominalTime: null, now });
    const run = await beginRun(side.db, {
      id: randomUUID(),
      channelId: 'second',
      workflowId: 'import:second',
      input: {},
      now,
      ...begun,
    });
    for (let done = false; !done;) ({ done } = await slice(side, run.id));
    await asAttempt(() => finishImport(side.deps, { runId: run.id }));
    expect([await idsOf(), await idsOf('second')]).toEqual([[ids[0], ids[2]], [ids[1]]]);
  });

  it('reads a hinted order of another storefront once, and says why it is not taken in (K-31)', async () => {
    side = await openStoreSide(import.meta.url);
    await side.db
      .sql`update channels set settings = jsonb_set(settings, '{connection,bc_channel_ids}', '[1]')`;
    const [foreign = 0] = side.store.addOrders([{ kind: 'plain', channelId: 2 }]);
    const now = side.deps.clock();
    await leaveHint(side.db, { channelId: CHANNEL, orderId: foreign, reason: 'webhook', dueAt: now, now });
    await readHints(side);
    await readHints(side);
    expect(await idsOf()).toEqual([]);
    expect(side.store.requests().total).toBe(1);
    expect(await listDecisions(side.db, { channelId: CHANNEL, orderId: foreign })).toMatchObject([
      { kind: 'gate', outcome: 'rejected:storefront' },
    ]);
  });
});

describe('an import', () => {
  it.each(['import_only', 'import_and_writeback'])(
    'of a channel that is %s sends nothing but reads to the store (P-11, K-18)',
    async (profile) => {
      side = await openStoreSide(import.meta.url, {
        settings: {
          profile,
          orders: {
            import: {
              images: { enabled: true },
              hs_code: { sources: ['customs_information'] },
              statuses: { default_exclude: [] },
            },
          },
        },
      });
      side.store.seed({ count: 60, seed: 5 });
      const run = await importAll(side);
      expect(run.counts.created).toBeGreaterThan(40);
      const before = run.counts.created;
      expect((await importAll(side, { days: 30 })).counts.seen).toBeGreaterThanOrEqual(before);
      const methods = new Set(side.store.requests().list.map(({ method }) => method));
      expect([...methods]).toEqual(['GET']);
      expect(side.store.writes()).toEqual([]);
    },
  );
});

describe('one parcel of two orders (P-34)', () => {
  it('is written to each by itself: what the store refuses of one holds up the other in nothing', async () => {
    side = await openStoreSide(import.meta.url);
    const [first = 0, second = 0] = side.store.addOrders([
      { kind: 'plain', statusId: 11, lines: [{ sku: 'MUG', quantity: 2 }] },
      { kind: 'plain', statusId: 11, lines: [{ sku: 'MUG', quantity: 1 }] },
    ]);
    await importAll(side);
    const now = side.deps.clock();
    const fact = {
      eventId: 'merged-1',
      type: 'label.created',
      occurredAt: now,
      receivedAt: now,
      lines: null,
      shipment: { trackingNumber: 'BOX', replaces: null, carrier: 'ups', service: null, trackingUrl: null },
      tracking: null,
      location: null,
    } as const;
    await recordDelivery(side.db, {
      channelId: CHANNEL,
      source: 'http',
      body: '{}',
      facts: [first, second].map((orderId) => ({ orderId, fact })),
      deliveryId: randomUUID(),
      now,
    });
    expect(await writeAll(side, first)).toContain('create_shipment confirmed');
    side.store.setFaults([
      { match: { method: 'POST', path: `/orders/${String(second)}/` }, fault: '503', times: 1 },
    ]);
    const { due } = await settle(side, second);
    await failureOf(write(side, second, due?.writeBackId ?? ''));
    expect(writesOf(side, first)).toEqual(['POST shipment BOX x2']);
    expect(writesOf(side, second)).toEqual([]);
    expect((await orderView(side.db, CHANNEL, first))?.writeBacks[0]).toMatchObject({ state: 'confirmed' });
    // The answer was lost, so the store is asked after a minute, and then told once.
    side.clockOffsetMs = 61_000;
    expect(await writeAll(side, second)).toContain('create_shipment confirmed');
    expect(writesOf(side, second)).toEqual(['POST shipment BOX x1']);
    expect(writesOf(side, first)).toEqual(['POST shipment BOX x2']);
  });
});
