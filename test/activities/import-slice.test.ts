// Slices of an import against a simulated store over HTTP: nothing passed over, nothing asked twice.
import { afterEach, describe, expect, it } from 'vitest';
import { setTimeout as pause } from 'node:timers/promises';
import { getRun, getWatermark, isConserved } from '../../db/import-runs.ts';
import { listDecisions } from '../../db/decisions.ts';
import { getOrder } from '../../db/orders.ts';
import {
  beginImportRun,
  CHANNEL,
  failureOf,
  importAll,
  openStoreSide,
  slice,
  type SideOptions,
  type StoreSide,
} from './store-side.ts';

let side: StoreSide;
async function open(options: SideOptions = {}): Promise<void> {
  side = await openStoreSide(import.meta.url, options);
}
afterEach(async () => {
  await side.close();
});

const storedIds = async () =>
  (await side.db.sql<{ id: number }[]>`select order_id as id from orders order by order_id`).map(
    (row) => row.id,
  );
const requestsTo = (path: RegExp) =>
  side.store
    .requests()
    .list.filter((request) => path.test(request.path))
    .map((request) => `${request.method} ${request.path}`);

describe('an import', () => {
  it('stores every admitted order of the store with one call for 250 orders', async () => {
    await open();
    side.store.seed({ count: 610, seed: 3, kind: 'plain' });
    const run = await importAll(side);
    // One more, for how far it is from the end: a run of several pages asks once how many there are.
    expect(run.counts).toMatchObject({ seen: 610, created: 610, apiCalls: 4 });
    expect(run.slices).toBe(3);
    expect(isConserved(run.counts)).toBe(true);
    expect(await storedIds()).toEqual(side.store.orderIds());
  });

  it('does not take a page of 50 for the last one, because a store may cap pages without a word', async () => {
    await open();
    side.store.seed({ count: 50, seed: 1, kind: 'plain' });
    const run = await importAll(side);
    expect(run.counts).toMatchObject({ seen: 50, created: 50, apiCalls: 2 });
    expect(run.slices).toBe(2);
  });

  it('keeps the default mix of a store apart, each with its reason', async () => {
    await open();
    side.store.seed({ count: 120, seed: 5 });
    const run = await importAll(side);
    const archived = side.store.orders(['is_deleted']).filter((order) => order['is_deleted'] === true);
    expect(run.counts.seen).toBe(120 - archived.length);
    expect(Object.keys(run.counts.rejected)).toContain('default_exclude');
    expect(isConserved(run.counts)).toBe(true);
    expect(Object.keys(run.counts.setAside)).toEqual([]);
  });

  it('ends its window a minute before the store says it is, although our clock is 20 minutes ahead', async () => {
    await open();
    side.clockOffsetMs = 20 * 60_000;
    side.store.seed({ count: 3, seed: 1, kind: 'plain' });
    const run = await importAll(side);
    const offMs = Date.parse(run.window.to ?? '') - (Date.now() - 60_000);
    expect(Math.abs(offMs)).toBeLessThan(120_000);
    expect(await getWatermark(side.db, CHANNEL)).toBe(new Date(run.window.to ?? '').toISOString());
    const [channel] = await side.db.sql<{ skew: number }[]>`select clock_skew_ms as skew from channels`;
    expect(Math.abs((channel?.skew ?? 0) + 20 * 60_000)).toBeLessThan(120_000);
    // What was modified while the window was being read is found by the next run.
    const [first] = side.store.orderIds();
    side.store.editOrder(first ?? 0, { staff_notes: 'changed' });
    expect((await importAll(side)).counts.updated).toBe(1);
  });

  it('finds every order of a second that has more orders than a page', async () => {
    await open();
    side.store.seed({ count: 400, seed: 2, kind: 'plain' });
    await importAll(side);
    side.store.seed({ count: 300, seed: 4, kind: 'plain', startId: 5_000, modifiedWithinOneSecond: 300 });
    const run = await importAll(side, { days: 30 });
    expect(await storedIds()).toEqual(side.store.orderIds());
    expect(isConserved(run.counts)).toBe(true);
  });

  it('reads given ids by the page where they lie close together, and says which are not there', async () => {
    await open();
    const ids = side.store.addOrders(Array.from({ length: 30 }, () => ({ kind: 'plain' })));
    const run = await importAll(side, { orderIds: [...ids, 999_999] });
    expect(run.counts).toMatchObject({ seen: 31, created: 30, rejected: { not_found: 1 }, apiCalls: 2 });
    expect(run.slices).toBe(1);
    expect(await listDecisions(side.db, { channelId: CHANNEL, orderId: 999_999 })).toMatchObject([
      { outcome: 'rejected:not_found' },
    ]);
  });

  it('says nothing new about orders that did not change', async () => {
    await open();
    side.store.seed({ count: 20, seed: 1, kind: 'plain' });
    await importAll(side);
    const again = await importAll(side, { days: 365 });
    expect(again.counts).toMatchObject({ created: 0, updated: 0 });
    expect(again.counts.unchanged).toBe(again.counts.seen);
  });

  it('keeps a held order out and leaves a hint that is due when the hold ends', async () => {
    await open({ settings: { orders: { import: { hold_minutes: 30 } } } });
    const [id] = side.store.addOrders([{ kind: 'plain' }]);
    const run = await importAll(side);
    expect(run.counts).toMatchObject({ seen: 1, setAside: { held: 1 } });
    const [hint] = await side.db.sql<
      { id: number; reason: string; due: string }[]
    >`select order_id as id, reason, due_at as due from hints`;
    expect(hint).toMatchObject({ id, reason: 'held' });
    const waitMs = Date.parse(hint?.due ?? '') - Date.now();
    expect(waitMs).toBeGreaterThan(28 * 60_000);
    expect(waitMs).toBeLessThan(31 * 60_000);
  });
});

describe('an order that cannot be read', () => {
  it('is set aside in the middle of a page and hides no other', async () => {
    await open();
    const ids = side.store.addOrders([{ kind: 'plain' }, { kind: 'plain' }, { kind: 'plain' }]);
    const raw = {
      ...(side.store.order(ids[1] ?? 0)['order'] as object),
      billing_address: 'jane@example.com',
    };
    side.store.replaceRaw(ids[1] ?? 0, JSON.stringify(raw));
    const run = await importAll(side);
    expect(run.counts).toMatchObject({ seen: 3, created: 2, setAside: { unreadable: 1 } });
    const [hint] = await side.db.sql<
      { id: number; error: string }[]
    >`select order_id as id, last_error as error from hints`;
    expect(hint?.id).toBe(ids[1]);
    expect(hint?.error).toContain('billing_address');
    expect(hint?.error).not.toContain('jane');
  });

  it('without an id is counted, and the run goes on', async () => {
    await open();
    const ids = side.store.addOrders([{ kind: 'plain' }, { kind: 'plain' }]);
    side.store.replaceRaw(ids[0] ?? 0, '{"nonsense": true}');
    const run = await importAll(side);
    expect(run.counts).toMatchObject({ seen: 2, created: 1, setAside: { unreadable: 1 } });
  });
});

describe('lines beyond the fifty of the list', () => {
  const lines = (count: number) =>
    Array.from({ length: count }, (_, index) => ({ sku: `S${String(index)}`, quantity: 1 }));

  it('are asked for, order by order, and kept', async () => {
    await open();
    const [id] = side.store.addOrders([{ kind: 'plain', lines: lines(60) }, { kind: 'plain' }]);
    const run = await importAll(side);
    expect(run.counts).toMatchObject({ created: 2, apiCalls: 2 });
    expect((await getOrder(side.db, CHANNEL, id ?? 0))?.canonical.lineItems).toHaveLength(60);
  });

  it('of more orders than a slice may ask for are read by the next slices', async () => {
    await open();
    side.store.addOrders(Array.from({ length: 40 }, () => ({ kind: 'plain', lines: lines(51) })));
    const run = await importAll(side);
    expect(run.counts).toMatchObject({ seen: 40, created: 40 });
    expect(run.slices).toBe(2);
    expect(requestsTo(/products/)).toHaveLength(40);
  });

  it('are asked for once only when the slice is tried again', async () => {
    await open();
    side.store.addOrders(Array.from({ length: 5 }, () => ({ kind: 'plain', lines: lines(51) })));
    side.store.setFaults([{ match: { path: 'products' }, fault: '500', skip: 3, times: 1 }]);
    const run = await beginImportRun(side);
    expect(await failureOf(slice(side, run.id))).toMatchObject({
      type: 'BigCommerceUnavailable',
      nonRetryable: false,
    });
    expect(await slice(side, run.id, 2)).toMatchObject({ done: true, seen: 5, changed: 5 });
    // Five orders, one answer lost: the three that had arrived were not asked for again.
    expect(requestsTo(/products/)).toHaveLength(6);
    expect((await getRun(side.db, run.id))?.counts.created).toBe(5);
  });

  it('of one order that the store stumbles over again and again do not stop the others', async () => {
    await open();
    const [bad] = side.store.addOrders([{ kind: 'plain', lines: lines(51) }, { kind: 'plain' }]);
    side.store.setFaults([{ match: { path: `orders/${String(bad)}/products` }, fault: '500' }]);
    const run = await beginImportRun(side);
    await failureOf(slice(side, run.id));
    expect(await slice(side, run.id, 3)).toMatchObject({ done: true, seen: 2, changed: 1 });
    expect((await getRun(side.db, run.id))?.counts.setAside).toEqual({ unreadable: 1 });
  });
});

describe('a store that fails', () => {
  it('with 5xx on a list page is asked for a smaller page, and the run remembers it', async () => {
    await open();
    side.store.seed({ count: 260, seed: 1, kind: 'plain' });
    side.store.setFaults([{ match: { path: 'limit=250' }, fault: '500' }]);
    const run = await beginImportRun(side);
    // Once is no reason: most faults pass, and the same page again is one call where smaller ones are two.
    const first = await failureOf(slice(side, run.id));
    expect(first).toMatchObject({ type: 'BigCommerceUnavailable', nonRetryable: false });
    expect(first.message).not.toContain('instead of 250');
    const failure = await failureOf(slice(side, run.id, 2));
    expect(failure).toMatchObject({ type: 'BigCommerceUnavailable', nonRetryable: false });
    expect(failure.message).toContain('asks for 125 orders instead of 250');
    for (let done = false; !done;) ({ done } = await slice(side, run.id, 3));
    expect((await getRun(side.db, run.id))?.counts).toMatchObject({ seen: 260, created: 260 });
    expect(requestsTo(/limit=250/)).toHaveLength(2);
    expect(side.log.some((line) => line.level === 'warn' && line.message.includes('smaller'))).toBe(true);
  });

  it('for a moment is asked for full pages again after some smaller ones that it carried', async () => {
    await open();
    side.store.seed({ count: 1_110, seed: 1, kind: 'plain' });
    side.store.setFaults([{ match: { path: 'limit=250' }, fault: '500', times: 2 }]);
    const run = await beginImportRun(side);
    await failureOf(slice(side, run.id));
    await failureOf(slice(side, run.id, 2));
    for (let done = false; !done;) ({ done } = await slice(side, run.id, 3));
    expect((await getRun(side.db, run.id))?.counts).toMatchObject({ seen: 1_110, created: 1_110 });
    expect(requestsTo(/limit=125/)).toHaveLength(4);
    expect(requestsTo(/limit=250/)).toHaveLength(2 + 3);
  });

  it('that takes too long over a full page is asked for a smaller one at once', async () => {
    await open({ timeoutMs: 5_000 });
    side.store.seed({ count: 3, seed: 1, kind: 'plain' });
    side.store.setFaults([{ match: { path: 'limit=250' }, fault: 'latency', latencyMs: 60_000 }]);
    const run = await beginImportRun(side);
    expect((await failureOf(slice(side, run.id))).message).toContain('asks for 125 orders');
    expect(await slice(side, run.id, 2)).toMatchObject({ done: true, seen: 3 });
  });

  it('with 429 ends the attempt at once, harmlessly, and says when to come back', async () => {
    await open();
    side.store.seed({ count: 3, seed: 1, kind: 'plain' });
    side.store.setFaults([{ fault: '429', times: 1, resetMs: 25_000 }]);
    const run = await beginImportRun(side);
    const began = performance.now();
    const failure = await failureOf(slice(side, run.id));
    expect(performance.now() - began).toBeLessThan(20_000);
    expect(failure).toMatchObject({
      type: 'BigCommerceRateLimited',
      nonRetryable: false,
      category: 'BENIGN',
    });
    expect(Number(failure.nextRetryDelay)).toBeGreaterThanOrEqual(25_000);
    expect(Number(failure.nextRetryDelay)).toBeLessThan(27_500);
    // Until the reset nobody else calls either.
    expect(await failureOf(slice(side, run.id, 2))).toMatchObject({ type: 'BigCommerceRateLimited' });
    expect(requestsTo(/orders/)).toHaveLength(1);
  });

  it('with 429 and no word about how long is left alone for longer each time', async () => {
    await open({ clockStands: true });
    side.store.setFaults([{ fault: '429-no-headers' }]);
    const run = await beginImportRun(side);
    for (const waitMs of [1_000, 2_000, 4_000, 8_000]) {
      // The attempt that met the refusal does not know the row of refusals; whoever comes next is told by it.
      await failureOf(slice(side, run.id, 3));
      const calls = side.store.requests().total;
      const told = Number((await failureOf(slice(side, run.id, 4))).nextRetryDelay);
      expect(side.store.requests().total).toBe(calls);
      expect(told).toBeLessThanOrEqual(waitMs * 1.1 + 60);
      await side.db.sql`update quotas set blocked_until = clock_timestamp()`;
    }
  });

  it.each([
    ['html', 'UnexpectedAnswer'],
    ['truncated-json', 'UnexpectedAnswer'],
    ['wrong-json', 'UnexpectedAnswer'],
    ['empty-200', 'UnexpectedAnswer'],
    ['cut-before', 'BigCommerceUnavailable'],
    ['cut-after', 'BigCommerceUnavailable'],
    ['503', 'BigCommerceUnavailable'],
  ] as const)('with %s ends the attempt as %s and is read by the next', async (fault, type) => {
    await open();
    side.store.seed({ count: 3, seed: 1, kind: 'plain' });
    side.store.setFaults([{ fault, times: 1 }]);
    const run = await beginImportRun(side);
    expect(await failureOf(slice(side, run.id))).toMatchObject({ type, nonRetryable: false });
    expect(await slice(side, run.id, 2)).toMatchObject({ done: true, seen: 3, changed: 3 });
  });

  it('with 401 fails for good, and the third in a row pauses the channel', async () => {
    await open();
    side.store.removeToken('token-of-the-tests');
    const run = await beginImportRun(side);
    for (let n = 0; n < 3; n += 1) {
      expect(await failureOf(slice(side, run.id))).toMatchObject({
        type: 'BigCommerceAuth',
        nonRetryable: true,
      });
    }
    expect(await failureOf(slice(side, run.id))).toMatchObject({
      type: 'ChannelDisabled',
      nonRetryable: true,
    });
  });

  it('that ignores a filter is not believed, because the cursor would pass over orders', async () => {
    await open();
    const [id] = side.store.addOrders([
      { kind: 'plain', dateCreated: '2020-01-01T00:00:00Z', dateModified: '2020-01-01T00:00:00Z' },
    ]);
    const run = await beginImportRun(side, { days: 1 });
    // The order claims to be old although the list returned it: as if the date filter had not been applied.
    side.store.editOrder(id ?? 0, {});
    const raw = {
      ...(side.store.order(id ?? 0)['order'] as object),
      date_modified: 'Wed, 01 Jan 2020 00:00:00 +0000',
    };
    side.store.replaceRaw(id ?? 0, JSON.stringify(raw));
    expect(await failureOf(slice(side, run.id))).toMatchObject({ type: 'FilterIgnored' });
    expect(await storedIds()).toEqual([]);
  });
});

describe('the quota', () => {
  it('is taken before every call: without a grant nothing is sent', async () => {
    await open({ settings: { throttle: { limit: 2, window_seconds: 30 } } });
    side.store.seed({ count: 3, seed: 1, kind: 'plain' });
    await importAll(side);
    side.store.resetRequests();
    const run = await beginImportRun(side);
    const failure = await failureOf(slice(side, run.id));
    expect(failure).toMatchObject({ type: 'BigCommerceRateLimited', category: 'BENIGN' });
    expect(Number(failure.nextRetryDelay)).toBeGreaterThan(1_000);
    expect(requestsTo(/./)).toEqual([]);
  });

  it('follows what the headers say is left', { timeout: 300_000 }, async () => {
    await open({ store: { quota: { requests: 20, windowMs: 5_000 } } });
    const ids = side.store.addOrders(Array.from({ length: 12 }, () => ({ kind: 'sixty_lines' })));
    const run = await beginImportRun(side, { orderIds: ids });
    let refused = 0;
    for (let done = false, attempts = 0; !done && attempts < 1_000; attempts += 1) {
      try {
        ({ done } = await slice(side, run.id));
      } catch (error) {
        expect(error).toMatchObject({ type: 'BigCommerceRateLimited' });
        refused += 1;
        await pause(200);
      }
    }
    expect((await getRun(side.db, run.id))?.counts.created).toBe(12);
    expect(refused).toBeGreaterThan(0);
    // Our own ledger held us back before the store had to.
    expect(side.store.requests().list.filter((request) => request.status === 429)).toEqual([]);
  });
});

describe('pages that are read ahead', () => {
  it('are stored by one slice, each in a transaction of its own, and the cursor is never ahead of them', async () => {
    await open();
    side.store.seed({ count: 1_100, seed: 6, kind: 'plain' });
    const run = await beginImportRun(side);
    // The third page cannot be stored: by then the second one is, and a fourth may have been asked for.
    await side.db.sql.unsafe(`
      create function full_disk() returns trigger language plpgsql as $$ begin
        if new.slices = 3 then raise exception 'no space is left'; end if; return new; end $$;
      create trigger full_disk before update on import_runs for each row execute function full_disk()`);
    for (let failed = false; !failed;) {
      failed = await slice(side, run.id).then(
        ({ done }) => done,
        () => true,
      );
    }
    const stopped = await getRun(side.db, run.id);
    expect(stopped).toMatchObject({ slices: 2, counts: { seen: 500 } });
    expect(stopped?.cursor).toEqual({ phase: 'ids', minId: ((await storedIds()).at(-1) ?? 0) + 1 });
    expect(await storedIds()).toHaveLength(500);

    await side.db.sql.unsafe('drop trigger full_disk on import_runs; drop function full_disk');
    for (let done = false; !done;) ({ done } = await slice(side, run.id));
    expect(await storedIds()).toEqual(side.store.orderIds());
    const { counts } = (await getRun(side.db, run.id)) ?? run;
    expect(isConserved(counts)).toBe(true);
  });

  it('that fail leave what was stored before them told, and are met by a slice with attempts of its own', async () => {
    await open();
    side.store.seed({ count: 600, seed: 6, kind: 'plain' });
    side.store.setFaults([{ match: { path: '^/v2/orders\\?' }, skip: 1, fault: '503', times: 1 }]);
    const run = await beginImportRun(side);
    expect(await slice(side, run.id, 3)).toMatchObject({ done: false, seen: 250, slices: 1 });
    expect((await getRun(side.db, run.id))?.state).toBe('running');
    for (let done = false; !done;) ({ done } = await slice(side, run.id));
    expect(await storedIds()).toEqual(side.store.orderIds());
  });

  it('are left alone where somebody else has stored them meanwhile', async () => {
    await open();
    side.store.seed({ count: 1_600, seed: 6, kind: 'plain' });
    const run = await beginImportRun(side);
    // A worker that was given up and is still at work beside the next one.
    const both = async (): Promise<boolean> => {
      const [first, second] = await Promise.all([slice(side, run.id), slice(side, run.id, 2)]);
      return first.done && second.done;
    };
    for (let done = false; !done;) done = await both();
    expect(await storedIds()).toEqual(side.store.orderIds());
    const { counts } = (await getRun(side.db, run.id)) ?? run;
    expect(counts).toMatchObject({ seen: 1_600, created: 1_600 });
  });
});
